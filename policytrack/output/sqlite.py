"""Writes tables as a SQLite database, for Datasette and whatever else reads one.

SQLite has no decimals: a figure is a number if it has at most 15 digits, which SQLite stores exactly, and text
otherwise. Days and instants are ISO text, true and false are 1 and 0, lists are JSON.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from policytrack.output.values import is_stored_exactly, plain, values_of

if TYPE_CHECKING:
    import pyarrow as pa

_LARGEST: Final = 1 << 63
MEANINGS: Final = "column_meaning"
COORDINATES: Final = "coordinate"


@dataclass(frozen=True, slots=True)
class DatabaseTable:
    """A table to write: its name, its columns with their meanings, and its rows in batches."""

    name: str
    columns: tuple[tuple[str, str], ...]
    batches: Iterable[pa.RecordBatch]


def write_database(path: Path, tables: Iterable[DatabaseTable], coordinates: Iterable[tuple[str, str]]) -> int:
    """Write tables into an empty file as a database, and return their number.

    The table `column_meaning` says what each column is, `coordinate` has the names and values of `coordinates`. Raises
    `sqlite3.Error` if writing fails.
    """
    count = 0
    meanings: list[tuple[str, ...]] = []
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        # The file gets its name when it is complete, so it needs no journal.
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("PRAGMA synchronous = OFF")
        database.execute("BEGIN")
        for table in tables:
            names = [name for name, _ in table.columns]
            _create(database, table.name, names, _rows(table.batches))
            meanings += [(table.name, name, meaning) for name, meaning in table.columns]
            count += 1
        _create(database, MEANINGS, ("view", "column", "meaning"), meanings)
        _create(database, COORDINATES, ("name", "value"), coordinates)
        database.execute("COMMIT")
    return count


def _create(database: sqlite3.Connection, name: str, columns: Iterable[str], rows: Iterable[tuple[Any, ...]]) -> None:
    # Without types: a column of numbers would turn the text of a long figure into a number, and lose its last digits.
    columns = list(columns)
    listed, places = ", ".join(map(_identifier, columns)), ", ".join("?" * len(columns))
    database.execute(f"CREATE TABLE {_identifier(name)} ({listed})")
    database.executemany(f"INSERT INTO {_identifier(name)} VALUES ({places})", rows)  # noqa: S608 # values are bound


def _rows(batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[Any, ...]]:
    for batch in batches:
        columns = [[stored(value) for value in values_of(column)] for column in batch.columns]
        yield from zip(*columns, strict=True)


def stored(value: Any) -> int | float | str | None:
    """Return a value as SQLite stores it."""
    if value is None:
        return None
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int) and abs(value) < _LARGEST:
        return value
    if isinstance(value, float):
        return value
    if isinstance(value, Decimal) and value.is_finite() and value == value.to_integral_value():
        return int(value) if abs(value) < _LARGEST else plain(value)
    if isinstance(value, Decimal) and is_stored_exactly(value):
        return float(value)
    return plain(value)


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
