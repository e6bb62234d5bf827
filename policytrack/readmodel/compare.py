"""Comparing two read models: every table, row for row, and what is made over them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import duckdb

from policytrack.errors import IntegrityTrouble
from policytrack.readmodel.statements import hide_progress, quoted

_TABLES: Final = "SELECT table_name FROM duckdb_tables() WHERE database_name = $name AND NOT temporary"
_VIEWS: Final = """
SELECT view_name, sql FROM duckdb_views() WHERE database_name = $name AND NOT internal
UNION ALL
SELECT function_name, macro_definition FROM duckdb_functions() WHERE database_name = $name AND NOT internal
"""
_UNLIKE: Final = frozenset({"meta"})
"""Says when a file was built; the position and digest in it are compared by whoever chose the files."""


_EXCLUDED: Final = re.compile(r"EXCLUDE \(([^()]*)\)")


def differing(one: Path, other: Path) -> list[str]:
    """The names of the tables, views and functions that are in one file only, or differ. Rows are compared exactly,
    as multisets. Raises `IntegrityTrouble` when a file cannot be read."""
    try:
        with duckdb.connect(":memory:") as connection:
            hide_progress(connection)
            for name, path in (("one", one), ("other", other)):
                connection.execute(f"ATTACH {quoted(str(path))} AS {name} (READ_ONLY)").fetchall()
            return sorted(_tables(connection) | _definitions(connection))
    except duckdb.Error as cause:
        raise IntegrityTrouble(
            f"the read models cannot be compared: {str(cause).splitlines()[0]}",
            hint="`policytrack rebuild` builds the read model again from the events",
        ) from cause


def _tables(connection: duckdb.DuckDBPyConnection) -> set[str]:
    first, second = (
        {str(row[0]) for row in connection.execute(_TABLES, {"name": name}).fetchall()} for name in ("one", "other")
    )
    unlike = first ^ second
    for table in first & second - _UNLIKE:
        one, other = f'one.main."{table}"', f'other.main."{table}"'
        shapes = [connection.execute(f"DESCRIBE {name}").fetchall() for name in (one, other)]
        if shapes[0] != shapes[1] or not _has_same_rows(connection, one, other):
            unlike.add(table)
    return unlike


def _has_same_rows(connection: duckdb.DuckDBPyConnection, one: str, other: str) -> bool:
    """Compare two tables of the same columns as multisets of rows; the names are those of our own tables."""
    counting = f"SELECT (SELECT count(*) FROM {one}), (SELECT count(*) FROM {other})"  # noqa: S608
    count, other_count = connection.execute(counting).fetchall()[0]
    if count != other_count or not count:  # nearly half of the tables of a small ledger are empty
        return bool(count == other_count)
    # Of two tables of one length, neither has a row more than the other if one has none that the other lacks.
    lacking = f"SELECT EXISTS (FROM {one} EXCEPT ALL FROM {other})"  # noqa: S608
    return not connection.execute(lacking).fetchall()[0][0]


def _definitions(connection: duckdb.DuckDBPyConnection) -> set[str]:
    first, second = (
        {(str(row[0]), _in_order(str(row[1]))) for row in connection.execute(_VIEWS, {"name": name}).fetchall()}
        for name in ("one", "other")
    )
    return {name for name, _ in first ^ second}


def _in_order(definition: str) -> str:
    """A definition with the columns that it excludes in order: the engine keeps them in none, and writes them out
    otherwise whenever it has read them from a file."""
    return _EXCLUDED.sub(lambda found: f"EXCLUDE ({', '.join(sorted(found[1].split(', ')))})", definition)
