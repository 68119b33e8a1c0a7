"""A meter process that reads as fast as its disk keeps, and says what is kept: to be killed."""

import asyncio
import contextlib
import os

from harness.reporters import register_of, time_of
from harness.server import FORKING
from harness.waiting import until
from quilowatt.meter.outbox import Outbox
from quilowatt.meter.session import Endpoint, MeterSession, Pacing
from quilowatt.wire import Reading, RegistrationDetails

NUMBER = 4
PAUSE_S = 0.05


class HastyMeter:
    """A meter of a real outbox and session in a process of its own.

    Attributes
    ----------
    kept : int
        Readings below this were on the meter's disk, as it said.
    """

    def __init__(self, directory, endpoint):
        self.directory = directory
        self.kept = 0
        self._endpoint = endpoint
        self._process = None

    def start(self, *, is_last=False):
        """Let it read and send; the last time it only sends what it has, then ends."""
        self._ours, theirs = FORKING.Pipe(duplex=False)
        first = None if is_last else self.kept
        arguments = (self.directory, self._endpoint, theirs, first)
        self._process = FORKING.Process(target=_live, args=arguments)
        self._process.start()
        theirs.close()

    def wait_until_kept(self, more):
        """Wait until it has said that so many more readings are kept."""
        wanted = self.kept + more
        while self.kept < wanted:
            until(lambda: self._ours.poll(0.1) or not self._process.is_alive(), "a reading")
            assert self._listen(), f"the meter ended: {self._process.exitcode}"

    def kill(self):
        """End it as a power cut would; what it said before counts."""
        self._process.kill()
        self._process.join()
        while self._ours.poll(0) and self._listen():
            pass
        self._ours.close()

    def wait(self):
        """Wait until it has ended; give its exit code."""
        self._process.join(60)
        self._ours.close()
        return self._process.exitcode

    def _listen(self):
        said = os.read(self._ours.fileno(), 1 << 16)
        whole = said[: len(said) - len(said) % 8]
        if whole:
            self.kept = int.from_bytes(whole[-8:]) + 1
        return len(said)


def _live(directory, endpoint, kept, first):
    with Outbox(directory) as outbox:
        asyncio.run(_run(outbox, endpoint, kept, first))


async def _run(outbox, endpoint, kept, first):
    pacing = Pacing(sleep=_short_sleep, datagram_retry_s=0.2)
    session = MeterSession(
        outbox, Endpoint(*endpoint), RegistrationDetails("Hasty"), lambda _: None, pacing=pacing
    )
    running = asyncio.create_task(session.run())
    if first is None:
        await session.wait_until_empty()
    else:
        await _read(session, kept, first)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def _read(session, kept, index):
    while True:
        session.submit(Reading(time_of(index), register_of(NUMBER, index), 0))
        os.write(kept.fileno(), index.to_bytes(8))
        index += 1
        await asyncio.sleep(0)


async def _short_sleep(_):
    await asyncio.sleep(PAUSE_S)
