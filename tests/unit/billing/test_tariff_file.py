import json
import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from quilowatt.billing import TariffBook, load_tariff
from quilowatt.errors import BillingError, TariffError
from quilowatt.jobs.tariff_files import read_tariff

TARIFFS = Path(__file__).parents[3] / "tariffs"
SCHEMA = json.loads((TARIFFS / "schema" / "tariff-1.schema.json").read_text())
SCHEMA_2 = json.loads((TARIFFS / "schema" / "tariff-2.schema.json").read_text())
FILES = sorted(path for path in TARIFFS.rglob("*.toml") if path.parent.name != "shared")

SMALL = """\
format = 1
code = "xx/flat"
currency = "EUR"
name = { pt = "Plana", en = "Flat" }
rounding = { rule = "half_up", places = 2 }

[names]
energy = { pt = "Energia", en = "Energy" }
vat = { pt = "IVA", en = "VAT" }

[[version]]
from = 2026-01-01
act = "Price list 7"
source = "https://example.org/prices"
charges = [{ code = "energy", kind = "energy", rate_per_kwh = 0.30 }]

[[taxes]]
from = 2026-01-01
inside = [["vat"]]
rates = { vat = 0.2 }
source = "law"
"""


def as_json(text):
    return json.loads(json.dumps(tomllib.loads(text), default=str))


def problems_of(text):
    with pytest.raises(TariffError) as caught:
        load_tariff(text, "a.toml")
    return caught.value.problems


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_file_of_the_project_is_sound(path):
    tariff = read_tariff(path)
    assert tariff.code == str(path.relative_to(TARIFFS).with_suffix(""))
    assert all(version.act and version.source for version in tariff.versions)
    document = as_json(path.read_text())
    schema = SCHEMA if document["format"] == 1 else SCHEMA_2
    pytest.importorskip("jsonschema_rs").validator_for(schema).validate(document)


def test_coelba_has_the_homologated_rates():
    tariff = load_tariff((TARIFFS / "br" / "coelba-b1.toml").read_text(), "coelba-b1.toml")
    rates = [
        (str(v.first_day), str(v.last_day), *(str(charge.rate) for charge in v.charges))
        for v in tariff.versions
    ]
    assert rates == [
        ("2023-04-22", "2024-04-21", "0.27538", "0.53214"),
        ("2024-04-22", "2025-04-21", "0.29313", "0.52757"),
        ("2025-04-22", "2026-04-21", "0.27724", "0.56048"),
        ("2026-04-22", "2027-04-21", "0.25765", "0.62008"),
    ]
    for day in (date(2023, 4, 22), date(2026, 11, 23)):
        note = tariff.terms(day).taxes.note
        assert "a confirmar" in note.spoken("pt")
        assert "to be confirmed" in note.spoken("en")


def test_json_says_the_same_as_toml():
    tariff = load_tariff(SMALL, "a.toml")
    assert load_tariff(json.dumps(as_json(SMALL)), "a.json") == tariff
    assert tariff.versions[0].charges[0].rate == Decimal("0.30")


def test_a_rate_may_be_text():
    tariff = load_tariff(SMALL.replace("0.30 }", '"0.30" }'), "a.toml")
    assert tariff.versions[0].charges[0].rate == Decimal("0.30")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("format = 1", "format = 3", "line 1, format: is 3, must be a whole number from 1 to 2"),
        ('"xx/flat"', '"Flat"', "line 2, code: is 'Flat', must be written like 'br/coelba-b1'"),
        ('"EUR"', '"euro"', "line 3, currency: is 'euro', must be written like 'BRL'"),
        ('pt = "Plana", ', "", "line 4, name.pt: is not there; must be text"),
        ("half_up", "up", 'rounding.rule: is "up", must be one of "half_even", "half_up"'),
        ("places = 2", "places = 2.5", "rounding.places: is 2.5, must be a whole number"),
        ("places = 2", "places = true", "rounding.places: is true, must be a whole number"),
        ("0.30", "-0.3000000000001", "number of at most 12 decimals"),
        ("0.30", "nan", "version[0].charges[0].rate_per_kwh: is NaN, must be a number"),
        ("0.30", "1e6", "is 1E+6, must be a number of at most 12 decimals"),
        ("0.30", "true", "rate_per_kwh: is true"),
        ("rate_per_kwh", "rate_per_kw", "unknown key; is 'rate_per_kwh' meant?"),
        ("from = 2026-01-01\nact", "from = 2026\nact", "line 12, version[0].from: is 2026"),
        ("act =", "until = 2025-12-31\nact =", "until: is 2025-12-31, before the first day"),
        ('act = "Price list 7"', "", "line 11, version[0].act: is not there; must be text"),
        ('code = "energy"', 'code = "power"', "code 'power' has no entry in names"),
        ("vat = 0.2", "vat = 1", "taxes[0].rates.vat: is 1, must be a number"),
        ("vat = 0.2", "vat = 0.2, duty = 0.1", "line 19, taxes[0].inside: names ['vat'], but"),
        ("[[taxes]]\nfrom = 2026-01-01", "[[taxes]]\nfrom = 2026-02-01", "none is in force on"),
        ("0.30 }", '0.30, taxes = ["duty"] }', "names tax 'duty', which no table of taxes has"),
        ('inside = [["vat"]]', "inside = []", "taxes[0].inside: is [], must be lists of texts"),
        ("format = 1", "format = ", "cannot be read as TOML"),
        ("[names]\nenergy", "[names]\nEnergy", "a code is written in lower case"),
    ],
)
def test_a_problem_is_named_with_its_place(old, new, problem):
    assert old in SMALL
    found = problems_of(SMALL.replace(old, new, 1))
    assert any(problem in line for line in found), found


def test_versions_that_overlap_are_a_problem():
    later = SMALL[SMALL.index("[[version]]") : SMALL.index("[[taxes]]")].replace("01-01", "02-01")
    (problem,) = problems_of(SMALL + "\n" + later)
    assert "until open overlaps the one from 2026-02-01" in problem


def test_all_problems_come_at_once():
    text = SMALL.replace("EUR", "euro").replace("half_up", "up").replace("0.30", '"much"')
    assert len(problems_of(text)) == 3


@pytest.mark.parametrize("text", ["", "{}", "[", "{", "version = 3", '{"version": [{}]}', "\x00"])
def test_anything_else_is_refused_with_reasons(text):
    assert problems_of(text)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("format = 1", "format = 2"),
        ('"xx/flat"', '"Flat"'),
        ('"EUR"', '"euro"'),
        ("half_up", "up"),
        ("0.30", "1000000"),
        ("rate_per_kwh", "rate_per_kw"),
        ('act = "Price list 7"', ""),
        ("vat = 0.2", "vat = 1"),
        ('inside = [["vat"]]', "inside = []"),
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(old, new):
    validator = pytest.importorskip("jsonschema_rs").validator_for(SCHEMA)
    assert validator.is_valid(as_json(SMALL))
    assert not validator.is_valid(as_json(SMALL.replace(old, new, 1)))


def test_a_book_finds_by_code():
    book = TariffBook.load([("a.toml", SMALL)])
    assert book.codes() == ("xx/flat",)
    assert book.find("xx/flat").name.en == "Flat"
    with pytest.raises(BillingError, match="no tariff 'xx/other'; there are xx/flat"):
        book.find("xx/other")
    with pytest.raises(TariffError, match="is taken by another document"):
        TariffBook.load([("a.toml", SMALL), ("b.toml", SMALL)])
