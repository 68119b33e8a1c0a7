"""Pix payment codes: the text behind "copia e cola" and the QR code (BR Code), written and read.

A BR Code is a list of fields, each an id and a length of two digits and the value (EMV QRCPS-MPM
§3.2), that ends in a checksum. Source: Banco Central do Brasil, Manual de Padrões para Iniciação
do Pix, and EMV QR Code Specification for Payment Systems, Merchant-Presented Mode. What is wrong
with a request or a code is said completely, and nothing is shortened in silence.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from quilowatt.billing.tariff import Text
from quilowatt.errors import BillingError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PixRequest", "br_code", "check_request", "crc16", "plain_text", "read_br_code", "txid"]

CRC_POLYNOMIAL: Final = 0x1021
CRC_START: Final = 0xFFFF
CRC_HEAD: Final = "6304"
"""The checksum covers its own id and length too."""

GUI: Final = "br.gov.bcb.pix"
"""Says that an account is one of Pix; ids 26 to 51 may hold accounts of other systems."""

ACCOUNT_IDS: Final = tuple(str(number) for number in range(26, 52))
ONE_SHOT: Final = "12"
NO_TXID: Final = "***"

VALUE_SIZE_MAX: Final = 99
"""A length has two digits. [chars]"""

NAME_SIZE_MAX: Final = 25
CITY_SIZE_MAX: Final = 15
TXID_SIZE_MAX: Final = 25
LOCATION_SIZE_MAX: Final = 77
"""Of a key as of an address: 99 less the GUI and the heads of two fields. [chars]"""

AMOUNT_MAX: Final = Decimal("9999999999.99")
"""13 characters, by EMV. [BRL]"""

AMOUNT: Final = re.compile(r"\d{1,10}(\.\d{1,2})?", re.ASCII)
TXID: Final = re.compile(r"[A-Za-z0-9]{1,25}", re.ASCII)
CHECKSUM: Final = re.compile(r"[0-9A-F]{4}")
URL: Final = re.compile(r"[a-z0-9.\-]+\.[a-z]{2,}(:\d+)?/[!-~]+", re.IGNORECASE | re.ASCII)
KEYS: Final = re.compile(
    r"\d{11}"  # CPF
    r"|[0-9A-Z]{12}\d{2}"  # CNPJ; with letters since July 2026
    r"|\+[1-9]\d{7,14}"  # telephone, E.164
    r"|[!-?A-~]+@[!-?A-~]+\.[!-?A-~]+"  # e-mail
    r"|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",  # random
    re.IGNORECASE | re.ASCII,
)
SEPARATORS: Final = re.compile(r"[-./_ ]")


@dataclass(frozen=True, slots=True)
class PixRequest:
    """What a Pix code asks for.

    Parameters
    ----------
    name, city : str
        Who receives, at most 25 and 15 characters after accents are taken off.
    key : str
        The receiver's key (CPF, CNPJ, telephone, e-mail or random), of a static code.
    url : str
        Where the payer's bank fetches the charge, without ``https://``, of a dynamic code.
    amount : Decimal or None
        What to pay; None leaves it to the payer. [BRL]
    txid : str
        Name of the payment, by which it is found again in the statement; may be empty.
    description : str
        For the payer's eyes, in a static code.
    is_one_shot : bool
        Whether the code may be paid only once.
    """

    name: str
    city: str
    key: str = ""
    url: str = ""
    amount: Decimal | None = None
    txid: str = ""
    description: str = ""
    is_one_shot: bool = False


def br_code(request: PixRequest) -> str:
    """Write a request as a BR Code.

    Parameters
    ----------
    request : PixRequest
        Accents are taken off its texts.

    Raises
    ------
    BillingError
        `check_request` finds something; all of it is told.

    Examples
    --------
    >>> key = "123e4567-e12b-12d1-a456-426655440000"
    >>> br_code(PixRequest("Fulano de Tal", "BRASILIA", key))[-40:]
    'no de Tal6008BRASILIA62070503***63041D3D'
    """
    problems = check_request(request)
    if problems:
        _refuse("Pix", problems)
    account = {"00": GUI, "01": request.key, "02": plain_text(request.description)}
    account["25"] = _without_scheme(request.url)
    body = _written(
        {
            "00": "01",
            "01": ONE_SHOT if request.is_one_shot else "",
            "26": _written(account),
            "52": "0000",
            "53": "986",
            "54": "" if request.amount is None else f"{request.amount:.2f}",
            "58": "BR",
            "59": plain_text(request.name),
            "60": plain_text(request.city),
            "62": _written({"05": request.txid or NO_TXID}),
        }
    )
    return body + CRC_HEAD + crc16(body + CRC_HEAD)


def check_request(request: PixRequest) -> tuple[Text, ...]:
    """Say all that keeps a request from being written.

    Examples
    --------
    >>> [found.en for found in check_request(PixRequest("Ana", "", "ana@example.com"))]
    ['city: is missing']
    """
    found = [
        *_check_words("name", "nome", request.name, NAME_SIZE_MAX),
        *_check_words("city", "cidade", request.city, CITY_SIZE_MAX),
        *_check_location(request),
        *_check_amount(request.amount),
    ]
    if request.txid and not TXID.fullmatch(request.txid):
        found.append(
            Text(
                f"txid: {request.txid!r} tem de ter de 1 a {TXID_SIZE_MAX} letras sem acento e "
                "algarismos",
                f"txid: {request.txid!r} must be 1 to {TXID_SIZE_MAX} unaccented letters and "
                "digits",
            )
        )
    return tuple(found)


def read_br_code(text: str) -> tuple[PixRequest | None, tuple[Text, ...]]:
    """Read a BR Code, or say all that is wrong with it.

    Parameters
    ----------
    text : str
        As it was copied; space around it doesn't matter.

    Returns
    -------
    PixRequest or None
        None if anything is wrong.
    tuple of Text
        What is wrong.
    """
    code = text.strip()
    fields, problems = _split(code)
    if problems:
        return None, tuple(problems)
    problems += _check_checksum(code, fields)
    problems += _check_constants(fields)
    account, of_account = _account(fields)
    extra, of_extra = _split(fields.get("62", ""))
    amount = fields.get("54")
    if amount is not None and not AMOUNT.fullmatch(amount):
        problems.append(_wrong("54", "valor", "amount", amount, "12.34"))
        amount = None
    txid_read = extra.get("05", "")
    request = PixRequest(
        name=fields.get("59", ""),
        city=fields.get("60", ""),
        key=account.get("01", ""),
        url=account.get("25", ""),
        amount=None if amount is None else Decimal(amount),
        txid="" if txid_read == NO_TXID else txid_read,
        description=account.get("02", ""),
        is_one_shot=fields.get("01") == ONE_SHOT,
    )
    problems += [*of_account, *of_extra]
    problems += check_request(request) if account else ()
    return (None if problems else request), tuple(problems)


def txid(invoice_number: str) -> str:
    """Make a txid of an invoice's number by leaving out separators.

    Numbers of one form, with separators at the same places, stay different.

    Raises
    ------
    BillingError
        The number has other characters, or more than 25 letters and digits.

    Examples
    --------
    >>> txid("2026-000123")
    '2026000123'
    """
    short = SEPARATORS.sub("", invoice_number)
    if TXID.fullmatch(short):
        return short
    raise BillingError(
        f"invoice {invoice_number!r}: no txid, which has 1 to {TXID_SIZE_MAX} letters and digits",
        f"fatura {invoice_number!r}: não dá um txid, que tem de 1 a {TXID_SIZE_MAX} letras e "
        "algarismos",
    )


def plain_text(text: str) -> str:
    """Take accents off; what has no plain letter stays, and `check_request` names it.

    Examples
    --------
    >>> plain_text("São João del-Rei, 2º")
    'Sao Joao del-Rei, 2o'
    """
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(each for each in decomposed if not unicodedata.combining(each)).strip()


def crc16(text: str) -> str:
    """Compute the checksum of a BR Code, CRC-16/CCITT-FALSE, as 4 hexadecimal digits.

    Examples
    --------
    >>> crc16("123456789")
    '29B1'
    """
    crc = CRC_START
    for byte in text.encode():
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1) ^ (CRC_POLYNOMIAL if crc & 0x8000 else 0)
        crc &= 0xFFFF
    return f"{crc:04X}"


def _written(fields: Mapping[str, str]) -> str:
    return "".join(f"{key}{len(value):02}{value}" for key, value in fields.items() if value)


def _split(code: str) -> tuple[dict[str, str], list[Text]]:
    fields: dict[str, str] = {}
    at = 0
    while at < len(code):
        key, size = code[at : at + 2], code[at + 2 : at + 4]
        if not re.fullmatch(r"\d{4}", key + size, re.ASCII):
            return fields, [_broken(at, f"{key + size!r}")]
        value = code[at + 4 : at + 4 + int(size)]
        if len(value) < int(size):
            return fields, [_cut(key, int(size), len(value))]
        if key in fields:
            return fields, [Text(f"campo {key}: aparece duas vezes", f"field {key}: appears twice")]
        fields[key] = value
        at += 4 + int(size)
    return fields, []


def _broken(at: int, got: str) -> Text:
    return Text(
        f"caractere {at + 1}: {got} onde começa um campo; são dois algarismos de nome e dois de "
        "tamanho",
        f"character {at + 1}: {got} where a field begins; it has two digits of id and two of "
        "length",
    )


def _cut(key: str, size: int, got: int) -> Text:
    return Text(
        f"campo {key}: {got} caracteres, deviam ser {size}; o código foi cortado ou alterado",
        f"field {key}: {got} characters, {size} announced; the code was cut or changed",
    )


def _wrong(key: str, pt: str, en: str, got: str, expected: str) -> Text:
    return Text(
        f"campo {key}, {pt}: {got!r}, devia ser {expected}",
        f"field {key}, {en}: {got!r}, expected {expected}",
    )


def _check_checksum(code: str, fields: Mapping[str, str]) -> list[Text]:
    said = fields.get("63", "")
    if list(fields)[-1:] != ["63"] or not CHECKSUM.fullmatch(said):
        return [
            Text(
                f"campo 63: o código tem de terminar na soma de verificação, 4 algarismos "
                f"hexadecimais; há {said!r}",
                f"field 63: the code must end in its checksum, 4 hexadecimal digits; got {said!r}",
            )
        ]
    computed = crc16(code[:-4])
    if said == computed:
        return []
    return [
        Text(
            f"campo 63: a soma de verificação é {said}, devia ser {computed}; algo foi alterado",
            f"field 63: the checksum is {said}, expected {computed}; something was changed",
        )
    ]


def _check_constants(fields: Mapping[str, str]) -> list[Text]:
    wanted = (
        ("00", "formato", "format", "01"),
        ("53", "moeda", "currency", "986"),
        ("58", "país", "country", "BR"),
    )
    return [
        _wrong(key, pt, en, fields.get(key, ""), repr(value))
        for key, pt, en, value in wanted
        if fields.get(key) != value
    ]


def _account(fields: Mapping[str, str]) -> tuple[dict[str, str], list[Text]]:
    """Find the first account that is Pix's; the GUI may be in capitals."""
    broken: list[Text] = []
    for key in ACCOUNT_IDS:
        account, problems = _split(fields.get(key, ""))
        broken += problems
        if account.get("00", "").lower() == GUI:
            return account, problems
    return {}, [*broken, _wrong("26", "conta", "account", fields.get("26", ""), GUI)]


