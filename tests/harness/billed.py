"""A small town that is billed: a real ledger and a real store, and a clock that a test sets."""

import json
from datetime import datetime
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np

from quilowatt.billing import TariffBook
from quilowatt.billing.invoice import Issuer
from quilowatt.billing.invoice_record import invoice_from_record
from quilowatt.core import ReadingBatch
from quilowatt.jobs.billing_run import RunParts, begin_run, carry_on, rehearse
from quilowatt.jobs.issuer_file import IssuerTerms
from quilowatt.jobs.tariff_files import read_source
from quilowatt.store import (
    DuckReadingStore,
    EditedReadings,
    IssuedFilter,
    LedgerDefaults,
    RegistrationRequest,
    RunChoice,
    SqlLedger,
)

TARIFFS = Path(__file__).parents[2] / "tariffs" / "examples"
QUARTER_S = 900
ISSUER = IssuerTerms(Issuer("Condomínio Jardim", "00.000.000/0001-00"))

TABLES = (
    "documents",
    "invoice_series",
    "invoices",
    "invoice_documents",
    "invoice_lines",
    "invoice_balances",
    "invoice_links",
)


def at(text, zone="UTC"):
    """Seconds of a local time."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


def tariffs():
    """The tariffs of the examples, with their documents."""
    sources = [read_source(path) for path in sorted(TARIFFS.glob("*.toml"))]
    return TariffBook.load([(each.name, each.text, each.included) for each in sources])


class Town:
    """Usage points, their readings, and their bills; a context manager."""

    def __init__(
        self, directory, tariff="examples/time-of-use", now="2026-11-03T08:00:00", book=None
    ):
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self.now_s = at(now)
        self.ledger = SqlLedger.open(directory / "ledger.sqlite", LedgerDefaults("UTC", tariff))
        self.store = DuckReadingStore(directory / "readings")
        self.readings = EditedReadings(self.store)
        self.tariffs = book or tariffs()
        self.events = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.store.close()
        self.ledger.close()

    def home(self, number, **changes):
        """Register a meter at a usage point of its own; give its dense number."""
        request = {
            "uuid": UUID(f"00000000-0000-4000-8000-{number:012}"),
            "name": f"Home {number}",
            "serial": f"SN-{number}",
            "model": "sim",
            "phases": 1,
            "interval_s": QUARTER_S,
            "digits": 0,
            "usage_point": None,
            "extra": {},
            "at_s": at("2026-08-01T00:00:00"),
            **changes,
        }
        (meter,) = self.ledger.register_meters([RegistrationRequest(**request)])
        return meter.number

    def read(self, meter, times_s, import_wh, export_wh=None, at_s=None):
        """Let a meter's readings arrive."""
        times_s = np.asarray(times_s, np.int64)
        export_wh = np.zeros_like(times_s) if export_wh is None else export_wh
        batch = ReadingBatch(
            np.full(times_s.size, meter, np.int32),
            times_s,
            np.asarray(import_wh, np.int64),
            np.asarray(export_wh, np.int64),
        )
        self.store.append(batch, now_s=self.now_s - 3600 if at_s is None else at_s)

    def steady(self, meter, start, end, step_wh=100, export_step_wh=0, first_wh=1000):
        """Let a meter read every quarter of an hour, both ends included."""
        times_s = np.arange(at(start), at(end) + 1, QUARTER_S)
        steps = np.arange(times_s.size)
        self.read(meter, times_s, first_wh + step_wh * steps, export_step_wh * steps)

    def parts(self, **changes):
        return RunParts(
            **{
                "ledger": self.ledger,
                "readings": self.readings,
                "tariffs": self.tariffs,
                "issuer": ISSUER,
                "clock": lambda: float(self.now_s),
                **changes,
            }
        )

    def run(self, month="2026-10", choice=RunChoice(), **changes):  # noqa: B008
        parts = self.parts(**changes)
        return carry_on(parts, begin_run(parts, month, choice))

    def rehearse(self, month="2026-10", choice=RunChoice()):  # noqa: B008
        return rehearse(self.parts(), month, choice)

    def issued(self, **which):
        """Issued invoices as the ledger has them, in the order of their numbers."""
        found = self.ledger.invoices.invoices(IssuedFilter(**which), limit=100_000)
        return sorted(found, key=lambda invoice: invoice.id)

    def said(self, invoice):
        """What an issued invoice says."""
        body = self.ledger.invoices.documents_of([invoice.id])[invoice.id]
        return invoice_from_record(json.loads(body))

    def rows(self, *tables):
        """Every row of some tables."""
        with self.ledger.access.reading() as connection:
            return {
                table: sorted(map(tuple, connection.exec_driver_sql(f"SELECT * FROM {table}")))
                for table in tables or TABLES
            }
