"""Brazil's rules for low-voltage homes (Group B), as tariff documents.

A document is written for each distributor from the prices that ANEEL homologated. Rules, by REN
ANEEL 1.000/2021: least energy of 30, 50 or 100 kWh (art. 290, 291), not for cycles below 27 days
(art. 285); Tarifa Social: until 2025-07-04 65 %, 40 % and 10 % off by tier (Lei 12.212/2010), since
then the first 80 kWh free (MP 1.300/2025, Lei 15.235/2025); Desconto Social since 2026 (the same
law): a lower price up to 120 kWh; flags by month (art. 307 to 310), not on the first 80 kWh of a
low-income home nor on compensated energy; SCEE (art. 655-G to 655-S, Lei 14.300/2022).

Attributes of the usage point: ``phases`` 1, 2 or 3; ``conductors`` 2 for two phases' worth of a
single one; ``class`` ``residential``, ``social`` or ``desconto_social``; ``families`` in one
low-income meter (art. 179 par. 3); ``scee`` ``gd1``, ``gd2`` or ``gd3``; ``cadunico`` ``yes``
(art. 291, half the least energy with SCEE); ``supply`` ``suspended`` for a cycle that was cut off
from its first to its last day (art. 322).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from quilowatt.billing.brazil import scee
from quilowatt.billing.brazil.aneel import Homologated, in_force, slug
from quilowatt.billing.brazil.scee import Component, Scheme, SchemeRules
from quilowatt.billing.brazil.tax_tables import TaxFacts, tax_text
from quilowatt.core.money import decimal_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["Document", "GroupBOptions", "documents"]

SOURCE: Final = (
    "https://dadosabertos.aneel.gov.br/dataset/tarifas-distribuidoras-energia-eletrica (ODbL)"
)
FREE_80_FROM: Final = date(2025, 7, 5)
DESCONTO_SOCIAL_FROM: Final = date(2026, 1, 1)

HALF: Final = 'scee = ["gd1", "gd2", "gd3"], cadunico = ["yes"]'
"""Who pays half of the least energy: homes in the CadÚnico that take part in SCEE."""

TE_REMARK: Final = """\
# Energy compensated in another period is converted by the TE: its component "TE Energia",
# which REN ANEEL 1.000/2021 art. 655-G par. 5 names, is not in ANEEL's file.
"""

Group = tuple[str, str, str]
CONVENTIONAL: Final = ("convencional", "residential", "")
WHITE: Final = ("branca", "residential", "peak")
SOCIAL: Final = ("convencional", "social", "")
DESCONTO: Final = ("convencional", "desconto_social", "")
PERIODS: Final = ("peak", "intermediate", "off_peak")


@dataclass(frozen=True, slots=True)
class GroupBOptions:
    """What ANEEL's file doesn't say.

    Parameters
    ----------
    taxes : mapping of str to TaxFacts
        By CNPJ; bills by the others say that taxes are missing.
    schemes : mapping of str to sequence of Scheme
        What compensated energy pays, by scheme.
    components : mapping of str to sequence of Component
        By CNPJ: values that schemes charge.
    schedules : mapping of str to str
        By CNPJ: name of the Branca's schedule in ``shared/branca.toml``.
    """

    taxes: Mapping[str, TaxFacts] = field(default_factory=dict)
    schemes: Mapping[str, Sequence[Scheme]] = field(default_factory=lambda: {"gd1": ()})
    components: Mapping[str, Sequence[Component]] = field(default_factory=dict)
    schedules: Mapping[str, str] = field(default_factory=dict)

    def facts(self, cnpj: str) -> TaxFacts:
        """Return what is known of a distributor's taxes."""
        return self.taxes.get(cnpj, TaxFacts())

    def rules(self, cnpj: str, day: date) -> SchemeRules:
        """Return how a distributor compensates energy in a version that begins on a day."""
        icms = self.facts(cnpj).icms_on(day)
        compensated = icms.compensated if icms else {}
        return SchemeRules(self.schemes, self.components.get(cnpj, ()), compensated)


