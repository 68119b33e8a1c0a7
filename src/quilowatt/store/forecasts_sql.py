"""`ForecastBook` by SQL statements, in the ledger's database."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, exists, insert, select

from quilowatt.store.forecasts import CycleOutcome, ForecastBook, KeptForecast
from quilowatt.store.ledger_steps import chunks
from quilowatt.store.schema_forecasts import cycle_outcomes, forecasts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement, Connection

    from quilowatt.store.ledger_access import LedgerAccess

__all__ = ["SqlForecasts"]

MONEY: Final = ("expected", "low", "high")


class SqlForecasts(ForecastBook):
    """Forecasts in a ledger.

    Parameters
    ----------
    access : LedgerAccess
        Transactions on its database.
    """

    def __init__(self, access: LedgerAccess) -> None:
        self._access = access

    def note(self, made: Sequence[KeptForecast]) -> int:
        """Keep forecasts; see `ForecastBook.note`."""
        days: dict[str, list[KeptForecast]] = {}
        for each in made:
            days.setdefault(each.day, []).append(each)
        fresh: list[KeptForecast] = []
        with self._access.writing() as (connection, _):
            for day, of_day in days.items():
                known = _noted(
                    connection, (each.usage_point_id for each in of_day), forecasts.c.day == day
                )
                fresh += [each for each in of_day if each.usage_point_id not in known]
            if fresh:
                connection.execute(insert(forecasts), [_row(each) for each in fresh])
        return len(fresh)

    def noted_since(self, usage_point_ids: Iterable[int], day: str) -> set[int]:
        """Name usage points; see `ForecastBook.noted_since`."""
        with self._access.reading() as connection:
            return _noted(connection, usage_point_ids, forecasts.c.day >= day)

    def unsettled(self, *, ended_s: tuple[int, int], limit: int) -> list[tuple[int, str, int]]:
        """List cycles to settle; see `ForecastBook.unsettled`."""
        after_s, until_s = ended_s
        is_settled = exists().where(
            cycle_outcomes.c.usage_point_id == forecasts.c.usage_point_id,
            cycle_outcomes.c.cycle_start_s == forecasts.c.cycle_start_s,
        )
        asked = (
            select(forecasts.c.usage_point_id, forecasts.c.month, forecasts.c.cycle_start_s)
            .where(
                forecasts.c.cycle_end_s > after_s, forecasts.c.cycle_end_s <= until_s, ~is_settled
            )
            .distinct()
            .order_by(forecasts.c.cycle_start_s, forecasts.c.usage_point_id)
            .limit(limit)
        )
        with self._access.reading() as connection:
            return [(row[0], row[1], row[2]) for row in connection.execute(asked)]

    def settle(self, outcomes: Sequence[CycleOutcome]) -> None:
        """Keep outcomes; see `ForecastBook.settle`."""
        with self._access.writing() as (connection, _):
            for each in outcomes:
                is_it = and_(
                    cycle_outcomes.c.usage_point_id == each.usage_point_id,
                    cycle_outcomes.c.cycle_start_s == each.cycle_start_s,
                )
                if connection.execute(select(cycle_outcomes.c.at_s).where(is_it)).first() is None:
                    row = asdict(each)
                    row["total"] = None if each.total is None else str(each.total)
                    connection.execute(insert(cycle_outcomes), [row])

    def of(self, usage_point_id: int) -> list[tuple[KeptForecast, CycleOutcome | None]]:
        """List forecasts; see `ForecastBook.of`."""
        said = select(forecasts).where(forecasts.c.usage_point_id == usage_point_id)
        came = select(cycle_outcomes).where(cycle_outcomes.c.usage_point_id == usage_point_id)
        with self._access.reading() as connection:
            rows = connection.execute(said.order_by(forecasts.c.day)).mappings()
            kept = [_kept(dict(row)) for row in rows]
            outcomes = {
                row.cycle_start_s: CycleOutcome(
                    row.usage_point_id,
                    row.cycle_start_s,
                    row.energy_wh,
                    None if row.total is None else Decimal(row.total),
                    row.at_s,
                )
                for row in connection.execute(came)
            }
        return [(each, outcomes.get(each.cycle_start_s)) for each in kept]


def _noted(
    connection: Connection, usage_point_ids: Iterable[int], is_meant: ColumnElement[bool]
) -> set[int]:
    noted: set[int] = set()
    for some in chunks(int(key) for key in usage_point_ids):
        asked = select(forecasts.c.usage_point_id).where(
            is_meant, forecasts.c.usage_point_id.in_(some)
        )
        noted.update(connection.execute(asked).scalars())
    return noted


def _row(each: KeptForecast) -> dict[str, Any]:
    row = asdict(each)
    return row | {name: None if row[name] is None else str(row[name]) for name in MONEY}


def _kept(row: dict[str, Any]) -> KeptForecast:
    money = {name: None if row[name] is None else Decimal(row[name]) for name in MONEY}
    return KeptForecast(**row | money)
