"""Runs a server that times its commits, with the alert watch or without: `alert_measures` compares.

``timed_server.py watched server …`` or ``… unwatched server …``; the rest as `quilowatt` takes it.
At the end it prints one JSON object. No option of the product turns the watch off, so this does.
"""

import json
import sys
import threading
import time

from quilowatt import app
from quilowatt.cli import main
from quilowatt.headend.commit import GroupCommit
from quilowatt.jobs import alert_office
from quilowatt.jobs.alert_watch import AlertWatch

FIGURES = {"readings": 0, "commits": 0, "seconds": 0.0, "cpu_s": 0.0}
COUNTING = threading.Lock()


class TimedCommit(GroupCommit):
    """Adds up the time of its commits: on the wall, and of its thread on the processor."""

    def commit(self, text, chunk_ends, meters):
        """Commit as ever."""
        began, worked = time.perf_counter(), time.thread_time()
        outcomes = super().commit(text, chunk_ends, meters)
        seconds, cpu_s = time.perf_counter() - began, time.thread_time() - worked
        with COUNTING:
            FIGURES["readings"] += outcomes.readings
            FIGURES["commits"] += 1
            FIGURES["seconds"] += seconds
            FIGURES["cpu_s"] += cpu_s
        return outcomes


class BlindWatch(AlertWatch):
    """Is shown nothing."""

    def put(self, commit, fresh):
        """Forget it."""

    def put_late(self, meters):
        """Forget them."""


if __name__ == "__main__":
    app.GroupCommit = TimedCommit
    if sys.argv.pop(1) == "unwatched":
        alert_office.AlertWatch = BlindWatch
    try:
        main()
    finally:
        print(json.dumps(FIGURES), flush=True)
