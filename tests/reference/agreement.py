"""Says where the fast rating and the slow one differ."""

import json
from fractions import Fraction
from zoneinfo import ZoneInfo

from quilowatt.billing import Usage, load_tariff, rate
from quilowatt.billing.point_file import load_usage_point
from quilowatt.errors import BillingError
from reference.pieces import Refused
from reference.rating import rate_plainly

HALF_MICRO = Fraction(1, 2 * 10**6)
"""A quantity and the unrounded total are shown to six decimals."""


def fast_bill(case):
    """Rate a case by the product: through its documents, as an operator would write them."""
    tariff = load_tariff(json.dumps(case.tariff), "random")
    place = load_usage_point(json.dumps(case.point), "random")
    usage = Usage.of_one(case.edges_s, case.import_wh, case.export_wh)
    return rate(tariff, usage, ZoneInfo(case.zone), place.point)


def differences(case, rated=fast_bill):
    """List what differs, in words; empty where both agree to the cent, line by line."""
    try:
        plain = rate_plainly(case, ZoneInfo(case.zone))
    except Refused:
        plain = None
    try:
        fast = rated(case)
    except BillingError as error:
        return [f"the fast one refuses: {error}"] if plain else []
    if plain is None:
        return ["the fast one doesn't refuse"]
    found = []
    pairs = {
        "lines": (
            [(line.code, line.start_s, line.end_s, Fraction(line.amount)) for line in fast.lines],
            [(line.code, line.start_s, line.end_s, line.amount) for line in plain.lines],
        ),
        "taxes": (fast_taxes(fast), plain_taxes(plain)),
        "total": (Fraction(fast.total), sum(line.amount for line in plain.lines)),
        "credits": ([(c.born, c.energy_wh) for c in fast.credits], plain.credits),
        "lapsed": (fast.lapsed_wh, plain.lapsed_wh),
        "demand": (dict(fast.demand_w), plain.demand_w),
        "energy": (
            (fast.energy_wh, fast.export_wh),
            (sum(case.import_wh), sum(case.export_wh)),
        ),
    }
    found += [f"{name}: fast {a}, slow {b}" for name, (a, b) in pairs.items() if a != b]
    for line, own in zip(fast.lines, plain.lines, strict=False):
        if abs(Fraction(line.quantity) - own.quantity) > HALF_MICRO:
            found.append(f"quantity of {own.code}: fast {line.quantity}, slow {own.quantity}")
    if abs(Fraction(fast.total_unrounded) - plain.exact) > HALF_MICRO:
        found.append(f"unrounded: fast {fast.total_unrounded}, slow {float(plain.exact)}")
    return found


def fast_taxes(bill):
    sums = {}
    for tax in bill.taxes:
        sums[tax.code] = sums.get(tax.code, Fraction(0)) + Fraction(tax.amount)
    return sums


def plain_taxes(bill):
    sums = {}
    for line in bill.lines:
        for code, amount in line.inside.items():
            sums[code] = sums.get(code, Fraction(0)) + amount
    return sums
