"""Rates a month of many meters and prints seconds and peak memory as JSON, in its own process.

``rating_run.py arrays TARIFF METERS`` makes the energy of a block of meters, rates it, and so on;
``rating_run.py store TARIFF DIRECTORY`` reads a store of readings through the load profile, as a
billing run does. All bills are kept.
"""

import json
import sys
import time
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from quilowatt.billing import NOBODY, Usage, rate_many
from quilowatt.core.calendar import month_bounds_s
from quilowatt.jobs.tariff_files import read_tariff
from quilowatt.profile import Connection, energies_wh, power_limit_w
from quilowatt.store import DuckReadingStore

ZONE = ZoneInfo("America/Bahia")
MONTH = "2026-08"
QUARTER_S = 900
WH_MAX = 400
BLOCK_METERS = 512
KIB = 1024


def main(kind, tariff_path, what):
    """Rate, and say how it went."""
    tariff = read_tariff(Path(tariff_path))
    run = {"arrays": from_arrays, "store": from_store}[kind]
    bills, seconds, cpu_s, floor = [], 0.0, 0.0, 0.0
    for block_seconds, block_cpu_s, block_floor in run(tariff, what, bills):
        seconds += block_seconds
        cpu_s += block_cpu_s
        floor += block_floor
    result = {
        "bills": len(bills),
        "total": str(sum(bill.total for bill in bills)),
        "lines": sum(len(bill.lines) for bill in bills),
        "energy_wh": sum(bill.energy_wh for bill in bills),
        "seconds": seconds,
        "cpu_s": cpu_s,
        "floor_s": floor,
        "peak_bytes": peak_bytes(),
    }
    sys.stdout.write(json.dumps(result) + "\n")


def from_arrays(tariff, meters, bills):
    """Rate energies that lie in memory; yield seconds on the wall, of the processor,
    and of adding them up in numpy.
    """
    start_s, end_s = month_bounds_s(MONTH, ZONE)
    edges_s = np.arange(start_s, end_s + 1, QUARTER_S)
    chance = np.random.default_rng(1)
    left = int(meters)
    while left:
        size = min(left, BLOCK_METERS)
        energy_wh = chance.integers(0, WH_MAX, (size, edges_s.size - 1))
        usage = Usage(edges_s, energy_wh, np.zeros_like(energy_wh))
        began = time.perf_counter()
        energy_wh.sum(axis=1)
        added = time.perf_counter()
        worked = time.process_time()
        bills.extend(rate_many(tariff, usage, ZONE, [NOBODY] * size))
        yield time.perf_counter() - added, time.process_time() - worked, added - began
        left -= size


def from_store(tariff, directory, bills):
    """Read registers, make profiles, rate; the floor adds up the registers that were read."""
    start_s, end_s = month_bounds_s(MONTH, ZONE)
    edges_s = np.array([start_s, *tariff.cuts_s(start_s, end_s, ZONE), end_s])
    store = DuckReadingStore(Path(directory))
    began, worked = time.perf_counter(), time.process_time()
    for columns in store.scan(start_s, end_s, meters_per_block=BLOCK_METERS):
        bills.extend(rate_many(tariff, *profiles(columns, edges_s)))
        seconds, cpu_s = time.perf_counter() - began, time.process_time() - worked
        began = time.perf_counter()
        columns.import_wh.sum()
        yield seconds, cpu_s, time.perf_counter() - began
        began, worked = time.perf_counter(), time.process_time()
    store.close()


def profiles(columns, edges_s):
    """Energies of a block of meters between the edges that a tariff needs."""
    meters = columns.meter[np.flatnonzero(np.diff(columns.meter, prepend=-1))]
    digits = np.zeros(meters.size, np.int64)
    connections = Connection(np.full(meters.size, power_limit_w(1)), ZONE)
    taken_wh = energies_wh(columns, edges_s, meters, digits, connections=connections)
    given_wh = np.zeros_like(taken_wh)
    if columns.export_wh.any():  # as the API does
        given_wh = energies_wh(
            columns, edges_s, meters, digits, register="export", connections=connections
        )
    return Usage(edges_s, taken_wh, given_wh), ZONE, [NOBODY] * meters.size


def peak_bytes():
    """The most memory that this process held; a parent's doesn't count."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * KIB
    raise KeyError("VmHWM")


if __name__ == "__main__":
    main(*sys.argv[1:])
