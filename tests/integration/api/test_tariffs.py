"""Running bills by tariffs that ask for more than the energy of the month."""

from decimal import Decimal

import pytest

from quilowatt.billing import TariffBook

HEAD = """
format = 2
code = "br/coelba-b1"
currency = "BRL"
name = { pt = "Teste", en = "Test" }
rounding = { rule = "half_up", places = 2 }
[names]
energy = { pt = "Energia", en = "Energy" }
feed = { pt = "Injetada", en = "Feed-in" }
demand = { pt = "Demanda", en = "Demand" }
peak = { pt = "ponta", en = "peak" }
rest = { pt = "fora", en = "rest" }
[schedule.week]
default = "rest"
[[schedule.week.windows]]
period = "peak"
from = "18:00"
to = "21:00"
days = ["mon", "tue", "wed", "thu", "fri"]
[[version]]
from = 2020-01-01
act = "act"
source = "source"
"""


def invoice(world, name, charges, month="2026-10"):
    book = TariffBook.load([("test.toml", HEAD + f"charges = [{charges}]")])
    url = f"/v1/invoices?customer={world.customers[name]}&month={month}"
    (item,) = world.get(url, tariffs=book).json["items"]
    return item


def test_time_of_use_needs_registers_at_the_edges_of_windows_only(world):
    """Ana takes 400 W all the time; October 2026 has 22 working days."""
    charge = 'schedule = "week", rates = { peak = 1, rest = 0.5 }'
    item = invoice(world, "ana", f'{{ code = "energy", kind = "time_of_use", {charge} }}')
    quantities = {line["code"]: Decimal(line["quantity"]) for line in item["lines"]}
    peak = Decimal("0.4") * 3 * 22
    assert quantities == {"energy.peak": peak, "energy.rest": Decimal("0.4") * 744 - peak}


def test_energy_given_to_the_grid_is_paid_over_an_exchange_too(world):
    """Bruno gives 200 W all October, and in November until now over two meters."""
    charge = '{ code = "feed", kind = "energy", flow = "export", rate_per_kwh = -1 }'
    assert invoice(world, "bruno", charge)["total"] == "-148.80"
    running = invoice(world, "bruno", charge, "2026-11")
    # 2,168 quarters of an hour of 50 Wh until 14:00 on the 23rd; the last reading is at 14:00.
    assert Decimal(running["total"]) == -Decimal(2168 * 50) / 1000


def test_demand_is_the_highest_mean_power(world):
    charge = '{ code = "demand", kind = "demand", rate_per_kw = 10, window_minutes = 15 }'
    assert invoice(world, "ana", charge)["total"] == "4.00"


@pytest.mark.parametrize(("phases", "total"), [("1", "300.00"), ("3", "297.60")])
def test_the_connection_of_the_usage_point_counts(world, phases, total):
    least = f'kind = "minimum_energy", kwh = 300, when = {{ phases = ["{phases}"] }}'
    energy = '{ code = "energy", kind = "energy", rate_per_kwh = 1 }'
    assert invoice(world, "ana", f'{{ code = "least", {least} }}, {energy}')["total"] == total
