"""Readings by UDP: a durable answer for a right proof, silence for everything else."""

import contextlib
import socket

import pytest

from harness.caller import Caller
from harness.server import RING
from harness.waiting import DEADLINE_S
from quilowatt.limits import DATAGRAM_SIZE_MAX

NEW_YEAR_S = 1_767_225_600


@pytest.fixture(params=[RING, "portable"])
def server(request, server_of):
    """With each TCP server beside it: they share the store, not the thread."""
    return server_of(request.param)


@pytest.fixture
def radio(server):
    """A UDP socket that talks to the server."""
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as radio:
        radio.settimeout(DEADLINE_S)
        radio.connect(server.host_and_port("udp"))
        yield radio


@pytest.fixture
def meters(server):
    """Two registered meters: the first is the one of the test."""
    with Caller(server.host_and_port("meters")) as caller:
        return caller.register(), caller.register()


def reading(number):
    return f"R {NEW_YEAR_S + 900 * number} {100 + number} 0"


def fact(number):
    return (NEW_YEAR_S + 900 * number, 100 + number, 0)


def is_ignored(radio, meter, *datagrams):
    """Send datagrams, then a good one: its answer must be the next thing heard."""
    for datagram in datagrams:
        radio.send(datagram)
    radio.send(meter.datagram(reading(99)))
    return radio.recv(2048) == meter.datagram_answer(NEW_YEAR_S + 900 * 99)


def test_a_datagram_is_answered_for_its_last_line_when_all_are_durable(server, radio, meters):
    meter, _ = meters
    radio.send(meter.datagram(*map(reading, range(20))))
    assert radio.recv(2048) == meter.datagram_answer(NEW_YEAR_S + 900 * 19)
    assert server.readings(meter.uuid) == [fact(number) for number in range(20)]


def test_each_answer_is_visible_at_once(server, radio, meters):
    meter, _ = meters
    for number in range(10):
        radio.send(meter.datagram(reading(number)))
        assert radio.recv(2048) == meter.datagram_answer(NEW_YEAR_S + 900 * number)
        assert len(server.readings(meter.uuid)) == number + 1


def test_doubled_and_reordered_datagrams_make_no_difference(server, radio, meters):
    meter, _ = meters
    for number in (3, 1, 3, 0, 2, 2, 1):
        radio.send(meter.datagram(reading(2 * number), reading(2 * number + 1)))
    answers = {radio.recv(2048) for _ in range(7)}
    last_s = [NEW_YEAR_S + 900 * (2 * number + 1) for number in range(4)]
    assert answers == {meter.datagram_answer(time_s) for time_s in last_s}
    assert server.readings(meter.uuid) == [fact(number) for number in range(8)]


def test_a_datagram_heard_again_later_changes_nothing(server, radio, meters):
    meter, _ = meters
    recorded = meter.datagram(reading(0))
    for datagram in (recorded, meter.datagram(reading(1)), recorded):
        radio.send(datagram)
        radio.recv(2048)
    assert server.readings(meter.uuid) == [fact(0), fact(1)]


def test_wrong_proofs_are_met_with_silence_and_counted(server, radio, meters):
    meter, other = meters
    good = meter.datagram(reading(0))
    head, _, body = good.partition(b"\n")
    assert is_ignored(
        radio,
        meter,
        good.replace(b" 100 ", b" 200 "),
        other.datagram(reading(0), uuid=meter.uuid),
        head[:-16] + b"0" * 16 + b"\n" + body,
        good + b"R 1767225601 5 0\n",
    )
    assert server.readings(meter.uuid) == [fact(99)]
    assert server.readings(other.uuid) == []


def test_what_is_no_datagram_is_met_with_silence(server, radio, meters):
    meter, _ = meters
    too_long = meter.datagram(*[reading(number) for number in range(70)])
    assert len(too_long) > DATAGRAM_SIZE_MAX
    assert is_ignored(
        radio,
        meter,
        b"",
        b"\n",
        b"D",
        b"HELLO 1\n",
        bytes(range(256)),
        b"\xff" * DATAGRAM_SIZE_MAX,
        f"D {meter.uuid}\n".encode() + reading(0).encode(),
        f"D {meter.uuid} {'0' * 16}".encode(),
        meter.datagram(),
        too_long,
    )
    assert server.readings(meter.uuid) == [fact(99)]


def test_a_stranger_is_met_with_silence(server, radio, meters):
    meter, _ = meters
    with Caller(server.host_and_port("meters")) as caller:
        unregistered = caller.identify()
    assert is_ignored(radio, meter, meter.datagram(reading(0), uuid=unregistered))


@pytest.mark.parametrize("bad", ["NONSENSE", "R 5", "R 1767225601 -1 0", "", "PING", "D x y"])
def test_a_malformed_line_inside_costs_only_itself(server, radio, meters, bad):
    meter, _ = meters
    radio.send(meter.datagram(reading(0), bad, reading(1)))
    assert radio.recv(2048) == meter.datagram_answer(NEW_YEAR_S + 900)
    assert server.readings(meter.uuid) == [fact(0), fact(1)]


def test_a_datagram_that_was_cut_short_is_met_with_silence(server, radio, meters):
    meter, _ = meters
    assert is_ignored(radio, meter, meter.sealed(f"{reading(0)}\n{reading(1)}".encode()))
    assert server.readings(meter.uuid) == [fact(99)]


def test_a_meter_may_use_tcp_and_udp_at_once(server, radio, meters):
    meter, _ = meters
    with Caller(server.host_and_port("meters")) as caller:
        caller.log_in(meter)
        for number in range(0, 20, 2):
            caller.say(reading(number))
            radio.send(meter.datagram(reading(number + 1)))
            caller.expect("A", NEW_YEAR_S + 900 * number)
            assert radio.recv(2048) == meter.datagram_answer(NEW_YEAR_S + 900 * (number + 1))
    assert server.readings(meter.uuid) == [fact(number) for number in range(20)]


def test_a_flood_of_forged_datagrams_leaves_the_others_unharmed(server, radio, meters):
    meter, other = meters
    forged = [other.datagram(reading(number), uuid=meter.uuid) for number in range(200)]
    for number in range(20):
        for datagram in forged:
            radio.send(datagram)
        radio.send(meter.datagram(reading(number)))
        assert radio.recv(2048) == meter.datagram_answer(NEW_YEAR_S + 900 * number)
    assert len(server.readings(meter.uuid)) == 20
