"""Measures one thing about alerts and forecasts in its own process and prints it as JSON.

``alert_run.py learn DATA DAYS`` lets the alert watch learn the days of a data directory, without
its rests; ``alert_run.py memory METERS`` builds what the detectors know of so many meters;
``alert_run.py detect METERS`` shows batches to the detectors beside commits of the same batches;
``alert_run.py jobs DATA`` forecasts all usage points, and sweeps a budget for each.
"""

import json
import sys
import tempfile
import time
from decimal import Decimal
from functools import partial
from pathlib import Path

import numpy as np
from rating_run import peak_bytes
from store_measures import DAY_S, INTERVAL_S

from quilowatt.alert import DetectorState, MeterFacts, detect
from quilowatt.alert.clock import ClockState, compare
from quilowatt.alert.silence import SilenceState, hear
from quilowatt.api.events import EventHub
from quilowatt.api.running import cycle_states, opened_cycles
from quilowatt.api.services import Services
from quilowatt.core import ReadingBatch
from quilowatt.jobs import alert_watch, forecast_record
from quilowatt.jobs.alert_watch import AlertWatch, Pace
from quilowatt.jobs.budget_watch import BudgetWatch
from quilowatt.jobs.forecast_record import ForecastRecord
from quilowatt.jobs.tariff_files import tariff_book
from quilowatt.limits import HOT_ROWS_MAX
from quilowatt.store import ClientFilter, DuckReadingStore, SqlLedger

DETECT_DAYS = 16
"""Beyond two weeks all detectors are at work."""

LIMIT_KWH = 150
KIB = 1024


def main(kind, *arguments):
    """Measure, and say what came."""
    run = {"learn": learn, "memory": memory, "detect": detection, "jobs": jobs}[kind]
    print(json.dumps(run(*arguments)))


def learn(data, days):
    """Start an alert watch that knows nothing beside a store; wait until it has learned."""
    data, alerts = Path(data), []
    alert_watch.HISTORY_S = int(days) * DAY_S
    store = DuckReadingStore(data / "readings")
    with SqlLedger.open(data / "ledger.sqlite") as ledger:
        before = peak_bytes()
        began, worked = time.perf_counter(), time.process_time()
        watch = AlertWatch(
            store,
            ledger,
            time.time,
            snapshot=data / "alerts.npz",
            on_alert=lambda phase, _: alerts.append(phase),
            pace=Pace(rest=0),
        )
        while watch.is_behind:
            time.sleep(0.01)
        seconds, cpu_s = time.perf_counter() - began, time.process_time() - worked
        watch.close()
    readings = store.figures().segment_readings
    store.close()
    return {
        "readings": readings,
        "seconds": seconds,
        "cpu_s": cpu_s,
        "alerts": len(alerts),
        "before_bytes": before,
        "peak_bytes": peak_bytes(),
    }


def memory(meters):
    """Show one reading of each meter to the detectors, and see what that takes."""
    count = int(meters)
    before = resident_bytes()
    numbers = np.arange(count, dtype=np.int32)
    batch = batch_of(numbers, 0, np.zeros(count, np.int64))
    state, _ = detect(DetectorState.empty(count), batch, MeterFacts.unknown(count))
    silence, _ = hear(SilenceState.empty(count), numbers, batch.time_s)
    interval_s = np.full(count, INTERVAL_S)
    clocks, _ = compare(
        ClockState.empty().grown(count - 1), numbers, (batch.time_s, batch.time_s), interval_s
    )
    for array in (state.fields, state.past, state.standing, state.rings):
        array[:] = 1  # a page that nobody wrote takes no memory
    tables = (state.to_arrays(), silence.to_arrays(), clocks.to_arrays())
    held = sum(array.nbytes for arrays in tables for array in arrays.values())
    del batch, numbers
    return {"meters": count, "bytes": held, "resident_bytes": resident_bytes() - before}


def detection(meters):
    """Show days of readings, a batch every quarter of an hour, to detectors and to a store."""
    count = int(meters)
    numbers, chance = np.arange(1, count + 1, dtype=np.int32), np.random.default_rng(1)
    state, facts = DetectorState.empty(count + 1), MeterFacts.unknown(count + 1)
    register = np.zeros(count, np.int64)
    looked_s, kept_s, last = 0.0, 0.0, (DETECT_DAYS - 2) * DAY_S // INTERVAL_S
    with tempfile.TemporaryDirectory(prefix="quilowatt-bench-") as directory:
        store = DuckReadingStore(Path(directory))
        rounds = DETECT_DAYS * DAY_S // INTERVAL_S
        for number in range(rounds):
            register = register + chance.integers(0, 400, count)
            batch = batch_of(numbers, number, register)
            began = time.thread_time()
            state, _ = detect(state, batch, facts)
            looked = time.thread_time()
            if number >= last:  # what was learned before makes no difference to a commit
                store.append(batch, now_s=time.time())
                looked_s += looked - began
                kept_s += time.thread_time() - looked
                if (number - last) % (HOT_ROWS_MAX // count) == 0:
                    store.flush()
        store.close()
    readings = count * (rounds - last)
    return {"detect_us": looked_s / readings * 1e6, "append_us": kept_s / readings * 1e6}


def jobs(data):
    """Forecast every usage point as the forecast job does; set budgets, and sweep them."""
    data = Path(data)
    forecast_record.REST = 0
    store = DuckReadingStore(data / "readings")
    with SqlLedger.open(data / "ledger.sqlite") as ledger:
        services = Services(store, ledger, tariff_book(), EventHub(), time.time, "bench")
        running = partial(cycle_states, services)
        opened = partial(opened_cycles, services)
        record = ForecastRecord(ledger, running, opened, services.forecaster, time.time)
        count, forecast_s = timed(record.turn)
        forecast_peak = peak_bytes()
        places = [client.usage_point_id for client in ledger.clients(ClientFilter(), limit=10**6)]
        for place in places:
            ledger.budgets.set(place, "energy", Decimal(LIMIT_KWH), author="bench", at_s=1)
        told = []
        watch = BudgetWatch(
            ledger,
            running,
            lambda cycles: services.forecaster.forecasts(cycles, now_s=services.now_s()),
            time.time,
            lambda phase, _: told.append(phase),
        )
        _, first_s = timed(watch.sweep)
        _, next_s = timed(watch.sweep)
    store.close()
    return {
        "points": len(places),
        "forecasts": count,
        "forecast_s": forecast_s,
        "forecast_peak_bytes": forecast_peak,
        "alerts": len(told),
        "first_sweep_s": first_s,
        "next_sweep_s": next_s,
        "peak_bytes": peak_bytes(),
    }


def timed(work):
    """Do it; give what it gave, and the seconds it took."""
    began = time.perf_counter()
    found = work()
    return found, time.perf_counter() - began


def batch_of(numbers, number, register):
    """The readings of all meters at one quarter of an hour of 2026."""
    time_s = np.full(numbers.size, 1_767_225_600 + (number + 1) * INTERVAL_S, np.int64)
    return ReadingBatch(numbers, time_s, register, np.zeros_like(register))


def resident_bytes():
    """What this process holds now."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) * KIB
    raise KeyError("VmRSS")


if __name__ == "__main__":
    main(*sys.argv[1:])
