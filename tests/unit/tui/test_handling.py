"""Alerts that somebody dealt with, budgets and forecasts, on the screen."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from quilowatt.client.models import AlertBudget
from quilowatt.client.models_alerts import CycleForecast, ForecastRange, ForecastScore
from quilowatt.tui.desk import Desk
from quilowatt.tui.panels import alert_rows, forecast_rows


@pytest.fixture
def coming(now):
    figures = ForecastRange(expected=Decimal("212.40"), low=Decimal(190), high=Decimal(240))
    return CycleForecast(
        usage_point=UUID(int=0x2000),
        cycle_start=now,
        cycle_end=now + timedelta(days=7),
        known_until=now,
        measured_kwh=100.0,
        energy_kwh=figures,
        money=figures,
        currency="BRL",
        notes=["the last flag known is assumed"],
        track_record=ForecastScore(
            forecasts=60, cycles=2, error_share=0.081, bias_share=0.0, in_range=0.8
        ),
    )


def told(alert, now, zone, words):
    rows = alert_rows([alert], width=60, now_s=now.timestamp(), zone=zone, words=words)
    return "\n".join(row.plain for row in rows).replace("\N{NO-BREAK SPACE}", " ")


def test_a_key_takes_note_of_the_alert_in_the_person_s_name(watch, feed):
    async def scenario(stage):
        await stage.press("enter")
        feed.raise_alert()
        await stage.shows("ABRUPT INCREASE", "o got it")
        await stage.press("o")
        await stage.shows("noted by terminal")
        assert "ABRUPT INCREASE" not in stage.text
        assert ("acknowledge", {"alert": 7, "author": "terminal"}) in feed.calls

    watch(feed, scenario)


def test_the_key_works_on_the_list_too_where_another_one_moves(watch, feed):
    async def scenario(stage):
        feed.raise_alert()
        await stage.shows("ABRUPT INCREASE", "o got it")
        await stage.press("k")
        await stage.press("o")
        await stage.until(lambda: "ABRUPT INCREASE" not in stage.text)
        assert ("acknowledge", {"alert": 7, "author": "terminal"}) in feed.calls

    watch(feed, scenario)


@pytest.mark.parametrize("what", ["is_acknowledged", "is_muted", "snoozed_until"])
def test_what_somebody_dealt_with_presses_nobody(feed, english, make_alert, now, what):
    desk = Desk(feed, english, now.timestamp, "http://127.0.0.1")
    value = now + timedelta(hours=1) if what == "snoozed_until" else True
    desk.set_open([make_alert(UUID(int=1), "Ana", **{what: value})])
    assert desk.pressing() == []
    assert desk.has_open(UUID(int=1))


def test_an_alert_says_what_was_done_with_it(make_alert, now, zone, portuguese):
    noted = make_alert(UUID(int=1), "Ana", is_acknowledged=True, acknowledged_by="Bia")
    assert "ciente: Bia" in told(noted, now, zone, portuguese)
    later = make_alert(UUID(int=1), "Ana", snoozed_until=now.replace(hour=18, minute=0))
    assert "adiado até 18:00" in told(later, now, zone, portuguese)
    muted = make_alert(UUID(int=1), "Ana", is_muted=True)
    assert "silenciado" in told(muted, now, zone, portuguese)


def test_a_budget_s_alert_shows_used_and_limit(make_alert, now, zone, english):
    budget = AlertBudget(
        limit=Decimal(250), used=Decimal("201.5"), expected=None, low=None, high=None,
        currency="BRL",
    )  # fmt: skip
    alert = make_alert(UUID(int=1), "Ana", kind="budget_money_80", budget=budget)
    text = told(alert, now, zone, english)
    assert "Money budget, 80 %" in text
    assert "R$201.50 of R$250.00" in text
    alert = alert.model_copy(update={"kind": "budget_money_forecast"})
    alert = alert.model_copy(
        update={"budget": budget.model_copy(update={"expected": Decimal("260.4")})}
    )
    assert "R$260.40 expected of R$250.00" in told(alert, now, zone, english)
    alert = alert.model_copy(update={"kind": "budget_energy_80"})
    energy = budget.model_copy(update={"currency": None, "used": None})
    text = told(alert.model_copy(update={"budget": energy}), now, zone, english)
    assert "– of 250 kWh" in text


def test_the_bill_says_what_it_will_come_to(watch, feed, coming):
    feed.coming = coming

    async def scenario(stage):
        await stage.press("enter")
        await stage.shows("Expected (190 to 240)  ", " R$212.40 ")
        await stage.press("b")
        await stage.shows("Expected: R$212.40, between R$190.00 and R$240.00")
        await stage.shows("off by 8 %", "80 % of the")

    watch(feed, scenario, size=(120, 40))


def test_the_expected_total_keeps_its_cents_in_a_narrow_panel(coming, portuguese):
    [row] = forecast_rows(coming, 36, portuguese)
    assert row.plain == "Previsão (190 a 240)       R$\xa0212,40"
    small = coming.money.model_copy(update={"low": Decimal("9.5"), "high": Decimal("12.25")})
    [row] = forecast_rows(coming.model_copy(update={"money": small}), 40, portuguese)
    assert row.plain.startswith("Previsão (9,50 a 12,25) ")


def test_without_a_price_nothing_is_expected_in_money(coming, english):
    unpriced = coming.model_copy(update={"money": None})
    assert forecast_rows(unpriced, 60, english) == []
