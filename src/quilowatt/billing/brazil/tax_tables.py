"""ICMS by state and PIS and COFINS by month, as the tables of taxes of a tariff document.

ICMS is a state's: rates, bands and exemptions by date stand in ``br/shared/icms.toml``, each with
its confidence; which state a distributor serves in ``br/shared/distributors.toml``. PIS and COFINS
are effective rates of a distributor and a month, on its bills only: the operator fills them in a
CSV like ``br/shared/pis-cofins.csv``. What is not known is zero, and the bill says so.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

from quilowatt.billing.charge_file import read_special
from quilowatt.billing.document import Document
from quilowatt.core.money import decimal_text
from quilowatt.errors import SettingsError, TariffError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from quilowatt.billing.document import Table
    from quilowatt.billing.tariff import SpecialRate

__all__ = ["ALWAYS", "Icms", "MonthlyRates", "TaxFacts", "read_icms", "read_pis_cofins", "tax_text"]

CONFIRMED: Final = "bill"
CONFIDENCES: Final = (CONFIRMED, "secondary", "unread")
"""Seen on a bill; read in a press article or a table of others; not read anywhere."""

CNPJ: Final = re.compile(r"\d{14}", re.ASCII)
MONTH: Final = re.compile(r"([12]\d{3})-(0[1-9]|1[0-2])", re.ASCII)
COLUMNS: Final = ("cnpj", "month", "pis_percent", "cofins_percent")
PERCENT: Final = 100

ALWAYS: Final = date.min
"""First day of rates that an operator gives for all months."""


@dataclass(frozen=True, slots=True)
class Icms:
    """The ICMS of a state from one day on.

    Parameters
    ----------
    first_day : date
        From which it holds.
    rate : Decimal
        Share of the price. [-]
    special : tuple of SpecialRate
        Bands and exemptions.
    confidence, source : str
        How sure it is, and why.
    compensated : mapping of str to tuple of str
        Taxes on compensated energy, by ``te`` and ``tusd``, where they are not all.
    """

    first_day: date
    rate: Decimal
    special: tuple[SpecialRate, ...]
    confidence: str
    source: str
    compensated: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class MonthlyRates:
    """PIS and COFINS of a distributor in one month.

    Parameters
    ----------
    first_day : date
        Of the month; `ALWAYS` for rates that hold without end.
    pis, cofins : Decimal
        Shares. [-]
    """

    first_day: date
    pis: Decimal
    cofins: Decimal


@dataclass(frozen=True, slots=True)
class TaxFacts:
    """What is known of one distributor's taxes.

    Parameters
    ----------
    uf : str
        State; empty where it is not known or several.
    icms : sequence of Icms
        By first day.
    months : sequence of MonthlyRates
        By first day.
    """

    uf: str = ""
    icms: Sequence[Icms] = ()
    months: Sequence[MonthlyRates] = ()

    def icms_on(self, day: date) -> Icms | None:
        """Return the ICMS in force on a day; None where it is not known."""
        past = [icms for icms in self.icms if icms.first_day <= day]
        return past[-1] if past else None

    def rates_on(self, day: date) -> MonthlyRates | None:
        """Return the rates of a day's month, or of the latest month before it; None if none."""
        past = [rates for rates in self.months if rates.first_day <= day]
        return past[-1] if past else None

    def days(self, first: date, last: date) -> list[date]:
        """Days of a validity on which something changes, the first among them."""
        known = {month.first_day for month in self.months}
        days = {icms.first_day for icms in self.icms} | known
        # In the month after a known one its rates go on, and the bill must begin to say so.
        days |= {_next_month(month) for month in known}
        return sorted({first} | {day for day in days if first < day <= last})


def read_icms(text: str, name: str) -> dict[str, tuple[Icms, ...]]:
    """Read ``icms.toml``: rates by state and date.

    Raises
    ------
    TariffError
        With every problem found.
    """
    document = Document(text)
    found: dict[str, tuple[Icms, ...]] = {}
    if not document.problems:
        states = document.root.table("uf")
        for uf in states:
            dated = sorted(map(_icms, states.tables(uf)), key=lambda icms: icms.first_day)
            found[uf] = tuple(dated)
        document.root.finish()
    if document.problems:
        raise TariffError(name, tuple(document.problems))
    return found


def read_pis_cofins(lines: Iterable[str], name: str) -> dict[str, tuple[MonthlyRates, ...]]:
    """Read PIS and COFINS by CNPJ and month; lines that begin with ``#`` are remarks.

    Raises
    ------
    SettingsError
        For another header, or with every line that can't be understood.
    """
    numbered = [(n, line) for n, line in enumerate(lines, start=1) if line.strip()]
    rows = [(n, line) for n, line in numbered if not line.lstrip().startswith("#")]
    reader = csv.reader([line for _, line in rows], delimiter=";")
    header = [cell.strip('\ufeff" ') for cell in next(reader, [])]
    if tuple(header) != COLUMNS:
        raise SettingsError(f"{name}: the header must be {';'.join(COLUMNS)}")
    found: dict[str, dict[date, MonthlyRates]] = {}
    problems = []
    for (number, _), cells in zip(rows[1:], reader, strict=False):
        try:
            cnpj, rates = _monthly(cells)
        except (ValueError, InvalidOperation) as error:
            reason = str(error) if isinstance(error, ValueError) else "is no number"
            problems.append(f"{name} line {number}: {reason}")
            continue
        if rates.first_day in found.setdefault(cnpj, {}):
            problems.append(f"{name} line {number}: {cells[1].strip()} of {cnpj} is there twice")
        found[cnpj][rates.first_day] = rates
    if problems:
        raise SettingsError("\n".join(problems))
    return {
        cnpj: tuple(month for _, month in sorted(months.items())) for cnpj, months in found.items()
    }


