"""The page about the API in a real browser: every route is on it, in groups, ready to be tried."""

import json
import shutil

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="there is no playwright here")

CHROMIUM = shutil.which("chromium")
OPTIONS = ["--no-sandbox", "--disable-gpu"]
SITE = "http://quilowatt.test"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium here"),
]


@pytest.fixture
def page(world):
    # Before there is a browser: its loop and the world's do not run in one thread.
    answers = {path: world.get(path) for path in ("/docs", "/openapi.json")}
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        page = browser.new_page()
        page.sent = []

        def answer(route):
            request = route.request
            path = request.url.removeprefix(SITE)
            if request.method == "GET":
                known = answers[path]
                route.fulfill(body=known.text, content_type=known.headers["content-type"])
                return
            page.sent.append((request.method, path, request.post_data))
            route.fulfill(body='{"id": 8}', content_type="application/json")

        page.route("**/*", answer)
        page.goto(f"{SITE}/docs")
        page.wait_for_selector("main details, main .bad")
        page.routes = json.loads(answers["/openapi.json"].text)["paths"]
        yield page
        browser.close()


def test_every_route_is_there_and_an_order_can_be_tried(page):
    every = sorted((verb.upper(), path) for path, item in page.routes.items() for verb in item)
    shown = page.eval_on_selector_all(
        "main summary",
        "found => found.map(each => [...each.children].slice(0, 2).map(part => part.textContent))",
    )
    assert sorted(map(tuple, shown)) == every
    topics = page.eval_on_selector_all("main h2", "found => found.map(each => each.textContent)")
    assert topics[:3] == ["em português", "customers", "meters"]
    assert len(topics) == len(set(topics))

    order = page.locator("main details", has_text="/v1/alerts/{id}/acknowledge").first
    order.locator("summary").click()
    order.locator("input[name=id]").fill("8")
    body = order.locator("textarea")
    assert json.loads(body.input_value()) == {"author": ""}
    body.fill('{"author": "Ana"}')
    order.locator("button.send").click()
    order.locator("pre", has_text='"id": 8').wait_for()
    assert page.sent == [("POST", "/v1/alerts/8/acknowledge", '{"author": "Ana"}')]
