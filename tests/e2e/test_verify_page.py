"""The verifier's page in a real browser, opened as a file: sound proofs, changed ones, none."""

import gzip
import json
import shutil

import pytest

from harness.proofs import EVERY, LONDON, ROOT, billed_london, faulty, sound
from quilowatt.errors import ProofError
from quilowatt.jobs.proof import read_proof, verify, write_proof

playwright = pytest.importorskip("playwright.sync_api", reason="there is no playwright here")

PAGE = ROOT / "src" / "quilowatt" / "web" / "verify" / "index.html"
CHROMIUM = shutil.which("chromium")
OPTIONS = ["--no-sandbox", "--disable-gpu"]

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium here"),
]


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield browser
        browser.close()


class Page:
    """The page in a window of its own; whatever it complains about fails the test."""

    def __init__(self, browser, directory, **looks):
        self.directory = directory
        self.complaints = []
        self.asked = []
        self._context = browser.new_context(**{"locale": "en-GB"} | looks)
        self.page = self._context.new_page()
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(PAGE.as_uri())

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self._context.close()
        if kind is None:
            assert self.complaints == []
            assert [url for url in self.asked if not url.startswith(("file:", "data:"))] == []

    def give(self, *files):
        """Give it files as (name, bytes); return what it says of each."""
        paths = []
        for name, data in files:
            path = self.directory / name
            path.write_bytes(data)
            paths.append(path)
        self.page.set_input_files("#file", paths)
        self.page.wait_for_function(
            "name => document.querySelector('article:last-child')?.dataset.file === name",
            arg=files[-1][0],
        )
        return [self._said(article) for article in self.page.query_selector_all("article")]

    def _said(self, article):
        differs = article.query_selector(".differs")
        return {
            "verdict": article.query_selector("h2").inner_text(),
            "what": article.query_selector(".verdict p").inner_text(),
            "passed": len(article.query_selector_all(".passed")),
            "stage": differs.get_attribute("data-stage") if differs else None,
            "remarks": len(article.query_selector_all(".stages ~ .remark")),
        }


def test_sound_proofs_are_proved(browser, tmp_path):
    names = [*EVERY]
    files = [(f"{name}.json", sound(name)) for name in names]
    if LONDON.exists():
        record = billed_london("MAC000003").record
        files.append(("london.json.gz", write_proof(record, is_compressed=True)))
    files.append(("packed.json.gz", gzip.compress(sound("light"))))
    with Page(browser, tmp_path) as page:
        told = page.give(*files)
    assert {(each["verdict"], each["passed"], each["remarks"]) for each in told} == {
        ("Proved", 10, 0)
    }
    assert len(told) == len(files)


def test_what_was_taken_from_the_file_is_said(browser, tmp_path):
    with Page(browser, tmp_path) as page:
        (told,) = page.give(("hole.json", write_proof(faulty("5 days lost").record)))
        assert (told["verdict"], told["remarks"]) == ("Proved", 1)
        assert "quilowatt verify" in page.page.inner_text(".remark")


CHANGES = {
    "reading": ("coelba", b'"import_wh":[', b'"import_wh":[1'),
    "customer": ("coelba", b"Ana Almeida", b"Eva Almeida"),
    "total": ("coelba", b'"total":"344.65"', b'"total":"344.56"'),
    "line": ("tiers", b"= 30.00", b"= 30.01"),
    "tax": ("branca", b'"rate":"0.0377"', b'"rate":"0.0378"'),
    "tariff": ("tiers", b'"rate_per_kwh":"0.15"', b'"rate_per_kwh":"0.14"'),
    "head": ("light", b'"head":"', b'"head":"0'),
    "quote": ("light", b'"seal"', b'"sea1"'),
    "cut": ("light", b'"}}', b'"}'),
}


@pytest.mark.parametrize("name", CHANGES)
def test_changed_proofs_are_refused_as_the_command_refuses_them(browser, tmp_path, name):
    example, old, new = CHANGES[name]
    assert old in sound(example)
    changed = sound(example).replace(old, new)
    try:
        finding = verify(read_proof(changed)).finding
    except ProofError:
        finding = None
    with Page(browser, tmp_path) as page:
        (told,) = page.give(("changed.json", changed))
    if finding is None:
        assert told["verdict"] == "Not a proof of an invoice"
    else:
        assert (told["verdict"], told["stage"]) == ("Not proved", finding.stage)
        assert told["what"] == finding.what.en


def test_it_speaks_portuguese_and_changes_its_language(browser, tmp_path):
    with Page(browser, tmp_path, locale="pt-BR", color_scheme="dark") as page:
        (told,) = page.give(("prova.json", sound("coelba")))
        assert told["verdict"] == "Provada"
        assert "R$\u00a0344,65" in told["what"]
        page.page.click("[data-lang=en]")
        assert page.page.inner_text("h2") == "Proved"
        assert page.page.evaluate("document.documentElement.lang") == "en"


def test_a_dropped_file_is_taken_too(browser, tmp_path):
    drop = """text => {
        const files = new DataTransfer();
        files.items.add(new File([text], 'dropped.json'));
        document.dispatchEvent(new DragEvent('drop', {dataTransfer: files, bubbles: true}));
    }"""
    with Page(browser, tmp_path) as page:
        page.page.evaluate(drop, sound("light").decode())
        page.page.wait_for_selector("article")
        assert page.page.inner_text("h2") == "Proved"


def test_words_in_a_proof_are_shown_and_never_run(browser, tmp_path):
    record = json.loads(sound("light"))
    record["invoice"]["customer"]["name"] = "<img src=x onerror=document.title='run'>"
    with Page(browser, tmp_path) as page:
        (told,) = page.give(("odd.json", json.dumps(record).encode()))
        assert told["stage"] == "record"
        assert "<img" in page.page.inner_text(".facts")
        assert page.page.query_selector("main img") is None


def test_on_a_narrow_screen_nothing_is_cut_off(browser, tmp_path):
    with Page(browser, tmp_path, viewport={"width": 360, "height": 800}) as page:
        page.give(("tiers.json", sound("tiers")))
        width = "document.documentElement.scrollWidth"
        assert page.page.evaluate(width) <= 360
        inside = (
            "[...document.querySelectorAll('.scroll')].every(e => e.scrollWidth <= e.clientWidth)"
        )
        assert page.page.evaluate(inside)
