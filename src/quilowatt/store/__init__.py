"""What is kept: readings (journal, Parquet, DuckDB), the ledger and its books (SQLite)."""

from quilowatt.store.edited import EditedReadings
from quilowatt.store.edits import Edit, EditBook, EditKind, EditRequest
from quilowatt.store.invoice_records import (
    BillingRun,
    ChainLink,
    InvoiceDraft,
    IssuedFilter,
    IssuedInvoice,
    IssuedLine,
    LastCycle,
    Opening,
    PastBill,
    RunChoice,
    RunFinding,
    RunStep,
    StoredDocument,
)
from quilowatt.store.invoices import InvoiceBook
from quilowatt.store.invoices_sql import SqlInvoices
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
    "AlertEpisode",
    "AlertFilter",
    "AlertRecord",
    "AuditEntry",
    "Balance",
    "BalanceFact",
    "BillingRun",
    "ChainLink",
    "Client",
    "ClientFilter",
    "Commit",
    "CustomerDetails",
    "DetailsChange",
    "DetailsFact",
    "DuckReadingStore",
    "Edit",
    "EditBook",
    "EditKind",
    "EditRequest",
    "EditedReadings",
    "Installation",
    "InvoiceBook",
    "InvoiceDraft",
    "IssuedFilter",
    "IssuedInvoice",
    "IssuedLine",
    "LastCycle",
    "Latest",
    "Ledger",
    "LedgerCounts",
    "LedgerDefaults",
    "MeterState",
    "Opening",
    "PastBill",
    "ReadingStore",
    "RegisteredMeter",
    "RegistrationRefusal",
    "RegistrationRequest",
    "RunChoice",
    "RunFinding",
    "RunStep",
    "SqlInvoices",
    "SqlLedger",
    "SqlTerms",
    "Statement",
    "StoreFigures",
    "StoredDocument",
    "Terms",
    "TermsBook",
    "TermsChange",
    "TermsFact",
    "TermsHistory",
    "fold_name",
    "seal",
]
