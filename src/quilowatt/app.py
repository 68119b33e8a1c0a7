"""Wires a server together and runs it until told to stop: the only place that knows all parts."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import resource
import secrets
import signal
import ssl
import sys
import time
from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import uvicorn
import uvloop

import quilowatt
from quilowatt.api.alert_view import alert_views
from quilowatt.api.app import create_app
from quilowatt.api.events import AlertNews, EventHub, InvoiceNews
from quilowatt.api.running import cycle_states, opened_cycles
from quilowatt.api.services import ServerStatus, Services
from quilowatt.api.v1_items import alert_item
from quilowatt.core.identity import IdentityMint
from quilowatt.errors import SettingsError
from quilowatt.headend.commit import GroupCommit
from quilowatt.headend.datagram_server import DatagramServer
from quilowatt.headend.doors import Doors, address_of
from quilowatt.headend.gatherer import Gatherer
from quilowatt.headend.reception import Reception
from quilowatt.headend.registry import RegistrationDesk, Registry
from quilowatt.headend.ring_server import RingServer
from quilowatt.headend.stream_server import StreamServer
from quilowatt.headend.uring import UringUnavailable
from quilowatt.jobs.alert_office import AlertOffice, BillingSources
from quilowatt.jobs.issuer_file import ISSUER_FILE
from quilowatt.jobs.keeper import Keeper
from quilowatt.jobs.tariff_files import tariff_book
from quilowatt.store import DuckReadingStore, LedgerDefaults, SqlLedger
from quilowatt.store.directory import DataDirectory

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator

    from quilowatt.billing import TariffBook
    from quilowatt.config import ServerSettings
    from quilowatt.core.batch import ReadingBatch
    from quilowatt.core.words import Language
    from quilowatt.store import AlertRecord, Commit, IssuedInvoice

__all__ = ["Addresses", "Server", "run_server"]

LOG = logging.getLogger(__name__)

SWITCH_S: Final = 0.0005
"""A thread that computes makes way after so long: a commit asks for the interpreter several times,
and would wait ten times as long each time by Python's own 5 ms. [s]"""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a server listens; `tls` is empty without a certificate."""

    http: str
    meters: str
    udp: str
    tls: str = ""

    @classmethod
    def of(cls, doors: Doors) -> Addresses:
        """Say where the sockets listen."""
        return cls(
            http=f"http://{address_of(doors.http)}",
            meters=address_of(doors.meters),
            udp=address_of(doors.udp),
            tls="" if doors.tls is None else address_of(doors.tls),
        )

    def ready_line(self) -> str:
        """Write the line that tells whoever started the server."""
        tls = f" tls={self.tls}" if self.tls else ""
        return f"ready http={self.http} meters={self.meters} udp={self.udp}{tls}"


