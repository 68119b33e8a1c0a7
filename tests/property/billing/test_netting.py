"""Laws of compensation and sharing: no energy from nowhere, no more off than was used."""

from datetime import date
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from quilowatt.billing.bank import Budget, settle_by_period
from quilowatt.billing.charges import NetMetering
from quilowatt.billing.point import Credit
from quilowatt.billing.sharing import share_by_percentage, share_by_priority

PERIODS = ("peak", "middle", "rest")
END = date(2026, 2, 1)

energies = st.integers(0, 10**6)
by_period = st.fixed_dictionaries(dict.fromkeys(PERIODS, energies))
prices = st.fixed_dictionaries(dict.fromkeys(PERIODS, st.decimals("0.01", 2, places=4)))
banks = st.lists(
    st.builds(
        Credit,
        st.dates(date(2020, 1, 1), date(2026, 1, 1)),
        energies,
        st.sampled_from(["", *PERIODS]),
    ),
    max_size=6,
)


def net_of(exchange):
    return NetMetering(
        "net", (), None, None, is_whole=False, expiry_months=60, schedule="s",
        exchange=exchange, other="rest",
    )  # fmt: skip


@given(banks, by_period, by_period, prices, prices, st.integers(0, 10**6))
def test_what_is_taken_is_used_paid_for_and_was_there(bank, given_wh, used_wh, te, worth, room):
    worths = {period: Fraction(price) for period, price in worth.items()}
    budget = Budget(Fraction(room, 100), worths, dict(used_wh))
    settled = settle_by_period(bank, given_wh, budget, END, net_of(te))
    value = sum(worths[p] * wh / 1000 for p, wh in settled.offsets_wh.items())
    assert value <= Fraction(room, 100)
    assert all(0 <= settled.offsets_wh[p] <= used_wh[p] for p in PERIODS)

    def worth_of(lots):
        return sum(Fraction(te[c.period or "rest"]) * c.energy_wh for c in lots)

    lapsed = [c for c in bank if c.energy_wh and c.born < date(2021, 2, 1)]
    assert settled.lapsed_wh == sum(c.energy_wh for c in lapsed)
    before = worth_of(c for c in bank if c not in lapsed)
    before += sum(Fraction(te[p]) * wh for p, wh in given_wh.items())
    taken = sum(Fraction(te[p]) * wh for p, wh in settled.offsets_wh.items())
    lost = before - worth_of(settled.credits) - taken
    # At most a watt-hour is rounded away in each of the exchanges of a lot.
    assert 0 <= lost <= 2 * (len(bank) + len(PERIODS)) * max(map(Fraction, te.values()))


@given(banks, by_period, by_period, prices)
def test_with_room_enough_nothing_stays_that_a_period_could_use_itself(bank, given_wh, used, te):
    budget = Budget(Fraction(10**9), dict.fromkeys(PERIODS, Fraction(1)), dict(used))
    settled = settle_by_period(bank, given_wh, budget, END, net_of(te))
    for credit in settled.credits:
        assert settled.offsets_wh[credit.period] == used[credit.period]


@given(energies, st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 100), max_size=6))
def test_shares_keep_the_sum_and_are_less_than_a_watt_hour_off(surplus_wh, parts):
    whole = max(sum(parts.values()), 1)
    shares = {name: Fraction(part, whole) for name, part in parts.items()}
    received = share_by_percentage(surplus_wh, shares, rest="own")
    assert sum(received.values()) == surplus_wh
    assert all(abs(received[name] - share * surplus_wh) < 1 for name, share in shares.items())


@given(energies, st.lists(st.tuples(st.sampled_from("abc"), energies), max_size=5))
def test_priority_keeps_the_sum_and_no_limit_is_passed(surplus_wh, limits):
    received = share_by_priority(surplus_wh, limits, rest="own")
    assert sum(received.values()) == surplus_wh
    for name in "abc":
        assert received.get(name, 0) <= sum(wh for other, wh in limits if other == name)
    if sum(wh for _, wh in limits) < surplus_wh:
        assert received["own"] == surplus_wh - sum(wh for _, wh in limits)