@dataclass(frozen=True, slots=True)
class Document:
    """A tariff document to be written at ``path``, relative to the directory of tariffs."""

    path: str
    text: str


Prices = dict[Group, Homologated]


def documents(rates: Sequence[Homologated], options: GroupBOptions) -> Iterator[Document]:
    """Write the documents of all distributors of a file.

    Parameters
    ----------
    rates : sequence of Homologated
        As `aneel.read_rates` returns them.
    options : GroupBOptions
        Taxes, Fio B, schedules.

    Yields
    ------
    Document
        ``br/b1/NAME.toml``, and ``br/branca/NAME.toml`` where there are prices and windows.
    """
    by_distributor: dict[str, list[Homologated]] = {}
    for rate in rates:
        by_distributor.setdefault(rate.cnpj, []).append(rate)
    taken: set[str] = set()
    for cnpj, found in sorted(by_distributor.items()):
        groups: dict[Group, list[Homologated]] = {}
        for rate in found:
            groups.setdefault(rate.group, []).append(rate)
        resolved = {group: in_force(of_group) for group, of_group in groups.items()}
        name = max(found, key=lambda rate: rate.first_day).name
        short = slug(name) if slug(name) not in taken else f"{slug(name)}-{cnpj}"
        taken.add(short)
        if CONVENTIONAL in resolved:
            text = _conventional(name, short, resolved, options)
            yield Document(f"br/b1/{short}.toml", text)
        schedule = options.schedules.get(cnpj)
        has_periods = all(("branca", "residential", p) in resolved for p in PERIODS)
        if schedule and has_periods and CONVENTIONAL in resolved:
            text = _branca(name, (short, schedule), resolved, options)
            yield Document(f"br/branca/{short}.toml", text)


def _conventional(
    name: str,
    short: str,
    resolved: Mapping[Group, Sequence[Homologated]],
    options: GroupBOptions,
) -> str:
    versions, bounds = [], []
    serves: dict[str, set[str]] = {"class": {"residential"}, "scee": set()}
    rules = options.rules(resolved[CONVENTIONAL][0].cnpj, date.min)
    for first, last, prices in _spans(resolved, CONVENTIONAL, rules):
        lines, classes, schemes = _conventional_charges(prices, first, options)
        serves["class"] |= classes
        serves["scee"] |= schemes
        versions.append(_version(prices[CONVENTIONAL], (first, last), lines))
        bounds += [first, last]
    head = _head(f"br/b1/{short}", (f"{name} B1 convencional", f"{name} B1, flat"), ["brazil"])
    facts = options.facts(resolved[CONVENTIONAL][0].cnpj)
    taxes = tax_text(facts, min(bounds), max(bounds))
    return "\n".join([head + _serves(serves), *versions, taxes])


def _conventional_charges(
    prices: Prices, first: date, options: GroupBOptions
) -> tuple[str, set[str], set[str]]:
    plain = prices[CONVENTIONAL]
    has_desconto = DESCONTO in prices and first >= DESCONTO_SOCIAL_FROM
    others = [
        c for c, has in (("social", SOCIAL in prices), ("desconto_social", has_desconto)) if has
    ]
    unless = f", unless = {{ class = {_list(others)} }}" if others else ""
    lines = _minima("")
    for code, rate in (("te", plain.te), ("tusd", plain.tusd)):
        lines += f'  {{ code = "{code}", kind = "energy", rate_per_kwh = {rate}{unless} }},\n'
    if SOCIAL in prices:
        lines += _social(prices[SOCIAL], first)
    if has_desconto:
        lines += _desconto(prices[DESCONTO], plain)
    lines += _flag("social" if SOCIAL in prices else "", first)
    rules = options.rules(plain.cnpj, first)
    net, schemes = scee.conventional(rules, plain, first, "")
    if SOCIAL in prices:
        social = "free_80" if first >= FREE_80_FROM else "tiers"
        net += scee.conventional(rules, prices[SOCIAL], first, social)[0]
    return lines + net, set(others), set(schemes)


