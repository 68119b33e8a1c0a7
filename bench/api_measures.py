"""Measures of the API: how long lists and a load profile take while readings come in."""

import random
import statistics
import threading
import time
from datetime import UTC, datetime

from machine import RunningServer
from peers import connect_meters, hang_up, load, register
from store_measures import DAY_S, LAST_WH, fill

METERS = 10_000
DAYS = 30
RATE = 20_000
SECONDS = 30
PAGE = 100


def answers_under_load(directory, results):
    """Ask the API while 20,000 readings a second come in; 10,000 meters × 30 days in store."""
    data = directory / "api"
    server = RunningServer(data)
    known = register(server.meter_port, METERS)
    server.stop()
    until_s = int(time.time()) // DAY_S * DAY_S
    fill(data / "readings", METERS, DAYS, until_s)
    server = RunningServer(data)
    while server.figure("alert_watch_behind"):  # it learns what is usual from the 30 days
        time.sleep(0.5)
    peers, _ = connect_meters(server.meter_port, known)
    cursors = page_cursors(server)
    ingest = {}
    feeder = threading.Thread(
        target=lambda: ingest.update(load(peers, SECONDS, 16, until_s + 60, RATE, LAST_WH))
    )
    feeder.start()
    times = {"clientes": [], "load_profile": []}
    chance = random.Random(1)
    start, end = (
        datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")
        for at in (until_s - DAYS * DAY_S, until_s)
    )
    while feeder.is_alive():
        path = f"/clientes?limite={PAGE}{chance.choice(cursors)}"
        times["clientes"].append(timed(server, path))
        meter = chance.choice(known)[0]
        path = f"/v1/meters/{meter}/load-profile?start={start}&end={end}&resolution=15m"
        times["load_profile"].append(timed(server, path))
    feeder.join()
    hang_up(peers)
    server.stop()
    p95_ms = {name: statistics.quantiles(each, n=20)[-1] * 1e3 for name, each in times.items()}
    results["api"] = {"p95_ms": p95_ms, "asked": len(times["clientes"]), "ingest": ingest}
    yield "GET /clientes?limite=100, p95", f"{p95_ms['clientes']:.0f} ms", "", "≤ 50 ms"
    yield "one meter's month at 15 min, p95", f"{p95_ms['load_profile']:.0f} ms", "", "≤ 50 ms"
    took = f"{ingest['readings_per_s']:,.0f}/s meanwhile"
    yield "  p99 of readings' answers", f"{ingest['p99_ms']:.0f} ms", took, "≤ 250 ms"


def page_cursors(server):
    """Cursors of all pages."""
    cursors, cursor = [""], None
    while True:
        after = f"&cursor={cursor}" if cursor else ""
        cursor = server.get_json(f"/clientes?limite=1000{after}")["next_cursor"]
        if cursor is None:
            return cursors
        cursors.append(f"&cursor={cursor}")


def timed(server, path):
    """Seconds that a question takes."""
    began = time.perf_counter()
    server.get(path)
    return time.perf_counter() - began
