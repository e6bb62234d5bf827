"""Implements the recorder interface of `eventsourcing.dcb.api` on PostgreSQL: reads and appends events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import psycopg
from eventsourcing.dcb.api import DCBAppendCondition, DCBEvent, DCBQuery, DCBReadResponse, DCBRecorder
from eventsourcing.dcb.persistence import DCBListenNotifySubscription
from eventsourcing.dcb.popo import SimpleDCBReadResponse
from eventsourcing.persistence import IntegrityError, ProgrammingError

from policytrack.errors import MalformedInput
from policytrack.store.anchor import Head, acknowledge
from policytrack.store.clock import ClockJump, clock_doubt, is_instant, jump_between, next_instant
from policytrack.store.postgres.appending import LockedHead, append_rows, clock_of, lock_head
from policytrack.store.postgres.bulk_append import PostgresWriting
from policytrack.store.postgres.connections import Connection, Connections
from policytrack.store.postgres.errors import CONFLICT, OUT_OF_ORDER, storage_errors
from policytrack.store.postgres.heads import check_head, head_of, stored_head
from policytrack.store.postgres.query import items_of, select_events
from policytrack.store.rows import checked_form, sequenced
from policytrack.store.writing import NothingToStore

_CHUNK: Final = 2_000
"""The number of events sent at a time: bounds the memory of client and server."""
_WAIT_SECONDS: Final = 0.5
"""How long a subscription waits for a notification before it looks itself: a pooler may not deliver any."""


class PostgresDCBRecorder(DCBRecorder):
    """A recorder on an event store in PostgreSQL (see `policytrack.store.postgres.store`).

    `head_file` is the anchor of this user: every append writes the last acknowledged event there, and opening refuses
    an event store that has lost it, as after a failover to a server that lags behind.

    A failed append condition raises the library's `IntegrityError`; errors of the server raise `Busy`, `NotFound`,
    `StorageTrouble` or `IntegrityTrouble`. **After an error from `append`, the events may be stored**: call
    `positions_of_tags` to find out.
    """

    def __init__(self, connections: Connections, *, head_file: Path | None = None) -> None:
        self.connections, self.head_file = connections, head_file
        self.name = connections.address.name
        self.clock_warning: ClockJump | None = None
        """Set by an append when the server's clock differs by more than a day from the last event."""
        self.anchor_warning: str | None = None
        """Set when events were stored but `head_file` could not be written. It then lags behind; nothing is lost."""
        if head_file is not None:
            with connections.transaction("opening the event store", is_snapshot=True) as connection:
                check_head(connection, self.name, head_file)

    def read(
        self, query: DCBQuery | None = None, *, after: int | None = None, limit: int | None = None
    ) -> DCBReadResponse:
        """Return the matching events in order, and the head of the same snapshot.

        Without a limit, the head is that of the event store, whether or not it matches; with a limit, it is the
        position of the last returned event.
        """
        with self.connections.transaction("reading events", is_snapshot=True) as connection:
            rows = connection.execute(*select_events(query, after, limit)).fetchall()
            head, _, _ = stored_head(connection, self.name)
        events = list(sequenced(rows, self.name))
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

        The server stamps them with its clock, or one microsecond after the last event if the clock is behind it. To
        restore an exported record, give the `recorded_at` of each event (microseconds since 1970-01-01 UTC, not
        decreasing).

        Raises the library's `IntegrityError` when an event matches the condition; `MalformedInput` for text that cannot
        be stored or a decreasing `recorded_at`; `Busy`, `StorageTrouble`, `IntegrityTrouble`.
        """
        if not events:
            raise ProgrammingError("there must be at least one event to append")
        if recorded_at is not None and len(recorded_at) != len(events):
            raise ProgrammingError("there must be one recorded_at for each event")
        rows = [checked_form(event) for event in events]
        instants = _instants(recorded_at)
        items, after = (None, 0) if condition is None else (items_of(condition.fail_if_events_match), condition.after)
        with self.connections.transaction("appending events") as connection, _refusals():
            head, stamp = self._lock(connection)
            position, digest = head.position, head.digest
            for start in range(0, len(rows), _CHUNK):
                part = slice(start, start + _CHUNK)
                stamps = [stamp] * len(rows[part]) if instants is None else instants[part]
                conditional = (items or '[{"types":[],"tags":[]}]') if condition is not None and not start else None
                position, digest = append_rows(connection, rows[part], stamps, conditional, after or 0)
        self.anchor_warning = acknowledge(self.head_file, position, digest)
        return position

    @contextmanager
    def writing(self, *, dry_run: bool = False) -> Iterator[PostgresWriting]:
        """Open a write transaction in which an import reads, decides and appends all events or none.

        With `dry_run`, and on any error, nothing is stored. Raises `Busy`, `StorageTrouble` and `IntegrityTrouble`.
        """
        try:
            with self.connections.transaction("appending events") as connection:
                writing = PostgresWriting(connection, self.name, *self._lock(connection))
                yield writing
                writing.finish(dry_run=dry_run)
        except NothingToStore:
            return
        self.anchor_warning = acknowledge(self.head_file, writing.position, writing.digest)

    def subscribe(self, query: DCBQuery | None = None, *, after: int | None = None) -> PostgresDCBSubscription:
        """Yield the matching events, then those that any process appends later."""
        return PostgresDCBSubscription(self, query=query, after=after)

    def positions_of_tags(self, tags: Iterable[str]) -> dict[str, int]:
        """Return the first position of each tag that an event carries, once no append is in progress.

        After an append that ended with an error, look up the `event:` tags to find out whether it was stored. If the
        connection broke, the server may still be about to commit: it has the lock until then. Raises `Busy` if that
        takes too long.
        """
        with self.connections.transaction("looking up tags") as connection:
            lock_head(connection)
            rows = connection.execute(
                "SELECT tag, min(position) FROM policytrack.dcb_tags WHERE tag = ANY(%s) GROUP BY tag", [list(tags)]
            )
            return dict(rows.fetchall())

    def head(self) -> Head:
        """Return the head of the event store."""
        with self.connections.transaction("reading the head", is_snapshot=True) as connection:
            return head_of(connection, self.name)

    def clock_doubt(self) -> str | None:
        """Return why the server's clock, which stamps the next events, is probably wrong; None when nothing says so."""
        with self.connections.transaction("reading the head", is_snapshot=True) as connection:
            _, _, last = stored_head(connection, self.name)
            return clock_doubt(last, clock_of(connection))

    def close(self) -> None:
        """Close the idle connections."""
        self.connections.close()

    def _lock(self, connection: Connection) -> tuple[LockedHead, int]:
        """Exclude other writers; return the head, and the instant of this transaction by the server's clock.

        Raises `IntegrityTrouble` if the content of the last event does not match its digest: nothing is appended to it.
        """
        head, now = lock_head(connection)
        for _ in sequenced(connection.execute(*select_events(None, head.position - 1, None)).fetchall(), self.name):
            pass
        self.clock_warning = jump_between(head.recorded_at, now)
        return head, next_instant(head.recorded_at, now)


