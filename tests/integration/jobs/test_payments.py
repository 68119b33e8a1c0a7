"""From an issued invoice to money on the account, and onto the next invoice."""

import asyncio
from dataclasses import replace
from datetime import date
from decimal import Decimal

import httpx
import pytest

from harness.billed import ISSUER, Town, at
from quilowatt.api import EventHub, Services, create_app
from quilowatt.billing import TariffBook
from quilowatt.store import NewPayment, PaymentMatch

TARIFF = """
format = 2
code = "test/late"
currency = "BRL"
name = { pt = "a", en = "a" }
rounding = { rule = "half_even", places = 2 }
[names]
energy = { pt = "energia", en = "energy" }
lamps = { pt = "luz", en = "lamps" }
[regime]
due = { business_days = 5 }
late = { fine = 0.02, interest_per_month = 0.01, without = ["lamps"] }
[[version]]
from = 2020-01-01
act = "a"
source = "s"
charges = [
  { code = "energy", kind = "energy", rate_per_kwh = 1 },
  { code = "lamps", kind = "fixed", per = "month", rate = 10 },
]
"""
PIX = {"brazil": {"pix_key": "maria@example.com", "pix_name": "Maria", "pix_city": "Salvador"}}


@pytest.fixture
def town(tmp_path):
    book = TariffBook.load([("late.toml", TARIFF, {})])
    with Town(tmp_path, tariff="test/late", book=book) as town:
        for number in (1, 2):
            meter = town.home(number)
            town.steady(meter, "2026-10-01T00:00:00", "2026-12-02T00:00:00", step_wh=100)
        yield town


def issue(town, month="2026-10"):
    town.run(month, issuer=replace(ISSUER, payment=PIX))
    return town.issued(month=month)


def pay(town, amount, received, reference, name):
    new = NewPayment(name, date.fromisoformat(received), Decimal(amount), "BRL", reference)
    return town.ledger.payments.record([new], at_s=town.now_s)


def ask(town, method, url, body=None, **headers):
    services = Services(
        readings=town.readings,
        ledger=town.ledger,
        tariffs=town.tariffs,
        hub=EventHub(),
        clock=lambda: float(town.now_s),
        version="1",
    )

    async def once():
        transport = httpx.ASGITransport(create_app(services))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            return await http.request(method, url, json=body, headers=headers)

    return asyncio.run(once())


def state_of(town, number):
    return ask(town, "GET", f"/v1/invoices/{number}").json()["state"]


def test_a_payment_finds_its_invoice_by_any_of_its_names_however_written(town):
    first, second = issue(town)
    assert first.total == Decimal("307.60")
    code = next(c for c in town.said(first).codes if c.kind == "pix")
    for n, reference in enumerate((code.reference, code.copy, first.number, first.number.lower())):
        (kept,) = pay(town, "1.00", "2026-11-04", reference, f"e{n}")
        assert (kept.invoice_number, kept.customer_id) == (first.number, first.customer_id)
    assert town.ledger.payments.invoice_with(second.number).id == second.id
    (stray,) = pay(town, "1.00", "2026-11-04", "nobody", "e9")
    assert (stray.customer_id, stray.invoice_number) == (None, None)
    assert town.ledger.payments.payments(is_matched=False, limit=9) == [stray]


def test_the_same_payment_twice_is_one(town):
    (first, _) = issue(town)
    assert len(pay(town, "5.00", "2026-11-04", first.number, "e1")) == 1
    assert pay(town, "5.00", "2026-11-04", first.number, "e1") == []
    assert len(town.ledger.payments.payments(limit=9)) == 1


def test_an_invoice_is_issued_overdue_and_paid(town):
    first, second = issue(town)
    assert (first.due, state_of(town, first.number)) == (date(2026, 11, 10), "issued")
    town.now_s = at("2026-11-11T08:00:00")
    assert state_of(town, first.number) == "overdue"
    listed = ask(town, "GET", "/v1/invoices?state=overdue").json()["items"]
    assert {item["number"] for item in listed} == {first.number, second.number}
    pay(town, "307.60", "2026-11-11", first.number, "e1")
    assert (state_of(town, first.number), state_of(town, second.number)) == ("paid", "overdue")
    paid = ask(town, "GET", "/v1/invoices?state=paid").json()["items"]
    assert [item["number"] for item in paid] == [first.number]
    pdf = ask(town, "GET", f"/v1/invoices/{first.number}/pdf")
    assert pdf.content.startswith(b"%PDF")


