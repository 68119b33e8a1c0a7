"""The command `quilowatt replay`: real metered data sent as the registers of real meters.

Interval energy becomes cumulative registers read at both ends of every interval, rounded once from
the exact sum, so that no rounding drifts and a gap in the data stays a gap of its own.
`run_replay` is what the command calls; it shows progress on stderr and answers what was done.
Options of the command, in the order of `ReplayOptions`: ``FILE``, ``--server HOST:PORT``,
``--id-column``, ``--time-column``, ``--energy-column``, ``--unit Wh|kWh``,
``--kind interval|register``, ``--stamp start|end``, ``--time-zone``, ``--limit-meters``,
``--enrolment``.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from typing import TYPE_CHECKING, Final

import numpy as np
import uvloop
from rich.console import Console

from quilowatt.errors import ReplayError
from quilowatt.limits import INTERVAL_S_DEFAULT, INTERVAL_S_MAX, NAME_SIZE_MAX
from quilowatt.meter.delivery import Delivery, make_room_for_sockets
from quilowatt.meter.fleet_meter import FleetMeter
from quilowatt.meter.lines import encode_readings
from quilowatt.meter.progress import show_progress
from quilowatt.meter.replay_file import MeteredRows, read_rows
from quilowatt.meter.replay_options import ReplayOptions, ReplayReport
from quilowatt.meter.session import Endpoint
from quilowatt.wire import RegistrationDetails

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quilowatt.meter.outbox import MeterIdentity
    from quilowatt.wire import SetInterval, SetRelay

__all__ = ["Replay", "ReplayOptions", "ReplayReport", "run_replay"]

BLOCK: Final = 1024
"""Readings written at once. [1]"""

WATCH_S: Final = 0.02
"""How often the replay looks whether it is done. [s]"""

MICRO: Final = 10**6
"""µWh in a watt-hour."""


def run_replay(options: ReplayOptions, console: Console | None = None) -> ReplayReport:
    """Send a file and wait until all of it is answered, or interrupted (SIGINT, SIGTERM).

    Parameters
    ----------
    options : ReplayOptions
        What to do.
    console : Console or None
        Where progress is shown; stderr unless told otherwise.

    Returns
    -------
    ReplayReport
        Its `summary` is the one line to end with.

    Raises
    ------
    ReplayError
        The file can't be understood.
    MeterError
        The head-end refuses these meters for good.
    """
    console = console or Console(stderr=True)
    with console.status(f"reading {options.file.name}"):
        rows = read_rows(options)
        replay = Replay(rows, options)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_run(replay, console))


async def _run(replay: Replay, console: Console) -> ReplayReport:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    with contextlib.suppress(ValueError, RuntimeError):  # signals are the main thread's alone
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
    with show_progress(lambda: replay.report().delivery, console):
        return await replay.run(stop)


class Replay:
    """A file on its way: `await run(stop)` in any asyncio loop.

    Parameters
    ----------
    rows : MeteredRows
        What the file says.
    options : ReplayOptions
        How to understand it and where to send it.
    """

    def __init__(self, rows: MeteredRows, options: ReplayOptions) -> None:
        make_room_for_sockets(len(rows.names))
        self._rows = rows
        self._enrolment = options.enrolment
        self._interval_s = _interval_s(rows)
        meter, self._time_s, self._import_wh = _registers(rows, options, self._interval_s)
        self._export_wh = np.zeros_like(self._import_wh)
        edges = np.searchsorted(meter, np.arange(len(rows.names) + 1))
        self._start, self._count = edges[:-1].tolist(), np.diff(edges).tolist()
        meters = [FleetMeter(number, None) for number in range(len(rows.names))]
        self._delivery = Delivery(Endpoint(options.host, options.port), meters, self)

    def report(self) -> ReplayReport:
        """Say how far it is."""
        rows = self._rows
        return ReplayReport(self._delivery.report(), rows.meter.size, rows.doubled, rows.empty)

    async def run(self, stop: asyncio.Event) -> ReplayReport:
        """Send everything and wait until it is answered, or until told to stop.

        Raises
        ------
        MeterError
            The head-end refuses these meters for good.
        """
        self._delivery.stop = stop
        async with self._delivery:
            while not stop.is_set() and not self._delivery.is_done:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(WATCH_S):
                        await stop.wait()
                self._delivery.drop_silent_links()
        if self._delivery.failure is not None:
            raise self._delivery.failure
        return self.report()

    def due(self, meter: int) -> int:
        """Count a meter's readings."""
        count: int = self._count[meter]
        return count

    def index_after(self, meter: int, time_s: int) -> int:
        """Count a meter's readings not later than an instant. [s since 1970-01-01 UTC]."""
        start = self._start[meter]
        times = self._time_s[start : start + self._count[meter]]
        return int(times.searchsorted(time_s, side="right"))

    def lines(self, meter: int, start: int, end: int) -> tuple[bytes, int]:
        """Write a meter's readings from one number up to another, or the first few of them."""
        first = self._start[meter] + start
        rows = slice(first, first + min(BLOCK, end - start))
        columns = self._time_s[rows], self._import_wh[rows], self._export_wh[rows]
        return encode_readings(*columns), rows.stop - rows.start

    def details(self, meter: int) -> RegistrationDetails:
        """Say what a meter registers with."""
        name = self._rows.names[meter][:NAME_SIZE_MAX] or "-"
        return RegistrationDetails(
            name=name,
            serial=name,
            model="quilowatt replay",
            interval_s=self._interval_s,
            enrolment=self._enrolment,
        )

    def registered(self, meter: int, identity: MeterIdentity) -> None:
        """Nothing to keep: a replay is sent once."""

    def obey(self, meter: int, order: SetInterval | SetRelay) -> None:
        """Change nothing: what was measured was measured."""


