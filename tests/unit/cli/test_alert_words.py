"""What commands about alerts, channels, budgets and forecasts print, and how they refuse."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import pytest

from quilowatt.cli.alert_words import action_lines, alert_lines, mute_lines
from quilowatt.cli.budget_words import budget_lines, forecast_lines
from quilowatt.cli.channel_words import channel_lines, made_lines, notice_lines
from quilowatt.cli.orders import moment_of, order_of
from quilowatt.client.models import Alert
from quilowatt.client.models_alerts import (
    AlertAction,
    Budget,
    Channel,
    ChannelOrder,
    CycleForecast,
    Mute,
    MuteOrder,
    Notice,
)
from quilowatt.errors import SettingsError

AT = datetime.fromisoformat("2026-11-24T08:00:00-03:00")
LATER = datetime.fromisoformat("2026-11-25T20:30:00-03:00")


def plain(lines):
    return "\n".join(lines).replace("\N{NO-BREAK SPACE}", " ")


def alert(**changed):
    fields = {
        "id": 7,
        "kind": "abrupt_increase",
        "severity": "warning",
        "customer": {"id": UUID(int=1), "name": "Ana"},
        "meter": UUID(int=2),
        "began_at": AT,
        "raised_at": AT,
        "updated_at": AT,
        "closed_at": None,
        "is_open": True,
        "power_w": 5000,
        "usual_power_w": 500,
        "excess_kwh": 1.0,
        "message": "Abrupt increase: about 5 kW.",
    }
    return Alert.model_validate(fields | changed)


def test_an_alert_tells_since_when_and_what_was_done_with_it():
    noted = alert(is_acknowledged=True, acknowledged_by="Bia", is_muted=True)
    over = alert(id=12, closed_at=LATER, is_open=False, severity="info")
    lines = plain(alert_lines([noted, over], "en", None))
    assert lines == (
        "7   abrupt_increase  warning  Ana  since 24 Nov 2026 08:00, noted by Bia, muted\n"
        "    Abrupt increase: about 5 kW.\n"
        "12  abrupt_increase  info     Ana  ended 25 Nov 2026 20:30\n"
        "    Abrupt increase: about 5 kW."
    )
    put_off = alert_lines([alert(snoozed_until=LATER)], "pt", 60)
    assert put_off == [
        "7  abrupt_increase  aviso  Ana",
        "    desde 24/11/2026 08:00, adiado até 25/11/2026 20:30",
        "    Abrupt increase: about 5 kW.",
    ]
    assert alert_lines([], "pt", None) == ["Não há nenhum alerta assim."]


def test_who_did_what_with_an_alert_is_told_in_order():
    fields = {"until": None, "author": "Bia", "note": "", "made_at": AT}
    noted = AlertAction(id=1, kind="acknowledge", **fields | {"note": "the oven"})
    later = AlertAction(id=2, kind="snooze", **fields | {"until": LATER})
    assert plain(action_lines([noted, later], "en")) == (
        "    24 Nov 2026 08:00  Bia took note: the oven\n"
        "    24 Nov 2026 08:00  Bia put it off until 25 Nov 2026 20:30"
    )
    assert action_lines([], "pt") == ["    Ninguém fez nada a respeito."]


def test_a_mute_says_where_which_kind_how_long_and_why():
    fields = {
        "id": 1, "usage_point": UUID(int=1), "customer": None, "kind": "night_load",
        "is_muted": True, "is_in_force": False, "until": LATER, "author": "Ana",
        "reason": "sauna", "made_at": AT,
    }  # fmt: skip
    over = Mute(**fields)
    undone = Mute(**fields | {"is_muted": False, "until": None, "usage_point": None, "kind": None})
    lines = plain(mute_lines([over, undone], "en")).splitlines()
    assert lines[0] == "usage point, night_load: muted until 25 Nov 2026 20:30 (over)"
    assert lines[1] == "    Ana, 24 Nov 2026 08:00: sauna"
    assert lines[2] == "customer, every kind: told"


def test_a_channel_tells_its_terms_and_a_secret_only_when_it_is_made():
    channel = Channel(
        id=UUID(int=1), name="Plantão", url="https://example.org/****", secret="s3cret",
        customer=None, language="pt", timezone="America/Bahia", quiet_start="22:00",
        quiet_end="07:00", digest_hour=18, severity_min="critical", kinds=["flat_line"],
        tells_end=True, author="Ana", added_at=AT, removed_at=LATER,
    )  # fmt: skip
    lines = channel_lines([channel], "pt", None)
    assert lines[1] == (
        "    alertas de todos, pt, America/Bahia, a partir de crítico, flat_line, silêncio de "
        "22:00 a 07:00, uma vez por dia às 18 h, fins também, removido em 25/11/2026 20:30"
    )
    assert "s3cret" not in plain(lines)
    assert "s3cret" in plain(made_lines(channel, "en", 80))


@pytest.mark.parametrize(
    ("state", "fate"),
    [
        ("waiting", "waits until 25 Nov 2026 20:30"),
        ("sent", "sent 24 Nov 2026 08:00"),
        ("dead", "given up 24 Nov 2026 08:00"),
        ("withdrawn", "no longer needed"),
    ],
)
def test_a_notice_tells_how_far_it_is_and_what_failed(state, fate):
    notice = Notice(
        id=3, channel=UUID(int=1), channel_name="hook", alert=7, phase="closed", state=state,
        planned_at=AT, next_at=LATER if state == "waiting" else None,
        attempts=[{"at": AT, "is_sent": state == "sent", "detail": "HTTP 500"}],
    )  # fmt: skip
    row, *below = notice_lines([notice], "en", None)
    assert row == f"3  24 Nov 2026 08:00  hook  end of alert 7  {fate}"
    assert below == ([] if state == "sent" else ["    attempt 1 failed: HTTP 500"])


def forecast(**changed):
    fields = {
        "usage_point": UUID(int=1),
        "cycle_start": datetime.fromisoformat("2026-11-01T00:00:00-03:00"),
        "cycle_end": datetime.fromisoformat("2026-12-01T00:00:00-03:00"),
        "known_until": AT,
        "measured_kwh": 275.08,
        "energy_kwh": {"expected": "329.388", "low": "321.561", "high": "338.523"},
        "money": {"expected": "382.81", "low": "373.71", "high": "393.43"},
        "currency": "BRL",
        "notes": ["the flag of November is taken"],
        "track_record": {
            "forecasts": 60, "cycles": 2, "error_share": 0.081, "bias_share": -0.02,
            "in_range": 0.8,
        },
    }  # fmt: skip
    return CycleForecast.model_validate(fields | changed)


def test_a_forecast_tells_energy_money_their_ranges_and_its_record():
    assert plain(forecast_lines("Ana", forecast(), "en", None)) == (
        "Ana, 1 Nov 2026 to 30 Nov 2026\n"
        "so far    275.1 kWh  until 24 Nov 2026 08:00\n"
        "expected  329.4 kWh  321.6 kWh to 338.5 kWh\n"
        "expected  R$382.81   R$373.71 to R$393.43\n"
        "Four of five cycles end within the range.\n"
        "    the flag of November is taken\n"
        "So far here: off by 8 % on average, too little by 2 %; 80 % of 60 ranges held (cycles: 2)."
    )
    nothing = forecast(known_until=None, energy_kwh=None, money=None, track_record=None, notes=[])
    assert "Ainda se sabe pouco" in plain(forecast_lines("Ana", nothing, "pt", 80))


def test_a_budget_that_ended_or_is_not_there_says_so():
    fields = {
        "usage_point": UUID(int=1), "measure": "energy", "limit": Decimal("100.5"),
        "currency": None, "author": "Ana", "since": AT, "cycle_start": AT, "cycle_end": LATER,
        "used": Decimal(80), "expected": None, "low": None, "high": None,
    }  # fmt: skip
    holds, ended = Budget(**fields), Budget(**fields | {"limit": None})
    first, second = budget_lines([holds, ended], "en")
    assert plain([first]) == (
        "Budget 100.5 kWh a cycle: 80.0 kWh so far; too little is known yet for a forecast"
    )
    known = holds.model_copy(
        update={"expected": Decimal(120), "low": Decimal(110), "high": Decimal(130)}
    )
    [line] = budget_lines([known], "en")
    assert line.endswith("120.0 kWh expected (110.0 kWh to 130.0 kWh)")
    assert second == "The budget has ended."
    assert "quilowatt budget set" in plain(budget_lines([], "pt"))


def test_a_refused_option_is_named_as_it_was_typed_and_shows_no_secret():
    order = {"name": "x", "url": "", "author": "Ana", "secret": "sh0rt", "digest_hour": 24}
    with pytest.raises(SettingsError) as refusal:
        order_of(ChannelOrder, "pt", {"name": ("NAME", None)}, **order)
    said = str(refusal.value)
    assert "--url: https://… para um webhook" in said
    assert "--digest-hour 24: de 0 a 23" in said
    assert "sh0rt" not in said


def test_a_kind_that_is_none_is_answered_with_all_there_are():
    with pytest.raises(SettingsError, match=r"--kind surge: one of abrupt_increase, .*flat_line"):
        order_of(MuteOrder, "en", kind="surge", is_muted=True, author="Ana", reason="why")


def test_a_moment_is_a_length_of_time_or_an_instant():
    now = datetime.now().astimezone()
    found = datetime.fromisoformat(moment_of("--until", "3d", "en"))
    assert abs((found - now).total_seconds() - 3 * 86_400) < 3700
    assert datetime.fromisoformat(moment_of("--until", "2026-11-24 08:00", "en")).tzinfo
    assert moment_of("--until", AT.isoformat(), "en") == AT.isoformat()
    for wrong in ("", "h", "3w", "99999d", "tomorrow", "-3d", "2026-13-01"):
        with pytest.raises(SettingsError, match="12h, 3d"):
            moment_of("--until", wrong, "en")
