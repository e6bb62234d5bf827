"""Reads an event store in PostgreSQL in pages: each is its own query, so that no transaction stays open meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from policytrack.errors import IntegrityTrouble
from policytrack.store.arrow import arrow_schema, record_batch
from policytrack.store.clock import microseconds_of
from policytrack.store.digest import FIRST_DIGEST, Stored, check_chain
from policytrack.store.postgres.connections import Connection, Connections
from policytrack.store.postgres.heads import stored_digest, stored_head
from policytrack.store.transactions import Transaction, last_position_at, transaction_around

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS_AT_A_TIME: Final = 8_192
_COLUMNS: Final = (
    "position, convert_to(type, 'UTF8'), coalesce(other, convert_to(data, 'UTF8')), convert_to(tags, 'UTF8'),"
    " recorded_at, digest"
)
_PAGE: Final = f"SELECT {_COLUMNS} FROM policytrack.dcb_events WHERE position > %s AND position <= %s ORDER BY position"  # noqa: S608
_AT: Final = (
    f"SELECT {_COLUMNS}, (SELECT before.digest FROM policytrack.dcb_events AS before"  # noqa: S608
    " WHERE before.position = event.position - 1)"
    " FROM policytrack.dcb_events AS event WHERE position = ANY(%s) ORDER BY position"
)
_RECORDED_AT: Final = "SELECT recorded_at FROM policytrack.dcb_events WHERE position = %s"
_DIGESTS: Final = "SELECT digest FROM policytrack.dcb_events WHERE position > %s AND position <= %s ORDER BY position"


def arrow_batches(
    connections: Connections, after: int, size: int, upto: int | None, first: int | None
) -> Iterator[pa.Table]:
    """Yield batches of events; see `Store.arrow_batches`."""
    with connections.transaction("reading the event store", is_snapshot=True) as connection:
        head, _, _ = stored_head(connection, connections.address.name)
    last = head if upto is None else min(upto, head)
    step = min(first or size, size)
    while after < last:
        end = min(after + step, last)
        yield _batch(connections, after, end)
        after, step = end, min(2 * step, size)


def arrow_rows(connections: Connections, positions: Sequence[int]) -> pa.Table:
    """Return the events at some positions; see `Store.arrow_rows`."""
    import pyarrow as pa

    name, schema = connections.address.name, arrow_schema()
    with connections.transaction("reading the event store", is_snapshot=True) as connection:
        rows = _execute(connection, _AT, [sorted(set(positions))])
    for *stored, before in rows:
        check_chain(FIRST_DIGEST if stored[0] == 1 else before or b"", [tuple(stored)], name)
    batches = [record_batch(name, [row[:6] for row in rows], schema)] if rows else []
    return pa.Table.from_batches(batches, schema)


def digests(connections: Connections, upto: int) -> Iterator[bytes]:
    """Yield the digests of the events up to a position, in order."""
    for after in range(0, upto, _ROWS_AT_A_TIME):
        with connections.transaction("reading the event store", is_snapshot=True) as connection:
            rows = _execute(connection, _DIGESTS, [after, min(after + _ROWS_AT_A_TIME, upto)])
        for (digest,) in rows:
            yield digest


def position_at(connections: Connections, instant: datetime) -> int:
    """Return the last position recorded at or before an instant; see `Store.position_at`."""
    with connections.transaction("reading the event store", is_snapshot=True) as connection:
        top, _, _ = stored_head(connection, connections.address.name)
        return last_position_at(microseconds_of(instant), top, partial(_recorded_at, connection))


def transaction_of(connections: Connections, position: int) -> Transaction | None:
    """Return the transaction that recorded the event at a position; None when the position does not exist."""
    with connections.transaction("reading the event store", is_snapshot=True) as connection:
        if _recorded_at(connection, position) is None:
            return None
        top, _, _ = stored_head(connection, connections.address.name)
        return transaction_around(position, top, partial(_recorded_at, connection))


def checked_pages(connections: Connections, after: int, upto: int) -> Iterator[list[Stored]]:
    """Yield the stored rows after a position up to another, each checked; see `Store.checked_pages`."""
    name = connections.address.name
    with connections.transaction("reading the event store", is_snapshot=True) as connection:
        digest = stored_digest(connection, after)
    reached = after
    while reached < upto:
        end = min(reached + _ROWS_AT_A_TIME, upto)
        with connections.transaction("reading the event store", is_snapshot=True) as connection:
            rows = _execute(connection, _PAGE, [reached, end])
        # Positions are unique and sorted, so the last position shows whether any is missing.
        if digest is None or not rows or rows[-1][0] != reached + len(rows) or rows[-1][0] != end:
            raise IntegrityTrouble(
                f"events are missing between e{reached + 1} and e{end} in {name}",
                hint="run `policytrack verify`, then restore the database from a backup",
            )
        check_chain(digest, rows, name)
        yield rows
        reached, digest = rows[-1][0], rows[-1][5]


def _batch(connections: Connections, after: int, end: int) -> pa.Table:
    import pyarrow as pa

    schema = arrow_schema()
    pages = checked_pages(connections, after, end)
    return pa.Table.from_batches([record_batch(connections.address.name, rows, schema) for rows in pages], schema)


def _execute(connection: Connection, sql: str, parameters: list[Any]) -> list[Any]:
    """Return all rows. The binary format gives bytes without a copy through hexadecimal text."""
    with connection.cursor(binary=True) as cursor:
        return cursor.execute(sql, parameters).fetchall()


def _recorded_at(connection: Connection, position: int) -> Any:
    row = connection.execute(_RECORDED_AT, [position]).fetchone()
    return None if row is None else row[0]
