"""Each cause is found where it is alone; together they sum to the difference."""

from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from quilowatt.billing import Usage, UsagePoint, load_tariff, rate
from quilowatt.billing.explain import CAUSES, BilledCycle, explain_difference
from quilowatt.core.calendar import date_start_s

ZONE = ZoneInfo("America/Bahia")
HOUR_S = 3600

DOCUMENT = """
format = 2
code = "test/explained"
currency = "BRL"
name = {{ pt = "a", en = "a" }}
rounding = {{ rule = "half_even", places = 2 }}
[names]
fixed = {{ pt = "a", en = "a" }}
energy = {{ pt = "a", en = "a" }}
flag = {{ pt = "a", en = "a" }}
peak = {{ pt = "a", en = "a" }}
rest = {{ pt = "a", en = "a" }}
yellow = {{ pt = "a", en = "a" }}
vat = {{ pt = "a", en = "a" }}
[schedule.s]
default = "rest"
windows = [{{ period = "peak", from = "18:00", to = "21:00" }}]
[table.flags]
carry_on = true
months = {{ 2026-01 = "green", 2026-02 = "{february}", 2026-03 = "green" }}
[[table.flags.prices]]
from = 2020-01-01
source = "s"
rates = {{ yellow = 0.1 }}
[[version]]
from = 2020-01-01
until = 2026-01-31
act = "a"
source = "s"
charges = [
  {{ code = "fixed", kind = "fixed", per = "day", rate = 1 }},
  {{ code = "energy", kind = "time_of_use", schedule = "s", rates = {{ peak = 2, rest = 1 }} }},
  {{ code = "flag", kind = "surcharge", table = "flags" }},
]
[[version]]
from = 2026-02-01
act = "a"
source = "s"
charges = [
  {{ code = "fixed", kind = "fixed", per = "day", rate = 1 }},
  {{ code = "energy", kind = "time_of_use", schedule = "s", rates.peak = 2, rates.rest = {rest} }},
  {{ code = "flag", kind = "surcharge", table = "flags" }},
]
[[taxes]]
from = 2020-01-01
inside = [["vat"]]
rates = {{ vat = 0.2 }}
source = "s"
[[taxes]]
from = 2026-02-01
inside = [["vat"]]
rates = {{ vat = {vat} }}
source = "s"
"""


def tariff(*, february="green", rest="1", vat="0.2"):
    text = DOCUMENT.format(february=february, rest=rest, vat=vat)
    return load_tariff(text, "explained.toml")


def cycle(found, first, last, wh=(1000, 1000), estimated_wh=0, **attributes):
    """A cycle of so many Wh in each hour of the peak and of the rest."""
    start_s, end_s = date_start_s(first, ZONE), date_start_s(last, ZONE)
    edges_s = np.arange(start_s, end_s + 1, HOUR_S)
    hours = (edges_s[:-1] - start_s) // HOUR_S % 24
    usage = Usage.of_one(edges_s, np.where((hours >= 18) & (hours < 21), *wh))
    point = UsagePoint(attributes)
    return BilledCycle(found, usage, point, rate(found, usage, ZONE, point), estimated_wh)


JANUARY, FEBRUARY, MARCH = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)


def parts(before, after):
    found = explain_difference(before, after, ZONE)
    assert [part.cause for part in found] == list(CAUSES)
    assert sum(part.amount for part in found) == after.bill.total - before.bill.total
    return {part.cause: part.amount for part in found if part.amount}


def test_a_shorter_month_is_cheaper_by_its_days():
    plain = tariff()
    assert parts(cycle(plain, JANUARY, FEBRUARY), cycle(plain, FEBRUARY, MARCH)) == {
        "days": -Decimal(3) * (1 + 21 + 6) / Decimal("0.8")
    }


@pytest.mark.parametrize(
    ("change", "cause", "amount"),
    [
        ({"february": "yellow"}, "flags", Decimal("0.1") * 24 * 28 / Decimal("0.8")),
        ({"rest": "1.5"}, "tariff", Decimal("0.5") * 21 * 28 / Decimal("0.8")),
        ({"vat": "0.3"}, "taxes", Decimal("140.00")),
    ],
)
def test_a_cause_that_is_alone_gets_all(change, cause, amount):
    changed = tariff(**change)
    found = parts(cycle(changed, JANUARY, FEBRUARY), cycle(changed, FEBRUARY, MARCH))
    days = found.pop("days")
    assert days == -105
    assert found == {cause: amount}


def test_hours_of_use_are_told_from_consumption():
    plain = tariff()
    shifted = cycle(plain, FEBRUARY, MARCH, wh=(1700, 900))
    found = parts(cycle(plain, JANUARY, FEBRUARY), shifted)
    assert found == {"days": -105, "hours": Decimal("0.7") * 3 * 28 / Decimal("0.8")}
    more = cycle(plain, FEBRUARY, MARCH, wh=(2000, 2000))
    assert parts(cycle(plain, JANUARY, FEBRUARY), more) == {"days": -105, "consumption": 945}


def test_what_was_estimated_is_told_from_what_was_measured():
    plain = tariff()
    after = cycle(plain, FEBRUARY, MARCH, wh=(2000, 2000), estimated_wh=24 * 28 * 1000)
    assert parts(cycle(plain, JANUARY, FEBRUARY), after) == {"days": -105, "estimates": 945}


def test_a_step_that_cannot_be_priced_leaves_its_share_to_the_next():
    first = cycle(tariff(), JANUARY, FEBRUARY)
    other = load_tariff(
        DOCUMENT.format(february="green", rest="1", vat="0.2").replace(
            'code = "test/explained"', 'code = "test/served"\nserves = { class = ["home"] }'
        ),
        "served.toml",
    )
    after = cycle(other, FEBRUARY, MARCH)
    assert sum(parts(first, after).values()) == after.bill.total - first.bill.total
