"""What commands about invoices, payments and accounts print."""

import datetime as dt
from decimal import Decimal
from uuid import UUID

import pytest

from quilowatt.cli.bill_words import (
    account_lines,
    correction_lines,
    imported_lines,
    payment_lines,
    what_if_lines,
)
from quilowatt.client.models_corrections import WhatIf
from quilowatt.client.models_payments import AccountStatement, Payment, PaymentsImported

ANA = {"id": UUID(int=1), "name": "Ana Almeida"}


def compared(*totals):
    month = {"month": "2026-10", "import_kwh": Decimal(300), "total": Decimal("250.00"), "note": ""}
    prices = [{"tariff": code, "total": total, "note": ""} for code, total in totals]
    return WhatIf.model_validate(
        {
            "usage_point": UUID(int=2),
            "tariff": "br/coelba-b1",
            "currency": "BRL",
            "total": Decimal("250.00"),
            "totals": [{**price, "note": "" if price["total"] else "why"} for price in prices],
            "cycles": [{**month, "prices": prices}],
        }
    )


def payment(**changed):
    fields = {
        "id": 7,
        "external_id": "7",
        "received": dt.date(2026, 11, 5),
        "amount": Decimal("1234.50"),
        "currency": "BRL",
        "reference": "",
        "payer": "",
        "source": "manual",
        "author": "Bia",
        "recorded_at": dt.datetime(2026, 11, 5, tzinfo=dt.UTC),
        "customer": None,
        "invoice": "2026-000001",
    }
    return Payment.model_validate({**fields, **changed})


def test_the_cheapest_tariff_has_a_star_and_a_missing_price_says_why():
    lines = what_if_lines(compared(("a", Decimal("240.00")), ("b", None)), "pt")
    assert "br/coelba-b1 (atual)" in lines[0]
    assert lines[2].startswith("soma")
    assert "240.00 *" in lines[2]
    assert "250.00 *" not in lines[2]
    assert lines[-1] == "b: why"


def test_nothing_to_compare_and_nothing_to_correct_are_said():
    none = compared(("a", None)).model_copy(update={"cycles": []})
    assert what_if_lines(none, "en") == ["no ended cycle with readings"]
    assert "2026-10" in correction_lines([], "2026-10", "pt")[0]


@pytest.mark.parametrize(("tongue", "amount"), [("en", "R$1,234.50"), ("pt", "R$\xa01.234,50")])
def test_payments_are_told_in_the_readers_language(tongue, amount):
    (line,) = payment_lines([payment()], tongue)
    assert (amount in line, "2026-000001" in line) == (True, True)
    assert payment_lines([], tongue) != [line]


def test_what_nobody_can_assign_is_listed_after_an_import():
    found = PaymentsImported(recorded=2, known=1, unmatched=[payment(invoice=None)])
    said, asked, line = imported_lines(found, "pt")
    assert (said, "payment assign" in asked) == ("2 registrados, 1 já conhecidos", True)
    assert "não se sabe de quem" in line


def test_a_statement_names_debts_and_what_late_payment_costs():
    standing = {
        "number": "2026-000001",
        "state": "overdue",
        "due": dt.date(2026, 11, 1),
        "total": Decimal("100.00"),
        "paid": Decimal("40.00"),
        "left": Decimal("60.00"),
    }
    entry = {
        "day": dt.date(2026, 10, 20),
        "kind": "credit_note",
        "reference": "2026-000002",
        "amount": Decimal("-5.00"),
        "balance": Decimal("60.00"),
    }
    found = AccountStatement.model_validate(
        {
            "customer": ANA,
            "currency": "EUR",
            "day": dt.date(2026, 11, 25),
            "balance": Decimal("60.00"),
            "surplus": Decimal(0),
            "late": {"fine": Decimal("1.20")},
            "invoices": [standing, {**standing, "number": "paid", "state": "paid"}],
            "entries": [entry],
        }
    )
    lines = account_lines(found, "en")
    assert "Ana Almeida: balance €60.00" in lines[0]
    assert "credit note" in lines[1]
    assert "overdue since 2026-11-01: €60.00 of €100.00" in lines[2]
    assert lines[3] == "  fine: €1.20, on the next invoice"
    assert len(lines) == 4
