"""`/v1` over a real store, asked through the typed client wherever it can ask."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import httpx
import pyarrow.parquet as pq
import pytest

from quilowatt.client import AsyncClient
from quilowatt.errors import ApiError

PARQUET = {"Accept": "application/vnd.apache.parquet"}


@pytest.fixture
def api(world):
    return AsyncClient("http://test", transport=httpx.ASGITransport(world.app()))


@pytest.mark.asyncio
async def test_customers_say_what_clientes_say(world, api):
    async with api:
        ana, bruno, carla = (await api.customers()).items
    assert str(ana.id) == world.customers["ana"]
    assert ana.last_reading.time == datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
    assert ana.last_reading.time.utcoffset().total_seconds() == -3 * 3600
    assert (ana.last_reading.import_kwh, ana.power_w) == (5514.4, 400)
    assert (ana.today_kwh, ana.month_kwh, ana.period) == (5.6, 216.8, None)
    assert (bruno.last_reading.export_kwh, bruno.serial) == (62.8, "SN-4")
    assert (carla.last_reading, carla.power_w, carla.month_kwh) == (None, None, None)


@pytest.mark.asyncio
async def test_a_period_and_all_pages(api):
    async with api:
        found = [
            customer
            async for customer in api.walk(
                lambda cursor: api.customers(
                    start=date(2026, 11, 1), end=date(2026, 11, 2), limit=2, cursor=cursor
                )
            )
        ]
    assert [customer.period.import_kwh for customer in found] == [19.2, 38.4, None]


@pytest.mark.asyncio
async def test_meters_are_listed_and_shown_also_one_that_was_exchanged(world, api):
    async with api:
        page = await api.meters(meter="SN-1")
        (meter,) = page.items
        assert (meter.interval_s, meter.phases, meter.customer.name) == (900, 1, "Ana Luísa")
        assert (meter.usage_point.tariff, meter.usage_point.billing_day) == ("br/coelba-b1", 1)
        assert await api.meter(world.meters["ana"]) == meter
        old = await api.meter(world.meters["bruno"])
        assert old.last_reading.import_kwh == 12000
        by_customer = await api.meters(customer=world.customers["carla"])
        assert [meter.serial for meter in by_customer.items] == ["SN-3"]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("resolution", "count"),
    [("5m", 864), ("15m", 288), ("30m", 144), ("1h", 72), ("1d", 3), ("1mo", 2)],
)
async def test_a_load_profile_sums_to_the_registers_at_every_resolution(
    world, api, resolution, count
):
    async with api:
        profile = await api.load_profile(
            world.meters["ana"],
            start=date(2026, 10, 30),
            end=date(2026, 11, 1),
            resolution=resolution,
        )
    assert len(profile.intervals) == count
    total = sum(Decimal(str(interval.import_kwh)) for interval in profile.intervals)
    assert total == Decimal(str(profile.import_kwh))
    if resolution != "1mo":
        assert profile.import_kwh == pytest.approx(72 * 0.4)
        # Five minutes of 400 W are 33 or 34 Wh: intervals are whole watt-hours.
        powers = {396, 408} if resolution == "5m" else {400}
        assert {interval.power_w for interval in profile.intervals} == powers
        # Readings every 15 minutes do not measure each 5 minutes, and say so.
        assert {interval.quality for interval in profile.intervals} <= {"measured", "estimated"}


@pytest.mark.asyncio
async def test_what_was_not_read_is_missing_and_not_zero(world, api):
    async with api:
        profile = await api.load_profile(
            world.meters["ana"], start=date(2026, 9, 30), end=date(2026, 10, 1), resolution="1d"
        )
        before, first = profile.intervals
        assert (before.import_kwh, before.power_w, before.quality) == (None, None, "missing")
        assert (first.import_kwh, first.quality) == (9.6, "measured")
        silent = await api.load_profile(world.meters["carla"])
    assert {interval.quality for interval in silent.intervals} == {"missing"}
    assert silent.import_kwh == 0


@pytest.mark.asyncio
async def test_today_is_shown_when_no_period_is_asked_for(world, api):
    async with api:
        profile = await api.load_profile(world.meters["ana"])
    assert profile.start == datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
    assert profile.end == datetime(2026, 11, 23, 17, 15, tzinfo=UTC)
    assert (profile.import_kwh, profile.resolution) == (5.6, "15m")
    assert profile.intervals[-1].quality == "missing"


def test_a_load_profile_is_the_same_as_csv_and_parquet(world):
    url = f"/v1/meters/{world.meters['bruno']}/load-profile?start=2026-11-10&end=2026-11-10"
    intervals = world.get(url).json["intervals"]
    rows = list(csv.DictReader(io.StringIO(world.get(url, headers={"Accept": "text/csv"}).text)))
    table = pq.read_table(io.BytesIO(world.get(url, headers=PARQUET).content)).to_pylist()
    assert len(intervals) == len(rows) == len(table) == 96
    for interval, row, cells in zip(intervals, rows, table, strict=True):
        assert {name: str(value or "") for name, value in interval.items()} == {
            name: "" if value == "0.0" and not interval[name] else value
            for name, value in row.items()
        }
        assert cells["start"] == datetime.fromisoformat(interval["start"])
        known = interval["import_kwh"] is not None
        assert cells["import_kwh"] == (Decimal(str(interval["import_kwh"])) if known else None)
        assert cells["quality"] == interval["quality"]
    assert table[0]["import_kwh"] == Decimal("0.200")
    assert table[-1]["import_kwh"] is None


@pytest.mark.asyncio
async def test_readings_come_in_pages_each_once(world, api):
    async with api:
        found = [
            reading
            async for reading in api.walk(
                lambda cursor: api.readings(
                    world.meters["ana"], start="2026-11-22", end="2026-11-22", limit=7,
                    cursor=cursor,
                )
            )
        ]  # fmt: skip
    assert len(found) == 96
    assert [reading.time for reading in found] == sorted({reading.time for reading in found})
    assert found[0].time == datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
    assert found[1].import_kwh - found[0].import_kwh == pytest.approx(0.1)


def test_readings_are_parquet_when_asked_with_the_way_to_the_next_page(world):
    url = f"/v1/meters/{world.meters['ana']}/readings?limit=500"
    answer = world.get(url, headers=PARQUET)
    table = pq.read_table(io.BytesIO(answer.content))
    assert table.num_rows == 500
    assert table.column("import_kwh")[0].as_py() == Decimal("5000.000")
    assert 'rel="next"' in answer.headers["link"]
    silent = world.get(f"/v1/meters/{world.meters['carla']}/readings")
    assert silent.json == {"items": [], "next_cursor": None}


@pytest.mark.asyncio
async def test_invoices_are_typed_and_exact(api):
    async with api:
        (invoice,) = (await api.invoices(customer="ana")).items
        (past,) = (await api.invoices(customer="ana", month="2026-10", state="unissued")).items
    assert (invoice.state, invoice.import_kwh, invoice.due) == ("running", 216.8, None)
    assert invoice.total == sum(line.amount for line in invoice.lines)
    assert invoice.lines[0].description.startswith("Consumption")
    assert {tax.code for tax in invoice.taxes} >= {"icms"}
    assert past.month == "2026-10"


def test_invoices_say_what_faturas_say(world):
    in_english = world.get("/v1/invoices").json["items"]
    in_portuguese = world.get("/faturas").json["items"]
    assert [item["total"] for item in in_english] == [item["total"] for item in in_portuguese]


@pytest.mark.asyncio
async def test_alerts_are_told_in_english(world, api):
    async with api:
        (alert,) = (await api.alerts(customer=world.customers["ana"], is_open=False)).items
        assert alert.message.startswith("Abrupt increase, now over: up to about 5.8 kW")
        assert alert.began_at == datetime(2026, 11, 20, 21, 0, tzinfo=UTC)
        assert (alert.excess_kwh, alert.is_open) == (5.4, False)
        assert len((await api.alerts(meter="SN-4", is_open=True)).items) == 1


@pytest.mark.asyncio
async def test_the_client_says_what_the_api_says(api):
    async with api:
        with pytest.raises(ApiError, match="limit: got “0”; accepted: a whole number") as caught:
            await api.customers(limit=0)
    assert caught.value.status == 422
