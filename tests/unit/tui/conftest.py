"""A server that needs no network: clients, readings and alerts as the tests want them."""

import asyncio
import os
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from quilowatt.client import (
    Alert,
    AlertEvent,
    Customer,
    CustomerName,
    Interval,
    Invoice,
    InvoiceLine,
    LoadProfile,
    Meter,
    Page,
    Reading,
    ReadingEvent,
    UsagePoint,
)
from quilowatt.core.words import Words
from quilowatt.errors import ApiError, ApiUnreachable
from quilowatt.tui.desk import Desk
from quilowatt.tui.words import PHRASES

ZONE = ZoneInfo("America/Bahia")
NOW = datetime(2026, 11, 23, 14, 32, 7, tzinfo=ZONE)
SNAPSHOTS = Path(__file__).parent / "snapshots"
TURNS_MAX = 150
STEP_OF = {"1h": timedelta(hours=1), "1d": timedelta(days=1)}


class FakeFeed:
    """Answers at once from what it holds; `error` makes every question fail."""

    def __init__(self, names, *, page_size=1000):
        self.names = list(names)
        self.page_size = page_size
        self.open_alerts = []
        self.error = None
        self.calls = []
        self.invoice_error = None
        self.coming = None
        self.is_young = False
        self._streams = []

    def meter_id(self, row):
        return UUID(int=0x1000 + row)

    async def customers(self, **filters):
        self._asked("customers", filters)
        rows = [row for row, name in enumerate(self.names) if self._matches(row, name, filters)]
        start = int(filters.get("cursor") or 0)
        limit = min(filters.get("limit", 100), self.page_size)
        more = str(start + limit) if start + limit < len(rows) else None
        return Page(items=[self.customer(r) for r in rows[start : start + limit]], next_cursor=more)

    async def meter(self, identity):
        self._asked("meter", {"identity": identity})
        row = identity.int - 0x1000
        return Meter(
            id=identity,
            serial=f"SIM-{row:03}",
            model="",
            phases=1,
            interval_s=60,
            digits=0,
            registered_at=NOW,
            customer=CustomerName(id=UUID(int=row + 1), name=self.names[row]),
            usage_point=UsagePoint(
                id=UUID(int=0x2000 + row), timezone="America/Bahia", tariff="b1", billing_day=1
            ),
            **self.consumption(row),
        )

    async def load_profile(self, identity, *, start, end, resolution):
        self._asked("load_profile", {"identity": identity, "resolution": resolution})
        step, intervals = STEP_OF[resolution], []
        while start < end:
            intervals.append(self.interval(start, start + step, len(intervals)))
            start += step
        return LoadProfile(
            meter=identity,
            timezone="America/Bahia",
            resolution=resolution,
            start=intervals[0].start,
            end=end,
            import_kwh=sum(i.import_kwh or 0 for i in intervals),
            export_kwh=0,
            intervals=intervals,
            issues=[],
        )

    def interval(self, start, end, index):
        is_known = not self.is_young and index != 2
        return Interval(
            start=start,
            end=end,
            import_kwh=0.25 * (1 + index % 8) if is_known else None,
            export_kwh=0 if is_known else None,
            power_w=250 if is_known else None,
            quality=("estimated" if index == 5 else "measured") if is_known else "missing",
        )

    async def invoices(self, **filters):
        self._asked("invoices", filters)
        if self.invoice_error:
            raise self.invoice_error
        meters = (
            [filters["meter"]] if "meter" in filters else map(self.meter_id, range(len(self.names)))
        )
        return Page(items=[invoice(meter) for meter in meters], next_cursor=None)

    async def alerts(self, **filters):
        self._asked("alerts", filters)
        meter = filters.get("meter")
        return Page(
            items=[a for a in self.open_alerts if meter in (None, a.meter)], next_cursor=None
        )

    async def acknowledge(self, alert, *, author, note=""):
        self._asked("acknowledge", {"alert": alert, "author": author})
        (known,) = [a for a in self.open_alerts if a.id == alert]
        changes = {"is_acknowledged": True, "acknowledged_by": author}
        noted = known.model_copy(update=changes)
        self.open_alerts = [noted if a.id == alert else a for a in self.open_alerts]
        return noted

    async def forecast(self, usage_point):
        self._asked("forecast", {"usage_point": usage_point})
        if self.coming is None:
            raise ApiError(404, "no forecast")
        return self.coming

    async def events(self, *, meters=(), kinds=()):
        self._asked("events", {"meters": meters, "kinds": kinds})
        queue = asyncio.Queue()
        self._streams.append((set(meters), set(kinds), queue))
        while True:
            event = await queue.get()
            if isinstance(event, ApiError):
                raise event
            yield event

    def publish(self, event):
        meter = event.alert.meter if event.kind == "alert" else event.meter
        for meters, kinds, queue in self._streams:
            if (not meters or meter in meters) and (not kinds or event.kind in kinds):
                queue.put_nowait(event)

    def break_down(self, error=None):
        """End every stream and answer nothing until `repair`."""
        self.error = error or ApiUnreachable(0, "connection refused")
        for _, _, queue in self._streams:
            queue.put_nowait(self.error)
        self._streams.clear()

    def repair(self):
        self.error = None

    def streams(self, kind):
        return sum(kind in kinds for _, kinds, _ in self._streams)

    def raise_alert(self, row=0, **changes):
        made = alert(self.meter_id(row), self.names[row], **changes)
        self.open_alerts = [made, *(a for a in self.open_alerts if a.id != made.id)]
        self.publish(AlertEvent(phase="opened", alert=made))
        return made

    def close_alert(self, made):
        closed = made.model_copy(update={"is_open": False, "closed_at": NOW})
        self.open_alerts = [a for a in self.open_alerts if a.id != made.id]
        self.publish(AlertEvent(phase="closed", alert=closed))

    def read(self, row, *, seconds, import_kwh, power_w):
        reading = Reading(
            time=NOW + timedelta(seconds=seconds), import_kwh=import_kwh, export_kwh=0
        )
        self.publish(ReadingEvent(meter=self.meter_id(row), reading=reading, power_w=power_w))

    def customer(self, row):
        return Customer(
            id=UUID(int=row + 1),
            name=self.names[row],
            usage_point=UUID(int=0x2000 + row),
            timezone="America/Bahia",
            tariff="b1",
            meter=self.meter_id(row),
            serial=f"SIM-{row:03}",
            period=None,
            **self.consumption(row),
        )

    def consumption(self, row):
        if self.is_young:
            return {"last_reading": None, "power_w": None, "today_kwh": None, "month_kwh": None}
        time = NOW - timedelta(seconds=3)
        return {
            "last_reading": Reading(time=time, import_kwh=1000.0, export_kwh=0),
            "power_w": 1240 + row,
            "today_kwh": 8.421,
            "month_kwh": 212.345,
        }

    def _matches(self, row, name, filters):
        return (
            filters.get("name", "").lower() in name.lower()
            and filters.get("id") in (None, str(UUID(int=row + 1)))
            and filters.get("meter") in (None, str(self.meter_id(row)), f"SIM-{row:03}")
        )

    def _asked(self, what, filters):
        self.calls.append((what, filters))
        if self.error:
            raise self.error


