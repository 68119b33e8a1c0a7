"""Pix codes: the published ones, and what is said about wrong ones."""

from decimal import Decimal

import pytest

from quilowatt.billing.brazil.pix import PixRequest, br_code, crc16, read_br_code, txid
from quilowatt.errors import BillingError

RANDOM = "123e4567-e12b-12d1-a456-426655440000"

MANUAL = (
    "00020126580014br.gov.bcb.pix0136123e4567-e12b-12d1-a456-426655440000"
    "5204000053039865802BR5913Fulano de Tal6008BRASILIA62070503***63041D3D"
)
"""Static example of the Banco Central's manual."""

WITH_AMOUNT = (
    "00020126720014br.gov.bcb.pix0122vpaivatorres@gmail.com0224Biblioteca python-brcode"
    "520400005303986540510.005802BR5913Victor Torres6005Natal62070503***6304C1FA"
)
"""From the page of the package python-brcode."""

CAPITALS = (
    "00020126330014BR.GOV.BCB.PIX0111123456789005204000053039865405"
    "12.345802BR5924Hypothetical Receiv Name6013CITY RECEIVER62070503***6304EA64"
)
"""From the page of the package pypix-static."""

DYNAMIC = (
    "00020101021226700014br.gov.bcb.pix2548pix.example.com/8b3da2f39a4140d1a91abd93113bd441"
    "5204000053039865802BR5913Fulano de Tal6008BRASILIA62070503***630464E4"
)
"""Dynamic example of the manual; its checksum is consistent."""

PUBLISHED = {
    MANUAL: PixRequest("Fulano de Tal", "BRASILIA", RANDOM),
    WITH_AMOUNT: PixRequest(
        "Victor Torres",
        "Natal",
        "vpaivatorres@gmail.com",
        amount=Decimal("10.00"),
        description="Biblioteca python-brcode",
    ),
    CAPITALS: PixRequest(
        "Hypothetical Receiv Name", "CITY RECEIVER", "12345678900", amount=Decimal("12.34")
    ),
    DYNAMIC: PixRequest(
        "Fulano de Tal",
        "BRASILIA",
        url="pix.example.com/8b3da2f39a4140d1a91abd93113bd441",
        is_one_shot=True,
    ),
}

ALTERED = MANUAL.replace("53039865802", "530398654" + "0515.005802")
"""An amount put into the manual's code, the checksum left as it was."""


def problems(code):
    request, found = read_br_code(code)
    assert request is None
    return [each.en for each in found]


def test_checksum_of_the_catalogue_s_example():
    assert crc16("123456789") == "29B1"


@pytest.mark.parametrize("code", PUBLISHED)
def test_published_codes_are_read(code):
    assert read_br_code(f" {code}\n") == (PUBLISHED[code], ())


@pytest.mark.parametrize("code", [MANUAL, WITH_AMOUNT, DYNAMIC])
def test_published_codes_are_written(code):
    assert br_code(PUBLISHED[code]) == code


def test_an_amount_put_in_afterwards_is_found():
    (found,) = problems(ALTERED)
    assert found == "field 63: the checksum is 1D3D, expected E536; something was changed"
    assert read_br_code(ALTERED[:-4] + "E536")[0].amount == Decimal("15.00")


def test_accents_are_taken_off():
    code = br_code(PixRequest("Condomínio São João", "Feira de Sant'A", RANDOM))
    assert "5919Condominio Sao Joao6015Feira de Sant'A" in code


