"""The command `quilowatt fleet`: N meters in one process, with a screen and a summary.

`run_fleet` is what the command calls; it shows progress on stderr and answers what was done.
Options of the command, in the order of `FleetOptions`: ``--server HOST:PORT`` (host, port),
``--udp-port``, ``--meters``, ``--interval``, ``--history`` (like 40d), ``--transport tcp|udp``,
``--seed``, ``--enrolment``, ``--state DIR``, ``--count``, ``--duration``. Who has a loop of his own
runs `Fleet` in it.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from typing import TYPE_CHECKING, Final

import uvloop
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from quilowatt.meter.fleet_engine import Fleet
from quilowatt.meter.fleet_options import FleetOptions, FleetReport

if TYPE_CHECKING:
    from rich.progress import TaskID

__all__ = ["Fleet", "FleetOptions", "FleetReport", "run_fleet"]

REFRESH_S: Final = 0.25
"""How often the screen is drawn. [s]"""


def run_fleet(options: FleetOptions, console: Console | None = None) -> FleetReport:
    """Run a fleet until it is done or interrupted (SIGINT, SIGTERM).

    Parameters
    ----------
    options : FleetOptions
        What to do.
    console : Console or None
        Where progress is shown; stderr unless told otherwise.

    Returns
    -------
    FleetReport
        Its `summary` is the one line to end with.

    Raises
    ------
    MeterError
        The head-end refuses these meters for good, or this process can't hold so many.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_run(options, console or Console(stderr=True)))


async def _run(options: FleetOptions, console: Console) -> FleetReport:
    stop = asyncio.Event()
    fleet = Fleet(options)
    loop = asyncio.get_running_loop()
    with contextlib.suppress(ValueError, RuntimeError):  # signals are the main thread's alone
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as progress:
        screen = asyncio.create_task(_show(fleet, progress, progress.add_task("")))
        try:
            return await fleet.run(stop)
        finally:
            screen.cancel()


async def _show(fleet: Fleet, progress: Progress, bar: TaskID) -> None:
    while True:
        report = fleet.report()
        what = f"{report.connected} connected, {report.readings_per_s:,.0f} readings/s"
        if report.trouble and report.connected == 0:
            what += f" · {report.trouble}"
        progress.update(
            bar,
            description=what,
            completed=report.acknowledged + report.refused,
            total=report.due,
        )
        await asyncio.sleep(REFRESH_S)
