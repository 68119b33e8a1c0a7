"""What an operator orders of meters, and what the list says of their state."""

from uuid import UUID

import httpx
import pytest

from harness.caller import Caller
from harness.inside import ServerInside
from harness.waiting import until
from quilowatt.client import AsyncClient
from quilowatt.client.models import Meter
from quilowatt.errors import ApiError
from quilowatt.wire.messages import SetInterval, SetRelay


class Switchboard:
    """Meters by number that are connected, and what they were told."""

    def __init__(self, *numbers):
        self.connected, self.told, self.blocked = set(numbers), [], {}

    def is_connected(self, number):
        return number in self.connected

    def command(self, number, command):
        if number in self.connected:
            self.told.append((number, command))
        return number in self.connected

    def set_blocked(self, number, *, is_blocked):
        self.blocked[number] = is_blocked


def number_of(world, name):
    return world.services.ledger.meter(UUID(world.meters[name])).meter_number


@pytest.mark.parametrize(
    ("order", "told", "sent"),
    [
        ({"interval_s": 900}, [SetInterval(900)], ["SET interval 900"]),
        ({"relay": "off"}, [SetRelay(is_on=False)], ["SET relay off"]),
        (
            {"relay": "on", "interval_s": 900},
            [SetInterval(900), SetRelay(is_on=True)],
            ["SET interval 900", "SET relay on"],
        ),
    ],
)
def test_a_connected_meter_is_told(world, order, told, sent):
    number = number_of(world, "ana")
    board = Switchboard(number)
    answer = world.post(f"/v1/meters/{world.meters['ana']}/commands", order, control=board)
    assert answer.status == 202
    assert answer.json == {"meter": world.meters["ana"], "sent": sent}
    assert board.told == [(number, command) for command in told]


def test_a_meter_that_is_not_connected_is_told_nothing_and_the_answer_says_so(world):
    path = f"/v1/meters/{world.meters['ana']}/commands"
    answer = world.post(path, {"interval_s": 60, "relay": "off"}, control=Switchboard())
    assert (answer.status, answer.json["type"]) == (409, "/docs#not-connected")
    assert world.get(f"/v1/meters/{world.meters['ana']}").json["interval_s"] == 900
    answer = world.post(path, {"relay": "off"}, headers={"Accept-Language": "pt"})
    assert "não está conectado" in answer.json["detail"]


@pytest.mark.parametrize(
    ("body", "name", "accepted"),
    [
        ({"interval_s": 0}, "interval_s", "a whole number of seconds from 1 to"),
        ({"interval_s": 60.5}, "interval_s", "a whole number of seconds"),
        ({"interval_s": True}, "interval_s", "a whole number of seconds"),
        ({"relay": "maybe"}, "relay", "on (the load is connected) or off"),
        ({"volume": 11}, "volume", "there is no such parameter; accepted: id, interval_s, relay"),
        ({}, "body", "a JSON object with interval_s or relay"),
        ([], "body", "a JSON object with interval_s or relay"),
        (None, "body", "a JSON object with interval_s or relay"),
    ],
)
def test_a_wrong_command_is_named_with_what_is_accepted(world, body, name, accepted):
    board = Switchboard(number_of(world, "ana"))
    answer = world.post(f"/v1/meters/{world.meters['ana']}/commands", body, control=board)
    assert answer.status == 422
    assert {error["parameter"] for error in answer.json["errors"]} == {name}
    assert accepted in answer.json["errors"][0]["detail"]
    assert board.told == []


def test_what_is_accepted_is_said_in_the_language_of_the_reader(world):
    path = f"/v1/meters/{world.meters['ana']}/commands"
    answer = world.post(path, {"relay": 1}, headers={"Accept-Language": "pt"})
    assert "on (a carga ligada) ou off (desligada)" in answer.json["detail"]
    answer = world.post(path, [], headers={"Accept-Language": "pt"})
    assert "um objeto JSON" in answer.json["detail"]