def test_all_that_keeps_a_code_from_being_written_is_said_in_both_languages():
    request = PixRequest(
        "Associação dos Moradores da Serra 😀", "", "not a key", amount=Decimal("1.005"), txid="a-b"
    )
    with pytest.raises(BillingError) as caught:
        br_code(request)
    for words in (
        "'😀' has no plain letter",
        "has 35 characters, limit 25; shorten it",
        "city: is missing",
        "key: 'not a key' is no CPF",
        "amount: 1.005 must be 0.01 to",
        "txid: 'a-b' must be 1 to 25",
    ):
        assert words in caught.value.en
    assert "cidade: falta" in caught.value.pt
    assert "abrevie" in caught.value.pt


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"key": "", "url": ""}, "give a key (static code) or an address"),
        ({"url": "pix.example.com/1"}, "one of them"),
        ({"key": "", "url": "http://pix.example.com/1"}, "must be host/path"),
        ({"key": "", "url": "localhost/1"}, "must be host/path"),
        ({"key": "", "url": "pix.example.com/" + "1" * 62}, "at most 77 characters"),
        ({"key": "", "url": "a.br/1", "description": "x"}, "only a static code"),
        ({"key": "a@" + "b" * 73 + ".br"}, "at most 77 characters"),
        ({"key": "joão@example.com"}, "is no CPF"),
        ({"description": "x" * 38}, "38 characters, beside this key there is room for 37"),
        ({"amount": Decimal(0)}, "must be 0.01"),
        ({"amount": Decimal(10000000000)}, "to 9999999999.99"),
        ({"amount": Decimal("NaN")}, "NaN"),
        ({"txid": "x" * 26}, "1 to 25"),
        ({"name": "a\nb"}, r"'\n' has no plain letter"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_limit(change, words):
    fields = {"name": "Ana", "city": "Recife", "key": RANDOM} | change
    with pytest.raises(BillingError) as caught:
        br_code(PixRequest(**fields))
    assert words in caught.value.en


def test_what_just_fits_is_written_and_read():
    for request in (
        PixRequest("Ana", "Recife", RANDOM, description="x" * 37),
        PixRequest("Ana", "Recife", "a@" + "b" * 72 + ".br"),
        PixRequest("x" * 25, "y" * 15, RANDOM, txid="z" * 25, amount=Decimal("9999999999.99")),
        PixRequest("Ana", "Recife", url="pix.example.com/" + "1" * 61),
    ):
        assert read_br_code(br_code(request)) == (request, ())


def sealed(body):
    return body + "6304" + crc16(body + "6304")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("", ["must end in its checksum", "format", "currency", "country", "account"]),
        (MANUAL[:60], ["field 26: 50 characters, 58 announced"]),
        (MANUAL[:-8], ["field 63: the code must end in its checksum"]),
        ("hello", ["character 1: 'hell' where a field begins"]),
        ("٠٠٠٢٠١", ["character 1"]),
        (MANUAL + "000201", ["field 00: appears twice"]),
        (MANUAL[:-4] + "1d3d", ["4 hexadecimal digits; got '1d3d'"]),
        (sealed(MANUAL[:-8].replace("3986", "3840")), ["field 53, currency: '840'"]),
        (sealed(MANUAL[:-8].replace("02BR", "02PT")), ["field 58, country: 'PT'"]),
        (sealed(MANUAL[:-8].replace("bcb.pix", "abc.xyz")), ["field 26, account"]),
        (sealed(MANUAL[:-8].replace("0503***", "0503a b")), ["txid: 'a b'"]),
        (sealed(WITH_AMOUNT[:-8].replace("10.00", "10,00")), ["field 54, amount: '10,00'"]),
    ],
)
def test_what_is_wrong_with_a_code_is_named(code, words):
    found = problems(code)
    assert len(found) >= len(words)
    for each in words:
        assert any(each in problem for problem in found), found


def test_an_account_of_another_system_may_stand_before_pix_s():
    other = "26120008com.bank"
    code = sealed(MANUAL[:-8].replace("2658", other + "2758"))
    assert read_br_code(code) == (PUBLISHED[MANUAL], ())


@pytest.mark.parametrize("number", ["", "fatura nº 1", "2026/" + "1" * 22])
def test_numbers_that_make_no_txid_are_refused(number):
    with pytest.raises(BillingError, match="1 to 25 letters and digits"):
        txid(number)


def test_a_txid_leaves_separators_out():
    assert txid("A-2026/000.123") == "A2026000123"
