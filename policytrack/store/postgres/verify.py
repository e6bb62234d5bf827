"""Verifies an event store in PostgreSQL: recomputes every digest from the first event, and checks tags and triggers."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any, Final

from policytrack.errors import Busy, NotFound, StorageTrouble
from policytrack.store.chain import Chain, ChainReport, Damage, Progress, tags_of
from policytrack.store.postgres.connections import Connection, Connections

_ROWS_AT_A_TIME: Final = 5_000
_EVENTS: Final = (
    "SELECT position, type, coalesce(other, convert_to(data, 'UTF8')),"
    " CASE WHEN other IS NULL THEN 'text' ELSE 'blob' END, tags, recorded_at, digest"
    " FROM policytrack.dcb_events ORDER BY position"
)
# The index is in the order of bytes, as Python sorts texts in UTF-8.
_TAGS: Final = "SELECT position, tag FROM policytrack.dcb_tags ORDER BY position, tag"
_TAGS_OF_EVENTS: Final = "SELECT position, tags FROM policytrack.dcb_events ORDER BY position"
_TRIGGERS: Final = frozenset({"dcb_events_immutable", "dcb_events_dense", "dcb_tags_immutable"})
_ENABLED: Final = (
    "SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
    " WHERE relnamespace = 'policytrack'::regnamespace AND NOT tgisinternal AND tgenabled IN ('O', 'A')"
)


def verify_chain(connections: Connections, progress: Progress | None = None) -> ChainReport:
    """Recompute the digests of all events; check positions, tags, instants and triggers, in one snapshot.

    Raises `NotFound`, `Busy` and `StorageTrouble` when the server cannot be asked; damage is reported in the result.
    """
    chain = Chain()
    bad, reason, is_chain_intact = None, None, False
    with connections.transaction("verifying the event store", is_snapshot=True) as connection:
        try:
            _check_events(connection, chain, progress)
            is_chain_intact = True
            _check_tags(connection)
            _check_triggers(connection, chain.position)
        except Damage as damage:
            bad, reason = damage.position, str(damage)
        except (Busy, NotFound, StorageTrouble):
            raise
        except (ValueError, TypeError) as error:
            bad, reason = chain.position + 1, f"it cannot be read: {type(error).__name__}: {error}"
    events = chain.position if bad is None else min(bad - 1, chain.position)
    return ChainReport(events, chain.position, chain.digest.hex(), bad, reason, is_chain_intact)


def _rows(connection: Connection, name: str, sql: str) -> Iterator[tuple[Any, ...]]:
    with connection.cursor(name=name, binary=True) as cursor:
        cursor.itersize = _ROWS_AT_A_TIME
        cursor.execute(sql)
        yield from cursor


def _check_events(connection: Connection, chain: Chain, progress: Progress | None) -> None:
    row = connection.execute("SELECT coalesce(max(position), 0) FROM policytrack.dcb_events").fetchone()
    total = int(row[0]) if row else 0
    for event in _rows(connection, "events", _EVENTS):
        chain.extend(event)
        if progress is not None and chain.position % _ROWS_AT_A_TIME == 0:
            progress(chain.position, max(total, chain.position))
    if progress is not None:
        progress(chain.position, max(total, chain.position))


def _check_tags(connection: Connection) -> None:
    expected = (
        (position, tag)
        for position, tags in _rows(connection, "tags_of_events", _TAGS_OF_EVENTS)
        for tag in sorted(tags_of(position, tags))
    )
    for pair in zip_longest(_rows(connection, "tags", _TAGS), expected):
        if pair[0] != pair[1]:
            position = min(row[0] for row in pair if row is not None)
            raise Damage(max(1, position), "its rows in the tag index differ from its tags")


def _check_triggers(connection: Connection, head: int) -> None:
    enabled = {name for (name,) in connection.execute(_ENABLED)}
    if missing := sorted(_TRIGGERS - enabled):
        raise Damage(head + 1, f"the events are intact, but triggers are missing or off: {', '.join(missing)}")
