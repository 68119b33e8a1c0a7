"""A bank's file of payments (CSV) to payments: its columns are found by what they are called.

All that is wrong is told at once, with its line, and then nothing is taken: half a file would be
worse than none. Reading it twice records nothing twice: a payment is known by the bank's own name
for it, or else by all that the line says and how often the file says so.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

from quilowatt.billing.tariff import Text
from quilowatt.core.words import Phrase
from quilowatt.errors import PaymentFileError
from quilowatt.store.payments import NewPayment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["COLUMN_NAMES", "FileOptions", "read_payments"]

COLUMN_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "received": ("received", "date", "payment date", "data", "data do pagamento", "data pagamento"),
    "amount": ("amount", "value", "paid", "valor", "valor pago", "quantia"),
    "reference": (
        "reference",
        "txid",
        "referencia",
        "identificador",
        "linha digitavel",
        "codigo de barras",
        "barcode",
    ),
    "external_id": ("id", "endtoendid", "e2e", "end to end id", "transaction id", "transacao"),
    "payer": ("payer", "name", "pagador", "nome"),
}
"""What the columns of a file may be called, without accents, signs and capitals."""

REQUIRED: Final = ("received", "amount")

DATE_FORMS: Final = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%Y%m%d")
DELIMITERS: Final = ";,\t|"
PLAIN: Final = re.compile(r"[^a-z0-9]+")
ACCENTS: Final = str.maketrans("áàâãéêíóôõúüç", "aaaaeeiooouuc")
FIELD_SIZE_MAX: Final = 200
NAME_DIGITS: Final = 40
"""Of SHA-256 in hex that name a payment."""
MONEY_BELOW: Final = 10**12
MONEY_PLACES: Final = 2

PROBLEMS: Final = {
    "empty": Phrase("the file has no line", "o arquivo não tem linhas"),
    "csv": Phrase("it can't be read as CSV: {why}", "não se lê como CSV: {why}"),
    "column": Phrase(
        "there is no column of the {what}; it may be called {names}",
        "não há coluna para {what}; ela pode se chamar {names}",
    ),
    "date": Phrase(
        "line {line}: {got!r} is no date; write it as 2026-11-25 or 25/11/2026",
        "linha {line}: {got!r} não é uma data; escreva 2026-11-25 ou 25/11/2026",
    ),
    "amount": Phrase(
        "line {line}: {got!r} is no amount of money with at most two decimals",
        "linha {line}: {got!r} não é um valor com no máximo duas casas decimais",
    ),
    "zero": Phrase("line {line}: the amount is zero", "linha {line}: o valor é zero"),
}


@dataclass(frozen=True, slots=True)
class FileOptions:
    """What a file does not say.

    Parameters
    ----------
    source : str
        Name of the file.
    author : str
        Who brings it.
    currency : str
        ISO 4217 code.
    columns : mapping of str to str
        Names of columns, by field of a payment, where they aren't found by themselves.
    """

    source: str
    author: str
    currency: str
    columns: Mapping[str, str]


def read_payments(text: str, options: FileOptions) -> list[NewPayment]:
    """Read a file of payments.

    Parameters
    ----------
    text : str
        With a line of column names first; ``;``, ``,``, tab or ``|`` between fields.
    options : FileOptions
        Who, from where.

    Raises
    ------
    PaymentFileError
        With all that is wrong.
    """
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=_delimiter(text)))
    except csv.Error as error:
        raise PaymentFileError(options.source, (_problem("csv", why=error),)) from error
    if not rows:
        raise PaymentFileError(options.source, (_problem("empty"),))
    places, problems = _places(rows[0], options.columns)
    if problems:
        raise PaymentFileError(options.source, tuple(problems))
    payments, seen = [], Counter[str]()
    for line, row in enumerate(rows[1:], 2):
        if not any(cell.strip() for cell in row):
            continue
        cells = {name: row[n].strip() if n < len(row) else "" for name, n in places.items()}
        payment = _payment(cells, line, options, problems)
        if payment is not None:
            payments.append(_named(payment, seen))
    if problems:
        raise PaymentFileError(options.source, tuple(problems))
    return payments


def _delimiter(text: str) -> str:
    head = text.partition("\n")[0]
    return max(DELIMITERS, key=head.count)


def _plain(name: str) -> str:
    return PLAIN.sub(" ", name.lower().translate(ACCENTS)).strip()


def _places(header: Sequence[str], given: Mapping[str, str]) -> tuple[dict[str, int], list[Text]]:
    named = {_plain(name): place for place, name in reversed(list(enumerate(header)))}
    places: dict[str, int] = {}
    problems = []
    for what, names in COLUMN_NAMES.items():
        wanted = (_plain(given[what]),) if what in given else names
        found = next((named[_plain(name)] for name in wanted if _plain(name) in named), None)
        if found is not None:
            places[what] = found
        elif what in REQUIRED or what in given:
            problems.append(_problem("column", what=what, names=", ".join(wanted)))
    return places, problems


def _problem(kind: str, **fields: object) -> Text:
    phrase = PROBLEMS[kind]
    return Text(phrase.pt.format(**fields), phrase.en.format(**fields))


def _payment(
    cells: Mapping[str, str], line: int, options: FileOptions, problems: list[Text]
) -> NewPayment | None:
    received, amount = _date(cells["received"]), _amount(cells["amount"])
    if received is None:
        problems.append(_problem("date", line=line, got=cells["received"]))
    if amount is None:
        problems.append(_problem("amount", line=line, got=cells["amount"]))
    elif not amount:
        problems.append(_problem("zero", line=line))
    if received is None or not amount:
        return None
    return NewPayment(
        external_id=cells.get("external_id", ""),
        received=received,
        amount=amount,
        currency=options.currency,
        reference=cells.get("reference", "")[:FIELD_SIZE_MAX],
        payer=cells.get("payer", "")[:FIELD_SIZE_MAX],
        source=options.source[:FIELD_SIZE_MAX],
        author=options.author,
    )


def _date(text: str) -> date | None:
    for form in DATE_FORMS:
        try:
            return datetime.strptime(text[:10], form).date()  # noqa: DTZ007 - a date has no zone
        except ValueError:
            continue
    return None


def _amount(text: str) -> Decimal | None:
    """Read 1234.56, 1.234,56, R$ 1.234,56 and -12,00; None where it is something else.

    Examples
    --------
    >>> [str(_amount(text)) for text in ("1.234,56", "1,234.56", "R$ 12", "0.005", "12x")]
    ['1234.56', '1234.56', '12', 'None', 'None']
    """
    plain = re.sub(r"^(-?)\s*[^\d\s.,-]{0,3}\s*(-?)\s*", r"\1\2", text.strip())
    if plain.rfind(",") > plain.rfind("."):
        plain = plain.replace(".", "").replace(",", ".")
    else:
        plain = plain.replace(",", "")
    try:
        amount = Decimal(plain)
    except InvalidOperation:
        return None
    exponent = amount.as_tuple().exponent
    is_money = isinstance(exponent, int) and exponent >= -MONEY_PLACES
    return amount if is_money and abs(amount) < MONEY_BELOW else None


def _named(payment: NewPayment, seen: Counter[str]) -> NewPayment:
    """Name a payment that the bank didn't, by what is said of it and how often."""
    if payment.external_id:
        return payment
    said = (payment.received, payment.amount.normalize(), payment.reference, payment.payer)
    key = "|".join(map(str, said))
    seen[key] += 1
    name = hashlib.sha256(f"{key}|{seen[key]}".encode()).hexdigest()
    return replace(payment, external_id=f"line-{name[:NAME_DIGITS]}")
