"""The recorder: reads and appends events on the interface of `eventsourcing.dcb.api`."""

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

from policytrack.errors import MalformedInput, PolicytrackError
from policytrack.store.anchor import Head, check_anchor, head_of, stored_head, write_anchor
from policytrack.store.bulk_append import NothingToStore, Writing
from policytrack.store.clock import Clock, ClockJump, clock_doubt, is_instant, jump_between, utc_microseconds
from policytrack.store.connections import Connections
from policytrack.store.query import select_any_position, select_events
from policytrack.store.rows import INSERT_EVENT, INSERT_TAG, event_rows, sequenced, tag_rows, to_json
from policytrack.store.sqlite_errors import WAIT_SECONDS, storage_errors

_CHUNK: Final = 50_000
"""Events inserted at a time. Their tags go in sorted, which spares the index of tags; memory stays
bounded."""

_POLL_SECONDS: Final = 0.02


class SQLiteDCBRecorder(DCBRecorder):
    """Events in a SQLite file that exists already (see `policytrack.store.files.create_store`).

    With `head_file`, the last acknowledged event is remembered there after every append, and a store that has
    lost it is refused on opening. `wait_seconds` is how long a writer waits for others.

    A condition that fails is the library's `IntegrityError`. Whatever SQLite or the disk refuse is `Busy`,
    `StorageTrouble` or `IntegrityTrouble`, on opening too. **An error is not "nothing happened"**: after one
    from `append`, ask `positions_of_tags`.
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
        """Set by an append that found the clock more than a day away from the event before."""
        self.anchor_warning: str | None = None
        """Set when events were stored but `head_file` could not be written: it lags behind, nothing is
        lost."""
        self.connections = Connections.to(path, wait_seconds)
        with self.connections.transaction("BEGIN", "opening the event store") as connection:
            if head_file is not None:
                check_anchor(connection, path, head_file)

    def read(
        self, query: DCBQuery | None = None, *, after: int | None = None, limit: int | None = None
    ) -> DCBReadResponse:
        """The events that match, in order, and the head of the same moment.

        Without a limit, the head is that of the store, whether it matches or not; with one, the position of
        the last event given.
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
        """Append all the events, or none, and answer the position of the last.

        They are stamped with the clock, or a microsecond after the last event when the clock is behind it. To
        bring back an exported record, give the `recorded_at` of each event (microseconds since 1970-01-01
        UTC, not decreasing).

        Raises the library's `IntegrityError` when an event matches the condition; `MalformedInput` for text
        that cannot be stored or a `recorded_at` that runs backwards; `Busy`, `StorageTrouble`,
        `IntegrityTrouble`.
        """
        if not events:
            raise ProgrammingError("there must be at least one event to append")
        if recorded_at is not None and len(recorded_at) != len(events):
            raise ProgrammingError("there must be one recorded_at for each event")
        with self.connections.transaction("BEGIN IMMEDIATE", "appending events") as connection:
            position, digest, last = stored_head(connection)
            if condition is not None and position != condition.after:
                self._check(connection, condition)
            stamps = repeat(self._stamp(last)) if recorded_at is None else _not_decreasing(last, recorded_at)
            for start in range(0, len(events), _CHUNK):
                rows = event_rows(events[start : start + _CHUNK], stamps, position, digest)
                connection.executemany(INSERT_EVENT, rows)
                connection.executemany(INSERT_TAG, tag_rows(events[start : start + _CHUNK], position))
                position, digest = rows[-1][0], rows[-1][5]
        self._acknowledge(position, digest)
        return position

    @contextmanager
    def writing(self, *, dry_run: bool = False) -> Iterator[Writing]:
        """A write transaction in which a large import reads, decides and appends; all of it is stored, or nothing.

        With `dry_run`, and on any error, nothing is. Raises `Busy`, `StorageTrouble` and `IntegrityTrouble`.
        """
        try:
            with self.connections.transaction("BEGIN IMMEDIATE", "appending events") as connection:
                writing = Writing(connection, self.path, self._stamp)
                yield writing
                writing.finish(dry_run=dry_run)
        except NothingToStore:
            return
        self._acknowledge(writing.position, writing.digest)

    def subscribe(self, query: DCBQuery | None = None, *, after: int | None = None) -> SQLiteDCBSubscription:
        """The events that match, and those that are appended later by whatever process."""
        return SQLiteDCBSubscription(self, query=query, after=after)

    def positions_of_tags(self, tags: Iterable[str]) -> dict[str, int]:
        """For each tag that some event carries, the position of the first of them.

        This is how to learn what became of an append that ended in an error: ask for the tags with the event
        ids.
        """
        with self.connections.transaction("BEGIN", "looking up tags") as connection:
            found = connection.execute(
                "SELECT wanted.value, min(t.position) FROM json_each(?) AS wanted "
                "CROSS JOIN dcb_tags AS t ON t.tag = wanted.value GROUP BY wanted.value",
                (to_json(list(tags)),),
            ).fetchall()
        return dict(found)

    def head(self) -> Head:
        """The last event of the store."""
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
        # Later than the last transaction, so that its instant tells a transaction from every other.
        return now if last is None else max(now, last + 1)

    def _acknowledge(self, position: int, digest: bytes) -> None:
        if self.head_file is None:
            return
        try:
            write_anchor(self.head_file, position, digest)
        except (OSError, PolicytrackError) as error:
            # The events are stored; to raise here would say the opposite.
            self.anchor_warning = f"{self.head_file} could not be written: {error}"


def _not_decreasing(last: int | None, recorded_at: Sequence[int]) -> Iterable[int]:
    previous = last
    for n, instant in enumerate(recorded_at, 1):
        if not is_instant(instant):
            raise MalformedInput(f"recorded_at of event {n} of {len(recorded_at)} is no instant: {instant!r}")
        if previous is not None and instant < previous:
            raise MalformedInput(
                f"recorded_at of event {n} of {len(recorded_at)} is earlier than that of the event before it",
                hint="import a record in its own order, into a ledger without later events",
            )
        previous = instant
    return iter(recorded_at)


class SQLiteDCBSubscription(DCBListenNotifySubscription[SQLiteDCBRecorder]):
    """Polls `PRAGMA data_version`, which changes when another connection commits; one read of shared memory.

    Polling and pulling are one thread. Stopping wakes it at once. An error in it is raised by the iteration.
    """

    def __init__(self, recorder: SQLiteDCBRecorder, query: DCBQuery | None = None, after: int | None = None) -> None:
        # Opened here, so that the caller meets the error if it cannot be; used by the pulling thread only.
        self._watching = recorder.connections.open()
        super().__init__(recorder=recorder, query=query, after=after)

    def _loop_on_pull(self) -> None:
        try:
            with closing(self._watching):
                self._watch()
        except BaseException as error:  # noqa: BLE001 # handed to the thread that iterates
            self._thread_error = error
            self.stop()

    def _watch(self) -> None:
        seen = None
        while not self._has_been_stopped:
            with storage_errors(self._recorder.path, "waiting for new events"):
                (version,) = self._watching.execute("PRAGMA data_version").fetchone()
            if version == seen:
                # Set by stop(); nobody else notifies.
                self._has_been_notified.wait(_POLL_SECONDS)
                continue
            # Noted before pulling: a commit in between changes it again.
            seen = version
            self._pull()
