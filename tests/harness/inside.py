"""A server inside the test's own process, for what no command reaches: its clock and its orders."""

import asyncio
import threading
import time

import uvloop

from harness.waiting import DEADLINE_S
from quilowatt.app import Server
from quilowatt.config import server_settings


class ServerInside:
    """The whole server in a thread; a context manager.

    Attributes
    ----------
    server : quilowatt.app.Server
        For whoever has to reach in.
    """

    def __init__(self, directory, transport, clock=time.time):
        self._clock = clock
        self._settings = server_settings(
            data=directory / "server",
            transport=transport,
            http_port=0,
            meter_port=0,
            udp_port=0,
            timezone="UTC",
        )
        self._is_ready = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        self._thread.start()
        assert self._is_ready.wait(DEADLINE_S)
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._told_to_stop.set)
        self._thread.join(DEADLINE_S)
        assert not self._thread.is_alive()

    @property
    def data(self):
        return self._settings.data

    @property
    def meters(self):
        return self.host_and_port("meters")

    def host_and_port(self, kind):
        host, _, port = getattr(self.server.addresses, kind).rpartition(":")
        return host, int(port)

    def _run(self):
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self._serve())

    async def _serve(self):
        self._loop, self._told_to_stop = asyncio.get_running_loop(), asyncio.Event()
        self.server = Server(self._settings, self._clock)
        await self.server.start()
        self._is_ready.set()
        await self._told_to_stop.wait()
        await self.server.stop()
