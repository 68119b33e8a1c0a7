"""Measures of the store: real readings replayed, bytes on disk, and starting with much in it."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from machine import HERE, RunningServer, bytes_on_disk

from quilowatt.core import ReadingBatch
from quilowatt.store import DuckReadingStore, seal

LONDON = (
    Path(os.environ.get("QUILOWATT_SHARED_DATA", HERE.parents[1] / "shared" / "data"))
    / "lcl_100_households_halfhourly_2013.parquet"
)
DAY_S = 86400
INTERVAL_S = 900
LAST_WH = 10_000_000


def london(directory, results):
    """The London households' year through TCP, then sealed."""
    if not LONDON.exists():
        yield "London year, replayed", "not measured", f"{LONDON.name} is not here", ""
        return
    server = RunningServer(directory / "london", QUILOWATT_SEAL_INTERVAL_S="1e9")
    command = [sys.executable, "-m", "quilowatt", "replay", str(LONDON)]
    columns = ["--id-column", "lclid", "--time-column", "tstp", "--energy-column", "kwh"]
    address = ["--server", f"127.0.0.1:{server.meter_port}", "--time-zone", "UTC"]
    began = time.monotonic()
    subprocess.run([*command, *columns, *address], check=True, stdout=subprocess.DEVNULL)
    seconds = time.monotonic() - began
    readings = server.figure("readings_committed_total")
    server.stop()
    store = DuckReadingStore(directory / "london" / "readings")
    seal(store, now_s=time.time())
    store.close()
    size = bytes_on_disk(directory / "london")
    results["london"] = {"readings": readings, "seconds": seconds, "bytes": size}
    yield "London year through TCP", f"{seconds:.1f} s", f"{readings:,.0f} readings", "≤ 30 s"
    yield "  disk per reading, everything", f"{size / readings:.2f} B", f"{size:,} B", "≤ 2.0 B"


def fill(directory, meters, days, until_s):
    """Put readings of many meters into a store, as fast as it takes them, and seal."""
    store = DuckReadingStore(directory)
    chance = np.random.default_rng(1)
    numbers = np.arange(1, meters + 1, dtype=np.int32)
    nothing = np.zeros(meters, np.int64)
    start_s = until_s - days * DAY_S
    register = np.full(meters, LAST_WH, np.int64)
    for _ in range(start_s, until_s, INTERVAL_S):  # so that all end at the same register
        register -= chance.integers(0, 400, meters)
    chance = np.random.default_rng(1)
    for time_s in range(start_s, until_s, INTERVAL_S):
        register += chance.integers(0, 400, meters)
        batch = ReadingBatch(numbers, np.full(meters, time_s, np.int64), register.copy(), nothing)
        store.append(batch, now_s=time_s + 5)
        store.flush()
    while store.flush():
        pass
    seal(store, now_s=time.time())
    store.close()
    return meters * len(range(start_s, until_s, INTERVAL_S))


def start_up(directory, results):
    """Start with 100 million readings in the store."""
    until_s = int(time.time()) // DAY_S * DAY_S
    readings = fill(directory / "much" / "readings", 10_000, 105, until_s)
    began = time.monotonic()
    server = RunningServer(directory / "much")
    seconds = time.monotonic() - began
    server.stop()
    results["start_up"] = {"readings": readings, "seconds": seconds}
    yield f"start with {readings / 1e6:.0f} million readings", f"{seconds:.1f} s", "", "≤ 5 s"
