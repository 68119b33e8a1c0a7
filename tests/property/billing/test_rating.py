"""The fast rating against a slow one: plain decimals, one interval after the other, no arrays.

The slow one reads the same document as plain tables and shares no code with the fast one.
"""

import json
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, localcontext
from itertools import groupby, pairwise
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from quilowatt.billing import NOBODY, Usage, UsagePoint, load_tariff, rate, rate_many

LONDON = ZoneInfo("Europe/London")  # its days have 23, 24 or 25 hours
FIRST = date(2026, 3, 25)  # the clock goes forward on the 29th
STEP_S = 1800
WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
PERIODS = ["peak", "rest"]

prices = st.decimals(-1, 2, places=4).map(str)
shares = st.decimals(0, Decimal("0.3"), places=3).map(str)
limits = st.decimals(Decimal("0.5"), 20, places=2).map(str)


def texts(*codes):
    return {code: {"pt": code, "en": code} for code in codes}


def tiers_of(draw, values):
    rising = sorted(draw(st.sets(limits, max_size=2)), key=Decimal)
    return [{"up_to_kwh": limit, **draw(values)} for limit in rising] + [draw(values)]


@st.composite
def charge_lists(draw, change):
    """One charge of each kind, or none, in an order that holds."""
    is_days = change == "days"
    flat = st.fixed_dictionaries({"rate_per_kwh": prices})
    by_period = st.fixed_dictionaries(
        {"rates": st.fixed_dictionaries(dict.fromkeys(PERIODS, prices))}
    )
    ways = ["proportional", "per_period"] + ([] if is_days else ["chronological"])
    pers = ["month", "days"] + ([] if is_days else ["day"])
    taxes = draw(st.sampled_from([None, [], ["duty"], ["vat"]]))
    least = {"code": "least", "kind": "minimum_energy", "kwh": draw(limits)}
    every = [
        least | ({"up_to_kwh": draw(limits)} if draw(st.booleans()) else {}),
        {"code": "flat", "kind": "energy", **draw(flat)},
        {"code": "fed", "kind": "energy", "flow": "export", **draw(flat)},
        {"code": "tou", "kind": "time_of_use", "schedule": "s", **draw(by_period)},
        {"code": "step", "kind": "tiered", "per": draw(st.sampled_from(pers)),
         "tiers": tiers_of(draw, flat)},
        {"code": "both", "kind": "tiered", "per": draw(st.sampled_from(pers)), "schedule": "s",
         "combine": draw(st.sampled_from(ways)), "tiers": tiers_of(draw, by_period)},
        {"code": "power", "kind": "demand", "rate_per_kw": draw(prices),
         "window_minutes": draw(st.sampled_from([30, 60])),
         **draw(st.sampled_from([{}, {"schedule": "s", "periods": ["peak"]}]))},
        {"code": "fixed", "kind": "fixed", "per": draw(st.sampled_from(["day", "month", "kw"])),
         "rate": draw(prices)},
        {"code": "flag", "kind": "surcharge", "table": "t", "free_kwh": draw(limits)},
    ]  # fmt: skip
    if not is_days:
        every.append({"code": "live", "kind": "series", "series": "x", "factor": draw(prices)})
    chosen = [charge for charge in every if draw(st.booleans())] or [every[1]]
    if any(charge["code"] == "flat" for charge in chosen):
        share = st.fixed_dictionaries({"share": shares})
        chosen.append(
            {"code": "off", "kind": "discount", "of": ["flat"], "tiers": tiers_of(draw, share)}
        )
        chosen.append({"code": "floor", "kind": "minimum", "amount": "9.5", "of": ["flat"]})
    for charge in chosen:
        if taxes is not None and charge["kind"] != "minimum_energy" and draw(st.booleans()):
            charge["taxes"] = taxes
    return chosen


