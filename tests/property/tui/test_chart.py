"""Laws of the charts: they fit, and a higher value is never drawn lower."""

from hypothesis import given
from hypothesis import strategies as st

from quilowatt.tui.chart import Bar, axis_top, bar_pitch, draw_bars, draw_trace
from quilowatt.tui.figures import big_text

EIGHTHS = " ▁▂▃▄▅▆▇█"

values = st.one_of(st.none(), st.floats(0, 1e9))
bars = st.lists(
    st.builds(Bar, values, st.sampled_from(["", "now", "12:00"]), st.booleans(), st.booleans()),
    max_size=60,
)


def rows_of(drawn):
    return ["".join(span.text for span in row) for row in drawn]


@given(bars, st.integers(12, 150), st.integers(3, 40))
def test_chart_has_the_size_that_was_asked(given_bars, width, height):
    rows = rows_of(draw_bars(given_bars, width=width, height=height, tick=lambda v: f"{v:.3g}"[:6]))
    assert len(rows) == height
    assert all(len(row) <= width for row in rows)


@given(st.floats(1e-6, 1e12))
def test_axis_covers_the_peak_but_not_by_much(peak):
    assert peak * (1 - 1e-6) <= axis_top(peak) <= peak * 1.51


@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=30), st.integers(3, 20))
def test_higher_value_is_never_drawn_lower(heights, height):
    bars_drawn = [Bar(value) for value in heights]
    rows = rows_of(draw_bars(bars_drawn, width=33, height=height, tick=lambda _: ""))
    columns = zip(*(row.ljust(33)[2:] for row in rows[:-2]), strict=True)
    drawn = [sum(max(0, EIGHTHS.find(cell)) for cell in column) for column in columns]
    pitch = sum(bar_pitch(len(heights), 31))
    pairs = sorted(zip(heights, drawn[::pitch], strict=False))
    assert [height for _, height in pairs] == sorted(height for _, height in pairs)


@given(st.lists(st.floats(0, 1e6), max_size=200), st.integers(1, 60), st.integers(1, 8))
def test_trace_fills_its_place(trace, width, height):
    rows = rows_of(draw_trace(trace, width=width, height=height))
    assert [len(row) for row in rows] == [width] * height


@given(st.text("0123456789.,-–", min_size=1, max_size=20))
def test_big_figures_are_rectangular(text):
    assert len({len(row) for row in big_text(text)}) == 1
