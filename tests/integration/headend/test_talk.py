"""Every answer of the protocol but those about readings, from a real server over real sockets."""

import contextlib
import json
import re
import time
from itertools import pairwise
from uuid import UUID, uuid4

import pytest

from harness.caller import Credentials
from quilowatt.limits import BAD_LINES_IN_A_ROW_MAX, LINE_SIZE_MAX

HEX_32 = re.compile("[0-9a-f]{32}")
HEX_64 = re.compile("[0-9a-f]{64}")


def is_now(field):
    return abs(int(field) - time.time()) < 60


def test_a_meter_asks_for_an_identity_registers_logs_in_reports_and_leaves(caller):
    caller.say("HELLO 1")
    nonce, hello_time = caller.expect("HELLO", "1")
    assert HEX_32.fullmatch(nonce)
    assert is_now(hello_time)
    caller.say("IDENTIFY")
    (uuid,) = caller.expect("ID")
    assert UUID(uuid).version == 4
    caller.say(f'REGISTER {uuid} {{"name": "Ana Luísa", "interval": 60}}')
    (secret,) = caller.expect("REGISTERED", uuid)
    assert HEX_64.fullmatch(secret)
    meter = Credentials(UUID(uuid), bytes.fromhex(secret))
    caller.say(f"LOGIN {uuid} {meter.proof(nonce)}")
    last_time, interval, welcome_time = caller.expect("WELCOME")
    assert (last_time, interval) == ("0", "60")
    assert is_now(welcome_time)
    caller.say("R 1767225600 1234 0")
    assert caller.expect("A") == ["1767225600"]
    caller.say("PING")
    (pong_time,) = caller.expect("PONG")
    assert is_now(pong_time)
    caller.say("BYE")
    caller.expect_end()


def test_no_two_nonces_and_no_two_identities_are_the_same(caller):
    given = {caller.greet() for _ in range(20)} | {caller.identify() for _ in range(20)}
    assert len(given) == 40


def test_lines_may_end_in_cr_lf(caller):
    caller.send(b"HELLO 1\r\nPING\r\n")
    caller.expect("HELLO", "1")
    caller.expect("PONG")
    caller.become_meter()
    caller.send(b"R 1767225600 1 0\r\nPING\r\nR 1767226500 2 0\r\n")
    heard = [caller.hear().split(" ")[0] for _ in range(2)]
    assert sorted(heard) == ["A", "PONG"]


def test_bytes_may_come_one_by_one(caller):
    meter = caller.register()
    nonce = caller.greet()
    talk = f"PING\nLOGIN {meter.uuid} {meter.proof(nonce)}\nR 1767225600 17 3\nPING\n"
    for byte in talk.encode():
        caller.send(bytes([byte]))
    caller.expect("PONG")
    caller.expect("WELCOME", "0")
    assert sorted(caller.hear().split(" ")[0] for _ in range(2)) == ["A", "PONG"]


def test_several_lines_may_come_in_one_packet(caller):
    caller.say("HELLO 1", "IDENTIFY", "PING", "IDENTIFY")
    verbs = [caller.hear().split(" ")[0] for _ in range(4)]
    assert verbs == ["HELLO", "ID", "PONG", "ID"]


def test_login_and_readings_may_come_in_one_packet(line, caller):
    meter = caller.register()
    nonce = caller.greet()
    readings = [f"R {1767225600 + 900 * n} {n} 0" for n in range(100)]
    caller.say(f"LOGIN {meter.uuid} {meter.proof(nonce)}", *readings)
    caller.expect("WELCOME", "0")
    caller.expect_acknowledged(1767225600 + 900 * 99)
    assert len(line.server.readings(meter.uuid)) == 100


def test_what_is_reported_before_bye_is_acknowledged_before_the_end(line, caller, meter):
    caller.say("R 1767225600 1 0", "R 1767226500 2 0", "BYE")
    caller.expect_acknowledged(1767226500)
    caller.expect_end()
    assert len(line.server.readings(meter.uuid)) == 2


def test_a_meter_that_says_bye_and_hangs_up_at_once_harms_nobody(line, caller, meter):
    for _ in range(20):
        with line.call() as leaver:
            leaver.say("PING", "BYE")
    caller.say("PING")
    caller.expect("PONG")


