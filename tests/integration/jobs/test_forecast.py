"""Forecasts in money: real tariffs, the product's own rating."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from quilowatt.alert import GAP_WH, Cycle, History, forecast
from quilowatt.alert.track_record import TrackScore
from quilowatt.billing import NOBODY, Credit, Usage, UsagePoint, load_tariff, rate
from quilowatt.core.calendar import date_start_s, month_bounds_s
from quilowatt.errors import BillingError
from quilowatt.jobs.forecast import Coming, carried_on, price_forecast
from quilowatt.jobs.forecast_words import energy_text, money_text, nothing_text, record_text
from quilowatt.jobs.tariff_files import read_tariff

TARIFFS = Path(__file__).parents[3] / "tariffs"
BAHIA = ZoneInfo("America/Bahia")
HOUR_S, DAY_S = 3600, 86_400
MONTH = "2026-05"
DAYS_SO_FAR = 10


def document(charges, **changes):
    return json.dumps(
        {
            "format": 2,
            "code": "xx/test",
            "currency": "EUR",
            "name": {"pt": "a", "en": "a"},
            "rounding": {"rule": "half_up", "places": 2},
            "names": {
                "energy": {"pt": "Energia", "en": "Energy"},
                "flag": {"pt": "Bandeira", "en": "Flag"},
            },
            "version": [{"from": "2020-01-01", "act": "a", "source": "s", "charges": charges}],
        }
        | changes
    )


FLAT = {"code": "energy", "kind": "energy", "rate_per_kwh": "0.50"}


def coming(hour_wh, given_wh=None):
    """Forecast meters whose every day has the given 24 hours, ten days into the cycle."""
    so_far = DAYS_SO_FAR
    start_s, end_s = month_bounds_s(MONTH, BAHIA)
    now_s = start_s + so_far * DAY_S
    hour_wh = np.atleast_2d(np.array(hour_wh, np.int64))
    given_wh = np.zeros_like(hour_wh) if given_wh is None else np.atleast_2d(given_wh)
    made = [_made(wh, now_s, end_s, so_far) for wh in (hour_wh, given_wh)]
    edges_s = start_s + HOUR_S * np.arange(24 * so_far + 1)
    measured = Usage(edges_s, *(np.tile(wh, so_far) for wh in (hour_wh, given_wh)))
    return measured, Coming(*made)


def _made(hour_wh, now_s, end_s, so_far):
    days_wh = np.repeat(hour_wh.sum(axis=1)[:, None], 56, axis=1)
    history = History(
        now_s - DAY_S * np.arange(56, -1, -1),
        days_wh,
        now_s - HOUR_S * np.arange(24 * 28, -1, -1),
        np.tile(hour_wh, 28),
    )
    return forecast(history, so_far * hour_wh.sum(axis=1), Cycle(now_s, end_s, BAHIA))


def one(tariff, case, point=NOBODY):
    (found,) = price_forecast(tariff, *case, BAHIA, [point])
    return found


def test_a_flat_price_is_the_energy_s():
    measured, expected = coming([500] * 24)
    found = one(load_tariff(document([FLAT]), "test"), (measured, expected))
    total = expected.imported
    assert found.bill.energy_wh == total.total_wh[0] == 31 * 12_000
    assert found.bill.total == Decimal("186.00")
    ends = [Decimal(int(wh[0])) / 2000 for wh in (total.low_wh, total.high_wh)]
    assert [found.low, found.high] == [end.quantize(Decimal("0.01")) for end in ends]


@pytest.mark.parametrize("name", ["br/coelba-b1.toml", "br/b1/coelba.toml"])
def test_the_expected_bill_is_the_bill_if_all_comes_as_expected(name):
    tariff = read_tariff(TARIFFS / name)
    point = UsagePoint({"phases": "1", "class": "residential"})
    measured, expected = coming([400] * 18 + [900] * 6)
    found = one(tariff, (measured, expected), point)
    start_s, end_s = month_bounds_s(MONTH, BAHIA)
    whole = Usage.of_one(start_s + HOUR_S * np.arange(24 * 31 + 1), ([400] * 18 + [900] * 6) * 31)
    assert end_s == whole.edges_s[-1]
    bill = rate(tariff, whole, BAHIA, point)
    assert float(found.bill.total) == pytest.approx(float(bill.total), rel=0.001)
    assert [line.code for line in found.bill.lines] == [line.code for line in bill.lines]
    assert found.low < found.bill.total < found.high


def test_hours_of_dear_energy_are_known():
    schedule = {
        "week": {"default": "off", "windows": [{"period": "peak", "from": "18:00", "to": "21:00"}]}
    }
    charge = {
        "code": "energy",
        "kind": "time_of_use",
        "schedule": "week",
        "rates": {"peak": "1.00", "off": "0.10"},
    }
    names = {code: {"pt": code, "en": code} for code in ("energy", "peak", "off")}
    tariff = load_tariff(document([charge], schedule=schedule, names=names), "test")
    evening = one(tariff, coming([0] * 18 + [1_000] * 3 + [0] * 3))
    morning = one(tariff, coming([0] * 6 + [1_000] * 3 + [0] * 15))
    assert float(evening.bill.total) == pytest.approx(93, rel=0.05)
    assert float(morning.bill.total) == pytest.approx(9.3, rel=0.25)


def test_tiers_make_the_upper_end_dearer_than_the_lower_is_cheaper():
    tiers = [
        {"up_to_kwh": 372, "rate_per_kwh": "0.10"},
        {"rate_per_kwh": "1.00"},
    ]
    charge = {"code": "energy", "kind": "tiered", "per": "month", "tiers": tiers}
    found = one(load_tariff(document([charge]), "test"), coming([500] * 24))
    assert found.bill.total == Decimal("37.20")
    assert found.high - found.bill.total > 5 * (found.bill.total - found.low)


def test_the_first_instant_of_a_cycle_has_a_forecast():
    start_s, end_s = month_bounds_s(MONTH, BAHIA)
    expected = Coming(_made(np.full((1, 24), 500), start_s, end_s, 0))
    found = one(load_tariff(document([FLAT]), "test"), (None, expected))
    assert found.bill.total == Decimal("186.00")


def test_generation_counts_and_its_range_runs_against_consumption():
    tariff = read_tariff(TARIFFS / "examples" / "net-metering.toml")
    night, noon = [600] * 24, np.array([[0] * 8 + [1_000] * 8 + [0] * 8])
    alone = one(tariff, coming(night))
    sunny = one(tariff, coming(night, noon))
    assert sunny.bill.export_wh == 31 * 8_000
    assert sunny.bill.total < alone.bill.total
    assert sunny.high - sunny.low > alone.high - alone.low


def test_credits_of_the_usage_point_are_taken_off():
    tariff = read_tariff(TARIFFS / "examples" / "net-metering.toml")
    rich = UsagePoint(credits=(Credit(date(2026, 4, 1), 200_000),))
    case = coming([600] * 24)
    assert one(tariff, case, rich).bill.total < one(tariff, case).bill.total


def test_a_meter_of_which_nothing_is_known_has_no_amount():
    measured, expected = coming([[500] * 24, [700] * 24])
    unknown = replace(expected.imported, is_known=np.array([True, False]))
    tariff = load_tariff(document([FLAT]), "test")
    found = list(price_forecast(tariff, measured, Coming(unknown), BAHIA, [NOBODY] * 2))
    assert found[0] is not None
    assert found[1] is None


def test_a_month_without_a_flag_yet_has_the_last_one_s():
    tariff = read_tariff(TARIFFS / "br" / "b1" / "coelba.toml")
    table = tariff.tables["bandeiras"]
    known = replace(table, months={"2026-03": "amarela", "2026-04": "verde"}, is_carried_on=False)
    tariff = replace(tariff, tables={"bandeiras": known})
    found = one(tariff, coming([500] * 24))
    assert len(found.assumptions) == 1
    assert "05/2026" in found.assumptions[0].en
    assert "verde" in found.assumptions[0].pt
    with pytest.raises(BillingError):
        rate(tariff, coming([500] * 24)[0], BAHIA)


def test_a_tariff_that_expires_in_the_cycle_goes_on():
    tariff = load_tariff(document([FLAT]), "test")
    (version,) = tariff.versions
    ending = replace(tariff, versions=(replace(version, last_day=date(2026, 5, 20)),))
    found = one(ending, coming([500] * 24))
    assert found.bill.total == Decimal("186.00")
    assert "2026-05-20" in found.assumptions[0].en


def test_a_tariff_that_had_expired_before_the_cycle_is_refused():
    tariff = load_tariff(document([FLAT]), "test")
    (version,) = tariff.versions
    ended = replace(tariff, versions=(replace(version, last_day=date(2026, 3, 20)),))
    with pytest.raises(BillingError, match="no version in force"):
        one(ended, coming([500] * 24))


def test_nothing_is_assumed_where_all_is_known():
    tariff = load_tariff(document([FLAT]), "test")
    start_s, end_s = (date_start_s(date(2026, month, 1), BAHIA) for month in (5, 6))
    assert carried_on(tariff, start_s, end_s, BAHIA) == (tariff, ())


def test_people_read_it_in_their_language():
    found = one(load_tariff(document([FLAT], currency="BRL"), "test"), coming([500] * 24))
    found = replace(found, low=Decimal("170.40"), high=Decimal("1204.50"))
    assert money_text(found, "en") == "expected R$186, between 170 and 1,204"
    assert money_text(found, "pt") == "previsão de R$\xa0186, entre 170 e 1.204"
    assert energy_text(4_210, 3_900, 5_000, "en") == "expected 4.2 kWh, between 3.9 and 5.0"
    assert nothing_text("en").startswith("no forecast yet")
    score = TrackScore(12, -500, 16_000, 200_000, 10)
    assert record_text(score, "pt").startswith("até agora: erro médio de 8 %; 10 de 12")


def test_gaps_are_no_energy():
    start_s, end_s = month_bounds_s(MONTH, BAHIA)
    midnights_s = start_s - DAY_S * np.arange(3, -1, -1)
    history = History(midnights_s, np.full((1, 3), GAP_WH), midnights_s[-1:], np.zeros((1, 0), int))
    made = forecast(history, np.array([0]), Cycle(start_s, end_s, BAHIA))
    tariff = load_tariff(document([FLAT]), "test")
    assert list(price_forecast(tariff, None, Coming(made), BAHIA, [NOBODY])) == [None]