@st.composite
def cases(draw):
    change = draw(st.sampled_from(["consumption", "days"]))
    days = draw(st.integers(1, 8))
    cut = draw(st.integers(0, 8))
    versions = [{"from": str(FIRST - timedelta(days=9)), "charges": draw(charge_lists(change))}]
    if cut:
        day = FIRST + timedelta(days=cut)
        versions[0]["until"] = str(day - timedelta(days=1))
        versions.append({"from": str(day), "charges": draw(charge_lists(change))})
    for version in versions:
        version |= {"act": "act", "source": "source"}
    windows = [
        {"period": "peak", "from": "17:30", "to": "20:00", "days": [*WEEKDAYS[:5], "holiday"]},
        {"period": "peak", "from": "22:00", "to": "01:00", "season": ["03-29", "04-30"]},
    ]
    document = {
        "format": 2, "code": "xx/any", "currency": "EUR", "name": {"pt": "a", "en": "a"},
        "rounding": {"rule": draw(st.sampled_from(["half_up", "half_even"])), "places": 2},
        "change": change,
        "names": texts("flat", "fed", "tou", "step", "both", "power", "fixed", "flag", "live",
                       "off", "floor", "dry", "duty", "vat", *PERIODS),
        "holidays": {"h": [{"easter": -10}]},
        "schedule": {"s": {"default": "rest", "holidays": "h", "windows": windows}},
        "series": {"x": {"from": "2026-03-01T00:00:00Z", "step_minutes": 1440,
                         "prices": [f"0.{n + 10}" for n in range(60)]}},
        "table": {"t": {"months": {"2026-03": "dry", "2026-04": "wet"},
                        "prices": [{"from": "2026-03-01", "rates": {"dry": draw(shares)}}]}},
        "version": versions,
        "taxes": [{"from": "2026-01-01", "inside": [["duty"]], "on_top": ["vat"],
                   "rates": {"duty": draw(shares), "vat": draw(shares)}, "source": "law"}],
    }  # fmt: skip
    starts = [
        int(datetime(d.year, d.month, d.day, tzinfo=LONDON).timestamp())
        for d in (FIRST, FIRST + timedelta(days=days))
    ]
    edges_s = list(range(starts[0], starts[1] + 1, STEP_S))
    energy = st.lists(st.integers(0, 900), min_size=len(edges_s) - 1, max_size=len(edges_s) - 1)
    return document, edges_s, draw(energy), draw(energy)


