"""What a tariff says besides prices: lengths of cycles, due dates, late payment, corrections.

A regime is data, read from a tariff document by `regime_file`. The functions here answer from it
alone: no clock, no country. Business days are days that are neither days of rest nor holidays.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from quilowatt.billing.days import DAY_NAMES
from quilowatt.billing.point import NOBODY, Condition
from quilowatt.core.money import round_exact

if TYPE_CHECKING:
    from quilowatt.billing.bill import Bill
    from quilowatt.billing.days import Holiday
    from quilowatt.billing.point import UsagePoint
    from quilowatt.billing.tariff import Rounding

__all__ = [
    "MISSING_RULES",
    "DueTerm",
    "LateCharges",
    "Regime",
    "due_date",
    "effective_due_date",
    "instalments",
    "late_base",
    "late_charges",
    "may_correct",
]

MISSING_RULES: Final = ("nothing", "typical_days", "mean_of_cycles")
"""What is taken for time without readings at an end of a cycle; the profile knows what they do."""

DUE_BUSINESS_DAYS: Final = 10
"""Where a document says nothing: two weeks, which no regime known to us falls short of. [d]"""


@dataclass(frozen=True, slots=True)
class DueTerm:
    """Another number of business days for some.

    Parameters
    ----------
    business_days : int
        From the issue to the due date. [d]
    condition : Condition
        Whom it concerns.
    """

    business_days: int
    condition: Condition


@dataclass(frozen=True, slots=True)
class Regime:
    """The rules of a tariff that are no prices; the defaults hold where a document is silent.

    Parameters
    ----------
    missing : str
        One of `MISSING_RULES`.
    missing_cycles : int
        How many cycles ``"mean_of_cycles"`` looks at. [cycles]
    least_days, most_days : int
        Usual lengths of a cycle; of a longer one only the energy of `most_days` is billed, the
        rest later. 0 for no limit. [d]
    due_business_days : int
        From the issue of a bill to its due date. [d]
    due_terms : tuple of DueTerm
        The first that fits counts instead.
    rest_days : frozenset of str
        Names of weekdays that are no business days.
    holidays : tuple of Holiday
        Nor are these.
    fine_share : Decimal
        Of the base, once. [-]
    monthly_interest : Decimal
        Simple interest, by days. [1/month]
    interest_month_days : int
        How long its month is. [d]
    late_without : frozenset of str
        Codes of lines that are not in the base of fine, interest and indexation.
    collect_cycles, refund_cycles : int or None
        How far back too little may be collected and too much is refunded; None for ever.
        [cycles]
    instalments_per_cycle : int
        In how many instalments each cycle's worth of arrears may be paid. [-]
    refund_factor : int
        Times the amount that was too much. [-]
    source : str
        Where these rules stand.
    """

    missing: str = MISSING_RULES[0]
    missing_cycles: int = 0
    least_days: int = 0
    most_days: int = 0
    due_business_days: int = DUE_BUSINESS_DAYS
    due_terms: tuple[DueTerm, ...] = ()
    rest_days: frozenset[str] = frozenset(DAY_NAMES[5:])
    holidays: tuple[Holiday, ...] = ()
    fine_share: Decimal = Decimal(0)
    monthly_interest: Decimal = Decimal(0)
    interest_month_days: int = 30
    late_without: frozenset[str] = frozenset()
    collect_cycles: int | None = None
    refund_cycles: int | None = None
    instalments_per_cycle: int = 1
    refund_factor: int = 1
    source: str = ""

    def is_business_day(self, day: date) -> bool:
        """Say whether a local date is neither a day of rest nor a holiday."""
        if DAY_NAMES[day.weekday()] in self.rest_days:
            return False
        return not any(holiday.falls_on(day) for holiday in self.holidays)


@dataclass(frozen=True, slots=True)
class LateCharges:
    """What a late payment costs.

    Parameters
    ----------
    days_late : int
        From the due date to the payment; 0 if it was in time. [d]
    fine, interest, indexation : Decimal
        Each rounded once. [currency]
    """

    days_late: int
    fine: Decimal
    interest: Decimal
    indexation: Decimal


def due_date(regime: Regime, issued: date, point: UsagePoint = NOBODY) -> date:
    """Return the first due date that the regime allows.

    Parameters
    ----------
    regime : Regime
        Business days, and how many.
    issued : date
        Local date on which the bill is handed over; it doesn't count itself.
    point : UsagePoint
        Some have more time.

    Examples
    --------
    >>> due_date(Regime(due_business_days=5), date(2026, 11, 25))  # a Wednesday
    datetime.date(2026, 12, 2)
    """
    terms = (t.business_days for t in regime.due_terms if t.condition.holds(point))
    left = next(terms, regime.due_business_days)
    day = issued
    while left:
        day += timedelta(days=1)
        left -= regime.is_business_day(day)
    return day


def effective_due_date(regime: Regime, due: date) -> date:
    """Return the last day on which a payment is still in time.

    It is the due date, or the first business day after it.

    Examples
    --------
    >>> effective_due_date(Regime(), date(2026, 11, 28))  # a Saturday
    datetime.date(2026, 11, 30)
    """
    while not regime.is_business_day(due):
        due += timedelta(days=1)
    return due


def late_base(regime: Regime, bill: Bill) -> Decimal:
    """Return the part of a bill on which late payment costs something [currency]."""
    excluded = [x.amount for x in bill.lines if x.code.partition(".")[0] in regime.late_without]
    return bill.total - sum(excluded, Decimal(0))


def late_charges(
    regime: Regime,
    base: Decimal,
    dates: tuple[date, date],
    rounding: Rounding,
    index_factor: Fraction | Decimal | None = None,
) -> LateCharges:
    """Return fine, interest and indexation of one payment.

    Parameters
    ----------
    regime : Regime
        Shares, and which days are business days.
    base : Decimal
        As `late_base` returns it. [currency]
    dates : tuple of (date, date)
        The due date, and the day of the payment.
    rounding : Rounding
        The tariff's.
    index_factor : Fraction, Decimal or None
        Price index of the payment's day over that of the due date, from whoever knows it; None
        leaves indexation out. [-]

    Returns
    -------
    LateCharges
        All zero until `effective_due_date`, or where the base is not positive. Interest counts
        from the due date, not from the business day after it.

    Examples
    --------
    >>> from quilowatt.billing.tariff import Rounding
    >>> regime = Regime(fine_share=Decimal("0.02"), monthly_interest=Decimal("0.01"))
    >>> days = date(2026, 11, 10), date(2026, 11, 25)
    >>> late = late_charges(regime, Decimal("100.00"), days, Rounding("half_even", 2))
    >>> str(late.fine), str(late.interest), late.days_late
    ('2.00', '0.50', 15)
    """
    due, paid = dates
    is_late = paid > effective_due_date(regime, due) and base > 0
    days_late = (paid - due).days if is_late else 0
    principal = Fraction(base) if is_late else Fraction(0)
    per_day = Fraction(regime.monthly_interest) / regime.interest_month_days
    growth = Fraction(0) if index_factor is None else Fraction(index_factor) - 1
    shares = (Fraction(regime.fine_share), per_day * days_late, growth)
    amounts = [round_exact(principal * x, rounding.places, rounding.rule) for x in shares]
    return LateCharges(days_late, *amounts)


def may_correct(regime: Regime, age_cycles: int, difference: Decimal) -> bool:
    """Say whether a wrong amount of an earlier cycle may still be put right.

    Parameters
    ----------
    regime : Regime
        How far back.
    age_cycles : int
        1 for the cycle just before the current one. [cycles]
    difference : Decimal
        Right amount less billed amount: positive is to be collected, negative to be refunded.
        [currency]

    Examples
    --------
    >>> regime = Regime(collect_cycles=3, refund_cycles=60)
    >>> may_correct(regime, 4, Decimal(9)), may_correct(regime, 4, Decimal(-9))
    (False, True)
    """
    assert age_cycles >= 0
    limit = regime.collect_cycles if difference > 0 else regime.refund_cycles
    return difference != 0 and (limit is None or age_cycles <= limit)


def instalments(regime: Regime, cycles: int) -> int:
    """Return in how many instalments arrears of some cycles may be paid, at least one."""
    return max(regime.instalments_per_cycle * cycles, 1)
