"""Which changes of terms can't be recorded, and why: all reasons at once, in both languages.

Pure: what is known of the usage point comes in, refusals go out by the name of the field.
"""

from __future__ import annotations

from datetime import date
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from quilowatt.billing.cycles import changed_cycles, cycle_days, cycle_month_of
from quilowatt.core.calendar import local_date
from quilowatt.core.words import Phrase

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from quilowatt.store import Balance, TermsChange, TermsHistory

__all__ = [
    "CYCLE_DAYS_MAX",
    "CYCLE_DAYS_MIN",
    "FROM_DAY_MAX",
    "FROM_DAY_MIN",
    "Refusal",
    "billed_from",
    "day_refusals",
    "near_codes",
    "refusals",
]

Refusal = tuple[str, Phrase]
"""The name of a field, and why its value can't be."""

CYCLE_DAYS_MIN: Final = 15
"""A shorter cycle would take a month's fixed charges for a fraction of it. [d]"""

CYCLE_DAYS_MAX: Final = 47
"""A longer one would push a usual consumption into dearer tiers. [d]"""

FROM_DAY_MIN: Final = date(1990, 1, 1)
FROM_DAY_MAX: Final = date(2199, 12, 31)
"""Terms beyond are typing errors."""

NEAR_MAX: Final = 4
NEAR_CUTOFF: Final = 0.5


def refusals(
    history: TermsHistory,
    change: TermsChange,
    from_day: date,
    codes: Sequence[str],
    balance: Balance | None = None,
) -> list[Refusal]:
    """Say why a change can't be recorded.

    Parameters
    ----------
    history : TermsHistory
        What is known of the usage point.
    change : TermsChange
        What is to change.
    from_day : date
        From which local day on.
    codes : sequence of str
        Of the tariffs that the server has.
    balance : Balance or None
        A balance that is to be set with it.
    """
    found = [*day_refusals(from_day), *_tariff(change.tariff_code, codes)]
    if found and found[0][0] == "from":
        return found
    after = history.with_change(change, from_day)
    found += _billing_day(history, after, change)
    if balance is not None:
        found += _balance(after, balance)
    return found


def day_refusals(from_day: date) -> Iterator[Refusal]:
    """Say whether a day is too far away to be meant."""
    if not FROM_DAY_MIN <= from_day <= FROM_DAY_MAX:
        yield (
            "from",
            Phrase(
                f"{from_day} is not between {FROM_DAY_MIN} and {FROM_DAY_MAX}",
                f"{from_day} não está entre {FROM_DAY_MIN} e {FROM_DAY_MAX}",
            ),
        )


def near_codes(code: str, codes: Sequence[str]) -> list[str]:
    """Name the tariffs whose code is like one that isn't there, the likest first.

    Examples
    --------
    >>> near_codes("br/b1/celpa", ["br/b1/celpe", "br/b1/coelba", "gb/agile"])
    ['br/b1/celpe', 'br/b1/coelba']
    >>> near_codes("coelba", ["br/b1/celpe", "br/b1/coelba", "br/coelba-b1"])
    ['br/coelba-b1', 'br/b1/coelba']
    """
    wanted = code.strip().lower()
    holding = [each for each in codes if wanted and wanted in each.lower()]
    holding = get_close_matches(wanted, holding, NEAR_MAX, 0.0)
    like = get_close_matches(wanted, codes, NEAR_MAX, NEAR_CUTOFF)
    return list(dict.fromkeys([*holding, *like]))[:NEAR_MAX]


def billed_from(history: TermsHistory, day: date) -> date:
    """Return the first day of the first cycle that terms from a day on are billed by."""
    billing_days = history.billing_days()
    start, end = cycle_days(billing_days, cycle_month_of(billing_days, day))
    return start if start == day else end


def _tariff(code: str | None, codes: Sequence[str]) -> Iterator[Refusal]:
    if code is None or code in codes:
        return
    near, said = near_codes(code, codes), _plain(code)
    if near:
        names = ", ".join(near)
        yield (
            "tariff",
            Phrase(
                f"there is no tariff “{said}”; near it: {names}",
                f"não há tarifa “{said}”; parecidas: {names}",
            ),
        )
    else:
        yield (
            "tariff",
            Phrase(
                f"there is no tariff “{said}”; /v1/tariffs lists those that the server has",
                f"não há tarifa “{said}”; /v1/tariffs lista as que o servidor tem",
            ),
        )


def _billing_day(
    before: TermsHistory, after: TermsHistory, change: TermsChange
) -> Iterator[Refusal]:
    if change.billing_day is None:
        return
    created = local_date(before.created_at_s, ZoneInfo(before.timezone))
    known = set(changed_cycles(before.billing_days()))
    for start, end in changed_cycles(after.billing_days()):
        days = (end - start).days
        # A cycle from before the usage point was there bills nothing.
        if (start, end) in known or end <= created or CYCLE_DAYS_MIN <= days <= CYCLE_DAYS_MAX:
            continue
        yield (
            "billing_day",
            Phrase(
                f"the cycle from {start} to {end} would have {days} days; one has "
                f"{CYCLE_DAYS_MIN} to {CYCLE_DAYS_MAX}: move the day in two steps, a cycle apart, "
                f"or date it before {created}, when the usage point was registered",
                f"o ciclo de {start} a {end} teria {days} dias; um ciclo tem de {CYCLE_DAYS_MIN} a "
                f"{CYCLE_DAYS_MAX}: mude o dia em dois passos, com um ciclo entre eles, ou date a "
                f"mudança antes de {created}, quando a unidade consumidora foi registrada",
            ),
        )


def _balance(after: TermsHistory, balance: Balance) -> Iterator[Refusal]:
    billing_days, day = after.billing_days(), balance.from_day
    month = cycle_month_of(billing_days, day)
    start, end = cycle_days(billing_days, month)
    if start != day:
        yield (
            "balance",
            Phrase(
                f"a balance is that of the first day of a cycle: {start} or {end}, not {day}",
                f"um saldo é o do primeiro dia de um ciclo: {start} ou {end}, não {day}",
            ),
        )
    late = [born for born, *_ in balance.credits if born > day]
    if late:
        yield (
            "balance",
            Phrase(
                f"credits of {late[0]} were given after {day}, the day of the balance",
                f"créditos de {late[0]} foram dados depois de {day}, o dia do saldo",
            ),
        )


def _plain(text: str) -> str:
    """Cut what is said back, and take braces out: a phrase is a template."""
    return text[:80].replace("{", "(").replace("}", ")")
