"""What a replay is asked to do, and what it has done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from quilowatt.meter.fleet_options import FleetReport

__all__ = ["ReplayOptions", "ReplayReport"]


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """What `quilowatt replay FILE` is asked to do.

    Parameters
    ----------
    file : Path
        Parquet or CSV, also compressed (.csv.gz).
    host : str
        Where the head-end is (`--server HOST:PORT`).
    port : int
        Its TCP port for meters.
    id_column, time_column, energy_column : str or None
        Names of the columns; None to recognise them. A file without identities is one meter.
    unit : str
        Of the energy: "Wh" or "kWh".
    kind : str
        "interval": energy used in each interval; "register": cumulative values.
    stamp : str
        For intervals, what their time marks: their "start" or their "end".
    time_zone : str
        IANA name, for times that carry none.
    limit_meters : int or None
        Send the first so many only. [1]
    enrolment : str
        The key that a closed head-end asks for.
    """

    file: Path
    host: str
    port: int
    id_column: str | None = None
    time_column: str | None = None
    energy_column: str | None = None
    unit: str = "kWh"
    kind: str = "interval"
    stamp: str = "start"
    time_zone: str = "UTC"
    limit_meters: int | None = None
    enrolment: str = ""


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """What a replay has done.

    Parameters
    ----------
    delivery : FleetReport
        What became of the readings.
    rows : int
        Rows of the file that were used. [1]
    doubled : int
        Rows for a meter and time that a later row gave again. [1]
    empty : int
        Rows without identity, time or energy. [1]
    """

    delivery: FleetReport
    rows: int
    doubled: int
    empty: int

    @property
    def unanswered(self) -> int:
        """Readings neither safe nor refused, sent or not. [1]."""
        done = self.delivery.acknowledged + self.delivery.refused
        return self.delivery.due - done

    def summary(self) -> str:
        """Say it in one line."""
        odd = [f"{self.doubled:,} doubled", f"{self.empty:,} empty"]
        counts = [text for text in odd if not text.startswith("0 ")]
        rows = ", ".join([f"{self.rows:,} rows", *counts])
        return f"{self.delivery.summary()} from {rows}"
