"""`quilowatt watch` as a whole, against a server that only listens."""

import httpx
import pytest

from quilowatt.client import AsyncClient
from quilowatt.tui import watch
from quilowatt.tui.options import WatchOptions


@pytest.mark.parametrize(
    ("lang", "environ", "sent"), [("pt", "", "pt"), (None, "pt_BR.UTF-8", "pt"), ("en", "pt", "en")]
)
def test_the_server_is_asked_in_the_language_of_the_screen(monkeypatch, lang, environ, sent):
    heard = []

    def answer(request):
        heard.append(request.headers["accept-language"])
        return httpx.Response(200, json={"items": [], "next_cursor": None})

    def client(*arguments, **options):
        return AsyncClient(*arguments, **options, transport=httpx.MockTransport(answer))

    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", environ)
    monkeypatch.setattr(watch, "AsyncClient", client)
    assert watch.run_watch(WatchOptions(lang=lang, is_once=True)) == 0
    assert set(heard) == {sent}
