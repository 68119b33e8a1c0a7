"""One client: consumption now, today and this month, both charts, the bill so far, the alerts."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding, BindingType
from textual.containers import Horizontal

from quilowatt.client import ReadingEvent
from quilowatt.core.words import format_month
from quilowatt.errors import ApiError, ApiUnreachable
from quilowatt.tui.base import Trouble, WatchScreen, start_work
from quilowatt.tui.details import BillDetails
from quilowatt.tui.palette import DAY_RAMP, MONTH_RAMP
from quilowatt.tui.series import chart_note, day_bars, month_bars, short_date
from quilowatt.tui.view import ClientView, fetch_view
from quilowatt.tui.widgets import AlertsPanel, BillPanel, ChartPanel, KeyBar, Notice, Tile, TopBar
from quilowatt.tui.wording import age, energy_figure, is_stale, moment, power_figure

if TYPE_CHECKING:
    from uuid import UUID

    from textual.app import ComposeResult
    from textual.worker import Worker

    from quilowatt.client import CycleForecast, Invoice
    from quilowatt.tui.desk import Desk

__all__ = ["ClientScreen"]

TRACE_MAX: Final = 200
"""Live readings kept for the trace beside the figure: two for each column of a wide screen."""

KEYS: Final = (
    ("Esc", "key_back"),
    ("Tab", "key_charts"),
    ("b/f", "key_bill"),
    ("a", "key_alerts"),
    ("?", "key_help"),
    ("q", "key_quit"),
)


class ClientScreen(WatchScreen):
    """Everything about one meter's client, kept fresh by readings as they are committed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,c,backspace", "back", show=False),
        Binding("1", "chart('day')", show=False),
        Binding("2", "chart('month')", show=False),
        Binding("tab,left,right", "other_chart", show=False),
        Binding("b,f", "bill", show=False),
    ]

    def __init__(self, desk: Desk, meter: UUID, name: str) -> None:
        super().__init__(desk)
        self.meter_id: UUID = meter
        self.title_name = name
        self.view: ClientView | None = None
        self.trace: deque[float] = deque(maxlen=TRACE_MAX)
        self.is_behind = False
        self._following: Worker[None] | None = None

    def compose(self) -> ComposeResult:
        """Lay the screen out."""
        words = self.desk.words
        yield TopBar(words)
        yield Notice(id="alarm")
        yield Notice(id="line")
        with Horizontal(id="tiles"):
            yield Tile(id="now")
            yield Tile(id="today")
            yield Tile(id="month")
        with Horizontal(id="charts"):
            yield ChartPanel(words, DAY_RAMP, id="chart-day")
            yield ChartPanel(words, MONTH_RAMP, id="chart-month")
        with Horizontal(id="bottom"):
            yield BillPanel(words, id="bill")
            yield AlertsPanel(words, id="alerts")
        yield KeyBar(KEYS, words)

    def fill(self) -> None:
        """Show what is known: the name."""
        self.add_class("-day")
        self._show_view()

    def refresh_state(self) -> None:
        """Ask for everything at once, and follow the readings from here on."""
        self.is_behind = False
        start_work(self, self._fetch, group="state")
        if self._following is None or self._following.is_finished:
            self._following = start_work(self, self._follow, group="readings")

    async def _fetch(self) -> None:
        view = await self.ask(fetch_view(self.desk.feed, self.meter_id, self.desk.clock()))
        if view is None or not self.is_up:
            return
        self.view, self.zone = view, view.zone
        self._show_view()
        self.show_desk()

    async def _follow(self) -> None:
        """Take each reading of this meter as it is committed."""
        try:
            async for event in self.desk.feed.events(meters=[self.meter_id], kinds=["reading"]):
                if isinstance(event, ReadingEvent):
                    self._take(event)
        except ApiError as error:
            self.post_message(Trouble(error))
        else:
            self.post_message(Trouble(ApiUnreachable(0, "the stream of readings ended")))

    def _take(self, event: ReadingEvent) -> None:
        self.is_behind = True
        if event.power_w is not None:
            self.trace.append(event.power_w)
        if self.view is not None and self.is_up:
            self.view = self.view.after(event)
            self._show_tiles(self.view)

    def show_desk(self) -> None:
        """Show line and banner; the figure turns red while an alert is open."""
        super().show_desk()
        self.query_one("#now", Tile).alarm(is_alarming=self.desk.has_open(self.meter_id))
        if self.view is not None:
            self._show_tiles(self.view)

    def _show_view(self) -> None:
        """Fill every panel, or say what is missing."""
        view, words = self.view, self.desk.words
        self._show_titles()
        if view is None:
            return
        meter = view.meter
        note = " · ".join(
            (meter.serial or str(meter.id)[:8], words("tariff", code=meter.usage_point.tariff))
        )
        self.query_one(TopBar).place(meter.customer.name, note)
        self._show_tiles(view)
        self._show_charts(view)
        self._show_bill(view.invoice, view.forecast)
        panel = self.query_one(AlertsPanel)
        panel.title(words("alerts"), str(len(view.alerts)) if view.alerts else "")
        panel.show(view.alerts, now_s=self.desk.clock(), zone=view.zone)

    def _show_titles(self) -> None:
        words = self.desk.words
        for key in ("now", "today", "month"):
            self.query_one(f"#{key}", Tile).title(words(key))
        self.query_one("#chart-day", ChartPanel).title(words("chart_day"))
        self.query_one("#chart-month", ChartPanel).title(words("chart_month"))
        self.query_one(BillPanel).title(words("bill_plain"))
        self.query_one(AlertsPanel).title(words("alerts"))
        self.query_one(TopBar).place(self.title_name)

    def _show_tiles(self, view: ClientView) -> None:
        words, meter, now_s = self.desk.words, view.meter, self.desk.clock()
        now, is_old = self.query_one("#now", Tile), is_stale(meter, now_s)
        now.set_class(is_old, "-stale")
        now.title(words("now"), self._reading_note(view, is_old=is_old))
        now.show(*power_figure(meter.power_w, words), trace=self.trace)
        today, month = self.query_one("#today", Tile), self.query_one("#month", Tile)
        today.title(words("today"), words("since_midnight"))
        today.show(energy_figure(meter.today_kwh, words), "kWh")
        month.title(words("month"), self._month_note(view))
        month.show(energy_figure(meter.month_kwh, words), "kWh")

    def _reading_note(self, view: ClientView, *, is_old: bool) -> str:
        words, reading, now_s = self.desk.words, view.meter.last_reading, self.desk.clock()
        if reading is None:
            return words("no_reading_short")
        if is_old:
            return words("reading_old", age=age(now_s - reading.time.timestamp(), words))
        when = moment(reading.time, now_s=now_s, zone=view.zone, words=words)
        return words("reading_at", time=when)

    def _month_note(self, view: ClientView) -> str:
        invoice = view.invoice
        if invoice is None:
            return ""
        start = invoice.start.astimezone(view.zone)
        return self.desk.words("since_first", date=short_date(start, self.desk.words))

    def _show_charts(self, view: ClientView) -> None:
        words, zone, now_s = self.desk.words, view.zone, self.desk.clock()
        charts = (("day", view.day, day_bars), ("month", view.month, month_bars))
        for key, profile, make_bars in charts:
            bars = (
                [] if profile is None else make_bars(profile, now_s=now_s, zone=zone, words=words)
            )
            panel = self.query_one(f"#chart-{key}", ChartPanel)
            note = "" if profile is None else chart_note(profile, bars, zone=zone, words=words)
            panel.title(words(f"chart_{key}"), note)
            panel.show(bars, words("chart_none"))

    def _show_bill(self, invoice: Invoice | None, forecast: CycleForecast | None) -> None:
        words, panel = self.desk.words, self.query_one(BillPanel)
        panel.show(invoice, forecast)
        if invoice is None:
            panel.title(words("bill_plain"))
            return
        is_running = invoice.state == "running"
        month = format_month(int(invoice.start.timestamp()), self.zone, words.language)
        title = words("bill", month=month)
        panel.title(title, self._bill_note(invoice) if is_running else words("month_over"))

    def _bill_note(self, invoice: Invoice) -> str:
        """Say that the bill is still running, and for how long."""
        words = self.desk.words
        days = int(invoice.end.timestamp() - self.desk.clock()) // 86400
        if days > 1:
            return words("days_left", days=days)
        return words("day_left" if days == 1 else "last_day")

    def action_back(self) -> None:
        """Return to the list."""
        self.app.pop_screen()

    def action_chart(self, which: str) -> None:
        """Show one of the charts, where there is room for one only."""
        self.set_class(which == "day", "-day")

    def action_other_chart(self) -> None:
        """Show the other chart."""
        self.toggle_class("-day")

    def action_bill(self) -> None:
        """Open the bill, line by line."""
        if self.view is not None and self.view.invoice is not None:
            self.app.push_screen(
                BillDetails(self.view.invoice, self.zone, self.desk.words, self.view.forecast)
            )
