"""One document serves `rate` and a server; what it leaves out is not said."""

import pytest

from quilowatt.errors import SettingsError, TariffError
from quilowatt.jobs.point_import import place_document

HOME = """
tariff = "br/b1/coelba"
class = "residential"
timezone = "America/Bahia"
billing_day = "last"
contracted_kw = 4.50
attributes = { scee = "gd1" }
carried_kwh = 1.5
past_demand_kw = { demand = [3.5, 3] }
[[credits]]
born = 2026-09-01
kwh = 500.25
period = "peak"
"""


def test_all_of_a_document_is_said():
    document = place_document(HOME, "home.toml")
    assert document.timezone == "America/Bahia"
    assert document.body == {
        "tariff": "br/b1/coelba",
        "attributes": {"class": "residential", "scee": "gd1"},
        "billing_day": 31,
        "contracted_kw": "4.5",
        "balance": {
            "credits": [{"born": "2026-09-01", "kwh": "500.25", "period": "peak"}],
            "carried_kwh": "1.5",
            "past_demand_kw": {"demand": ["3.5", "3"]},
        },
    }


def test_what_is_left_out_is_not_said():
    assert place_document('class = "social"', "x").body == {"attributes": {"class": "social"}}
    assert place_document("", "x").body == {}


def test_amounts_of_one_bill_are_no_terms():
    items = '[[items]]\ncode = "fine"\nname = { pt = "Multa", en = "Fine" }\namount = 2'
    with pytest.raises(SettingsError, match="items are amounts of one bill"):
        place_document(items, "x")


def test_a_broken_document_says_all_that_is_wrong():
    with pytest.raises(TariffError, match=r"(?s)billing_day.*contracted_kw"):
        place_document('billing_day = 32\ncontracted_kw = "much"', "x")
