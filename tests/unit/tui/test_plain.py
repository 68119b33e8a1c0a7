"""The plain table, and how the command ends."""

import asyncio
import io

import pytest

from quilowatt.errors import SettingsError
from quilowatt.tui import WatchOptions, run_watch
from quilowatt.tui.find import find_clients
from quilowatt.tui.plain import fetch_snapshot, tell_snapshot


def told(feed, client, now, words):
    snapshot = asyncio.run(fetch_snapshot(feed, client))
    text = tell_snapshot(snapshot, now_s=now.timestamp(), words=words)
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_table_of_all(feed, now, english):
    feed.raise_alert(1)
    kind = "Abrupt increase"
    assert told(feed, None, now, english).splitlines() == [
        "Client        Meter        Now  Today kWh  Month kWh  Bill so far  Reading  Alert",
        "Ana Souza     SIM-000  1,240 W       8.42      212.3   R$1,233.58  3 s ago",
        "Bruno Lima    SIM-001  1,241 W       8.42      212.3   R$1,233.58  3 s ago  " + kind,
        "Célia Araújo  SIM-002  1,242 W       8.42      212.3   R$1,233.58  3 s ago",
    ]


def test_one_client_with_bill_and_alert(feed, now, portuguese):
    feed.raise_alert(1)
    text = told(feed, "bruno lima", now, portuguese)
    assert "Conta até agora (2026-11):" in text
    assert "R$ 1.000,00" in text
    assert "Aumento abrupto: O consumo saltou" in text
    assert "Ana" not in text


def test_all_pages_are_read(make_feed, now, english):
    feed = make_feed([f"Home {row}" for row in range(25)], page_size=10)
    assert len(told(feed, None, now, english).splitlines()) == 26


def test_young_meter_shows_dashes(feed, now, english):
    feed.is_young = True
    assert told(feed, "Ana", now, english).splitlines()[1].split()[3:6] == ["–", "–", "–"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("SIM-002", ["Célia Araújo"]),
        ("00000000-0000-0000-0000-000000000001", ["Ana Souza"]),
        ("00000000-0000-0000-0000-000000001001", ["Bruno Lima"]),
        ("a", ["Ana Souza", "Bruno Lima", "Célia Araújo"]),
        ("nobody", []),
    ],
)
def test_whom_a_word_means(feed, text, names):
    assert [c.name for c in asyncio.run(find_clients(feed, text))] == names


def test_exact_name_excludes_longer_ones(make_feed):
    feed = make_feed(["Ana", "Ana Lima"])
    assert [c.name for c in asyncio.run(find_clients(feed, "ana"))] == ["Ana"]


def test_a_whole_word_excludes_parts_of_words(make_feed):
    feed = make_feed(["Rafael Santana", "Ana Lima", "Rui Ana Melo"])
    names = [c.name for c in asyncio.run(find_clients(feed, "ana"))]
    assert names == ["Ana Lima", "Rui Ana Melo"]


@pytest.mark.parametrize("server", ["localhost:8080", "", "ftp://x", "http://", "http://[::1"])
def test_what_is_no_url_is_refused(server):
    with pytest.raises(SettingsError, match="is no URL"):
        run_watch(WatchOptions(server=server))


def test_unreachable_server_ends_with_a_message(monkeypatch, unused_tcp_port):
    errors = io.StringIO()
    monkeypatch.setattr("sys.stderr", errors)
    server = f"http://127.0.0.1:{unused_tcp_port}"
    assert run_watch(WatchOptions(server=server, lang="en", is_once=True)) == 1
    assert errors.getvalue() == f"No answer from {server}. Start the server: quilowatt server\n"
