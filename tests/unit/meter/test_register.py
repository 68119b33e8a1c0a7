"""The register shows what was consumed."""

import pytest

from quilowatt.meter.register import Register


def shown_wh(pieces, **options):
    register = Register(**options)
    for power_w, duration_s in pieces:
        register.add(power_w, duration_s)
    return register.energy_wh


@pytest.mark.parametrize(
    ("pieces", "energy_wh"),
    [
        ([], 0),
        ([(1000, 3600)], 1000),
        ([(1, 3599)], 0),
        ([(1, 3599), (1, 1)], 1),
        ([(5500, 420), (0, 86_400)], 641),
        ([(7, 1)] * 36_000, 70),
    ],
)
def test_adds_up(pieces, energy_wh):
    assert shown_wh(pieces) == energy_wh


def test_relay_off_is_no_consumption():
    register = Register()
    register.add(1000, 3600)
    register.is_relay_on = False
    register.add(1000, 3600)
    assert register.energy_wh == 1000
    register.is_relay_on = True
    register.add(1000, 3600)
    assert register.energy_wh == 2000


def test_wraps_at_its_digits():
    assert shown_wh([(1000, 3600)] * 9, digits=4) == 9000
    assert shown_wh([(1000, 3600)] * 10, digits=4) == 0
    assert shown_wh([(1001, 3600)] * 10, digits=4) == 10


def test_never_exceeds_what_the_protocol_carries():
    full = Register((2**53 - 1) * 3600 + 3599)
    assert full.energy_wh == 2**53 - 1
    full.add(1, 1)
    assert full.energy_wh == 0


def test_comes_back_from_its_state():
    first = Register()
    first.add(999, 7)
    second = Register(first.energy_ws)
    second.add(999, 3593)
    assert second.energy_wh == 999


def test_takes_nothing_back():
    for power_w, duration_s in [(-1, 1), (1, -1)]:
        with pytest.raises(AssertionError):
            Register().add(power_w, duration_s)
