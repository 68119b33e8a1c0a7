"""Laws of the wire: chunking is invisible, decode undoes encode, a peer raises WireError alone."""

import itertools
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quilowatt import wire
from quilowatt.errors import WireError
from quilowatt.limits import INTERVAL_S_MAX, REGISTER_WH_MAX
from quilowatt.wire.messages import TIME_S_MAX

NONCE = "0123456789abcdef0123456789abcdef"
METER = UUID("6f1d9dd8-6d0a-4a57-9a55-0d3e7a2b1c90")

times = st.integers(1, TIME_S_MAX)
intervals = st.integers(1, INTERVAL_S_MAX)
registers = st.integers(0, REGISTER_WH_MAX)
secrets = st.binary(min_size=32, max_size=32)
words = st.text(st.characters(categories=["L", "N", "P"]), max_size=12)
nonces = st.text("0123456789abcdef", min_size=32, max_size=32)

readings = st.builds(wire.Reading, times, registers, registers)
details = st.builds(
    wire.RegistrationDetails,
    name=words.filter(bool),
    serial=words,
    model=words,
    phases=st.integers(1, 3),
    interval_s=intervals,
    digits=st.integers(0, 15),
    enrolment=words,
    usage_point=st.none() | st.uuids(),
    extra=st.dictionaries(words.map("x-{}".format), st.integers() | words, max_size=3),
)
meter_messages = st.one_of(
    st.just(wire.Hello()),
    st.just(wire.Identify()),
    st.just(wire.Ping()),
    st.just(wire.Bye()),
    st.builds(wire.Register, st.uuids(), details),
    st.builds(wire.Login, st.uuids(), secrets.map(bytes.hex)),
    readings,
)
head_end_messages = st.one_of(
    st.builds(wire.HelloAnswer, nonces, times),
    st.builds(wire.Identity, st.uuids()),
    st.builds(wire.Registered, st.uuids(), secrets),
    st.builds(wire.Welcome, st.integers(0, TIME_S_MAX), intervals, times),
    st.builds(wire.Acknowledgement, times),
    st.builds(wire.Pong, times),
    st.builds(wire.SetInterval, intervals),
    st.builds(wire.SetRelay, is_on=st.booleans()),
    st.builds(wire.Refusal, st.sampled_from([400, 401, 409, 422, 503]), words),
)
noise = st.binary(max_size=60).map(lambda junk: junk + b"\n")
meter_streams = st.lists(meter_messages.map(lambda m: m.encode()) | noise, max_size=12).map(
    b"".join
)
head_end_streams = st.lists(head_end_messages.map(lambda m: m.encode()) | noise, max_size=12).map(
    b"".join
)


def chunks_of(stream, cuts):
    edges = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    return [stream[a:b] for a, b in itertools.pairwise(edges)]


def heard(connection, chunks):
    events = [event for chunk in chunks for event in connection.receive_data(chunk)]
    return [str(e) if isinstance(e, WireError) else e for e in events]


def at_the_head_end(is_logged_in):
    connection = wire.HeadEndConnection()
    if is_logged_in:
        connection.receive_line(b"HELLO 1")
        connection.greeted(NONCE)
        connection.receive_line(wire.Login(METER, "0" * 64).encode()[:-1])
        connection.logged_in()
    return connection


@given(meter_messages)
def test_a_meters_line_read_is_what_was_written(message):
    assert wire.parse_meter_line(message.encode()[:-1]) == message


@given(head_end_messages)
def test_a_head_ends_line_read_is_what_was_written(message):
    assert wire.parse_head_end_line(message.encode()[:-1]) == message


@given(meter_streams, st.lists(st.integers(0, 5000), max_size=6), st.booleans())
def test_chunking_changes_nothing_at_the_head_end(stream, cuts, is_logged_in):
    whole = heard(at_the_head_end(is_logged_in), [stream])
    assert heard(at_the_head_end(is_logged_in), chunks_of(stream, cuts)) == whole
    assert heard(at_the_head_end(is_logged_in), chunks_of(stream, range(len(stream)))) == whole


@given(head_end_streams, st.lists(st.integers(0, 5000), max_size=6))
def test_chunking_changes_nothing_at_the_meter(stream, cuts):
    whole = heard(wire.MeterConnection(), [stream])
    assert heard(wire.MeterConnection(), chunks_of(stream, cuts)) == whole


@given(st.binary(max_size=1500), st.booleans())
def test_garbage_raises_nothing_but_wire_errors(garbage, is_logged_in):
    heard(at_the_head_end(is_logged_in), [garbage])
    heard(wire.MeterConnection(), [garbage])
    for parse in (
        wire.parse_meter_line,
        wire.parse_head_end_line,
        wire.parse_datagram,
        wire.parse_answer,
    ):
        try:
            parse(garbage)
        except WireError:
            continue


@given(st.text(max_size=300))
def test_garbage_in_register_raises_nothing_but_wire_errors(text):
    line = f"REGISTER {METER} {text}".encode(errors="replace")
    with pytest.raises(WireError) as caught:
        wire.parse_meter_line(line)
    assert caught.value.code in (400, 413)


@given(secrets, nonces, st.integers(0, 255))
def test_a_flipped_bit_in_a_proof_is_refused(secret, nonce, bit):
    proof = int(wire.login_proof(secret, nonce), 16)
    connection = wire.HeadEndConnection()
    connection.receive_line(b"HELLO 1")
    connection.greeted(nonce)
    assert not connection.check_login(wire.Login(METER, f"{proof ^ 1 << bit:064x}"), secret)


@given(secrets, st.uuids(), st.lists(readings, min_size=1, max_size=80))
def test_datagrams_carry_every_reading_in_order(secret, uuid, sent):
    built = [data for data, _ in wire.build_datagrams(uuid, secret, sent)]
    parsed = [wire.parse_datagram(data) for data in built]
    assert all(datagram.check(secret) for datagram in parsed)
    assert [reading for datagram in parsed for reading in datagram.readings()] == sent


@given(secrets, st.lists(readings, min_size=1, max_size=20), st.integers(0), st.integers(1, 255))
def test_a_changed_byte_in_a_datagram_is_refused(secret, sent, where, mask):
    data = bytearray(wire.build_datagram(METER, secret, sent))
    place = 39 + where % (len(data) - 39)  # within the proof or the body
    data[place] ^= mask
    try:
        datagram = wire.parse_datagram(bytes(data))
    except WireError:
        return
    is_same_digit = bytes(data[39:55]).lower() == datagram.proof.encode() and mask == 0x20
    assert (is_same_digit and place < 55) or not datagram.check(secret)


@given(st.lists(times, unique=True, min_size=1, max_size=30), st.data())
def test_acknowledgements_release_each_reading_once_in_order(sent, data):
    connection = wire.MeterConnection()
    for time_s in sent:
        connection.sent(time_s)
    answers = sorted(data.draw(st.sets(st.integers(0, len(sent) - 1))))
    safe = [
        time_s
        for place in answers
        for time_s in connection.acknowledged(wire.Acknowledgement(sent[place]))
    ]
    assert safe == sent[: answers[-1] + 1 if answers else 0]
