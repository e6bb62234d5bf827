"""Verifies an event store: recomputes every digest from the first event, and checks positions, tags and indexes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Final

from policytrack.errors import IntegrityTrouble
from policytrack.store.digest import FIRST_DIGEST, next_digest
from policytrack.store.files import open_store
from policytrack.store.rows import stored_form

Progress = Callable[[int, int], None]
"""Called with the number of verified events and the total."""

_EVENTS_PER_REPORT: Final = 10_000
_EVENTS: Final = (
    "SELECT position, type, CAST(data AS BLOB), typeof(data), tags, recorded_at, digest "
    "FROM dcb_events ORDER BY position"
)

_EventRow = tuple[int, str, bytes, str, str, int, bytes]


@dataclass(frozen=True, slots=True)
class ChainReport:
    """The result of a verification.

    `events` is the number of intact events. The digest chain is valid up to `position`, where the digest is
    `digest_hex`. If there is no damage, `first_bad_position` and `reason` are None. Otherwise every event *before* that
    position is unchanged. Damage outside the events (an index, a trigger) that belongs to no position is reported one
    past the head.
    """

    events: int
    position: int
    digest_hex: str
    first_bad_position: int | None
    reason: str | None
    is_chain_intact: bool = False
    """Whether all events are intact, so that damage is only in an index, which `backup` and `restore` rebuild."""


class _Damage(Exception):
    """Damage at a position."""

    def __init__(self, position: int, reason: str) -> None:
        super().__init__(reason)
        self.position = position


def verify_chain(path: Path, progress: Progress | None = None) -> ChainReport:
    """Recompute the digests of all events; check positions, tags, instants, indexes and the schema.

    Works on a damaged event store that other commands refuse to open, and never changes it. Raises `NotFound`, `Busy`
    and `StorageTrouble` when the file is missing, locked or not readable; damage is reported in the result.
    """
    try:
        connection = open_store(path, read_only=True)
    except IntegrityTrouble as trouble:
        return ChainReport(0, 0, FIRST_DIGEST.hex(), 1, trouble.what)
    chain = _Chain()
    bad, reason, is_chain_intact = None, None, False
    with closing(connection):
        try:
            # One read transaction for all checks, so that tags and indexes match the events.
            connection.execute("BEGIN")
            _check_events(connection, chain, progress)
            is_chain_intact = True
            _check_tags(connection)
            _check_indexes(connection, chain.position)
        except _Damage as damage:
            bad, reason = damage.position, str(damage)
        except Exception as error:  # noqa: BLE001 # a damaged file can make decoders raise any exception
            bad, reason = chain.position + 1, f"it cannot be read: {type(error).__name__}: {error}"
    events = chain.position if bad is None else min(bad - 1, chain.position)
    return ChainReport(events, chain.position, chain.digest.hex(), bad, reason, is_chain_intact)


class _Chain:
    """The verified part of the digest chain."""

    def __init__(self) -> None:
        self.position, self.digest, self.recorded_at = 0, FIRST_DIGEST, 0

    def extend(self, row: _EventRow) -> None:
        """Verify the next event. Raises `_Damage`."""
        position, event_type, data, storage, tags, recorded_at, digest = row
        expected = self.position + 1
        if position != expected:
            raise _Damage(expected, f"positions are missing: the next event is e{position}")
        if next_digest(self.digest, position, event_type, data, tags, recorded_at) != digest:
            raise _Damage(expected, "its content does not match its digest")
        if storage != ("text" if isinstance(stored_form(data), str) else "blob"):
            raise _Damage(expected, "its data is stored with another type (text or blob) than it was written")
        if recorded_at < self.recorded_at:
            raise _Damage(expected, "its recorded_at is earlier than that of the event before it")
        self.position, self.digest, self.recorded_at = position, digest, recorded_at


def _check_events(connection: sqlite3.Connection, chain: _Chain, progress: Progress | None) -> None:
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
        for tag in sorted(set(json.loads(tags)))
    )
    for pair in zip_longest(stored, expected):
        if pair[0] != pair[1]:
            position = min(row[0] for row in pair if row is not None)
            raise _Damage(max(1, position), "its rows in the tag index differ from its tags")


def _check_indexes(connection: sqlite3.Connection, head: int) -> None:
    (result,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if result != "ok":
        raise _Damage(head + 1, f"the events are intact, but an index is damaged: {result}")
