"""What is kept: readings (journal, Parquet, DuckDB) and the ledger (SQLite)."""

from quilowatt.store.ledger import Ledger
from quilowatt.store.ledger_records import (
    AlertEpisode,
    AlertFilter,
    AlertRecord,
    AuditEntry,
    Client,
    ClientFilter,
    Installation,
    LedgerCounts,
    LedgerDefaults,
    MeterState,
    RegisteredMeter,
    RegistrationRefusal,
    RegistrationRequest,
)
from quilowatt.store.ledger_sql import SqlLedger
from quilowatt.store.names import fold_name

__all__ = [
    "AlertEpisode",
    "AlertFilter",
    "AlertRecord",
    "AuditEntry",
    "Client",
    "ClientFilter",
    "Installation",
    "Ledger",
    "LedgerCounts",
    "LedgerDefaults",
    "MeterState",
    "RegisteredMeter",
    "RegistrationRefusal",
    "RegistrationRequest",
    "SqlLedger",
    "fold_name",
]