def _check_words(en: str, pt: str, value: str, size_max: int) -> list[Text]:
    plain = plain_text(value)
    if not plain:
        return [Text(f"{pt}: falta", f"{en}: is missing")]
    found = _check_letters(en, pt, plain)
    if len(plain) > size_max:
        found.append(
            Text(
                f"{pt}: {plain!r} tem {len(plain)} caracteres, o limite é {size_max}; abrevie",
                f"{en}: {plain!r} has {len(plain)} characters, limit {size_max}; shorten it",
            )
        )
    return found


def _check_letters(en: str, pt: str, plain: str) -> list[Text]:
    others = sorted({each for each in plain if not " " <= each <= "~"})
    if not others:
        return []
    listed = " ".join(map(repr, others))
    return [
        Text(
            f"{pt}: {listed} não tem letra simples; o código só leva ASCII",
            f"{en}: {listed} has no plain letter; the code holds ASCII only",
        )
    ]


def _check_location(request: PixRequest) -> list[Text]:
    url = _without_scheme(request.url)
    if bool(request.key) == bool(url):
        return [
            Text(
                "destino: dê uma chave (código estático) ou um endereço (dinâmico), um dos dois",
                "destination: give a key (static code) or an address (dynamic), one of them",
            )
        ]
    if url:
        return _check_url(url, request.description)
    found = []
    if not KEYS.fullmatch(request.key) or len(request.key) > LOCATION_SIZE_MAX:
        found.append(
            Text(
                f"chave: {request.key!r} não é CPF, CNPJ, telefone (+55…), e-mail nem chave "
                f"aleatória de até {LOCATION_SIZE_MAX} caracteres",
                f"key: {request.key!r} is no CPF, CNPJ, telephone (+55…), e-mail or random key "
                f"of at most {LOCATION_SIZE_MAX} characters",
            )
        )
    return found + _check_description(request)