class Server:
    """One server.

    Attributes
    ----------
    addresses : Addresses
        Where it listens, once `start` has returned.
    """

    def __init__(self, settings: ServerSettings, clock: Callable[[], float] = time.time) -> None:
        self.settings = settings
        self.clock = clock
        self.addresses = Addresses("", "", "")
        self.is_stopping = False
        self._figures: Counter[str] = Counter()

    async def start(self) -> None:
        """Open the data, then the ports; after it everything works.

        Raises
        ------
        QuilowattError, OSError
            With what is wrong and what to do.
        """
        raise_file_limit()
        settings = self.settings
        self._loop = asyncio.get_running_loop()
        tariffs = tariff_book(*([settings.tariffs] if settings.tariffs else []))
        tariffs.find(settings.tariff)
        self._tls = _tls_context(settings)
        self._doors = Doors.open(
            settings.host,
            http_port=settings.http_port,
            meter_port=settings.meter_port,
            udp_port=settings.udp_port,
            tls_port=settings.tls_port if self._tls else None,
        )
        try:
            await self._open(tariffs)
        except BaseException:
            self._doors.close()
            raise
        self.addresses = Addresses.of(self._doors)

    async def _open(self, tariffs: TariffBook) -> None:
        settings = self.settings
        self._directory = DataDirectory(settings.data, secrets.token_bytes)
        defaults = LedgerDefaults(timezone=settings.timezone, tariff_code=settings.tariff)
        self._ledger = SqlLedger.open(self._directory.ledger, defaults)
        self._readings = DuckReadingStore(self._directory.readings)
        self._hub = EventHub()
        self._start_jobs()
        await self._start_head_end()
        self._services = services = Services(
            readings=self._readings,
            ledger=self._ledger,
            on_commit=self._on_commit,
            issuer=self._directory.path / ISSUER_FILE,
            on_issued=self._on_issued,
            tariffs=tariffs,
            hub=self._hub,
            clock=self.clock,
            version=quilowatt.__version__,
            status=self.status,
            zone=settings.zone,
            api_token=settings.api_token or None,
            control=self._reception,
            notifier=self._alerts.notifier,
            on_alert=self._alerts.tell,
            on_budget=self._alerts.on_budget,
            on_terms=self._alerts.on_terms,
        )
        if unfinished := services.edit_desk.finish():
            LOG.warning("manual_readings_finished count=%d", unfinished)
        self._alerts.open(_billing_sources(services))
        await self._start_http(services)

    async def stop(self) -> None:
        """Stop in order: meters first, then questions, then the data."""
        self.is_stopping = True
        self._datagrams.stop()
        if self._ring is not None:
            await self._loop.run_in_executor(None, self._ring.stop)
        await self._streams.stop()
        self._datagrams.close()
        self._hub.close()
        self._http.should_exit = True
        await self._http_task
        jobs = (self._services.billing_desk, self._desk, self._alerts, self._keeper)
        for part in (*jobs, self._readings, self._ledger):
            await self._loop.run_in_executor(None, part.close)
        self._directory.close()

    def status(self) -> ServerStatus:
        """Tell how the server is."""
        store, counts = self._readings.figures(), self._ledger.counts()
        ring = self._ring
        return ServerStatus(
            is_ready=not self.is_stopping,
            reason="shutting down" if self.is_stopping else "",
            commit=store.commit,
            gauges={
                "connections": self._streams.connections + (ring.connections if ring else 0),
                "meters_online": self._reception.online,
                "meters": counts.meters,
                "customers": counts.customers,
                "alerts_open": counts.open_alerts,
                "pending_bytes": self._gatherer.pending_bytes,
                "pending_bytes_peak": max(
                    self._gatherer.pending_bytes_peak, ring.received_bytes_peak if ring else 0
                ),
                "readings_hot": store.hot_readings,
                "readings_in_segments": store.segment_readings,
                "segments": store.segments,
                "store_bytes": store.size_bytes,
                "event_subscribers": self._hub.subscriber_count,
                **self._alerts.gauges(),
            },
            counters=dict(self._figures),
            refusals={
                **{f"err_{code}": count for code, count in self._reception.refusals.items()},
                **{f"udp_{why}": count for why, count in self._datagrams.ignored.items()},
                "alert_costs": self._alerts.refused_costs,
                "connections": self._streams.refused_connections
                + (ring.refused_connections if ring else 0),
            },
        )

    def _start_jobs(self) -> None:
        self._alerts = AlertOffice(
            (self._readings, self._ledger),
            self.clock,
            snapshot=self._directory.alert_memory,
            describe=self._describe,
            publish=self._on_alert,
            # A clock that somebody passes in is not set by anyone else.
            steady=time.monotonic if self.clock is time.time else None,
        )
        self._keeper = Keeper(
            self._readings, self.clock, seal_interval_s=self.settings.seal_interval_s
        )

    async def _start_head_end(self) -> None:
        settings = self.settings
        registry = Registry(self._ledger, IdentityMint(self._directory.master_key))
        self._desk = RegistrationDesk(
            self._ledger, registry, self.clock, enrolment=settings.enrolment
        )
        self._reception = Reception(
            registry, self._desk, self._readings, self.clock, secrets.token_bytes
        )
        commit = GroupCommit(self._readings, self.clock, self._on_commit)
        self._gatherer = Gatherer(commit, self._loop, self._on_pressure)
        self._streams = StreamServer(self._gatherer, self._reception, time.monotonic)
        self._datagrams = DatagramServer(self._gatherer, registry)
        self._ring = self._ring_server(self._doors.meters, commit)
        if self._ring is None:
            await self._streams.start(self._doors.meters)
        else:
            self._ring.start()
        if self._doors.tls is not None:
            await self._streams.start(self._doors.tls, self._tls)
        await self._datagrams.start(self._doors.udp)

    def _ring_server(self, listener: socket.socket, commit: GroupCommit) -> RingServer | None:
        if self.settings.transport == "portable":
            return None
        try:
            return RingServer(listener, commit, self._reception, time.monotonic)
        except UringUnavailable as error:
            if self.settings.transport == "ring":
                raise SettingsError(f"no io_uring here: {error}") from error
            LOG.info("portable_server_chosen reason=%s", error)
            return None

    async def _start_http(self, services: Services) -> None:
        config = uvicorn.Config(
            create_app(services),
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=5,
            server_header=False,
        )
        self._http = _QuietServer(config)
        self._http_task = self._loop.create_task(self._http.serve(sockets=[self._doors.http]))

    def _on_commit(self, batch: ReadingBatch, commit: Commit) -> None:
        self._figures["commits"] += 1
        self._figures["readings_committed"] += len(batch)
        self._figures["readings_late_or_repeated"] += len(batch) - int(commit.is_fresh.sum())
        self._alerts.on_commit(batch, commit)
        if self._hub.subscriber_count:
            self._loop.call_soon_threadsafe(self._hub.publish_readings, batch.meter)

    def _on_alert(self, phase: str, record: AlertRecord) -> None:
        self._figures[f"alerts_{phase}"] += 1
        with contextlib.suppress(RuntimeError):  # the loop is gone: the ledger has the alert
            self._loop.call_soon_threadsafe(self._hub.publish, AlertNews(phase, record))

    def _on_issued(self, issued: list[IssuedInvoice]) -> None:
        self._figures["invoices_issued"] += len(issued)
        if not self._hub.subscriber_count:
            return
        meters: dict[int, set[int]] = {}
        places = {invoice.usage_point_id for invoice in issued}
        for place in self._ledger.installations(usage_point_ids=places):
            meters.setdefault(place.usage_point_id, set()).add(place.meter_number)
        known = {place: frozenset(numbers) for place, numbers in meters.items()}
        with contextlib.suppress(RuntimeError):  # the loop is gone: the ledger has the invoices
            self._loop.call_soon_threadsafe(self._hub.publish, InvoiceNews(tuple(issued), known))

    def _describe(self, record: AlertRecord, tongue: Language) -> dict[str, Any]:
        """Write an alert as the API does."""
        now_s = int(self.clock())
        (view,) = alert_views(self._ledger, [record], self.settings.zone, now_s=now_s)
        return alert_item(view, tongue)

    def _on_pressure(self, is_paused: bool) -> None:  # noqa: FBT001 - the gatherer's seam
        self._streams.set_paused(is_paused=is_paused)
        self._datagrams.set_paused(is_paused=is_paused)