# --- 400 -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        b"",
        b" ",
        b"NONSENSE",
        b"hello 1",
        b"HELLO",
        b"HELLO 2",
        b"HELLO  1",
        b"HELLO 1 ",
        b"HELLO -1",
        b"IDENTIFY me",
        b"REGISTER",
        b"REGISTER not-a-uuid {}",
        b"PING PING",
        b"\xff\xfe\x00",
        b"\x00",
        "HELLO ١".encode(),
        b"GET / HTTP/1.1\r",
        b"R 1767225600 1 0",
        b"LOGIN 00000000-0000-4000-8000-000000000000 " + b"0" * 64,
    ],
)
def test_a_line_that_cant_be_understood_now_is_answered_and_the_talk_goes_on(caller, words):
    caller.send(words + b"\nPING\n")
    caller.expect("ERR", "400")
    caller.expect("PONG")


@pytest.mark.parametrize(
    "words",
    [
        "HELLO 1",
        "IDENTIFY",
        f"REGISTER {UUID(int=4)} {{}}",
        f"LOGIN {UUID(int=4)} {'0' * 64}",
        "",
        "R",
        "X",
    ],
)
def test_a_logged_in_meter_may_only_report_ping_and_leave(caller, meter, words):
    caller.say(words, "PING")
    (code, *_) = caller.expect("ERR")
    assert code == ("422" if words == "R" else "400")
    caller.expect("PONG")


@pytest.mark.parametrize(
    ("details", "wrong"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": 5}, "name"),
        ({"name": "Ana", "phases": 4}, "phases"),
        ({"name": "Ana", "interval": 0}, "interval"),
        ({"name": "Ana", "interval": 1e400}, "JSON"),
        ({"name": "Ana", "digits": 99}, "digits"),
        ({"name": "Ana", "usage_point": "home"}, "usage_point"),
        ({"name": "Ana", "usage_point": str(UUID(int=4))}, "usage"),
        ([], "object"),
        ("x", "object"),
    ],
)
def test_a_wrong_registration_is_told_what_is_wrong_and_may_be_repeated(caller, details, wrong):
    uuid = caller.identify()
    caller.say(f"REGISTER {uuid} {json.dumps(details)}")
    assert wrong in " ".join(caller.expect("ERR", "400"))
    caller.say(f'REGISTER {uuid} {{"name": "Ana"}}')
    caller.expect("REGISTERED", uuid)


def test_unknown_keys_of_a_registration_are_ignored(caller):
    caller.register(colour="blue", nested={"a": [1, None]})


def test_ten_lines_in_a_row_that_cant_be_understood_close(caller):
    caller.say(*["NONSENSE"] * (BAD_LINES_IN_A_ROW_MAX + 5), "PING")
    for _ in range(BAD_LINES_IN_A_ROW_MAX):
        caller.expect("ERR", "400")
    caller.expect_end()


def test_a_good_line_makes_the_bad_ones_before_it_forgotten(caller):
    for _ in range(3):
        caller.say(*["NONSENSE"] * (BAD_LINES_IN_A_ROW_MAX - 1), "PING")
        for _ in range(BAD_LINES_IN_A_ROW_MAX - 1):
            caller.expect("ERR", "400")
        caller.expect("PONG")


def test_ten_bad_lines_close_a_logged_in_meter_too(line, caller, meter):
    caller.say("R 1767225600 5 0", *["NONSENSE"] * BAD_LINES_IN_A_ROW_MAX, "R 1767226500 6 0")
    heard = [caller.hear().split(" ") for _ in range(BAD_LINES_IN_A_ROW_MAX)]
    heard = [words[:2] for words in heard if words[0] != "A"]
    assert heard == [["ERR", "400"]] * len(heard)


def test_a_reading_makes_the_bad_lines_before_it_forgotten(caller, meter):
    for number in range(3):
        caller.say(*["NONSENSE"] * (BAD_LINES_IN_A_ROW_MAX - 1), f"R {1767225600 + number} 1 0")
        for _ in range(BAD_LINES_IN_A_ROW_MAX - 1):
            caller.expect("ERR", "400")
        caller.expect("A", 1767225600 + number)


# --- 401 -----------------------------------------------------------------------------------


def test_a_wrong_proof_closes(caller):
    meter = caller.register()
    caller.greet()
    caller.say(f"LOGIN {meter.uuid} {'0' * 64}", "R 1767225600 5 0")
    caller.expect("ERR", "401")
    caller.expect_end()


def test_a_meter_that_is_not_registered_closes(caller):
    stranger = Credentials(caller.identify(), bytes(32))
    nonce = caller.greet()
    caller.say(f"LOGIN {stranger.uuid} {stranger.proof(nonce)}")
    caller.expect("ERR", "401")
    caller.expect_end()