def test_a_blocked_meter_says_so_until_it_is_unblocked(world):
    number, board = number_of(world, "carla"), Switchboard()
    path = f"/v1/meters/{world.meters['carla']}"
    for _ in range(2):
        answer = world.post(path + "/block", control=board)
        assert (answer.status, answer.json["state"]) == (200, "blocked")
        Meter.model_validate_json(answer.content)
    assert board.blocked == {number: True}
    assert [item["id"] for item in world.get("/v1/meters?state=blocked").json["items"]] == [
        world.meters["carla"]
    ]
    answer = world.post(path + "/unblock", control=board)
    assert (answer.status, answer.json["state"]) == (200, "never_heard")
    assert board.blocked == {number: False}


def test_a_meter_of_which_nothing_was_ever_heard_can_be_told_apart(world):
    states = {item["id"]: item["state"] for item in world.get("/v1/meters").json["items"]}
    assert states[world.meters["ana"]] == "active"
    assert states[world.meters["carla"]] == "never_heard"
    (carla,) = world.get("/v1/meters?state=never_heard").json["items"]
    assert (carla["id"], carla["is_connected"]) == (world.meters["carla"], False)
    board = Switchboard(number_of(world, "carla"))
    carla = world.get(f"/v1/meters/{world.meters['carla']}", control=board).json
    assert (carla["state"], carla["is_connected"]) == ("active", True)


@pytest.mark.parametrize("what", ["commands", "block", "unblock"])
def test_orders_to_nobody_are_not_found_and_other_sites_give_none(world, what):
    answer = world.post(f"/v1/meters/{UUID(int=0)}/{what}", {"relay": "on"})
    assert answer.status == 404
    path = f"/v1/meters/{world.meters['ana']}/{what}"
    foreign = {"Sec-Fetch-Site": "cross-site"}
    answer = world.post(path, {"relay": "on"}, headers=foreign)
    assert (answer.status, answer.json["type"]) == (403, "/docs#forbidden")
    assert world.post(path, {"relay": "on"}, api_token="x").status == 401


@pytest.mark.asyncio
async def test_the_typed_client_gives_orders_too(world):
    number = number_of(world, "ana")
    app = world.app(control=Switchboard(number))
    async with AsyncClient("http://test", transport=httpx.ASGITransport(app)) as api:
        sent = await api.command(world.meters["ana"], relay="off")
        assert sent.sent == ["SET relay off"]
        with pytest.raises(ApiError, match="is not connected"):
            await api.command(world.meters["carla"], interval_s=60)
        assert (await api.set_blocked(world.meters["carla"], is_blocked=True)).state == "blocked"
        (blocked,) = (await api.meters(state="blocked")).items
        assert str(blocked.id) == world.meters["carla"]
        await api.set_blocked(world.meters["carla"], is_blocked=False)


def test_orders_reach_a_real_meter_and_blocking_expels_it(tmp_path):
    with ServerInside(tmp_path, "auto") as inside, Caller(inside.meters) as caller:
        credentials = caller.become_meter(interval=900)
        url = f"{inside.server.addresses.http}/v1/meters/{credentials.uuid}"
        assert httpx.post(f"{url}/commands", json={"interval_s": 60}).status_code == 202
        caller.expect("SET", "interval", "60")
        assert httpx.post(f"{url}/commands", json={"relay": "off"}).status_code == 202
        caller.expect("SET", "relay", "off")
        assert httpx.get(url).json()["interval_s"] == 60
        assert httpx.post(f"{url}/block").json()["state"] == "blocked"
        caller.expect("ERR", "403")
        caller.expect_end()
        until(lambda: not httpx.get(url).json()["is_connected"], "the meter to be gone")
        assert httpx.post(f"{url}/commands", json={"relay": "on"}).status_code == 409
        with Caller(inside.meters) as again:
            nonce = again.greet()
            again.say(f"LOGIN {credentials.uuid} {credentials.proof(nonce)}")
            again.expect("ERR", "403")
        httpx.post(f"{url}/unblock")
        with Caller(inside.meters) as again:
            assert again.log_in(credentials)[1] == 60  # the interval that it was told
