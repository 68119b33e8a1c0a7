"""A meter's session against a head-end that behaves, dies, refuses and loses datagrams."""

import asyncio
import contextlib
from contextlib import asynccontextmanager
from uuid import UUID

import pytest

from quilowatt.errors import MeterError
from quilowatt.meter import session as session_module
from quilowatt.meter.outbox import MeterIdentity, Outbox
from quilowatt.meter.session import Endpoint, MeterSession, Pacing, random_pause_s
from quilowatt.meter.session_events import (
    ConnectionLost,
    IntervalSet,
    LoggedIn,
    MeterRegistered,
    Objected,
    ReadingRefused,
    ReadingsAnswered,
    RelaySet,
)
from quilowatt.meter.talk import Mailbox
from quilowatt.wire import (
    Hello,
    Identify,
    Login,
    Reading,
    Refusal,
    Register,
    RegistrationDetails,
    build_answer,
)

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(20)]

DETAILS = RegistrationDetails("Ana", serial="S1")


def reading(n):
    return Reading(1767225600 + 900 * n, 1000 + n, n)


class Meter:
    """A session that runs, its events in a queue and its pauses written down."""

    def __init__(self, session, outbox, events, pauses):
        self.session, self.outbox = session, outbox
        self._events, self.pauses = events, pauses
        self.task = asyncio.create_task(session.run())

    async def until(self, kind):
        while not isinstance(event := await self._events.get(), kind):
            pass
        return event


@asynccontextmanager
async def meter(head_end, directory, *, is_udp=False, readings=()):
    events, pauses = asyncio.Queue(), []

    async def no_sleep(pause_s):
        pauses.append(pause_s)
        await asyncio.sleep(0)

    endpoint = Endpoint("127.0.0.1", head_end.port, head_end.udp_port if is_udp else None)
    pacing = Pacing(chance=lambda: 0.5, sleep=no_sleep, datagram_retry_s=0.01)
    with Outbox(directory) as outbox:
        outbox.add_all(readings)
        session = MeterSession(outbox, endpoint, DETAILS, events.put_nowait, pacing=pacing)
        running = Meter(session, outbox, events, pauses)
        try:
            yield running
        finally:
            running.task.cancel()
            with contextlib.suppress(asyncio.CancelledError, MeterError):
                await running.task


async def test_a_new_meter_registers_logs_in_and_sends(head_end, tmp_path):
    async with meter(head_end, tmp_path, readings=[reading(0)]) as running:
        registered = await running.until(MeterRegistered)
        logged_in = await running.until(LoggedIn)
        assert logged_in == LoggedIn(registered.uuid, 0, 900, 1767225600)
        assert running.session.submit(reading(1))
        await running.session.wait_until_empty()
    assert head_end.details == {registered.uuid: DETAILS}
    assert head_end.times() == [reading(0).time_s, reading(1).time_s]


async def test_a_known_meter_only_logs_in(head_end, tmp_path):
    for n in range(2):
        async with meter(head_end, tmp_path, readings=[reading(n)]) as running:
            await running.session.wait_until_empty()
    assert len(head_end.details) == 1
    assert head_end.logins == 2
    assert head_end.times() == [reading(0).time_s, reading(1).time_s]


