"""The tables of forecasts: what was said of each cycle day by day, and what it came to."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table

from quilowatt.store.schema import metadata

__all__ = ["cycle_outcomes", "forecasts"]

forecasts = Table(
    "forecasts",
    metadata,
    Column("usage_point_id", ForeignKey("usage_points.id"), primary_key=True, autoincrement=False),
    Column("day", String(10), primary_key=True),
    Column("meter_number", ForeignKey("meters.number"), nullable=False),
    Column("month", String(7), nullable=False),
    Column("cycle_start_s", BigInteger, nullable=False),
    Column("cycle_end_s", BigInteger, nullable=False),
    Column("issued_s", BigInteger, nullable=False),
    Column("expected_wh", BigInteger, nullable=False),
    Column("low_wh", BigInteger, nullable=False),
    Column("high_wh", BigInteger, nullable=False),
    Column("expected", String(40)),
    Column("low", String(40)),
    Column("high", String(40)),
    Column("currency", String(3)),
    Index("ix_forecasts_cycle", "cycle_end_s", "usage_point_id"),
)

cycle_outcomes = Table(
    "cycle_outcomes",
    metadata,
    Column("usage_point_id", ForeignKey("usage_points.id"), primary_key=True, autoincrement=False),
    Column("cycle_start_s", BigInteger, primary_key=True, autoincrement=False),
    Column("energy_wh", BigInteger, nullable=False),
    Column("total", String(40)),
    Column("at_s", BigInteger, nullable=False),
)
