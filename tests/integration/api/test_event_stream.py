"""`/v1/events` over a real socket: uvicorn, the hub, and the typed client."""

import asyncio
import socket
from contextlib import asynccontextmanager
from dataclasses import replace

import numpy as np
import pytest
import uvicorn

from quilowatt.api import AlertNews, EventHub
from quilowatt.api import stream as stream_module
from quilowatt.client import AlertEvent, AsyncClient, ReadingEvent
from quilowatt.errors import ApiError
from quilowatt.limits import EVENT_QUEUE_MAX
from quilowatt.store import AlertFilter

TIMEOUT_S = 20


@asynccontextmanager
async def serving(world):
    """Serve the world on a free port; the socket listens before the server does."""
    hub = EventHub()
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(world.app(hub=hub), log_level="warning", lifespan="off", ws="none")
    server = uvicorn.Server(config)
    serving_task = asyncio.create_task(server.serve(sockets=[listener]))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        async with asyncio.timeout(TIMEOUT_S), AsyncClient(url) as api:
            yield api, hub
    finally:
        hub.close()
        server.should_exit = True
        await serving_task


async def subscribed(hub, events):
    """Start to listen; return the task of the first event once the hub knows the listener."""
    before = hub.subscriber_count
    first = asyncio.ensure_future(anext(events))
    while hub.subscriber_count == before and not first.done():  # noqa: ASYNC110 - no hook there
        await asyncio.sleep(0)
    return first


def numbers(world, *names):
    ledger = world.services.ledger
    found = {str(meter.uuid): meter.number for meter in ledger.meter_directory()}
    return np.array([found[world.meters[name]] for name in names], np.int32)


@pytest.mark.asyncio
async def test_readings_and_alerts_come_as_they_happen(world):
    async with serving(world) as (api, hub):
        events = api.events()
        first = await subscribed(hub, events)
        hub.publish_readings(numbers(world, "ana"))
        reading = await first
        assert isinstance(reading, ReadingEvent)
        assert (str(reading.meter), reading.power_w) == (world.meters["ana"], 400)
        assert reading.reading.import_kwh == 5514.4
        (record,) = world.services.ledger.alerts(AlertFilter(is_open=True), limit=1)
        hub.publish(AlertNews("opened", record))
        alert = await anext(events)
        assert isinstance(alert, AlertEvent)
        assert (alert.phase, alert.alert.is_open) == ("opened", True)
        await events.aclose()


@pytest.mark.asyncio
async def test_a_listener_hears_only_the_meters_and_kinds_that_it_asked_for(world):
    async with serving(world) as (api, hub):
        events = api.events(meters=[world.meters["bruno_new"]], kinds=["reading"])
        first = await subscribed(hub, events)
        hub.publish_readings(numbers(world, "ana"))
        hub.publish_readings(numbers(world, "bruno_new", "ana"))
        assert str((await first).meter) == world.meters["bruno_new"]
        await events.aclose()


@pytest.mark.asyncio
async def test_who_leaves_is_forgotten(world):
    async with serving(world) as (api, hub):
        events = api.events()
        first = await subscribed(hub, events)
        hub.publish_readings(numbers(world, "ana"))
        await first
        await events.aclose()
        while hub.subscriber_count:  # noqa: ASYNC110 - no hook there
            await asyncio.sleep(0)


@pytest.mark.asyncio
async def test_a_listener_that_lags_behind_is_let_go(world):
    async with serving(world) as (api, hub):
        events = api.events(kinds=["alert"])
        first = await subscribed(hub, events)
        (record,) = world.services.ledger.alerts(AlertFilter(is_open=True), limit=1)
        for _ in range(EVENT_QUEUE_MAX + 1):
            hub.publish(AlertNews("updated", record))
        with pytest.raises(StopAsyncIteration):
            await first
        assert hub.dropped_count == 1


@pytest.mark.asyncio
async def test_a_silent_stream_says_that_it_lives(world, monkeypatch):
    monkeypatch.setattr(stream_module, "EVENT_HEARTBEAT_S", 0.01)
    services = replace(world.services, hub=EventHub())
    stream = stream_module._stream(services, (), ("reading", "alert"), "en")
    parts = [await anext(stream) for _ in range(3)]
    assert services.hub.subscriber_count == 1
    await stream.aclose()
    assert services.hub.subscriber_count == 0
    assert parts == [stream_module.GREETING, stream_module.HEARTBEAT, stream_module.HEARTBEAT]


@pytest.mark.asyncio
async def test_a_list_of_meters_and_kinds_is_no_repetition(world):
    async with serving(world) as (api, hub):
        events = api.events(
            meters=[world.meters["ana"], world.meters["carla"]], kinds=["reading", "alert"]
        )
        first = await subscribed(hub, events)
        hub.publish_readings(numbers(world, "ana"))
        assert str((await first).meter) == world.meters["ana"]
        await events.aclose()


@pytest.mark.asyncio
async def test_a_wrong_filter_is_said_before_the_stream_begins(world):
    async with serving(world) as (api, _hub):
        with pytest.raises(ApiError, match="a meter's UUID") as caught:
            await anext(api.events(meters=["nobody"]))
        assert caught.value.status == 422
