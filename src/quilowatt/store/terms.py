"""What bills and alerts need to know of a usage point besides energy: dated facts, only added.

A fact says what changes from a local day on; what it leaves out goes on as before. `TermsBook` is
the only way to these facts; API and jobs call it from any thread.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "Balance",
    "BalanceFact",
    "CustomerDetails",
    "DetailsChange",
    "DetailsFact",
    "Known",
    "Statement",
    "Terms",
    "TermsBook",
    "TermsChange",
    "TermsFact",
    "TermsHistory",
]

Said = TypeVar("Said")

Known = bool | Literal["unknown"]
"""Yes, no, or nobody knows."""

NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Statement:
    """Who says something, and from when on it holds.

    Parameters
    ----------
    from_day : date
        First local day.
    at_s : int
        Now. [s since 1970-01-01 UTC]
    author, reason : str
        Who said it and why; the reason may be empty.
    """

    from_day: date
    at_s: int
    author: str = "operator"
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TermsChange:
    """What changes; None leaves as it is.

    Parameters
    ----------
    tariff_code : str or None
        Tariff, by the code in its document.
    billing_day : int or None
        On which cycles begin, 1 to 31; 31 is the last of every month. [day of the month]
    attributes : mapping of str to (str or None)
        What tariffs ask for, such as ``class``; None takes one away, others stay.
    contracted_kw : Decimal or None
        Power agreed on; 0 for none. [kW]
    limit_w : int or None
        What the connection can carry; 0 for unknown. [W]
    address : tuple of str or None
        Lines.
    is_vacant : bool or None
        Nobody lives there.
    alert_sensitivity_pct : int or None
        Of its alerts: 100 as they were scored; 200 halves what must be exceeded. [%]
    has_generation : bool or 'unknown' or None
        Whether energy may be fed in there.
    master : str or None
        UUID of the usage point whose meter measures this one too; empty for none.
    """

    tariff_code: str | None = None
    billing_day: int | None = None
    attributes: Mapping[str, str | None] = field(default_factory=lambda: NOTHING)
    contracted_kw: Decimal | None = None
    limit_w: int | None = None
    address: tuple[str, ...] | None = None
    is_vacant: bool | None = None
    alert_sensitivity_pct: int | None = None
    has_generation: Known | None = None
    master: str | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds at a usage point on a day; see `TermsChange` for the fields."""

    tariff_code: str
    billing_day: int
    attributes: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    contracted_kw: Decimal = Decimal(0)
    limit_w: int = 0
    address: tuple[str, ...] = ()
    is_vacant: bool = False
    alert_sensitivity_pct: int = 100
    has_generation: Known = "unknown"
    master: str = ""

    def changed(self, change: TermsChange) -> Terms:
        """Return what holds after a change.

        Examples
        --------
        >>> Terms("br/coelba-b1", 1).changed(TermsChange(billing_day=31)).billing_day
        31
        """
        attributes = self.attributes
        if change.attributes:
            merged = {**attributes, **change.attributes}
            attributes = {key: text for key, text in merged.items() if text is not None}
        return Terms(
            _or(change.tariff_code, self.tariff_code),
            _or(change.billing_day, self.billing_day),
            attributes,
            _or(change.contracted_kw, self.contracted_kw),
            _or(change.limit_w, self.limit_w),
            _or(change.address, self.address),
            _or(change.is_vacant, self.is_vacant),
            _or(change.alert_sensitivity_pct, self.alert_sensitivity_pct),
            _or(change.has_generation, self.has_generation),
            _or(change.master, self.master),
        )


@dataclass(frozen=True, slots=True)
class TermsFact:
    """A change as it is kept.

    Parameters
    ----------
    id : int
        Rises with the time at which facts were recorded.
    from_day : date
        First local day on which it holds.
    recorded_at_s : int
        When it was recorded; never before an earlier fact. [s since 1970-01-01 UTC]
    author, reason : str
        Who said it and why.
    change : TermsChange
        What changed.
    """

    id: int
    from_day: date
    recorded_at_s: int
    author: str
    reason: str
    change: TermsChange


