"""The whole meter as a process: commands, signals, kill −9, and what the head-end has then."""

import asyncio
import os
import pty
import re
import signal
import sys
import time
from contextlib import asynccontextmanager

import pytest

from quilowatt.core.words import Words
from quilowatt.errors import SettingsError
from quilowatt.limits import INTERVAL_S_MAX
from quilowatt.meter import device
from quilowatt.meter.device import MeterOptions
from quilowatt.meter.memory import Memory, read_memory, write_memory
from quilowatt.meter.outbox import Outbox
from quilowatt.meter.phrases import PHRASES
from quilowatt.wire import Login, Reading, Refusal, Register

PROGRAM = "import sys; from pathlib import *; from quilowatt.meter.device import *; "


class Process:
    """A running meter."""

    def __init__(self, process):
        self.process = process

    def type(self, line):
        self.process.stdin.write(line.encode() + b"\n")

    async def until(self, pattern):
        """Read what it says until a line matches."""
        while line := (await self.process.stdout.readline()).decode():
            if found := re.search(pattern, line):
                return found
        raise AssertionError(f"it ended without saying {pattern!r}")

    async def ended(self):
        """Wait for its end and return its status."""
        self.process.stdin.close()
        await self.process.stdout.read()
        return await self.process.wait()


@asynccontextmanager
async def meter(head_end, directory, **options):
    options = {"interval_s": 1, "seed": 5, "name": "Ana", "lang": "en"} | options
    chosen = MeterOptions(server=f"127.0.0.1:{head_end.port}", data=directory, **options)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        f"{PROGRAM}sys.exit(run_meter({chosen!r}))",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield Process(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        process._transport.close()


@pytest.mark.e2e
@pytest.mark.asyncio
@pytest.mark.timeout(60)
class TestProcess:
    async def test_commands_and_a_last_reading(self, head_end, tmp_path):
        async with meter(head_end, tmp_path) as ana:
            await ana.until("Connected to")
            ana.type("=36000")
            await ana.until("Held at 36,000 W")
            ana.type("onn")
            await ana.until("I don't know “onn”. Try: help")
            began = time.monotonic()
            while not any(head_end.readings.values()) or time.monotonic() < began + 1.2:
                ana.type("status")
                await ana.until("waiting for an answer")
            ana.type("quit")
            await ana.until("The meter stops at")
            assert await ana.ended() == 0
        ((_, readings),) = head_end.readings.items()
        assert readings[-1].import_wh >= 10
        assert read_memory(tmp_path).energy_ws // 3600 == readings[-1].import_wh

    async def test_without_input_it_goes_on_until_sigterm(self, head_end, tmp_path):
        async with meter(head_end, tmp_path, lang="pt") as ana:
            ana.process.stdin.close()
            await ana.until("Não há mais comandos para ler")
            await ana.until("Conectado a")
            ana.process.send_signal(signal.SIGTERM)
            await ana.until("O medidor para em")
            assert await ana.ended() == 0

    async def test_two_signals_at_once_end_it_once(self, head_end, tmp_path):
        async with meter(head_end, tmp_path) as ana:
            await ana.until("Connected to")
            ana.process.send_signal(signal.SIGINT)
            ana.process.send_signal(signal.SIGTERM)
            await ana.until("The meter stops at")
            assert await ana.ended() == 0

    async def test_kill_9_loses_no_reading_and_no_energy(self, head_end, tmp_path):
        head_end.is_answering = False
        async with meter(head_end, tmp_path) as ana:
            who = (await ana.until("Registered as (.+)\\.$"))[1]
            ana.type("=36000")
            await ana.until("Held")
            while sum(map(len, head_end.readings.values())) < 3:
                ana.type("status")
                await ana.until("waiting for an answer")
            ana.process.kill()
            await ana.process.wait()
        ((_, unanswered),) = head_end.readings.items()
        unanswered = list(unanswered)
        head_end.is_answering = True
        head_end.readings.clear()
        async with meter(head_end, tmp_path) as ana:
            assert (await ana.until("· meter (.+)$"))[1] == who
            await ana.until("Connected to")
            ana.type("quit")
            assert await ana.ended() == 0
        ((_, readings),) = head_end.readings.items()
        assert set(unanswered) <= set(readings)
        ordered = sorted(readings, key=lambda reading: reading.time_s)
        registers = [reading.import_wh for reading in ordered]
        assert registers == sorted(registers)
        assert registers[-1] > 0

    async def test_a_refused_meter_says_why(self, head_end, tmp_path):
        head_end.refusals[Register] = Refusal(403, "wrong enrolment key")
        async with meter(head_end, tmp_path) as ana:
            await ana.until("can't go on: .*wrong enrolment key")
            assert await ana.ended() == 1

    async def test_what_a_person_changed_outlives_a_restart(self, head_end, tmp_path):
        async with meter(head_end, tmp_path) as ana:
            await ana.until("Connected to")
            for line in ("=2000", "+300", "on kettle", "quit"):
                ana.type(line)
            assert await ana.ended() == 0
        async with meter(head_end, tmp_path) as ana:
            ana.type("status")
            await ana.until(r"power      4,100 W  \(held at 2,000 W, by hand \+300 W, kettle")
            ana.type("quit")
            assert await ana.ended() == 0

    async def test_a_dial_of_few_digits_is_told_and_wraps(self, head_end, tmp_path):
        write_memory(tmp_path, Memory(99 * 3600, is_relay_on=True, seed=7, name="Ana", digits=2))
        async with meter(head_end, tmp_path, digits=2, serial="S-1", model="QW") as ana:
            await ana.until("Connected to")
            ana.type("=36000")
            while not any(
                r.import_wh < 50 for readings in head_end.readings.values() for r in readings
            ):
                ana.type("status")
                await ana.until("waiting for an answer")
            ana.type("quit")
            assert await ana.ended() == 0
        (details,) = head_end.details.values()
        assert (details.digits, details.serial, details.model) == (2, "S-1", "QW")

    async def test_what_is_wrong_is_said_in_the_language_of_the_meter(self, head_end, tmp_path):
        with Outbox(tmp_path):
            async with meter(head_end, tmp_path, lang="pt") as ana:
                await ana.until("O medidor não pode continuar: .* em uso por outro medidor")
                assert await ana.ended() == 1

    async def test_a_blocked_meter_waits(self, head_end, tmp_path):
        head_end.refusals[Login] = Refusal(403, "this meter was blocked by the operator")
        async with meter(head_end, tmp_path, lang="pt") as ana:
            await ana.until("a operação bloqueou este medidor")
            ana.type("sair")
            assert await ana.ended() == 0

    async def test_one_directory_one_meter(self, head_end, tmp_path):
        with Outbox(tmp_path):
            async with meter(head_end, tmp_path) as ana:
                await ana.until("is in use by another meter")
                assert await ana.ended() == 1

    async def test_a_message_does_not_tear_the_line_being_typed(self, head_end, tmp_path):
        parent, child = pty.openpty()
        chosen = MeterOptions(f"127.0.0.1:{head_end.port}", data=tmp_path, lang="en", seed=5)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            f"{PROGRAM}sys.exit(run_meter({chosen!r}))",
            stdin=child,
            stdout=child,
            stderr=child,
        )
        os.close(child)
        await read_until(parent, rb"Connected to.*meter> $")
        os.write(parent, b"sta")
        await read_until(parent, rb"sta$")
        head_end.say(b"SET relay off\n")
        await read_until(parent, rb"\r\x1b\[K.*supply: 0 W flow\.\r\nmeter> sta$")
        os.write(parent, b"tus\r")
        await read_until(parent, rb"every 900 s.*meter> $")
        os.write(parent, b"\x04")
        await read_until(parent, rb"The meter stops at")
        assert await process.wait() == 0
        os.close(parent)


