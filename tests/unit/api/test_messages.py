"""What an alert says."""

from dataclasses import replace
from uuid import UUID
from zoneinfo import ZoneInfo

from quilowatt.api.alert_view import size_item
from quilowatt.api.messages import alert_message
from quilowatt.store import AlertRecord

ZONE = ZoneInfo("America/Bahia")
OPENED_S = 1_795_208_400  # 18:00 of 20 November 2026 in Bahia
RECORD = AlertRecord(
    id=1,
    kind="abrupt_increase",
    severity="warning",
    meter_number=1,
    meter_uuid=UUID(int=1),
    usage_point_id=1,
    customer_id=1,
    customer_uuid=UUID(int=1),
    customer_name="Ana",
    opened_at_s=OPENED_S,
    raised_at_s=OPENED_S + 2,
    updated_at_s=OPENED_S + 60,
    closed_at_s=None,
    power_w=5812,
    usual_power_w=340,
    excess_wh=1_234_567,
)


def test_says_the_size_and_the_most_that_is_usual_in_the_language_of_the_reader():
    assert alert_message(RECORD, ZONE, "pt") == (
        "Aumento abrupto do consumo: cerca de 5,8 kW desde 18:00; o máximo habitual aqui é 340 W. "
        "Até agora, 1.234,567 kWh acima disso."
    )
    assert alert_message(RECORD, ZONE, "en") == (
        "Abrupt increase: about 5.8 kW since 18:00; usually it is at most 340 W here. "
        "1,234.567 kWh above that so far."
    )


def test_says_that_it_is_over_and_of_which_day_it_was():
    over = replace(RECORD, closed_at_s=RECORD.opened_at_s + 7200)
    assert alert_message(over, ZONE, "pt") == (
        "Aumento abrupto do consumo, já encerrado: até cerca de 5,8 kW, de 20/11/2026 18:00 a "
        "20:00; o máximo habitual aqui é 340 W. No total, 1.234,567 kWh acima disso."
    )
    assert alert_message(over, ZONE, "en") == (
        "Abrupt increase, now over: up to about 5.8 kW from 20 Nov 2026 18:00 to 20:00; "
        "usually it is at most 340 W here. 1,234.567 kWh above that in all."
    )


def test_names_the_day_where_an_episode_passes_midnight():
    long = replace(RECORD, updated_at_s=RECORD.opened_at_s + 86_400)
    assert "since 20 Nov 2026 18:00;" in alert_message(long, ZONE, "en")
    over = replace(long, closed_at_s=long.updated_at_s)
    assert "de 20/11/2026 18:00 a 21/11/2026 18:00" in alert_message(over, ZONE, "pt")


def test_a_kind_without_words_says_its_name():
    assert alert_message(replace(RECORD, kind="leak"), ZONE, "pt") == "leak"


def test_says_what_it_costs_where_that_was_worked_out():
    kept = {"currency": "BRL", "per_day": None, "per_week": None, "so_far": "1234.57"}
    kept["per_hour"] = "6.45"
    priced = replace(RECORD, details={"cost": kept | {"basis": [OPENED_S, OPENED_S + 60, 0, 9, 0]}})
    assert alert_message(priced, ZONE, "pt").endswith(
        "Custa cerca de R$\xa06,50 por hora; até agora, R$\xa01.200."
    )
    assert size_item(priced) == {
        "power_change_w": 5472,
        "energy_per_day_kwh": None,
        "cost_per_day": None,
        "cost_per_week": None,
        "cost_so_far": "1234.57",
        "cost_per_hour": "6.45",
        "currency": "BRL",
    }


def test_says_how_much_a_day_is_and_of_what_it_says_nothing():
    fallen = replace(RECORD, kind="lasting_decrease", details={"excess_per_day_wh": -4800})
    assert size_item(fallen)["energy_per_day_kwh"] == -4.8
    assert size_item(replace(RECORD, kind="clock_wrong"))["power_change_w"] is None
