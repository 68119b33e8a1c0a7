"""No cent appears or vanishes, in whatever order payments are written down."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from quilowatt.billing.account import Owed, Payment, account

FIRST = date(2026, 1, 1)
days = st.integers(0, 90).map(lambda n: FIRST + timedelta(days=n))
amounts = st.integers(1, 20_000).map(lambda cents: Decimal(cents).scaleb(-2))


@st.composite
def accounts(draw):
    count = draw(st.integers(1, 5))
    owed, ended = [], set()
    for n in range(count):
        issued = FIRST + timedelta(days=20 * n)
        open_numbers = [o.number for o in owed if o.kind == "invoice" and o.number not in ended]
        replaces = draw(st.sampled_from(["", *open_numbers]))
        kind = draw(st.sampled_from(["invoice", "credit_note"])) if replaces else "invoice"
        amount = draw(amounts)
        if kind == "credit_note":
            amount = next(o.amount for o in owed if o.number == replaces)
        ended.add(replaces)
        owed.append(Owed(str(n), kind, replaces, issued, issued + timedelta(days=10), amount))
    numbers = st.sampled_from(["", *(o.number for o in owed)])
    payments = draw(st.lists(st.builds(Payment, st.just(0), days, amounts, numbers), max_size=8))
    return owed, [Payment(n, p.received, p.amount, p.number) for n, p in enumerate(payments)]


def no_cost(_owed, _amount, _day):
    return {}


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(accounts(), st.randoms(use_true_random=False))
def test_every_cent_is_somewhere(case, chance):
    owed, payments = case
    today = FIRST + timedelta(days=200)
    found = account(owed, payments, today, no_cost)
    shuffled = chance.sample(payments, len(payments))
    assert account(owed, shuffled, today, no_cost) == found
    received = sum((p.amount for p in payments), Decimal(0))
    spent = sum((a.amount for a in found.allocations), Decimal(0))
    assert spent + found.surplus == received
    left = sum((s.left for s in found.standings), Decimal(0))
    assert found.balance == left - found.surplus
    for standing in found.standings:
        assert standing.left >= 0
        parts = [a.amount for a in found.allocations if a.number == standing.number]
        assert standing.paid == sum(parts, Decimal(0))
