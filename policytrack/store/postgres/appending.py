"""Calls the functions of the server that lock the event store and append to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, LiteralString, NamedTuple

from policytrack.errors import StorageTrouble
from policytrack.store.postgres.connections import Connection

_APPEND: Final = (
    "SELECT head_position, head_digest FROM policytrack.append("
    "%s::text[], %s::text[], %s::bytea[], %s::text[], %s::bigint[], %s::jsonb, %s::bigint)"
)
# The server calls `now` once the function has the lock.
_LOCK_HEAD: Final = "SELECT head.*, policytrack.now() FROM policytrack.lock_head() AS head"
_COPY: Final = "COPY policytrack.incoming (place, type, data, other, tags, recorded_at) FROM STDIN"
_APPEND_INCOMING: Final = "SELECT head_position, head_digest FROM policytrack.append_incoming(%s::jsonb, %s::bigint)"
_FEW: Final = 100
"""Up to this number of events, arrays in one round trip are faster: to empty the table of a COPY takes 10 ms."""


class LockedHead(NamedTuple):
    """The head of a locked event store: position, digest, and recorded_at (microseconds; None without events)."""

    position: int
    digest: bytes
    recorded_at: int | None


def lock_head(connection: Connection) -> tuple[LockedHead, int]:
    """Exclude other writers until the end of the transaction, and return the head, and the time of the server's clock
    in microseconds since 1970-01-01 UTC.
    """
    position, digest, recorded_at, now = _row(connection, _LOCK_HEAD, [])
    return LockedHead(position, bytes(digest), recorded_at), int(now)


def clock_of(connection: Connection) -> int:
    """Return the time of the server's clock in microseconds since 1970-01-01 UTC."""
    (now,) = _row(connection, "SELECT policytrack.now()", [])
    return int(now)


def append_rows(
    connection: Connection,
    rows: Sequence[tuple[str, str | bytes, str]],
    instants: Sequence[int],
    condition: str | None,
    after: int,
) -> tuple[int, bytes]:
    """Append events, each of type, data and tags (JSON), and return position and digest of the last.

    `condition` is the JSON of a query that no event after the position `after` may match.
    """
    columns = [(kind, *_texts_or_bytes(data), tags) for kind, data, tags in rows]
    if len(rows) <= _FEW:
        types, texts, others, labels = map(list, zip(*columns, strict=True))
        parameters = [types, texts, others, labels, list(instants), condition, after]
        position, digest = _row(connection, _APPEND, parameters)
    else:
        with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
            for place, (event, instant) in enumerate(zip(columns, instants, strict=True)):
                copy.write_row((place, *event, instant))
        position, digest = _row(connection, _APPEND_INCOMING, [condition, after])
    return int(position), bytes(digest)


def _texts_or_bytes(data: str | bytes) -> tuple[str | None, bytes | None]:
    return (data, None) if isinstance(data, str) else (None, data)


def _row(connection: Connection, sql: LiteralString, parameters: list[Any]) -> Any:
    """Return the one row that a function of the server returns."""
    row = connection.execute(sql, parameters).fetchone()
    if row is None:
        raise StorageTrouble("the server returned no row", hint="run the same command again")
    return row