@contextmanager
def _refusals() -> Iterator[None]:
    """Translate the refusals of the function `append`."""
    try:
        yield
    except psycopg.Error as error:
        if error.sqlstate == CONFLICT:
            raise IntegrityError(error.diag.message_primary) from error
        if error.sqlstate == OUT_OF_ORDER:
            raise MalformedInput(
                error.diag.message_primary or "recorded_at decreases",
                hint="import the file in its original order, into a ledger without later events",
            ) from error
        raise


def _instants(recorded_at: Sequence[int] | None) -> Sequence[int] | None:
    for n, instant in enumerate(recorded_at or (), 1):
        if not is_instant(instant):
            raise MalformedInput(
                f"recorded_at of event {n} of {len(recorded_at or ())} is not an instant: {instant!r}",
                hint="import the file as it was exported",
            )
    return recorded_at


class PostgresDCBSubscription(DCBListenNotifySubscription[PostgresDCBRecorder]):
    """Listens for the notification of each append, and looks itself now and then.

    One thread listens and pulls; `stop` ends it. Errors in it are raised by the iterating thread.
    """

    def __init__(self, recorder: PostgresDCBRecorder, query: DCBQuery | None = None, after: int | None = None) -> None:
        # Opened here, so that the caller gets the error; used only by the pulling thread.
        self._listening = recorder.connections.open()
        self._listening.execute("LISTEN policytrack")
        super().__init__(recorder=recorder, query=query, after=after)

    def _loop_on_pull(self) -> None:
        try:
            while not self._has_been_stopped:
                self._pull()
                with storage_errors(self._recorder.name, "waiting for new events", _WAIT_SECONDS):
                    for _ in self._listening.notifies(timeout=_WAIT_SECONDS, stop_after=1):
                        break
        except BaseException as error:  # noqa: BLE001 # the iterating thread raises it
            self._thread_error = error
            self.stop()
        finally:
            with suppress(psycopg.Error):
                self._listening.close()
