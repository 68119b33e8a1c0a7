"""Accounts that a person can audit: partial, double, late, taken back, replaced."""

from datetime import date
from decimal import Decimal

from quilowatt.billing.account import Owed, Payment, account

JAN, FEB, MAR = date(2026, 1, 5), date(2026, 2, 5), date(2026, 3, 5)
JAN_DUE, FEB_DUE = date(2026, 1, 15), date(2026, 2, 15)


def d(text):
    return Decimal(text)


def invoice(number, issued, due, amount, replaces="", **items):
    amounts = {code: d(text) for code, text in items.items()}
    return Owed(number, "invoice", replaces, issued, due, d(amount), amounts)


def late(owed, amount, day):
    """Two per cent once."""
    return {"late_fine": amount * 2 / 100} if day > owed.due else {}


def settle(owed, payments, today=MAR):
    return account(owed, payments, today, late)


def states(found):
    return {s.number: (s.state, s.paid, s.left) for s in found.standings}


def test_paid_in_time_partly_and_not_at_all():
    owed = [
        invoice("1", JAN, JAN_DUE, "100.00"),
        invoice("2", FEB, FEB_DUE, "80.00"),
        invoice("3", MAR, date(2026, 3, 15), "50.00"),
    ]
    payments = [
        Payment(1, JAN_DUE, d("100.00"), "1"),
        Payment(2, FEB_DUE, d("30.00"), "2"),
    ]
    found = settle(owed, payments)
    assert states(found) == {
        "1": ("paid", d("100.00"), 0),
        "2": ("overdue", d("30.00"), d("50.00")),
        "3": ("open", 0, d("50.00")),
    }
    assert (found.balance, found.surplus, found.late) == (d("100.00"), 0, {})
    assert [(e.kind, e.reference, str(e.amount), str(e.balance)) for e in found.entries] == [
        ("invoice", "1", "100.00", "100.00"),
        ("payment", "1", "-100.00", "0.00"),
        ("invoice", "2", "80.00", "80.00"),
        ("payment", "2", "-30.00", "50.00"),
        ("invoice", "3", "50.00", "100.00"),
    ]


def test_paid_twice_waits_for_the_next_invoice_which_gives_it_back():
    twice = [Payment(1, JAN_DUE, d("100.00"), "1"), Payment(2, JAN_DUE, d("100.00"), "1")]
    first = invoice("1", JAN, JAN_DUE, "100.00")
    found = settle([first], twice)
    assert (found.balance, found.surplus) == (d("-100.00"), d("100.00"))
    second = invoice("2", FEB, FEB_DUE, "-20.00", refund="-100.00")
    after = settle([first, second], twice)
    assert (after.balance, after.surplus) == (d("-20.00"), d("20.00"))
    assert [(e.kind, str(e.amount)) for e in after.entries[-2:]] == [
        ("invoice", "-20.00"),
        ("refund", "100.00"),
    ]


def test_late_costs_wait_for_the_next_invoice_and_are_billed_once():
    first = invoice("1", JAN, JAN_DUE, "100.00")
    paid = [Payment(1, date(2026, 1, 20), d("40.00"), "1"), Payment(2, FEB, d("60.00"), "1")]
    assert settle([first], paid).late == {"late_fine": d("2.00")}
    second = invoice("2", FEB, FEB_DUE, "82.00", late_fine="2.00")
    assert settle([first, second], paid).late == {}


def test_money_without_a_name_goes_to_the_oldest_invoice_that_is_open():
    owed = [invoice("1", JAN, JAN_DUE, "100.00"), invoice("2", FEB, FEB_DUE, "80.00")]
    found = settle(owed, [Payment(1, FEB, d("130.00"))])
    assert states(found)["1"][0] == "paid"
    assert states(found)["2"] == ("overdue", d("30.00"), d("50.00"))


def test_a_payment_that_was_taken_back_opens_the_invoice_again():
    first = invoice("1", JAN, JAN_DUE, "100.00")
    paid = [Payment(1, JAN, d("100.00"), "1"), Payment(2, JAN_DUE, d("-100.00"), "1")]
    found = settle([first], paid)
    assert states(found)["1"] == ("overdue", 0, d("100.00"))
    assert found.balance == d("100.00")


def test_a_replacement_takes_the_payment_of_what_it_replaces():
    owed = [
        invoice("1", JAN, JAN_DUE, "100.00"),
        invoice("2", FEB, FEB_DUE, "90.00", replaces="1"),
    ]
    found = settle(owed, [Payment(1, JAN, d("100.00"), "1")])
    assert states(found) == {"1": ("replaced", 0, 0), "2": ("paid", d("90.00"), 0)}
    assert (found.balance, found.surplus) == (d("-10.00"), d("10.00"))


def test_a_credit_note_ends_an_invoice():
    credit = Owed("2", "credit_note", "1", FEB, FEB, d("100.00"))
    found = settle([invoice("1", JAN, JAN_DUE, "100.00"), credit], [])
    assert states(found) == {"1": ("credited", 0, 0)}
    assert found.balance == 0


def test_a_credit_note_and_a_replacement_together_count_once():
    owed = [
        invoice("1", JAN, JAN_DUE, "100.00"),
        invoice("3", FEB, FEB_DUE, "90.00", replaces="1"),
        Owed("2", "credit_note", "1", FEB, FEB, d("100.00")),
    ]
    found = settle(owed, [Payment(1, JAN, d("100.00"), "1")])
    assert states(found) == {"1": ("replaced", 0, 0), "3": ("paid", d("90.00"), 0)}
    assert (found.balance, found.surplus) == (d("-10.00"), d("10.00"))


def test_payments_to_come_do_not_count_yet():
    first = invoice("1", JAN, JAN_DUE, "100.00")
    found = settle([first], [Payment(1, MAR, d("100.00"), "1")], today=FEB)
    assert states(found)["1"][0] == "overdue"
    assert settle([first], [], today=JAN_DUE).standings[0].state == "open"
