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


class LockedHead(NamedTuple):
    """The head of a locked event store: position, digest, and recorded_at (microseconds; None without events)."""

    position: int
    digest: bytes
    recorded_at: int | None


def lock_head(connection: Connection) -> LockedHead:
    """Exclude other writers until the end of the transaction, and return the head."""
    position, digest, recorded_at = _row(connection, "SELECT * FROM policytrack.lock_head()", [])
    return LockedHead(position, bytes(digest), recorded_at)


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
    types, texts, others, tags = [], [], [], []
    for event_type, data, labels in rows:
        types.append(event_type)
        texts.append(data if isinstance(data, str) else None)
        others.append(data if isinstance(data, bytes) else None)
        tags.append(labels)
    position, digest = _row(connection, _APPEND, [types, texts, others, tags, list(instants), condition, after])
    return int(position), bytes(digest)


def _row(connection: Connection, sql: LiteralString, parameters: list[Any]) -> Any:
    """Return the one row that a function of the server returns."""
    row = connection.execute(sql, parameters).fetchone()
    if row is None:
        raise StorageTrouble("the server returned no row", hint="run the same command again")
    return row
