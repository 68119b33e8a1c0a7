"""What the API needs of the rest of the system, handed to it once by `app`.

Everything here may be called from any thread, except the event hub, which belongs to the loop.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from zoneinfo import ZoneInfo

from quilowatt.api.registers import RegisterMemory
from quilowatt.jobs.billing_desk import BillingDesk
from quilowatt.jobs.cycle_forecast import Forecaster
from quilowatt.jobs.edit_desk import EditDesk
from quilowatt.jobs.issuer_file import ISSUER_FILE, IssuerTerms
from quilowatt.jobs.notice_sending import Outcome
from quilowatt.jobs.past_energy import past_energies
from quilowatt.store import EditedReadings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from quilowatt.api.events import EventHub
    from quilowatt.billing import TariffBook
    from quilowatt.core import ReadingBatch
    from quilowatt.store import (
        AlertRecord,
        Channel,
        Commit,
        IssuedInvoice,
        Ledger,
        ReadingStore,
    )
    from quilowatt.wire.messages import SetInterval, SetRelay

__all__ = [
    "MeterControl",
    "NobodyConnected",
    "NobodyNotified",
    "NoticeControl",
    "ServerStatus",
    "Services",
]


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """How the server is, at one moment.

    Parameters
    ----------
    is_ready : bool
        Takes readings and answers questions.
    reason : str
        Why it isn't ready; empty when it is.
    commit : int
        Number of the newest commit.
    gauges : mapping of str to float
        What rises and falls, by a name that ends in its unit, such as ``pending_bytes``.
    counters : mapping of str to int
        What only rises, such as ``readings_committed``.
    refusals : mapping of str to int
        How often each limit or rule refused something, by its name or protocol code.
    """

    is_ready: bool = True
    reason: str = ""
    commit: int = 0
    gauges: Mapping[str, float] = field(default_factory=dict)
    counters: Mapping[str, int] = field(default_factory=dict)
    refusals: Mapping[str, int] = field(default_factory=dict)


class MeterControl(Protocol):
    """What an operator can do with meters that are connected; from any thread."""

    def is_connected(self, number: int) -> bool:
        """Say whether a meter is logged in now."""

    def command(self, number: int, command: SetInterval | SetRelay) -> bool:
        """Tell a meter what to do; False when it isn't connected."""

    def set_blocked(self, number: int, *, is_blocked: bool) -> None:
        """Shut a meter out and expel it, or let it in again."""


class NoticeControl(Protocol):
    """What the API wants of the notifier; from any thread."""

    def wake(self) -> None:
        """Look whether there is something to send."""

    def test(self, channel: Channel) -> Outcome:
        """Send a test message now, and tell how it went."""


class NobodyNotified:
    """A `NoticeControl` where nothing is ever sent."""

    def wake(self) -> None:
        """Do nothing: the ledger remembers."""

    def test(self, channel: Channel) -> Outcome:  # noqa: ARG002
        """Say that nothing is sent."""
        return Outcome(is_sent=False, detail="this server sends nothing")


class NobodyConnected:
    """A `MeterControl` where no meter can call."""

    def is_connected(self, number: int) -> bool:  # noqa: ARG002
        """Say no."""
        return False

    def command(self, number: int, command: SetInterval | SetRelay) -> bool:  # noqa: ARG002
        """Reach nobody."""
        return False

    def set_blocked(self, number: int, *, is_blocked: bool) -> None:
        """Do nothing: the ledger remembers."""


@dataclass(frozen=True, slots=True)
class Services:
    """The parts that the API asks.

    Parameters
    ----------
    readings : ReadingStore
        Registers over time; edits of the ledger are heeded.
    ledger : Ledger
        Who is metered where.
    tariffs : TariffBook
        By code.
    hub : EventHub
        Where the head-end publishes what happens.
    clock : callable
        The wall's time. [s since 1970-01-01 UTC]
    version : str
        Of quilowatt.
    status : callable
        How the server is now.
    zone : ZoneInfo
        Whose days are meant where no usage point says it.
    api_token : str or None
        What a request must carry; None admits everyone.
    control : MeterControl
        Reaches the meters that are connected.
    registers : RegisterMemory
        The readings that lists depend on; made here.
    edit_desk : EditDesk
        Takes people's decisions about readings; made here.
    issuer : Path or IssuerTerms
        Who issues invoices, or the document that says it.
    on_issued : callable
        Told what a billing run has issued, from its thread.
    billing_desk : BillingDesk
        Takes orders for billing runs; made here.
    notifier : NoticeControl
        Brings alerts to their channels.
    on_alert : callable
        Told (phase, record) when a person changed how an alert stands.
    on_budget : callable
        Told when a budget was set.
    on_terms : callable
        Told of the usage point whose terms have changed, by its key.
    forecaster : Forecaster
        Forecasts running cycles; made here.
    on_commit : callable
        Told of every manual reading after it is durable.
    """

    readings: ReadingStore
    ledger: Ledger
    tariffs: TariffBook
    hub: EventHub
    clock: Callable[[], float]
    version: str
    status: Callable[[], ServerStatus] = ServerStatus
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("America/Bahia"))
    api_token: str | None = None
    control: MeterControl = field(default_factory=NobodyConnected)
    on_commit: Callable[[ReadingBatch, Commit], None] = lambda _batch, _commit: None
    issuer: Path | IssuerTerms = Path(ISSUER_FILE)
    on_issued: Callable[[list[IssuedInvoice]], None] = lambda _: None
    registers: RegisterMemory = field(init=False)
    billing_desk: BillingDesk = field(init=False)
    notifier: NoticeControl = field(default_factory=NobodyNotified)
    on_alert: Callable[[str, AlertRecord], None] = lambda _phase, _record: None
    on_budget: Callable[[], None] = lambda: None
    on_terms: Callable[[int], None] = lambda _usage_point_id: None
    forecaster: Forecaster = field(init=False)
    edit_desk: EditDesk = field(init=False)

    def __post_init__(self) -> None:
        # Frozen for everyone else: what is remembered belongs to the store that was given.
        readings, book = self.readings, self.ledger.edits
        if not isinstance(readings, EditedReadings):
            readings = EditedReadings(readings, book.all())
            object.__setattr__(self, "readings", readings)
        object.__setattr__(self, "registers", RegisterMemory(readings, self.clock))
        billing_desk = BillingDesk(
            self.ledger,
            readings,
            self.tariffs,
            self.clock,
            issuer=self.issuer,
            on_issued=self.on_issued,
        )
        object.__setattr__(self, "billing_desk", billing_desk)
        desk = EditDesk(book, readings, self.clock, self.on_commit)
        object.__setattr__(self, "edit_desk", desk)

        energies = partial(past_energies, self.ledger, readings)
        object.__setattr__(self, "forecaster", Forecaster(readings, energies, self.tariffs))

    def now_s(self) -> int:
        """Return the time [s since 1970-01-01 UTC]."""
        return int(self.clock())
