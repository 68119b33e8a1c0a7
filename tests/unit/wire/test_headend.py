"""The head-end's side of a talk: each case whole, byte by byte, and with trailing bytes."""

import sys
from uuid import UUID

import pytest

from quilowatt.errors import WireError
from quilowatt.limits import LINE_SIZE_MAX
from quilowatt.wire import (
    Bye,
    HeadEndConnection,
    Hello,
    Identify,
    Login,
    Ping,
    Reading,
    Register,
    RegistrationDetails,
    State,
    login_proof,
)
from quilowatt.wire.headend import TRANSITIONS

UUID_TEXT = "6f1d9dd8-6d0a-4a57-9a55-0d3e7a2b1c90"
METER = UUID(UUID_TEXT)
SECRET = bytes(range(32))
NONCE = "0123456789abcdef0123456789abcdef"
PROOF = login_proof(SECRET, NONCE)
LOGIN = f"LOGIN {UUID_TEXT} {PROOF}\n".encode()
R_FORM = "the form is: R <time> <import Wh> <export Wh>"
VERBS = "HELLO IDENTIFY REGISTER LOGIN R PING BYE"


def told(connection, chunks):
    events = [event for chunk in chunks for event in connection.receive_data(chunk)]
    return [(e.code, e.reason) if isinstance(e, WireError) else e for e in events]


def byte_by_byte(data):
    return [data[i : i + 1] for i in range(len(data))]


def logged_in():
    connection = HeadEndConnection()
    connection.receive_line(b"HELLO 1")
    connection.greeted(NONCE)
    assert connection.check_login(connection.receive_line(LOGIN.strip()), SECRET)
    connection.logged_in()
    return connection


UNDERSTOOD = [
    (HeadEndConnection, b"HELLO 1\n", Hello(1)),
    (HeadEndConnection, b"HELLO 1\r\n", Hello(1)),
    (HeadEndConnection, b"HELLO 0001\n", Hello(1)),
    (HeadEndConnection, b"IDENTIFY\n", Identify()),
    (HeadEndConnection, b"PING\n", Ping()),
    (HeadEndConnection, b"BYE\n", Bye()),
    (
        HeadEndConnection,
        f'REGISTER {UUID_TEXT} {{"name": "Ana Ã", "interval": 60, "x": [1]}}\n'.encode(),
        Register(METER, RegistrationDetails("Ana Ã", interval_s=60, extra={"x": [1]})),
    ),
    (logged_in, b"R 1767225600 12 3\n", Reading(1767225600, 12, 3)),
    (logged_in, b"R 1 0 9007199254740991\n", Reading(1, 0, 2**53 - 1)),
    (logged_in, b"R 1099511627776 007 0\n", Reading(2**40, 7, 0)),
    (logged_in, b"PING\n", Ping()),
]

REFUSED = [
    (HeadEndConnection, b"\n", 400, f"a line begins with a verb; known: {VERBS}"),
    (HeadEndConnection, b"hello 1\n", 400, f"unknown verb 'hello'; known: {VERBS}"),
    (HeadEndConnection, b"\x1b[2J\n", 400, f"unknown verb '\\x1b[2J'; known: {VERBS}"),
    (HeadEndConnection, b"\xff\n", 400, "the line is not UTF-8 text"),
    (HeadEndConnection, b"HELLO 2\n", 400, "version 1 is spoken here: send HELLO 1"),
    (
        HeadEndConnection,
        b"HELLO\n",
        400,
        "0 fields, not 1, parted by one space each; the form is: HELLO 1",
    ),
    (
        HeadEndConnection,
        b"PING \n",
        400,
        "1 fields, not 0, parted by one space each; the form is: PING",
    ),
    (HeadEndConnection, b"R 1 2 3\n", 400, "R is not legal now: HELLO 1 first, then LOGIN"),
    (HeadEndConnection, b"R\n", 400, "R is not legal now: HELLO 1 first, then LOGIN"),
    (HeadEndConnection, LOGIN, 400, "LOGIN is not legal now: HELLO 1 first, then LOGIN"),
    (
        HeadEndConnection,
        b"REGISTER x {}\n",
        400,
        '\'x\' is not a UUID of 36 characters; the form is: REGISTER <uuid> {"name":"…"}',
    ),
    (
        HeadEndConnection,
        f"REGISTER {UUID_TEXT} {{}}\n".encode(),
        400,
        '"name" is required: what to call the customer; the form is: REGISTER <uuid> {"name":"…"}',
    ),
    (
        logged_in,
        LOGIN,
        400,
        "LOGIN is not legal now: already logged in; open another connection for that",
    ),
    (logged_in, b"R x 2 3\n", 422, f"- time 'x' is not a whole number of plain digits; {R_FORM}"),
    (
        logged_in,
        b"R 7 -2 3\n",
        422,
        f"7 import '-2' is not a whole number of plain digits; {R_FORM}",
    ),
    (
        logged_in,
        b"R 7 2 +3\n",
        422,
        f"7 export '+3' is not a whole number of plain digits; {R_FORM}",
    ),
    (
        logged_in,
        b"R 7 1_0 3\n",
        422,
        f"7 import '1_0' is not a whole number of plain digits; {R_FORM}",
    ),
    (
        logged_in,
        "R 7 ٣ 3\n".encode(),
        422,
        f"7 import '٣' is not a whole number of plain digits; {R_FORM}",
    ),
    (logged_in, b"R 0 2 3\n", 422, f"0 time '0' is outside 1..1099511627776; {R_FORM}"),
    (
        logged_in,
        b"R 7 9007199254740992 3\n",
        422,
        f"7 import '9007199254740992' is outside 0..9007199254740991; {R_FORM}",
    ),
    (logged_in, b"R 7 2\n", 422, f"- 2 fields, not 3, parted by one space each; {R_FORM}"),
    (logged_in, b"R 7  2 3\n", 422, f"- 4 fields, not 3, parted by one space each; {R_FORM}"),
]


