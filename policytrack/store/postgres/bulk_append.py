"""Appends an import in one write transaction of PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from eventsourcing.dcb.api import DCBQuery, DCBSequencedEvent

from policytrack.store.postgres.appending import LockedHead, append_rows
from policytrack.store.postgres.connections import Connection
from policytrack.store.postgres.query import select_events
from policytrack.store.rows import sequenced
from policytrack.store.writing import NothingToStore, StoredForm

_CHUNK: Final = 2_000
"""The number of events sent at a time."""
# Each reads the state before the import: what the import itself appends is known to it.
_FIRST: Final = (
    "SELECT tag, min(position) FROM policytrack.dcb_tags WHERE tag = ANY(%s) AND position <= %s GROUP BY tag"
)
_RETRACTED: Final = (
    "SELECT DISTINCT tagged.tag FROM policytrack.dcb_tags AS tagged"
    " JOIN policytrack.dcb_events AS event ON event.position = tagged.position AND event.type = 'event_retracted'"
    " WHERE tagged.tag = ANY(%s) AND tagged.position <= %s"
)
# Tags of the first version have a hexadecimal digit after `content:`, those of the second `2:`.
_HAS_OLDER_TAGS: Final = (
    "SELECT EXISTS (SELECT FROM policytrack.dcb_tags WHERE tag >= 'content:' AND tag < 'content:2:')"
    " OR EXISTS (SELECT FROM policytrack.dcb_tags WHERE tag >= 'content:2;' AND tag < 'content;')"
)
_TAGS_AT: Final = "SELECT position, tags FROM policytrack.dcb_events WHERE position = ANY(%s)"


class PostgresWriting:
    """The write transaction of a recorder; see `policytrack.store.writing.Writing`."""

    def __init__(self, connection: Connection, name: str, head: LockedHead, recorded_at: int) -> None:
        self._connection, self._name = connection, name
        self.before = self.position = head.position
        self.digest = head.digest
        self._recorded_at = recorded_at

    def events(self, query: DCBQuery) -> Iterator[DCBSequencedEvent]:
        rows = self._connection.execute(*select_events(query, None, None, self.before)).fetchall()
        yield from sequenced(rows, self._name)

    def first_positions(self, tags: Iterable[str]) -> dict[str, int]:
        return dict(self._connection.execute(_FIRST, [sorted(tags), self.before]).fetchall())

    def retracted(self, tags: Iterable[str]) -> set[str]:
        return {tag for (tag,) in self._connection.execute(_RETRACTED, [sorted(tags), self.before])}

    def has_older_tags(self) -> bool:
        row = self._connection.execute(_HAS_OLDER_TAGS).fetchone()
        return bool(row and row[0])

    def tags_at(self, positions: Iterable[int]) -> dict[int, str]:
        return dict(self._connection.execute(_TAGS_AT, [list(positions)]).fetchall())

    def add(self, events: Iterable[StoredForm]) -> None:
        remaining = iter(events)
        while chunk := list(islice(remaining, _CHUNK)):
            self.position, self.digest = append_rows(self._connection, chunk, [self._recorded_at] * len(chunk), None, 0)

    def finish(self, *, dry_run: bool = False) -> None:
        """End the transaction without a commit if there is nothing to store."""
        if dry_run or self.position == self.before:
            raise NothingToStore
