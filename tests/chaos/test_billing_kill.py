"""kill −9 at any moment of a billing run: no number twice, none missing, nothing half issued.

QUILOWATT_CHAOS_ROUNDS sets how many kills at most; without it there are as many as fit the time.
QUILOWATT_CHAOS_SEED repeats a run's decisions.
"""

import os
import random
import shutil
import time
from uuid import UUID

import numpy as np
import pytest

from harness.billed import Town, at
from harness.command import Command
from quilowatt.core import ReadingBatch
from quilowatt.store import IssuedFilter, LedgerDefaults, RegistrationRequest, SqlLedger

pytestmark = pytest.mark.chaos

ROUNDS = int(os.environ.get("QUILOWATT_CHAOS_ROUNDS", "12"))
BUDGET_S = 40.0 if "QUILOWATT_CHAOS_ROUNDS" not in os.environ else float("inf")
SEED = int(os.environ.get("QUILOWATT_CHAOS_SEED", time.time_ns() % 1_000_000))

MONTH = "2025-10"
HOUR_S = 3600
ZONES = [f"Etc/GMT{offset:+d}" for offset in range(-11, 13) if offset] + ["UTC"]
"""Each zone is a block of its own, so that a run has many moments to die at."""

HOMES_PER_ZONE = 12


def build(directory):
    """A data directory of 288 homes in 24 zones, with hourly readings over the month."""
    homes = 0
    for zone in ZONES:
        defaults = LedgerDefaults(zone, "examples/time-of-use")
        with SqlLedger.open(directory / "ledger.sqlite", defaults) as ledger:
            ledger.register_meters(
                [
                    RegistrationRequest(
                        UUID(int=homes + i), f"Home {homes + i}", "", "", 1, HOUR_S, 0, None, {}, 0
                    )
                    for i in range(1, HOMES_PER_ZONE + 1)
                ]
            )
        homes += HOMES_PER_ZONE
    with Town(directory) as town:
        times_s = np.arange(at("2025-09-29T00:00:00"), at("2025-11-03T00:00:00"), HOUR_S)
        steps = np.arange(times_s.size)
        for number in range(1, homes + 1):
            registers = 1000 + (100 + number) * steps
            nothing = np.zeros_like(registers)
            meter = np.full(times_s.size, number, np.int32)
            town.store.append(
                ReadingBatch(meter, times_s, registers, nothing), now_s=at("2025-11-04T00:00:00")
            )
    (directory / "master.key").write_text("00" * 32 + "\n")
    (directory / "issuer.toml").write_text('name = "Chaos"\n')
    return homes


def run(log, directory):
    words = ("-m", "quilowatt", "bill", "run", MONTH, "--data", directory)
    return Command(log, *words, QUILOWATT_LANG="en", LANG="C.UTF-8")


def check_whole(directory, homes, *, is_done):
    """Whatever is issued is issued whole, under numbers that follow one another."""
    with Town(directory) as town:
        issued = town.issued()
        assert [invoice.number.split("-")[1] for invoice in issued] == [
            f"{n:06}" for n in range(1, len(issued) + 1)
        ]
        places = [invoice.usage_point_id for invoice in issued]
        assert len(set(places)) == len(places)
        for invoice in issued:
            assert town.said(invoice).number == invoice.number
        counts = {
            table: len(rows)
            for table, rows in town.rows(
                "invoice_documents", "invoice_balances", "invoice_links", "invoice_lines"
            ).items()
        }
        lines = sum(len(town.said(invoice).bill.lines) for invoice in issued)
        assert counts == {
            "invoice_documents": len(issued),
            "invoice_balances": len(issued),
            "invoice_links": len(issued),
            "invoice_lines": lines,
        }
        if is_done:
            assert sorted(places) == list(range(1, homes + 1))
            found = town.ledger.invoices.invoices(IssuedFilter(month=MONTH), limit=10_000)
            assert len({invoice.as_of for invoice in found}) == 1
        return {invoice.usage_point_id: invoice.total for invoice in issued}


def test_a_run_killed_at_random_moments_issues_everything_once(tmp_path):
    chance = random.Random(SEED)
    print(f"QUILOWATT_CHAOS_SEED={SEED}")  # noqa: T201 - how to do it again
    data, whole = tmp_path / "data", tmp_path / "whole"
    data.mkdir()
    homes = build(data)
    shutil.copytree(data, whole)
    began_s = time.monotonic()
    with run(tmp_path / "whole.log", whole) as command:
        assert command.wait() == 0, command.heard
    took_s = time.monotonic() - began_s
    expected = check_whole(whole, homes, is_done=True)
    give_up_at_s = time.monotonic() + BUDGET_S
    kills = 0
    while kills < ROUNDS and time.monotonic() < give_up_at_s:
        with run(tmp_path / "run.log", data) as command:
            # The first half of its time a command starts; what it writes is in the second.
            die_at_s = time.monotonic() + took_s * chance.uniform(0.4, 1.0)
            while command.is_running and time.monotonic() < die_at_s:
                time.sleep(0.001)
            was_running = command.is_running
        kills += was_running
        issued = check_whole(data, homes, is_done=False)
        if len(issued) == homes:
            break
    with run(tmp_path / "last.log", data) as command:
        assert command.wait() == 0, command.heard
    assert check_whole(data, homes, is_done=True) == expected
    print(f"{kills} kills")  # noqa: T201
    assert kills >= 1
