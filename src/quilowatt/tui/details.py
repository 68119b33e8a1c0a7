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

    def __init__(self, heading: str, note: str, rows: Sequence[Text]) -> None:
        super().__init__()
        self._heading, self._note, self._rows = heading, note, rows

    def compose(self) -> ComposeResult:
        """Lay the window out."""
        with VerticalScroll(id="window") as window:
            window.border_title = Text(self._heading).markup
            window.border_subtitle = Text(self._note).markup
            yield Static(stacked(self._rows))

    def action_close(self) -> None:
        """Return to the screen below."""
        self.dismiss()


class KeysDetails(Details):
    """What the keys do."""

    def __init__(self, words: Words) -> None:
        rows = [
            Text.assemble((f"{key:<16}", f"bold {FIGURE}"), words(meaning)) for key, meaning in KEYS
        ]
        super().__init__(words("help_title"), f"Esc {words('key_close')}", rows)


class BillDetails(Details):
    """A bill with the formula behind each line."""

    def __init__(
        self, invoice: Invoice, zone: tzinfo, words: Words, forecast: CycleForecast | None = None
    ) -> None:
        month = format_month(int(invoice.start.timestamp()), zone, words.language)
        note = words("running" if invoice.state == "running" else "month_over")
        rows = list(bill_details(invoice, WIDTH, words))
        if forecast is not None:
            rows += forecast_rows(forecast, WIDTH, words, is_long=True)
        super().__init__(words("bill", month=month), note, rows)


class AlertsDetails(Details):
    """Alerts, each in words, or that there is none."""

    def __init__(
        self, alerts: Sequence[Alert], *, now_s: float, zone: tzinfo, words: Words
    ) -> None:
        rows: Sequence[Text] = [Text(words("no_alert"), MUTED)]
        if alerts:
            rows = alert_details(alerts, width=WIDTH, now_s=now_s, zone=zone, words=words)
        super().__init__(words("alerts"), f"Esc {words('key_close')}", rows)
