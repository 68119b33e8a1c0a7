"""The register of a meter: power over time, added up exactly.

Energy is counted in whole watt-seconds, as a Python integer without bound; the register shows
whole watt-hours and the remainder stays inside. How a period is cut into pieces makes no
difference to its sum. Nothing here reads a clock or a disk.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from quilowatt.limits import REGISTER_WH_MAX

__all__ = ["Register"]

HOUR_WS: Final = 3600
"""A watt-hour. [W·s]"""


@dataclass(slots=True)
class Register:
    """The energy that went through a meter since it was made.

    Parameters
    ----------
    energy_ws : int
        All of it: also the whole state, to be handed out, kept on disk and given back. [W·s]
    digits : int
        The register wraps at 10^digits; 0 means never (but at 2^53, where the protocol ends).
        [decimal digits of Wh]
    is_relay_on : bool
        False while the load is disconnected: no power, no energy.

    Examples
    --------
    >>> register = Register()
    >>> register.add(power_w=5500, duration_s=420)
    >>> register.energy_wh
    641
    """

    energy_ws: int = 0
    digits: int = 0
    is_relay_on: bool = True

    def __post_init__(self) -> None:
        assert self.energy_ws >= 0
        assert self.digits >= 0

    @property
    def energy_wh(self) -> int:
        """What the register shows [Wh]."""
        return self.energy_ws // HOUR_WS % self.modulus_wh

    @property
    def modulus_wh(self) -> int:
        """Where the register starts again from 0 [Wh]."""
        return min(10**self.digits, REGISTER_WH_MAX + 1) if self.digits else REGISTER_WH_MAX + 1

    def add(self, power_w: int, duration_s: int) -> None:
        """Count a power that stayed the same for a time.

        Parameters
        ----------
        power_w : int
            Not negative: what a home gives to the grid is another register's. [W]
        duration_s : int
            Not negative: a clock that steps back takes no energy back. [s]
        """
        assert power_w >= 0
        assert duration_s >= 0
        if self.is_relay_on:
            self.energy_ws += power_w * duration_s