def test_what_is_late_and_what_is_double_stands_on_the_next_invoice_once(town):
    first, second = issue(town)
    town.now_s = at("2026-12-02T08:00:00")
    pay(town, "307.60", "2026-11-25", first.number, "e1")  # 15 days after the due date
    pay(town, "307.60", "2026-11-06", second.number, "e2")
    pay(town, "307.60", "2026-11-06", second.number, "e3")
    late, double = issue(town, "2026-11")
    amounts = {line.code: line.amount for line in town.said(late).bill.lines}
    assert (amounts["late_fine"], amounts["late_interest"]) == (Decimal("5.95"), Decimal("1.49"))
    assert late.total == Decimal("298.00") + Decimal("5.95") + Decimal("1.49")
    refund = {line.code: line.amount for line in town.said(double).bill.lines}["refund"]
    assert (refund, double.total) == (Decimal("-307.60"), Decimal("-9.60"))
    accounts = [
        ask(town, "GET", f"/v1/customers/{invoice.customer_uuid}/account").json()
        for invoice in (late, double)
    ]
    assert [account["late"] for account in accounts] == [{}, {}]
    assert [account["surplus"] for account in accounts] == ["0.00", "9.60"]
    assert accounts[0]["balance"] == str(late.total)
    assert accounts[1]["balance"] == "-9.60"


def test_payments_by_api_and_by_file_and_a_persons_word(town):
    first, second = issue(town)
    town.now_s = at("2026-11-08T08:00:00")
    body = {"received": "2026-11-05", "amount": "100.00", "author": "Ana", "invoice": first.number}
    key = {"Idempotency-Key": "k1"}
    made = ask(town, "POST", "/v1/payments", body, **key)
    assert (made.status_code, made.json()["invoice"]) == (201, first.number)
    assert ask(town, "POST", "/v1/payments", body, **key).json() == made.json()
    text = f"data;valor;txid\n05/11/2026;207,60;{first.number}\n06/11/2026;50,00;\n"
    file = {"text": text, "source": "extrato.csv", "author": "Ana"}
    found = ask(town, "POST", "/v1/payment-files", file).json()
    assert (found["recorded"], found["known"], len(found["unmatched"])) == (2, 0, 1)
    assert ask(town, "POST", "/v1/payment-files", file).json()["known"] == 2
    stray = found["unmatched"][0]["id"]
    word = {"author": "Ana", "reason": "he called", "customer": str(second.customer_uuid)}
    assert ask(town, "POST", f"/v1/payments/{stray}/assignment", word).status_code == 200
    account = ask(town, "GET", f"/v1/customers/{second.customer_uuid}/account").json()
    assert account["invoices"][0] | {"due": ""} == {
        "number": second.number, "state": "open", "due": "", "total": "307.60", "paid": "50.00",
        "left": "257.60",
    }  # fmt: skip
    assert state_of(town, first.number) == "paid"


def test_a_payment_whose_recording_was_cut_short_is_matched_when_it_is_sent_again(town):
    first, _ = issue(town)
    pay(town, "9.00", "2026-11-02", "", "key-k9")
    body = {"received": "2026-11-02", "amount": "9.00", "author": "Ana", "invoice": first.number}
    made = ask(town, "POST", "/v1/payments", body, **{"Idempotency-Key": "k9"})
    assert made.json()["invoice"] == first.number
    assert len(town.ledger.payments.payments(limit=9)) == 1


@pytest.mark.parametrize(
    ("method", "url", "body", "status"),
    [
        ("POST", "/v1/payments", {"received": "2026-11-05", "amount": "0", "author": "a"}, 422),
        ("POST", "/v1/payments", {"received": "2026-11-05", "amount": "1.005", "author": "a"}, 422),
        ("POST", "/v1/payments",
         {"received": "2026-11-05", "amount": "1", "author": "a", "invoice": "none"}, 404),
        ("POST", "/v1/payments/99/assignment",
         {"author": "a", "reason": "r", "customer": "00000000-0000-4000-8000-000000000001"}, 404),
        ("POST", "/v1/payments/99/assignment", {"author": "a", "reason": "r"}, 422),
        ("POST", "/v1/payment-files", {"text": "x;y\n1;2\n", "source": "f", "author": "a"}, 422),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(town, method, url, body, status):
    answer = ask(town, method, url, body)
    assert answer.status_code == status, answer.text
    assert town.ledger.payments.payments(limit=9) == []


def test_a_newer_word_on_whose_a_payment_is_counts(town):
    first, second = issue(town)
    town.now_s = at("2026-11-08T08:00:00")
    (kept,) = pay(town, "307.60", "2026-11-04", first.number, "e1")
    match = PaymentMatch(kept.id, second.customer_id, second.id, "Ana", "wrong reference")
    town.ledger.payments.match(match, at_s=town.now_s)
    assert (state_of(town, first.number), state_of(town, second.number)) == ("issued", "paid")