def _minima(suffix: str) -> str:
    """Write the least energy (art. 291), half of it for some, none where supply is suspended."""
    lines = (
        '  { code = "minimum", kind = "minimum_energy", kwh = 0, '
        f'when = {{ supply = ["suspended"] }}{suffix} }},\n'
    )
    for share, whom in ((Decimal("0.5"), HALF), (Decimal(1), "")):
        for kwh, limit, when, unless in (
            (80, "up_to_kwh = 80, ", 'class = ["social"], phases = ["3"]', ""),
            (100, "", 'phases = ["3"]', ""),
            (50, "", 'phases = ["2"]', 'conductors = ["2"]'),
            (30, "", "", 'phases = ["3"]'),
        ):
            conditions = {"when": ", ".join(filter(None, (when, whom))), "unless": unless}
            tail = "".join(f", {key} = {{ {text} }}" for key, text in conditions.items() if text)
            least = decimal_text(kwh * share)
            lines += (
                f'  {{ code = "minimum", kind = "minimum_energy", kwh = {least}, '
                f"{limit}least_days = 27{tail}{suffix} }},\n"
            )
    return lines


def _social(rate: Homologated, first: date) -> str:
    when = 'when = { class = ["social"] }'
    tiers = "{ up_to_kwh = 80, share = 1 }, { share = 0 }"
    if first < FREE_80_FROM:
        tiers = (
            "{ up_to_kwh = 30, share = 0.65 }, { up_to_kwh = 100, share = 0.40 }, "
            "{ up_to_kwh = 220, share = 0.10 }, { share = 0 }"
        )
    lines = "".join(
        f'  {{ code = "{code}", kind = "energy", rate_per_kwh = {price}, {when} }},\n'
        for code, price in (("te", rate.te), ("tusd", rate.tusd))
    )
    return lines + (
        '  { code = "tarifa_social", kind = "discount", of = ["te", "tusd"], '
        f'tiers = [{tiers}], times = "families", {when} }},\n'
    )


def _desconto(lower: Homologated, plain: Homologated) -> str:
    return "".join(
        f'  {{ code = "{code}", kind = "tiered", per = "month", times = "families", '
        f'when = {{ class = ["desconto_social"] }}, tiers = ['
        f"{{ up_to_kwh = 120, rate_per_kwh = {low} }}, {{ rate_per_kwh = {high} }}] }},\n"
        for code, low, high in (("te", lower.te, plain.te), ("tusd", lower.tusd, plain.tusd))
    )


def _flag(social: str, first: date) -> str:
    unless = ', unless = { class = ["social"] }' if social else ""
    lines = f'  {{ code = "bandeira", kind = "surcharge", table = "bandeiras"{unless} }},\n'
    if social:
        free = 80 if first >= FREE_80_FROM else 0
        lines += (
            f'  {{ code = "bandeira", kind = "surcharge", table = "bandeiras", free_kwh = {free}, '
            'times = "families", when = { class = ["social"] } },\n'
        )
    return lines


def _branca(
    name: str,
    known: tuple[str, str],
    resolved: Mapping[Group, Sequence[Homologated]],
    options: GroupBOptions,
) -> str:
    short, schedule = known
    groups = {group: found for group, found in resolved.items() if group[1] == "residential"}
    versions, bounds = [], []
    serves: dict[str, set[str]] = {"class": {"residential"}, "scee": set()}
    cnpj = resolved[CONVENTIONAL][0].cnpj
    for first, last, prices in _spans(groups, WHITE, options.rules(cnpj, date.min)):
        if len([group for group in prices if group[0] == "branca"]) < len(PERIODS):
            continue
        lines, schemes = _branca_charges(prices, first, schedule, options)
        serves["scee"] |= schemes
        versions.append(_version(prices[WHITE], (first, last), lines))
        bounds += [first, last]
    head = _head(
        f"br/branca/{short}",
        (f"{name} B1 Tarifa Branca", f"{name} B1, time of use"),
        ["brazil", "branca"],
        TE_REMARK,
    )
    taxes = tax_text(options.facts(cnpj), min(bounds), max(bounds))
    return "\n".join([head + _serves(serves), *versions, taxes])


