"""The printed pages themselves: read back by readers that are not ours."""

import io
import os
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pypdf
import pytest
import zxingcpp
from PIL import Image

from harness import papers
from quilowatt.billing.brazil.collection import read_collection
from quilowatt.billing.brazil.pix import read_br_code
from quilowatt.billing.paper import ISSUED, Standing, pdf, pictures

GOLDEN = Path(__file__).parents[3] / "corpus" / "paper"
A4_PX = (1240, 1754)
"""At 150 pixels an inch."""

MARGIN_PX = 86
"""14.5 of the 15 mm that stay white beside the text."""

CASES = {
    "home": (papers.an_invoice, ISSUED),
    "solar": (lambda: papers.an_invoice(is_solar=True), ISSUED),
    "estimated": (papers.estimated, ISSUED),
    "empty": (papers.empty, ISSUED),
    "credit-note": (papers.credit_note, ISSUED),
    "running": (papers.an_invoice, Standing("running")),
    "paid": (papers.an_invoice, Standing("paid", papers.DUE)),
    "overdue-copy": (papers.an_invoice, Standing("overdue", is_copy=True)),
    "replaced": (papers.an_invoice, Standing("replaced", replaced_by="2026-000200")),
    "forty-lines": (papers.long_one, ISSUED),
}


def texts(document):
    reader = pypdf.PdfReader(io.BytesIO(document))
    return [page.extract_text() for page in reader.pages]


def pixels(picture):
    return np.asarray(Image.open(io.BytesIO(picture)).convert("L"))


@pytest.mark.parametrize("language", ["pt", "en"])
@pytest.mark.parametrize("name", CASES)
def test_pages_say_what_they_said(name, language):
    """Written anew with QUILOWATT_GOLDEN=write, and then looked at."""
    make, standing = CASES[name]
    found = "\n\f\n".join(texts(pdf(make(), language, standing))) + "\n"
    found = re.sub(r"^(Bill|Fatura) [0-9a-f]{64}$", r"\1 (digest)", found, flags=re.MULTILINE)
    path = GOLDEN / f"{name}.{language}.txt"
    if os.environ.get("QUILOWATT_GOLDEN") == "write":
        path.write_text(found, "utf-8")
    assert found == path.read_text("utf-8")


@pytest.mark.parametrize("language", ["pt", "en"])
def test_codes_on_the_page_are_read_by_a_reader_that_is_not_ours(language):
    (page,) = pictures(papers.an_invoice(), language, ppi=300)
    found = {each.format: each.text for each in zxingcpp.read_barcodes(pixels(page))}
    pix, wrong = read_br_code(found[zxingcpp.BarcodeFormat.QRCode])
    assert (pix.amount, pix.txid, wrong) == (papers.an_invoice().bill.total, "2026000123", ())
    collection, wrong = read_collection(found[zxingcpp.BarcodeFormat.ITF])
    assert (collection.amount, collection.due_date, wrong) == (pix.amount, papers.DUE, ())


def test_what_is_not_payable_has_no_code_on_its_pages():
    for standing in (Standing("paid"), Standing("running"), Standing("replaced")):
        (page,) = pictures(papers.an_invoice(), "pt", standing, ppi=200)
        assert zxingcpp.read_barcodes(pixels(page)) == []


def test_the_code_to_copy_can_be_copied_from_the_file():
    (text,) = texts(pdf(papers.an_invoice(), "pt"))
    pix, collection = papers.an_invoice().codes
    assert pix.copy.replace(" ", "") in "".join(text.split())
    assert collection.copy in text


@pytest.mark.parametrize(
    "make",
    [papers.hostile, papers.long_one, papers.estimated, lambda: papers.an_invoice(is_solar=True)],
)
def test_nothing_reaches_into_the_margins(make):
    for page in map(pixels, pictures(make(), "pt", ppi=150)):
        assert page.shape == A4_PX[::-1]
        assert page[:, :MARGIN_PX].min() == page[:, -MARGIN_PX:].min() == 255
        assert page[:50].min() == page[-40:].min() == 255


def test_names_that_try_to_be_markup_are_printed_as_they_are():
    text = " ".join(" ".join(texts(pdf(papers.hostile(), "pt"))).split())
    for name in (
        '#panic("in") $x^2$ *b* ] } " \\',
        "@label <x> `raw` // /*",
        "= heading",
        "_u_ ~ --",
    ):
        assert name in text
    assert "\u202e" not in text
    assert "\u200b" not in text


def test_a_home_s_bill_fits_one_page_and_forty_lines_repeat_their_head():
    for make in (papers.an_invoice, papers.estimated, papers.empty, papers.credit_note):
        assert len(texts(pdf(make(), "pt"))) == 1
    assert len(texts(pdf(papers.an_invoice(is_solar=True), "en"))) == 1
    pages = texts(pdf(papers.long_one(), "en"))
    assert len(pages) == 2
    assert all("Price before tax" in page and "2026-000123" in page for page in pages)


def test_the_same_invoice_gives_the_same_bytes():
    first = pdf(papers.an_invoice(), "pt")
    pdf(papers.long_one(), "en")
    assert pdf(papers.an_invoice(), "pt") == first
    assert pdf(replace(papers.an_invoice(), number="2026-000124"), "pt") != first


def test_the_file_says_what_it_is():
    reader = pypdf.PdfReader(io.BytesIO(pdf(papers.an_invoice(), "pt")))
    assert reader.metadata.title.startswith("Fatura de energia elétrica")
    assert papers.NUMBER in reader.metadata.title
    assert reader.trailer["/Root"]["/Lang"] == "pt"


def test_all_fonts_are_those_of_the_package():
    reader = pypdf.PdfReader(io.BytesIO(pdf(papers.an_invoice(), "pt")))
    names = {
        font.get_object()["/BaseFont"].partition("+")[2].removesuffix("-Identity-H")
        for page in reader.pages
        for font in page["/Resources"]["/Font"].values()
    }
    assert names <= {"Inter-Regular", "Inter-SemiBold", "InterDisplay-SemiBold", "DejaVuSansMono"}
