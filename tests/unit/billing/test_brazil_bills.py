"""Bills of Brazil, seen or derived, done again from their inputs.

CPFL rounds each line and agrees to the cent. CEMIG truncates components before it adds them, so
its lines are up to 3 cents lower than the formula that it prints.
"""

import json
from datetime import date
from decimal import Decimal

import pytest

from harness.brazil import amounts, bill_of, row, tariffs
from quilowatt.billing import Credit, Item, Text, UsagePoint, load_tariff

CENT = Decimal("0.01")
BY_LINE = Decimal("0.03")
PIS_COFINS = ["pis", "cofins"]


def item(code, amount):
    return Item(code, Text(code, code), Decimal(amount))


def document(charges, taxes, **changes):
    """A tariff in the words of a bill, for what ANEEL's file can't say."""
    names = {"energia", "retirada", "scee", "compensada", "adicional", "te", "tusd", "flag", "icms",
             *PIS_COFINS}  # fmt: skip
    return {
        "format": 2, "code": "br/bill", "currency": "BRL", "name": {"pt": "a", "en": "a"},
        "rounding": {"rule": "half_even", "places": 2},
        "names": {name: {"pt": name, "en": name} for name in names},
        "version": [{"from": "2017-01-01", "act": "act", "source": "bill", "charges": charges}],
        "taxes": [{"from": "2017-01-01", "source": "bill", **taxes}],
    } | changes  # fmt: skip


def inside(icms, p):
    return {
        "inside": [["icms"], PIS_COFINS],
        "rates": {"icms": icms, "pis": p, "cofins": 0},
    }


def net(price, scee, credit, **more):
    """CEMIG: what is compensated is billed at a price of its own without ICMS, and given back."""
    return {
        "code": "scee", "kind": "net_metering", "keep_kwh": 50, "keep_value_per_kwh": price,
        "whole_kwh": True, **more,
        "credits": [
            {"code": "retirada", "rate_per_kwh": price, "part": "within"},
            {"code": "scee", "rate_per_kwh": f"-{scee}", "taxes": PIS_COFINS, "part": "within"},
            {"code": "compensada", "rate_per_kwh": credit, "taxes": [], "part": "within"},
            {"code": "adicional", "rate_per_kwh": price, "taxes": [], "part": "beyond"},
        ],
    }  # fmt: skip


def test_cpfl_paulista_october_2023_with_gd_1():
    """2000 kWh, 1950 compensated; São Paulo keeps the ICMS of the compensated TUSD."""
    tariff = tariffs(
        [row(("2023-04-08", "2024-04-07"), "371,62", "318,84")],
        icms="0.18", pis="0.0079", cofins="0.0365", compensated={"tusd": ("pis", "cofins")},
    )["br/b1/cemig-d.toml"]  # fmt: skip
    point = UsagePoint({"phases": "2", "scee": "gd1"}, items=(item("cip", "8.63"),))
    bill = bill_of(tariff, ("2023-09-15", "2023-10-15"), 2000, point, export_kwh=1950)
    found = {code: Decimal(amount) for code, amount in amounts(bill).items()}
    printed = {
        "tusd": "948.50", "te": "813.79", "compensada_tusd": "-758.33", "compensada_te": "-793.45",
    }  # fmt: skip
    for code, amount in printed.items():
        assert abs(found[code] - Decimal(amount)) <= CENT
    assert abs(bill.total - Decimal("219.14")) <= CENT
    taxes = {tax.code: tax.amount for tax in bill.taxes}
    assert taxes == {"icms": Decimal("174.39"), "pis": Decimal("0.28"), "cofins": Decimal("1.32")}


def test_cpfl_paulista_october_2023_without_the_sun():
    tariff = tariffs(
        [row(("2023-04-08", "2024-04-07"), "371,62", "318,84")],
        icms="0.18", pis="0.0079", cofins="0.0365",
    )["br/b1/cemig-d.toml"]  # fmt: skip
    bill = bill_of(tariff, ("2023-09-15", "2023-10-15"), 2000)
    assert amounts(bill) == {"te": "813.79", "tusd": "948.50"}
    assert bill.total == Decimal("1762.29")


def test_cemig_october_2023_of_33_days():
    rows = [row(("2023-05-28", "2024-05-27"), "500,00", "249,06")]
    tariff = tariffs(rows, icms="0.18", pis="0.041")["br/b1/cemig-d.toml"]
    point = UsagePoint({"phases": "1"}, items=(item("cip", "61.79"),))
    bill = bill_of(tariff, ("2023-09-11", "2023-10-14"), 374, point)
    energy = [line for line in bill.lines if line.code in {"te", "tusd"}]
    assert abs(sum(line.rate for line in energy) - Decimal("0.95254203")) <= Decimal("0.00000001")
    assert abs(bill.total - Decimal("418.02")) <= BY_LINE
    assert bill.deferred_wh == 0


