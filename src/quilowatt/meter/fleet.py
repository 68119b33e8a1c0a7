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

import uvloop
from rich.console import Console

from quilowatt.meter.fleet_engine import Fleet
from quilowatt.meter.fleet_options import FleetOptions, FleetReport
from quilowatt.meter.progress import show_progress

__all__ = ["Fleet", "FleetOptions", "FleetReport", "run_fleet"]


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
    with show_progress(fleet.report, console):
        return await fleet.run(stop)
