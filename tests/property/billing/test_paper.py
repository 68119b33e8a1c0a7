"""Whatever a name, a reason or a note is, it is printed and never read as markup."""

import json
import string
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from harness import papers
from quilowatt.billing import Text
from quilowatt.billing.paper import ISSUED, pdf
from quilowatt.billing.paper.sheet import sheet_of
from quilowatt.billing.paper.writing import harmless

MARKUP = st.text("#$*_`@<>[]{}()\\/\"'~-=+ \n\u202e\u200b\x00😀שaé", max_size=200)
names = st.text(max_size=200) | MARKUP


@given(names)
def test_harmless_text_has_no_controls_and_stays_as_it_is(text):
    shown = harmless(text)
    assert harmless(shown) == shown
    assert not any(each in shown for each in map(chr, range(32)))
    plain = [each for each in text if each in string.ascii_letters]
    assert [each for each in shown if each in string.ascii_letters] == plain


@settings(max_examples=25, deadline=None)
@given(names, names, names)
def test_any_words_are_printed(name, reason, address):
    invoice = papers.an_invoice(reason=Text(reason, reason), codes=())
    invoice = replace(
        invoice,
        customer=replace(invoice.customer, name=name, address=(address,)),
        issuer=replace(invoice.issuer, name=reason, contact=address),
        place=replace(invoice.place, address=(name,)),
        meters=(replace(invoice.meters[0], serial=name),),
    )
    assert pdf(invoice, "pt").startswith(b"%PDF-")


@given(names, st.sampled_from(["en", "pt"]))
def test_a_sheet_is_json_whatever_the_names_are(name, language):
    invoice = papers.an_invoice()
    customer = replace(invoice.customer, name=name)
    found = sheet_of(replace(invoice, customer=customer), language, ISSUED)
    assert json.loads(json.dumps(found)) == found