def test_cemig_july_2023_with_gd_2():
    """199 kWh, 156 compensated: 149 at the price of the SCEE, 7 more against what it costs."""
    charges = [
        {"code": "energia", "kind": "energy", "rate_per_kwh": "0.74906"},
        net("0.74906", "0.48733", "0.45127722"),
    ]
    tariff = load_tariff(json.dumps(document(charges, inside("0.18", "0.048"))), "cemig")
    others = item("bonus", "-9.79"), item("doacao", "10.00"), item("cip", "24.71")
    point = UsagePoint(credits=(Credit(date(2023, 6, 15), 390_630),), items=others)
    bill = bill_of(tariff, ("2023-06-15", "2023-07-16"), 199, point)
    found = {code: Decimal(amount) for code, amount in amounts(bill).items()}
    assert abs(found["energia"] + found["retirada"] - Decimal("47.96")) <= BY_LINE
    assert abs(found["scee"] - Decimal("76.26")) <= BY_LINE
    assert (found["compensada"], found["adicional"]) == (Decimal("-67.24"), Decimal("-5.24"))
    assert abs(bill.total - Decimal("76.66")) <= BY_LINE
    assert [credit.energy_wh for credit in bill.credits] == [234_630]


def test_cemig_june_2023_with_gd_1_and_a_new_tariff():
    """1057 kWh, 1007 compensated; 24 days of one tariff and 7 of the next."""
    before = [
        {"code": "energia", "kind": "energy", "rate_per_kwh": "0.65313"},
        net("0.65313", "0.65313", "0.65313"),
    ]
    after = [
        {"code": "energia", "kind": "energy", "rate_per_kwh": "0.74906"},
        net("0.74906", "0.48733", "0.48733"),
    ]
    versions = [
        {"from": "2022-06-22", "until": "2023-05-27", "charges": before},
        {"from": "2023-05-28", "charges": after},
    ]
    text = document([], inside("0.18", "0.0499"), change="days", version=[
        version | {"act": "act", "source": "bill"} for version in versions
    ])  # fmt: skip
    tariff = load_tariff(json.dumps(text), "cemig")
    point = UsagePoint(
        credits=(Credit(date(2023, 5, 1), 2_000_000),), items=(item("cip", "49.43"),)
    )
    bill = bill_of(tariff, ("2023-05-04", "2023-06-04"), 1057, point)
    sums = {}
    for line in bill.lines:
        sums[line.code] = sums.get(line.code, 0) + line.amount
    assert abs(sums["energia"] + sums["retirada"] - Decimal("43.28")) <= BY_LINE
    assert abs(sums["scee"] - Decimal("652.55")) <= BY_LINE
    assert abs(sums["compensada"] - Decimal("-620.00")) <= BY_LINE
    assert abs(bill.total - Decimal("125.26")) <= 2 * BY_LINE  # two lines of it bear taxes
    assert [credit.energy_wh for credit in bill.credits] == [2_000_000 - 1_007_000]


def test_cpfl_piratininga_2017_by_the_old_formula():
    """All three taxes on one base; the parts are a cent more than the printed whole."""
    charges = [
        {"code": "tusd", "kind": "energy", "rate_per_kwh": "0.22465"},
        {"code": "te", "kind": "energy", "rate_per_kwh": "0.28616"},
        {"code": "flag", "kind": "fixed", "per": "month", "rate": 18},
    ]
    taxes = {
        "inside": [["icms", *PIS_COFINS]],
        "rates": {"icms": "0.25", "pis": "0.0103", "cofins": "0.0475"},
    }
    bill = bill_of(load_tariff(json.dumps(document(charges, taxes)), "o7"),
                   ("2017-07-01", "2017-07-31"), 400)  # fmt: skip
    assert abs(bill.total - Decimal("321.18")) <= CENT
    printed = {"icms": "80.30", "pis": "3.31", "cofins": "15.26"}
    for tax in bill.taxes:
        assert abs(tax.amount - Decimal(printed[tax.code])) <= CENT
    assert bill.net + sum(tax.amount for tax in bill.taxes) == bill.total


@pytest.mark.parametrize(
    ("layers", "te", "tusd", "both"),
    [
        ([["icms"], PIS_COFINS], "0.447363", "0.575181", "1.022545"),
        ([["icms", *PIS_COFINS]], "0.452138", "0.581320", "1.033458"),
    ],
)
def test_the_new_formula_and_the_old_one(layers, te, tusd, both):
    charges = [
        {"code": "te", "kind": "energy", "rate_per_kwh": "0.35"},
        {"code": "tusd", "kind": "energy", "rate_per_kwh": "0.45"},
        {"code": "energia", "kind": "energy", "rate_per_kwh": "0.80"},
    ]
    taxes = {"inside": layers, "rates": {"icms": "0.18", "pis": "0.0082", "cofins": "0.0377"}}
    bill = bill_of(load_tariff(json.dumps(document(charges, taxes)), "o10"),
                   ("2023-07-01", "2023-07-31"), 100)  # fmt: skip
    rates = [str(round(line.rate, 6)) for line in bill.lines]
    assert rates == [te, tusd, both]


def test_coelba_september_2026_all_yellow():
    """Derived, not seen: taxes of 20.5 % and 5 % are a hypothesis."""
    rows = [row(("2026-04-22", "2027-04-21"), "620,08", "257,65")]
    tariff = tariffs(rows, icms="0.205", pis="0.0089", cofins="0.0411")["br/b1/cemig-d.toml"]
    bill = bill_of(tariff, ("2026-09-01", "2026-10-01"), 150)
    assert amounts(bill) == {"te": "51.17", "tusd": "123.15", "bandeira.amarela": "3.74"}
    assert bill.total == Decimal("178.06")
    assert round(bill.total_unrounded, 2) == Decimal("178.07")
