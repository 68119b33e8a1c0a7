"""Datagrams: what fits, what is believed and what is refused."""

from uuid import UUID

import pytest

from quilowatt.errors import WireError
from quilowatt.limits import DATAGRAM_SIZE_MAX
from quilowatt.wire import (
    Reading,
    build_answer,
    build_datagram,
    build_datagrams,
    parse_answer,
    parse_datagram,
)

METER = UUID("6f1d9dd8-6d0a-4a57-9a55-0d3e7a2b1c90")
SECRET = bytes(range(32))
READINGS = [Reading(1767225600 + 900 * n, 10**12 + n, n) for n in range(100)]


def test_a_datagram_there_and_back():
    datagram = parse_datagram(build_datagram(METER, SECRET, READINGS[:3]))
    assert datagram.uuid == METER
    assert datagram.check(SECRET)
    assert not datagram.check(bytes(32))
    assert datagram.readings() == READINGS[:3]


def test_many_readings_fill_as_few_datagrams_as_hold_them():
    built = list(build_datagrams(METER, SECRET, READINGS))
    assert [reading for _, group in built for reading in group] == READINGS
    assert all(len(data) <= DATAGRAM_SIZE_MAX for data, _ in built)
    assert all(len(data) > DATAGRAM_SIZE_MAX - 40 for data, _ in built[:-1])
    assert list(build_datagrams(METER, SECRET, [])) == []


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", 400),
        (b"D\n", 400),
        (b"R 1 2 3\n", 400),
        (f"D {METER} 0123456789abcdef\n".encode(), 400),
        (f"D {METER} 0123456789abcdef\nR 1 2 3".encode(), 400),
        (f"D {METER} 0123456789abcde\nR 1 2 3\n".encode(), 400),
        (b"D not-a-uuid 0123456789abcdef\nR 1 2 3\n", 400),
        (b"\xff\xfe\n\n", 400),
        (b"D" * 1201, 413),
    ],
)
def test_what_is_no_datagram(data, code):
    with pytest.raises(WireError) as caught:
        parse_datagram(data)
    assert caught.value.code == code


def test_a_bad_line_in_a_datagram_costs_only_itself():
    data = f"D {METER} 0123456789abcdef\nR 1 2 3\nR x 2 3\nPING\nwhat\nR 4 5 6\n".encode()
    readings = parse_datagram(data).readings()
    codes = [r.code if isinstance(r, WireError) else r for r in readings]
    assert codes == [Reading(1, 2, 3), 422, 400, 400, Reading(4, 5, 6)]


def test_an_answer_there_and_back():
    answer = parse_answer(build_answer(METER, SECRET, 1767225600))
    assert (answer.uuid, answer.time_s) == (METER, 1767225600)
    assert answer.check(SECRET)
    assert not answer.check(bytes(32))


@pytest.mark.parametrize("data", [b"", b"A 1\n", f"A {METER} 0 0123456789abcdef\n".encode()])
def test_what_is_no_answer(data):
    with pytest.raises(WireError):
        parse_answer(data)
