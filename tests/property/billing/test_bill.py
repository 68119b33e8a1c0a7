"""The fast bill against a slow one that does every step in the open."""

import re
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from quilowatt.billing import bill
from quilowatt.billing.tariff import (
    EnergyCharge,
    Rounding,
    Tariff,
    TariffVersion,
    TaxTable,
    Text,
)
from quilowatt.core.calendar import date_start_s

BAHIA = ZoneInfo("America/Bahia")
START = date(2026, 1, 1)
CODES = ("icms", "pis", "cofins")
LAYERS = [(("icms",), ("pis", "cofins")), (CODES,), (("pis",), ("icms", "cofins"))]

rates = st.decimals(-2, 2, places=5)
shares = st.decimals(0, Decimal("0.3"), places=4)
rules = st.sampled_from(["half_even", "half_up"])


@st.composite
def tariffs(draw):
    days = sorted(draw(st.sets(st.integers(0, 40), max_size=3)) | {0})
    firsts = [START + timedelta(days=day) for day in days]
    lasts = [first - timedelta(days=1) for first in firsts[1:]] + [None]
    versions = tuple(
        TariffVersion(first, last, "act", "source", draw(charges()))
        for first, last in zip(firsts, lasts, strict=True)
    )
    tax_days = sorted(draw(st.sets(st.integers(0, 40), max_size=2)) | {0})
    taxes = tuple(
        TaxTable(
            START + timedelta(days=day),
            draw(st.sampled_from(LAYERS)),
            {code: draw(shares) for code in CODES},
            "source",
            None,
        )
        for day in tax_days
    )
    names = {code: Text(code, code) for code in (*CODES, "a", "b", "c")}
    rounding = Rounding(draw(rules), draw(st.integers(0, 3)))
    return Tariff("xx/any", Text("a", "a"), "BRL", rounding, names, versions, taxes)


@st.composite
def charges(draw):
    codes = draw(st.lists(st.sampled_from("abc"), min_size=1, max_size=3, unique=True))
    some = st.one_of(st.none(), st.frozensets(st.sampled_from(CODES)))
    return tuple(EnergyCharge(code, draw(rates), draw(some)) for code in codes)


@st.composite
def cases(draw):
    tariff = draw(tariffs())
    start_s = date_start_s(START, BAHIA) + draw(st.integers(0, 20 * 86400))
    end_s = start_s + draw(st.integers(1, 40 * 86400))
    edges_s = (start_s, *tariff.cuts_s(start_s, end_s, BAHIA), end_s)
    size = len(edges_s) - 1
    energy_wh = draw(st.lists(st.integers(0, 10**9), min_size=size, max_size=size))
    return tariff, edges_s, energy_wh


def plain_bill(tariff, edges_s, energy_wh):
    """The amounts of all lines, with 60 digits and no cleverness."""
    mode = {"half_even": ROUND_HALF_EVEN, "half_up": ROUND_HALF_UP}[tariff.rounding.rule]
    unit = Decimal(1).scaleb(-tariff.rounding.places)
    amounts = []
    with localcontext() as context:
        context.prec = 60
        for i, part_wh in enumerate(energy_wh):
            for version in tariff.versions:
                starts = date_start_s(version.first_day, BAHIA) <= edges_s[i]
                last = version.last_day
                ends = last and date_start_s(last + timedelta(days=1), BAHIA) <= edges_s[i]
                if not starts or ends:
                    continue
                table = [t for t in tariff.taxes if date_start_s(t.first_day, BAHIA) <= edges_s[i]][
                    -1
                ]
                for charge in version.charges:
                    price = charge.rate
                    for layer in table.layers:
                        kept = Decimal(1)
                        for code in layer:
                            if charge.taxes is None or code in charge.taxes:
                                kept -= table.rates[code]
                        price /= kept
                    amount = Decimal(part_wh) / 1000 * price
                    # 60 digits leave a residue far below any half that is not exact.
                    amounts.append(round(amount, 40).quantize(unit, mode))
    return amounts


@given(cases())
def test_agrees_with_the_plain_bill(case):
    tariff, edges_s, energy_wh = case
    document = bill(tariff, edges_s, energy_wh, BAHIA)
    assert [line.amount for line in document.lines] == plain_bill(*case)
    assert document.total == sum(line.amount for line in document.lines)
    assert document.energy_wh == sum(energy_wh)


@given(cases())
def test_parts_of_a_bill_add_up(case):
    document = bill(*case, BAHIA)
    slack = Fraction(len(document.lines), 2 * 10 ** case[0].rounding.places)
    assert abs(Fraction(document.total) - Fraction(document.total_unrounded)) <= slack + 1
    assert document.net + sum(tax.amount for tax in document.taxes) == document.total
    for tax in document.taxes:
        of_lines = [t for line in document.lines for t in line.taxes]
        same = [t.amount for t in of_lines if (t.code, t.rate) == (tax.code, tax.rate)]
        assert tax.amount == sum(same)


def redo(formula):
    """What a person with a calculator gets, and what the bill says."""
    text, result = formula.replace("−", "-").replace("×", "*").replace("÷", "/").split(" = ")
    exact = re.sub(r"\d+(\.\d+)?", lambda m: f"Fraction('{m[0]}')", text.replace("kWh", ""))
    return eval(exact), Fraction(result)


@given(cases())
def test_every_formula_can_be_redone(case):
    tariff, edges_s, energy_wh = case
    half_unit = Fraction(1, 2 * 10**tariff.rounding.places)
    for line in bill(tariff, edges_s, energy_wh, BAHIA).lines:
        for formula in [line.formula, *(tax.formula for tax in line.taxes)]:
            computed, said = redo(formula)
            assert abs(computed - said) <= half_unit


@given(cases())
def test_splitting_the_energy_changes_only_the_rounding(case):
    tariff, edges_s, energy_wh = case
    parts = [bill(tariff, edges_s, part, BAHIA) for part in ([0] * len(energy_wh), energy_wh)]
    assert parts[0].total == 0
    doubled = bill(tariff, edges_s, [2 * wh for wh in energy_wh], BAHIA)
    difference = doubled.total_unrounded - 2 * parts[1].total_unrounded
    assert abs(difference) <= Decimal("0.000002")
