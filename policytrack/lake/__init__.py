"""Writes a ledger's tables as Parquet files that any engine reads."""
