"""The slow rating: a document as plain tables, energy piece by piece, fractions, and no arrays."""

from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from itertools import groupby

from reference.pieces import (
    Piece,
    Refused,
    cut_small,
    day_start_s,
    is_midnight,
    label_of,
    label_price,
    period_of,
    periods_of,
    series_price,
)

NOTHING = Fraction(0)


@dataclass(frozen=True)
class Case:
    """What is rated: documents of a tariff and of a usage point, and intervals."""

    tariff: dict
    point: dict
    zone: str
    edges_s: list
    import_wh: list
    export_wh: list


@dataclass(frozen=True)
class Line:
    """A line of the bill; `inside` are the taxes in its amount, by code."""

    code: str
    start_s: int
    end_s: int
    quantity: Fraction
    amount: Fraction
    inside: dict


@dataclass(frozen=True)
class Draft:
    """A line before tax: the codes by which others may ask for it, and the amount."""

    code: str
    quantity: Fraction
    amount: Fraction
    taxes: list | None
    known_as: frozenset


@dataclass(frozen=True)
class Part:
    """A part of the cycle in which one version and one table of taxes hold."""

    pieces: list[Piece]
    charges: list
    taxes: dict
    days: Fraction
    is_last: bool

    @property
    def start_s(self):
        return self.pieces[0].start_s

    @property
    def end_s(self):
        return self.pieces[-1].end_s


@dataclass
class PlainBill:
    """What came out."""

    lines: list = field(default_factory=list)
    exact: Fraction = NOTHING
    credits: list = field(default_factory=list)
    lapsed_wh: int = 0
    demand_w: dict = field(default_factory=dict)


def number(value):
    return Fraction(str(value))


def rate_plainly(case, zone):
    """Rate a case; `Refused` where the tariff has no price."""
    return Rater(case, zone).bill