def test_a_proof_is_good_for_one_connection_only(line, caller):
    meter = caller.register()
    nonce = caller.greet()
    proof = meter.proof(nonce)
    with line.call() as thief:
        thief.greet()
        thief.say(f"LOGIN {meter.uuid} {proof}", "R 1767225600 5 0")
        thief.expect("ERR", "401")
        thief.expect_end()
    caller.say(f"LOGIN {meter.uuid} {proof}")
    caller.expect("WELCOME", "0")
    assert line.server.readings(meter.uuid) == []


def test_only_the_newest_nonce_counts(caller):
    meter = caller.register()
    first = caller.greet()
    caller.greet()
    caller.say(f"LOGIN {meter.uuid} {meter.proof(first)}")
    caller.expect("ERR", "401")
    caller.expect_end()


def test_a_meter_cant_write_for_another(line, caller):
    victim = caller.register()
    with line.call() as attacker:
        own = attacker.register()
        forged = Credentials(victim.uuid, own.secret)
        nonce = attacker.greet()
        attacker.say(f"LOGIN {victim.uuid} {forged.proof(nonce)}", "R 1767225600 5 0")
        attacker.expect("ERR", "401")
        attacker.expect_end()
    assert line.server.readings(victim.uuid) == []


# --- 409 -----------------------------------------------------------------------------------


def test_an_identity_that_was_not_handed_out_is_refused_and_the_talk_goes_on(caller):
    caller.say(f'REGISTER {uuid4()} {{"name": "Ana"}}')
    caller.expect("ERR", "409")
    caller.register()


def test_a_registered_identity_cant_be_registered_again(line, caller):
    meter = caller.register()
    with line.call() as other:
        other.say(f'REGISTER {meter.uuid} {{"name": "Not Ana"}}')
        other.expect("ERR", "409")
        other.say("PING")
        other.expect("PONG")
    caller.log_in(meter)


# --- 413 -----------------------------------------------------------------------------------


def padded_registration(uuid, size):
    """A registration line of exactly so many bytes, its LF included."""
    empty = f'REGISTER {uuid} {{"name": "Ana", "note": ""}}\n'
    return empty.replace('""', f'"{"x" * (size - len(empty))}"').encode()


def test_a_line_may_have_1024_bytes(caller):
    uuid = caller.identify()
    caller.send(padded_registration(uuid, LINE_SIZE_MAX))
    caller.expect("REGISTERED", uuid)


def test_a_line_of_1025_bytes_closes(caller):
    uuid = caller.identify()
    caller.send(padded_registration(uuid, LINE_SIZE_MAX + 1) + b"PING\n")
    caller.expect("ERR", "413")
    caller.expect_end()


@pytest.mark.parametrize("size", [LINE_SIZE_MAX, 1_000_000])
@pytest.mark.parametrize("end", [b"", b"\n"])
def test_a_line_that_is_too_long_closes(caller, size, end):
    with contextlib.suppress(ConnectionError):  # it hung up while the line was being sent
        caller.send(b"x" * size + end)
    caller.expect("ERR", "413")
    caller.expect_end()


@pytest.mark.parametrize("size", [LINE_SIZE_MAX, 1_000_000])
def test_what_a_meter_reported_before_a_line_too_long_is_safe(line, caller, meter, size):
    caller.say("R 1767225600 5 0")
    caller.expect_acknowledged(1767225600)
    with contextlib.suppress(ConnectionError):
        caller.send(b"R 1767226500 6 0\nR " + b"1" * size + b"\n")
    heard = []
    while not heard or heard[-1] != "ERR 413":
        heard.append(" ".join(caller.hear().split(" ")[:2]))
    caller.expect_end()
    assert heard in (["A 1767226500", "ERR 413"], ["ERR 413"])
    times_s = [time_s for time_s, *_ in line.server.readings(meter.uuid)]
    assert times_s in ([1767225600, 1767226500], [1767225600])


# --- 440 -----------------------------------------------------------------------------------


def test_a_second_login_closes_the_older_connection(line, caller, meter):
    with line.call() as newer:
        newer.log_in(meter)
        caller.expect("ERR", "440")
        caller.expect_end()
        newer.say("R 1767225600 5 0")
        newer.expect("A", "1767225600")


def test_logins_one_after_the_other_leave_the_last(line, caller, meter):
    callers = [caller] + [line.call() for _ in range(5)]
    for older, newer in pairwise(callers):
        newer.log_in(meter)
        older.expect("ERR", "440")
        older.hang_up()
    callers[-1].say("PING")
    callers[-1].expect("PONG")
    callers[-1].hang_up()
