"""Bills that a person can redo; the worked ones come from real invoices."""

import ast
from datetime import date
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from quilowatt.billing import bill, load_tariff
from quilowatt.billing.brazil.taxes import (
    ICMS_INSIDE_PIS_COFINS_BASE,
    ICMS_OUTSIDE_PIS_COFINS_BASE,
)
from quilowatt.core.calendar import date_start_s, month_bounds_s
from quilowatt.errors import BillingError

ROOT = Path(__file__).parents[3]
BAHIA = ZoneInfo("America/Bahia")
COELBA = load_tariff((ROOT / "tariffs/br/coelba-b1.toml").read_text(), "coelba-b1.toml")
NEW, OLD = ICMS_OUTSIDE_PIS_COFINS_BASE, ICMS_INSIDE_PIS_COFINS_BASE


def flat_tariff(charges, rates, inside=NEW, rule="half_up"):
    """A tariff without dates that matter: charges and taxes by code."""
    codes = [*charges, *rates]
    rows = ", ".join(
        f'{{ code = "{code}", kind = "energy", rate_per_kwh = {rate} }}'
        for code, rate in charges.items()
    )
    layers = [[code for code in layer if code in rates] for layer in inside]
    taxes = f"""
[[taxes]]
from = 2000-01-01
inside = {[layer for layer in layers if layer]}
rates = {{ {", ".join(f"{code} = {rate}" for code, rate in rates.items())} }}
source = "the bill"
"""
    return load_tariff(
        f"""
format = 1
code = "xx/test"
currency = "BRL"
name = {{ pt = "Teste", en = "Test" }}
rounding = {{ rule = "{rule}", places = 2 }}
[names]
{chr(10).join(f'{code} = {{ pt = "{code}", en = "{code}" }}' for code in codes)}
[[version]]
from = 2000-01-01
act = "act"
source = "the bill"
charges = [{rows}]
{taxes if rates else ""}""",
        "test",
    )


def bill_of(tariff, kwh, month="2023-10"):
    return bill(tariff, month_bounds_s(month, BAHIA), [round(kwh * 1000)], BAHIA)


def amounts(document):
    return {line.code: str(line.amount) for line in document.lines}


def contained(taxes):
    return {tax.code: str(tax.amount) for tax in taxes}


def test_cpfl_paulista_october_2023():
    """2000 kWh before its solar credits: to the cent, taxes per line too."""
    tariff = flat_tariff(
        {"tusd": "0.37162", "te": "0.31884"},
        {"icms": "0.18", "pis": "0.0079", "cofins": "0.0365"},
    )
    document = bill_of(tariff, 2000)
    assert amounts(document) == {"tusd": "948.50", "te": "813.79"}
    assert str(document.total) == "1762.29"
    tusd, te = document.lines
    assert contained(tusd.taxes) == {"icms": "170.73", "pis": "6.14", "cofins": "28.39"}
    assert contained(te.taxes) == {"icms": "146.48", "pis": "5.27", "cofins": "24.36"}
    assert [str(tax.base) for tax in tusd.taxes] == ["948.50", "777.77", "777.77"]
    assert contained(document.taxes) == {"icms": "317.21", "pis": "11.41", "cofins": "52.75"}


def test_cemig_october_2023():
    """374 kWh: unit price to 8 decimals; the line within 0.03, as this distributor truncates."""
    (line,) = bill_of(
        flat_tariff({"energy": "0.74906"}, {"icms": "0.18", "pis": "0.041"}), 374
    ).lines
    assert line.rate == Decimal("0.95254203")
    assert line.amount == Decimal("356.25")
    assert abs(line.amount - Decimal("356.23")) <= Decimal("0.03")


@pytest.mark.parametrize(
    ("pis_cofins", "kwh", "rate"),
    [("0.048", 50, "0.95954601"), ("0.0499", 50, "0.86613683")],
)
def test_cemig_unit_prices_of_other_months(pis_cofins, kwh, rate):
    before_tax = {"0.048": "0.74906", "0.0499": "0.67479161"}[pis_cofins]
    (line,) = bill_of(
        flat_tariff({"energy": before_tax}, {"icms": "0.18", "pis": pis_cofins}), kwh
    ).lines
    assert abs(line.rate - Decimal(rate)) <= Decimal("0.00000001")


def test_cpfl_piratininga_2017_by_the_old_formula():
    """400 kWh, flag of 18.00 before tax; parts of the real bill add to one cent more."""
    tariff = flat_tariff(
        {"tusd": "0.22465", "te": "0.28616", "flag": "0.045"},
        {"icms": "0.25", "pis": "0.0103", "cofins": "0.0475"},
        OLD,
    )
    document = bill_of(tariff, 400, "2017-08")
    tolerance = Decimal("0.03")
    assert abs(document.total - Decimal("321.18")) <= Decimal("0.01")
    for code, amount in {"icms": "80.30", "pis": "3.31", "cofins": "15.26"}.items():
        (tax,) = [tax for tax in document.taxes if tax.code == code]
        assert abs(tax.amount - Decimal(amount)) <= tolerance
    assert document.net == document.total - sum(tax.amount for tax in document.taxes)