class Rater:
    """Rates one cycle of one meter."""

    def __init__(self, case, zone):
        self.doc, self.point, self.zone = case.tariff, case.point, zone
        for key, values in self.doc.get("serves", {}).items():
            if key in self.point and str(self.point[key]) not in values:
                raise Refused(key)
        self.pieces = cut_small(self.doc, case, zone)
        self.taken_wh = sum(piece.taken_wh for piece in self.pieces)
        self.given_wh = sum(piece.given_wh for piece in self.pieces)
        self.parts = self.find_parts()
        self.days = sum(part.days for part in self.parts)
        self.bill = PlainBill()
        self.before_tax, self.after_tax, self.tax_inside = {}, {}, {}
        self.known_periods = {}
        self.keep_wh = self.least_wh()
        self.extra_wh = max(self.keep_wh - self.taken_wh, NOTHING)
        self.offset_wh = self.settle()
        for part in self.parts:
            self.price(part)
        for item in self.point.get("items", ()):
            amount, last = number(item["amount"]), self.parts[-1]
            line = Line(item["code"], last.start_s, last.end_s, Fraction(1), self.money(amount), {})
            self.bill.lines.append(line)
            self.bill.exact += amount

    # The cycle and its parts

    def find_parts(self):
        """Cut the cycle where another version or table of taxes begins to hold."""
        terms = {day: self.terms(day) for day in {piece.day for piece in self.pieces}}
        runs = [list(run) for _, run in groupby(self.pieces, lambda piece: terms[piece.day])]
        parts = []
        for run in runs:
            version, table = terms[run[0].day]
            taxes = {"layers": [], "on_top": [], "rates": {}}
            if table is not None:
                taxes = self.taxes_for_point(self.doc["taxes"][table])
            charges = self.concerned(self.doc["version"][version]["charges"])
            parts.append(Part(run, charges, taxes, self.days_of(run), run is runs[-1]))
        return parts

    def terms(self, day):
        """Number of the version and of the table of taxes that hold on a day."""
        versions = [
            at
            for at, version in enumerate(self.doc["version"])
            if version["from"] <= str(day) <= version.get("until", "9999-12-31")
        ]
        tables = [
            (table["from"], at)
            for at, table in enumerate(self.doc.get("taxes", ()))
            if table["from"] <= str(day)
        ]
        if not versions or ("taxes" in self.doc and not tables):
            raise Refused(str(day))
        return versions[0], max(tables)[1] if tables else None

    def taxes_for_point(self, table):
        rates = {code: number(rate) for code, rate in table["rates"].items()}
        decided = set()
        for special in table.get("special", ()):
            limit = special.get("up_to_kwh")
            fits = limit is None or Fraction(self.taken_wh, 1000) <= number(limit)
            if special["code"] not in decided and fits and self.is_concerned(special):
                rates[special["code"]] = number(special["rate"])
                decided.add(special["code"])
        layers, on_top = table.get("inside", []), table.get("on_top", [])
        return {"layers": layers, "on_top": on_top, "rates": rates}

    def days_of(self, run):
        """Local days if it begins and ends at midnight, else days of 24 hours."""
        start_s, end_s = run[0].start_s, run[-1].end_s
        if is_midnight(start_s, self.zone) and is_midnight(end_s, self.zone):
            days = datetime.fromtimestamp(end_s, self.zone).date() - run[0].day
            return Fraction(days.days)
        return Fraction(end_s - start_s, 86_400)

    def share(self, part):
        return part.days / self.days

    def concerned(self, charges):
        return [charge for charge in charges if self.is_concerned(charge)]

    def is_concerned(self, charge):
        def has(key, values):
            return key in self.point and str(self.point[key]) in values

        wanted = [has(key, values) for key, values in charge.get("when", {}).items()]
        unwanted = [has(key, values) for key, values in charge.get("unless", {}).items()]
        return all(wanted) and not any(unwanted)

    # Energy

    def wh(self, part, flow="import", fits=lambda piece: True):
        """Energy of a part, or by days its share of the whole cycle's."""
        is_by_days = self.doc.get("change") == "days"
        total = sum(p.wh(flow) for p in (self.pieces if is_by_days else part.pieces) if fits(p))
        return total * self.share(part) if is_by_days else Fraction(total)

    def billed_wh(self, part, flow="import"):
        """Energy of a part with its share of what is missing to the least."""
        extra_wh = self.extra_wh * self.share(part) if flow == "import" else 0
        return self.wh(part, flow) + extra_wh

    def least_wh(self):
        """The least energy that is billed: the first minimum that fits decides."""
        for charge in self.parts[-1].charges:
            if charge["kind"] != "minimum_energy":
                continue
            if "up_to_kwh" in charge and self.taken_wh > 1000 * number(charge["up_to_kwh"]):
                continue
            is_long_enough = self.days >= charge.get("least_days", 0)
            return 1000 * number(charge["kwh"]) if is_long_enough else NOTHING
        return NOTHING

    # Net metering

    def settle(self):
        """Take energy off the cycle, oldest credits first; keep what is left. [Wh]"""
        bank = [
            (date.fromisoformat(credit["born"]), int(1000 * number(credit["kwh"])))
            for credit in self.point.get("credits", ())
        ]
        net = self.net_of(self.parts[-1])
        if net is None:
            self.bill.credits = bank
            return 0
        end = datetime.fromtimestamp(self.pieces[-1].end_s, self.zone).date()
        bank.sort(key=lambda credit: credit[0])
        months = net.get("expiry_months", 0)
        valid = [c for c in bank if not months or not is_older(c[0], end, months)]
        self.bill.lapsed_wh = sum(wh for _, wh in bank) - sum(wh for _, wh in valid)
        valid.append((end, self.given_wh))
        take_wh = min(self.most_offset_wh(net), sum(wh for _, wh in valid))
        if net.get("whole_kwh"):
            take_wh = take_wh // 1000 * 1000
        rest_wh = take_wh
        for born, wh in valid:
            used_wh = min(wh, rest_wh)
            rest_wh -= used_wh
            if wh > used_wh:
                self.bill.credits.append((born, wh - used_wh))
        return take_wh

    def net_of(self, part):
        return next((c for c in part.charges if c["kind"] == "net_metering"), None)

    def most_offset_wh(self, net):
        """Find by trial how much may be taken off so that what must be kept is kept."""
        keep_wh = self.keep_wh
        if net.get("keep_kwh") != "minimum":
            keep_wh = 1000 * number(net.get("keep_kwh", 0))
        value, worth = Fraction(1), Fraction(1)
        if "keep_value_per_kwh" in net:
            value, worth = self.worth(net)
            if worth <= 0:
                return 0

        def is_enough(offset_wh):
            paid = (self.taken_wh - offset_wh) * value + offset_wh * (value - worth)
            return paid >= keep_wh * value

        low, high = 0, self.taken_wh
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if is_enough(middle) else (low, middle - 1)
        return low

    def worth(self, net):
        """Price of energy that counts, and worth of a credit, by days where they change."""
        value, worth = NOTHING, NOTHING
        for part in self.parts:
            own = self.net_of(part) or net
            value += number(own.get("keep_value_per_kwh", 0)) * self.share(part)
            rates = [number(credit["rate_per_kwh"]) for credit in own["credits"]]
            worth += sum(rates) * self.share(part)
        return value, worth

    # Lines

    def price(self, part):
        bases = {}
        for charge in part.charges:
            if charge["kind"] == "minimum_energy":
                continue
            for draft in getattr(self, charge["kind"])(charge, part):
                line, exact = self.line(draft, part)
                for code in part.taxes["on_top"]:
                    if draft.taxes is None or code in draft.taxes:
                        rounded, unrounded = bases.get(code, (NOTHING, NOTHING))
                        bases[code] = rounded + line.amount, unrounded + exact
        for code in part.taxes["on_top"]:
            if code in bases:
                rate = part.taxes["rates"][code]
                amount = self.money(bases[code][0] * rate)
                line = Line(code, part.start_s, part.end_s, bases[code][0], amount, {code: amount})
                self.bill.lines.append(line)
                self.bill.exact += bases[code][1] * rate

    def line(self, draft, part):
        """Put taxes inside, round once, and take the taxes out of what was rounded."""
        layers = [
            {code: part.taxes["rates"][code] for code in layer
             if draft.taxes is None or code in draft.taxes}
            for layer in part.taxes["layers"]
        ]  # fmt: skip
        exact = draft.amount
        for layer in layers:
            exact /= 1 - sum(layer.values(), NOTHING)
        amount = self.money(exact)
        inside, base = {}, amount
        for layer in layers:
            taken = {code: self.money(base * rate) for code, rate in layer.items()}
            inside |= taken
            base -= sum(taken.values())
        line = Line(draft.code, part.start_s, part.end_s, draft.quantity, amount, inside)
        self.bill.lines.append(line)
        self.bill.exact += exact
        for code in draft.known_as:
            self.before_tax[code] = self.before_tax.get(code, NOTHING) + draft.amount
            self.after_tax[code] = self.after_tax.get(code, NOTHING) + amount
            for tax, share in inside.items():
                key = code, tax
                self.tax_inside[key] = self.tax_inside.get(key, NOTHING) + share
        return line, exact

    def money(self, amount):
        """Round by the tariff's rule: halves to the even neighbour, or away from zero."""
        rounding = self.doc["rounding"]
        unit = Fraction(1, 10 ** rounding["places"])
        whole, rest = divmod(abs(amount), unit)
        is_up = rest * 2 > unit
        if rest * 2 == unit:
            is_up = rounding["rule"] == "half_up" or whole % 2 == 1
        size = (whole + is_up) * unit
        return size if amount >= 0 else -size

    def draft(self, charge, parts, quantity, rate):
        code = ".".join((charge["code"], *parts))
        known_as = frozenset({charge["code"]})
        return Draft(code, quantity, quantity * rate, charge.get("taxes"), known_as)

    # Kinds of charges

    def energy(self, charge, part):
        kwh = self.billed_wh(part, charge.get("flow", "import")) / 1000
        yield self.draft(charge, (), kwh, number(charge["rate_per_kwh"]))

    def time_of_use(self, charge, part):
        name = charge["schedule"]
        for period in periods_of(self.doc, name):
            wh = self.wh(part, charge.get("flow", "import"), self.is_in(name, period))
            yield self.draft(charge, (period,), wh / 1000, number(charge["rates"][period]))

    def period(self, name, piece):
        key = name, piece.start_s
        if key not in self.known_periods:
            self.known_periods[key] = period_of(self.doc, name, piece.local)
        return self.known_periods[key]

    def is_in(self, name, period):
        return lambda piece: self.period(name, piece) == period

    def tiered(self, charge, part):
        """The first tier always makes a line, the others if something falls into them."""
        name = charge.get("schedule", "")
        sums = {}
        stretches = [part.pieces]
        if charge["per"] == "day":
            stretches = [list(run) for _, run in groupby(part.pieces, lambda piece: piece.day)]
        for stretch in stretches:
            for key, wh in self.tier_fill(charge, part, stretch).items():
                sums[key] = sums.get(key, NOTHING) + wh
        for at, tier in enumerate(charge["tiers"]):
            for period in periods_of(self.doc, name) if name else [""]:
                wh = sums.get((at, period), NOTHING)
                if at and not wh:
                    continue
                parts = (period,) if name else ()
                if len(charge["tiers"]) > 1:
                    parts += (f"tier{at + 1}",)
                rate = tier["rates"][period] if name else tier["rate_per_kwh"]
                yield self.draft(charge, parts, wh / 1000, number(rate))

    def tier_fill(self, charge, part, stretch):
        """Energy by (number of the tier, period) of a stretch of time. [Wh]"""
        factor = {"month": self.share(part), "days": part.days, "day": 1}[charge["per"]]
        tiers = self.limits(charge["tiers"], factor)
        name, flow = charge.get("schedule", ""), charge.get("flow", "import")
        if name and charge["combine"] == "chronological":
            return self.in_order(tiers, stretch, name, flow)
        if charge["per"] == "day":
            wh = self.by_period(stretch, name, flow)
        elif name:
            periods = periods_of(self.doc, name)
            wh = {period: self.wh(part, flow, self.is_in(name, period)) for period in periods}
        else:
            wh = {"": self.billed_wh(part, flow)}
        filled = {}
        total = sum(wh.values())
        for period, own_wh in wh.items():
            for at, (low, high) in enumerate(tiers):
                if name and charge["combine"] == "per_period":
                    filled[at, period] = between(low, own_wh, high)
                elif total:
                    filled[at, period] = between(low, total, high) * own_wh / total
        return filled

    def by_period(self, stretch, name, flow):
        wh = {}
        for piece in stretch:
            period = self.period(name, piece) if name else ""
            wh[period] = wh.get(period, NOTHING) + piece.wh(flow)
        return wh

    def in_order(self, tiers, stretch, name, flow):
        """Fill tiers piece by piece; a limit holds whole watt-hours."""
        filled, before = {}, 0
        for piece in stretch:
            after = before + piece.wh(flow)
            period = self.period(name, piece)
            for at, (low, high) in enumerate(tiers):
                top = None if high is None else int(high)
                wh = between(int(low), after, top) - between(int(low), before, top)
                filled[at, period] = filled.get((at, period), NOTHING) + wh
            before = after
        return filled

    def limits(self, tiers, factor):
        """Lower and upper end of each tier; None for the last one's. [Wh]"""
        ends = [1000 * number(t["up_to_kwh"]) * factor if "up_to_kwh" in t else None for t in tiers]
        return list(zip([NOTHING, *ends], ends, strict=False))

    def series(self, charge, part):
        flow = charge.get("flow", "import")
        kwh, amount = NOTHING, NOTHING
        for piece in part.pieces:
            price = number(series_price(self.doc["series"][charge["series"]], piece.start_s))
            price = price * number(charge.get("factor", 1)) + number(charge.get("adder_per_kwh", 0))
            kwh += Fraction(piece.wh(flow), 1000)
            amount += Fraction(piece.wh(flow), 1000) * price
        known_as = frozenset({charge["code"]})
        yield Draft(charge["code"], kwh, amount, charge.get("taxes"), known_as)

    def surcharge(self, charge, part):
        """Energy that pays, shared among the labels by use; by time where nothing was used."""
        table = self.doc["table"][charge["table"]]
        free_wh = 1000 * number(charge.get("free_kwh", 0)) + self.offset_wh
        paying_wh = max(self.billed_wh(part) - free_wh * self.share(part), NOTHING)
        by_use, by_time, order = {}, {}, {}
        for piece in self.pieces:
            label = label_of(table, piece.day)
            order.setdefault((label, number(label_price(table, piece.day, label))))
        for piece in part.pieces:
            label = label_of(table, piece.day)
            key = label, number(label_price(table, piece.day, label))
            by_use[key] = by_use.get(key, 0) + piece.taken_wh
            by_time[key] = by_time.get(key, 0) + piece.end_s - piece.start_s
        is_by_use = self.doc.get("change") != "days" and any(by_use.values())
        weights = by_use if is_by_use else by_time
        for label, price in order:
            weight = weights.get((label, price), 0)
            if weight and price:
                kwh = paying_wh / 1000 * weight / sum(weights.values())
                yield self.draft(charge, (label,), kwh, price)

    def demand(self, charge, part):
        """The highest mean power of the part, or by days that of the whole cycle."""
        is_by_days = self.doc.get("change") == "days"
        window_s = 60 * charge["window_minutes"]
        begins_s = {}
        for piece in self.pieces:
            if piece.day not in begins_s:
                begins_s[piece.day] = day_start_s(piece.day, self.zone)
        sums = {}
        for piece in self.pieces if is_by_days else part.pieces:
            day_s = begins_s[piece.day]
            key = day_s + (piece.start_s - day_s) // window_s * window_s
            first, wh = sums.get(key, (piece, 0))
            sums[key] = first, wh + piece.taken_wh
        peak_wh = 0
        for first, wh in sums.values():
            wanted = charge.get("periods")
            if not wanted or self.period(charge["schedule"], first) in wanted:
                peak_wh = max(peak_wh, wh)
        measured_w = Fraction(peak_wh * 3600, window_s)
        seen_w = self.bill.demand_w.get(charge["code"], 0)
        self.bill.demand_w[charge["code"]] = max(seen_w, -(-measured_w // 1))
        past = self.point.get("past_demand_kw", {}).get(charge["code"], [])
        past_kw = [number(power) for power in past[: charge.get("look_back_cycles", 0)]]
        power_kw = max(
            measured_w / 1000,
            max(past_kw, default=NOTHING) * number(charge.get("look_back_share", 1)),
            number(charge.get("least_kw", 0)),
        )
        yield self.draft(charge, (), power_kw * self.share(part), number(charge["rate_per_kw"]))

    def fixed(self, charge, part):
        quantities = {
            "day": part.days,
            "month": self.share(part),
            "kw": number(self.point.get("contracted_kw", 0)) * self.share(part),
        }
        yield self.draft(charge, (), quantities[charge["per"]], number(charge["rate"]))

    def minimum(self, charge, part):
        if not part.is_last or self.days < charge.get("least_days", 0):
            return
        spent = sum(self.before_tax.get(code, NOTHING) for code in charge["of"])
        if spent < number(charge["amount"]):
            yield self.draft(charge, (), Fraction(1), number(charge["amount"]) - spent)

    def discount(self, charge, part):
        billed_wh = self.billed_wh(part)
        for of in part.charges:
            if of["kind"] != "energy" or of["code"] not in charge["of"]:
                continue
            tiers = self.limits(charge["tiers"], self.share(part))
            for at, (low, high) in enumerate(tiers):
                wh = between(low, billed_wh, high)
                share = number(charge["tiers"][at]["share"])
                parts = (of["code"],)
                if len(tiers) > 1:
                    parts += (f"tier{at + 1}",)
                if wh and share:
                    rate = -number(of["rate_per_kwh"]) * share
                    yield self.draft(charge, parts, wh / 1000, rate)

    def net_metering(self, charge, part):
        if charge is not self.net_of(part) or not self.offset_wh:
            return
        kwh = Fraction(self.offset_wh, 1000) * self.share(part)
        for credit in charge["credits"]:
            amount = -kwh * number(credit["rate_per_kwh"])
            known_as = frozenset({charge["code"], credit["code"]})
            yield Draft(credit["code"], kwh, amount, credit.get("taxes"), known_as)

    def contribution(self, charge, part):
        if not part.is_last:
            return
        for band in charge["bands"]:
            limit = band.get("up_to_kwh")
            if limit is None or self.taken_wh <= 1000 * number(limit):
                break
        else:
            return
        amount = number(band["amount"]) * number(charge.get("reference", 1))
        if "cap" in charge:
            base = NOTHING
            for code in charge["cap"]["of"]:
                base += self.after_tax.get(code, NOTHING)
                for tax in charge["cap"].get("without", ()):
                    base -= self.tax_inside.get((code, tax), NOTHING)
            amount = min(amount, max(base, NOTHING) * number(charge["cap"]["share"]))
        if amount:
            yield self.draft(charge, (), Fraction(1), amount)


def between(low, wh, high):
    """How much of some energy lies between two limits."""
    top = wh if high is None else min(wh, high)
    return max(top - low, NOTHING)


def is_older(born, end, months):
    """Say whether so many months have gone by, and more."""
    gone = 12 * (end.year - born.year) + end.month - born.month
    return gone > months or (gone == months and end.day > born.day)
