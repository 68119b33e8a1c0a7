"""Panels and bars as Textual widgets: each keeps what it shows and draws it at its own size."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from rich.text import Text
from textual.widget import Widget
from textual.widgets import Static

from quilowatt.tui.link import LinkState
from quilowatt.tui.palette import ALARM, DAY_RAMP, FIGURE, MUTED
from quilowatt.tui.panels import (
    alert_rows,
    bill_rows,
    chart_text,
    figure_text,
    forecast_rows,
    spread,
    stacked,
    status_style,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from quilowatt.client import Alert, CycleForecast, Invoice
    from quilowatt.core.words import Words
    from quilowatt.tui.chart import Bar

__all__ = ["AlertsPanel", "BillPanel", "ChartPanel", "KeyBar", "Notice", "Tile", "TopBar"]


class Panel(Widget):
    """A box with a title above and a note below."""

    def title(self, title: str, note: str = "") -> None:
        """Set both; neither is markup."""
        self.border_title = Text(title).markup
        self.border_subtitle = Text(note).markup


class Tile(Panel):
    """One figure, big."""

    figure, unit = "–", ""
    trace: Sequence[float] = ()
    is_alarming = False

    def show(self, figure: str, unit: str, trace: Sequence[float] = ()) -> None:
        """Show a figure with its unit, and its last values where there is room."""
        self.figure, self.unit, self.trace = figure, unit, trace
        self.refresh()

    def alarm(self, *, is_alarming: bool) -> None:
        """Turn red, or calm again."""
        self.is_alarming = is_alarming
        self.set_class(is_alarming, "-alarm")

    def render(self) -> Text:
        """Draw the figure."""
        style = ALARM if self.is_alarming else MUTED if self.has_class("-stale") else FIGURE
        return figure_text(
            self.figure, self.unit, width=self.size.width, style=style, trace=self.trace
        )


class ChartPanel(Panel):
    """Bars over time."""

    bars: Sequence[Bar] = ()
    empty = ""

    def __init__(
        self,
        words: Words,
        ramp: tuple[str, str, str] = DAY_RAMP,
        *,
        id: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(id=id)
        self._words, self._ramp = words, ramp

    def show(self, bars: Sequence[Bar], empty: str) -> None:
        """Show bars, or say why there are none."""
        self.bars, self.empty = bars, empty
        self.refresh()

    def render(self) -> Text:
        """Draw the chart."""
        if all(bar.value is None for bar in self.bars):
            return Text(f"\n{self.empty}", MUTED, justify="center")
        return chart_text(
            self.bars, (self.size.width, self.size.height), ramp=self._ramp, words=self._words
        )


class BillPanel(Panel):
    """The bill so far."""

    invoice: Invoice | None = None
    forecast: CycleForecast | None = None

    def __init__(self, words: Words, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._words = words

    def show(self, invoice: Invoice | None, forecast: CycleForecast | None = None) -> None:
        """Show a bill and what it will come to, or that there is none yet."""
        self.invoice, self.forecast = invoice, forecast
        self.refresh()

    def render(self) -> Text:
        """Draw lines and total."""
        if self.invoice is None:
            return Text(self._words("no_bill"), MUTED)
        width, height = self.size.width, self.size.height
        coming: list[Text] = []
        if self.forecast is not None and self.invoice.state == "running":
            coming = forecast_rows(self.forecast, width, self._words)
        rows = bill_rows(self.invoice, (width, height - len(coming)), self._words)
        return stacked([*rows, *coming])


class AlertsPanel(Panel):
    """The last alerts of one meter."""

    alerts: Sequence[Alert] = ()
    now_s = 0.0

    zone: tzinfo = UTC

    def __init__(self, words: Words, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._words = words

    def show(self, alerts: Sequence[Alert], *, now_s: float, zone: tzinfo) -> None:
        """Show alerts in the order given; the present [s] decides how times are written."""
        self.alerts, self.now_s, self.zone = alerts, now_s, zone
        self.refresh()

    def render(self) -> Text:
        """Draw as many as there is room for."""
        if not self.alerts:
            return Text(self._words("no_alert"), MUTED)
        rows = alert_rows(
            self.alerts,
            width=self.size.width,
            now_s=self.now_s,
            zone=self.zone,
            words=self._words,
        )
        return stacked(rows[: max(1, self.size.height)])


class TopBar(Widget):
    """The first row: where one is, and how the line to the server is."""

    left: tuple[str, str] = ("", "")
    state, note = "link_connecting", ""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words

    def place(self, name: str, note: str = "") -> None:
        """Say where one is."""
        self.left = (name, note)
        self.refresh()

    def line(self, state: LinkState, clock: str) -> None:
        """Say how the line is, and the time."""
        self.state, self.note = state.value, clock
        self.refresh()

    def render(self) -> Text:
        """Draw the row."""
        style = status_style(self.state)
        sign = "●" if self.state == LinkState.LIVE.value else "○"
        right = Text.assemble(
            (f"{sign} {self._words(self.state)}", style), (f"  {self.note} ", MUTED)
        )
        left = Text.assemble(
            (" quilowatt ", f"bold #0d1117 on {FIGURE}"), (f" {self.left[0]}", "bold")
        )
        left.append(f"  {self.left[1]}", MUTED)
        left.truncate(max(0, self.size.width - right.cell_len - 2), overflow="ellipsis")
        gap = " " * max(0, self.size.width - left.cell_len - right.cell_len)
        return Text.assemble(left, gap, right)


class KeyBar(Widget):
    """The last row: keys and what they do."""

    def __init__(self, keys: Sequence[tuple[str, str]], words: Words) -> None:
        super().__init__()
        self._keys = [(key, words(phrase)) for key, phrase in keys]
        self.note = ""

    def say(self, note: str) -> None:
        """Show a short text at the right."""
        self.note = note
        self.refresh()

    def render(self) -> Text:
        """Draw the row."""
        text = Text(" ")
        for key, meaning in self._keys:
            text.append(f" {key} ", f"bold {FIGURE}")
            text.append(f"{meaning} ", MUTED)
        if text.cell_len + len(self.note) + 1 >= self.size.width:
            return text
        return Text.assemble(
            text, spread("", self.note, self.size.width - text.cell_len - 1, ("", MUTED))
        )


class Notice(Static):
    """A band across the screen that is there only while it has something to say."""

    def say(self, text: Text | str) -> None:
        """Show a text; an empty one hides the band."""
        self.display = bool(text)
        self.update(Text(text) if isinstance(text, str) else text)
