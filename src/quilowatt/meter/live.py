"""A meter at work: its load integrated by its register as time goes on.

The console changes it from one thread while the sender reads it from another; every method takes
the lock, first counts what was consumed until now, and then does its own. The clock is passed in.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from quilowatt.meter.appliances import Appliance
    from quilowatt.meter.load import Load, PowerParts
    from quilowatt.meter.register import Register

__all__ = ["LiveMeter", "Moment"]

GAP_S_MAX: Final = 3600
"""Longer without a count, the clock was set or the machine slept: that is no consumption. [s]"""


@dataclass(frozen=True, slots=True)
class Moment:
    """A live meter at one instant.

    Parameters
    ----------
    time_s : int
        The instant. [s since 1970-01-01 UTC]
    energy_wh : int
        What the register shows. [Wh]
    energy_ws : int
        The register's whole state. [W·s]
    is_relay_on : bool
        Whether the load is connected.
    parts : PowerParts
        What draws power; nothing of it flows while the relay is off.
    """

    time_s: int
    energy_wh: int
    energy_ws: int
    is_relay_on: bool
    parts: PowerParts

    @property
    def power_w(self) -> int:
        """What flows [W]."""
        return self.parts.total_w if self.is_relay_on else 0


class LiveMeter:
    """Load, register and clock in one, safe to use from several threads.

    Parameters
    ----------
    load : Load
        What draws power.
    register : Register
        What counts it.
    now_s : callable
        The wall clock. [s since 1970-01-01 UTC]
    """

    def __init__(self, load: Load, register: Register, now_s: Callable[[], float]) -> None:
        self._load, self._register, self._now_s = load, register, now_s
        self._lock = threading.Lock()
        self._counted_until_s = int(now_s())

    def moment(self) -> Moment:
        """Tell how things stand now."""
        with self._lock:
            return self._moment()

    def change(self, delta_w: int) -> tuple[bool, Moment]:
        """Raise or lower the power by hand [W]; False when it stopped at a bound."""
        with self._lock:
            went_all_the_way = self._load.change(delta_w, self._count())
            return went_all_the_way, self._moment()

    def hold(self, power_w: int) -> Moment:
        """Hold the total at a power [W]."""
        with self._lock:
            self._count()
            self._load.hold(power_w)
            return self._moment()

    def release(self) -> Moment:
        """Let the household alone decide again."""
        with self._lock:
            self._count()
            self._load.release()
            return self._moment()

    def switch(self, appliance: Appliance, *, is_on: bool) -> tuple[bool, Moment]:
        """Switch an appliance; False when it was so already."""
        with self._lock:
            self._count()
            is_new = self._load.switch(appliance, is_on=is_on)
            return is_new, self._moment()

    def switch_all_off(self) -> tuple[int, Moment]:
        """Switch all appliances off; how many were on."""
        with self._lock:
            self._count()
            count = self._load.switch_all_off()
            return count, self._moment()

    def set_relay(self, *, is_on: bool) -> bool:
        """Connect or disconnect the load; False when it was so already."""
        with self._lock:
            self._count()
            is_new = self._register.is_relay_on is not is_on
            self._register.is_relay_on = is_on
            return is_new

    def _moment(self) -> Moment:
        time_s, register = self._count(), self._register
        return Moment(
            time_s,
            register.energy_wh,
            register.energy_ws,
            register.is_relay_on,
            self._load.parts(time_s),
        )

    def _count(self) -> int:
        """Add up, second by second, what was consumed since the last count; return now."""
        now_s = int(self._now_s())
        if 0 < now_s - self._counted_until_s <= GAP_S_MAX:
            for second in range(self._counted_until_s, now_s):
                self._register.add(self._load.power_w(second), 1)
        self._counted_until_s = now_s
        return now_s
