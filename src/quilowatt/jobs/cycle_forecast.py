"""Forecasts of running cycles: history fetched, energy expected, money by the customer's tariff.

The API asks for one usage point, the budget watch for those that have budgets, and the forecast job
for all. Each meter is forecast from its own last reading on, to the whole hour.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final

import numpy as np

from quilowatt.alert import Cycle, Forecast, forecast
from quilowatt.alert.history import days_of
from quilowatt.billing import Text
from quilowatt.core.calendar import Resolution, interval_edges_s
from quilowatt.errors import BillingError
from quilowatt.jobs.forecast import Coming, MoneyForecast, price_forecast, whole_cycle
from quilowatt.jobs.forecast_past import forecast_past

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from numpy.typing import NDArray

    from quilowatt.billing import Tariff, TariffBook, Usage
    from quilowatt.jobs.forecast_past import ForecastPast
    from quilowatt.jobs.running_cycle import CycleState, EnergySource
    from quilowatt.store import ReadingStore

__all__ = ["CycleForecast", "Forecaster"]

HOUR_S: Final = 3600


@dataclass(frozen=True, slots=True)
class CycleForecast:
    """What a running cycle is expected to come to.

    Parameters
    ----------
    cycle : CycleState
        Which.
    issued_s : int
        Until when the energy is known. [s since 1970-01-01 UTC]
    measured_wh : int
        Energy taken until then. [Wh]
    expected_wh, low_wh, high_wh : int
        Of the whole cycle, and the range in which four of five cycles end. [Wh]
    money : MoneyForecast or None
        The bill to expect; None where the tariff can't price it.
    note : Text or None
        Why there is no money.
    """

    cycle: CycleState
    issued_s: int
    measured_wh: int
    expected_wh: int
    low_wh: int
    high_wh: int
    money: MoneyForecast | None
    note: Text | None


class Forecaster:
    """Forecasts running cycles; from any thread.

    Parameters
    ----------
    readings : ReadingStore
        Says when meters were last heard.
    energies : callable
        Gives energy between edges.
    tariffs : TariffBook
        By code.
    """

    def __init__(self, readings: ReadingStore, energies: EnergySource, tariffs: TariffBook) -> None:
        self._readings = readings
        self._energies = energies
        self._tariffs = tariffs

    def forecasts(self, cycles: Sequence[CycleState], *, now_s: int) -> list[CycleForecast | None]:
        """Forecast cycles that run.

        Parameters
        ----------
        cycles : sequence of CycleState
            In any order.
        now_s : int
            The present. [s since 1970-01-01 UTC]

        Returns
        -------
        list of CycleForecast or None
            One for each, in their order; None where nothing was read in the cycle yet, or less
            than a quarter of a day is known of the meter at all.
        """
        meters = np.array([cycle.client.meter_number for cycle in cycles], np.int32)
        heard_s = np.minimum(self._readings.latest(meters).time_s, now_s)
        known_s = (heard_s // HOUR_S * HOUR_S).tolist()

        def likeness(row: int) -> tuple[str, str, int, int, int]:
            cycle = cycles[row]
            zone, code = cycle.client.timezone, cycle.client.tariff_code
            return zone, code, cycle.start_s, cycle.end_s, max(known_s[row], cycle.start_s)

        running = [r for r, cycle in enumerate(cycles) if heard_s[r] >= max(1, cycle.start_s)]
        found: list[CycleForecast | None] = [None] * len(cycles)
        for like, group in groupby(sorted(running, key=likeness), key=likeness):
            rows = list(group)
            if like[-1] < like[-2]:
                alike = self._alike([cycles[row] for row in rows], like[-1])
                for row, each in zip(rows, alike, strict=True):
                    found[row] = each
        return found

    def expected_at(
        self, cycles: list[CycleState], known_s: int
    ) -> tuple[Usage, NDArray[np.bool_]]:
        """Give cycles by the hour as an instant saw them: measured until then, expected after it.

        Parameters
        ----------
        cycles : list of CycleState
            They share zone, tariff and dates.
        known_s : int
            The instant, a whole hour in the cycle; nothing that was read later is looked at.
            [s since 1970-01-01 UTC]

        Returns
        -------
        Usage
            The whole cycle of each.
        ndarray of bool, shape (n,)
            False where less than a quarter of a day was known of the meter.
        """
        first = cycles[0]
        assert first.start_s <= known_s < first.end_s
        tariff, _ = self._tariff(first.client.tariff_code)
        hours_s = interval_edges_s(first.start_s, known_s, Resolution.HOUR, first.zone)
        inner_s = hours_s[(hours_s > first.start_s) & (hours_s < known_s)]
        past = forecast_past(self._energies, cycles, inner_s.tolist(), known_s)
        coming = _coming(cycles, tariff, past, known_s)
        given = coming.exported
        usage = whole_cycle(
            past.measured,
            coming.imported.edges_s,
            coming.imported.expected_wh,
            None if given is None else given.expected_wh,
        )
        return usage, coming.imported.is_known

    def _alike(self, cycles: list[CycleState], known_s: int) -> list[CycleForecast | None]:
        """Forecast cycles that share zone, tariff, dates and the instant until which all is known.

        A cycle whose energy can't be forecast gives None.
        """
        first = cycles[0]
        tariff, no_tariff = self._tariff(first.client.tariff_code)
        cuts_s = tariff.cuts_s(first.start_s, known_s, first.zone) if tariff else ()
        past = forecast_past(self._energies, cycles, cuts_s, known_s)
        coming = _coming(cycles, tariff, past, known_s)
        taken = coming.imported
        money, no_money = _money(tariff, past.measured, coming, cycles)
        note = no_tariff or no_money
        return [
            _found(each, taken, row, money[row], note) if taken.is_known[row] else None
            for row, each in enumerate(cycles)
        ]

    def _tariff(self, code: str) -> tuple[Tariff | None, Text | None]:
        try:
            return self._tariffs.find(code), None
        except BillingError as error:
            return None, Text(pt=error.pt, en=error.en)


def _coming(
    cycles: list[CycleState], tariff: Tariff | None, past: ForecastPast, known_s: int
) -> Coming:
    first = cycles[0]
    days = days_of(int(past.taken.day_edges_s[0]), first.end_s, first.zone)
    cycle = Cycle(known_s, first.end_s, first.zone, _holidays(tariff, days))
    taken_wh, given_wh = _totals(past.measured, len(cycles))
    given = None if past.given is None else forecast(past.given, given_wh, cycle)
    return Coming(forecast(past.taken, taken_wh, cycle), given)


def _holidays(tariff: Tariff | None, days: Sequence[date]) -> set[date]:
    """Take the holidays that the tariff knows: nothing else here knows a country."""
    if tariff is None:
        return set()
    rules = {holiday for each in tariff.schedules.values() for holiday in each.holidays}
    return {day for day in days if any(holiday.falls_on(day) for holiday in rules)}


def _totals(measured: Usage | None, count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    if measured is None:
        return np.zeros(count, np.int64), np.zeros(count, np.int64)
    return measured.import_wh.sum(axis=1), measured.export_wh.sum(axis=1)


def _money(
    tariff: Tariff | None, measured: Usage | None, coming: Coming, cycles: list[CycleState]
) -> tuple[list[MoneyForecast | None], Text | None]:
    nothing: list[MoneyForecast | None] = [None] * len(cycles)
    if tariff is None:
        return nothing, None
    points = [cycle.point for cycle in cycles]
    try:
        return list(price_forecast(tariff, measured, coming, cycles[0].zone, points)), None
    except BillingError as error:
        return nothing, Text(pt=error.pt, en=error.en)


def _found(
    cycle: CycleState, taken: Forecast, row: int, money: MoneyForecast | None, note: Text | None
) -> CycleForecast:
    return CycleForecast(
        cycle=cycle,
        issued_s=int(taken.edges_s[0]),
        measured_wh=int(taken.measured_wh[row]),
        expected_wh=int(taken.total_wh[row]),
        low_wh=int(taken.low_wh[row]),
        high_wh=int(taken.high_wh[row]),
        money=money,
        note=note,
    )
