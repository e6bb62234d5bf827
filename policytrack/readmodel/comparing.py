"""Comparing two read models, row for row."""

from __future__ import annotations

from pathlib import Path

import duckdb


def differing_tables(one: Path, other: Path) -> list[str]:
    """The names of the tables that are not in both, or whose rows differ as multisets."""
    with duckdb.connect() as connection:
        for name, path in (("one", one), ("other", other)):
            connection.execute(f"ATTACH {_quoted(str(path))} AS {name} (READ_ONLY)")
        tables = [_tables(connection, name) for name in ("one", "other")]
        both = tables[0] & tables[1]
        differing = tables[0] ^ tables[1]
        for table in sorted(both):
            for first, second in (("one", "other"), ("other", "one")):
                row = connection.execute(
                    f"SELECT count(*) FROM (FROM {first}.{table} EXCEPT ALL FROM {second}.{table})"  # noqa: S608 # our tables
                ).fetchone()
                if row and row[0]:
                    differing.add(table)
        return sorted(differing)


def _tables(connection: duckdb.DuckDBPyConnection, database: str) -> set[str]:
    rows = connection.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = $1", [database]).fetchall()
    return {row[0] for row in rows}


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
