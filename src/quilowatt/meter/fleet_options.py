"""What a fleet is asked to do, and what it has done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from quilowatt.limits import INTERVAL_S_DEFAULT

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["FleetOptions", "FleetReport"]


@dataclass(frozen=True, slots=True)
class FleetOptions:
    """What `quilowatt fleet` is asked to do.

    Parameters
    ----------
    host : str
        Where the head-end is (`--server HOST:PORT`).
    port : int
        Its TCP port for meters.
    udp_port : int or None
        `--udp-port`; with `--transport udp` the TCP port's number when not given.
    meters : int
        `--meters`: how many. [1]
    interval_s : int
        `--interval`: between live readings. [s]
    history_s : int
        `--history`, 40d: how far back the first reading lies. [s]
    profile_interval_s : int
        Between readings of history. [s]
    is_udp : bool
        `--transport udp`: readings in datagrams; registration stays on TCP.
    seed : int
        `--seed`: names the town; the same seed consumes the same.
    enrolment : str
        `--enrolment`: the key that a closed head-end asks for.
    state : Path or None
        `--state`: where identities are kept; None for meters that end with the process.
    live_count : int or None
        `--count`: live readings of each meter; None for no bound. [1]
    duration_s : float or None
        `--duration`: stop when so long has passed and all is answered; 0 sends history only.
        None for ever. [s]
    surge_after_s : int or None
        Let the first meter draw 9 kW more for half an hour, so long after the start. [s]
    """

    host: str
    port: int
    udp_port: int | None = None
    meters: int = 20
    interval_s: int = INTERVAL_S_DEFAULT
    history_s: int = 0
    profile_interval_s: int = INTERVAL_S_DEFAULT
    is_udp: bool = False
    seed: int = 1
    enrolment: str = ""
    state: Path | None = None
    live_count: int | None = None
    duration_s: float | None = None
    surge_after_s: int | None = None


@dataclass(frozen=True, slots=True)
class FleetReport:
    """What a fleet has done.

    Parameters
    ----------
    meters : int
        Meters that have an identity. [1]
    connected : int
        Meters connected now. [1]
    due : int
        Readings that should have been sent by now. [1]
    sent : int
        Readings sent at least once. [1]
    acknowledged : int
        Readings that are safe. [1]
    refused : int
        Readings that the head-end took for impossible. [1]
    repeated : int
        Readings or datagrams sent again. [1]
    reconnections : int
        Connections lost and sought again. [1]
    seconds : float
        How long it took. [s]
    trouble : str
        Why the last connection was lost; empty when none was.
    """

    meters: int
    connected: int
    due: int
    sent: int
    acknowledged: int
    refused: int
    repeated: int
    reconnections: int
    seconds: float
    trouble: str

    @property
    def unanswered(self) -> int:
        """Readings sent and neither safe nor refused. [1]."""
        return self.sent - self.acknowledged - self.refused

    @property
    def readings_per_s(self) -> float:
        """Readings made safe in a second. [1/s]."""
        return self.acknowledged / self.seconds if self.seconds else 0.0

    def summary(self) -> str:
        """Say it in one line.

        Examples
        --------
        >>> FleetReport(2, 2, 10, 10, 10, 0, 0, 0, 2.0, "").summary()
        'sent 10 · acknowledged 10 · unanswered 0 · 5 readings/s (2 meters, 2.0 s)'
        """
        refused = f" · refused {self.refused:,}" if self.refused else ""
        again = f", {self.reconnections:,} reconnections" if self.reconnections else ""
        return (
            f"sent {self.sent:,} · acknowledged {self.acknowledged:,}{refused} · "
            f"unanswered {self.unanswered:,} · {self.readings_per_s:,.0f} readings/s "
            f"({self.meters:,} meters, {self.seconds:.1f} s{again})"
        )