async def test_thousands_of_kept_readings_go_out_in_order(head_end, tmp_path):
    kept = [reading(n) for n in range(5 * session_module.IN_FLIGHT_MAX // 2)]
    async with meter(head_end, tmp_path, readings=kept) as running:
        await running.session.wait_until_empty()
    assert head_end.times() == [r.time_s for r in kept]


async def test_what_was_not_answered_is_sent_again_to_a_head_end_that_comes_back(
    head_end, tmp_path
):
    head_end.is_answering = False
    async with meter(head_end, tmp_path, readings=[reading(0), reading(1)]) as running:
        await running.until(LoggedIn)
        await head_end.stop()
        await running.until(ConnectionLost)
        await running.until(ConnectionLost)
        head_end.is_answering = True
        await head_end.start()
        await running.session.wait_until_empty()
        assert len(running.outbox) == 0
    assert head_end.times()[-2:] == [reading(0).time_s, reading(1).time_s]


async def test_pauses_grow_and_are_forgotten_when_readings_are_answered(head_end, tmp_path):
    await head_end.stop()
    async with meter(head_end, tmp_path, readings=[reading(0)]) as running:
        for _ in range(8):
            await running.until(ConnectionLost)
        assert (
            running.pauses[:8]
            == [0.75, 1.5, 3.0, 6.0, 12.0, 24.0, 45.0, 45.0][: len(running.pauses)]
        )
        await head_end.start()
        await running.until(ReadingsAnswered)
        await head_end.stop()
        assert (await running.until(ConnectionLost)).pause_s == 0.75
        await head_end.start()


async def test_a_refused_reading_is_dropped_and_told(head_end, tmp_path):
    head_end.refused_times.add(reading(1).time_s)
    async with meter(head_end, tmp_path, readings=[reading(n) for n in range(3)]) as running:
        refused = await running.until(ReadingRefused)
        await running.session.wait_until_empty()
        assert refused == ReadingRefused(reading(1).time_s, "can't be true", 1)
        assert running.session.refused == 1
    assert head_end.times() == [reading(0).time_s, reading(2).time_s]


async def test_the_head_end_sets_interval_and_relay(head_end, tmp_path):
    async with meter(head_end, tmp_path) as running:
        await running.until(LoggedIn)
        head_end.say(b"SET interval 60\nSET relay off\nERR 400 what\n")
        assert await running.until(IntervalSet) == IntervalSet(60)
        assert await running.until(RelaySet) == RelaySet(is_on=False)
        assert await running.until(Objected) == Objected(400, "what")


async def test_a_refused_registration_stops(head_end, tmp_path):
    head_end.refusals[Register] = Refusal(403, "wrong enrolment key")
    async with meter(head_end, tmp_path) as running:
        with pytest.raises(MeterError, match=r"refused this meter \(403\): wrong enrolment key"):
            await running.task


async def test_a_blocked_meter_keeps_its_readings_and_comes_back(head_end, tmp_path):
    async with meter(head_end, tmp_path) as running:
        await running.until(LoggedIn)
        head_end.refusals[Login] = Refusal(403, "this meter was blocked by the operator")
        head_end.say(b"ERR 403 this meter was blocked by the operator\n")
        lost = await running.until(ConnectionLost)
        assert "(403)" in lost.reason
        await running.until(LoggedIn)
        assert not running.task.done()


async def test_a_head_end_of_another_version_stops(head_end, tmp_path):
    head_end.refusals[Hello] = Refusal(400, "version 2 is spoken here")
    async with meter(head_end, tmp_path) as running:
        with pytest.raises(MeterError, match=r"\(400\): version 2 is spoken here"):
            await running.task


async def test_a_taken_identity_is_exchanged(head_end, tmp_path):
    head_end.refusals[Register] = Refusal(409, "already registered")
    async with meter(head_end, tmp_path) as running:
        registered = await running.until(MeterRegistered)
    assert list(head_end.details) == [registered.uuid]
    with Outbox(tmp_path) as outbox:
        assert outbox.identity.uuid == registered.uuid


async def test_an_unknown_meter_says_what_to_delete_and_tries_again(head_end, tmp_path):
    with Outbox(tmp_path) as outbox:
        outbox.save_identity(MeterIdentity(UUID(int=5), bytes(32)))
    async with meter(head_end, tmp_path) as running:
        lost = await running.until(ConnectionLost)
        assert "does not know this meter (401)" in lost.reason
        assert str(tmp_path / "identity.json") in lost.reason
        await running.until(ConnectionLost)


async def test_a_replaced_meter_backs_off(head_end, tmp_path):
    async with meter(head_end, tmp_path) as running:
        await running.until(LoggedIn)
        head_end.say(b"ERR 440 replaced\n")
        lost = await running.until(ConnectionLost)
        assert "is it running twice?" in lost.reason
        assert lost.pause_s == 45.0


async def test_a_head_end_without_room_is_visited_again(head_end, tmp_path):
    head_end.refusals[Login] = Refusal(503, "disk full")
    async with meter(head_end, tmp_path, readings=[reading(0)]) as running:
        lost = await running.until(ConnectionLost)
        assert lost.reason == "the head-end closed the connection (503): disk full"
        await running.session.wait_until_empty()


async def test_a_server_of_something_else_is_left(head_end, tmp_path):
    head_end.refusals[Hello] = Refusal(400, "x")
    async with meter(head_end, tmp_path) as running:
        head_end.refusals[Hello] = _Raw(b"220 mail.example ESMTP\n")
        lost = await running.until(ConnectionLost)
        assert "no head-end of this protocol" in lost.reason


async def test_silence_is_asked_about_and_then_left(head_end, tmp_path, monkeypatch):
    monkeypatch.setattr(session_module, "SILENCE_S", 0.01)
    async with meter(head_end, tmp_path) as running:
        await running.until(LoggedIn)
        await head_end.pinged.wait()
        head_end.refusals = _Mute()
        lost = await running.until(ConnectionLost)
        assert lost.reason == "no sign of life for 0.02 s"


async def test_datagrams_are_sent_until_answered(head_end, tmp_path):
    head_end.datagrams_to_lose = 2
    kept = [reading(n) for n in range(50)]
    async with meter(head_end, tmp_path, is_udp=True, readings=kept) as running:
        await running.until(MeterRegistered)
        await running.session.wait_until_empty()
        running.session.submit(reading(50))
        await running.session.wait_until_empty()
    assert list(dict.fromkeys(head_end.times())) == [reading(n).time_s for n in range(51)]


async def test_an_unanswered_datagram_stays(head_end, tmp_path):
    async with meter(head_end, tmp_path, is_udp=True) as running:
        await running.until(MeterRegistered)
        head_end.is_answering = False
        running.session.submit(reading(0))
        lost = await running.until(ConnectionLost)
        assert lost == ConnectionLost("a datagram was not answered", 0.02)
        assert len(running.outbox) == 1


async def test_only_a_proven_answer_for_the_time_expected_counts():
    identity = MeterIdentity(UUID(int=5), bytes(range(32)))
    mailbox = Mailbox(identity)
    answered = mailbox.expect(70)
    for data in (
        b"junk",
        build_answer(identity.uuid, bytes(32), 70),
        build_answer(identity.uuid, identity.secret, 60),
        build_answer(UUID(int=6), identity.secret, 70),
    ):
        mailbox.datagram_received(data, None)
        assert not answered.is_set()
    mailbox.datagram_received(build_answer(identity.uuid, identity.secret, 70), None)
    assert answered.is_set()


@pytest.mark.parametrize("chance", [0.0, 0.999])
async def test_pauses_stay_within_their_bounds(chance):
    pauses = [random_pause_s(n, lambda: chance) for n in range(200)]
    assert pauses == sorted(pauses)
    assert 0.5 <= pauses[0] <= 1
    assert 30 <= pauses[-1] <= 60


async def test_identify_refused_for_want_of_room(head_end, tmp_path):
    head_end.refusals[Identify] = Refusal(503, "shutting down")
    async with meter(head_end, tmp_path) as running:
        await running.until(ConnectionLost)
        await running.until(MeterRegistered)


class _Raw:
    """An answer that is no line of the protocol."""

    is_closing = True

    def __init__(self, line):
        self._line = line

    def encode(self):
        return self._line


class _Mute(dict):
    """Answers nothing at all from now on."""

    def pop(self, *_):
        return _Nothing()


class _Nothing:
    is_closing = False

    def encode(self):
        return b""
