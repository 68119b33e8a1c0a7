"""Measures of alerts and forecasts: what they add to commits, how long learning takes, memory."""

import json
import random
import statistics
import subprocess
import sys
import time
from uuid import UUID

from api_measures import timed
from machine import HERE, RunningServer
from peers import FIRST_TIME_S, connect_meters, hang_up, load, register
from store_measures import DAY_S, INTERVAL_S, fill

from quilowatt.store import LedgerDefaults, RegistrationRequest, SqlLedger

ALTERNATIONS = 5
SECONDS = 4
FLOODS = (("lone", 2000, 1, 900), ("in flight", 200, 160, 60))
"""Name, connections, unanswered readings on each, seconds from one reading to the next: meters
that send what they kept while nobody heard them. Detectors look at every one of these."""

DETECTED = (2000, 20_000)
METERS = 10_000
DAYS = 90
MEMORY_METERS = 1_000_000
YEAR_METERS, YEAR_DAYS = 1000, 400
ASKED = 100
TARIFF = "br/coelba-b1"
MIB = 1024 * 1024


class TimedServer(RunningServer):
    """A server that times its commits, with the alert watch or without."""

    def __init__(self, data, watch):
        self.program = (str(HERE / "timed_server.py"), watch)
        super().__init__(data)

    def stop(self):
        """End it; give what it counted."""
        super().stop()
        return json.loads(self.process.stdout.readline())


def alerts_beside_commits(directory, results):
    """A flood of readings with the alert watch and without, in turns; then detectors alone."""
    found = results["alerts_beside_commits"] = {}
    for name, connections, in_flight, step_s in FLOODS:
        rounds = {"watched": [], "unwatched": []}
        for number in range(ALTERNATIONS):
            for watch in sorted(rounds, reverse=number % 2 == 0):  # who begins, changes
                data = directory / f"{name}-{number}-{watch}"
                rounds[watch].append(flood(data, watch, connections, in_flight, step_s))
        both = found[name] = {
            watch: {key: statistics.median(one[key] for one in each) for key in each[0]}
            for watch, each in rounds.items()
        }
        with_, without = both["watched"], both["unwatched"]
        share = with_["readings_per_s"] / without["readings_per_s"]
        times = with_["commit_ns"] / without["commit_ns"]
        speed = f"{with_['readings_per_s']:,.0f}/s"
        yield f"{name}, with the alert watch", speed, f"{share:.2f} of without", ""
        took = f"{with_['commit_ns']:,.0f} ns a reading"
        yield "  its commits", took, f"{times:.2f} × without", "≤ 1.10"
    for meters in DETECTED:
        alone = found[f"detect_{meters}"] = run("detect", meters)
        cost = f"{alone['detect_us']:.2f} µs a reading"
        beside = f"{alone['append_us']:.2f} to store it"
        yield f"detectors alone, batches of {meters:,}", cost, beside, ""


def flood(data, watch, connections, in_flight, step_s):
    """Send as fast as answers come; readings a second, and the time of commits."""
    server = TimedServer(data, watch)
    peers, _ = connect_meters(server.meter_port, register(server.meter_port, connections))
    sent = load(peers, SECONDS, in_flight, FIRST_TIME_S, step_s=step_s)
    hang_up(peers)
    counted = server.stop()
    assert counted["readings"] >= sent["readings"], "more was acknowledged than committed"
    return {
        "readings_per_s": sent["readings_per_s"],
        "p99_ms": sent["p99_ms"],
        "commit_ns": counted["seconds"] / counted["readings"] * 1e9,
        "commit_cpu_ns": counted["cpu_s"] / counted["readings"] * 1e9,
    }


def learning(directory, results):
    """Statistics of 10,000 meters × 90 days from a sealed store; then forecasts and budgets."""
    data = directory / "learning"
    homes(data, METERS)
    readings = fill(data / "readings", METERS, DAYS, int(time.time()) // DAY_S * DAY_S)
    learned = run("learn", data, DAYS)
    done = run("jobs", data)
    held = run("memory", MEMORY_METERS)
    results["learning"] = {"learn": learned, "jobs": done, "memory": held}
    took = f"{readings / 1e6:.0f} million readings, {learned['cpu_s']:.0f} s of CPU"
    what = f"statistics of {METERS:,} meters × {DAYS} days"
    yield what, f"{learned['seconds']:.1f} s", took, "≤ 20 s"
    yield "  peak memory", f"{learned['peak_bytes'] / MIB:,.0f} MiB", "", ""
    each = held["bytes"] / MEMORY_METERS
    resident = f"{held['resident_bytes'] / MEMORY_METERS:,.0f} B resident"
    yield f"memory a meter, {MEMORY_METERS:,} of them", f"{each:,.0f} B", resident, "≤ 1,024 B"
    mib = f"{done['forecast_peak_bytes'] / MIB:,.0f} MiB"
    yield f"forecasts of {done['points']:,} usage points", f"{done['forecast_s']:.1f} s", mib, ""
    anew = f"then {done['next_sweep_s']:.1f} s, {done['peak_bytes'] / MIB:,.0f} MiB"
    yield f"sweep of {done['points']:,} budgets", f"{done['first_sweep_s']:.1f} s", anew, ""


def forecast_by_api(directory, results):
    """Ask the API for forecasts of meters with 400 days, one after another, of 1,000."""
    data = directory / "year"
    homes(data, YEAR_METERS)
    fill(data / "readings", YEAR_METERS, YEAR_DAYS, int(time.time()) // DAY_S * DAY_S)
    server = RunningServer(data)
    while server.figure("alert_watch_behind"):
        time.sleep(0.5)
    places = [item["id"] for item in server.get_json("/v1/usage-points?limit=1000")["items"]]
    asked = random.Random(1).sample(places, ASKED)
    times = [timed(server, f"/v1/usage-points/{place}/forecast") for place in asked]
    server.stop()
    p95_ms = statistics.quantiles(times, n=20)[-1] * 1e3
    median_ms = statistics.median(times) * 1e3
    results["forecast_by_api"] = {"p95_ms": p95_ms, "median_ms": median_ms}
    yield "one forecast by API, p95", f"{p95_ms:.0f} ms", f"median {median_ms:.0f}", "≤ 200 ms"


def homes(data, count):
    """A ledger of so many homes, read every quarter of an hour."""
    data.mkdir(parents=True)
    (data / "master.key").write_text("00" * 32 + "\n")
    with SqlLedger.open(data / "ledger.sqlite", LedgerDefaults("America/Bahia", TARIFF)) as ledger:
        for first in range(1, count + 1, 2000):
            ledger.register_meters(
                [
                    RegistrationRequest(
                        UUID(int=n), f"Home {n}", f"{n}", "", 1, INTERVAL_S, 0, None, {}, 1
                    )
                    for n in range(first, min(first + 2000, count + 1))
                ]
            )


def run(*arguments):
    """Measure in a process of its own."""
    command = [sys.executable, HERE / "alert_run.py", *arguments]
    done = subprocess.run(list(map(str, command)), check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)
