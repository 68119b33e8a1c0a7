"""Which meters there are, in memory, and the desk where new ones register.

LOGIN and datagrams ask here, thousands of times a second, so nothing here waits for a disk. A
registration does: the desk's thread writes all that wait in one transaction of the ledger and then
answers each.
"""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from quilowatt.errors import StoreError, StoreFull, WireError
from quilowatt.limits import REGISTRATIONS_PENDING_MAX
from quilowatt.store import RegisteredMeter, RegistrationRequest
from quilowatt.wire.messages import Registered

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from quilowatt.core.identity import IdentityMint
    from quilowatt.store import Ledger, RegistrationRefusal
    from quilowatt.wire.messages import Register

__all__ = ["KnownMeter", "RegistrationDesk", "Registry"]

STOP: Final = None


@dataclass(frozen=True, slots=True)
class KnownMeter:
    """What the head-end has to know of a meter.

    Parameters
    ----------
    number : int
        Its dense number.
    interval_s : int
        Time between its readings. [s]
    """

    number: int
    interval_s: int


class Registry:
    """All meters by identity."""

    def __init__(self, ledger: Ledger, mint: IdentityMint) -> None:
        self.mint = mint
        self._intervals_s: dict[int, int] = {}
        self._numbers: dict[int, int] = {}
        self._blocked: set[int] = set()
        for meter in ledger.meter_directory():
            self.add(meter)

    def __len__(self) -> int:
        return len(self._numbers)

    def add(self, meter: RegisteredMeter) -> None:
        """Take in a meter that the ledger has."""
        self._numbers[meter.uuid.int] = meter.number
        self._intervals_s[meter.number] = meter.interval_s
        if meter.state == "blocked":
            self._blocked.add(meter.number)

    def find(self, identity: UUID) -> KnownMeter | None:
        """Find a registered meter."""
        number = self._numbers.get(identity.int)
        return None if number is None else KnownMeter(number, self._intervals_s[number])

    def is_blocked(self, number: int) -> bool:
        """Say whether an operator has shut it out."""
        return number in self._blocked

    def set_blocked(self, number: int, *, is_blocked: bool) -> None:
        """Shut a meter out, or let it in again."""
        (self._blocked.add if is_blocked else self._blocked.discard)(number)

    def set_interval(self, number: int, interval_s: int) -> None:
        """Note how often a meter reads from now on. [s]."""
        self._intervals_s[number] = interval_s

    def secret(self, identity: UUID) -> bytes:
        """Give a meter's 32 secret bytes."""
        return self.mint.secret(identity)


class RegistrationDesk:
    """Writes registrations into the ledger, many in one transaction.

    Parameters
    ----------
    enrolment : str
        The key that a meter must bring; empty when anyone may register.
    on_registered : callable
        Told of each meter that was taken in.
    """

    def __init__(
        self,
        ledger: Ledger,
        registry: Registry,
        clock: Callable[[], float],
        *,
        enrolment: str = "",
    ) -> None:
        self._ledger = ledger
        self._registry = registry
        self._clock = clock
        self._enrolment = enrolment
        self._waiting: queue.Queue[tuple[Register, Callable[[Registered | WireError], None]] | None]
        self._waiting = queue.Queue(REGISTRATIONS_PENDING_MAX)
        self._thread = threading.Thread(target=self._run, name="registration-desk", daemon=True)
        self._thread.start()

    def register(self, message: Register, answer: Callable[[Registered | WireError], None]) -> None:
        """Register a meter; `answer` is called, from the desk's thread, when it is durable."""
        refusal = self._refusal(message)
        if refusal is not None:
            answer(refusal)
            return
        try:
            self._waiting.put_nowait((message, answer))
        except queue.Full:
            answer(WireError(503, "too many registrations at once: come back in a while"))

    def close(self) -> None:
        """Answer those that wait, then stop."""
        self._waiting.put(STOP)
        self._thread.join()

    def _refusal(self, message: Register) -> WireError | None:
        if self._enrolment and message.details.enrolment != self._enrolment:
            given = "is wrong" if message.details.enrolment else "is missing"
            return WireError(403, f'the key "enrolment" {given}: ask the operator for it')
        if not self._registry.mint.is_minted(message.uuid):
            return WireError(409, f"{message.uuid} was not handed out here: send IDENTIFY first")
        return None

    def _run(self) -> None:
        while (first := self._waiting.get()) is not STOP:
            batch = [first]
            while not self._waiting.empty():
                following = self._waiting.get()
                if following is STOP:
                    self._waiting.put(STOP)
                    break
                batch.append(following)
            self._register_all(batch)

    def _register_all(
        self, batch: list[tuple[Register, Callable[[Registered | WireError], None]]]
    ) -> None:
        requests = [_request(message, int(self._clock())) for message, _ in batch]
        try:
            outcomes = self._ledger.register_meters(requests)
        except StoreError as error:
            why = "the disk is full" if isinstance(error, StoreFull) else "the ledger is busy"
            for _, answer in batch:
                answer(WireError(503, f"not now: {why}"))
            return
        for (_, answer), outcome in zip(batch, outcomes, strict=True):
            answer(self._outcome(outcome))

    def _outcome(self, outcome: RegisteredMeter | RegistrationRefusal) -> Registered | WireError:
        if not isinstance(outcome, RegisteredMeter):
            return WireError(outcome.code, outcome.reason)
        self._registry.add(outcome)
        return Registered(outcome.uuid, self._registry.secret(outcome.uuid))


def _request(message: Register, at_s: int) -> RegistrationRequest:
    details = message.details
    return RegistrationRequest(
        uuid=message.uuid,
        name=details.name,
        serial=details.serial,
        model=details.model,
        phases=details.phases,
        interval_s=details.interval_s,
        digits=details.digits,
        usage_point=details.usage_point,
        extra=details.extra,
        at_s=at_s,
    )
