"""A server as a process: a surge becomes a signed message and a mail, commands handle the rest."""

import hmac
import json
import os
import re
import subprocess
import sys

import pytest

from harness.receivers import mail_server, web_receiver
from harness.waiting import until

pytestmark = pytest.mark.e2e

SECRET = "a secret that signs webhooks"


@pytest.fixture
def place(tmp_path):
    """A running server; gives a way to run commands against it."""
    command = [
        sys.executable, "-m", "quilowatt", "server", "--data", str(tmp_path / "data"),
        "--http-port", "0", "--meter-port", "0", "--udp-port", "0",
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        ready = server.stdout.readline()
        http, meters = re.search(r"http=(\S+) meters=(\S+)", ready).groups()

        def run(*words, at=None, code=0, **environ):
            target = [] if at == "" else ["--server", at or http]
            command = [sys.executable, "-m", "quilowatt", *words, *target]
            done = subprocess.run(
                command, capture_output=True, text=True, check=False, timeout=120,
                env=os.environ | {"LANG": "en"} | environ,
            )  # fmt: skip
            assert done.returncode == code, done.stdout + done.stderr
            return done.stdout

        run.meters = meters
        yield run
        server.terminate()


def test_a_budget_reaches_a_webhook_and_a_mail_box_and_is_acknowledged(place):
    with web_receiver() as hooks, mail_server() as mails:
        fleet = ("fleet", "--meters", "1", "--history", "10d", "--duration", "0")
        place(*fleet, at=place.meters)
        added = place("channel", "add", "hook", "--secret", SECRET, QUILOWATT_CHANNEL_URL=hooks.url)
        assert "T0KEN" not in added
        place("channel", "add", "mail", "--language", "pt", "--url", mails.url)
        channel = added.split()[0]
        assert place("channel", "test", channel) == "Sent: HTTP 200 OK\n"
        point = re.search(r"[0-9a-f]{8}-[0-9a-f-]{27}", place("usage-point", "list")).group()
        told = place("budget", "set", point, "--kwh", "1")
        assert "1.0 kWh a cycle" in told
        until(lambda: len(hooks.got) > 1, "the webhook")
        until(lambda: mails.got, "the mail")
    headers, body = hooks.got[1]
    signed = headers["Quilowatt-Timestamp"].encode() + b"." + body
    expected = hmac.new(SECRET.encode(), signed, "sha256").hexdigest()
    assert headers["Quilowatt-Signature"] == f"v1={expected}"
    kinds = {notice["alert"]["kind"] for notice in json.loads(body)["notices"]}
    assert kinds == {"budget_energy_100"}
    assert len(hooks.got) == 2
    text = mails.got[0].get_body(("plain",)).get_content()
    assert "O orçamento acabou" in text
    listed = place("alert", "list", "--open")
    number = re.search(r"^(\d+) +budget_energy_100", listed, re.MULTILINE).group(1)
    assert "noted by Bia" in place("alert", "ack", number, "--author", "Bia")
    assert number in place("alert", "list", "--noted")
    gone = place("channel", "remove", channel)
    assert "removed" in gone
    assert channel not in place("channel", "list")
    assert "Sent" not in place("channel", "test", "00000000-0000-4000-8000-000000000000", code=1)