@pytest.mark.parametrize(("make", "line", "event"), UNDERSTOOD)
def test_a_good_line(make, line, event):
    assert told(make(), [line]) == [event]
    assert told(make(), byte_by_byte(line)) == [event]
    after = [] if event == Bye() else [Ping()]
    assert told(make(), [line + b"PING\nHAL"]) == [event, *after]


@pytest.mark.parametrize(("make", "line", "code", "reason"), REFUSED)
def test_a_bad_line_costs_only_itself(make, line, code, reason):
    assert told(make(), [line]) == [(code, reason)]
    assert told(make(), byte_by_byte(line)) == [(code, reason)]
    assert told(make(), [line + b"PING\n"]) == [(code, reason), Ping()]


def test_the_table_knows_every_state():
    assert set(TRANSITIONS) == set(State)
    assert TRANSITIONS[State.CLOSED] == {}


def test_the_longest_line_is_understood_and_a_longer_one_closes():
    frame = f'REGISTER {UUID_TEXT} {{"name":"a","x":"%s"}}\n'
    room = LINE_SIZE_MAX - len(frame % "")
    longest, longer = (frame % ("y" * room)).encode(), (frame % ("y" * (room + 1))).encode()
    assert len(longest) == LINE_SIZE_MAX
    assert isinstance(told(HeadEndConnection(), [longest])[0], Register)
    for chunks in ([longer], byte_by_byte(longer), [b"R" * 1_000_000]):
        connection = HeadEndConnection()
        assert told(connection, chunks) == [
            (413, "a line may have 1024 B with its LF; this one is longer")
        ]
        assert connection.is_hopeless
        assert connection.state is State.CLOSED


def test_ten_bad_lines_in_a_row_are_hopeless_and_a_good_one_forgives():
    connection = HeadEndConnection()
    told(connection, [b"what\n" * 9])
    assert connection.bad_lines == 9
    told(connection, [b"PING\n"])
    assert connection.bad_lines == 0
    assert len(told(connection, [b"what\n" * 12])) == 10
    assert connection.is_hopeless


def test_readings_that_cannot_be_true_are_no_error_of_the_connection():
    connection = logged_in()
    assert len(told(connection, [b"R x x x\n" * 50])) == 50
    assert not connection.is_hopeless
    assert connection.bad_lines == 0


def test_login_with_the_right_proof_once():
    connection = HeadEndConnection()
    connection.receive_line(b"HELLO 1")
    connection.greeted(NONCE)
    login = connection.receive_line(LOGIN.strip())
    assert login == Login(METER, PROOF)
    assert connection.check_login(login, SECRET)
    assert not connection.check_login(login, SECRET), "the nonce is spent"


@pytest.mark.parametrize("secret", [None, bytes(32)])
def test_login_with_a_wrong_secret_or_an_unknown_meter(secret):
    connection = HeadEndConnection()
    connection.receive_line(b"HELLO 1")
    connection.greeted(NONCE)
    assert not connection.check_login(connection.receive_line(LOGIN.strip()), secret)


def test_an_unknown_meter_is_refused_even_with_the_proof_of_no_secret():
    connection = HeadEndConnection()
    connection.receive_line(b"HELLO 1")
    connection.greeted(NONCE)
    assert not connection.check_login(Login(METER, login_proof(bytes(32), NONCE)), None)


def test_readings_sent_behind_login_are_read():
    connection = HeadEndConnection()
    connection.receive_line(b"HELLO 1")
    connection.greeted(NONCE)
    assert told(connection, [LOGIN + b"R 1 2 3\n"]) == [Login(METER, PROOF), Reading(1, 2, 3)]
    assert connection.state is State.LOGGING_IN


def test_a_closed_connection_hears_nothing():
    connection = HeadEndConnection()
    connection.close()
    assert told(connection, [b"PING\n"]) == []
    with pytest.raises(WireError, match="the connection is closed"):
        connection.receive_line(b"PING")


def test_an_idle_connection_is_small():
    connection = logged_in()
    assert not hasattr(connection, "__dict__")
    assert sys.getsizeof(connection) <= 96
