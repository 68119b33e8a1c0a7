"""kill −9 around the sending of a notice: none is lost, and none that was recorded is repeated."""

import json
import subprocess
import sys
import urllib.request
from uuid import UUID

import pytest

from harness.receivers import web_receiver
from harness.server import ServerProcess
from harness.waiting import until

pytestmark = pytest.mark.chaos


def ask(server, method, path, body):
    request = urllib.request.Request(
        server.addresses["http"] + path,
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
        method=method,
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def sent(server):
    return [notice["id"] for notice in server.items("/v1/notices?state=sent")]


def test_what_a_kill_kept_from_being_sent_is_sent_after_it_and_once(tmp_path):
    with web_receiver() as hooks, ServerProcess(tmp_path) as server:
        fleet = ["fleet", "--meters", "1", "--history", "5d", "--duration", "0"]
        to = ["--server", server.addresses["meters"]]
        subprocess.run([sys.executable, "-m", "quilowatt", *fleet, *to], check=True, timeout=60)
        (place,) = server.items("/v1/usage-points")
        hooks.script[:] = ["hang"]
        channel = {"name": "hook", "url": hooks.url, "author": "Ana"}
        ask(server, "POST", "/v1/channels", channel)
        limit = {"limit": "0.001", "author": "Ana"}
        ask(server, "PUT", f"/v1/usage-points/{place['id']}/budgets/energy", limit)
        until(lambda: not hooks.script, "the receiver to hang")
        server.kill()
        assert hooks.got == []
        server.start()
        until(lambda: hooks.got, "the message after the kill")
        told = [notice["id"] for document in hooks.documents for notice in document["notices"]]
        until(lambda: set(sent(server)) == set(told), "the record")
        assert UUID(hooks.documents[0]["channel"])
        server.kill()
        server.start()
        ask(server, "PUT", f"/v1/usage-points/{place['id']}/budgets/energy", limit)
        until(lambda: server.get("/readyz"), "the server")
        after = [notice["id"] for document in hooks.documents for notice in document["notices"]]
        assert len(after) == len(set(after))
        assert server.stop() == 0