async def until_asked(event, _pause_s):
    """Pause until the r key: no test depends on how fast it runs."""
    await event.wait()


def invoice(meter, **changes):
    start, end = NOW.replace(day=1, hour=0, minute=0, second=0), datetime(2026, 12, 1, tzinfo=ZONE)
    line = InvoiceLine(
        code="energy",
        description="Energy",
        start=start,
        end=end,
        quantity=Decimal("212.345"),
        unit="kWh",
        rate_before_tax=Decimal("0.87773"),
        rate=Decimal("1.10"),
        amount=Decimal("233.58"),
        formula="212.345 kWh × 1.10 = 233.58",
    )
    fields = {
        "customer": CustomerName(id=UUID(int=1), name="Ana Souza"),
        "usage_point": UUID(int=0x2000),
        "meter": meter,
        "month": "2026-11",
        "start": start,
        "end": end,
        "state": "running",
        "tariff": "b1",
        "currency": "BRL",
        "import_kwh": 212.345,
        "total": Decimal("1233.58"),
        "due": None,
        "lines": [line, line.model_copy(update={"description": "Grid", "amount": Decimal(1000)})],
        "taxes": [],
        "notes": [],
    }
    return Invoice(**fields | changes)


def alert(meter, name, **changes):
    began = NOW - timedelta(minutes=1)
    fields = {
        "id": 7,
        "kind": "abrupt_increase",
        "severity": "warning",
        "customer": CustomerName(id=UUID(int=1), name=name),
        "meter": meter,
        "began_at": began,
        "raised_at": began + timedelta(seconds=5),
        "updated_at": began + timedelta(seconds=5),
        "closed_at": None,
        "is_open": True,
        "power_w": 6200,
        "usual_power_w": 650,
        "excess_kwh": 0.09,
        "message": "as the server tells it",
    }
    return Alert(**fields | changes)


