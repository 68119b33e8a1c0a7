"""ICMS by state, PIS and COFINS by month: what is known, what is asked for, what is refused."""

import tomllib
from datetime import date
from decimal import Decimal

import pytest

from harness.brazil import CEMIG, HEADER, ROOT, SHARED, bill_of, row
from quilowatt.billing import UsagePoint, load_tariff
from quilowatt.billing.brazil.aneel import read_rates
from quilowatt.billing.brazil.group_b import GroupBOptions, documents
from quilowatt.billing.brazil.tax_tables import TaxFacts, read_icms, read_pis_cofins
from quilowatt.errors import SettingsError, TariffError
from quilowatt.jobs.aneel_import import AneelImport, import_aneel
from quilowatt.jobs.tariff_files import read_tariff

ICMS = read_icms((ROOT / "tariffs/br/shared/icms.toml").read_text(), "icms.toml")
EXAMPLES = ROOT / "tariffs/br/shared/pis-cofins.csv"
PLAIN = [row(("2026-01-01", "2026-12-31"), "541,30", "317,28")]
SOCIAL = row(("2026-01-01", "2026-12-31"), "400,28", "278,87",
             subclass="Residencial Tarifa Social – faixa 01")  # fmt: skip
MARCH = ("2026-03-01", "2026-04-01")


def tariff_of(uf, rows=PLAIN, months=()):
    options = GroupBOptions({CEMIG: TaxFacts(uf, ICMS.get(uf, ()), months)})
    text = next(documents(read_rates([HEADER, *rows], "a"), options)).text
    return load_tariff(text, "t", SHARED)


def icms_of(bill):
    return {str(tax.rate) for line in bill.lines for tax in line.taxes if tax.code == "icms"}


@pytest.mark.parametrize(
    ("uf", "kwh", "rate"),
    [
        ("SP", 90, "0"), ("SP", "90.001", "0.12"), ("SP", 200, "0.12"), ("SP", 201, "0.18"),
        ("MG", 90, "0.18"), ("PA", 90, "0.19"), ("PR", 300, "0.19"), ("BA", 80, "0.205"),
        ("AC", 80, "0"),
    ],
)  # fmt: skip
def test_bands_and_rates_of_a_state(uf, kwh, rate):
    assert icms_of(bill_of(tariff_of(uf), MARCH, Decimal(kwh))) == {rate}


@pytest.mark.parametrize(
    ("uf", "days", "kwh", "rate"),
    [
        ("MG", MARCH, 93, "0"), ("MG", MARCH, "93.001", "0.18"),
        ("MG", ("2026-02-01", "2026-03-01"), "84.001", "0.18"),
        ("BA", MARCH, 80, "0"), ("BA", MARCH, 81, "0.205"),
    ],
)  # fmt: skip
def test_exemptions_of_low_income_homes(uf, days, kwh, rate):
    point = UsagePoint({"phases": "1", "class": "social"})
    assert icms_of(bill_of(tariff_of(uf, [*PLAIN, SOCIAL]), days, Decimal(kwh), point)) == {rate}


def test_a_bill_says_which_taxes_are_missing_and_which_are_not_sure():
    def note(uf):
        (text,) = bill_of(tariff_of(uf), MARCH, 100).notes
        return text

    assert note("MG").en == "Without PIS and COFINS: fill in those of your distributor and month."
    assert note("MG").pt == "Sem PIS e COFINS: informe os da sua distribuidora e do mês."
    assert note("BA").pt.startswith("ICMS de 20,5 % (BA) a confirmar. Sem PIS e COFINS")
    assert note("BA").en.startswith("ICMS of 20.5 % (BA) to be confirmed. Without PIS")
    assert note("").en.startswith("Without ICMS: fill in your state's. Without PIS")


def test_months_of_pis_and_cofins_count_one_by_one():
    lines = ["cnpj;month;pis_percent;cofins_percent", f"{CEMIG};2026-02;1,00;4.5",
             "# a remark", "", f"{CEMIG};2026-03;0,79;3,65"]  # fmt: skip
    months = read_pis_cofins(lines, "m.csv")[CEMIG]
    tariff = tariff_of("MG", months=months)

    def rates(days):
        bill = bill_of(tariff, days, 100)
        return {tax.code: str(tax.rate) for line in bill.lines for tax in line.taxes}, bill.notes

    assert rates(("2026-02-01", "2026-03-01"))[0] == {
        "icms": "0.18", "pis": "0.01", "cofins": "0.045",
    }  # fmt: skip
    assert rates(MARCH) == ({"icms": "0.18", "pis": "0.0079", "cofins": "0.0365"}, ())
    april, notes = rates(("2026-04-01", "2026-04-30"))
    assert april["pis"] == "0.0079"
    assert notes[0].en == "PIS and COFINS still those of 2026-03: fill in the month's."
    assert notes[0].pt == "PIS e COFINS ainda os de 03/2026: informe os do mês."
    assert rates(("2026-01-01", "2026-01-31"))[0] == {"icms": "0.18", "pis": "0", "cofins": "0"}