def _check_description(request: PixRequest) -> list[Text]:
    plain = plain_text(request.description)
    found = _check_letters("description", "descrição", plain)
    heads = len(_written({"00": GUI, "01": request.key})) + 4
    if plain and heads + len(plain) > VALUE_SIZE_MAX:
        room = max(0, VALUE_SIZE_MAX - heads)
        found.append(
            Text(
                f"descrição: {len(plain)} caracteres, ao lado desta chave cabem {room}",
                f"description: {len(plain)} characters, beside this key there is room for {room}",
            )
        )
    return found


def _check_url(url: str, description: str) -> list[Text]:
    found = []
    if not URL.fullmatch(url) or len(url) > LOCATION_SIZE_MAX:
        found.append(
            Text(
                f"endereço: {url!r} tem de ser servidor/caminho, de até {LOCATION_SIZE_MAX} "
                "caracteres",
                f"address: {url!r} must be host/path, of at most {LOCATION_SIZE_MAX} characters",
            )
        )
    if description:
        found.append(
            Text(
                "descrição: só o código estático leva uma; a do dinâmico está no endereço",
                "description: only a static code holds one; a dynamic one has it at its address",
            )
        )
    return found


def _check_amount(amount: Decimal | None) -> list[Text]:
    if amount is None:
        return []
    is_money = amount.is_finite() and 0 < amount <= AMOUNT_MAX
    if is_money and amount == amount.quantize(Decimal("0.01")):
        return []
    return [
        Text(
            f"valor: {amount} tem de ser de 0.01 a {AMOUNT_MAX}, com duas casas [BRL]",
            f"amount: {amount} must be 0.01 to {AMOUNT_MAX}, of two decimals [BRL]",
        )
    ]


def _without_scheme(url: str) -> str:
    return url.removeprefix("https://")


def _refuse(subject: str, problems: tuple[Text, ...]) -> None:
    raise BillingError(
        f"{subject}: " + "; ".join(each.en for each in problems),
        f"{subject}: " + "; ".join(each.pt for each in problems),
    )
