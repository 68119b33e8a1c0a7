"""What every `InvoiceBook` must do, whatever keeps it; it joins with its ledger in `LEDGERS`."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from quilowatt.store import (
    ChainLink,
    InvoiceDraft,
    IssuedFilter,
    IssuedLine,
    LastCycle,
    RegistrationRequest,
    RunChoice,
    RunFinding,
    RunStep,
    StoredDocument,
)

if TYPE_CHECKING:
    from quilowatt.store import InvoiceBook, Ledger

NOW_S = 1_760_000_000
MONTH_S = 30 * 86_400
TARIFF = StoredDocument(hashlib.sha256(b"{}").hexdigest(), "tariff", b"{}")


@pytest.fixture
def ledger(open_ledger) -> Ledger:
    ledger = open_ledger()
    ledger.register_meters(
        [
            RegistrationRequest(
                UUID(int=number), f"Ana {number}", "", "", 1, 900, 0, None, {}, NOW_S
            )
            for number in range(1, 5)
        ]
    )
    ledger.invoices.keep_document(TARIFF)
    return ledger


@pytest.fixture
def book(ledger) -> InvoiceBook:
    return ledger.invoices


def draft(place: int = 1, month: int = 0, **changes) -> InvoiceDraft:
    start_s = NOW_S + month * MONTH_S
    made = InvoiceDraft(
        kind="invoice",
        usage_point_id=place,
        customer_id=place,
        month=f"2026-{month + 1:02}",
        generation=0,
        start_s=start_s,
        end_s=start_s + MONTH_S,
        issued_at_s=start_s + MONTH_S + 5,
        as_of=start_s * 10**6,
        due=date(2026, 12, 10),
        currency="BRL",
        total=Decimal("123.40"),
        import_wh=1000 * place,
        export_wh=7,
        estimated_wh=3,
        estimated_s=900,
        missing_s=0,
        tariff_code="br/x",
        tariff_digest=TARIFF.digest,
        lines=(
            IssuedLine(
                "energy", start_s, start_s + 1, Decimal("1.000"), "kWh", Decimal("0.5"), Decimal(1)
            ),
        ),
        links=(ChainLink(place, start_s, start_s + MONTH_S, 2, "0" * 64, f"{month:064}", 8, 900),),
        credits=((date(2026, 1, 1), 1500 + month, "peak"),),
        carried_wh=month,
        demands_w={"demand": (4000 + month, 3000)},
    )
    return replace(made, **changes)


def written(index: int, number: str) -> bytes:
    return f"{index} {number}".encode()


def issue(book: InvoiceBook, *drafts: InvoiceDraft, series: str = "2026", step=None):
    return book.issue(drafts, written, series=series, step=step)


def test_what_is_issued_is_found_again_whole(book):
    (issued,) = issue(book, draft())
    assert issued.number == "2026-000001"
    assert (issued.total, issued.due) == (Decimal("123.40"), date(2026, 12, 10))
    assert (issued.usage_point_id, issued.customer_name) == (1, "Ana 1")
    assert (issued.replaces_id, issued.replaced_by, issued.run_id) == (None, None, None)
    assert book.invoice("2026-000001") == issued
    assert book.documents_of([issued.id]) == {issued.id: b"0 2026-000001"}
    assert book.links_of([issued.id]) == {issued.id: list(draft().links)}
    assert issued.digest == hashlib.sha256(b"0 2026-000001").hexdigest()
    assert book.invoice("2026-000002") is None
    assert book.invoice("a\0b") is None


def test_numbers_have_no_gaps_in_each_series(book):
    first = issue(book, draft(1), draft(2))
    other = issue(book, draft(3), series="B2026")
    last = issue(book, draft(4))
    assert [invoice.number for invoice in [*first, *other, *last]] == [
        "2026-000001",
        "2026-000002",
        "B2026-000001",
        "2026-000003",
    ]


def test_nothing_is_issued_twice(book):
    issue(book, draft(1))
    (second,) = issue(book, draft(1), draft(2))
    assert (second.number, second.usage_point_id) == ("2026-000002", 2)
    assert issue(book, draft(1), draft(2)) == []
    assert issue(book, draft(1, 1), draft(1, generation=1)) != []


def test_a_block_that_fails_leaves_no_trace(book):
    def fail(index: int, number: str) -> bytes:
        if index == 1:
            raise ZeroDivisionError
        return written(index, number)

    with pytest.raises(ZeroDivisionError):
        book.issue([draft(1), draft(2)], fail, series="2026")
    assert book.invoices(IssuedFilter(), limit=9) == []
    assert [invoice.number for invoice in issue(book, draft(3))] == ["2026-000001"]


def test_what_replaces_an_invoice_says_so_by_itself(book):
    (old,) = issue(book, draft(1))
    note, new = issue(book, draft(1, kind="credit_note", replaces_id=old.id)) + issue(
        book, draft(1, generation=1, replaces_id=old.id)
    )
    assert book.invoice(old.number).replaced_by == new.number
    assert (note.kind, note.replaces_id) == ("credit_note", old.id)
    replaced = book.invoices(IssuedFilter(is_replaced=True), limit=9)
    assert [invoice.number for invoice in replaced] == [old.number]
    assert {i.number for i in book.invoices(IssuedFilter(is_replaced=False), limit=9)} == {
        note.number,
        new.number,
    }


def test_the_next_cycle_begins_with_what_the_last_one_left(book):
    issue(book, draft(1, 0))
    (second,) = issue(book, draft(1, 1))
    opening = book.openings([1, 2], second.end_s)[1]
    assert opening.credits == ((date(2026, 1, 1), 1501, "peak"),)
    assert opening.carried_wh == 1
    assert opening.demands_w == {"demand": (4001, 3000)}
    assert opening.end_s == second.end_s
    assert book.openings([1], second.end_s - 1)[1].credits == ((date(2026, 1, 1), 1500, "peak"),)
    assert book.openings([1], NOW_S) == {}


def test_a_replaced_cycle_leaves_what_its_replacement_left(book):
    (old,) = issue(book, draft(1))
    issue(book, draft(1, generation=1, replaces_id=old.id, credits=(), import_wh=5))
    assert book.openings([1], old.end_s)[1].credits == ()
    assert [past.import_wh for past in book.history([1], old.end_s)[1]] == [5]


def test_chains_go_on_at_their_last_head(book):
    issue(book, draft(1, 0), draft(2, 0))
    (second,) = issue(book, draft(1, 1))
    assert book.heads([1, 2, 3], second.end_s) == {1: f"{1:064}", 2: f"{0:064}"}
    assert book.heads([1], second.start_s) == {1: f"{0:064}"}
    assert book.heads([1], NOW_S) == {}


def test_the_past_is_told_oldest_first(book):
    for month in range(3):
        issue(book, draft(1, month, import_wh=month))
    end_s = NOW_S + 3 * MONTH_S
    assert [past.import_wh for past in book.history([1], end_s)[1]] == [0, 1, 2]
    assert [past.import_wh for past in book.history([1], end_s, limit=2)[1]] == [1, 2]
    assert book.last_cycles([1, 2]) == {1: LastCycle("2026-03", end_s - MONTH_S, end_s)}
    assert book.issued_for("2026-03") == {1}
    assert book.invoices_of([1, 2], "2026-02")[1][0].import_wh == 1


def test_invoices_are_found_by_whom_month_and_state(book, ledger):
    issue(book, draft(1), draft(2, total=Decimal("0.00")), draft(3, total=Decimal("-1.50")))
    issue(book, draft(4, 1, due=date(2026, 1, 1)))
    client = ledger.client_of_meters([2])[2]

    def found(**which) -> list[int]:
        rows = book.invoices(IssuedFilter(**which), limit=9)
        return [invoice.usage_point_id for invoice in rows]

    assert found() == [4, 3, 2, 1]
    assert found(month="2026-01") == [3, 2, 1]
    assert found(customer=str(client.customer_uuid)) == [2]
    assert found(usage_point=str(client.usage_point_uuid)) == [2]
    assert found(meter=str(client.meter_uuid)) == [2]
    assert found(customer="nobody") == found(meter="none") == []
    assert found(name="ana") == [4, 3, 2, 1]
    assert found(is_payable=True) == [4, 1]
    assert found(is_payable=False) == [3, 2]
    assert found(due_before=date(2026, 6, 1)) == [4]
    assert found(due_from=date(2026, 6, 1)) == [3, 2, 1]
    page = book.invoices(IssuedFilter(), limit=2)
    assert [
        i.usage_point_id for i in book.invoices(IssuedFilter(), after=page[-1].id, limit=9)
    ] == [
        2,
        1,
    ]


def test_documents_are_kept_once(book):
    book.keep_document(TARIFF)
    assert book.kept_document(TARIFF.digest) == b"{}"
    assert book.kept_document("0" * 64) is None


def begin(book: InvoiceBook, month: str = "2026-01", *, at_s: int = NOW_S, key=None, **choice):
    return book.begin_run(
        month, RunChoice(**choice), as_of=at_s * 10**6, started_at_s=at_s, key=key
    )


def test_a_run_that_was_cut_short_goes_on_as_of_its_start(book):
    run = begin(book)
    assert begin(book, at_s=NOW_S + 9) == run
    assert begin(book, at_s=NOW_S + 9, customer="ana").id == run.id + 1
    assert begin(book, "2026-02").id == run.id + 2
    ended = book.end_run(run.id, at_s=NOW_S + 20)
    assert ended.finished_at_s == NOW_S + 20
    assert begin(book, at_s=NOW_S + 30).id == run.id + 3
    assert [each.id for each in book.runs(limit=9)] == [4, 3, 2, 1]
    assert [each.id for each in book.runs(after=3, limit=1)] == [2]


def test_a_run_that_failed_says_why_and_goes_on(book):
    run = begin(book)
    failed = book.end_run(run.id, at_s=NOW_S + 5, failure="no room")
    assert (failed.finished_at_s, failed.failure) == (None, "no room")
    assert begin(book, at_s=NOW_S + 9).id == run.id


def test_the_same_key_means_the_same_run(book):
    run = begin(book, key="k")
    book.end_run(run.id, at_s=NOW_S + 5)
    assert begin(book, key="k").id == run.id
    assert book.run_with_key("k").id == run.id
    assert book.run_with_key("other") is None
    assert begin(book, key="l").id != run.id


def test_a_block_is_issued_together_with_how_far_the_run_is(book):
    run = begin(book)
    found = RunFinding(2, "estimated", {"energy": 3, "of": "ação"})
    (issued,) = issue(book, draft(1), step=RunStep(run.id, 4, 2, (found,)))
    assert issued.run_id == run.id
    now = book.run(run.id)
    assert (now.total, now.done, now.issued) == (4, 2, 1)
    assert book.findings(run.id) == [found]
    other = RunFinding(2, "missing")
    book.advance_run(RunStep(run.id, 4, 3, (other,)))
    assert book.findings(run.id) == [other]
    assert book.run(run.id).issued == 1
    assert book.run(99) is None
