"""What is kept: readings (journal, Parquet, DuckDB) and the ledger (SQLite)."""

from quilowatt.store.ledger import (
    AlertEpisode,
    AlertFilter,
    AlertRecord,
    AuditEntry,
    Client,
    ClientFilter,
    Installation,
    Ledger,
    LedgerCounts,
    LedgerDefaults,
    MeterState,
    RegisteredMeter,
    RegistrationRefusal,
    RegistrationRequest,
    fold_name,
)

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
    "fold_name",
]