async def read_until(descriptor, pattern):
    screen = b""
    while not re.search(pattern, screen, re.DOTALL):
        screen += await asyncio.to_thread(os.read, descriptor, 4096)


@pytest.mark.parametrize(
    ("server", "host", "port"),
    [
        ("127.0.0.1:7107", "127.0.0.1", 7107),
        ("meters.example", "meters.example", 7007),
        ("[::1]:7107", "::1", 7107),
        ("[::1]", "::1", 7007),
        ("::1", "::1", 7007),
        ("fe80::1", "fe80::1", 7007),
    ],
)
def test_addresses(server, host, port):
    endpoint = device._endpoint(MeterOptions(server))
    assert (endpoint.host, endpoint.port, endpoint.udp_port) == (host, port, None)


@pytest.mark.parametrize(
    "options",
    [
        {"server": ""},
        {"server": ":7007"},
        {"server": "host:"},
        {"server": "host:0"},
        {"server": "host:65536"},
        {"server": "host:http"},
        {"server": "[::1"},
        {"server": "a b:1"},
        {"interval_s": 0},
        {"interval_s": INTERVAL_S_MAX + 1},
        {"name": "two\nlines"},
        {"name": "x" * 201},
        {"digits": -1},
        {"digits": 16},
    ],
)
def test_options_that_cannot_be(options):
    with pytest.raises(SettingsError) as caught:
        device._endpoint(MeterOptions(**options))
    assert caught.value.spoken("pt") != caught.value.spoken("en")


