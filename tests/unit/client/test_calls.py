"""Requests as values, and the lines of a stream of events."""

from datetime import UTC, date, datetime
from uuid import UUID

import httpx
import pytest

from quilowatt.client import AlertEvent, Client, ReadingEvent, calls
from quilowatt.client.calls import EventParser, query
from quilowatt.errors import ApiError, ApiUnreachable

METER = UUID("11111111-1111-4111-8111-111111111111")
READING = (
    f'{{"kind":"reading","meter":"{METER}","power_w":null,'
    '"reading":{"time":"2026-11-23T14:05:00-03:00","import_kwh":1.25,"export_kwh":0}}'
)


def test_parameters_are_written_as_the_api_reads_them():
    when = datetime(2026, 11, 1, 3, tzinfo=UTC)
    assert query(a=None, b=False, c=date(2026, 11, 1), d=when, e=METER, f=3) == {
        "b": "false",
        "c": "2026-11-01",
        "d": "2026-11-01T03:00:00+00:00",
        "e": str(METER),
        "f": "3",
    }


def test_a_call_names_its_path():
    call = calls.load_profile(METER, {"resolution": "1h"})
    assert (call.path, call.query) == (f"/v1/meters/{METER}/load-profile", {"resolution": "1h"})


def events(*lines):
    return list(EventParser().feed(lines))


def test_events_are_read_and_comments_and_unknown_kinds_passed_over():
    (event,) = events(
        "retry: 2000", ": hello", "", "event: other", "data: {}", "", "id: 4",
        "event: reading", "data: " + READING, "", "event: reading", "data: cut off",
    )  # fmt: skip
    assert isinstance(event, ReadingEvent)
    assert (event.meter, event.reading.import_kwh, event.power_w) == (METER, 1.25, None)


def test_data_may_come_in_several_lines():
    before, after = READING.split('"power_w"')
    assert len(events("event: reading", "data: " + before, 'data:"power_w"' + after, "")) == 1


def test_an_event_that_is_not_understood_is_an_error():
    with pytest.raises(ApiUnreachable):
        events("event: alert", "data: {}", "")


def client(handler):
    return Client("http://server", "secret", transport=httpx.MockTransport(handler))


def test_the_token_is_sent_and_the_answer_typed():
    def answer(request):
        assert request.headers["authorization"] == "Bearer secret"
        assert str(request.url) == "http://server/v1/customers?name=Ana+Lu%C3%ADsa"
        return httpx.Response(200, json={"items": [], "next_cursor": None})

    with client(answer) as api:
        assert api.customers(name="Ana Luísa").items == []


def test_all_pages_are_walked():
    def answer(request):
        is_second = "cursor" in request.url.params
        reading = {"time": f"2026-11-0{1 + is_second}T00:00:00Z", "import_kwh": 1, "export_kwh": 0}
        return httpx.Response(
            200, json={"items": [reading], "next_cursor": None if is_second else "c"}
        )

    with client(answer) as api:
        found = list(api.walk(lambda cursor: api.readings(METER, cursor=cursor)))
    assert [reading.time.day for reading in found] == [1, 2]


def test_a_problem_is_said_in_its_own_words():
    document = {"type": "/docs#x", "title": "t", "status": 422, "detail": "limit: got 0"}
    with client(lambda _: httpx.Response(422, json=document)) as api:
        with pytest.raises(ApiError, match="limit: got 0") as caught:
            api.meters(limit=0)
        assert caught.value.status == 422
        with pytest.raises(ApiError, match="limit: got 0"):
            list(api.events())


def test_something_else_that_answers_is_not_taken_for_the_api():
    with client(lambda _: httpx.Response(200, text="<html>")) as api, pytest.raises(ApiUnreachable):
        api.meters()
    bad_gateway = client(lambda _: httpx.Response(502, text="<html>"))
    with bad_gateway as api, pytest.raises(ApiError, match="502 Bad Gateway"):
        api.meters()


def test_no_answer_is_one_error_whatever_failed():
    def refuse(request):
        raise httpx.ConnectError("refused", request=request)

    with client(refuse) as api:
        for call in (api.meters, lambda: list(api.events())):
            with pytest.raises(ApiUnreachable, match="does not answer: refused"):
                call()


def test_a_stream_is_read_as_it_comes():
    body = f": hi\n\nevent: reading\ndata: {READING}\n\n"

    def answer(request):
        assert request.url.params.get_list("meter") == [str(METER)]
        assert request.url.params.get_list("kind") == ["reading", "alert"]
        return httpx.Response(200, text=body)

    with client(answer) as api:
        (event,) = api.events(meters=[METER], kinds=["reading", "alert"])
    assert not isinstance(event, AlertEvent)
