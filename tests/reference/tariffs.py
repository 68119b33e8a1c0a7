"""Random tariffs of every kind of charge, as documents, with places and intervals to rate."""

import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from reference.pieces import WEEKDAYS, day_starts_s, periods_of
from reference.rating import Case

PLACES = (
    ("Europe/London", date(2026, 3, 25)),
    ("Europe/London", date(2026, 10, 20)),
    ("America/Bahia", date(2026, 2, 26)),
    ("America/Bahia", date(2025, 12, 20)),
    ("America/Santiago", date(2026, 9, 2)),  # its clock skips a midnight
    ("Australia/Lord_Howe", date(2026, 3, 31)),  # and this one goes back by half an hour
    ("Asia/Kathmandu", date(2026, 5, 28)),
)

PERIODS = ("peak", "middle", "rest")
LABELS = ("dry", "wet")
TAXES = ("duty", "vat", "levy", "extra")
CLASSES = ("a", "b")


def decimals(low, high, places):
    """Numbers as a document may write them: as text, or whole."""
    return st.decimals(low, high, places=places).map(lambda d: int(d) if d == int(d) else f"{d:f}")


prices = st.one_of(
    decimals(-1, 2, 5),
    decimals(0, 2, 2),
    decimals(Decimal("-0.999999999999"), Decimal("0.999999999999"), 12),
    st.sampled_from(["0", "0.5", "0.0", "999999.999999999999"]),
)
shares = decimals(0, Decimal("0.3"), 4)
limits = decimals(Decimal("0.1"), 20, 3) | decimals(20, 500, 0)


def chance(draw, percent):
    return draw(st.integers(0, 99)) >= 100 - percent


def some(draw, values, least=0):
    return draw(st.lists(st.sampled_from(values), min_size=least, unique=True))


def clock(draw):
    if chance(draw, 10):
        return f"{draw(st.integers(0, 23)):02}:{draw(st.integers(0, 11)) * 5:02}"
    quarter = draw(st.integers(0, 96))
    return f"{quarter // 4:02}:{quarter % 4 * 15:02}"


def schedules(draw, start):
    windows = []
    for _ in range(draw(st.integers(1, 4))):
        window = {"period": draw(st.sampled_from(PERIODS)), "from": clock(draw), "to": clock(draw)}
        if chance(draw, 50):
            window["days"] = some(draw, (*WEEKDAYS, "holiday"), 1)
        if chance(draw, 20):
            window["months"] = some(draw, tuple(range(1, 13)), 1)
        if chance(draw, 20):
            ends = [start + timedelta(days=draw(st.integers(-9, 20))) for _ in range(2)]
            if ends[0] != ends[1]:
                window["season"] = [f"{end:%m-%d}" for end in ends]
        if chance(draw, 10):
            window["since"] = str(start + timedelta(days=draw(st.integers(-2, 5))))
        if chance(draw, 10):
            window["until"] = str(start + timedelta(days=draw(st.integers(-2, 9))))
        windows.append(window)
    found = {"default": draw(st.sampled_from(PERIODS)), "windows": windows}
    return found | ({"holidays": "h"} if chance(draw, 70) else {})


def holidays(draw, start):
    found = [{"easter": draw(st.sampled_from([-47, -2, 0, 1]))}]
    for _ in range(draw(st.integers(0, 2))):
        holiday = {"date": f"{start + timedelta(days=draw(st.integers(0, 9))):%m-%d}"}
        if chance(draw, 20):
            holiday["from_year"] = draw(st.integers(2025, 2027))
        if chance(draw, 20):
            holiday["until_year"] = draw(st.integers(2025, 2027))
        found.append(holiday)
    return found


def utc_text(day, minutes=0):
    time = datetime(day.year, day.month, day.day) + timedelta(minutes=minutes)  # noqa: DTZ001
    return f"{time:%Y-%m-%dT%H:%M}:00Z"


def series_of(draw, start, days):
    """Prices that reach from before the cycle to after it, or, seldom, fall short."""
    first = start - timedelta(days=2)
    days += 1 if chance(draw, 3) else 5
    if draw(st.booleans()):
        step = draw(st.sampled_from([15, 30, 60, 1440]))
        own = draw(st.lists(prices, min_size=1, max_size=7))
        count = days * 1440 // step
        every = [own[number % len(own)] for number in range(count)]
        return {"from": utc_text(first), "step_minutes": step, "prices": every}
    found = {
        "from": utc_text(first),
        "until": utc_text(first, days * 1440),
        "levels": {"low": draw(prices), "high": draw(prices), "normal": draw(prices)},
        "default": "normal",
    }
    runs, at = [], draw(st.integers(0, 300))
    for _ in range(draw(st.integers(0, 6))):
        length = draw(st.integers(1, 40))
        if (at + length) * 15 > days * 1440:
            break
        level = draw(st.sampled_from(["low", "high"]))
        runs.append(f"{utc_text(first, at * 15)} {length * 15}m {level}")
        at += length + draw(st.integers(0, 60))
    return found | ({"runs": runs} if runs else {})