@pytest.mark.parametrize(
    ("inside", "rates"),
    [(NEW, ["0.447363", "0.575181"]), (OLD, ["0.452138", "0.581320"])],
)
def test_new_and_old_formula(inside, rates):
    tariff = flat_tariff(
        {"te": "0.35", "tusd": "0.45"},
        {"icms": "0.18", "pis": "0.0082", "cofins": "0.0377"},
        inside,
    )
    found = [line.rate for line in bill_of(tariff, 1).lines]
    for rate, expected in zip(found, rates, strict=True):
        assert abs(rate - Decimal(expected)) <= Decimal("0.0000005")


def test_coelba_september_2026_with_a_yellow_flag():
    """150 kWh: the sum of the rounded lines is a cent below the rounded sum."""
    tariff = flat_tariff(
        {"te": "0.25765", "tusd": "0.62008", "flag": "0.01885"},
        {"icms": "0.205", "pis": "0.0089", "cofins": "0.0411"},
        rule="half_even",
    )
    document = bill_of(tariff, 150, "2026-09")
    assert amounts(document) == {"te": "51.17", "tusd": "123.15", "flag": "3.74"}
    assert str(document.total) == "178.06"
    assert str(document.total_unrounded)[:7] == "178.069"
    own = bill_of(COELBA, 150, "2026-09")
    assert amounts(own) == {"te": "51.17", "tusd": "123.15"}
    assert (str(own.total), own.currency, own.energy_wh) == ("174.32", "BRL", 150_000)
    assert own.lines[0].formula == (
        "150 kWh × 0.25765 ÷ ((1 − 0.205) × (1 − 0.0089 − 0.0411)) = 51.17"
    )
    assert "ICMS of 20.5 %" in own.notes[0].en


def test_no_energy_is_a_bill_of_zero():
    document = bill_of(COELBA, 0, "2026-09")
    assert str(document.total) == "0.00"
    assert str(document.total_unrounded) == "0.000000"
    assert [str(line.amount) for line in document.lines] == ["0.00", "0.00"]


def test_a_charge_may_be_free_of_tax():
    text = (ROOT / "tariffs/br/coelba-b1.toml").read_text()
    free = text.replace("rate_per_kwh = 0.25765 }", "rate_per_kwh = 0.25765, taxes = [] }")
    te, tusd = bill_of(load_tariff(free, "free"), 100, "2026-09").lines
    assert (te.formula, te.taxes) == ("100 kWh × 0.25765 = 25.76", ())
    assert tusd.taxes


def test_a_change_inside_the_cycle_is_priced_by_consumption():
    start_s, end_s = month_bounds_s("2026-04", BAHIA)
    (cut_s,) = COELBA.cuts_s(start_s, end_s, BAHIA)
    assert cut_s == date_start_s(date(2026, 4, 22), BAHIA)
    document = bill(COELBA, (start_s, cut_s, end_s), [90_000, 10_000], BAHIA)
    assert [(line.code, str(line.quantity), line.act) for line in document.lines] == [
        ("te", "90.000", "REH ANEEL 3.443/2025"),
        ("tusd", "90.000", "REH ANEEL 3.443/2025"),
        ("te", "10.000", "REH ANEEL 3.578/2026"),
        ("tusd", "10.000", "REH ANEEL 3.578/2026"),
    ]
    assert document.total == sum(line.amount for line in document.lines)
    assert document.lines[1].end_s == document.lines[2].start_s == cut_s


def test_taxes_change_inside_the_cycle_too():
    start_s, end_s = month_bounds_s("2024-02", BAHIA)
    (cut_s,) = COELBA.cuts_s(start_s, end_s, BAHIA)
    document = bill(COELBA, (start_s, cut_s, end_s), [1000, 1000], BAHIA)
    assert {str(tax.rate) for tax in document.taxes if tax.code == "icms"} == {"0.19", "0.205"}
    assert len(document.notes) == 2


@pytest.mark.parametrize("month", ["2023-04", "2013-05", "2027-05"])
def test_a_month_that_the_tariff_does_not_cover_is_refused(month):
    start_s, end_s = month_bounds_s(month, BAHIA)
    edges_s = (start_s, *COELBA.cuts_s(start_s, end_s, BAHIA), end_s)
    with pytest.raises(BillingError, match="no version in force on"):
        bill(COELBA, edges_s, [0] * (len(edges_s) - 1), BAHIA)


def test_an_amount_beyond_all_money_is_refused():
    tariff = flat_tariff({"te": "999999"}, {"icms": "0.999999999999"})
    with pytest.raises(BillingError, match="costs more than"):
        bill_of(tariff, 2**53)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "src/quilowatt/billing").rglob("*.py")), ids=lambda path: path.stem
)
def test_there_is_no_float_in_billing(path):
    for node in ast.walk(ast.parse(path.read_text())):
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, float))
        assert not (isinstance(node, ast.Name) and node.id == "float")
