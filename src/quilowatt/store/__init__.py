"""What is kept: readings (journal, Parquet, DuckDB) and the ledger (SQLite)."""

from quilowatt.store.alert_handling import (
    AlertAction,
    AlertHandling,
    Handling,
    Mute,
    MuteRequest,
)
from quilowatt.store.budgets import Budget, BudgetBook, BudgetMeasure
from quilowatt.store.channels import (
    Channel,
    ChannelBook,
    ChannelRequest,
    ChannelTerms,
    Severity,
)
from quilowatt.store.edited import EditedReadings
from quilowatt.store.edits import Edit, EditBook, EditKind, EditRequest
from quilowatt.store.forecasts import CycleOutcome, ForecastBook, KeptForecast
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
from quilowatt.store.notices import (
    Attempt,
    Notice,
    NoticeBook,
    NoticePhase,
    NoticePlan,
    NoticeState,
)
from quilowatt.store.readings import Commit, Latest, ReadingStore, StoreFigures
from quilowatt.store.readings_duckdb import DuckReadingStore
from quilowatt.store.sealing import seal
from quilowatt.store.terms import (
    Balance,
    BalanceFact,
    CustomerDetails,
    DetailsChange,
    DetailsFact,
    Statement,
    Terms,
    TermsBook,
    TermsChange,
    TermsFact,
    TermsHistory,
)
from quilowatt.store.terms_sql import SqlTerms

__all__ = [
    "AlertAction",
    "AlertEpisode",
    "AlertFilter",
    "AlertHandling",
    "AlertRecord",
    "Attempt",
    "AuditEntry",
    "Balance",
    "BalanceFact",
    "Budget",
    "BudgetBook",
    "BudgetMeasure",
    "Channel",
    "ChannelBook",
    "ChannelRequest",
    "ChannelTerms",
    "Client",
    "ClientFilter",
    "Commit",
    "CustomerDetails",
    "CycleOutcome",
    "DetailsChange",
    "DetailsFact",
    "DuckReadingStore",
    "Edit",
    "EditBook",
    "EditKind",
    "EditRequest",
    "EditedReadings",
    "ForecastBook",
    "Handling",
    "Installation",
    "KeptForecast",
    "Latest",
    "Ledger",
    "LedgerCounts",
    "LedgerDefaults",
    "MeterState",
    "Mute",
    "MuteRequest",
    "Notice",
    "NoticeBook",
    "NoticePhase",
    "NoticePlan",
    "NoticeState",
    "ReadingStore",
    "RegisteredMeter",
    "RegistrationRefusal",
    "RegistrationRequest",
    "Severity",
    "SqlLedger",
    "SqlTerms",
    "Statement",
    "StoreFigures",
    "Terms",
    "TermsBook",
    "TermsChange",
    "TermsFact",
    "TermsHistory",
    "fold_name",
    "seal",
]