def table_of(draw, start, days):
    months = {}
    for offset in range(-31, days + 40, 5):
        day = start + timedelta(days=offset)
        months.setdefault(f"{day:%Y-%m}", draw(st.sampled_from(LABELS)))
    entries = [start - timedelta(days=60)]
    if chance(draw, 30):
        entries.append(start + timedelta(days=draw(st.integers(0, days))))
    rates = st.dictionaries(st.sampled_from(LABELS), decimals(0, 1, 5))
    found = {
        "months": months,
        "prices": [{"from": str(day), "rates": draw(rates)} for day in entries],
    }
    if chance(draw, 20):
        found["carry_on"] = True
        found["months"] = {month: months[month] for month in sorted(months)[:1]}
    return found


def conditions(draw):
    found = {}
    for key, percent in (("when", 25), ("unless", 12)):
        if chance(draw, percent):
            wanted = {"class": some(draw, CLASSES, 1), "phases": some(draw, ("1", "2", "3"), 1)}
            keys = some(draw, tuple(wanted), 1)
            found[key] = {name: wanted[name] for name in keys}
    return found


def tiers_of(draw, value):
    ends = sorted(set(draw(st.lists(limits, max_size=3))), key=lambda end: Decimal(str(end)))
    # Two ways to write a number may be one number.
    ends = list({Decimal(str(end)): end for end in ends}.values())
    return [{"up_to_kwh": end, **value()} for end in ends] + [value()]


