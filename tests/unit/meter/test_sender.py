"""The sender reads at its interval, keeps before it sends, and obeys the head-end."""

import asyncio
import time
from contextlib import asynccontextmanager

import pytest

from quilowatt.errors import MeterError
from quilowatt.meter.live import LiveMeter
from quilowatt.meter.load import Load
from quilowatt.meter.outbox import Outbox
from quilowatt.meter.register import Register
from quilowatt.meter.sender import MeterFault, Sender
from quilowatt.meter.session import Endpoint
from quilowatt.meter.session_events import IntervalSet, LoggedIn, MeterRegistered, RelaySet
from quilowatt.wire import Refusal, RegistrationDetails
from quilowatt.wire import Register as RegisterLine

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(30)]


class SteadyHome:
    def power_w(self, time_s):
        return 36_000


class Trial:
    """A sender at work, with what it told and kept."""

    def __init__(self, outbox):
        self.told, self.kept, self.ended = asyncio.Queue(), [], asyncio.Event()
        self.disk_error = None
        self.meter = LiveMeter(Load(SteadyHome()), Register(), time.time)
        self._loop = asyncio.get_running_loop()
        self.sender = Sender(self.meter, outbox, keep=self.keep, tell=self.tell, now_s=time.time)

    def keep(self, moment):
        if self.disk_error:
            raise MeterError(self.disk_error)
        self.kept.append(moment)

    def tell(self, event):
        self._loop.call_soon_threadsafe(self.told.put_nowait, event)

    def on_end(self):
        self._loop.call_soon_threadsafe(self.ended.set)

    async def until(self, kind):
        while not isinstance(event := await self.told.get(), kind):
            pass
        return event


@asynccontextmanager
async def sending(head_end, directory, *, interval_s=3600, is_ours=True, disk_error=None):
    with Outbox(directory) as outbox:
        trial = Trial(outbox)
        trial.disk_error = disk_error
        trial.sender.start(
            Endpoint("127.0.0.1", head_end.port),
            RegistrationDetails("Ana", interval_s=interval_s),
            is_interval_ours=is_ours,
            on_end=trial.on_end,
        )
        try:
            yield trial
        finally:
            await asyncio.to_thread(trial.sender.stop)


async def test_registers_and_reads_on_its_own(head_end, tmp_path):
    async with sending(head_end, tmp_path, interval_s=1) as trial:
        uuid = (await trial.until(MeterRegistered)).uuid
        await trial.until(LoggedIn)
        assert trial.sender.is_connected
        while len(head_end.readings[uuid]) < 3:
            await trial.told.get()
    assert head_end.details[uuid].interval_s == 1
    times_s = [reading.time_s for reading in head_end.readings[uuid]]
    assert times_s == sorted(times_s)
    assert times_s[2] - times_s[1] == 1


async def test_ends_with_a_last_reading_that_is_answered(head_end, tmp_path):
    async with sending(head_end, tmp_path) as trial:
        uuid = (await trial.until(MeterRegistered)).uuid
        await trial.until(LoggedIn)
    assert not trial.sender.is_connected
    assert not trial.ended.is_set()
    assert head_end.readings[uuid][-1].import_wh == trial.kept[-1].energy_wh
    with Outbox(tmp_path) as outbox:
        assert len(outbox) == 0


async def test_what_leaves_was_kept_before(head_end, tmp_path):
    async with sending(head_end, tmp_path, interval_s=1) as trial:
        uuid = (await trial.until(MeterRegistered)).uuid
        while len(head_end.readings[uuid]) < 2:
            await trial.told.get()
            newest = max((r.import_wh for r in head_end.readings[uuid]), default=0)
            assert trial.kept[-1].energy_wh >= newest


async def test_a_disk_that_fails_is_told_and_nothing_leaves(head_end, tmp_path):
    async with sending(head_end, tmp_path, disk_error="disk full") as trial:
        assert (await trial.until(MeterFault)).error.en == "disk full"
        uuid = (await trial.until(MeterRegistered)).uuid
        await trial.until(LoggedIn)
        assert head_end.readings[uuid] == []


@pytest.mark.parametrize(("is_ours", "interval_s"), [(True, 3600), (False, 900)])
async def test_the_interval_is_welcomes_unless_chosen_here(head_end, tmp_path, is_ours, interval_s):
    async with sending(head_end, tmp_path, is_ours=is_ours) as trial:
        await trial.until(LoggedIn)
        assert trial.sender.interval_s == interval_s


async def test_obeys(head_end, tmp_path):
    async with sending(head_end, tmp_path) as trial:
        uuid = (await trial.until(MeterRegistered)).uuid
        await trial.until(LoggedIn)
        head_end.say(b"SET relay off\n")
        assert not (await trial.until(RelaySet)).is_on
        assert trial.meter.moment().power_w == 0
        assert not trial.kept[-1].is_relay_on, "remembered at once"
        head_end.say(b"SET relay off\nSET relay on\n")
        assert (await trial.until(RelaySet)).is_on, "what changes nothing is not told"
        head_end.say(b"SET interval 1\n")
        assert (await trial.until(IntervalSet)).interval_s == 1
        while len(head_end.readings[uuid]) < 3:
            await trial.told.get()


async def test_a_refusal_for_good_ends_it(head_end, tmp_path):
    head_end.refusals[RegisterLine] = Refusal(403, "wrong enrolment key")
    async with sending(head_end, tmp_path) as trial:
        await trial.ended.wait()
        assert "wrong enrolment key" in str(trial.sender.failure)


async def test_may_be_stopped_at_once(head_end, tmp_path):
    async with sending(head_end, tmp_path) as trial:
        pass
    assert trial.sender.failure is None
