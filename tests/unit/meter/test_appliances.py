"""Appliances answer to their names as people type them."""

import pytest

from quilowatt.meter.appliances import APPLIANCES, find_appliance, plain


@pytest.mark.parametrize(
    ("typed", "power_w"),
    [
        ("shower", 5500),
        ("chuveiro", 5500),
        ("CHUVEIRO elétrico", 5500),
        ("ar-condicionado", 1400),
        ("ar condicionado", 1400),
        ("Air  Conditioner", 1400),
        ("máquina de lavar", 500),
        ("maquina de lavar", 500),
        ("lava-louças", 1500),
        ("LAVA LOUCAS", 1500),
        ("televisao", 120),
    ],
)
def test_found(typed, power_w):
    assert find_appliance(typed).power_w == power_w


@pytest.mark.parametrize("typed", ["", "  ", "chuveir", "toaster ship", "\u0301", "🚿"])
def test_not_found(typed):
    assert find_appliance(typed) is None


def test_every_name_leads_back():
    for appliance in APPLIANCES:
        assert find_appliance(appliance.en) is appliance
        assert find_appliance(appliance.pt.upper()) is appliance
        assert all(plain(alias) in appliance.names for alias in appliance.aliases)
        assert appliance.name("pt") == appliance.pt
        assert appliance.name("en") == appliance.en