class Plain:
    """A bill by one long sum after the other."""

    def __init__(self, document, edges_s, import_wh, export_wh):
        self.doc = document
        self.rows = [
            (datetime.fromtimestamp(s, LONDON), Decimal(i) / 1000, Decimal(e) / 1000)
            for s, i, e in zip(edges_s, import_wh, export_wh, strict=False)
        ]
        self.days = sorted({time.date() for time, _, _ in self.rows})
        self.used = sum(row[1] for row in self.rows)
        self.lines, self.spent = [], {}

    def amounts(self):
        parts = [list(days) for _, days in groupby(self.days, self.version)]
        for part in parts:
            self.segment(part, is_last=part is parts[-1])
        return self.lines

    def version(self, day):
        return max(n for n, v in enumerate(self.doc["version"]) if v["from"] <= str(day))

    def segment(self, part, *, is_last):
        self.part, self.share = part, Decimal(len(part)) / len(self.days)
        last = self.doc["version"][self.version(self.days[-1])]["charges"]
        self.extra = Decimal(0)
        for charge in (c for c in last if c["kind"] == "minimum_energy"):
            if self.used <= Decimal(charge.get("up_to_kwh", "1e9")):
                self.extra = max(Decimal(charge["kwh"]) - self.used, Decimal(0))
        table, top = self.doc["taxes"][0]["rates"], Decimal(0)
        charges = self.doc["version"][self.version(part[0])]["charges"]
        is_taxed = False
        for charge in charges:
            for amount in getattr(self, charge["kind"])(charge, charges, is_last):
                taxes = charge.get("taxes", ["duty", "vat"])
                self.spent[charge["code"]] = self.spent.get(charge["code"], 0) + amount
                kept = 1 - Decimal(table["duty"]) if "duty" in taxes else 1
                self.lines.append(self.rounded(amount / kept))
                if "vat" in taxes:
                    is_taxed, top = True, top + self.lines[-1]
        if is_taxed:
            self.lines.append(self.rounded(top * Decimal(table["vat"])))

    def rounded(self, amount):
        rule = self.doc["rounding"]["rule"]
        mode = ROUND_HALF_UP if rule == "half_up" else ROUND_HALF_EVEN
        # 60 digits leave a residue far below any half that is not exact.
        return round(amount, 40).quantize(Decimal("0.01"), mode)

    def mine(self, days=None):
        return [row for row in self.rows if row[0].date() in (days or self.part)]

    def kwh_of(self, column=1, where=lambda time: True):
        is_days = self.doc["change"] == "days"
        rows = self.rows if is_days else self.mine()
        total = sum((row[column] for row in rows if where(row[0])), Decimal(0))
        return total * self.share if is_days else total

    def billed(self):
        return self.kwh_of() + self.extra * self.share

    def period(self, time):
        weekday = "holiday" if time.date() == date(2026, 3, 26) else WEEKDAYS[time.weekday()]
        clock = time.strftime("%H:%M")
        if weekday not in {"sat", "sun"} and "17:30" <= clock < "20:00":
            return "peak"
        if time.date() >= date(2026, 3, 29) and (clock >= "22:00" or clock < "01:00"):
            return "peak"
        return "rest"

    def minimum_energy(self, *_):
        return []

    def energy(self, charge, *_):
        kwh = self.kwh_of(2) if charge.get("flow") == "export" else self.billed()
        return [kwh * Decimal(charge["rate_per_kwh"])]

    def fixed(self, charge, *_):
        times = {"day": Decimal(len(self.part)), "month": self.share, "kw": 3 * self.share}
        return [Decimal(charge["rate"]) * times[charge["per"]]]

    def time_of_use(self, charge, *_):
        return [
            Decimal(charge["rates"][p]) * self.kwh_of(1, lambda time, p=p: self.period(time) == p)
            for p in PERIODS
        ]

    def tiered(self, charge, *_):
        sums = {}
        units = [[day] for day in self.part] if charge["per"] == "day" else [self.part]
        for unit in units:
            factor = {"month": self.share, "days": len(self.part), "day": 1}[charge["per"]]
            bounds = [Decimal(t["up_to_kwh"]) * factor for t in charge["tiers"][:-1]]
            filled = self.filled(charge, [Decimal(0), *bounds, Decimal("1e12")], unit)
            for key, kwh in filled.items():
                sums[key] = sums.get(key, Decimal(0)) + kwh
        found = []
        for number, tier in enumerate(charge["tiers"]):
            for p in PERIODS if "schedule" in charge else [""]:
                kwh = sums.get((number, p), Decimal(0))
                rate_per_kwh = tier["rates"][p] if p else tier["rate_per_kwh"]
                if kwh or not number:
                    found.append(kwh * Decimal(rate_per_kwh))
        return found

    def filled(self, charge, bounds, unit):
        """Energy by tier and period of one stretch of days."""
        names = PERIODS if "schedule" in charge else [""]
        name = self.period if "schedule" in charge else (lambda time: "")
        if charge.get("combine") == "chronological":
            return self.in_order(bounds, unit, name)
        if charge["per"] == "day":
            rows = self.mine(unit)
            kwh = {n: sum((r[1] for r in rows if name(r[0]) == n), Decimal(0)) for n in names}
        else:
            kwh = {n: self.kwh_of(1, lambda time, n=n: name(time) == n) for n in names}
            if "schedule" not in charge:
                kwh = {"": self.billed()}
        total = sum(kwh.values())
        own = charge.get("combine") == "per_period"
        return {
            (number, n): max(min(kwh[n] if own else total, high) - low, Decimal(0))
            * (1 if own else kwh[n] / total if total else 0)
            for number, (low, high) in enumerate(pairwise(bounds))
            for n in names
        }

    def in_order(self, bounds, unit, name):
        sums, so_far = {}, Decimal(0)
        # A part of a watt-hour is left out of a limit.
        whole = [Decimal(int(bound * 1000)) / 1000 for bound in bounds]
        for time, kwh, _ in self.mine(unit):
            for number, (low, high) in enumerate(pairwise(whole)):
                inside = min(so_far + kwh, high) - max(so_far, low)
                key = number, name(time)
                sums[key] = sums.get(key, Decimal(0)) + max(inside, Decimal(0))
            so_far += kwh
        return sums

    def series(self, charge, *_):
        first = date(2026, 3, 1)
        total = Decimal(0)
        for time, kwh, _ in self.mine():
            number = (time.astimezone(ZoneInfo("UTC")).date() - first).days
            total += kwh * Decimal(f"0.{number + 10}") * Decimal(charge["factor"])
        return [total]

    def demand(self, charge, *_):
        sums = {}
        for time, kwh, _ in self.mine():
            midnight = datetime(time.year, time.month, time.day, tzinfo=LONDON)
            since_s = int(time.timestamp() - midnight.timestamp())
            key = time.date(), since_s // 60 // charge["window_minutes"]
            begins = midnight.timestamp() + key[1] * charge["window_minutes"] * 60
            counts = self.period(datetime.fromtimestamp(begins, LONDON)) == "peak"
            if counts or "schedule" not in charge:
                sums[key] = sums.get(key, Decimal(0)) + kwh
        peak = max(sums.values(), default=Decimal(0)) * 60 / charge["window_minutes"]
        return [peak * self.share * Decimal(charge["rate_per_kw"])]

    def surcharge(self, charge, *_):
        paying = self.billed() - Decimal(charge["free_kwh"]) * self.share
        price = Decimal(self.doc["table"]["t"]["prices"][0]["rates"]["dry"])
        seconds = {True: Decimal(0), False: Decimal(0)}
        used = {True: Decimal(0), False: Decimal(0)}
        for time, kwh, _ in self.mine():
            seconds[time.month == 3] += STEP_S
            used[time.month == 3] += kwh
        weights = used if self.doc["change"] == "consumption" and sum(used.values()) else seconds
        if not weights[True] or not price:
            return []
        return [max(paying, Decimal(0)) * weights[True] / sum(weights.values()) * price]

    def discount(self, charge, charges, _):
        rate_per_kwh = next(Decimal(c["rate_per_kwh"]) for c in charges if c["code"] == "flat")
        billed, low, found = self.billed(), Decimal(0), []
        for tier in charge["tiers"]:
            high = Decimal(tier["up_to_kwh"]) * self.share if "up_to_kwh" in tier else billed
            kwh = max(min(billed, high) - low, Decimal(0))
            if kwh and Decimal(tier["share"]):
                found.append(-kwh * rate_per_kwh * Decimal(tier["share"]))
            low = high
        return found

    def minimum(self, charge, _, is_last):
        missing = Decimal(charge["amount"]) - self.spent.get("flat", Decimal(0))
        return [missing] if is_last and missing > 0 else []