def _branca_charges(
    prices: Prices, first: date, schedule: str, options: GroupBOptions
) -> tuple[str, set[str]]:
    found = {period: prices["branca", "residential", period] for period in PERIODS}
    lines, of = "", ["te", "tusd"]
    schemes: list[str] = []
    for code in of:
        rates = ", ".join(f"{p} = {getattr(rate, code)}" for p, rate in found.items())
        lines += (
            f'  {{ code = "{code}", kind = "time_of_use", schedule = "{schedule}", '
            f"rates = {{ {rates} }} }},\n"
        )
    if CONVENTIONAL in prices:
        plain = prices[CONVENTIONAL]
        net, schemes = scee.white(options.rules(plain.cnpj, first), found, (plain, schedule), first)
        lines = _minima(", billed = false") + lines + net
        of = [*of, *(["compensada_te", "compensada_tusd"] if schemes else [])]
        # The least amount is by the conventional price (art. 290 par. 4).
        price = decimal_text(plain.te + plain.tusd)
        lines += (
            f'  {{ code = "custo_disponibilidade", kind = "minimum", of = {_list(of)}, '
            f'amount = "minimum_energy", rate_per_kwh = {price} }},\n'
        )
    flag = '  { code = "bandeira", kind = "surcharge", table = "bandeiras" },\n'
    return lines + flag, set(schemes)


def _spans(
    resolved: Mapping[Group, Sequence[Homologated]], main: Group, rules: SchemeRules
) -> Iterator[tuple[date, date, Prices]]:
    """Yield stretches of days in which no price changes, and no rule does that concerns them."""
    rates = [rate for found in resolved.values() for rate in found]
    bounds = {rate.first_day for rate in rates}
    bounds |= {rate.last_day + timedelta(days=1) for rate in rates}
    bounds |= {FREE_80_FROM} if SOCIAL in resolved else set()
    bounds |= {DESCONTO_SOCIAL_FROM} if DESCONTO in resolved else set()
    bounds |= rules.days()
    ordered = sorted(bounds)
    for first, after in pairwise(ordered):
        prices = {
            group: rate
            for group, found in resolved.items()
            for rate in found
            if rate.first_day <= first <= rate.last_day
        }
        if main in prices:
            yield first, after - timedelta(days=1), prices


def _version(main: Homologated, days: tuple[date, date], lines: str) -> str:
    return (
        f'[[version]]\nfrom = {days[0]}\nuntil = {days[1]}\nact = "{main.act}"\n'
        f'source = "{SOURCE}"\ncharges = [\n{lines}]\n'
    )


def _head(code: str, names: tuple[str, str], shared: Sequence[str], remark: str = "") -> str:
    paths = ", ".join(f'"../shared/{name}.toml"' for name in shared)
    return (
        "# Written by `quilowatt tariff import-aneel` from ANEEL's open data (ODbL): rates before\n"
        "# tax, there in R$/MWh, here in R$/kWh. Rules: REN ANEEL 1.000/2021, Group B.\n"
        f"{remark}\n"
        f'format = 2\ncode = "{code}"\ncurrency = "BRL"\ninclude = [{paths}]\n'
        f'name = {{ pt = "{names[0]}", en = "{names[1]}" }}\n'
        'rounding = { rule = "half_even", places = 2 }\nchange = "consumption"\n'
    )


def _serves(serves: Mapping[str, set[str]]) -> str:
    inner = ", ".join(f"{key} = {_list(sorted(values))}" for key, values in serves.items())
    return f"serves = {{ {inner} }}\n"


def _list(words: Sequence[str]) -> str:
    return "[" + ", ".join(f'"{word}"' for word in words) + "]"
