"""What every full screen of `watch` has: its place, the line's state, the alert's banner."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import Screen

from quilowatt.core.words import format_time
from quilowatt.errors import ApiError
from quilowatt.tui.link import LinkState, link_message
from quilowatt.tui.panels import alert_banner
from quilowatt.tui.widgets import Notice, TopBar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine
    from datetime import tzinfo
    from uuid import UUID

    from textual.dom import DOMNode
    from textual.worker import Worker

    from quilowatt.tui.desk import Desk

__all__ = ["OpenMeter", "Trouble", "WatchScreen", "start_work"]

Answer = TypeVar("Answer")


def start_work(
    node: DOMNode,
    job: Callable[[], Coroutine[None, None, None]],
    *,
    group: str,
    exclusive: bool = True,
) -> Worker[None]:
    """Run a job beside the screen.

    Parameters
    ----------
    node : DOMNode
        Whose job it is: it ends with it.
    job : callable
        Makes the coroutine when it begins, so that one cancelled before leaves none behind.
    group : str
        Which of the jobs of this node belong together.
    exclusive : bool
        End the others of the group first.
    """
    return node.run_worker(job, group=group, exclusive=exclusive)


class Trouble(Message):
    """The server did not answer, or refused."""

    def __init__(self, error: ApiError) -> None:
        super().__init__()
        self.error = error


class OpenMeter(Message):
    """A person wants to see the client of this meter."""

    def __init__(self, meter: UUID, name: str) -> None:
        super().__init__()
        self.meter, self.name = meter, name


class WatchScreen(Screen[None]):
    """A full screen; subclasses yield `TopBar`, two `Notice`s and say what they refresh."""

    meter_id: UUID | None = None
    """Whose alerts come first here."""

    refresh_ticks = 10
    """Everything is fetched anew this often without being asked to. [s]"""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "hide_alert", show=False),
        Binding("o", "acknowledge_alert", show=False),
        Binding("v", "view_alert", show=False),
    ]

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.zone: tzinfo = desk.zone
        self._is_composed = False
        self._was_covered = False

    def refresh_state(self) -> None:
        """Ask the server for everything shown here."""

    def show_desk(self) -> None:
        """Show the line's state and the alert that matters most."""
        desk = self.desk
        now_s = desk.clock()
        self.query_one(TopBar).line(desk.link.state, format_time(int(now_s), self.zone))
        message = link_message(desk.link, server=desk.server, now_s=now_s, words=desk.words)
        self.query_one("#line", Notice).say(message)
        self._show_banner()

    def _show_banner(self) -> None:
        pressing = self.desk.pressing(self.meter_id)
        notice = self.query_one("#alarm", Notice)
        if not pressing:
            notice.say("")
            return
        alert, words = pressing[0], self.desk.words
        hints = [words("ack_hint"), words("hide_hint")]
        if alert.meter != self.meter_id:
            hints.insert(0, words("see_hint"))
        if len(pressing) > 1:
            hints.append(words("more_alerts", count=len(pressing) - 1))
        width = self.size.width - 2
        notice.say(
            alert_banner(alert, zone=self.zone, words=words, hint=", ".join(hints), width=width)
        )

    async def ask(self, question: Awaitable[Answer]) -> Answer | None:
        """Await an answer of the server; None, and trouble reported, when there is none."""
        try:
            return await question
        except ApiError as error:
            self.post_message(Trouble(error))
            return None

    def on_mount(self) -> None:
        """Show what is known without asking; ask if somebody answers."""
        self._is_composed = True
        self.fill()
        self.show_desk()
        if self.is_live:
            self.refresh_state()

    def on_screen_resume(self) -> None:
        """Catch up after another screen was on top."""
        if self._was_covered and self.is_up and self.is_live:
            self.refresh_state()

    def on_screen_suspend(self) -> None:
        """Remember that another screen is on top."""
        self._was_covered = True

    def fill(self) -> None:
        """Show what is known without asking."""

    @property
    def is_up(self) -> bool:
        """True while there is a screen to write on: composed, and not yet left."""
        return self._is_composed and self in self.app.screen_stack

    @property
    def is_live(self) -> bool:
        """True while the server answers."""
        return self.desk.link.state is LinkState.LIVE

    def action_hide_alert(self) -> None:
        """Put the banner away."""
        for alert in self.desk.pressing(self.meter_id)[:1]:
            self.desk.hide(alert)
        self.show_desk()

    def action_acknowledge_alert(self) -> None:
        """Take note of the alert in the banner, in the person's name."""
        for alert in self.desk.pressing(self.meter_id)[:1]:
            start_work(self, partial(self._acknowledge, alert.id), group="acknowledge")

    async def _acknowledge(self, alert_id: int) -> None:
        known = await self.ask(self.desk.feed.acknowledge(alert_id, author=self.desk.author))
        if known is None:
            return
        if known.id in self.desk.open_alerts:
            self.desk.open_alerts[known.id] = known
        if self.is_up:
            self.show_desk()
            self.refresh_state()

    def action_view_alert(self) -> None:
        """Go to the client that the banner is about."""
        for alert in self.desk.pressing(self.meter_id)[:1]:
            self.post_message(OpenMeter(alert.meter, alert.customer.name))
