"""Small tariffs and usages for tests: a document of charges, hours of energy, what a bill says."""

import json
from datetime import datetime
from zoneinfo import ZoneInfo

from quilowatt.billing import Usage, load_tariff

UTC = ZoneInfo("UTC")
CODES = [
    "energy", "feed", "peak", "rest", "demand", "fixed", "floor", "off", "flag", "dry", "credit",
    "lights", "vat", "duty",
]  # fmt: skip


def document(charges, **changes):
    version = {"from": "2020-01-01", "act": "act", "source": "source", "charges": charges}
    return {
        "format": 2,
        "code": "xx/test",
        "currency": "EUR",
        "name": {"pt": "a", "en": "a"},
        "rounding": {"rule": "half_up", "places": 2},
        "names": {code: {"pt": code, "en": code} for code in CODES},
        "version": [version],
    } | changes


def tariff_of(charges, **changes):
    return load_tariff(json.dumps(document(charges, **changes)), "test")


def hours(start, energy_wh, zone=UTC, export_wh=None):
    start_s = int(datetime.fromisoformat(start).replace(tzinfo=zone).timestamp())
    edges_s = [start_s + 3600 * hour for hour in range(len(energy_wh) + 1)]
    return Usage.of_one(edges_s, energy_wh, export_wh)


def amounts(bill):
    return {line.code: str(line.amount) for line in bill.lines}


def quantities(bill):
    return {line.code: float(line.quantity) for line in bill.lines}


FLAT = {"code": "energy", "kind": "energy", "rate_per_kwh": "0.20"}
TOU = {
    "code": "energy",
    "kind": "time_of_use",
    "schedule": "s",
    "rates": {"peak": "0.4", "rest": "0.1"},
}


def schedule(*windows, **more):
    return {"s": {"default": "rest", "windows": list(windows)} | more}