def amounts_by_hand(document, edges_s, import_wh, export_wh):
    with localcontext() as context:
        context.prec = 60
        plain = Plain(document, edges_s, import_wh, export_wh)
        return plain.amounts()


@settings(max_examples=300, deadline=None)
@given(cases())
def test_agrees_with_the_plain_sum_to_the_cent(case):
    document, edges_s, import_wh, export_wh = case
    tariff = load_tariff(json.dumps(document), "random")
    point = UsagePoint(contracted_kw=Decimal(3))
    bill = rate(tariff, Usage.of_one(edges_s, import_wh, export_wh), LONDON, point)
    assert [line.amount for line in bill.lines] == amounts_by_hand(*case)
    assert bill.total == sum(line.amount for line in bill.lines)


@settings(max_examples=30, deadline=None)
@given(cases())
def test_many_meters_are_billed_as_each_alone(case):
    document, edges_s, import_wh, export_wh = case
    tariff = load_tariff(json.dumps(document), "random")
    imported = np.array([import_wh, export_wh, [0] * len(import_wh)], np.int64)
    usage = Usage(np.array(edges_s, np.int64), imported, imported[::-1].copy())
    bills = list(rate_many(tariff, usage, LONDON, [NOBODY] * 3))
    assert bills == [rate(tariff, usage.rows(row, row + 1), LONDON) for row in range(3)]


@settings(max_examples=50, deadline=None)
@given(cases(), st.integers(2, 8))
def test_a_coarser_profile_keeps_its_energy(case, count):
    """Hours or more instead of half-hours: intervals that windows cut are shared out by time."""
    document, edges_s, import_wh, export_wh = case
    tariff = load_tariff(json.dumps(document), "random")
    coarse_s = sorted({*edges_s[::count], edges_s[-1]})
    bounds = [edges_s.index(edge_s) for edge_s in coarse_s]
    sums = [[sum(energy[a:b]) for a, b in pairwise(bounds)] for energy in (import_wh, export_wh)]
    bill = rate(tariff, Usage.of_one(coarse_s, *sums), LONDON)
    assert (bill.energy_wh, bill.export_wh) == (sum(import_wh), sum(export_wh))
