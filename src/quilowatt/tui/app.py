"""The terminal application: holds the screens, follows the alerts, keeps the line to the server."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from textual.app import App
from textual.binding import Binding, BindingType

from quilowatt.client import AlertEvent
from quilowatt.client.calls import AlertFilter
from quilowatt.errors import ApiError, ApiUnreachable
from quilowatt.tui.base import OpenMeter, Trouble, WatchScreen, start_work
from quilowatt.tui.dashboard import ClientScreen
from quilowatt.tui.desk import ALERTS_MAX, Desk
from quilowatt.tui.details import AlertsDetails, Details, KeysDetails
from quilowatt.tui.find import find_clients
from quilowatt.tui.link import CONNECTING, LIVE, LinkState, link_lost
from quilowatt.tui.palette import THEME
from quilowatt.tui.picker import PickerScreen
from quilowatt.tui.wording import alert_kind, alert_sentence, moment

if TYPE_CHECKING:
    from textual.notifications import SeverityLevel
    from textual.screen import Screen

    from quilowatt.client import Alert

__all__ = ["WatchApp"]

TICK_S: Final = 1.0
"""Clock, countdowns and ages move with it. [s]"""

BEHIND_TICKS: Final = 3
"""After readings came, charts and bill are fetched at most this often. [ticks]"""

COMPARE_TICKS: Final = 10
"""How often the list of open alerts makes up for what the stream did not bring. [ticks]"""

OUR_MISTAKES: Final = (400, 404, 422)
"""HTTP statuses that say nothing about the line."""


class WatchApp(App[int]):
    """The interface in the terminal.

    Parameters
    ----------
    desk : Desk
        Server, words and clock.
    wanted : str, optional
        Whom to show at once, as `find_clients` reads it.
    """

    CSS_PATH = "watch.tcss"
    TITLE = "quilowatt"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,s,ctrl+c", "quit", show=False),
        Binding("question_mark,h,f1", "keys", show=False),
        Binding("a", "alerts", show=False),
        Binding("r", "retry", show=False),
    ]

    def __init__(self, desk: Desk, wanted: str | None = None) -> None:
        super().__init__()
        self.register_theme(THEME)
        self.theme = THEME.name
        self.desk, self._wanted = desk, wanted
        self.HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (134, "-wide")]
        self.VERTICAL_BREAKPOINTS = [(0, "-tiny"), (20, "-short"), (28, "-tall"), (38, "-high")]
        self._retry = asyncio.Event()
        self._ticks = 0
        self._picker = PickerScreen(desk)

    async def on_mount(self) -> None:
        """Show the list and call the server."""
        await self.push_screen(self._picker)
        start_work(self, self._follow, group="alerts")
        self.set_interval(TICK_S, self._tick)

    async def _follow(self, failure: ApiError | None = None) -> None:
        """Take alerts as they happen; when the line breaks, wait and call again, for ever."""
        while True:
            if failure is not None:
                await self._pause(failure)
            try:
                alerts = await self.desk.feed.alerts(is_open=True, limit=ALERTS_MAX)
                self._connected(alerts.items)
                async for event in self.desk.feed.events(kinds=["alert"]):
                    if isinstance(event, AlertEvent):
                        self._take(event)
                failure = ApiUnreachable(0, "the stream of alerts ended")
            except ApiError as error:
                failure = error

    async def _pause(self, failure: ApiError) -> None:
        now_s = self.desk.clock()
        self.desk.link = link_lost(self.desk.link, failure, now_s)
        self._show_desk()
        self._retry.clear()
        await self.desk.pause(self._retry, self.desk.link.retry_at_s - now_s)

    def _connected(self, alerts: list[Alert]) -> None:
        is_first = self.desk.link is CONNECTING
        self.desk.link = LIVE
        if self.desk.set_open(alerts) and not is_first:
            self.bell()  # it was raised while nobody could hear it
        self._show_desk()
        for screen in self._screens():
            screen.refresh_state()
        if self._wanted:
            start_work(self, partial(self._open_wanted, self._wanted), group="wanted")

    async def _open_wanted(self, text: str) -> None:
        """Open whom the command line named; where several match, search for them."""
        clients = await self._picker.ask(find_clients(self.desk.feed, text))
        if clients is None:
            return
        self._wanted = None
        if len(clients) == 1:
            self.post_message(OpenMeter(clients[0].meter, clients[0].name))
            return
        key = "client_many" if clients else "client_gone"
        self._toast(self.desk.words(key, text=text), "quilowatt", is_bad=not clients)
        if clients:
            self._picker.search(text)

    def _take(self, event: AlertEvent) -> None:
        """Make an alert known: banner and bell, and a toast where a window hides the banner."""
        is_new, alert, words = self.desk.take(event), event.alert, self.desk.words
        zone = self._screens()[-1].zone
        if is_new:
            self.bell()
            if isinstance(self.screen, Details):
                title = f"▲ {alert_kind(alert.kind, words)}: {alert.customer.name}"
                self._toast(alert_sentence(alert, zone, words), title, is_bad=True)
        elif alert.closed_at is not None:
            when = moment(alert.closed_at, now_s=self.desk.clock(), zone=zone, words=words)
            energy = words.energy_kwh(round(alert.excess_kwh * 1000), 2)
            text = words("alert_gone_text", time=when, energy=energy)
            self._toast(text, words("alert_gone", name=alert.customer.name), is_bad=False)
        self._show_desk()
        for screen in self._screens():
            if screen.meter_id == alert.meter:
                screen.refresh_state()

    def _toast(self, text: str, title: str, *, is_bad: bool) -> None:
        severity: SeverityLevel = "error" if is_bad else "information"
        self.notify(text, title=title, severity=severity, markup=False)

    def _tick(self) -> None:
        """Move clocks on; fetch anew when it is time."""
        self._ticks += 1
        self._show_desk()
        if self.desk.link.state is not LinkState.LIVE:
            return
        if self._ticks % COMPARE_TICKS == 0:
            start_work(self, self._compare_alerts, group="compare")
        for screen in self._screens()[-1:]:
            is_behind = isinstance(screen, ClientScreen) and screen.is_behind
            if self._ticks % (BEHIND_TICKS if is_behind else screen.refresh_ticks) == 0:
                screen.refresh_state()

    async def _compare_alerts(self) -> None:
        """Make up for alerts that the stream did not bring: its queue is bounded."""
        alerts = await self._picker.ask(self.desk.feed.alerts(is_open=True, limit=ALERTS_MAX))
        if alerts is not None and self.desk.set_open(alerts.items):
            self.bell()
            self._show_desk()

    def _show_desk(self) -> None:
        for screen in self._screens():
            screen.show_desk()

    def _screens(self) -> list[WatchScreen]:
        """List the full screens that are up, the topmost last."""
        stack: list[Screen[object]] = self.screen_stack
        return [s for s in stack if isinstance(s, WatchScreen) and s.is_up]

    def on_trouble(self, message: Trouble) -> None:
        """Call the server anew when a question failed while the line seemed well."""
        if self.desk.link.state is not LinkState.LIVE:
            return
        error = message.error
        if error.status in OUR_MISTAKES:
            self._toast(error.detail, str(error.status), is_bad=True)
        else:
            start_work(self, partial(self._follow, error), group="alerts")

    def on_open_meter(self, message: OpenMeter) -> None:
        """Show one client, in place of another."""
        while self.screen is not self._picker:
            self.pop_screen()
        self.push_screen(ClientScreen(self.desk, message.meter, message.name))

    def action_keys(self) -> None:
        """Show what the keys do."""
        self.push_screen(KeysDetails(self.desk.words))

    def action_alerts(self) -> None:
        """Show alerts: of this client, or of all from the list."""
        start_work(self, self._open_alerts, group="window")

    async def _open_alerts(self) -> None:
        screen = self._screens()[-1]
        filters = AlertFilter(limit=ALERTS_MAX)
        if screen.meter_id is not None:
            filters["meter"] = screen.meter_id
        page = await screen.ask(self.desk.feed.alerts(**filters))
        if page is not None:
            now_s, words = self.desk.clock(), self.desk.words
            window = AlertsDetails(page.items, now_s=now_s, zone=screen.zone, words=words)
            self.push_screen(window)

    def action_retry(self) -> None:
        """Call the server now instead of after the pause."""
        self._retry.set()
        if self.desk.link.state is LinkState.LIVE:
            self._screens()[-1].refresh_state()
