"""`quilowatt rate` and `quilowatt tariff` on real files."""

import json
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from quilowatt.cli import app
from quilowatt.errors import SettingsError, TariffError

TARIFFS = Path(__file__).parents[3] / "tariffs"
EXAMPLES = TARIFFS / "examples"


def run(*arguments):
    """Run a command; an error of the world is raised."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def write_profile(path, *, start="2026-01-01T00:00:00+00:00", count=90 * 24, minutes=60, wh=250):
    time = datetime.fromisoformat(start)
    rows = [
        f"{(time + timedelta(minutes=minutes * n)).isoformat()},{wh},{n % 2 * 100}"
        for n in range(count)
    ]
    path.write_text("time,import_wh,export_wh\n" + "\n".join(rows) + "\n")
    return path


def rate(tmp_path, tariff, *arguments, **profile):
    file = write_profile(tmp_path / "profile.csv", **profile)
    output = run("rate", "--tariff", tariff, "--profile", file, *arguments, "--json")
    return json.loads(output)["bills"]


def test_a_year_is_split_at_the_billing_day(tmp_path):
    point = tmp_path / "place.toml"
    point.write_text('timezone = "UTC"\nbilling_day = "last"\nphases = 1\n')
    bills = rate(
        tmp_path, EXAMPLES / "time-of-use.toml", "--start", "2026-01-01", "--end", "2026-04-01",
        "--usage-point", point, "--cycles", "monthly",
    )  # fmt: skip
    assert [bill["start"] for bill in bills] == [
        "2026-01-01T00:00:00+00:00",
        "2026-01-31T00:00:00+00:00",
        "2026-02-28T00:00:00+00:00",
        "2026-03-31T00:00:00+00:00",
    ]
    assert bills[-1]["end"] == "2026-04-01T00:00:00+00:00"
    assert sum(bill["import_wh"] for bill in bills) == 90 * 24 * 250
    for bill in bills:
        assert bill["currency"] == "EUR"
        assert Decimal(bill["total"]) == sum(Decimal(line["amount"]) for line in bill["lines"])
        for line in bill["lines"]:
            assert {"code", "quantity", "unit", "rate", "amount", "formula"} <= set(line)


def test_credits_go_on_from_cycle_to_cycle(tmp_path):
    point = tmp_path / "place.json"
    point.write_text('{"credits": [{"born": "2025-12-01", "kwh": 200}]}')
    bills = rate(
        tmp_path, EXAMPLES / "net-metering.toml", "--start", "2026-01-01", "--end", "2026-03-01",
        "--cycles", "monthly", "--usage-point", point,
    )  # fmt: skip
    # 186 kWh used in January, 166 of them compensated; 34 kWh stay with January's own 37.2.
    assert bills[0]["credits"] == [
        {"born": "2025-12-01", "energy_wh": 34_000},
        {"born": "2026-02-01", "energy_wh": 37_200},
    ]
    assert bills[1]["credits"] == []


def test_the_offset_of_the_profile_names_the_zone(tmp_path):
    (bill,) = rate(
        tmp_path, TARIFFS / "br" / "coelba-b1.toml", "--start", "2026-02-01", "--end",
        "2026-03-01", start="2026-01-01T00:00:00-03:00",
    )  # fmt: skip
    assert (bill["start"], bill["import_wh"]) == ("2026-02-01T00:00:00-03:00", 28 * 24 * 250)
    assert {line["code"] for line in bill["lines"]} == {"te", "tusd"}


def test_parts_of_a_watt_hour_are_kept_in_the_sum(tmp_path):
    (bill,) = rate(
        tmp_path, EXAMPLES / "time-of-use.toml", "--start", "2026-01-01", "--end", "2026-01-31",
        wh="0.75",
    )  # fmt: skip
    assert bill["import_wh"] == 30 * 24 * 0.75


def test_for_people(tmp_path):
    file = write_profile(tmp_path / "profile.csv")
    output = run(
        "rate", "--tariff", EXAMPLES / "time-of-use.toml", "--profile", file,
        "--start", "2026-01-01", "--end", "2026-02-01",
    )  # fmt: skip
    assert "Energy · peak" in output
    assert "× 0.41 =" in output
    assert "total" in output


def test_forty_days_are_billed_in_part_and_the_bill_says_so(tmp_path):
    file = write_profile(tmp_path / "profile.csv")
    arguments = (
        "rate", "--tariff", EXAMPLES / "regime.toml", "--profile", file,
        "--start", "2026-01-01", "--end", "2026-02-10",
    )  # fmt: skip
    assert "240 kWh × 35 ÷ 40 = 210 kWh. Left for the next: 30 kWh." in run(*arguments)
    (bill,) = json.loads(run(*arguments, "--json"))["bills"]
    assert (bill["total"], bill["deferred_wh"]) == ("52.50", 30_000)
    point = tmp_path / "place.toml"
    point.write_text("carried_kwh = 30\n")
    (bill,) = rate(
        tmp_path, EXAMPLES / "regime.toml", "--start", "2026-02-10", "--end", "2026-03-10",
        "--usage-point", point,
    )  # fmt: skip
    assert bill["total"] == "49.50"  # 168 + 30 kWh


def test_prices_from_a_file_and_net_metering_by_period(tmp_path):
    (bill,) = rate(
        tmp_path, EXAMPLES / "series-csv.toml", "--start", "2026-01-01T00:00Z",
        "--end", "2026-01-01T06:00Z",
    )  # fmt: skip
    # 0.25 · (6 · 0.09 + 1.05 · 0.37145)
    assert bill["total"] == "0.23"
    (bill,) = rate(
        tmp_path, EXAMPLES / "net-metering-by-period.toml", "--start", "2026-01-01",
        "--end", "2026-02-01",
    )  # fmt: skip
    codes = [line["code"] for line in bill["lines"]]
    assert codes == ["energy.peak", "energy.night", "credit.peak", "credit.night"]
    assert bill["credits"] == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("time\n", "no column import_wh"),
        ("time,import_wh\n", "there are no rows"),
        ("time,import_wh\n2026-01-01T00:00:00,1\n", "line 2: time '2026-01-01T00:00:00' has no"),
        ("time,import_wh\nnoon,1\n", "is not RFC 3339"),
        ("time,import_wh\n2026-01-01T00:00:00Z,much\n", "'much' is no number"),
        ("time,import_wh\n2026-01-01T00:00:00Z,-1\n", "is not between 0"),
        ("time,import_wh\n2026-01-01T00:00:00Z,nan\n", "is not between 0"),
        (
            "time,import_wh\n2026-01-01T00Z,1\n2026-01-01T01Z,1\n2026-01-01T02Z,1\n2026-01-01T05Z,1\n",
            "line 5: 10800 s after the line before it; most are 3600 s",
        ),
        ("time,import_wh\n2026-01-01T00:00Z,1\n2026-01-01T01:00Z,1\n", "goes from 2026-01-01T00"),
    ],
)
def test_a_profile_that_cannot_be_rated(tmp_path, text, problem):
    file = tmp_path / "profile.csv"
    file.write_text(text)
    with pytest.raises(SettingsError, match=problem.replace("(", r"\(")):
        run(
            "rate", "--tariff", EXAMPLES / "time-of-use.toml", "--profile", file,
            "--start", "2026-01-01", "--end", "2026-02-01",
        )  # fmt: skip


@pytest.mark.parametrize(
    "arguments",
    [
        ["--start", "2026-02-01", "--end", "2026-01-01"],
        ["--start", "soon", "--end", "2026-01-01"],
        ["--start", "2026-01-01", "--end", "2026-02-01", "--timezone", "Mars/Base"],
        ["--start", "2026-01-01", "--end", "2026-02-01", "--cycles", "weekly"],
        ["--start", "2026-01-01", "--end", "2026-02-01", "--usage-point", "missing.toml"],
    ],
)
def test_an_option_that_makes_no_sense(tmp_path, arguments):
    with pytest.raises(SettingsError):
        rate(tmp_path, EXAMPLES / "time-of-use.toml", *arguments)


def test_all_problems_of_a_usage_point_come_at_once(tmp_path):
    point = tmp_path / "place.toml"
    point.write_text('timezone = "Mars"\nbilling_day = 32\ncontracted_kw = "many"\n')
    with pytest.raises(TariffError) as caught:
        rate(
            tmp_path, EXAMPLES / "time-of-use.toml", "--start", "2026-01-01", "--end",
            "2026-02-01", "--usage-point", point,
        )  # fmt: skip
    assert len(caught.value.problems) == 3


def test_check_says_what_is_sound_and_what_is_wrong(tmp_path):
    assert "examples/tiers is sound" in run("tariff", "check", EXAMPLES / "tiers.toml")
    assert "br/b1/copel-dis is sound" in run("tariff", "check", TARIFFS / "br/b1/copel-dis.toml")
    broken = tmp_path / "broken.toml"
    text = (EXAMPLES / "tiers.toml").read_text()
    broken.write_text(text.replace('"EUR"', '"euro"').replace('per = "day"', 'per = "week"'))
    with pytest.raises(TariffError) as caught:
        run("tariff", "check", broken)
    assert len(caught.value.problems) == 2
    assert "line 5, currency" in caught.value.problems[0] + caught.value.problems[1]


def test_aneel_s_file_becomes_tariffs_that_price(tmp_path):
    file = tmp_path / "b1.csv"
    file.write_text(
        "cnpj;sigla;inicio_vigencia;fim_vigencia;ato;te_rs_mwh;tusd_rs_mwh\n"
        "15139629000194;COELBA;2026-04-22;2027-04-21;REH 3.578/2026;257.65;620.08\n"
    )
    options = ["--icms", "0.205", "--pis", "0.0089", "--cofins", "0.0411"]
    assert "1 tariffs written" in run("tariff", "import-aneel", file, "--out", tmp_path, *options)
    (bill,) = rate(
        tmp_path, tmp_path / "br/b1/coelba.toml", "--start", "2026-09-01", "--end", "2026-10-01",
        start="2026-09-01T00:00:00-03:00", count=30, minutes=1440, wh=5000,
    )  # fmt: skip
    assert {line["code"]: line["amount"] for line in bill["lines"]} == {
        "te": "51.17",
        "tusd": "123.15",
        "bandeira.amarela": "3.74",
    }
    assert bill["total"] == "178.06"


def test_the_book_of_the_box_opens():
    from quilowatt.jobs.tariff_files import tariff_book  # noqa: PLC0415

    codes = tariff_book().codes()
    assert {"br/coelba-b1", "br/b1/cemig-d", "gb/london-dynamic-2013"} <= set(codes)
    assert len([code for code in codes if code.startswith("br/b1/")]) == 81