@dataclass(frozen=True, slots=True)
class TermsHistory:
    """All that is known of the terms of one usage point.

    Parameters
    ----------
    usage_point_id : int
        Whose they are.
    timezone : str
        IANA name of the zone whose days are meant.
    phases : int
        Of the connection, as registered. [1]
    created_at_s : int
        When it was registered. [s since 1970-01-01 UTC]
    registered : Terms
        What holds before the first fact.
    facts : tuple of TermsFact
        By first day; of one day in the order in which they were recorded.
    """

    usage_point_id: int
    timezone: str
    phases: int
    created_at_s: int
    registered: Terms
    facts: tuple[TermsFact, ...] = ()

    def on(self, day: date) -> Terms:
        """Return what holds on a local day."""
        terms = self.registered
        for fact in self.facts:
            if fact.from_day > day:
                break
            terms = terms.changed(fact.change)
        return terms

    def with_change(self, change: TermsChange, from_day: date) -> TermsHistory:
        """Return the history as it would be if this were recorded now."""
        fact = TermsFact(1 << 62, from_day, 0, "", "", change)
        facts = sorted((*self.facts, fact), key=lambda each: (each.from_day, each.id))
        return replace(self, facts=tuple(facts))

    def billing_days(self) -> tuple[tuple[date, int], ...]:
        """Return each day on which the billing day changes, and to what; the first is date.min."""
        found = [(date.min, self.registered.billing_day)]
        for fact in self.facts:
            if fact.change.billing_day is not None:
                if found[-1][0] == fact.from_day:
                    found.pop()
                found.append((fact.from_day, fact.change.billing_day))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Balance:
    """With what a running settlement starts on the first day of a cycle.

    Parameters
    ----------
    from_day : date
        First local day of that cycle.
    credits : tuple of (date, int, str)
        Bank of energy: the end of the cycle in which it was given, what is left of it, and the
        period of use in which it was given, empty where there are none; oldest first. [Wh]
    past_demand_w : mapping of str to tuple of int
        By code of the charge: highest demand of earlier cycles, latest first. [W]
    carried_wh : int
        Used in an earlier cycle that was too long, and to be billed with this one. [Wh]
    """

    from_day: date
    credits: tuple[tuple[date, int, str], ...] = ()
    past_demand_w: Mapping[str, tuple[int, ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    carried_wh: int = 0


@dataclass(frozen=True, slots=True)
class BalanceFact:
    """A balance as it is kept; see `TermsFact` for the fields."""

    id: int
    recorded_at_s: int
    author: str
    reason: str
    balance: Balance


@dataclass(frozen=True, slots=True)
class DetailsChange:
    """What changes of a customer; None leaves as it is, empty takes away.

    Parameters
    ----------
    tax_id, email : str or None
        Number with the tax authority, as it is written; where to write to.
    language : str or None
        Which to speak, such as ``pt``.
    address : tuple of str or None
        Lines.
    """

    tax_id: str | None = None
    email: str | None = None
    language: str | None = None
    address: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class CustomerDetails:
    """What is known of a customer on a day; see `DetailsChange` for the fields."""

    tax_id: str = ""
    email: str = ""
    language: str = ""
    address: tuple[str, ...] = ()

    def changed(self, change: DetailsChange) -> CustomerDetails:
        """Return what holds after a change."""
        said = {each.name: getattr(change, each.name) for each in fields(change)}
        return replace(self, **{name: new for name, new in said.items() if new is not None})


@dataclass(frozen=True, slots=True)
class DetailsFact:
    """A change of a customer as it is kept; see `TermsFact` for the fields."""

    id: int
    from_day: date
    recorded_at_s: int
    author: str
    reason: str
    change: DetailsChange


class TermsBook(Protocol):
    """Dated terms, safe to call from any thread; reads never wait for writes.

    ``as_of_s`` asks what was known at an earlier moment: facts recorded up to the end of that
    second count. [s since 1970-01-01 UTC] Subjects that aren't there are left out of answers. Every
    method may raise the errors of `Ledger`.
    """

    def histories(
        self, usage_point_ids: Iterable[int], *, as_of_s: int | None = None
    ) -> dict[int, TermsHistory]:
        """Tell all about the terms of usage points, in one statement for 30,000 of them."""
        ...

    def on(
        self, usage_point_ids: Iterable[int], day: date, *, as_of_s: int | None = None
    ) -> dict[int, Terms]:
        """Tell what holds at usage points on a local day."""
        ...

    def limits_w(
        self, usage_point_ids: Iterable[int], *, as_of_s: int | None = None
    ) -> dict[int, int]:
        """Tell the highest limit that a connection ever had, where one was stated. [W].

        One figure for all time, so that the same reading is judged alike in every question; a limit
        that was corrected on the same first day counts no more.
        """
        ...

    def with_master(self) -> list[int]:
        """Name the usage points of which a master was ever stated, by rising id."""
        ...

    def set_terms(
        self, usage_point_id: int, change: TermsChange, statement: Statement
    ) -> TermsFact | None:
        """Record a change, durably, with an entry in the audit.

        Returns
        -------
        TermsFact or None
            None when all of it holds on that day already: nothing was recorded.
        """
        ...

    def balances(
        self, usage_point_ids: Iterable[int], *, as_of_s: int | None = None
    ) -> dict[int, tuple[BalanceFact, ...]]:
        """Tell the balances that were set, by first day: the last word on each day."""
        ...

    def set_balance(
        self, usage_point_id: int, balance: Balance, statement: Statement
    ) -> BalanceFact | None:
        """Record a balance for the statement's day; None when it is so already."""
        ...

    def details(
        self, customer_ids: Iterable[int], day: date, *, as_of_s: int | None = None
    ) -> dict[int, CustomerDetails]:
        """Tell what is known of customers on a day; nothing said is an answer too."""
        ...

    def details_facts(self, customer_id: int) -> tuple[DetailsFact, ...]:
        """Tell all that was said of a customer, by first day."""
        ...

    def set_details(
        self, customer_id: int, change: DetailsChange, statement: Statement
    ) -> DetailsFact | None:
        """Record what changed of a customer; None when it is so already."""
        ...


def _or(said: Said | None, before: Said) -> Said:
    return before if said is None else said