class Charges:
    """Draws the charges of one version."""

    def __init__(self, draw, document, *, is_by_days):
        self.draw, self.doc, self.is_by_days = draw, document, is_by_days

    def every(self):
        kinds = [
            "energy", "energy", "time_of_use", "tiered", "tiered", "surcharge", "demand", "fixed",
            "minimum_energy", "minimum", "discount", "net_metering", "contribution",
        ]  # fmt: skip
        if not self.is_by_days:
            kinds.append("series")
        found = []
        for kind in self.draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=7)):
            charge = getattr(self, kind)(found)
            if charge is None:
                continue
            charge = {"code": f"{kind}{len(found)}", "kind": kind, **charge, **self.conditions()}
            twins = [
                other["code"]
                for other in found
                if other["kind"] == kind and other.get("flow") == charge.get("flow")
            ]
            if twins and len(charge.keys() & {"when", "unless"}) and chance(self.draw, 50):
                charge["code"] = twins[0]
            if kind not in {"minimum_energy", "net_metering"}:
                charge |= self.taxes()
            found.append(charge)
        return found or [{"code": "energy0", "kind": "energy", "rate_per_kwh": "0.5"}]

    def conditions(self):
        return conditions(self.draw)

    def taxes(self):
        known = sorted({code for table in self.doc.get("taxes", ()) for code in table["rates"]})
        if not chance(self.draw, 30):
            return {}
        return {"taxes": some(self.draw, known) if known else []}

    def price(self):
        return {"rate_per_kwh": self.draw(prices)}

    def rates(self, name):
        return {"rates": {period: self.draw(prices) for period in periods_of(self.doc, name)}}

    def flow(self):
        return {"flow": self.draw(st.sampled_from(["import", "export"]))} if self.likely(30) else {}

    def likely(self, percent):
        return chance(self.draw, percent)

    def name_of(self, kind):
        return self.draw(st.sampled_from(sorted(self.doc[kind])))

    def energy(self, _):
        return self.price() | self.flow()

    def time_of_use(self, _):
        name = self.name_of("schedule")
        return {"schedule": name} | self.rates(name) | self.flow()

    def tiered(self, _):
        pers = ["month", "days"] + ([] if self.is_by_days else ["day"])
        found = {"per": self.draw(st.sampled_from(pers))} | self.flow()
        if self.likely(40):
            return found | {"tiers": tiers_of(self.draw, self.price)}
        ways = ["proportional", "per_period"] + ([] if self.is_by_days else ["chronological"])
        name = self.name_of("schedule")
        return found | {
            "schedule": name,
            "combine": self.draw(st.sampled_from(ways)),
            "tiers": tiers_of(self.draw, lambda: self.rates(name)),
        }

    def series(self, _):
        found = {"series": "x"} | self.flow()
        if self.likely(40):
            found["factor"] = self.draw(prices)
        if self.likely(40):
            found["adder_per_kwh"] = self.draw(prices)
        return found

    def surcharge(self, _):
        return {"table": "t"} | ({"free_kwh": self.draw(limits)} if self.likely(50) else {})

    def demand(self, _):
        found = {
            "rate_per_kw": self.draw(prices),
            "window_minutes": self.draw(st.sampled_from([15, 30, 60])),
        }
        if self.likely(50):
            found["schedule"] = name = self.name_of("schedule")
            if self.likely(80):
                found["periods"] = some(self.draw, periods_of(self.doc, name), 1)
        if self.likely(40):
            found["look_back_cycles"] = self.draw(st.integers(0, 3))
        if self.likely(40):
            found["look_back_share"] = self.draw(decimals(0, Decimal("1.5"), 3))
        if self.likely(30):
            found["least_kw"] = self.draw(decimals(0, 5, 2))
        return found

    def fixed(self, _):
        return {
            "rate": self.draw(prices),
            "per": self.draw(st.sampled_from(["day", "month", "kw"])),
        }

    def minimum_energy(self, _):
        found = {"kwh": self.draw(limits)}
        if self.likely(30):
            found["up_to_kwh"] = self.draw(limits)
        return found | self.least_days()

    def least_days(self):
        return {"least_days": self.draw(st.integers(0, 12))} if self.likely(20) else {}

    def minimum(self, before):
        known = lined(before)
        if not known:
            return None
        amount = self.draw(decimals(0, 50, 2))
        return {"amount": amount, "of": some(self.draw, known, 1)} | self.least_days()

    def discount(self, before):
        flat = [
            charge["code"]
            for charge in before
            if charge["kind"] == "energy" and charge.get("flow", "import") == "import"
        ]
        exported = {c["code"] for c in before if c.get("flow") == "export"}
        flat = sorted({*flat} - exported)
        if not flat:
            return None
        share = st.one_of(shares, st.sampled_from(["1", "0", "0.65", "0.123456789012"]))
        tiers = tiers_of(self.draw, lambda: {"share": self.draw(share)})
        return {"of": some(self.draw, flat, 1), "tiers": tiers}

    def net_metering(self, before):
        worth = [
            {"code": f"credit{len(before)}_{number}", **self.taxes(),
             "rate_per_kwh": self.draw(decimals(0, 2, 5))}
            for number in range(self.draw(st.integers(1, 2)))
        ]  # fmt: skip
        found = {"credits": worth}
        if self.likely(60):
            found["keep_kwh"] = self.draw(st.just("minimum") | limits)
            if self.likely(50):
                found["keep_value_per_kwh"] = self.draw(decimals(0, 2, 5))
        if self.likely(30):
            found["whole_kwh"] = self.draw(st.booleans())
        if self.likely(50):
            found["expiry_months"] = self.draw(st.sampled_from([0, 1, 2, 60]))
        return found

    def contribution(self, before):
        bands = tiers_of(self.draw, lambda: {"amount": self.draw(decimals(0, 30, 2))})
        if len(bands) > 1 and self.likely(20):
            bands.pop()
        found = {"bands": bands}
        if self.likely(30):
            found["reference"] = self.draw(decimals(0, 300, 2))
        known = lined(before)
        if known and self.likely(50):
            found["cap"] = {"share": self.draw(shares), "of": some(self.draw, known, 1)}
            if self.likely(50):
                found["cap"]["without"] = some(self.draw, TAXES, 1)
        return found


def lined(charges):
    """Codes that others may ask for: those of lines."""
    codes = {charge["code"] for charge in charges if charge["kind"] != "minimum_energy"}
    return sorted(codes)


def taxes_of(draw, day):
    codes = some(draw, TAXES, 1)
    rates = {code: draw(shares) for code in codes}
    places = [draw(st.integers(0, 2)) for _ in codes]
    layers = [[c for c, at in zip(codes, places, strict=True) if at == n] for n in (0, 1)]
    found = {"from": str(day), "rates": rates, "source": "law"}
    if any(layers):
        found["inside"] = [layer for layer in layers if layer]
    on_top = [c for c, at in zip(codes, places, strict=True) if at == 2]
    if on_top:
        found["on_top"] = on_top
    if chance(draw, 30):
        found["special"] = [
            {"code": draw(st.sampled_from(codes)), "rate": draw(shares), **conditions(draw),
             **({"up_to_kwh": draw(limits)} if chance(draw, 40) else {})}
            for _ in range(draw(st.integers(1, 3)))
        ]  # fmt: skip
    return found


