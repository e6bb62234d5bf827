"""Appends an import in one write transaction of SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from eventsourcing.dcb.api import DCBQuery, DCBSequencedEvent

from policytrack.store.digest import next_digest
from policytrack.store.rows import EventRow, sequenced, to_json
from policytrack.store.sqlite.heads import stored_head
from policytrack.store.sqlite.query import select_events
from policytrack.store.sqlite.schema import INSERT_EVENT
from policytrack.store.writing import NothingToStore, StoredForm

_TAGS: Final = (
    "INSERT INTO dcb_tags SELECT tag.value, event.position FROM dcb_events AS event, "
    "json_each(event.tags) AS tag WHERE event.position > ? ORDER BY 1, 2"
)
"""Inserts all tags at once and sorted, so that each page of the tag index is written once."""
_FIRST: Final = (
    "SELECT wanted.value, min(t.position) FROM json_each(?) AS wanted "
    "CROSS JOIN dcb_tags AS t ON t.tag = wanted.value GROUP BY wanted.value"
)
_RETRACTED: Final = (
    "SELECT DISTINCT wanted.value FROM json_each(?) AS wanted CROSS JOIN dcb_tags AS t ON t.tag = wanted.value "
    "CROSS JOIN dcb_events AS e ON e.position = t.position AND e.type = 'event_retracted'"
)
# Tags of the first version have a hexadecimal digit after `content:`, those of the second `2:`.
_HAS_OLDER_TAGS: Final = (
    "SELECT EXISTS (SELECT 1 FROM dcb_tags WHERE tag >= 'content:' AND tag < 'content:2:') "
    "OR EXISTS (SELECT 1 FROM dcb_tags WHERE tag >= 'content:2;' AND tag < 'content;')"
)
_SORTING_THREADS: Final = 2
_STEPS: Final = 1_000_000
"""The number of SQLite virtual machine steps between two checks for Ctrl-C."""


def checked_head(connection: sqlite3.Connection, path: Path) -> tuple[int, bytes, int | None]:
    """Return position, digest and recorded_at (microseconds) of the last event, after which events are appended.

    Raises `IntegrityTrouble` if its content does not match its digest: nothing is appended to a changed event.
    """
    head = stored_head(connection)
    for _ in sequenced(connection.execute(*select_events(None, head[0] - 1, None)).fetchall(), path):
        pass
    return head


class SQLiteWriting:
    """The write transaction of a recorder; see `policytrack.store.writing.Writing`."""

    def __init__(self, connection: sqlite3.Connection, path: Path, stamp: Callable[[int | None], int]) -> None:
        self._connection, self._path = connection, path
        self.before, self.digest, last = checked_head(connection, path)
        """Position and digest of the last event."""
        self.position = self.before
        self._recorded_at = stamp(last)

    def events(self, query: DCBQuery) -> Iterator[DCBSequencedEvent]:
        yield from sequenced(self._connection.execute(*select_events(query, None, None)), self._path)

    def first_positions(self, tags: Iterable[str]) -> dict[str, int]:
        return dict(self._connection.execute(_FIRST, (to_json(sorted(tags)),)).fetchall())

    def retracted(self, tags: Iterable[str]) -> set[str]:
        return {tag for (tag,) in self._connection.execute(_RETRACTED, (to_json(sorted(tags)),))}

    def has_older_tags(self) -> bool:
        return bool(self._connection.execute(_HAS_OLDER_TAGS).fetchone()[0])

    def tags_at(self, positions: Iterable[int]) -> dict[int, str]:
        return dict(
            self._connection.execute(
                "SELECT position, tags FROM json_each(?) AS wanted JOIN dcb_events ON position = wanted.value",
                (to_json(list(positions)),),
            ).fetchall()
        )

    def add(self, events: Iterable[StoredForm]) -> None:
        self._connection.executemany(INSERT_EVENT, self._rows(events))

    def _rows(self, events: Iterable[StoredForm]) -> Iterator[EventRow]:
        for name, data, tags in events:
            self.position += 1
            self.digest = next_digest(self.digest, self.position, name, data.encode(), tags, self._recorded_at)
            yield self.position, name, data, tags, self._recorded_at, self.digest

    def finish(self, *, dry_run: bool = False) -> None:
        """Write the tags of the appended events. Ctrl-C interrupts the statement."""
        if self.position == self.before:
            raise NothingToStore
        self._connection.set_progress_handler(lambda: 0, _STEPS)
        self._connection.execute(f"PRAGMA threads = {_SORTING_THREADS}")
        try:
            self._connection.execute(_TAGS, (self.before,))
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
                raise KeyboardInterrupt from error
            raise
        finally:
            self._connection.set_progress_handler(None, 0)
        if dry_run:
            raise NothingToStore
