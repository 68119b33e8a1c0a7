"""The hand-driven meter: a household, a register, a sender and a command line, put together.

`run_meter` is what `quilowatt meter` does. Two lines of execution, as in the seed of the project:
the sender's thread reads and sends; the main thread obeys the person. All that must outlive the
process lies in one directory, so several meters are several directories.
"""

from __future__ import annotations

import os
import re
import secrets
import ssl
import time
from dataclasses import dataclass, replace
from datetime import timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Final

from quilowatt.core.words import Words, language
from quilowatt.errors import SettingsError, SpokenError
from quilowatt.limits import INTERVAL_S_MAX, NAME_SIZE_MAX
from quilowatt.meter.console import Console, LinkStatus
from quilowatt.meter.household import UTC_OFFSET_S, Household
from quilowatt.meter.live import LiveMeter, Moment
from quilowatt.meter.load import Load
from quilowatt.meter.memory import Memory, read_memory, write_memory
from quilowatt.meter.narrator import Narrator
from quilowatt.meter.outbox import Outbox
from quilowatt.meter.phrases import PHRASES
from quilowatt.meter.register import HOUR_WS, Register
from quilowatt.meter.sender import MeterFault, Sender
from quilowatt.meter.session import Endpoint
from quilowatt.meter.terminal import Terminal, standard_terminal
from quilowatt.wire import RegistrationDetails
from quilowatt.wire.registration import DIGITS_MAX

if TYPE_CHECKING:
    from uuid import UUID

    from quilowatt.meter.session_events import SessionEvent

__all__ = ["INTERVAL_S", "MeterOptions", "run_meter"]

INTERVAL_S: Final = 5
"""A person at the keyboard wants to see what a command did. [s]"""

PORT: Final = 7007
PORT_TLS: Final = 7008
PORT_MAX: Final = 65_535

ADDRESS: Final = re.compile(
    r"(?:\[(?P<v6>[^\[\]]+)\]|(?P<host>[^:\[\]\s]+))(?::(?P<port>[0-9]{1,5}))?"
    r"|(?P<bare_v6>[0-9a-fA-F.]*:[0-9a-fA-F.]*:[0-9a-fA-F:.]*)"
)

SEEDS: Final = 10_000
"""Short enough to be typed again."""


@dataclass(frozen=True, slots=True)
class MeterOptions:
    """What `quilowatt meter` can be told.

    Parameters
    ----------
    server : str
        The head-end: HOST, HOST:PORT or [IPV6]:PORT. Port 7007 where none is given, 7008 with TLS.
    name : str
        What to call the customer, at registration; empty makes one up.
    data : Path
        Directory of this meter: identity, secret, register, unanswered readings.
    interval_s : int or None
        How often to read. None means 5 s at first and then what the head-end's WELCOME says; a
        number holds against WELCOME. SET interval always counts. [s]
    seed : int or None
        Of the household; None means that of the last run here, or a random one, which is told. [1]
    lang : str or None
        Language to speak; None follows LC_ALL and LANG.
    enrolment : str
        The key that a closed head-end asks for.
    usage_point : UUID or None
        The place where this meter replaces an older one.
    is_tls : bool
        Speak TLS; the certificate is checked against the host's name.
    ca : Path or None
        Certificate authority to trust (PEM) instead of the system's.
    is_udp : bool
        Send readings by UDP to the same port; registration still takes TCP.
    udp_port : int or None
        UDP port where it is another than the TCP port; implies `is_udp`.
    digits : int or None
        The register wraps at 10^digits, 0 never; None means as in the last run here, at first 0.
        A dial stays as it was made. [decimal digits of Wh]
    serial, model : str
        What the plate says, sent at registration.
    utc_offset_s : int
        Local time of the household less UTC. [s]
    """

    server: str = "127.0.0.1"
    name: str = ""
    data: Path = Path("quilowatt-data/meter")
    interval_s: int | None = None
    seed: int | None = None
    lang: str | None = None
    enrolment: str = ""
    usage_point: UUID | None = None
    is_tls: bool = False
    ca: Path | None = None
    is_udp: bool = False
    udp_port: int | None = None
    digits: int | None = None
    serial: str = ""
    model: str = "quilowatt meter"
    utc_offset_s: int = UTC_OFFSET_S


