"""The meter's side of a talk, and which readings an answer makes safe."""

from uuid import UUID

import pytest

from quilowatt.errors import WireError
from quilowatt.wire import (
    Acknowledgement,
    HelloAnswer,
    Identity,
    Login,
    MeterConnection,
    MeterState,
    Pong,
    Refusal,
    Registered,
    SetInterval,
    SetRelay,
    Welcome,
    login_proof,
)
from quilowatt.wire.meter import TRANSITIONS

METER = UUID("6f1d9dd8-6d0a-4a57-9a55-0d3e7a2b1c90")
SECRET = bytes(range(32))
NONCE = "0123456789abcdef0123456789abcdef"


def greeted():
    connection = MeterConnection()
    connection.receive_data(f"HELLO 1 {NONCE} 1767225600\n".encode())
    return connection


def logged_in():
    connection = greeted()
    connection.receive_data(b"WELCOME 0 900 1767225600\n")
    return connection


UNDERSTOOD = [
    (MeterConnection, f"HELLO 1 {NONCE} 7\n".encode(), HelloAnswer(NONCE, 7)),
    (greeted, f"ID {METER}\n".encode(), Identity(METER)),
    (greeted, f"REGISTERED {METER} {SECRET.hex()}\n".encode(), Registered(METER, SECRET)),
    (greeted, b"WELCOME 0 900 1767225600\r\n", Welcome(0, 900, 1767225600)),
    (logged_in, b"A 1767225600\n", Acknowledgement(1767225600)),
    (logged_in, b"PONG 5\n", Pong(5)),
    (logged_in, b"SET interval 60\n", SetInterval(60)),
    (logged_in, b"SET relay on\n", SetRelay(is_on=True)),
    (logged_in, b"SET relay off\n", SetRelay(is_on=False)),
    (logged_in, b"ERR 422 7 too far ahead\n", Refusal(422, "7 too far ahead")),
    (MeterConnection, b"ERR 503 no room\n", Refusal(503, "no room")),
]

REFUSED = [
    (MeterConnection, b"A 5\n", "Acknowledgement came while NEW"),
    (MeterConnection, f"HELLO 2 {NONCE} 7\n".encode(), "version '2' is outside 1..1"),
    (greeted, b"WELCOME 0 0 7\n", "interval '0' is outside 1..2678400"),
    (logged_in, b"SET relay maybe\n", "'relay maybe' can't be set"),
    (logged_in, b"SET\n", "'' can't be set"),
    (logged_in, b"ERR what\n", "code 'what' is not a whole number"),
    (logged_in, b"HTTP/1.1 400 Bad Request\n", "unknown verb 'HTTP/1.1'"),
]


@pytest.mark.parametrize(("make", "line", "message"), UNDERSTOOD)
def test_a_good_line_whole_and_byte_by_byte(make, line, message):
    assert make().receive_data(line) == [message]
    connection = make()
    heard = [m for i in range(len(line)) for m in connection.receive_data(line[i : i + 1])]
    assert heard == [message]
    assert make().receive_data(line + b"PON")[0] == message


@pytest.mark.parametrize(("make", "line", "reason"), REFUSED)
def test_a_bad_line_costs_only_itself(make, line, reason):
    connection = make()
    error, pong = connection.receive_data(line + b"PONG 5\n")
    assert isinstance(error, WireError)
    assert error.reason.startswith(reason)
    assert pong == Pong(5)


@pytest.mark.parametrize("code", [401, 403, 413, 440, 503])
def test_a_closing_refusal_closes(code):
    connection = logged_in()
    assert connection.receive_data(b"ERR %d why\nPONG 5\n" % code) == [Refusal(code, "why")]
    assert connection.state is MeterState.CLOSED


@pytest.mark.parametrize("code", [400, 409, 422])
def test_other_refusals_leave_the_connection_open(code):
    connection = logged_in()
    assert len(connection.receive_data(b"ERR %d why\nPONG 5\n" % code)) == 2


def test_a_line_without_end_closes():
    connection = logged_in()
    (error,) = connection.receive_data(b"A" * 2000)
    assert error.code == 413
    assert connection.state is MeterState.CLOSED


def test_login_proves_the_secret_over_the_nonce():
    assert greeted().login(METER, SECRET) == Login(METER, login_proof(SECRET, NONCE))


def test_an_acknowledgement_covers_all_sent_up_to_its_time():
    connection = logged_in()
    for time_s in (30, 10, 20, 40):  # readings may be sent in any order
        connection.sent(time_s)
    assert connection.acknowledged(Acknowledgement(20)) == [30, 10, 20]
    assert connection.acknowledged(Acknowledgement(30)) == []
    assert list(connection.pending) == [40]


def test_a_refused_reading_is_pending_no_more():
    connection = logged_in()
    for time_s in (10, 20, 30):
        connection.sent(time_s)
    assert connection.refused(Refusal(422, "20 can't be true")) == 20
    assert connection.refused(Refusal(422, "20 can't be true")) is None
    assert connection.refused(Refusal(422, "- not understood")) is None
    assert connection.acknowledged(Acknowledgement(30)) == [10, 30]


def test_the_table_knows_every_state():
    assert set(TRANSITIONS) == set(MeterState)
    assert TRANSITIONS[MeterState.CLOSED] == {}
