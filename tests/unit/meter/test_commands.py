"""What people type is understood, or refused for a reason that helps."""

import pytest

from quilowatt.meter.appliances import find_appliance
from quilowatt.meter.commands import (
    ChangePower,
    FollowHousehold,
    HoldPower,
    ListAppliances,
    Nothing,
    NotUnderstood,
    Quit,
    ShowHelp,
    ShowStatus,
    Switch,
    SwitchAllOff,
    parse_command,
)

SHOWER = find_appliance("shower")
WASHER = find_appliance("washing machine")


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("+500", ChangePower(500)),
        ("-500", ChangePower(-500)),
        ("  + 500 W ", ChangePower(500)),
        ("−500", ChangePower(-500)),
        ("+0", ChangePower(0)),
        ("=1200", HoldPower(1200)),
        ("= 1.200", HoldPower(1200)),
        ("=1,200w", HoldPower(1200)),
        ("=0", HoldPower(0)),
        ("+1.5kW", ChangePower(1500)),
        ("+1,5 kw", ChangePower(1500)),
        ("-0,250 kW", ChangePower(-250)),
        ("=2 kW", HoldPower(2000)),
        ("+500 watts", ChangePower(500)),
        ("=100000", HoldPower(100_000)),
        ("on shower", Switch(SHOWER, is_on=True)),
        ("ligar chuveiro", Switch(SHOWER, is_on=True)),
        ("LIGAR O CHUVEIRO", Switch(SHOWER, is_on=True)),
        ("turn off the shower", Switch(SHOWER, is_on=False)),
        ("desligar chuveiro elétrico", Switch(SHOWER, is_on=False)),
        ("liga a máquina de lavar", Switch(WASHER, is_on=True)),
        ("off all", SwitchAllOff()),
        ("desligar tudo", SwitchAllOff()),
        ("status", ShowStatus()),
        ("Estado", ShowStatus()),
        ("situação", ShowStatus()),
        ("help", ShowHelp()),
        ("AJUDA", ShowHelp()),
        ("?", ShowHelp()),
        ("appliances", ListAppliances()),
        ("aparelhos", ListAppliances()),
        ("auto", FollowHousehold()),
        ("automático", FollowHousehold()),
        ("quit", Quit()),
        ("sair", Quit()),
        ("", Nothing()),
        (" \t ", Nothing()),
    ],
)
def test_understood(typed, command):
    assert parse_command(typed) == command


@pytest.mark.parametrize(
    ("typed", "problem", "text"),
    [
        ("onn", "unknown", "onn"),
        ("onshower", "unknown", "onshower"),
        ("\u0301", "unknown", "\u0301"),
        ("500", "no_sign", "500"),
        ("1.5 kW", "no_sign", "1.5 kW"),
        ("+", "no_number", "+"),
        ("+abc", "no_number", "+abc"),
        ("+1.5", "no_number", "+1.5"),
        ("--5", "no_number", "--5"),
        ("+1e3", "no_number", "+1e3"),
        ("+٣", "no_number", "+٣"),
        ("=100001", "too_much", "=100001"),
        ("+101 kW", "too_much", "+101 kW"),
        ("+" + "9" * 5000, "too_much", "+" + "9" * 38 + "…"),
        ("on", "which", ""),
        ("desligar o", "which", ""),
        ("on all", "no_appliance", "all"),
        ("on time machine", "no_appliance", "time machine"),
        ("on\x1b[2J", "unknown", "on�[2J"),
    ],
)
def test_not_understood(typed, problem, text):
    assert parse_command(typed) == NotUnderstood(problem, text)


def test_a_slip_gets_a_guess():
    assert parse_command("on showr") == NotUnderstood("like", "showr", "shower")
    assert parse_command("ligar chuvero") == NotUnderstood("like", "chuvero", "chuveiro")