def test_the_examples_are_those_of_real_bills():
    found = read_pis_cofins(EXAMPLES.read_text().splitlines(), "x")
    (cpfl,) = found["33050196000188"]
    assert (cpfl.first_day, cpfl.pis, cpfl.cofins) == (
        date(2023, 10, 1), Decimal("0.0079"), Decimal("0.0365"),
    )  # fmt: skip
    assert str(found["04895728000180"][0].cofins) == "0.039709"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("123;2026-01;1;4", "line 2: cnpj '123' must have 14 digits"),
        (f"{CEMIG};January;1;4", "line 2: month 'January' must be written like 2026-10"),
        (f"{CEMIG};2026-01;x;4", "line 2: is no number"),
        (f"{CEMIG};2026-01;1;400", "line 2: 400 % must be at least 0 and below 100"),
        (f"{CEMIG};2026-01;1", "line 2: has 3 columns, must have 4"),
        (f"{CEMIG};2026-01;1;4\n{CEMIG};2026-01;2;4", "line 3: 2026-01 of 06981180000116 is there"),
    ],
)
def test_a_line_of_rates_that_is_wrong_is_named(line, problem):
    lines = ["cnpj;month;pis_percent;cofins_percent", *line.splitlines()]
    with pytest.raises(SettingsError, match=r"m\.csv line") as caught:
        read_pis_cofins(lines, "m.csv")
    assert problem in str(caught.value)
    with pytest.raises(SettingsError, match="the header must be cnpj;month"):
        read_pis_cofins(["a;b"], "m.csv")


def test_a_state_that_is_written_wrongly_is_named_with_its_line():
    text = '[[uf.MG]]\nfrom = 2023-01-01\nrate = 18\nconfidence = "sure"\nsource = "x"\n'
    with pytest.raises(TariffError) as caught:
        read_icms(text, "icms.toml")
    assert any("line 3" in line for line in caught.value.problems)
    assert any('confidence: is "sure", must be one of "bill"' in x for x in caught.value.problems)


def aneel_csv(path):
    path.write_text("\n".join([HEADER, *PLAIN]))
    return path


def imported(tmp_path, **options):
    (written,) = import_aneel(AneelImport(aneel_csv(tmp_path / "a.csv"), tmp_path / "t", **options))
    return read_tariff(written)


def rates_of(tariff, day=date(2026, 3, 1)):
    return {code: str(rate) for code, rate in tariff.terms(day).taxes.rates.items()}


def test_import_takes_the_state_from_the_table_or_the_option(tmp_path):
    assert rates_of(imported(tmp_path)) == {"icms": "0.18", "pis": "0", "cofins": "0"}
    assert rates_of(imported(tmp_path, uf=[f"{CEMIG}=PA"]))["icms"] == "0.19"
    assert rates_of(imported(tmp_path, icms="0.17"))["icms"] == "0.17"
    with pytest.raises(SettingsError, match=r"write CNPJ=UF, a state that icms\.toml has"):
        imported(tmp_path, uf=[f"{CEMIG}=XX"])


def test_import_takes_months_from_a_file(tmp_path):
    months = tmp_path / "m.csv"
    months.write_text(f"cnpj;month;pis_percent;cofins_percent\n{CEMIG};2026-03;1;4\n")
    tariff = imported(tmp_path, pis_cofins=months)
    assert rates_of(tariff) == {"icms": "0.18", "pis": "0.01", "cofins": "0.04"}
    assert tariff.terms(date(2026, 3, 31)).taxes.note is None
    assert "still those" in tariff.terms(date(2026, 4, 1)).taxes.note.en


def test_all_taxes_given_leave_nothing_to_say(tmp_path):
    tariff = imported(tmp_path, icms="0.18", pis="0.01", cofins="0.04")
    assert [table.note for table in tariff.taxes] == [None]


def test_components_make_gd_3(tmp_path):
    components = tmp_path / "c.csv"
    rows = {"fio_b": "200,00", "fio_a": "100", "tfsee": "1", "p_d": "2"}
    components.write_text(
        "cnpj;from;component;brl_per_mwh\n"
        + "".join(f"{CEMIG};2026-01-01;{name};{value}\n" for name, value in rows.items())
    )
    tariff = imported(tmp_path, components=components)
    assert tariff.serves["scee"] == {"gd1", "gd2", "gd3"}
    point = UsagePoint({"phases": "1", "scee": "gd3"})
    bill = bill_of(tariff, MARCH, 1000, point, export_kwh=900)
    worth = {x.code: x.rate_before_tax for x in bill.lines if x.code.startswith("compensada")}
    # 541.30 less Fio B, 40 % of Fio A, TFSEE and P&D.
    assert worth == {"compensada_te": Decimal("-0.31728"), "compensada_tusd": Decimal("-0.2983")}
    point = UsagePoint({"phases": "1", "scee": "gd2"})
    bill = bill_of(tariff, MARCH, 1000, point, export_kwh=900)
    worth = {x.code: x.rate_before_tax for x in bill.lines if x.code.startswith("compensada")}
    assert worth["compensada_tusd"] == Decimal("-0.4213")  # less 60 % of Fio B
    components.write_text("cnpj;from;component;brl_per_mwh\n1;noon;fio_b;1\n")
    with pytest.raises(SettingsError, match="line 2"):
        imported(tmp_path, components=components)


def test_every_distributor_s_state_is_a_state():
    text = (ROOT / "tariffs/br/shared/distributors.toml").read_text()
    states = tomllib.loads(text)["uf"]
    assert len(states) == 76
    assert set(states.values()) >= set(ICMS)
    assert all(len(cnpj) == 14 and len(uf) == 2 for cnpj, uf in states.items())
