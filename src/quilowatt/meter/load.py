"""The load behind a meter: the household, what a person adds or takes by hand, the appliances.

A person's changes are laid over the household's own power, or hold the total in its place. The
total never falls below 0 W and never exceeds what a person may ask for. No clock in here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from quilowatt.meter.appliances import find_appliance
from quilowatt.meter.commands import POWER_W_MAX

if TYPE_CHECKING:
    from collections.abc import Iterable

    from quilowatt.meter.appliances import Appliance
    from quilowatt.meter.household import Household

__all__ = ["Load", "PowerParts"]


@dataclass(frozen=True, slots=True)
class PowerParts:
    """What the power at one instant is made of.

    Parameters
    ----------
    household_w : int
        Of the simulated home, 0 while the total is held. [W]
    held_w : int or None
        What a person holds it at, in place of the household. [W]
    by_hand_w : int
        What a person added, negative where taken away. [W]
    appliances : tuple of Appliance
        Those switched on by name, in the order of switching.
    total_w : int
        What the meter measures. [W]
    """

    household_w: int
    held_w: int | None
    by_hand_w: int
    appliances: tuple[Appliance, ...]
    total_w: int


class Load:
    """Everything that draws power behind one meter.

    Parameters
    ----------
    household : Household
        The home that lives by itself.
    """

    def __init__(self, household: Household) -> None:
        self._household = household
        self._held_w: int | None = None
        self._by_hand_w = 0
        self._appliances: list[Appliance] = []

    def restore(self, held_w: int | None, by_hand_w: int, appliances: Iterable[str]) -> None:
        """Take up what a person had changed: powers [W], and appliances by name, if known."""
        self._held_w, self._by_hand_w = held_w, by_hand_w
        found = (find_appliance(name) for name in appliances)
        self._appliances = [appliance for appliance in found if appliance is not None]

    def parts(self, time_s: int) -> PowerParts:
        """Tell the power at an instant [s since 1970-01-01 UTC] and where it comes from."""
        household_w = self._household.power_w(time_s) if self._held_w is None else 0
        wanted_w = household_w + self._by_hand_w + self._fixed_w
        total_w = min(max(wanted_w, 0), POWER_W_MAX)
        return PowerParts(
            household_w, self._held_w, self._by_hand_w, tuple(self._appliances), total_w
        )

    def power_w(self, time_s: int) -> int:
        """Tell the power at an instant [W]."""
        return self.parts(time_s).total_w

    def change(self, delta_w: int, time_s: int) -> bool:
        """Raise or lower the power by hand [W]; False when it had to stop at a bound."""
        others_w = self.parts(time_s).household_w + self._fixed_w
        wanted_w = max(0, others_w + self._by_hand_w) + delta_w
        reached_w = min(max(wanted_w, 0), POWER_W_MAX)
        self._by_hand_w = reached_w - others_w
        return reached_w == wanted_w

    def hold(self, power_w: int) -> None:
        """Hold the total at a power [W] until told otherwise; the appliances go off."""
        assert 0 <= power_w <= POWER_W_MAX
        self._held_w, self._by_hand_w = power_w, 0
        self._appliances.clear()

    def release(self) -> None:
        """Let the household alone decide again; the appliances go off."""
        self._held_w, self._by_hand_w = None, 0
        self._appliances.clear()

    def switch(self, appliance: Appliance, *, is_on: bool) -> bool:
        """Switch an appliance; False when it was so already."""
        if is_on is (appliance in self._appliances):
            return False
        (self._appliances.append if is_on else self._appliances.remove)(appliance)
        return True

    def switch_all_off(self) -> int:
        """Switch all appliances off and return how many were on."""
        count = len(self._appliances)
        self._appliances.clear()
        return count

    @property
    def _fixed_w(self) -> int:
        return (self._held_w or 0) + sum(appliance.power_w for appliance in self._appliances)
