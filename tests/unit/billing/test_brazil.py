"""Group B of Brazil: real bills redone, and the rules of the least energy, social homes, SCEE."""

from datetime import date
from decimal import Decimal

import pytest

from harness.brazil import (
    CEMIG,
    FIO_B,
    HEADER,
    REH,
    ROOT,
    SHARED,
    ZONE,
    amounts,
    bill_of,
    facts,
    row,
    tariffs,
)
from quilowatt.billing import Credit, Usage, UsagePoint, load_tariff, rate
from quilowatt.billing.brazil.aneel import in_force, read_rates
from quilowatt.billing.brazil.group_b import GroupBOptions, documents
from quilowatt.core.calendar import date_start_s
from quilowatt.errors import BillingError, SettingsError

YEAR_2023 = ("2023-05-28", "2024-05-27")
SOCIAL = "Residencial Tarifa Social – faixa 01"
DESCONTO = "Residencial Desconto Social – faixa 01"
YEAR_2026 = [
    row(("2026-01-01", "2026-05-27"), "541,30", "317,28"),
    row(("2026-01-01", "2026-05-27"), "400,28", "278,87", subclass=SOCIAL),
    row(("2026-01-01", "2026-05-27"), "415,11", "293,02", subclass=DESCONTO),
]
MARCH = ("2026-03-01", "2026-04-01")


def test_cemig_july_2023_gd_2_compensates_156_kwh():
    """199 kWh, two phases: 149 + 7 kWh compensated, 50 kWh paid; flag green."""
    tariff = tariffs(
        [row(YEAR_2023, "500,00", "249,06")],
        icms="0.18", pis="0.048", components={CEMIG: [FIO_B]},
    )["br/b1/cemig-d.toml"]  # fmt: skip
    point = UsagePoint({"phases": "2", "scee": "gd2"}, credits=(Credit(date(2023, 6, 1), 390_630),))
    bill = bill_of(tariff, ("2023-06-15", "2023-07-16"), 199, point)
    compensated = {line.code: line.quantity for line in bill.lines if "compensada" in line.code}
    assert {int(quantity) for quantity in compensated.values()} == {156}
    (left,) = bill.credits
    assert left.energy_wh == 390_630 - round(compensated["compensada_te"] * 1000)
    paid = [line for line in bill.lines if line.code in {"te", "tusd"}]
    assert abs(sum(line.rate for line in paid) - Decimal("0.95954601")) < Decimal("0.0000001")


def test_cpfl_october_2023_gd_1_keeps_the_minimum():
    """2000 kWh, 1950 compensated; the taxed lines to the cent."""
    rows = [row(("2023-04-08", "2024-04-07"), "371,62", "318,84")]
    tariff = tariffs(rows, icms="0.18", pis="0.0079", cofins="0.0365")["br/b1/cemig-d.toml"]
    point = UsagePoint({"phases": "2", "scee": "gd1"})
    bill = bill_of(tariff, ("2023-09-15", "2023-10-15"), 2000, point, export_kwh=2500)
    lines = {line.code: line for line in bill.lines}
    assert (str(lines["tusd"].amount), str(lines["te"].amount)) == ("948.50", "813.79")
    assert {code: amount for code, amount in amounts(bill).items() if "compensada" in code} == {
        "compensada_te": "-793.45",
        "compensada_tusd": "-924.79",
    }
    assert lines["compensada_te"].quantity == 1950
    assert [credit.energy_wh for credit in bill.credits] == [550_000]


def test_cemig_june_2023_weighs_a_change_of_tariff_by_days():
    """50 kWh over 24 days at 0.65313 and 7 at 0.74906: 0.67479161 each, 43.28 after tax."""
    rows = [
        row(("2022-06-22", "2023-05-27"), "400,00", "253,13", act=REH.format("3.046", 2022)),
        row(YEAR_2023, "500,00", "249,06"),
    ]
    text = next(
        documents(
            read_rates([HEADER, *rows], "aneel.csv"),
            GroupBOptions({CEMIG: facts("0.18", "0.0499", "0")}),
        )
    ).text.replace('change = "consumption"', 'change = "days"')
    bill = bill_of(load_tariff(text, "cemig", SHARED), ("2023-05-04", "2023-06-04"), 50)
    before_tax = sum(line.rate_before_tax * line.quantity for line in bill.lines) / 50
    assert abs(before_tax - Decimal("0.67479161")) < Decimal("0.00000001")
    assert abs(bill.total - Decimal("43.28")) <= Decimal("0.03")


