"""What is kept: readings (journal, Parquet, DuckDB) and the ledger (SQLite)."""