def run_meter(options: MeterOptions) -> int:
    """Be a meter until told to quit, by command or signal.

    Returns
    -------
    int
        Exit status: 0 when it was told to end, 1 when it can't go on (it has said why).
    """
    words = Words(language(options.lang, os.environ), PHRASES)
    terminal = standard_terminal(words("prompt"))
    try:
        with terminal.catching_signals(), Outbox(options.data) as outbox:
            return _Device(options, words, terminal, outbox).run()
    except SpokenError as error:
        terminal.say(words("failed", why=error.spoken(words.language)))
        return 1
    finally:
        terminal.close()


class _Device:
    """One run of a meter."""

    def __init__(
        self, options: MeterOptions, words: Words, terminal: Terminal, outbox: Outbox
    ) -> None:
        self._options, self._words = options, words
        self._terminal, self._outbox = terminal, outbox
        self._endpoint = _endpoint(options)
        self._memory = _remembered(options, outbox, words)
        household = Household(self._memory.seed, utc_offset_s=options.utc_offset_s)
        memory = self._memory
        register = Register(memory.energy_ws, memory.digits, is_relay_on=memory.is_relay_on)
        load = Load(household)
        load.restore(memory.held_w, memory.by_hand_w, memory.appliances)
        self._meter = LiveMeter(load, register, time.time)
        self._sender = Sender(
            self._meter, outbox, keep=self._keep, tell=self._tell, now_s=time.time
        )
        host, port = self._endpoint.host, self._endpoint.port
        self._server = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._narrator = Narrator(
            words, self._server, lambda: self._sender.interval_s, _local_zone()
        )
        self._console = Console(self._meter, words, self._link_status)

    def run(self) -> int:
        """Send and obey until the end."""
        self._greet()
        self._sender.start(
            self._endpoint,
            _details(self._options, self._memory),
            is_interval_ours=self._options.interval_s is not None,
            on_end=self._terminal.stop,
        )
        self._obey()
        self._sender.stop()
        moment = self._meter.moment()
        self._keep(moment)
        if self._sender.failure is not None:
            raise self._sender.failure
        energy = self._words.energy_kwh(moment.energy_wh)
        self._terminal.say(self._words("bye", energy=energy, directory=self._options.data))
        return 0

    def _greet(self) -> None:
        words, memory, identity = self._words, self._memory, self._outbox.identity
        self._terminal.say(words("welcome", name=memory.name))
        self._terminal.say(words("seed", seed=str(memory.seed)))
        if identity:
            self._terminal.say(words("status", name=memory.name, uuid=identity.uuid))
        if not memory.is_relay_on:
            self._terminal.say(words("relay_is_off"))

    def _obey(self) -> None:
        """Do what the person types until the end of the program or of the input."""
        while (text := self._terminal.read()) is not None:
            answer = self._console.answer(text)
            if answer is None:
                return
            self._terminal.say(answer)
        if self._terminal.is_interactive or self._terminal.is_stopped:
            return
        self._terminal.say(self._words("goes_on"))
        self._terminal.wait()

    def _tell(self, event: SessionEvent | MeterFault) -> None:
        self._terminal.say(self._narrator.line(event))

    def _keep(self, moment: Moment) -> None:
        parts = moment.parts
        memory = replace(
            self._memory,
            energy_ws=moment.energy_ws,
            is_relay_on=moment.is_relay_on,
            held_w=parts.held_w,
            by_hand_w=parts.by_hand_w,
            appliances=tuple(appliance.en for appliance in parts.appliances),
        )
        write_memory(self._options.data, memory)

    def _link_status(self) -> LinkStatus:
        identity = self._outbox.identity
        return LinkStatus(
            name=self._memory.name,
            uuid=str(identity.uuid) if identity else "",
            server=self._server,
            is_connected=self._sender.is_connected,
            interval_s=self._sender.interval_s,
            pending=len(self._outbox),
        )


