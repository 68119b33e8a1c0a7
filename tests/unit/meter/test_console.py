"""The meter's answers, in both languages, to sense and nonsense."""

import pytest

from quilowatt.core.words import Words
from quilowatt.meter.appliances import APPLIANCES
from quilowatt.meter.console import Console, LinkStatus
from quilowatt.meter.live import LiveMeter
from quilowatt.meter.load import Load
from quilowatt.meter.phrases import PHRASES
from quilowatt.meter.register import Register


class QuietHome:
    def power_w(self, time_s):
        return 300


LINK = LinkStatus("Ana", "9f0c", "127.0.0.1:7007", is_connected=True, interval_s=5, pending=2)


@pytest.fixture
def meter():
    return LiveMeter(Load(QuietHome()), Register(12_345_678 * 3600), lambda: 1_790_000_000)


@pytest.fixture
def english(meter):
    return Console(meter, Words("en", PHRASES), lambda: LINK).answer


@pytest.fixture
def portuguese(meter):
    return Console(meter, Words("pt", PHRASES), lambda: LINK).answer


def test_raising_and_lowering(english):
    assert english("+500") == "Consumption now: 800 W."
    assert english("-200") == "Consumption now: 600 W."
    assert english("=1200").startswith("Held at 1,200 W")
    assert english("-5000") == "It can't fall below 0 W. Consumption now: 0 W."
    assert english("+99999") == "Consumption now: 99,999 W."
    assert english("+2") == "It can't rise above 100,000 W. Consumption now: 100,000 W."
    assert english("auto").endswith("Consumption now: 300 W.")


def test_switching_in_portuguese(portuguese):
    assert portuguese("ligar chuveiro") == "Ligado: chuveiro (+5.500 W). Consumo agora: 5.800 W."
    assert portuguese("on shower") == "Já está ligado: chuveiro."
    assert portuguese("desligar tudo").endswith("Consumo agora: 300 W.")
    assert portuguese("desligar tudo") == "Nenhum aparelho está ligado."
    assert portuguese("off chuveiro").startswith("Não está ligado: chuveiro.")


@pytest.mark.parametrize(
    ("typed", "in_english", "in_portuguese"),
    [
        ("onn", "I don't know “onn”. Try: help", "Não conheço “onn”. Experimente: ajuda"),
        ("500", "Type +500, -500 or =500.", "Digite +500, -500 ou =500."),
        ("+x", "“+x” is no amount of watts.", "“+x” não é uma potência."),
        ("=999999", "at most 100,000 W", "no máximo 100.000 W"),
        ("on", "Which appliance?", "Qual aparelho?"),
        ("on {nonsense}", "There is no “{nonsense}”", "Não há “{nonsense}”"),
        ("on kettel", "Did you mean “kettle”?", "Você quis dizer “kettle”?"),
    ],
)
def test_nonsense(english, portuguese, typed, in_english, in_portuguese):
    assert in_english in english(typed)
    assert in_portuguese in portuguese(typed)


def test_status(english, portuguese):
    english("+100")
    english("on kettle")
    lines = english("status").splitlines()
    assert lines[0] == "Ana · meter 9f0c"
    assert lines[1].split() == [
        "power",
        "2,200",
        "W",
        "(house",
        "300",
        "W,",
        "by",
        "hand",
        "+100",
        "W,",
        "kettle",
        "1,800",
        "W)",
    ]
    assert lines[2].split() == ["register", "12,345.678", "kWh"]
    assert "connected to 127.0.0.1:7007" in lines[3]
    assert "2 waiting" in lines[4]
    assert "12.345,678 kWh" in portuguese("estado")
    english("=700")
    english("-100")
    assert "(held at 700 W, by hand −100 W)" in english("status")


def test_a_disconnected_supply_is_said(meter, english, portuguese):
    meter.set_relay(is_on=False)
    assert "has disconnected the supply" in english("+100")
    assert "desligou o fornecimento" in portuguese("estado")
    assert english("status").splitlines()[1].split()[:3] == ["power", "0", "W"]


def test_appliances_are_listed(english, portuguese):
    english("on tv")
    listed = english("appliances").splitlines()
    assert len(listed) == 1 + len(APPLIANCES)
    assert "  ● TV" + " " * 19 + "120 W" in listed
    assert any(line.startswith("  ○ máquina de lavar") for line in portuguese("lista").splitlines())


def test_help_names_every_command(english, portuguese):
    for word in ("+500", "-500", "=1200", "auto", "on shower", "appliances", "status", "quit"):
        assert word in english("help")
    for word in ("+500", "-500", "=1200", "auto", "ligar chuveiro", "aparelhos", "estado", "sair"):
        assert word in portuguese("ajuda")


def test_quitting(english, portuguese):
    assert english("quit") is None
    assert portuguese("sair") is None
    assert english("") == ""