def test_copel_splits_a_flag_by_days():
    """213 kWh over 34 days, billed as they are, 27 of red level 1 and 7 of yellow: 169.15 kWh."""
    rows = [row(("2025-06-24", "2026-06-23"), "366,67", "275,75")]
    text = next(documents(read_rates([HEADER, *rows], "a"), GroupBOptions())).text
    text = text.replace('"consumption"', '"days"') + "\n[regime]\ncycle_days = { least = 27 }\n"
    tariff = load_tariff(text, "copel", SHARED)
    bill = bill_of(tariff, ("2025-11-04", "2025-12-08"), 213)
    flags = {line.code: line for line in bill.lines if line.code.startswith("bandeira")}
    assert round(flags["bandeira.vermelha_p1"].quantity, 2) == Decimal("169.15")
    assert round(flags["bandeira.amarela"].quantity, 2) == Decimal("43.85")
    assert flags["bandeira.vermelha_p1"].rate_before_tax == Decimal("0.04463")
    assert [line.days for line in flags.values()] == [27, 7]


@pytest.mark.parametrize(
    ("attributes", "days", "kwh", "billed"),
    [
        ({"phases": "1"}, MARCH, 10, 30),
        ({"phases": "2"}, MARCH, 10, 50),
        ({"phases": "2", "conductors": "2"}, MARCH, 10, 30),
        ({"phases": "3"}, MARCH, 10, 100),
        ({"phases": "3"}, MARCH, 101, 101),
        ({"phases": "3"}, ("2026-03-01", "2026-03-27"), 10, 10),
        ({"phases": "3", "class": "social"}, MARCH, 60, 80),
        ({"phases": "3", "class": "social"}, MARCH, 85, 100),
    ],
)
def test_the_least_energy(attributes, days, kwh, billed):
    tariff = tariffs(YEAR_2026)["br/b1/cemig-d.toml"]
    bill = bill_of(tariff, days, kwh, UsagePoint(attributes))
    assert next(line.quantity for line in bill.lines if line.code == "te") == billed


def test_a_social_home_pays_nothing_up_to_80_kwh():
    tariff = tariffs(YEAR_2026)["br/b1/cemig-d.toml"]
    social = UsagePoint({"phases": "3", "class": "social"})
    assert bill_of(tariff, MARCH, 60, social).total == 0
    bill = bill_of(tariff, MARCH, 85, social)
    assert abs(bill.total - 20 * Decimal("0.67915")) <= Decimal("0.01")


def test_social_tiers_before_july_2025():
    rows = [
        row(("2025-01-01", "2025-12-31"), "541,30", "317,28"),
        row(("2025-01-01", "2025-12-31"), "400,00", "200,00", subclass=SOCIAL),
    ]
    tariff = tariffs(rows)["br/b1/cemig-d.toml"]
    point = UsagePoint({"phases": "1", "class": "social"})
    bill = bill_of(tariff, ("2025-02-01", "2025-03-01"), 250, point)
    off = 30 * Decimal("0.65") + 70 * Decimal("0.40") + 120 * Decimal("0.10")
    assert abs(bill.total - (250 - off) * Decimal("0.6")) <= Decimal("0.03")


def test_desconto_social_up_to_120_kwh():
    tariff = tariffs(YEAR_2026)["br/b1/cemig-d.toml"]
    point = UsagePoint({"phases": "1", "class": "desconto_social"})
    bill = bill_of(tariff, MARCH, 150, point)
    expected = 120 * Decimal("0.70813") + 30 * Decimal("0.85858")
    assert abs(bill.total - expected) <= Decimal("0.02")


def test_a_social_home_pays_the_flag_above_80_kwh_only():
    tariff = tariffs(YEAR_2026)["br/b1/cemig-d.toml"]
    point = UsagePoint({"phases": "1", "class": "social"})
    bill = bill_of(tariff, ("2026-05-01", "2026-05-28"), 100, point)
    assert amounts(bill)["bandeira.amarela"] == "0.38"


def branca_rows():
    days = ("2026-01-01", "2026-05-27")
    posts = {"Ponta": ("900,00", "500,00"), "Intermediário": ("600,00", "300,00")}
    return [row(days, "541,30", "317,28")] + [
        row(days, *values, modality="Branca", post=post)
        for post, values in (posts | {"Fora ponta": ("300,00", "290,00")}).items()
    ]


