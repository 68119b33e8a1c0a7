"""Takes what an operator says of usage points and customers, checks it, and has it recorded.

All that is wrong is said at once, by field and in both languages; nothing is recorded then.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from quilowatt.billing.cycles import cycle_days, cycle_month_of
from quilowatt.core.calendar import local_date
from quilowatt.core.words import Phrase
from quilowatt.errors import BillingError, FieldsRefused
from quilowatt.jobs.billed_places import usage_point_of
from quilowatt.jobs.master_rules import master_refusals
from quilowatt.jobs.terms_rules import billed_from, day_refusals, refusals
from quilowatt.store import Statement

if TYPE_CHECKING:
    from datetime import date

    from quilowatt.billing import TariffBook
    from quilowatt.jobs.master_rules import FindPlace
    from quilowatt.jobs.terms_rules import Refusal
    from quilowatt.store import (
        Balance,
        Client,
        DetailsChange,
        TermsBook,
        TermsChange,
        TermsHistory,
    )

__all__ = ["Changed", "SaidOfPlace", "change_customer", "change_usage_point"]


@dataclass(frozen=True, slots=True)
class SaidOfPlace:
    """What somebody says of a usage point.

    Parameters
    ----------
    change : TermsChange
        What changes.
    opening : Balance or None
        A balance to set, whatever its day; None for none.
    from_day : date or None
        First local day; None for the first of the running cycle.
    author, reason : str
        Who says so, and why.
    """

    change: TermsChange
    opening: Balance | None = None
    from_day: date | None = None
    author: str = "operator"
    reason: str = ""

    def balance(self, day: date) -> Balance | None:
        """Return the balance that it sets on a day, if any."""
        if self.opening is None:
            return None
        bank = tuple(sorted(self.opening.credits))
        return replace(self.opening, from_day=day, credits=bank)


@dataclass(frozen=True, slots=True)
class Changed:
    """What became of it.

    Parameters
    ----------
    history : TermsHistory
        What is known of the usage point now.
    from_day, billed_from : date
        First local day on which it holds, and of the first cycle that is billed by it.
    is_new : bool
        False when all of it was so already.
    """

    history: TermsHistory
    from_day: date
    billed_from: date
    is_new: bool


def change_usage_point(
    book: TermsBook,
    tariffs: TariffBook,
    history: TermsHistory,
    said: SaidOfPlace,
    now_s: int,
    find: FindPlace,
) -> Changed:
    """Record what holds at a usage point from a day on.

    Parameters
    ----------
    book : TermsBook
        Where it is kept.
    tariffs : TariffBook
        Those that there are.
    history : TermsHistory
        What is known of the usage point.
    said : SaidOfPlace
        What is said.
    now_s : int
        Now. [s since 1970-01-01 UTC]
    find : callable
        Finds what is known of another usage point by its UUID.

    Raises
    ------
    FieldsRefused
        With everything that can't be.
    """
    key, from_day = history.usage_point_id, said.from_day or _cycle_start(history, now_s)
    balance = said.balance(from_day)
    wrong = refusals(history, said.change, from_day, tariffs.codes(), balance)
    wrong += master_refusals(history, said.change, from_day, find)
    wrong = wrong or _not_served(tariffs, history, said.change, from_day)
    if wrong:
        raise FieldsRefused([(field, phrase.en, phrase.pt) for field, phrase in wrong])
    statement = Statement(from_day, now_s, said.author, said.reason)
    is_new = book.set_terms(key, said.change, statement) is not None
    if balance is not None:
        is_new |= book.set_balance(key, balance, statement) is not None
    after = book.histories([key])[key]
    return Changed(after, from_day, billed_from(after, from_day), is_new)


def change_customer(
    book: TermsBook, client: Client, change: DetailsChange, statement: Statement
) -> None:
    """Record what is known of a customer from a day on.

    Raises
    ------
    FieldsRefused
        With everything that can't be.
    """
    wrong = [*day_refusals(statement.from_day), *_email(change.email)]
    if wrong:
        raise FieldsRefused([(field, phrase.en, phrase.pt) for field, phrase in wrong])
    book.set_details(client.customer_id, change, statement)


def _cycle_start(history: TermsHistory, now_s: int) -> date:
    billing_days = history.billing_days()
    today = local_date(now_s, ZoneInfo(history.timezone))
    return cycle_days(billing_days, cycle_month_of(billing_days, today))[0]


def _not_served(
    tariffs: TariffBook, history: TermsHistory, change: TermsChange, from_day: date
) -> list[Refusal]:
    """Refuse what would leave a usage point without prices, where that is being changed."""
    if change.tariff_code is None and not change.attributes:
        return []
    terms = history.with_change(change, from_day).on(from_day)
    if terms.tariff_code not in tariffs.codes():
        return []
    try:
        tariffs.find(terms.tariff_code).check_serves(usage_point_of(history.phases, terms))
    except BillingError as error:
        field = "tariff" if change.tariff_code is not None else "attributes"
        return [(field, Phrase(_plain(error.en), _plain(error.pt)))]
    return []


def _email(email: str | None) -> list[Refusal]:
    """Find typing errors; whether anybody reads there only a message can tell."""
    name, at, domain = (email or "").rpartition("@")
    is_fine = not email or (at and name and "." in domain and not any(map(str.isspace, email)))
    if is_fine:
        return []
    said = _plain(email or "")[:80]
    return [
        (
            "email",
            Phrase(
                f"“{said}” is no address like ana@example.org",
                f"“{said}” não é um endereço como ana@example.org",
            ),
        )
    ]


def _plain(text: str) -> str:
    """Take braces out: a phrase is a template."""
    return text.replace("{", "(").replace("}", ")")