@st.composite
def documents(draw, start, days):
    """A tariff document that holds around a cycle."""
    is_by_days = chance(draw, 35)
    document = {
        "format": 2, "code": "xx/any", "currency": "EUR", "name": {"pt": "a", "en": "a"},
        "rounding": {"rule": draw(st.sampled_from(["half_up", "half_even"])),
                     "places": draw(st.sampled_from([2, 2, 2, 0, 1, 3, 4]))},
        "holidays": {"h": holidays(draw, start)},
        "schedule": {name: schedules(draw, start) for name in ("s", "r")},
        "table": {"t": table_of(draw, start, days)},
    }  # fmt: skip
    if is_by_days:
        document["change"] = "days"
    else:
        document["series"] = {"x": series_of(draw, start, days)}
    long_ago = start - timedelta(days=40)
    changes = st.lists(st.integers(1, days + 2), max_size=2, unique=True)
    if chance(draw, 75):
        later = [start + timedelta(days=n) for n in sorted(draw(changes))]
        document["taxes"] = [taxes_of(draw, day) for day in (long_ago, *later)]
    firsts = [long_ago, *(start + timedelta(days=n) for n in sorted(draw(changes)))]
    document["version"] = versions = []
    for first in firsts:
        charges = Charges(draw, document, is_by_days=is_by_days).every()
        versions.append({"from": str(first), "act": "act", "source": "law", "charges": charges})
    for before, first in zip(versions, firsts[1:], strict=False):
        before["until"] = str(first - timedelta(days=1))
    if chance(draw, 3):
        versions[-1]["until"] = str(firsts[-1] + timedelta(days=draw(st.integers(0, 5))))
    if chance(draw, 8):
        document["serves"] = {"class": some(draw, CLASSES, 1)}
    document["names"] = {code: {"pt": code, "en": code} for code in sorted(codes_of(document))}
    return document


def codes_of(document):
    charges = [c for version in document["version"] for c in version["charges"]]
    worth = [credit for c in charges for credit in c.get("credits", ())]
    return {c["code"] for c in (*charges, *worth)} | {*PERIODS, *LABELS, *TAXES}


@st.composite
def points(draw, document, start):
    """A usage point with whatever the charges may ask for."""
    point = {}
    if chance(draw, 70):
        point["class"] = draw(st.sampled_from(CLASSES))
    if chance(draw, 70):
        point["phases"] = draw(st.integers(1, 3))
    if chance(draw, 50):
        point["contracted_kw"] = draw(decimals(0, 20, 2))
    if chance(draw, 50):
        ages = draw(st.lists(st.integers(1, 100), min_size=1, max_size=4))
        point["credits"] = [
            {"born": str(start - timedelta(days=age)), "kwh": draw(limits)} for age in ages
        ]
    demands = {
        charge["code"]: draw(st.lists(decimals(0, 9, 3), min_size=1, max_size=4))
        for version in document["version"]
        for charge in version["charges"]
        if charge["kind"] == "demand" and chance(draw, 60)
    }
    if demands:
        point["past_demand_kw"] = demands
    if chance(draw, 10):
        item = {"code": "fine", "name": {"pt": "a", "en": "a"}, "amount": draw(prices)}
        point["items"] = [item]
    return point


@st.composite
def cases(draw):
    """A tariff, a place, and the intervals of a cycle."""
    zone, start = draw(st.sampled_from(PLACES))
    days = draw(st.one_of(st.integers(1, 9), st.integers(1, 9), st.integers(10, 33)))
    document = draw(documents(start, days))
    edges_s = draw(intervals(start, days, ZoneInfo(zone)))
    point = draw(points(document, start))
    flows = [draw(energies(len(edges_s) - 1)) for _ in range(2)]
    if chance(draw, 50):
        flows[1] = [0] * len(flows[1])
    return Case(document, point, zone, edges_s, *flows)


@st.composite
def intervals(draw, start, days, zone):
    """Edges of a cycle: regular intervals, local days, or none but its ends. [s]"""
    days_s = day_starts_s(start, days, zone)
    first_s, last_s = days_s[0], days_s[-1]
    if chance(draw, 15):
        first_s += 60 * draw(st.integers(1, 1000))
    if chance(draw, 15):
        last_s -= 60 * draw(st.integers(1, 400))
    step_s = draw(st.sampled_from([900, 1800, 3600, 3600, 86_400, 0]))
    inside = range(days_s[0], last_s, step_s) if step_s else []
    inside = days_s if step_s == 86_400 else inside
    return sorted({first_s, *(at_s for at_s in inside if first_s < at_s < last_s), last_s})


@st.composite
def energies(draw, count):
    """Energy of each interval: alike in size, with zeros between. [Wh]"""
    most = draw(st.sampled_from([0, 3, 900, 900, 900, 20_000, 10**9]))
    zeros = draw(st.sampled_from([0, 0, 0.3, 0.9]))
    dice = random.Random(draw(st.integers(0, 2**32)))
    return [0 if dice.random() < zeros else dice.randint(0, most) for _ in range(count)]