def tax_text(facts: TaxFacts, first: date, last: date) -> str:
    """Write the tables of taxes of a document that is valid from a first to a last day."""
    return "\n".join(_table_text(facts, day) for day in facts.days(first, last))


def _icms(table: Table) -> Icms:
    compensated = table.table("compensated") if table.has("compensated") else None
    special = tuple(map(_special, table.tables("special"))) if table.has("special") else ()
    icms = Icms(
        first_day=table.day("from"),
        rate=table.decimal("rate", 0, 1),
        special=special,
        confidence=table.choice("confidence", CONFIDENCES),
        source=table.text("source"),
        compensated={part: compensated.words(part) for part in compensated} if compensated else {},
    )
    table.finish()
    return icms


def _special(table: Table) -> SpecialRate:
    special = read_special(table, "icms")
    table.finish()
    return special


def _monthly(cells: Sequence[str]) -> tuple[str, MonthlyRates]:
    if len(cells) != len(COLUMNS):
        raise ValueError(f"has {len(cells)} columns, must have {len(COLUMNS)}")
    cnpj, month = cells[0].strip(), MONTH.fullmatch(cells[1].strip())
    if not CNPJ.fullmatch(cnpj):
        raise ValueError(f"cnpj {cnpj!r} must have 14 digits")
    if month is None:
        raise ValueError(f"month {cells[1].strip()!r} must be written like 2026-10")
    pis, cofins = (_share(cell) for cell in cells[2:])
    return cnpj, MonthlyRates(date(int(month[1]), int(month[2]), 1), pis, cofins)


def _share(cell: str) -> Decimal:
    percent = Decimal(cell.strip().replace(",", "."))
    if not (percent.is_finite() and 0 <= percent < PERCENT):
        raise ValueError(f"{cell.strip()} % must be at least 0 and below {PERCENT}")
    return percent / PERCENT


def _table_text(facts: TaxFacts, day: date) -> str:
    icms, rates = facts.icms_on(day), facts.rates_on(day)
    shares = {"icms": icms.rate if icms else Decimal(0)}
    shares |= {"pis": rates.pis if rates else Decimal(0)}
    shares |= {"cofins": rates.cofins if rates else Decimal(0)}
    shares_text = ", ".join(f"{code} = {decimal_text(share)}" for code, share in shares.items())
    special = ", ".join(map(_special_text, icms.special)) if icms else ""
    return (
        f'[[taxes]]\nfrom = {day}\ninside = [["icms"], ["pis", "cofins"]]\n'
        f"rates = {{ {shares_text} }}\n"
        f"{f'special = [{special}]{chr(10)}' if special else ''}"
        f'source = "{_source(facts, icms, rates)}"\n'
        f"{_note_text(facts, day)}"
    )


def _source(facts: TaxFacts, icms: Icms | None, rates: MonthlyRates | None) -> str:
    parts = [f"ICMS {facts.uf}: {icms.source}"] if icms else []
    if rates:
        when = "given" if rates.first_day == ALWAYS else _month(rates.first_day)
        parts.append(f"PIS and COFINS: {when}")
    return "; ".join(parts) or "not known when the document was written"


def _note_text(facts: TaxFacts, day: date) -> str:
    icms, rates = facts.icms_on(day), facts.rates_on(day)
    pt: list[str] = []
    en: list[str] = []
    if icms is None:
        pt.append("Sem ICMS: informe o do seu estado.")
        en.append("Without ICMS: fill in your state's.")
    elif icms.confidence != CONFIRMED:
        percent = decimal_text(icms.rate * PERCENT)
        pt.append(f"ICMS de {percent.replace('.', ',')} % ({facts.uf}) a confirmar.")
        en.append(f"ICMS of {percent} % ({facts.uf}) to be confirmed.")
    if rates is None:
        pt.append("Sem PIS e COFINS: informe os da sua distribuidora e do mês.")
        en.append("Without PIS and COFINS: fill in those of your distributor and month.")
    elif rates.first_day > ALWAYS and day >= _next_month(rates.first_day):
        pt.append(f"PIS e COFINS ainda os de {rates.first_day:%m/%Y}: informe os do mês.")
        en.append(f"PIS and COFINS still those of {_month(rates.first_day)}: fill in the month's.")
    if not pt:
        return ""
    return f'\n[taxes.note]\npt = "{" ".join(pt)}"\nen = "{" ".join(en)}"\n'


def _special_text(special: SpecialRate) -> str:
    parts = ['code = "icms"', f"rate = {decimal_text(special.rate)}"]
    if special.up_to_kwh is not None:
        key = "up_to_kwh_per_day" if special.is_per_day else "up_to_kwh"
        parts.append(f"{key} = {decimal_text(special.up_to_kwh)}")
    for key, pairs in (("when", special.condition.when), ("unless", special.condition.unless)):
        inner = ", ".join(
            f"{name} = [{', '.join(f'{chr(34)}{v}{chr(34)}' for v in sorted(values))}]"
            for name, values in pairs
        )
        parts += [f"{key} = {{ {inner} }}"] if inner else []
    return f"{{ {', '.join(parts)} }}"


def _month(day: date) -> str:
    return f"{day:%Y-%m}"


def _next_month(day: date) -> date:
    return (day + timedelta(days=31)).replace(day=1)
