"""Measures of rating: a month of 10,000 and 100,000 meters, from arrays and from a store; one bill.

Each run is a process of its own, so that its peak of memory is its own.
"""

import json
import random
import statistics
import subprocess
import sys
import time

from machine import HERE, RunningServer
from peers import register
from rating_run import MONTH, ZONE
from store_measures import DAY_S, fill

from quilowatt.core.calendar import month_bounds_s

METERS = 10_000
MANY_METERS = 100_000
MONTH_DAYS = 35
BILLS_ASKED = 400
MIB = 1024 * 1024

TARIFFS = {
    "time of use": (HERE.parent / "tariffs" / "examples" / "time-of-use.toml", 12),
    "flat": (HERE.parent / "tariffs" / "br" / "coelba-b1.toml", 3),
}
"""A tariff, and in how many seconds it must rate 10,000 meters."""


def rating_arrays(_, results):
    """10,000 meters' month of quarter-hours, from arrays to bills."""
    found = results["rating_arrays"] = {}
    for name, (path, seconds_max) in TARIFFS.items():
        found[name] = measured = run("arrays", path, METERS)
        yield f"10,000 bills from arrays, {name}", *cells(measured), f"≤ {seconds_max} s"
        yield "  peak memory", *memory(measured)


def rating_store(directory, results):
    """The same from a store of sealed Parquet: readings, load profiles, bills."""
    _, end_s = month_bounds_s(MONTH, ZONE)
    fill(directory / "readings", METERS, MONTH_DAYS, (end_s // DAY_S + 2) * DAY_S)
    found = results["rating_store"] = {}
    for name, (path, seconds_max) in TARIFFS.items():
        found[name] = measured = run("store", path, directory / "readings")
        yield f"10,000 bills from the store, {name}", *cells(measured), f"≤ {seconds_max} s"
        yield "  peak memory", *memory(measured)


def rating_growth(_, results):
    """Ten times the meters, time of use, before and after the fewer ones; the processor's time."""
    path = TARIFFS["time of use"][0]
    few = [run("arrays", path, METERS)]
    many = run("arrays", path, MANY_METERS)
    few.append(run("arrays", path, METERS))
    times = MANY_METERS // METERS
    growth = many["cpu_s"] / times / statistics.mean(each["cpu_s"] for each in few)
    results["rating_growth"] = {"few": few, "many": many, "growth": growth}
    per_meter = f"{growth:.2f} × the time per meter of {METERS:,}"
    yield f"{MANY_METERS:,} bills from arrays", f"{many['seconds']:.1f} s", per_meter, "≤ 1.20"
    yield "  peak memory, all bills kept", *memory(many)


def running_bill(directory, results):
    """Ask the API for the running bill of one meter after another; 10,000 with 30 days each."""
    data = directory / "bills"
    server = RunningServer(data)
    known = register(server.meter_port, METERS)
    server.stop()
    fill(data / "readings", METERS, 30, int(time.time()) // DAY_S * DAY_S)
    server = RunningServer(data)
    while server.figure("alert_watch_behind"):  # it learns what is usual from the 30 days
        time.sleep(0.5)
    chance = random.Random(1)
    asked = [chance.choice(known)[0] for _ in range(BILLS_ASKED)]
    times = [timed_bill(server, meter) for meter in asked]
    server.stop()
    p95_ms = statistics.quantiles(times, n=20)[-1] * 1e3
    median_ms = statistics.median(times) * 1e3
    results["running_bill"] = {"p95_ms": p95_ms, "median_ms": median_ms, "asked": len(times)}
    yield "one running bill by API, p95", f"{p95_ms:.1f} ms", f"median {median_ms:.1f}", "≤ 30 ms"


def timed_bill(server, meter):
    """Seconds that a running bill takes; it must have a total."""
    began = time.perf_counter()
    (item,) = server.get_json(f"/v1/invoices?meter={meter}")["items"]
    seconds = time.perf_counter() - began
    assert item["state"] == "running", item
    assert item["total"], item
    return seconds


def run(*arguments):
    """Rate in a process of its own."""
    command = [sys.executable, HERE / "rating_run.py", *arguments]
    done = subprocess.run(list(map(str, command)), check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


def cells(measured):
    """Seconds, and how many times those of adding up the same numbers."""
    times = measured["seconds"] / measured["floor_s"]
    text = f"{times:.0f} × a sum in numpy, {measured['cpu_s']:.1f} s of CPU"
    return f"{measured['seconds']:.1f} s", text


def memory(measured):
    """Peak of memory."""
    return f"{measured['peak_bytes'] / MIB:,.0f} MiB", f"{measured['lines']:,} lines", "≤ 2,048 MiB"