def _remembered(options: MeterOptions, outbox: Outbox, words: Words) -> Memory:
    """Recall the last run here, or begin; the register stands no lower than any reading of it."""
    last = read_memory(options.data)
    newest_ws = outbox.newest.import_wh * HOUR_WS if outbox.newest else 0
    seed = options.seed if options.seed is not None else last.seed if last else None
    seed = secrets.randbelow(SEEDS) if seed is None else seed
    name = options.name or (last.name if last else words("default_name", number=str(seed)))
    if last is None:
        return Memory(newest_ws, is_relay_on=True, seed=seed, name=name, digits=options.digits or 0)
    if options.digits not in {None, last.digits}:
        raise SettingsError(
            f"--digits {options.digits}: this meter was made with {last.digits}; for another dial "
            "choose another --data",
            f"--digits {options.digits}: este medidor foi feito com {last.digits}; para outro "
            "mostrador escolha outro --data",
        )
    return replace(last, energy_ws=max(last.energy_ws, newest_ws), seed=seed, name=name)


def _details(options: MeterOptions, memory: Memory) -> RegistrationDetails:
    return RegistrationDetails(
        name=memory.name,
        serial=options.serial,
        model=options.model,
        digits=memory.digits,
        interval_s=INTERVAL_S if options.interval_s is None else options.interval_s,
        enrolment=options.enrolment,
        usage_point=options.usage_point,
    )


def _endpoint(options: MeterOptions) -> Endpoint:
    """Read and check everything that says where to call and how."""
    if options.interval_s is not None and not 1 <= options.interval_s <= INTERVAL_S_MAX:
        raise SettingsError(
            f"--interval {options.interval_s} s is outside 1 s .. {INTERVAL_S_MAX} s",
            f"--interval {options.interval_s} s está fora de 1 s .. {INTERVAL_S_MAX} s",
        )
    if options.digits is not None and not 0 <= options.digits <= DIGITS_MAX:
        raise SettingsError(
            f"--digits {options.digits} is outside 0 .. {DIGITS_MAX}",
            f"--digits {options.digits} está fora de 0 .. {DIGITS_MAX}",
        )
    if len(options.name) > NAME_SIZE_MAX or not options.name.isprintable():
        raise SettingsError(
            f"--name takes one line of at most {NAME_SIZE_MAX} characters",
            f"--name aceita uma linha de no máximo {NAME_SIZE_MAX} caracteres",
        )
    host, port = _host_and_port(options.server, PORT_TLS if options.is_tls else PORT)
    udp_port = options.udp_port or (port if options.is_udp else None)
    return Endpoint(host, port, udp_port, _tls(options))


def _host_and_port(server: str, default_port: int) -> tuple[str, int]:
    """Part HOST:PORT; an IPv6 address with a port stands in brackets."""
    parts = ADDRESS.fullmatch(server.strip())
    port = int(parts["port"] or default_port) if parts else 0
    if parts is None or not 0 < port <= PORT_MAX:
        raise SettingsError(
            f"--server {server!r} is not HOST:PORT, like 127.0.0.1:{default_port}",
            f"--server {server!r} não é SERVIDOR:PORTA, como 127.0.0.1:{default_port}",
        )
    return parts["v6"] or parts["bare_v6"] or parts["host"], port


def _tls(options: MeterOptions) -> ssl.SSLContext | None:
    if not options.is_tls:
        return None
    try:
        return ssl.create_default_context(cafile=options.ca)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(
            f"--ca {options.ca} can't be read: {error}",
            f"--ca {options.ca} não pode ser lido: {error}",
        ) from error


def _local_zone() -> timezone:
    """Take the zone of this computer, for the times in messages."""
    return timezone(timedelta(seconds=time.localtime().tm_gmtoff))
