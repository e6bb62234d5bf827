"""Verifies an event store: recomputes every digest from the first event, and checks positions, tags and indexes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from itertools import zip_longest
from pathlib import Path
from typing import Final

from policytrack.errors import IntegrityTrouble
from policytrack.store.chain import Chain, ChainReport, Damage, Progress, tags_of
from policytrack.store.digest import FIRST_DIGEST
from policytrack.store.sqlite.files import open_store

_EVENTS_PER_REPORT: Final = 10_000
_EVENTS: Final = (
    "SELECT position, type, CAST(data AS BLOB), typeof(data), tags, recorded_at, digest "
    "FROM dcb_events ORDER BY position"
)


def verify_chain(path: Path, progress: Progress | None = None) -> ChainReport:
    """Recompute the digests of all events; check positions, tags, instants, indexes and the schema.

    Works on a damaged event store that other commands refuse to open, and never changes it. Raises `NotFound`, `Busy`
    and `StorageTrouble` when the file is missing, locked or not readable; damage is reported in the result.
    """
    try:
        connection = open_store(path, read_only=True)
    except IntegrityTrouble as trouble:
        return ChainReport(0, 0, FIRST_DIGEST.hex(), 1, trouble.what)
    chain = Chain()
    bad, reason, is_chain_intact = None, None, False
    with closing(connection):
        try:
            # One read transaction for all checks, so that tags and indexes match the events.
            connection.execute("BEGIN")
            _check_events(connection, chain, progress)
            is_chain_intact = True
            _check_tags(connection)
            _check_indexes(connection, chain.position)
        except Damage as damage:
            bad, reason = damage.position, str(damage)
        except Exception as error:  # noqa: BLE001 # a damaged file can make decoders raise any exception
            bad, reason = chain.position + 1, f"it cannot be read: {type(error).__name__}: {error}"
    events = chain.position if bad is None else min(bad - 1, chain.position)
    return ChainReport(events, chain.position, chain.digest.hex(), bad, reason, is_chain_intact)


def _check_events(connection: sqlite3.Connection, chain: Chain, progress: Progress | None) -> None:
    total = _last_position(connection) if progress is not None else 0
    # Row by row, not in pages, so that an unreadable row is reported at its own position.
    for row in connection.execute(_EVENTS):
        chain.extend(row)
        if progress is not None and chain.position % _EVENTS_PER_REPORT == 0:
            progress(chain.position, max(total, chain.position))
    if progress is not None:
        progress(chain.position, max(total, chain.position))


def _last_position(connection: sqlite3.Connection) -> int:
    """Return the last position for the progress display; 0 if damage prevents reading it."""
    try:
        (last,) = connection.execute("SELECT max(position) FROM dcb_events").fetchone()
    except sqlite3.DatabaseError:
        return 0
    return last or 0


def _check_tags(connection: sqlite3.Connection) -> None:
    stored = connection.execute("SELECT position, tag FROM dcb_tags ORDER BY position, tag")
    # SQLite and Python both sort text by code point.
    expected = (
        (position, tag)
        for position, tags in connection.execute("SELECT position, tags FROM dcb_events ORDER BY position")
        for tag in sorted(tags_of(position, tags))
    )
    for pair in zip_longest(stored, expected):
        if pair[0] != pair[1]:
            position = min(row[0] for row in pair if row is not None)
            raise Damage(max(1, position), "its rows in the tag index differ from its tags")


def _check_indexes(connection: sqlite3.Connection, head: int) -> None:
    (result,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if result != "ok":
        raise Damage(head + 1, f"the events are intact, but an index is damaged: {result}")
