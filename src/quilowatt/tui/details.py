"""Windows over a screen: the keys, the bill line by line, all alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from quilowatt.core.words import format_month
from quilowatt.tui.palette import FIGURE, MUTED
from quilowatt.tui.panels import alert_details, bill_details, forecast_rows, stacked

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from textual.app import ComposeResult

    from quilowatt.client import Alert, CycleForecast, Invoice
    from quilowatt.core.words import Words

__all__ = ["AlertsDetails", "BillDetails", "KeysDetails"]

WIDTH: Final = 66
"""Columns of text in a window: fits 80 with borders and margins."""

KEYS: Final = (
    ("↑ ↓ PgUp PgDn", "help_move"),
    ("Enter", "help_open"),
    ("/", "help_search"),
    ("Esc  c", "help_back"),
    ("1", "help_day"),
    ("2", "help_month"),
    ("Tab  ← →", "help_tab"),
    ("b  f", "help_bill"),
    ("a", "help_alerts"),
    ("v", "help_view"),
    ("o", "help_ack"),
    ("x", "help_hide"),
    ("r", "help_retry"),
    ("q  s", "help_quit"),
)


class Details(ModalScreen[None]):
    """A window that any of the usual keys closes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q,s,a,b,f,question_mark,x", "close", show=False)
    ]

    heading, note = "", ""

    def compose(self) -> ComposeResult:
        """Lay the window out."""
        with VerticalScroll(id="window") as window:
            window.border_title = Text(self.heading).markup
            window.border_subtitle = Text(self.note).markup
            yield Static(stacked(self.rows()))

    def rows(self) -> Sequence[Text]:
        """Write what stands in the window."""
        raise NotImplementedError

    def action_close(self) -> None:
        """Return to the screen below."""
        self.dismiss()


class KeysDetails(Details):
    """What the keys do."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self.heading, self.note = words("help_title"), f"Esc {words('key_close')}"

    def rows(self) -> Sequence[Text]:
        """List key and meaning, a row each."""
        return [
            Text.assemble((f"{key:<16}", f"bold {FIGURE}"), self._words(meaning))
            for key, meaning in KEYS
        ]


class BillDetails(Details):
    """A bill with the formula behind each line."""

    def __init__(
        self, invoice: Invoice, zone: tzinfo, words: Words, forecast: CycleForecast | None = None
    ) -> None:
        super().__init__()
        self._invoice, self._words, self._forecast = invoice, words, forecast
        month = format_month(int(invoice.start.timestamp()), zone, words.language)
        self.heading = words("bill", month=month)
        self.note = words("running" if invoice.state == "running" else "month_over")

    def rows(self) -> Sequence[Text]:
        """Tell the bill."""
        rows = bill_details(self._invoice, WIDTH, self._words)
        if self._forecast is None:
            return rows
        return [*rows, *forecast_rows(self._forecast, WIDTH, self._words, is_long=True)]


class AlertsDetails(Details):
    """Alerts, each in words."""

    def __init__(
        self, alerts: Sequence[Alert], *, now_s: float, zone: tzinfo, words: Words
    ) -> None:
        super().__init__()
        self._alerts, self._now_s, self._zone, self._words = alerts, now_s, zone, words
        self.heading, self.note = words("alerts"), f"Esc {words('key_close')}"

    def rows(self) -> Sequence[Text]:
        """Tell the alerts, or that there is none."""
        if not self._alerts:
            return [Text(self._words("no_alert"), MUTED)]
        return alert_details(
            self._alerts, width=WIDTH, now_s=self._now_s, zone=self._zone, words=self._words
        )
