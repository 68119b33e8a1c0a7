"""A small world on a real store and a real ledger: three customers, one exchange, two alerts.

* Ana takes 400 W all the time: 100 Wh every quarter of an hour since 1 October.
* Bruno takes 800 W and gives 200 W. On 10 November at 12:00 his meter was exchanged: the old one
  stops at 12,000,000 Wh, the new one begins at 500 Wh.
* Carla's meter has never said anything.
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
import numpy as np
import pytest

from quilowatt.api import EventHub, Services, create_app
from quilowatt.billing import TariffBook
from quilowatt.core import ReadingBatch
from quilowatt.store import AlertEpisode, LedgerDefaults, RegistrationRequest, SqlLedger
from quilowatt.store.readings_duckdb import DuckReadingStore

ZONE = ZoneInfo("America/Bahia")
TARIFF = Path(__file__).parents[3] / "tariffs" / "br" / "coelba-b1.toml"
QUARTER_S = 900


def at(text):
    """Seconds of a local time in Bahia."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp())


NOW_S = at("2026-11-23T14:07:00")
START_S = at("2026-10-01T00:00:00")
EXCHANGE_S = at("2026-11-10T12:00:00")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: httpx.Headers
    text: str
    content: bytes
    json: object


@dataclass(frozen=True)
class World:
    """The services, who is in them, and a way to ask."""

    services: Services
    meters: dict
    customers: dict

    def app(self, **changes):
        return create_app(replace(self.services, **changes))

    def get(self, url, *, headers=None, **changes):
        return self.ask("GET", url, headers=headers, **changes)

    def post(self, url, body=None, *, headers=None, **changes):
        return self.ask("POST", url, body, headers=headers, **changes)

    def ask(self, method, url, body=None, *, headers=None, **changes):
        """Ask in-process; an exception that no handler takes is raised here."""

        async def ask():
            transport = httpx.ASGITransport(self.app(**changes))
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
                return await http.request(method, url, json=body, headers=headers)

        response = asyncio.run(ask())
        is_json = "json" in response.headers.get("content-type", "")
        document = response.json() if is_json else None
        return Answer(
            response.status_code, response.headers, response.text, response.content, document
        )


def register(ledger, name, number, **changes):
    request = RegistrationRequest(
        uuid=UUID(f"00000000-0000-4000-8000-{number:012}"),
        name=name,
        serial=f"SN-{number}",
        model="sim",
        phases=1,
        interval_s=QUARTER_S,
        digits=0,
        usage_point=None,
        extra={},
        at_s=START_S,
    )
    (meter,) = ledger.register_meters([replace(request, **changes)])
    return meter


def readings(meter, span_s, import_wh, step_wh, export_step_wh=0):
    times_s = np.arange(span_s[0], span_s[1] + 1, QUARTER_S, dtype=np.int64)
    steps = np.arange(times_s.size, dtype=np.int64)
    return ReadingBatch(
        np.full(times_s.size, meter.number, np.int32),
        times_s,
        import_wh + step_wh * steps,
        export_step_wh * steps,
    )


def fill(ledger, store):
    """Register everyone and store their readings."""
    ana = register(ledger, "Ana Luísa", 1)
    bruno = register(ledger, "Bruno =São João", 2)
    place = ledger.client_of_meters([bruno.number])[bruno.number].usage_point_uuid
    carla = register(ledger, "Carla", 3)
    bruno_new = register(ledger, "the new meter", 4, usage_point=place, at_s=EXCHANGE_S)
    steps_until_exchange = (EXCHANGE_S - START_S) // QUARTER_S
    for batch in (
        readings(ana, (START_S, NOW_S), 5_000_000, 100),
        readings(bruno, (START_S, EXCHANGE_S), 12_000_000 - 200 * steps_until_exchange, 200, 50),
        readings(bruno_new, (EXCHANGE_S, NOW_S), 500, 200, 50),
    ):
        store.append(batch, now_s=NOW_S)
    episode = AlertEpisode(
        meter_number=ana.number,
        kind="abrupt_increase",
        severity="warning",
        at_s=at("2026-11-20T18:00:00"),
        power_w=5800,
        usual_power_w=400,
        excess_wh=5400,
    )
    ledger.open_alerts([episode], raised_at_s=at("2026-11-20T18:00:02"))
    ledger.close_alerts([replace(episode, at_s=at("2026-11-20T20:00:00"))])
    ledger.open_alerts(
        [replace(episode, meter_number=bruno_new.number, at_s=at("2026-11-23T13:00:00"))],
        raised_at_s=at("2026-11-23T13:00:01"),
    )
    return {"ana": ana, "bruno": bruno, "carla": carla, "bruno_new": bruno_new}


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    directory = tmp_path_factory.mktemp("world")
    ledger = SqlLedger.open(directory / "ledger.db", LedgerDefaults())
    store = DuckReadingStore(directory / "readings")
    meters = fill(ledger, store)
    clients = ledger.client_of_meters([meter.number for meter in meters.values()])
    services = Services(
        readings=store,
        ledger=ledger,
        tariffs=TariffBook.load([("coelba-b1.toml", TARIFF.read_text(encoding="utf-8"))]),
        hub=EventHub(),
        clock=lambda: float(NOW_S),
        version="1.2.3",
        zone=ZONE,
    )
    yield World(
        services,
        {name: str(meter.uuid) for name, meter in meters.items()},
        {name: str(clients[meter.number].customer_uuid) for name, meter in meters.items()},
    )
    store.close()
    ledger.close()
