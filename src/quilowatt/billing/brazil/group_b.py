"""Brazil's rules for low-voltage homes (Group B), as tariff documents.

A document is written for each distributor from the prices that ANEEL homologated. Rules, by REN
ANEEL 1.000/2021: least energy of 30, 50 or 100 kWh (art. 290, 291), not for cycles below 27 days
(art. 285); Tarifa Social: until 2025-07-04 65 %, 40 % and 10 % off by tier (Lei 12.212/2010), since
then the first 80 kWh free (MP 1.300/2025, Lei 15.235/2025); Desconto Social since 2026 (the same
law): a lower price up to 120 kWh; flags by month (art. 307 to 310), not on the first 80 kWh of a
low-income home nor on compensated energy; SCEE (art. 655-G to 655-S, Lei 14.300/2022).

Attributes of the usage point: ``phases`` 1, 2 or 3; ``conductors`` 2 for two phases' worth of a
single one; ``class`` ``residential``, ``social`` or ``desconto_social``; ``scee`` ``gd1`` or
``gd2``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from quilowatt.billing.brazil.aneel import Homologated, in_force, slug
from quilowatt.core.money import decimal_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["FIO_B_SHARES", "Document", "GroupBOptions", "documents"]

SOURCE: Final = (
    "https://dadosabertos.aneel.gov.br/dataset/tarifas-distribuidoras-energia-eletrica (ODbL)"
)
FREE_80_FROM: Final = date(2025, 7, 5)
DESCONTO_SOCIAL_FROM: Final = date(2026, 1, 1)

FIO_B_SHARES: Final = {
    2023: Decimal("0.15"),
    2024: Decimal("0.30"),
    2025: Decimal("0.45"),
    2026: Decimal("0.60"),
    2027: Decimal("0.75"),
    2028: Decimal("0.90"),
}
"""Share of Fio B that compensated energy of GD II pays (Lei 14.300/2022 art. 27), by year. [-]

Confirmed by a bill for 2023 only; whether a step begins on 1 January or with the distributor's
new tariff is not: 1 January is taken.
"""

MINIMA: Final = """\
  { code = "minimum", kind = "minimum_energy", kwh = 80, up_to_kwh = 80, least_days = 27, when = { class = ["social"], phases = ["3"] } },
  { code = "minimum", kind = "minimum_energy", kwh = 100, least_days = 27, when = { phases = ["3"] } },
  { code = "minimum", kind = "minimum_energy", kwh = 50, least_days = 27, when = { phases = ["2"] }, unless = { conductors = ["2"] } },
  { code = "minimum", kind = "minimum_energy", kwh = 30, least_days = 27, unless = { phases = ["3"] } },
