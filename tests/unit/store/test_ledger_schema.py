"""The migrations lead to the tables that the statements are written against."""

from __future__ import annotations

from importlib import resources

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import CheckConstraint, create_engine, inspect

from quilowatt.store.migrations import bring_up_to_date
from quilowatt.store.schema import metadata


@pytest.fixture
def connection():
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def test_migrations_make_the_schema(connection):
    bring_up_to_date(connection, "test")
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    assert compare_metadata(context, metadata) == []


def test_migrations_make_every_constraint(connection):
    bring_up_to_date(connection, "test")
    found = inspect(connection)
    for table in metadata.sorted_tables:
        checks = {check["name"] for check in found.get_check_constraints(table.name)}
        expected = {str(c.name) for c in table.constraints if isinstance(c, CheckConstraint)}
        assert checks == expected, table.name


def test_a_second_time_changes_nothing(connection):
    bring_up_to_date(connection, "test")
    before = connection.exec_driver_sql("SELECT sql FROM sqlite_master").all()
    bring_up_to_date(connection, "test")
    assert connection.exec_driver_sql("SELECT sql FROM sqlite_master").all() == before


def test_revisions_travel_with_the_package():
    versions = resources.files("quilowatt.store") / "migrations" / "versions"
    assert (versions / "r0001_ledger.py").is_file()
