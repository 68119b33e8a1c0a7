"""Charts, read as text."""

import pytest

from quilowatt.tui.chart import Bar, as_text, axis_top, bar_pitch, draw_bars, draw_trace, level_bar


def draw(values, *, width=24, height=6, tick=lambda value: f"{value:g}", **marks):
    bars = [Bar(value, **marks) for value in values]
    return as_text(draw_bars(bars, width=width, height=height, tick=tick))


def test_bars_stand_on_a_labelled_axis():
    bars = [Bar(1, "a"), Bar(2), Bar(3), Bar(4, "d")]
    assert as_text(draw_bars(bars, width=16, height=6, tick=lambda v: f"{v:g}")) == "\n".join(
        [
            "4 ┤┈┈┈┈┈┈┈┈┈██",
            "  │      ██ ██",
            "2 ┤┈┈┈██┈██┈██",
            "  │██ ██ ██ ██",
            "0 ┼┴────────┴─",
            "   a        d",
        ]
    )


def test_nothing_known_is_a_dot_and_zero_is_nothing():
    assert draw([None, 0, 4]).splitlines()[3] == "  │·····       █████"


def test_smallest_value_is_still_seen():
    assert "▁" in draw([0.001, 100])


def test_bar_that_is_not_over_is_hatched():
    text = draw([4.0], is_partial=True, label="now")
    assert "▒" in text
    assert "█" not in text


def test_roles_say_what_a_bar_is():
    bars = [Bar(4, is_estimated=True), Bar(None), Bar(4), Bar(4, "now", is_partial=True)]
    rows = draw_bars(bars, width=16, height=3, tick=str)
    roles = [span.role for span in rows[0]]
    assert roles == [
        "label",
        "axis",
        "estimated",
        "grid",
        "missing",
        "grid",
        "bar",
        "grid",
        "partial",
    ]
    assert [span.role for span in rows[-1] if span.text.strip()] == ["mark"]


def test_newest_bars_are_kept_where_there_is_no_room_for_all():
    bars = [Bar(1, f"{i}") for i in range(10)]
    text = as_text(draw_bars(bars, width=8, height=4, tick=lambda v: f"{v:g}"))
    assert text.splitlines()[-1].split() == ["5", "7", "9"]


def test_labels_never_touch_and_the_newest_wins():
    bars = [Bar(1, f"{hour:02}:00") for hour in range(23)] + [Bar(1, "now")]
    text = as_text(draw_bars(bars, width=40, height=4, tick=lambda v: f"{v:g}"))
    assert text.splitlines()[-1].split() == ["00:00", "06:00", "12:00", "now"]


def test_no_bars_draw_an_empty_axis():
    assert draw([]).splitlines()[0].startswith("  1 ┤")


@pytest.mark.parametrize(
    ("peak", "top"),
    [(0, 1), (5e-324, 1), (0.9, 1), (1, 1), (1.01, 1.2), (7, 8), (99, 100), (1234, 1500)],
)
def test_axis_ends_at_a_short_number(peak, top):
    assert axis_top(peak) == top


@pytest.mark.parametrize(
    ("count", "width", "pitch"),
    [(24, 71, (2, 1)), (30, 71, (1, 1)), (30, 30, (1, 0)), (1, 80, (5, 1))],
)
def test_pitch(count, width, pitch):
    assert bar_pitch(count, width) == pitch


def test_trace_is_right_aligned_and_as_wide_as_asked():
    rows = draw_trace([1, 2, 3], width=4, height=2)
    assert [row[0].text for row in rows] == ["   ⣸", "  ⢰⣿"]


@pytest.mark.parametrize(
    ("share", "text"), [(0, ""), (1, "████"), (2, "████"), (0.5, "██"), (-1, "")]
)
def test_level_bar(share, text):
    assert level_bar(share, 4) == text
