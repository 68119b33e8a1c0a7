"""Brazil's compensation of energy (SCEE) as net metering lines of a tariff document.

REN ANEEL 1.000/2021 art. 655-G to 655-S. What compensated energy still pays depends on the scheme:
GD I nothing; GD II a share of Fio B; GD III shares of several components (Lei 14.300/2022 art. 17,
26, 27). Shares by date stand in ``br/shared/scee.toml``, values of components are the operator's.
A low-income home compensates what it used above 80 kWh (art. 655-I par. 5). With the Branca
each period is compensated by itself first, then by the relation of the TE (art. 655-G par. 5);
energy from elsewhere without a period counts as off-peak (par. 6).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from quilowatt.billing.document import Document
from quilowatt.core.money import decimal_text
from quilowatt.errors import TariffError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from decimal import Decimal

    from quilowatt.billing.brazil.aneel import Homologated
    from quilowatt.billing.document import Table

__all__ = ["Component", "Scheme", "SchemeRules", "conventional", "read_schemes", "white"]

PERIODS: Final = ("peak", "intermediate", "off_peak")
EXPIRY: Final = "expiry_months = 60"
SHARE_BELOW: Final = 10


@dataclass(frozen=True, slots=True)
class Scheme:
    """What one scheme charges on compensated energy, from one day on.

    Parameters
    ----------
    first_day : date
        From which it holds.
    shares : mapping of str to Decimal
        By component of the price. [-]
    """

    first_day: date
    shares: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Component:
    """The value of a component of the use of the grid, from one day on.

    Parameters
    ----------
    name : str
        Such as ``"fio_b"``.
    first_day : date
        From which it holds.
    value : Decimal
        Before tax. [R$/kWh]
    """

    name: str
    first_day: date
    value: Decimal


@dataclass(frozen=True, slots=True)
class SchemeRules:
    """All that the lines of a distributor depend on besides its prices.

    Parameters
    ----------
    schemes : mapping of str to sequence of Scheme
        By name, each by first day; a scheme that charges nothing is ``()``.
    components : sequence of Component
        The distributor's.
    taxes : mapping of str to tuple of str
        Taxes on the compensated ``te`` and ``tusd`` where they are not all.
    """

    schemes: Mapping[str, Sequence[Scheme]] = field(default_factory=lambda: {"gd1": ()})
    components: Sequence[Component] = ()
    taxes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def days(self) -> set[date]:
        """Days on which a share or a value that concerns the distributor changes."""
        if not self.components:
            return set()
        shares = {scheme.first_day for dated in self.schemes.values() for scheme in dated}
        return shares | {component.first_day for component in self.components}

    def charged(self, name: str, day: date) -> dict[str, tuple[Decimal, Decimal]] | None:
        """Value [R$/kWh] and share of what a scheme charges; None if a value is not known."""
        if not self.schemes[name]:
            return {}
        past = [scheme for scheme in self.schemes[name] if scheme.first_day <= day]
        values = {c.name: c.value for c in sorted(self.components, key=lambda c: c.first_day)
                  if c.first_day <= day}  # fmt: skip
        if not past or past[-1].shares.keys() - values.keys():
            return None
        return {key: (values[key], share) for key, share in past[-1].shares.items()}


def read_schemes(text: str, name: str) -> dict[str, tuple[Scheme, ...]]:
    """Read ``scee.toml``; GD I, which charges nothing, needs no entry.

    Raises
    ------
    TariffError
        With every problem found.
    """
    document = Document(text)
    found: dict[str, tuple[Scheme, ...]] = {"gd1": ()}
    if not document.problems:
        root = document.root
        for key in root:
            dated = sorted(map(_scheme, root.tables(key)), key=lambda scheme: scheme.first_day)
            found[key] = tuple(dated)
    if document.problems:
        raise TariffError(name, tuple(document.problems))
    return found


def conventional(
    rules: SchemeRules, price: Homologated, day: date, social: str
) -> tuple[str, list[str]]:
    """Write the lines of a flat price.

    Parameters
    ----------
    rules : SchemeRules
        Schemes, components, taxes.
    price : Homologated
        TE and TUSD of the class.
    day : date
        First day of the version.
    social : str
        ``""`` for a class that keeps the least energy; else the low-income class.

    Returns
    -------
    tuple of str, list of str
        Lines, and the schemes that they serve.
    """
    lines, served = "", []
    value = decimal_text(price.te + price.tusd)
    keep = f'keep_kwh = "minimum", keep_value_per_kwh = {value}'
    keep = 'keep_kwh = 80, times = "families"' if social == "free_80" else keep
    for name in rules.schemes:
        charged = rules.charged(name, day)
        if charged is None:
            continue
        served.append(name)
        whom = f'when = {{ scee = ["{name}"] }}, unless = {{ class = ["social"] }}'
        if social:
            whom = f'when = {{ scee = ["{name}"], class = ["social"] }}'
        worths = {"te": (price.te, ""), "tusd": (price.tusd, _less(charged))}
        credits_text = ", ".join(
            f'{{ code = "compensada_{part}", rate_per_kwh = {decimal_text(rate)}{less}'
            f"{_taxes(rules, part)} }}"
            for part, (rate, less) in worths.items()
        )
        lines += (
            f'  {{ code = "scee", kind = "net_metering", {EXPIRY}, {keep}, '
            f"credits = [{credits_text}], {whom} }},\n"
        )
    return lines, served


def white(
    rules: SchemeRules,
    prices: Mapping[str, Homologated],
    kept: tuple[Homologated, str],
    day: date,
) -> tuple[str, list[str]]:
    """Write the lines of the Branca.

    Parameters
    ----------
    rules : SchemeRules
        Schemes, components, taxes.
    prices : mapping of str to Homologated
        By period.
    kept : tuple of Homologated, str
        The conventional price, by which the least energy is worth, and the schedule.
    day : date
        First day of the version.

    Returns
    -------
    tuple of str, list of str
        Lines, and the schemes that they serve.
    """
    plain, schedule = kept
    lines, served = "", []
    values = _by_period({p: rate.te + rate.tusd for p, rate in prices.items()})
    for name in rules.schemes:
        charged = rules.charged(name, day)
        if charged is None:
            continue
        served.append(name)
        off = sum(value * share for value, share in charged.values())
        te = _by_period({p: rate.te for p, rate in prices.items()})
        tusd = _by_period({p: rate.tusd - off for p, rate in prices.items()})
        lines += (
            f'  {{ code = "scee", kind = "net_metering", {EXPIRY}, schedule = "{schedule}", '
            f'other = "off_peak", keep_kwh = "minimum", keep_value_per_kwh = '
            f"{decimal_text(plain.te + plain.tusd)}, values = {values}, exchange = {te}, "
            f'credits = [{{ code = "compensada_te", rates = {te}{_taxes(rules, "te")} }}, '
            f'{{ code = "compensada_tusd", rates = {tusd}{_taxes(rules, "tusd")} }}], '
            f'when = {{ scee = ["{name}"] }} }},\n'
        )
    return lines, served


def _scheme(table: Table) -> Scheme:
    shares = table.table("shares")
    scheme = Scheme(
        table.day("from"), {name: shares.decimal(name, 0, SHARE_BELOW) for name in shares}
    )
    table.text("source")
    table.finish()
    return scheme


def _less(charged: Mapping[str, tuple[Decimal, Decimal]]) -> str:
    if not charged:
        return ""
    parts = ", ".join(
        f'{{ component = "{name}", rate_per_kwh = {decimal_text(value)}, '
        f"share = {decimal_text(share)} }}"
        for name, (value, share) in charged.items()
    )
    return f", less = [{parts}]"


def _taxes(rules: SchemeRules, part: str) -> str:
    if part not in rules.taxes:
        return ""
    return ", taxes = [" + ", ".join(f'"{code}"' for code in rules.taxes[part]) + "]"


def _by_period(rates: Mapping[str, Decimal]) -> str:
    return "{ " + ", ".join(f"{p} = {decimal_text(rates[p])}" for p in PERIODS) + " }"