@pytest.fixture(name="make_invoice")
def make_invoice_fixture():
    return invoice


@pytest.fixture(name="make_alert")
def make_alert_fixture():
    return alert


@pytest.fixture
def now():
    return NOW


@pytest.fixture
def zone():
    return ZONE


@pytest.fixture
def feed():
    return FakeFeed(["Ana Souza", "Bruno Lima", "Célia Araújo"])


@pytest.fixture
def make_feed():
    return FakeFeed


@pytest.fixture(params=["en", "pt"])
def words(request):
    return Words(request.param, PHRASES)


@pytest.fixture
def english():
    return Words("en", PHRASES)


@pytest.fixture
def portuguese():
    return Words("pt", PHRASES)


@pytest.fixture
def watch():
    """Run a scenario against the application: ``watch(feed, scenario, size, tongue, wanted)``."""

    def run(feed, scenario, *, size=(80, 24), tongue="en", wanted=None):
        from quilowatt.tui.app import WatchApp  # noqa: PLC0415 - Textual is slow to import

        async def play():
            server = "http://127.0.0.1:8080"
            desk = Desk(feed, Words(tongue, PHRASES), NOW.timestamp, server, UTC, until_asked)
            app = WatchApp(desk, wanted)
            async with app.run_test(size=size, notifications=True) as pilot:
                stage = Stage(app, pilot)
                await stage.until(lambda: feed.calls)
                await scenario(stage)

        asyncio.run(play())

    return run


class Stage:
    """A running application, its keys and its text."""

    def __init__(self, app, pilot):
        self.app, self.pilot = app, pilot
        self.bells = 0
        app.bell = self._ring

    def _ring(self):
        self.bells += 1

    @property
    def text(self):
        strips = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text.rstrip() for strip in strips).replace("\N{NO-BREAK SPACE}", " ")

    async def press(self, *keys):
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def until(self, condition):
        """Let the application work until a condition holds."""
        for _ in range(TURNS_MAX):
            if condition():
                return
            await self.pilot.pause()
        raise AssertionError(f"never came true; the screen says:\n{self.text}")

    async def shows(self, *parts):
        """Wait until each text stands on the screen."""
        await self.until(lambda: all(part in self.text for part in parts))


@pytest.fixture
def snapshot():
    """Compare with the stored text; QUILOWATT_SNAPSHOTS=write stores it instead."""

    def compare(name, text):
        path = SNAPSHOTS / f"{name}.txt"
        if os.environ.get("QUILOWATT_SNAPSHOTS") == "write":
            path.write_text(text + "\n", encoding="utf-8")
        assert text + "\n" == path.read_text(encoding="utf-8")

    return compare