"""  # noqa: E501 - a line of the document

Group = tuple[str, str, str]
CONVENTIONAL: Final = ("convencional", "residential", "")
SOCIAL: Final = ("convencional", "social", "")
DESCONTO: Final = ("convencional", "desconto_social", "")
PERIODS: Final = ("peak", "intermediate", "off_peak")


@dataclass(frozen=True, slots=True)
class GroupBOptions:
    """What ANEEL's file doesn't say.

    Parameters
    ----------
    icms, pis, cofins : Decimal
        Shares inside the price; zero leaves taxes out, and the bill says so. [-]
    fio_b : mapping of str to Decimal
        By CNPJ: part of the use of the grid, for GD II. [R$/kWh]
    schedules : mapping of str to str
        By CNPJ: name of the Branca's schedule in ``shared/branca.toml``.
    """

    icms: Decimal
    pis: Decimal
    cofins: Decimal
    fio_b: Mapping[str, Decimal]
    schedules: Mapping[str, str]


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
    versions = []
    has_fio_b = resolved[CONVENTIONAL][0].cnpj in options.fio_b
    serves: set[str] = {"residential"}
    for first, last, prices in _spans(resolved, CONVENTIONAL, has_fio_b=has_fio_b):
        lines, classes = _conventional_charges(prices, first, options)
        serves |= classes
        versions.append(_version(prices[CONVENTIONAL], (first, last), lines))
    schemes = '["gd1", "gd2"]' if has_fio_b else '["gd1"]'
    classes_text = ", ".join(f'"{value}"' for value in sorted(serves))
    head = _head(f"br/b1/{short}", (f"{name} B1 convencional", f"{name} B1, flat"), ["brazil"])
    serves_text = f"serves = {{ class = [{classes_text}], scee = {schemes} }}\n"
    return "\n".join([head + serves_text, *versions, _taxes(versions[0], options)])


def _conventional_charges(
    prices: Prices, first: date, options: GroupBOptions
) -> tuple[str, set[str]]:
    plain = prices[CONVENTIONAL]
    has_desconto = DESCONTO in prices and first >= DESCONTO_SOCIAL_FROM
    others = [
        c for c, has in (("social", SOCIAL in prices), ("desconto_social", has_desconto)) if has
    ]
    unless = f", unless = {{ class = {_list(others)} }}" if others else ""
    lines = MINIMA
    for code, rate in (("te", plain.te), ("tusd", plain.tusd)):
        lines += f'  {{ code = "{code}", kind = "energy", rate_per_kwh = {rate}{unless} }},\n'
    if SOCIAL in prices:
        lines += _social(prices[SOCIAL], first)
    if has_desconto:
        lines += _desconto(prices[DESCONTO], plain)
    lines += _flag("social" if SOCIAL in prices else "", first)
    lines += _scee(prices, first, options)
    return lines, set(others)


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
        f"tiers = [{tiers}], {when} }},\n"
    )


def _desconto(lower: Homologated, plain: Homologated) -> str:
    return "".join(
        f'  {{ code = "{code}", kind = "tiered", per = "month", when = {{ class = '
        f'["desconto_social"] }}, tiers = [{{ up_to_kwh = 120, rate_per_kwh = {low} }}, '
        f"{{ rate_per_kwh = {high} }}] }},\n"
        for code, low, high in (("te", lower.te, plain.te), ("tusd", lower.tusd, plain.tusd))
    )


def _flag(social: str, first: date) -> str:
    unless = ', unless = { class = ["social"] }' if social else ""
    lines = f'  {{ code = "bandeira", kind = "surcharge", table = "bandeiras"{unless} }},\n'
    if social:
        free = 80 if first >= FREE_80_FROM else 0
        lines += (
            f'  {{ code = "bandeira", kind = "surcharge", table = "bandeiras", free_kwh = {free}, '
            'when = { class = ["social"] } },\n'
        )
    return lines


def _scee(prices: Prices, first: date, options: GroupBOptions) -> str:
    plain = prices[CONVENTIONAL]
    lines = _net(
        plain, (plain.te, plain.tusd), 'when = { scee = ["gd1"] }, unless = { class = ["social"] }'
    )
    if SOCIAL in prices:
        social = prices[SOCIAL]
        lines += _net(
            social, (social.te, social.tusd), 'when = { scee = ["gd1", "gd2"], class = ["social"] }'
        )
    fio_b = options.fio_b.get(plain.cnpj)
    share = FIO_B_SHARES.get(first.year)
    if fio_b is not None and share is not None:
        worth = (plain.te, plain.tusd - fio_b * share)
        lines += _net(plain, worth, 'when = { scee = ["gd2"] }, unless = { class = ["social"] }')
    return lines


def _net(price: Homologated, worth: tuple[Decimal, Decimal], whom: str) -> str:
    keep = f'keep_kwh = "minimum", keep_value_per_kwh = {decimal_text(price.te + price.tusd)}'
    if "class" in whom.partition("unless")[0]:
        keep = "keep_kwh = 80"
    return (
        f'  {{ code = "scee", kind = "net_metering", expiry_months = 60, {keep}, credits = ['
        f'{{ code = "compensada_te", rate_per_kwh = {decimal_text(worth[0])} }}, '
        f'{{ code = "compensada_tusd", rate_per_kwh = {decimal_text(worth[1])} }}], {whom} }},\n'
    )


def _branca(
    name: str,
    known: tuple[str, str],
    resolved: Mapping[Group, Sequence[Homologated]],
    options: GroupBOptions,
) -> str:
    short, schedule = known
    groups = {group: found for group, found in resolved.items() if group[1] == "residential"}
    versions = []
    for first, last, prices in _spans(groups, ("branca", "residential", "peak"), has_fio_b=False):
        if len([group for group in prices if group[0] == "branca"]) < len(PERIODS):
            continue
        found = {period: prices["branca", "residential", period] for period in PERIODS}
        lines = ""
        for code in ("te", "tusd"):
            rates = ", ".join(f"{p} = {getattr(rate, code)}" for p, rate in found.items())
            lines += (
                f'  {{ code = "{code}", kind = "time_of_use", schedule = "{schedule}", '
                f"rates = {{ {rates} }} }},\n"
            )
        if CONVENTIONAL in prices:
            lines += _branca_minima(prices[CONVENTIONAL])
        lines += '  { code = "bandeira", kind = "surcharge", table = "bandeiras" },\n'
        versions.append(_version(found["peak"], (first, last), lines))
    head = _head(
        f"br/branca/{short}",
        (f"{name} B1 Tarifa Branca", f"{name} B1, time of use"),
        ["brazil", "branca"],
    )
    serves = 'serves = { class = ["residential"], scee = [] }\n'
    return "\n".join([head + serves, *versions, _taxes(versions[0], options)])


def _branca_minima(plain: Homologated) -> str:
    """Least amount by the conventional price (art. 290 §4)."""
    price = plain.te + plain.tusd
    whom = {
        100: 'when = { phases = ["3"] }',
        50: 'when = { phases = ["2"] }, unless = { conductors = ["2"] }',
        30: 'unless = { phases = ["2", "3"] }',
    }
    lines = "".join(
        f'  {{ code = "custo_disponibilidade", kind = "minimum", of = ["te", "tusd"], '
        f"least_days = 27, amount = {decimal_text(price * kwh)}, {condition} }},\n"
        for kwh, condition in whom.items()
    )
    return lines + (
        '  { code = "custo_disponibilidade", kind = "minimum", of = ["te", "tusd"], '
        f"least_days = 27, amount = {decimal_text(price * 30)}, "
        'when = { phases = ["2"], conductors = ["2"] } },\n'
    )


def _spans(
    resolved: Mapping[Group, Sequence[Homologated]], main: Group, *, has_fio_b: bool
) -> Iterator[tuple[date, date, Prices]]:
    """Yield stretches of days in which no price changes, and no rule does that concerns them."""
    rates = [rate for found in resolved.values() for rate in found]
    bounds = {rate.first_day for rate in rates}
    bounds |= {rate.last_day + timedelta(days=1) for rate in rates}
    bounds |= {FREE_80_FROM} if SOCIAL in resolved else set()
    bounds |= {DESCONTO_SOCIAL_FROM} if DESCONTO in resolved else set()
    if has_fio_b:
        bounds |= {date(year, 1, 1) for year in FIO_B_SHARES}
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


def _head(code: str, names: tuple[str, str], shared: Sequence[str]) -> str:
    paths = ", ".join(f'"../shared/{name}.toml"' for name in shared)
    return (
        "# Written by `quilowatt tariff import-aneel` from ANEEL's open data (ODbL): rates before\n"
        "# tax, there in R$/MWh, here in R$/kWh. Rules: REN ANEEL 1.000/2021, Group B.\n\n"
        f'format = 2\ncode = "{code}"\ncurrency = "BRL"\ninclude = [{paths}]\n'
        f'name = {{ pt = "{names[0]}", en = "{names[1]}" }}\n'
        'rounding = { rule = "half_even", places = 2 }\nchange = "consumption"\n'
    )


def _taxes(first_version: str, options: GroupBOptions) -> str:
    day = first_version.partition("from = ")[2].partition("\n")[0]
    text = (
        f'[[taxes]]\nfrom = {day}\ninside = [["icms"], ["pis", "cofins"]]\n'
        f"rates = {{ icms = {options.icms}, pis = {options.pis}, cofins = {options.cofins} }}\n"
        'source = "given when the document was written; not in ANEEL\'s data"\n'
    )
    if options.icms or options.pis or options.cofins:
        return text
    return text + (
        "\n[taxes.note]\n"
        'pt = "Sem tributos: informe ICMS, PIS e COFINS da sua distribuidora e do mês."\n'
        'en = "Without taxes: fill in ICMS, PIS and COFINS of your distributor and month."\n'
    )


def _list(words: Sequence[str]) -> str:
    return "[" + ", ".join(f'"{word}"' for word in words) + "]"
