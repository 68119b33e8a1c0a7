"""The command line at the meter: what a person types is done, and answered in their language.

`Console.answer` does one line and is all that tests need; `read_lines` brings lines from wherever
they come. No line, however odd, ends the meter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from quilowatt.meter.appliances import APPLIANCES
from quilowatt.meter.commands import (
    POWER_W_MAX,
    ChangePower,
    Command,
    FollowHousehold,
    HoldPower,
    ListAppliances,
    Nothing,
    NotUnderstood,
    Quit,
    ShowHelp,
    ShowStatus,
    Switch,
    SwitchAllOff,
    parse_command,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from quilowatt.core.words import Words
    from quilowatt.meter.live import LiveMeter, Moment
    from quilowatt.meter.load import PowerParts

__all__ = ["Console", "LinkStatus"]


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """How the meter stands with its head-end.

    Parameters
    ----------
    name : str
        The customer's name.
    uuid : str
        The meter's identity; empty before it has one.
    server : str
        Where the head-end is.
    is_connected : bool
        Whether it is logged in now.
    interval_s : int
        How often it reads. [s]
    pending : int
        Readings without an answer.
    """

    name: str
    uuid: str
    server: str
    is_connected: bool
    interval_s: int
    pending: int


class Console:
    """Does what a person types.

    Parameters
    ----------
    meter : LiveMeter
        What the commands change.
    words : Words
        The table `PHRASES` in the person's language.
    link_status : callable
        Asked when the person wants to know.
    """

    def __init__(
        self, meter: LiveMeter, words: Words, link_status: Callable[[], LinkStatus]
    ) -> None:
        self._meter, self._words, self._link_status = meter, words, link_status

    def answer(self, text: str) -> str | None:
        """Do one line; return what to say, which may be nothing (""), or None to end."""
        command = parse_command(text)
        return None if isinstance(command, Quit) else self._done(command)

    def _done(self, command: Command) -> str:  # noqa: C901, PLR0911 - one case a command
        match command:
            case ChangePower(delta_w):
                return self._changed(delta_w)
            case HoldPower(power_w):
                return self._says("held", self._meter.hold(power_w))
            case FollowHousehold():
                return self._says("released", self._meter.release())
            case Switch():
                return self._switched(command)
            case SwitchAllOff():
                count, moment = self._meter.switch_all_off()
                return self._says("all_off" if count else "none_on", moment)
            case ListAppliances():
                return self._appliances()
            case ShowStatus():
                return self._status()
            case ShowHelp():
                return self._words("help")
            case NotUnderstood(problem, typed, guess):
                limit = self._words.power_w(POWER_W_MAX)
                return self._words(problem, text=typed, guess=guess, limit=limit)
            case Nothing() | Quit():
                return ""

    def _says(self, key: str, moment: Moment, **fields: object) -> str:
        """Answer with the power that the load asks for, and a reminder while none flows."""
        power = self._words.power_w(moment.parts.total_w)
        said = self._words(key, power=power, **fields)
        return said if moment.is_relay_on else f"{said}\n{self._words('relay_is_off')}"

    def _changed(self, delta_w: int) -> str:
        went_all_the_way, moment = self._meter.change(delta_w)
        if went_all_the_way:
            return self._says("power", moment)
        limit = self._words.power_w(POWER_W_MAX)
        return self._says("at_zero" if delta_w < 0 else "at_most", moment, limit=limit)

    def _switched(self, command: Switch) -> str:
        is_new, moment = self._meter.switch(command.appliance, is_on=command.is_on)
        state = "on" if command.is_on else "off"
        name = command.appliance.name(self._words.language)
        if not is_new:
            return self._words(f"{state}_already", name=name)
        watts = self._words.power_w(command.appliance.power_w)
        return self._says(f"switched_{state}", moment, name=name, watts=watts)

    def _appliances(self) -> str:
        on = self._meter.moment().parts.appliances
        lines = [
            f"  {'●' if appliance in on else '○'} {appliance.name(self._words.language):<18}"
            f"{self._words.power_w(appliance.power_w):>8}"
            for appliance in APPLIANCES
        ]
        return "\n".join([self._words("appliances"), *lines])

    def _status(self) -> str:
        words, moment, link = self._words, self._meter.moment(), self._link_status()
        lines = [
            words("status" if link.uuid else "status_new", name=link.name, uuid=link.uuid),
            words(
                "status_power",
                power=words.power_w(moment.power_w),
                parts=self._parts(moment.parts),
            ),
            words("status_register", energy=words.energy_kwh(moment.energy_wh)),
            words(
                "status_link",
                link=words("link_up" if link.is_connected else "link_down", server=link.server),
            ),
            words("status_readings", interval=link.interval_s, pending=link.pending),
        ]
        return "\n".join(lines if moment.is_relay_on else [*lines, words("relay_is_off")])

    def _parts(self, parts: PowerParts) -> str:
        words = self._words
        said = [
            words("part_household", power=words.power_w(parts.household_w))
            if parts.held_w is None
            else words("part_held", power=words.power_w(parts.held_w))
        ]
        if parts.by_hand_w:
            sign = "+" if parts.by_hand_w > 0 else "−"
            power = sign + words.power_w(abs(parts.by_hand_w))
            said.append(words("part_by_hand", power=power))
        said += [
            f"{appliance.name(words.language)} {words.power_w(appliance.power_w)}"
            for appliance in parts.appliances
        ]
        return " + ".join(said[:1]) + "".join(f", {part}" for part in said[1:])
