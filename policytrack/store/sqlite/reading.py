"""Reads an event store without writing to it: pages of events as Arrow tables, the head, and transactions."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from policytrack.errors import IntegrityTrouble
from policytrack.store.anchor import Head, head_file_beside
from policytrack.store.arrow import arrow_schema, record_batch
from policytrack.store.clock import microseconds_of
from policytrack.store.digest import FIRST_DIGEST, Stored, check_chain
from policytrack.store.sqlite.connections import Connections
from policytrack.store.sqlite.errors import storage_errors
from policytrack.store.sqlite.heads import check_head, head_of, stored_digest, stored_head
from policytrack.store.transactions import Transaction, last_position_at, transaction_around

if TYPE_CHECKING:
    import pyarrow as pa

_PAGE: Final = (
    "SELECT position, type, data, tags, recorded_at, digest FROM dcb_events "
    "WHERE position > ? AND position <= ? ORDER BY position"
)
_DIGESTS: Final = "SELECT digest FROM dcb_events WHERE position <= ? ORDER BY position"
_RECORDED_AT: Final = "SELECT recorded_at FROM dcb_events WHERE position = ?"
_AT: Final = (
    "SELECT position, type, data, tags, recorded_at, digest,"
    " (SELECT p.digest FROM dcb_events AS p WHERE p.position = e.position - 1)"
    " FROM dcb_events AS e WHERE position IN ({}) ORDER BY position"
)
_MOST_PARAMETERS: Final = 999
"""The number of parameters in one statement that every build of SQLite accepts."""
_ROWS_AT_A_TIME: Final = 2048
"""The number of rows converted from SQLite to Arrow at a time. They fit into the processor's cache, which is twice as
fast as converting a page at once (measured). It is also DuckDB's vector size."""


def arrow_batches(
    path: Path, after: int, size: int, upto: int | None = None, *, first: int | None = None
) -> Iterator[pa.Table]:
    """Yield the events after `after` up to `upto` (None: the head at the time of the call), in batches of `size`.

    With `first`, the first batch has that many events, and each further batch twice as many as the one before. The
    columns are those of `arrow_schema`. Each batch is its own read transaction, so that a slow reader does not block
    checkpoints of the write-ahead log. Raises `IntegrityTrouble` when positions are missing, an event does not match
    its digest, text is not UTF-8, or acknowledged events are lost.
    """
    with _reader(path) as connection:
        head, _, _ = stored_head(connection)
        last = head if upto is None else min(upto, head)
        connection.text_factory = bytes
        step = min(first or size, size)
        while after < last:
            end = min(after + step, last)
            yield _page(connection, path, after, end)
            after, step = end, min(2 * step, size)


def arrow_rows(path: Path, positions: Sequence[int]) -> pa.Table:
    """Return the events at some positions, in order, with the columns of `arrow_schema`.

    Positions beyond the head are left out. Raises what `arrow_batches` raises.
    """
    import pyarrow as pa

    schema, batches = arrow_schema(), []
    wanted = sorted(set(positions))
    with _reader(path) as connection:
        connection.text_factory = bytes
        for start in range(0, len(wanted), _MOST_PARAMETERS):
            some = wanted[start : start + _MOST_PARAMETERS]
            rows = connection.execute(_AT.format(", ".join("?" * len(some))), some).fetchall()
            for *stored, before in rows:
                check_chain(FIRST_DIGEST if stored[0] == 1 else before or b"", [tuple(stored)], path)
            if rows:
                batches.append(record_batch(path, [row[:6] for row in rows], schema))
    return pa.Table.from_batches(batches, schema)


def head(path: Path) -> Head:
    """Return the head of an event store. Raises what opening it raises, and `IntegrityTrouble` when events are lost."""
    with _reader(path) as connection:
        return head_of(connection)


def digest_at(path: Path, position: int) -> str | None:
    """Return the digest in hex at a position; position 0 is the start of the chain. None beyond the head."""
    with _reader(path) as connection:
        digest = stored_digest(connection, position)
    return None if digest is None else digest.hex()


def digests(path: Path, upto: int) -> Iterator[bytes]:
    """Yield the digests of the events up to a position, in order. Raises what `arrow_batches` raises."""
    with _reader(path) as connection:
        for (digest,) in connection.execute(_DIGESTS, (upto,)):
            yield digest


def position_at(path: Path, instant: datetime) -> int:
    """Return the last position recorded at or before an instant (UTC if it has no zone); 0 when there is none."""
    with _reader(path) as connection:
        top, _, _ = stored_head(connection)
        return last_position_at(microseconds_of(instant), top, partial(_recorded_at, connection))


def transaction_of(path: Path, position: int) -> Transaction | None:
    """Return the transaction that recorded the event at a position; None when the position does not exist."""
    with _reader(path) as connection:
        if _recorded_at(connection, position) is None:
            return None
        top, _, _ = stored_head(connection)
        return transaction_around(position, top, partial(_recorded_at, connection))


def _recorded_at(connection: sqlite3.Connection, position: int) -> Any:
    row = connection.execute(_RECORDED_AT, (position,)).fetchone()
    return None if row is None else row[0]


@contextmanager
def _reader(path: Path) -> Iterator[sqlite3.Connection]:
    connections = Connections.to(path)
    try:
        with connections.reader() as connection, storage_errors(path, "reading the event store"):
            check_head(connection, path, head_file_beside(path))
            yield connection
    finally:
        connections.close()


def checked_pages(path: Path, after: int, upto: int) -> Iterator[list[Stored]]:
    """Yield the stored rows after a position up to another, in pages, each event checked against its digest.

    Raises what `arrow_batches` raises.
    """
    with _reader(path) as connection:
        connection.text_factory = bytes
        yield from _checked(connection, path, after, upto)


def _checked(connection: sqlite3.Connection, path: Path, after: int, end: int) -> Iterator[list[Stored]]:
    """Yield pages of the events after a position up to another; raise `IntegrityTrouble` if one is missing."""
    reached, digest = after, stored_digest(connection, after)
    cursor = connection.execute(_PAGE, (after, end))
    while rows := cursor.fetchmany(_ROWS_AT_A_TIME):
        # Positions are unique and sorted, so the last position shows whether any is missing.
        if digest is None or rows[-1][0] != reached + len(rows):
            break
        check_chain(digest, rows, path)
        yield rows
        reached, digest = rows[-1][0], rows[-1][5]
    if reached != end:
        raise IntegrityTrouble(
            f"events are missing between e{after + 1} and e{end} in {path}",
            hint="run `policytrack verify`, then restore the file from a backup",
        )


def _page(connection: sqlite3.Connection, path: Path, after: int, end: int) -> pa.Table:
    import pyarrow as pa

    schema = arrow_schema()
    batches = [record_batch(path, rows, schema) for rows in _checked(connection, path, after, end)]
    return pa.Table.from_batches(batches, schema)
