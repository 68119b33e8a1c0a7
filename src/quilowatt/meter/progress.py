"""A bar for deliveries: how many readings are answered, how fast, and what is wrong."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console
    from rich.progress import TaskID

    from quilowatt.meter.fleet_options import FleetReport

__all__ = ["show_progress"]

REFRESH_S: Final = 0.25
"""How often the screen is drawn. [s]"""


@contextlib.contextmanager
def show_progress(report: Callable[[], FleetReport], console: Console) -> Iterator[None]:
    """Show a delivery's progress while the block runs, in the running loop."""
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        screen = asyncio.create_task(_show(report, progress, progress.add_task("")))
        try:
            yield
        finally:
            screen.cancel()


async def _show(report: Callable[[], FleetReport], progress: Progress, bar: TaskID) -> None:
    while True:
        now = report()
        what = f"{now.connected:,} connected, {now.readings_per_s:,.0f} readings/s"
        if now.trouble and now.connected == 0:
            what += f" · {now.trouble}"
        done = now.acknowledged + now.refused
        progress.update(bar, description=what, completed=done, total=now.due)
        await asyncio.sleep(REFRESH_S)
