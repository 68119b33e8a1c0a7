"""What happens by itself is told in the person's language."""

from datetime import UTC
from uuid import UUID

import pytest

from quilowatt.core.words import Words
from quilowatt.errors import MeterError
from quilowatt.meter.narrator import Narrator
from quilowatt.meter.phrases import PHRASES
from quilowatt.meter.sender import MeterFault
from quilowatt.meter.session_events import (
    Connecting,
    ConnectionLost,
    IntervalSet,
    LoggedIn,
    MeterRegistered,
    Objected,
    ReadingRefused,
    ReadingsAnswered,
    RelaySet,
)

WHO = UUID("9f0c4a52-6a51-4bb1-a0a6-3c8f0f1a7f11")
UP = LoggedIn(WHO, 0, 5, 0)


@pytest.fixture
def english():
    return Narrator(Words("en", PHRASES), "host:7007", lambda: 5, UTC).line


@pytest.fixture
def portuguese():
    return Narrator(Words("pt", PHRASES), "host:7007", lambda: 5, UTC).line


def test_a_connections_life(english):
    assert english(Connecting("host", 7007)) == ""
    assert english(MeterRegistered(WHO)) == f"Registered as {WHO}."
    assert english(UP) == "Connected to host:7007; a reading every 5 s."
    assert english(ReadingsAnswered(1, 0, 0)) == ""
    lost = english(ConnectionLost("the head-end closed the connection", 1.7))
    assert lost.startswith("Lost the connection to host:7007 (the server closed it).")
    assert lost.endswith("next try in 2 s.")
    still = english(ConnectionLost("[Errno 111] Connect call failed ('127.0.0.1', 7007)", 0.2))
    assert still.startswith("No answer from host:7007 (is the server running?).")
    assert still.endswith("next try in 1 s.")
    assert english(UP) == "Connected to host:7007; a reading every 5 s."


def test_datagrams_connect_too(english):
    assert english(ReadingsAnswered(1, 0, 0)).startswith("Connected")
    assert "no answer in time" in english(ConnectionLost("a datagram was not answered", 5.0))


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("the head-end closed the connection (503): no room", "parando ou sem espaço"),
        ("the head-end does not know this meter (401): unknown", "escolha outro --data"),
        ("another connection logged in as this meter (440): …", "duas vezes"),
        ("[Errno -2] Name or service not known", "esse nome não existe"),
        ("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed", "--ca"),
        ("[Errno 28] something of its own", "[Errno 28] something of its own"),
    ],
)
def test_reasons_are_put_into_words(portuguese, reason, said):
    assert said in portuguese(ConnectionLost(reason, 3.0))


@pytest.mark.parametrize(
    ("event", "in_english", "in_portuguese"),
    [
        (IntervalSet(60), "every 60 s", "a cada 60 s"),
        (RelaySet(is_on=False), "disconnected the supply", "desligou o fornecimento"),
        (RelaySet(is_on=True), "connected the supply again", "religou o fornecimento"),
        (ReadingRefused(0, "too far ahead", 1), "1 Jan 1970 00:00: too far", "01/01/1970 00:00"),
        (ReadingRefused(None, "malformed", 1), "reading of ?", "leitura de ?"),
        (Objected(400, "what?"), "(400): what?", "(400): what?"),
        (
            MeterFault(MeterError("disk full", "disco cheio")),
            "could not be kept",
            "Não foi possível guardar",
        ),
    ],
)
def test_the_rest(english, portuguese, event, in_english, in_portuguese):
    assert in_english in english(event)
    assert in_portuguese in portuguese(event)