def test_ports_follow_the_transport():
    assert device._endpoint(MeterOptions("h", is_tls=True)).port == 7008
    assert device._endpoint(MeterOptions("h:9", is_udp=True)).udp_port == 9
    assert device._endpoint(MeterOptions("h:9", udp_port=10)).udp_port == 10


def test_a_missing_authority_is_named(tmp_path):
    options = MeterOptions(is_tls=True, ca=tmp_path / "none.pem")
    with pytest.raises(SettingsError, match=r"none\.pem can't be read"):
        device._endpoint(options)


def test_the_register_never_stands_below_a_reading(tmp_path):
    with Outbox(tmp_path) as outbox:
        outbox.add(Reading(100, 50, 0))
        words = Words("en", PHRASES)
        assert device._remembered(MeterOptions(data=tmp_path), outbox, words).energy_ws == 180_000
        write_memory(tmp_path, Memory(190_001, is_relay_on=False, seed=7, name="Ana"))
        again = device._remembered(MeterOptions(data=tmp_path), outbox, words)
        assert again == Memory(190_001, is_relay_on=False, seed=7, name="Ana")
        write_memory(tmp_path, Memory(5, is_relay_on=True, seed=7, name="Ana"))
        assert device._remembered(MeterOptions(data=tmp_path), outbox, words).energy_ws == 180_000


def test_a_dial_stays_as_it_was_made(tmp_path):
    with Outbox(tmp_path) as outbox:
        words = Words("en", PHRASES)
        made = device._remembered(MeterOptions(data=tmp_path, digits=5), outbox, words)
        assert made.digits == 5
        write_memory(tmp_path, made)
        assert device._remembered(MeterOptions(data=tmp_path), outbox, words).digits == 5
        with pytest.raises(SettingsError, match="this meter was made with 5"):
            device._remembered(MeterOptions(data=tmp_path, digits=6), outbox, words)


def test_options_beat_memory(tmp_path):
    with Outbox(tmp_path) as outbox:
        write_memory(tmp_path, Memory(0, is_relay_on=True, seed=7, name="Ana"))
        options = MeterOptions(data=tmp_path, seed=0, name="Bia")
        memory = device._remembered(options, outbox, Words("en", PHRASES))
        assert (memory.seed, memory.name) == (0, "Bia")
