"""Many lines at once against one line at a time: the same readings, and no line forgotten."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from quilowatt.errors import WireError
from quilowatt.limits import LINE_SIZE_MAX, REGISTER_WH_MAX
from quilowatt.wire.columns import line_ends, parse_lines
from quilowatt.wire.lines import parse_meter_line
from quilowatt.wire.messages import TIME_S_MAX, Reading

NOW_S = 1_800_000_000

times = st.integers(1, NOW_S + 5) | st.integers(0, TIME_S_MAX + 5) | st.integers(0, 2**70)
registers = st.integers(0, 10**6) | st.integers(0, REGISTER_WH_MAX + 5) | st.integers(0, 2**70)


def padded(number: int, zeros: int) -> str:
    return "0" * zeros + str(number)


fields = st.builds(padded, registers, st.sampled_from([0, 0, 0, 0, 1, 5, 20, 31, 40]))
plain_readings = st.builds(
    "R {} {} {}".format,
    st.integers(1, NOW_S),
    st.integers(0, REGISTER_WH_MAX),
    st.integers(0, REGISTER_WH_MAX),
).map(str.encode)
readings = st.builds("R {} {} {}".format, times, fields, fields).map(str.encode)
odd_numbers = st.sampled_from(
    ["", "-1", "+5", "1.0", "1e3", "0x10", "1_0", "\t5", "５", "NaN", "null", "5\0", '"5"', "5;6"]
)
malformed = st.builds(
    " ".join, st.lists(st.integers(0, 99).map(str) | odd_numbers, min_size=0, max_size=5)
).map(lambda words: f"R {words}".encode())
alphabet = st.sampled_from(list(b"R RRR 0123456789 \r\t\0PING-+.\"'\\\xff\xc3\xa9Ar;,"))
noise = st.binary(max_size=30).map(lambda text: text.replace(b"\n", b""))
soup = st.lists(alphabet, max_size=30).map(bytes)
long_lines = st.builds(
    lambda size, start, filling: (start + filling * size)[:size],
    st.integers(LINE_SIZE_MAX - 3, LINE_SIZE_MAX + 2),
    st.sampled_from([b"R 5 6 7", b"R 5 6 ", b"X"]),
    st.sampled_from([b"0", b" ", b"x"]),
)
others = st.sampled_from(
    [b"", b"\r", b"R", b"R ", b"R  ", b"r 1 2 3", b"PING", b"BYE", b"R 1 2 3 "]
)
lines = st.one_of(plain_readings, readings, malformed, noise, soup, long_lines, others)
endings = st.sampled_from([b"\n", b"\n", b"\n", b"\r\n", b"\r\r\n"])
whole_lines = st.builds(lambda line, ending: line + ending, lines, endings)


def parsed_alone(line: bytes) -> Reading | None:
    """Read a line, given without its LF, on its own; None for what is no reading."""
    try:
        message = parse_meter_line(line)
    except WireError:
        return None
    return message if isinstance(message, Reading) and message.time_s <= NOW_S else None


def is_plain(line: bytes) -> bool:
    """Say whether no field is written so oddly long that the fast way need not take it."""
    return all(len(field) <= 18 for field in line.removesuffix(b"\r").split(b" "))


def check(text: bytes) -> None:
    array = np.frombuffer(text, np.uint8)
    columns = parse_lines(array, line_ends(array), time_s_max=NOW_S)
    alone = [parsed_alone(line) for line in text[:-1].split(b"\n")]
    exceptions = columns.exceptions.tolist()
    assert exceptions == sorted(set(exceptions))
    assert columns.time_s.dtype == columns.import_wh.dtype == columns.export_wh.dtype == np.int64
    found = list(
        zip(
            columns.time_s.tolist(),
            columns.import_wh.tolist(),
            columns.export_wh.tolist(),
            strict=True,
        )
    )
    taken = [reading for line, reading in enumerate(alone) if line not in set(exceptions)]
    assert None not in taken, "what is no reading alone is none among others"
    assert found == [(one.time_s, one.import_wh, one.export_wh) for one in taken]
    for line in exceptions:
        text_of_line = text[:-1].split(b"\n")[line]
        assert alone[line] is None or not is_plain(text_of_line), text_of_line


@settings(max_examples=600, deadline=None)
@given(st.lists(whole_lines, min_size=1, max_size=8).map(b"".join))
@example(b"\n")
@example(b"R 1 2 3\n")
@example(b"R 1 2 3\r\n")
@example(b"R 1 2 3 4\nR 1 2\n")
@example(b"R 1 2 3\n\nR 1 2 3\n")
@example(b"R 1 2 3\nR 4 5 6\0\nR 7 8 9\n")
@example(b"R 1 2 3\nR 1 2 \nR 1 2 3\n")
@example(b"R 1  3\nR 1 2 3\n")
@example(b"R " + b"0" * 40 + b"1 2 3\nR 1 2 3\n")
@example(b"R 1 " + b"0" * 40 + b" 3\nR 1 2 3\n")
@example(b"R 1 2 99999999999999999999\nR 1 2 3\n")
@example(b"R 1 2 9223372036854775808\n")
@example(b"R" * 5 + b" 1 2 3\n")
@example(b"R 1 2 3" + b" " * 1016 + b"\nR 1 2 3\n")
def test_lines_together_are_the_lines_alone(text):
    check(text)


@settings(max_examples=150, deadline=None)
@given(st.lists(plain_readings | st.just(b"PING"), min_size=1, max_size=30), st.data())
def test_a_flipped_byte_spoils_its_own_line_at_most(readings, data):
    text = bytearray(b"\n".join(readings) + b"\n")
    position = data.draw(st.integers(0, len(text) - 1))
    text[position] = data.draw(st.integers(0, 255))
    check(bytes(text) if text.endswith(b"\n") else bytes(text) + b"\n")


@pytest.mark.parametrize("digits", [1, 2, 17, 18, 19, 20, 31, 32, 33, 40, 60, 300])
@pytest.mark.parametrize("field", [1, 2, 3])
@pytest.mark.parametrize("neighbour", [b"R 1 2 3", b"PING", b"R 1 2 x"])
def test_a_number_may_have_leading_zeros_however_many_a_line_alone_may_have(
    digits, field, neighbour
):
    words = [b"R", b"7", b"8", b"9"]
    words[field] = words[field].rjust(digits, b"0")
    check(b"\n".join([neighbour, b" ".join(words), neighbour, b""]))


@pytest.mark.parametrize("time_s", [0, 1, NOW_S, NOW_S + 1, 2**40, 2**40 + 1, 2**63 - 1, 2**63])
@pytest.mark.parametrize("register", [0, REGISTER_WH_MAX, REGISTER_WH_MAX + 1, 2**63 - 1, 2**64])
@pytest.mark.parametrize("others", [b"", b"R 1 2 3\n", b"PING\n", b"R 1 2 3 4\n"])
def test_the_ranges_are_those_of_a_line_alone(time_s, register, others):
    check(others + b"R %d %d 5\n" % (time_s, register) + others)
    check(others + b"R %d 5 %d\n" % (time_s, register) + others)


@pytest.mark.parametrize("size", range(LINE_SIZE_MAX - 3, LINE_SIZE_MAX + 3))
@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
def test_a_line_may_be_as_long_as_the_protocol_says(size, ending):
    line = b"R 1 2 " + b"5".rjust(size - 6 - len(ending), b"0") + ending
    assert len(line) == size
    check(line)
    check(b"R 1 2 3\n" + line + b"PING\n")


def test_no_line_of_a_great_many_is_lost():
    lines = [b"R %d %d 0" % (number + 1, 3 * number) for number in range(20_000)]
    lines[77:77] = [b"PING", b"", b"R x", b"R 1 2 3\r"]
    text = b"\n".join(lines) + b"\n"
    array = np.frombuffer(text, np.uint8)
    columns = parse_lines(array, line_ends(array), time_s_max=NOW_S)
    assert columns.exceptions.tolist() == [77, 78, 79]
    assert columns.time_s.size == 20_001
    assert columns.import_wh[76:79].tolist() == [3 * 76, 2, 3 * 77]
