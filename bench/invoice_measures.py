"""Measures of billing: a month of many homes issued, and a running bill by API."""

import random
import resource
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from api_measures import timed
from machine import RunningServer
from store_measures import DAY_S, INTERVAL_S

from quilowatt.core import ReadingBatch
from quilowatt.core.calendar import month_bounds_s, month_of
from quilowatt.store import (
    DuckReadingStore,
    IssuedFilter,
    LedgerDefaults,
    RegistrationRequest,
    SqlLedger,
    seal,
)

METERS = 10_000
TARIFF = "examples/time-of-use"
GAPS = 0.02
"""Share of meters that lack some hours, as real ones do."""

ASKED = 200
KIB = 1024
POLL_S = 0.02


def town(data, now_s):
    """A data directory of 10,000 homes, read every quarter of an hour over the last month."""
    data.mkdir(parents=True)
    (data / "master.key").write_text("00" * 32 + "\n")
    (data / "issuer.toml").write_text('name = "Bench"\n')
    zone = ZoneInfo("UTC")
    this_month_s, _ = month_bounds_s(month_of(now_s, zone), zone)
    month = month_of(this_month_s - 1, zone)
    start_s, _ = month_bounds_s(month, zone)
    with SqlLedger.open(data / "ledger.sqlite", LedgerDefaults("UTC", TARIFF)) as ledger:
        for first in range(1, METERS + 1, 2000):
            ledger.register_meters(
                [
                    RegistrationRequest(
                        UUID(int=n), f"Home {n}", f"{n}", "", 1, INTERVAL_S, 0, None, {}, start_s
                    )
                    for n in range(first, first + 2000)
                ]
            )
    store, chance = DuckReadingStore(data / "readings"), np.random.default_rng(1)
    numbers, nothing = np.arange(1, METERS + 1, dtype=np.int32), np.zeros(METERS, np.int64)
    register, silent = chance.integers(0, 10**7, METERS), chance.random(METERS) < GAPS
    silent_until_s = start_s + chance.integers(5, 20, METERS) * DAY_S
    for time_s in range(start_s - DAY_S, now_s, INTERVAL_S):
        register = register + chance.integers(0, 400, METERS)
        away_s = silent_until_s - time_s
        speaks = ~(silent & (away_s > 0) & (away_s < 5 * 3600))
        batch = ReadingBatch(
            numbers[speaks],
            np.full(int(speaks.sum()), time_s, np.int64),
            register[speaks],
            nothing[speaks],
        )
        store.append(batch, now_s=time_s + 5)
        store.flush()
    while store.flush():
        pass
    seal(store, now_s=now_s)
    store.close()
    return month


def peak_of(command):
    """Run a command; the most memory that it had. [KiB]"""
    # Not by its rusage, which a child inherits from the process that started it.
    peak_kib = 0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        status = Path(f"/proc/{process.pid}/status")
        while process.poll() is None:
            lines = [line.split() for line in status.read_text().splitlines()]
            peak_kib = max([peak_kib, *(int(line[1]) for line in lines if line[0] == "VmHWM:")])
            time.sleep(POLL_S)
    assert process.returncode == 0
    return peak_kib


def issuing(directory, results):
    """Issue a month of 10,000 homes at 15 minutes, time of use; then ask for running bills."""
    now_s = int(time.time())
    data = directory / "billed"
    month = town(data, now_s)
    spare = directory / "spare"
    shutil.copytree(data, spare)
    command = [sys.executable, "-m", "quilowatt", "bill", "run", month, "--data"]
    subprocess.run([*command, str(spare), "--dry-run"], check=True, stdout=subprocess.DEVNULL)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    peak_kib = peak_of([*command, str(data)])
    seconds = time.monotonic() - began
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    peak_mib = peak_kib / KIB
    with SqlLedger.open(data / "ledger.sqlite") as ledger:
        issued = len(ledger.invoices.invoices(IssuedFilter(month=month), limit=METERS + 1))
    assert issued == METERS, issued
    server = RunningServer(data)
    while server.figure("alert_watch_behind"):
        time.sleep(0.5)
    chance, times = random.Random(1), []
    for _ in range(ASKED):
        path = f"/v1/invoices?meter={UUID(int=chance.randint(1, METERS))}"
        server.get(path)  # a person's page asks again and again
        times.append(timed(server, path))
    server.stop()
    p95_ms = statistics.quantiles(times, n=20)[-1] * 1e3
    results["issuing"] = {
        "seconds": seconds,
        "cpu_s": cpu_s,
        "peak_mib": peak_mib,
        "p95_ms": p95_ms,
    }
    taken = f"{cpu_s:.1f} s of processor"
    yield f"bill run, {METERS:,} homes at 15 min", f"{seconds:.1f} s", taken, "≤ 15 s"
    yield "  peak memory", f"{peak_mib:,.0f} MiB", "", "≤ 2048 MiB"
    yield "running bill by API, p95", f"{p95_ms:.0f} ms", "", "≤ 30 ms"