def _interval_s(rows: MeteredRows) -> int:
    """Length of an interval: the commonest distance of two rows of a meter. [s]."""
    steps_s = np.diff(rows.time_s)[rows.meter[1:] == rows.meter[:-1]]
    if steps_s.size == 0:
        return INTERVAL_S_DEFAULT
    lengths_s, counts = np.unique(steps_s, return_counts=True)
    return min(int(lengths_s[counts.argmax()]), INTERVAL_S_MAX)


def _registers(
    rows: MeteredRows, options: ReplayOptions, interval_s: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Turn rows into readings: meter, time [s UTC] and register [Wh], sorted."""
    if options.kind == "register":
        return rows.meter, rows.time_s, _whole_wh(rows.energy_uwh)
    if options.kind != "interval":
        raise ReplayError(f"kind {options.kind!r} is unknown; use interval or register")
    starts_s, ends_s = _edges_s(rows, options.stamp, interval_s)
    total_uwh = _cumulative(rows)
    is_new_start = np.ones(rows.meter.size, np.bool_)
    is_new_start[1:] = (rows.meter[1:] != rows.meter[:-1]) | (starts_s[1:] > ends_s[:-1])
    meter = np.concatenate([rows.meter[is_new_start], rows.meter])
    time_s = np.concatenate([starts_s[is_new_start], ends_s])
    before_uwh = (total_uwh - rows.energy_uwh)[is_new_start]
    register_wh = _whole_wh(np.concatenate([before_uwh, total_uwh]))
    order = np.lexsort((time_s, meter))
    return meter[order], time_s[order], register_wh[order]


def _edges_s(
    rows: MeteredRows, stamp: str, interval_s: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Start and end of each row's interval, cut where the neighbour's begins. [s UTC]."""
    is_same = rows.meter[1:] == rows.meter[:-1]
    if stamp == "start":
        ends_s = rows.time_s + interval_s
        ends_s[:-1][is_same] = np.minimum(ends_s[:-1], rows.time_s[1:])[is_same]
        return rows.time_s, ends_s
    if stamp == "end":
        starts_s = rows.time_s - interval_s
        starts_s[1:][is_same] = np.maximum(starts_s[1:], rows.time_s[:-1])[is_same]
        return starts_s, rows.time_s
    raise ReplayError(f"stamp {stamp!r} is unknown; use start or end")


def _cumulative(rows: MeteredRows) -> NDArray[np.int64]:
    """Sum each meter's energy from its first row on. [µWh]."""
    total: NDArray[np.int64] = np.cumsum(rows.energy_uwh)
    first = np.flatnonzero(np.r_[True, rows.meter[1:] != rows.meter[:-1]])
    before = np.r_[0, total[first[1:] - 1]]
    total -= np.repeat(before, np.diff(np.r_[first, total.size]))
    return total


def _whole_wh(energy_uwh: NDArray[np.int64]) -> NDArray[np.int64]:
    """Round half up, once. [Wh]."""
    whole: NDArray[np.int64] = (energy_uwh + MICRO // 2) // MICRO
    return whole
