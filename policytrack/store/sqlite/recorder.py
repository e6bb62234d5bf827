"""Implements the recorder interface of `eventsourcing.dcb.api`: reads and appends events."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import repeat
from pathlib import Path
from typing import Final

from eventsourcing.dcb.api import (
    DCBAppendCondition,
    DCBEvent,
    DCBQuery,
    DCBReadResponse,
    DCBRecorder,
)
from eventsourcing.dcb.persistence import DCBListenNotifySubscription
from eventsourcing.dcb.popo import SimpleDCBReadResponse
from eventsourcing.persistence import IntegrityError, ProgrammingError

from policytrack.errors import MalformedInput
from policytrack.store.anchor import Head, acknowledge
from policytrack.store.clock import (
    Clock,
    ClockJump,
    clock_doubt,
    is_instant,
    jump_between,
    next_instant,
    utc_microseconds,
)
from policytrack.store.rows import event_rows, sequenced, tag_rows, to_json
from policytrack.store.sqlite.bulk_append import SQLiteWriting, checked_head
from policytrack.store.sqlite.connections import Connections
from policytrack.store.sqlite.errors import WAIT_SECONDS, storage_errors
from policytrack.store.sqlite.heads import check_head, head_of, stored_head
from policytrack.store.sqlite.query import select_any_position, select_events
from policytrack.store.sqlite.schema import INSERT_EVENT, INSERT_TAG
from policytrack.store.writing import NothingToStore

_CHUNK: Final = 50_000
"""The number of events inserted at a time: bounds memory, while their tags are inserted sorted into the tag index."""

_POLL_SECONDS: Final = 0.02


class SQLiteDCBRecorder(DCBRecorder):
    """A recorder on an existing SQLite file (see `policytrack.store.sqlite.files.create_store`).

    With `head_file`, every append writes the last acknowledged event there, and opening refuses an event store that has
    lost it. `wait_seconds` is how long a writer waits for a lock.

    A failed append condition raises the library's `IntegrityError`; errors of SQLite and the disk raise `Busy`,
    `StorageTrouble` or `IntegrityTrouble`, also on opening. **After an error from `append`, the events may be stored**:
    call `positions_of_tags` to find out.
    """

    def __init__(
        self,
        path: Path,
        *,
        head_file: Path | None = None,
        clock: Clock = utc_microseconds,
        wait_seconds: float = WAIT_SECONDS,
    ) -> None:
        self.path, self.head_file, self.clock = path, head_file, clock
        self.clock_warning: ClockJump | None = None
        """Set by an append when the clock differs by more than a day from the last event."""
        self.anchor_warning: str | None = None
        """Set when events were stored but `head_file` could not be written. It then lags behind; nothing is lost."""
        self.connections = Connections.to(path, wait_seconds)
        with self.connections.transaction("BEGIN", "opening the event store") as connection:
            if head_file is not None:
                check_head(connection, path, head_file)

    def read(
        self, query: DCBQuery | None = None, *, after: int | None = None, limit: int | None = None
    ) -> DCBReadResponse:
        """Return the matching events in order, and the head of the same snapshot.

        Without a limit, the head is that of the event store, whether or not it matches; with a limit, it is the
        position of the last returned event.
        """
        sql, parameters = select_events(query, after, limit)
        with self.connections.transaction("BEGIN", "reading events") as connection:
            rows = connection.execute(sql, parameters).fetchall()
            head, _, _ = stored_head(connection)
        events = list(sequenced(rows, self.path))
        if limit is not None:
            head = events[-1].position if events else 0
        return SimpleDCBReadResponse(iter(events), head or None)

    def append(
        self,
        events: Sequence[DCBEvent],
        condition: DCBAppendCondition | None = None,
        *,
        recorded_at: Sequence[int] | None = None,
    ) -> int:
        """Append all events or none; return the position of the last.

        They are stamped with the clock, or one microsecond after the last event if the clock is behind it. To restore
        an exported record, give the `recorded_at` of each event (microseconds since 1970-01-01 UTC, not decreasing).

        Raises the library's `IntegrityError` when an event matches the condition; `MalformedInput` for text that cannot
        be stored or a decreasing `recorded_at`; `Busy`, `StorageTrouble`, `IntegrityTrouble`.
        """
        if not events:
            raise ProgrammingError("there must be at least one event to append")
        if recorded_at is not None and len(recorded_at) != len(events):
            raise ProgrammingError("there must be one recorded_at for each event")
        with self.connections.transaction("BEGIN IMMEDIATE", "appending events") as connection:
            position, digest, last = checked_head(connection, self.path)
            if condition is not None and position != condition.after:
                self._check(connection, condition)
            stamps = repeat(self._stamp(last)) if recorded_at is None else _not_decreasing(last, recorded_at)
            for start in range(0, len(events), _CHUNK):
                rows = event_rows(events[start : start + _CHUNK], stamps, position, digest)
                connection.executemany(INSERT_EVENT, rows)
                connection.executemany(INSERT_TAG, tag_rows(events[start : start + _CHUNK], position))
                position, digest = rows[-1][0], rows[-1][5]
        self.anchor_warning = acknowledge(self.head_file, position, digest)
        return position

    @contextmanager
    def writing(self, *, dry_run: bool = False) -> Iterator[SQLiteWriting]:
        """Open a write transaction in which an import reads, decides and appends all events or none.

        With `dry_run`, and on any error, nothing is stored. Raises `Busy`, `StorageTrouble` and `IntegrityTrouble`.
        """
        try:
            with self.connections.transaction("BEGIN IMMEDIATE", "appending events") as connection:
                writing = SQLiteWriting(connection, self.path, self._stamp)
                yield writing
                writing.finish(dry_run=dry_run)
        except NothingToStore:
            return
        self.anchor_warning = acknowledge(self.head_file, writing.position, writing.digest)

    def subscribe(self, query: DCBQuery | None = None, *, after: int | None = None) -> SQLiteDCBSubscription:
        """Yield the matching events, then those that any process appends later."""
        return SQLiteDCBSubscription(self, query=query, after=after)

    def positions_of_tags(self, tags: Iterable[str]) -> dict[str, int]:
        """Return the first position of each tag that an event carries.

        After an append that ended with an error, look up the `event:` tags to find out whether it was stored.
        """
        with self.connections.transaction("BEGIN", "looking up tags") as connection:
            rows = connection.execute(
                "SELECT wanted.value, min(t.position) FROM json_each(?) AS wanted "
                "CROSS JOIN dcb_tags AS t ON t.tag = wanted.value GROUP BY wanted.value",
                (to_json(list(tags)),),
            ).fetchall()
        return dict(rows)

    def head(self) -> Head:
        """Return the head of the event store."""
        with self.connections.transaction("BEGIN", "reading the head") as connection:
            return head_of(connection)

    def clock_doubt(self) -> str | None:
        """Why the clock, by which the next events would be stamped, is probably wrong; None when nothing says so."""
        with self.connections.transaction("BEGIN", "reading the head") as connection:
            _, _, last = stored_head(connection)
        return clock_doubt(last, self.clock())

    def close(self) -> None:
        """Close the connections. The recorder cannot be used afterwards."""
        self.connections.close()

    def _check(self, connection: sqlite3.Connection, condition: DCBAppendCondition) -> None:
        statement = select_any_position(condition.fail_if_events_match, condition.after)
        if (row := connection.execute(*statement).fetchone()) is not None:
            raise IntegrityError(f"the event at position {row[0]} matches the condition of the append")

    def _stamp(self, last: int | None) -> int:
        now = self.clock()
        self.clock_warning = jump_between(last, now)
        return next_instant(last, now)


def _not_decreasing(last: int | None, recorded_at: Sequence[int]) -> Iterable[int]:
    previous = last
    for n, instant in enumerate(recorded_at, 1):
        if not is_instant(instant):
            raise MalformedInput(
                f"recorded_at of event {n} of {len(recorded_at)} is not an instant: {instant!r}",
                hint="import the file as it was exported",
            )
        if previous is not None and instant < previous:
            raise MalformedInput(
                f"recorded_at of event {n} of {len(recorded_at)} is earlier than that of the event before it",
                hint="import the file in its original order, into a ledger without later events",
            )
        previous = instant
    return iter(recorded_at)


class SQLiteDCBSubscription(DCBListenNotifySubscription[SQLiteDCBRecorder]):
    """Polls `PRAGMA data_version`, which changes when another connection commits and is cheap to read.

    One thread polls and pulls; `stop` wakes it. Errors in it are raised by the iterating thread.
    """

    def __init__(self, recorder: SQLiteDCBRecorder, query: DCBQuery | None = None, after: int | None = None) -> None:
        # Opened here, so that the caller gets the error; used only by the pulling thread.
        self._watching = recorder.connections.open()
        super().__init__(recorder=recorder, query=query, after=after)

    def _loop_on_pull(self) -> None:
        try:
            with closing(self._watching):
                self._watch()
        except BaseException as error:  # noqa: BLE001 # the iterating thread raises it
            self._thread_error = error
            self.stop()

    def _watch(self) -> None:
        seen = None
        while not self._has_been_stopped:
            with storage_errors(self._recorder.path, "waiting for new events"):
                (version,) = self._watching.execute("PRAGMA data_version").fetchone()
            if version == seen:
                # Only stop() sets this event; otherwise wait until the next poll.
                self._has_been_notified.wait(_POLL_SECONDS)
                continue
            # Store the version before pulling, so that a commit during the pull causes another one.
            seen = version
            self._pull()