def test_branca_has_its_hours_and_the_conventional_minimum():
    tariff = tariffs(branca_rows())["br/branca/cemig-d.toml"]
    day_s = date_start_s(date(2026, 3, 2), ZONE)  # a Monday
    edges_s = [day_s + hour * 3600 for hour in range(25)]
    bill = rate(tariff, Usage.of_one(edges_s, [1000] * 24), ZONE)
    quantities = {line.code: line.quantity for line in bill.lines if line.code.startswith("te")}
    assert quantities == {"te.peak": 3, "te.intermediate": 2, "te.off_peak": 19}
    holiday_s = date_start_s(date(2026, 4, 21), ZONE)
    edges_s = [holiday_s + hour * 3600 for hour in range(25)]
    bill = rate(tariff, Usage.of_one(edges_s, [1000] * 24), ZONE)
    assert {line.code: line.quantity for line in bill.lines}["te.off_peak"] == 24
    month = bill_of(tariff, MARCH, 1, UsagePoint({"phases": "1"}))
    assert abs(month.total - 30 * Decimal("0.85858")) <= Decimal("0.02")


def test_branca_with_gd_1_serves_each_period_and_keeps_the_conventional_minimum():
    """Off-peak sun for the evening: 4 kWh of peak (TE 0.50) take 6.896… kWh of off-peak (0.29)."""
    tariff = tariffs(branca_rows())["br/branca/cemig-d.toml"]
    start_s = date_start_s(date(2026, 3, 2), ZONE)  # a Monday
    edges_s = [start_s + hour * 3600 for hour in range(30 * 24 + 1)]
    used, given = [0] * 720, [0] * 720
    used[10], used[18] = 100_000, 4_000
    given[12] = 60_000
    point = UsagePoint({"phases": "1", "scee": "gd1"})
    bill = rate(tariff, Usage.of_one(edges_s, used, given), ZONE, point)
    quantities = {line.code: line.quantity for line in bill.lines}
    assert quantities["compensada_te.off_peak"] == 60
    assert quantities["te.peak"] == 4
    assert bill.total == 40 * Decimal("0.59") + 4 * Decimal("1.40")
    given[12] = 300_000
    bill = rate(tariff, Usage.of_one(edges_s, used, given), ZONE, point)
    # 100 · 0.59 + 4 · 1.40 = 64.60, and 30 · 0.85858 = 25.76 stay.
    assert bill.total == Decimal("25.76")
    assert sum(credit.energy_wh for credit in bill.credits) > 200_000
    assert {credit.period for credit in bill.credits} == {"off_peak"}


@pytest.mark.parametrize(
    ("attributes", "billed"),
    [
        ({"phases": "3"}, 50),
        ({"phases": "2"}, 25),
        ({"phases": "2", "conductors": "2"}, 15),
        ({"phases": "1"}, 15),
        ({"phases": "3", "class": "social"}, 40),
    ],
)
def test_half_the_least_energy_for_the_cadunico_with_scee(attributes, billed):
    tariff = tariffs(YEAR_2026)["br/b1/cemig-d.toml"]
    half = UsagePoint(attributes | {"scee": "gd1", "cadunico": "yes"})
    bill = bill_of(tariff, MARCH, 10, half)
    assert next(line.quantity for line in bill.lines if line.code == "te") == billed
    for other in ({"scee": "gd1"}, {"cadunico": "yes"}):
        bill = bill_of(tariff, MARCH, 10, UsagePoint(attributes | other))
        assert next(line.quantity for line in bill.lines if line.code == "te") == 2 * billed


def test_a_cycle_without_supply_has_no_least_energy():
    conventional = tariffs(YEAR_2026)["br/b1/cemig-d.toml"]
    white = tariffs(branca_rows())["br/branca/cemig-d.toml"]
    off = UsagePoint({"phases": "3", "supply": "suspended"})
    for tariff in (conventional, white):
        assert bill_of(tariff, MARCH, 0, off).total == 0
        assert bill_of(tariff, MARCH, 0, UsagePoint({"phases": "3"})).total > 80


def test_a_low_income_home_compensates_above_80_kwh_whatever_the_minimum():
    tariff = tariffs(YEAR_2026)["br/b1/cemig-d.toml"]
    point = UsagePoint({"phases": "3", "class": "social", "scee": "gd1"})
    bill = bill_of(tariff, MARCH, 250, point, export_kwh=500)
    quantities = {line.code: line.quantity for line in bill.lines}
    assert quantities["compensada_te"] == 170
    assert bill.total == 0