def run_server(settings: ServerSettings, tell: Callable[[str], None]) -> None:
    """Run a server until SIGTERM or SIGINT.

    Parameters
    ----------
    settings : ServerSettings
        How.
    tell : callable
        Given the one line that says where it listens, when it does.

    Raises
    ------
    QuilowattError, OSError
        It could not start.
    """
    sys.setswitchinterval(SWITCH_S)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings, tell))


def raise_file_limit() -> None:
    """Allow this process as many open files as it may have: each meter holds one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


async def _serve(settings: ServerSettings, tell: Callable[[str], None]) -> None:
    loop, told_to_stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told_to_stop.set)
    server = Server(settings)
    await server.start()
    tell(server.addresses.ready_line())
    await told_to_stop.wait()
    LOG.info("server_stopping")
    await server.stop()


def _billing_sources(services: Services) -> BillingSources:
    return BillingSources(
        services.readings,
        services.registers,
        services.tariffs,
        services.forecaster,
        partial(cycle_states, services),
        partial(opened_cycles, services),
    )


def _tls_context(settings: ServerSettings) -> ssl.SSLContext | None:
    if settings.tls_cert is None or settings.tls_key is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(settings.tls_cert, settings.tls_key)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(
            f"--tls-cert {settings.tls_cert} with --tls-key {settings.tls_key}: {error}"
        ) from error
    return context


class _QuietServer(uvicorn.Server):
    """uvicorn without its signal handlers: the server stops as a whole."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
