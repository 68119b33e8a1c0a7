"""Measures quilowatt against a bare C server, in one session on one machine: `make bench`.

Ratios count, because machines differ: server and floor take turns, and medians are compared. Names
of measures on the command line run only those. Results lie in bench/results/ as JSON.
"""

import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import alert_measures
import api_measures
import invoice_measures
import paper_measures
import rating_measures
import store_measures
from machine import BUILD, HERE, RunningServer, allow_files, compile_programs, floor
from peers import FIRST_TIME_S, connect, connect_meters, hang_up, load, register, write_datagrams
from rich.console import Console
from rich.table import Table

ROUNDS = 3
SECONDS = 5
IDLE_CONNECTIONS = 19_000
DATAGRAMS = 400_000
KIB = 1024
"""Turns of floor and server, and how long each lasts."""

CONSOLE = Console()


def median(rounds, key):
    """The middle of some rounds."""
    return statistics.median(each[key] for each in rounds)


def turns(directory, connections, in_flight):
    """Let the floor and the server take turns under the same load."""
    rounds = {"floor": [], "server": []}
    server = RunningServer(directory / f"tcp-{connections}-{in_flight}")
    known = register(server.meter_port, connections)
    for _ in range(ROUNDS):
        with floor(directory) as port:
            peers = connect(port, connections)
            rounds["floor"].append(load(peers, SECONDS, in_flight, FIRST_TIME_S))
            hang_up(peers)
        peers, newest = connect_meters(server.meter_port, known)
        first_time_s = max(newest + 1, FIRST_TIME_S)
        rounds["server"].append(load(peers, SECONDS, in_flight, first_time_s))
        hang_up(peers)
    committed = server.figure("readings_committed_total")
    answered = sum(each["readings"] for each in rounds["server"])
    assert committed >= answered, "more was acknowledged than committed"
    server.stop()
    return {
        side: {key: median(each, key) for key in ("readings_per_s", "p50_ms", "p99_ms")}
        for side, each in rounds.items()
    }


def lone(directory, results):
    """2,000 connections, each waits for its answer."""
    both = results["lone"] = turns(directory, 2000, 1)
    floor_, server = both["floor"], both["server"]
    ratio = server["readings_per_s"] / floor_["readings_per_s"]
    slower = server["p99_ms"] / floor_["p99_ms"]
    yield "lone readings, 2,000 connections", rate(server), f"{ratio:.2f} of floor", "0.70"
    yield "  p99 of the answer", f"{server['p99_ms']:.1f} ms", f"{slower:.2f} × floor", "≤ 2"


def sixteen(directory, results):
    """16 in flight on 2,000 connections."""
    both = results["in_flight_16"] = turns(directory, 2000, 16)
    ratio = both["server"]["readings_per_s"] / both["floor"]["readings_per_s"]
    yield "16 in flight, 2,000 connections", rate(both["server"]), f"{ratio:.2f} of floor", "0.60"


def concentrators(directory, results):
    """160 in flight on 200 connections."""
    both = results["in_flight_160"] = turns(directory, 200, 160)
    if "in_flight_16" not in results:
        results["in_flight_16"] = turns(directory, 2000, 16)
    above = results["in_flight_16"]["floor"]["readings_per_s"]
    ratio = both["server"]["readings_per_s"] / above
    text = f"{ratio:.2f} of the floor's line above"
    yield "160 in flight, 200 concentrators", rate(both["server"]), text, "1.00"


def udp(directory, results):
    """One reading a datagram, answered."""
    server = RunningServer(directory / "udp")
    known = register(server.meter_port, 2000)
    write_datagrams(directory / "datagrams", known, DATAGRAMS)
    command = [BUILD / "datagrams", SECONDS, server.udp_port, 2000, directory / "datagrams"]
    output = subprocess.run(list(map(str, command)), check=True, capture_output=True, text=True)
    measured = results["udp"] = json.loads(output.stdout)
    server.stop()
    beside = results.get("lone", {}).get("server")
    text = f"{measured['readings_per_s'] / beside['readings_per_s']:.2f} of TCP" if beside else ""
    lost = f"{measured['lost']} lost"
    yield "UDP, one reading a datagram", rate(measured), f"{text}, {lost}".strip(", "), "stated"


def idle(directory, results):
    """Memory of a connection that is logged in and says nothing."""
    server = RunningServer(directory / "idle")
    known = register(server.meter_port, IDLE_CONNECTIONS)
    hang_up(connect(server.meter_port, 100))
    before = server.resident_bytes()
    peers, _ = connect_meters(server.meter_port, known)
    each = (server.resident_bytes() - before) / IDLE_CONNECTIONS
    assert server.figure("meters_online") == IDLE_CONNECTIONS
    hang_up(peers)
    server.stop()
    results["idle"] = {"connections": IDLE_CONNECTIONS, "bytes_each": each}
    yield "memory per idle connection, 19,000 held", f"{each / KIB:.2f} KiB", "", "≤ 4 KiB"


MEASURES = (
    lone,
    sixteen,
    concentrators,
    udp,
    idle,
    store_measures.london,
    store_measures.start_up,
    api_measures.answers_under_load,
    invoice_measures.issuing,
    paper_measures.papers,
    rating_measures.rating_arrays,
    rating_measures.rating_store,
    rating_measures.rating_growth,
    rating_measures.running_bill,
    alert_measures.alerts_beside_commits,
    alert_measures.learning,
    alert_measures.forecast_by_api,
)


def rate(measured):
    """Readings a second, for the table."""
    return f"{measured['readings_per_s']:,.0f}/s"


def main(names):
    """Measure what is named, or everything."""
    compile_programs()
    allow_files()
    results, table = {}, Table("measure", "quilowatt", "ratio", "required")
    began = time.monotonic()
    for measure in MEASURES:
        if names and measure.__name__ not in names:
            continue
        CONSOLE.print(f"[{time.monotonic() - began:4.0f} s] {measure.__doc__}", markup=False)
        with tempfile.TemporaryDirectory(prefix="quilowatt-bench-") as directory:
            for row in measure(Path(directory), results):
                table.add_row(*row)
    CONSOLE.print(table)
    results["machine"] = {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": len(__import__("os").sched_getaffinity(0)),
        "kernel": platform.release(),
        "python": platform.python_version(),
    }
    (HERE / "results").mkdir(exist_ok=True)
    path = HERE / "results" / f"{datetime.now(UTC):%Y-%m-%dT%H%M%SZ}.json"
    path.write_text(json.dumps(results, indent=1))
    CONSOLE.print(f"written to {path.relative_to(HERE.parent)}")


if __name__ == "__main__":
    main(sys.argv[1:])