def test_two_families_have_160_kwh_free():
    tariff = tariffs(YEAR_2026)["br/b1/cemig-d.toml"]
    point = UsagePoint({"phases": "1", "class": "social", "families": "2"})
    assert bill_of(tariff, MARCH, 160, point).total == 0
    bill = bill_of(tariff, ("2026-05-01", "2026-05-28"), 180, point)
    assert {line.code: line.quantity for line in bill.lines}["bandeira.amarela"] == 20
    desconto = UsagePoint({"phases": "1", "class": "desconto_social", "families": "2"})
    quantities = {x.code: x.quantity for x in bill_of(tariff, MARCH, 250, desconto).lines}
    assert (quantities["te.tier1"], quantities["te.tier2"]) == (240, 10)


def test_40_days_are_billed_as_33():
    tariff = tariffs(YEAR_2026)["br/b1/cemig-d.toml"]
    bill = bill_of(tariff, ("2026-01-10", "2026-02-19"), 400)
    assert next(line.quantity for line in bill.lines if line.code == "te") == 330
    assert (bill.deferred_wh, bill.energy_wh) == (70_000, 400_000)


def test_a_class_without_prices_is_refused():
    tariff = tariffs([row(YEAR_2023, "500,00", "249,06")])["br/b1/cemig-d.toml"]
    with pytest.raises(BillingError, match="has no prices for class 'social'"):
        bill_of(tariff, ("2023-06-01", "2023-07-01"), 100, UsagePoint({"class": "social"}))


def test_overlapping_validities_the_latest_start_wins():
    rows = [
        row(("2025-05-28", "2026-05-27"), "541,30", "317,28"),
        row(("2026-01-01", "2026-03-31"), "100,00", "100,00", act=REH.format("3.500", 2025)),
        row(("2026-01-01", "2026-12-31"), "1,00", "1,00", base="Base Econômica"),
        row(("2027-01-01", "2027-12-31"), ",00", ",00"),
    ]
    found = in_force(read_rates([HEADER, *rows], "aneel.csv"))
    assert [(str(r.first_day), str(r.last_day), str(r.te)) for r in found] == [
        ("2025-05-28", "2025-12-31", "0.31728"),
        ("2026-01-01", "2026-03-31", "0.10"),
        ("2026-04-01", "2026-05-27", "0.31728"),
    ]
    assert found[0].act == "REH 3.459/2025 (ANEEL)"


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["a;b", "1;2"], "is no file of ANEEL's tariffs"),
        ([HEADER, row(("2026", "2026-05-27"), "1,00", "1,00")], "line 2"),
        ([HEADER, row(MARCH, "one", "1,00")], "line 2"),
    ],
)
def test_another_file_is_refused(lines, reason):
    with pytest.raises(SettingsError, match=reason):
        read_rates(lines, "aneel.csv")


@pytest.mark.parametrize("name", ["coelba", "cemig-d", "enel-ce", "copel-dis"])
def test_distributors_of_the_box_price_a_month(name):
    text = (ROOT / f"tariffs/br/b1/{name}.toml").read_text()
    tariff = load_tariff(text, name, SHARED)
    bill = bill_of(tariff, ("2026-09-01", "2026-10-01"), 150)
    assert set(amounts(bill)) == {"te", "tusd", "bandeira.amarela"}
    assert bill.notes
    assert bill_of(tariff, ("2026-11-01", "2026-12-01"), 150).total == bill.total


@pytest.mark.parametrize(
    ("town", "kwh", "cosip"),
    [
        ("bands", 50, None),
        ("bands", 51, "8.63"),
        ("sao-jose", 150, "16.80"),
        ("sao-jose", 2000, "180.60"),
        ("salvador", 300, "13.00"),
        ("salvador", 100, "8.00"),
        ("elsewhere", 300, None),
    ],
)
def test_street_lighting_by_three_ways(town, kwh, cosip):
    """The cap of a tenth counts without ICMS: 100 kWh at 0.80 before tax make 8.00."""
    text = (ROOT / "tariffs/examples/street-lighting.toml").read_text()
    bill = bill_of(load_tariff(text, "cosip"), MARCH, kwh, UsagePoint({"town": town}))
    assert amounts(bill).get("cosip") == cosip
