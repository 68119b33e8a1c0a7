"""Febraban's collection code (arrecadação): barcode of 44 digits and the 48 that people type.

Source: Febraban, Layout Padrão de Arrecadação/Recebimento com Utilização do Código de Barras,
version 4, and published codes. What is wrong with a code is named: which block's digit, or the
general one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from quilowatt.billing.tariff import Text
from quilowatt.core.money import scaled_decimal
from quilowatt.errors import BillingError

if TYPE_CHECKING:
    from decimal import Decimal

__all__ = [
    "ENERGY_AND_GAS",
    "Collection",
    "barcode",
    "check_collection",
    "energy_collection",
    "free_field",
    "line",
    "mod10",
    "mod11",
    "read_collection",
]

PRODUCT: Final = "8"
"""Collection; 1 to 3 are what other documents begin with."""

BARCODE_SIZE: Final = 44
LINE_SIZE: Final = 48
BLOCK_SIZE: Final = 11
BLOCKS: Final = 4
GENERAL_AT: Final = 3
VALUE_END: Final = 15
VALUE_MAX: Final = 10**11 - 1
REST_SIZE: Final = BARCODE_SIZE - VALUE_END
"""Company and free field share what follows the value. [digits]"""

ENERGY_AND_GAS: Final = 3
BY_CNPJ: Final = 6
SEGMENTS: Final = frozenset({1, 2, 3, 4, 5, 6, 7, 9})

MONEY_KINDS: Final = frozenset({6, 8})
KINDS: Final = {6: 10, 7: 10, 8: 11, 9: 11}
"""Value ids, and the modulus of their check digits. [1]"""

NUMBER_SIZE: Final = 17
"""What a due date of 8 digits leaves of a free field of 25. [digits]"""

PUNCTUATION: Final = re.compile(r"[\s.\-]")
SEPARATORS: Final = re.compile(r"[-./_ ]")
DIGITS: Final = re.compile(r"\d+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Collection:
    """What a collection code says.

    Parameters
    ----------
    segment : int
        What is collected for: 3 is electric energy and gas.
    kind : int
        Value id: 6 and 8 are money, 7 and 9 a quantity of some reference; 6 and 7 have check
        digits by modulus 10, 8 and 9 by modulus 11.
    value : int
        Hundredths of the real, or the quantity. [0.01 BRL]
    company : str
        4 digits given by Febraban; in segment 6 the first 8 of the CNPJ.
    free : str
        The company's own digits: as many as make 29 with `company`.

    Attributes
    ----------
    amount : Decimal or None
        The value if it is money. [BRL]
    due_date : date or None
        The date that the free field begins with, if it does.
    number : str
        What follows it: the invoice's digits, without zeros before; empty if there is no date.
    """

    segment: int
    kind: int
    value: int
    company: str
    free: str

    @property
    def amount(self) -> Decimal | None:
        """Money to pay, if it is money [BRL]."""
        return scaled_decimal(self.value, -2) if self.kind in MONEY_KINDS else None

    @property
    def due_date(self) -> date | None:
        """Date that the free field begins with, if it does."""
        found = re.match(r"(20\d\d)(\d\d)(\d\d)", self.free, re.ASCII)
        year, month, day = map(int, found.groups()) if found else (0, 0, 0)
        first = date(year, month, 1) if 1 <= month <= 12 else None  # noqa: PLR2004 - months
        if first is None or day == 0:
            return None
        found_date = first + timedelta(days=day - 1)
        return found_date if found_date.month == month else None

    @property
    def number(self) -> str:
        """Digits of the invoice, without zeros before."""
        return self.free[8:].lstrip("0") if self.due_date else ""


def energy_collection(
    amount: Decimal, company: str, *, due: date, invoice_number: str
) -> Collection:
    """Say what the code of an energy bill says: money, modulus 10.

    Parameters
    ----------
    amount : Decimal
        To pay. [BRL]
    company : str
        4 digits given by Febraban.
    due : date
        Last day without late charges.
    invoice_number : str
        As for `free_field`.

    Raises
    ------
    BillingError
        The amount is no whole number of hundredths, or `check_collection` finds something.

    Examples
    --------
    >>> from decimal import Decimal
    >>> found = energy_collection(
    ...     Decimal("133.12"), "0138", due=date(2026, 11, 20), invoice_number="2026-000123"
    ... )
    >>> line(found)
    '83600000001-5 33120138202-4 61120000000-2 02026000123-3'
    """
    if not amount.is_finite() or amount < 0 or amount * 100 != int(amount * 100):
        _refuse(_wrong("valor", "value", str(amount), "≥ 0, com duas casas", "≥ 0, two decimals"))
    free = free_field(due, invoice_number)
    found = Collection(ENERGY_AND_GAS, 6, int(amount * 100), company, free)
    _refuse(*check_collection(found))
    return found


def free_field(due: date, invoice_number: str) -> str:
    """Write due date and invoice number into the 25 free digits.

    Numbers of one form, with separators at the same places, stay different.

    Parameters
    ----------
    due : date
        Comes first, as Febraban asks where a code carries it.
    invoice_number : str
        At most 17 digits; separators are left out.

    Raises
    ------
    BillingError
        The number has letters, or is too long.

    Examples
    --------
    >>> free_field(date(2026, 11, 20), "2026-000123")
    '2026112000000002026000123'
    """
    digits = SEPARATORS.sub("", invoice_number)
    if not DIGITS.fullmatch(digits) or len(digits) > NUMBER_SIZE:
        _refuse(
            _wrong(
                "número da fatura",
                "invoice number",
                repr(invoice_number),
                f"até {NUMBER_SIZE} algarismos",
                f"at most {NUMBER_SIZE} digits",
            )
        )
    return f"{due:%Y%m%d}{digits:0>{NUMBER_SIZE}}"


def barcode(collection: Collection) -> str:
    """Write the 44 digits that lie in the bars.

    Raises
    ------
    BillingError
        `check_collection` finds something.
    """
    _refuse(*check_collection(collection))
    head = f"{PRODUCT}{collection.segment}{collection.kind}"
    rest = f"{collection.value:011}{collection.company}{collection.free}"
    return head + _check_digit(collection.kind, head + rest) + rest


def line(collection: Collection) -> str:
    """Write the 48 digits that people type: four blocks, each with its own check digit.

    Raises
    ------
    BillingError
        `check_collection` finds something.
    """
    blocks = _blocks(barcode(collection), BLOCK_SIZE)
    return " ".join(f"{block}-{_check_digit(collection.kind, block)}" for block in blocks)


def check_collection(collection: Collection) -> tuple[Text, ...]:
    """Say all that keeps a code from being written."""
    found = []
    if collection.segment not in SEGMENTS:
        found.append(
            _wrong("segmento", "segment", str(collection.segment), "1 a 7 ou 9", "1 to 7 or 9")
        )
    if collection.kind not in KINDS:
        found.append(_wrong("id. de valor", "value id", str(collection.kind), "6 a 9", "6 to 9"))
    if not 0 <= collection.value <= VALUE_MAX:
        found.append(
            _wrong("valor", "value", str(collection.value), "até 11 algarismos", "up to 11 digits")
        )
    company_size = 8 if collection.segment == BY_CNPJ else 4
    for pt, en, digits, size in (
        ("empresa", "company", collection.company, company_size),
        ("campo livre", "free field", collection.free, REST_SIZE - company_size),
    ):
        if not DIGITS.fullmatch(digits) or len(digits) != size:
            found.append(_wrong(pt, en, repr(digits), f"{size} algarismos", f"{size} digits"))
    return tuple(found)


def read_collection(text: str) -> tuple[Collection | None, tuple[Text, ...]]:
    """Read a barcode of 44 digits or a line of 48, or say all that is wrong with it.

    Parameters
    ----------
    text : str
        Digits; spaces, dots and hyphens don't matter.

    Returns
    -------
    Collection or None
        None if anything is wrong.
    tuple of Text
        What is wrong.

    Examples
    --------
    >>> found, _ = read_collection("83640000001-1 33120138000-2 81288462711-6 08013618155-1")
    >>> str(found.amount), found.company
    ('133.12', '0138')
    >>> _, wrong = read_collection("83640000001-1 33120138000-3 81288462711-6 08013618155-1")
    >>> wrong[0].en
    'check digit of block 2: 3, expected 2'
    """
    digits = PUNCTUATION.sub("", text)
    if not DIGITS.fullmatch(digits) or len(digits) not in {BARCODE_SIZE, LINE_SIZE}:
        return None, (_check_size(digits),)
    kind = int(digits[2])
    if kind not in KINDS or digits[0] != PRODUCT:
        return None, _check_head(digits)
    problems = []
    if len(digits) == LINE_SIZE:
        problems += _check_blocks(digits, kind)
        digits = "".join(block[:-1] for block in _blocks(digits, BLOCK_SIZE + 1))
    problems += _check_general(digits, kind)
    company_end = VALUE_END + (8 if int(digits[1]) == BY_CNPJ else 4)
    found = Collection(
        segment=int(digits[1]),
        kind=kind,
        value=int(digits[GENERAL_AT + 1 : VALUE_END]),
        company=digits[VALUE_END:company_end],
        free=digits[company_end:],
    )
    problems += check_collection(found)
    return (None if problems else found), tuple(problems)


def mod10(digits: str) -> str:
    """Compute a check digit by modulus 10: weights 2, 1, 2, … from the right, digits added.

    Finds every single changed digit.

    Examples
    --------
    >>> mod10("83640000001")
    '1'
    """
    products = (int(each) * (2 - at % 2) for at, each in enumerate(reversed(digits)))
    return str(-sum(product // 10 + product % 10 for product in products) % 10)


def mod11(digits: str) -> str:
    """Compute a check digit by modulus 11: weights 2 to 9 from the right, over again.

    Remainders 0 and 1 share the digit 0, so that a changed digit can stay unseen.

    Examples
    --------
    >>> mod11("85890000460")
    '9'
    """
    total = sum(int(each) * (2 + at % 8) for at, each in enumerate(reversed(digits)))
    rest = total % 11
    return "0" if rest in {0, 1} else str(11 - rest)


def _check_digit(kind: int, digits: str) -> str:
    return mod10(digits) if KINDS[kind] == 10 else mod11(digits)  # noqa: PLR2004 - the modulus


def _blocks(digits: str, size: int) -> list[str]:
    return [digits[at * size : (at + 1) * size] for at in range(BLOCKS)]


def _check_size(digits: str) -> Text:
    others = sorted(set(digits) - set("0123456789"))
    strange = f" ({' '.join(map(repr, others))})" if others else ""
    return Text(
        f"código: {len(digits)} caracteres{strange}, devia ser 44 ou 48 algarismos",
        f"code: {len(digits)} characters{strange}, expected 44 or 48 digits",
    )


def _check_head(digits: str) -> tuple[Text, ...]:
    found = []
    if digits[0] != PRODUCT:
        pt, en = "8, de arrecadação", "8, for collection"
        found.append(_wrong("produto", "product", digits[0], pt, en))
    if int(digits[2]) not in KINDS:
        found.append(_wrong("id. de valor", "value id", digits[2], "6 a 9", "6 to 9"))
    return tuple(found)


def _check_blocks(digits: str, kind: int) -> list[Text]:
    found = []
    for number, block in enumerate(_blocks(digits, BLOCK_SIZE + 1), 1):
        expected = _check_digit(kind, block[:-1])
        if block[-1] != expected:
            pt, en = f"dígito do bloco {number}", f"check digit of block {number}"
            found.append(_wrong(pt, en, block[-1], expected, expected))
    return found


def _check_general(digits: str, kind: int) -> list[Text]:
    expected = _check_digit(kind, digits[:GENERAL_AT] + digits[GENERAL_AT + 1 :])
    if digits[GENERAL_AT] == expected:
        return []
    pt, en = "dígito geral (4ª posição)", "general check digit (position 4)"
    return [_wrong(pt, en, digits[GENERAL_AT], expected, expected)]


def _wrong(pt: str, en: str, got: str, expected_pt: str, expected_en: str) -> Text:
    return Text(f"{pt}: {got}, devia ser {expected_pt}", f"{en}: {got}, expected {expected_en}")


def _refuse(*problems: Text) -> None:
    if problems:
        raise BillingError(
            "collection code: " + "; ".join(each.en for each in problems),
            "código de arrecadação: " + "; ".join(each.pt for each in problems),
        )
