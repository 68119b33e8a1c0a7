"""Whatever is typed becomes a command, and a written command is read back."""

from hypothesis import given
from hypothesis import strategies as st

from quilowatt.meter.appliances import APPLIANCES
from quilowatt.meter.commands import (
    POWER_W_MAX,
    ChangePower,
    Command,
    HoldPower,
    NotUnderstood,
    Switch,
    parse_command,
)

powers = st.integers(0, POWER_W_MAX)
spaces = st.text(" \t", max_size=3)
written = st.sampled_from(["{}", "{} w", "{}W", "{} watts", "{:,}", "{:,} W"])
starts = st.sampled_from(["", "+", "-", "=", "on ", "off ", "ligar ", "desligar "])


@given(starts, st.text())
def test_anything_is_a_command(start, text):
    command = parse_command(start + text)
    assert isinstance(command, Command)
    if isinstance(command, NotUnderstood):
        assert command.text.isprintable()
        assert len(command.text) <= 40


@given(powers, written, spaces, spaces)
def test_amounts_are_read_back(power_w, form, before, between):
    figure = form.format(power_w)
    for text in {figure, figure.replace(",", ".")}:
        assert parse_command(f"{before}+{between}{text}") == ChangePower(power_w)
        assert parse_command(f"{before}-{between}{text}") == ChangePower(-power_w)
        assert parse_command(f"{before}={between}{text}") == HoldPower(power_w)


@given(st.integers(0, POWER_W_MAX), st.sampled_from([".", ","]))
def test_kilowatts_are_read_back(power_w, point):
    figure = f"{power_w // 1000}{point}{power_w % 1000:03d} kW"
    assert parse_command("=" + figure) == HoldPower(power_w)


@given(st.sampled_from(APPLIANCES), st.booleans(), st.booleans(), st.booleans())
def test_every_appliance_by_every_name(appliance, is_on, is_loud, has_article):
    verbs = ("on", "turn on", "ligar") if is_on else ("off", "switch off", "desligar")
    for verb in verbs:
        for name in (appliance.en, appliance.pt, *appliance.aliases):
            text = f"{verb} {'o ' if has_article else ''}{name}"
            command = parse_command(text.upper() if is_loud else text)
            assert command == Switch(appliance, is_on)
