"""Pools the connections to an event store; each is used by one thread at a time.

A command opens the event store once: within `kept_open`, all readers and writers share its connections.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from policytrack.store.sqlite.errors import WAIT_SECONDS, storage_errors
from policytrack.store.sqlite.files import CHECKPOINT_WAIT_SECONDS, open_store


class Connections:
    """A pool of connections to one event store.

    The library's own pool is not used: it never releases its write lock when opening fails, and does not translate
    SQLite errors.
    """

    def __init__(self, path: Path, wait_seconds: float = WAIT_SECONDS) -> None:
        self.path, self.wait_seconds = path, wait_seconds
        self._idle: list[sqlite3.Connection] = []
        self._idle_readers: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._is_closed = False
        self._is_kept = False

    @classmethod
    def to(cls, path: Path, wait_seconds: float = WAIT_SECONDS) -> Connections:
        """Return the shared connections to a store that is `kept_open`, else new ones that the caller closes."""
        kept = _KEPT.get(path.absolute())
        return kept if kept is not None and kept.wait_seconds == wait_seconds else cls(path, wait_seconds)

    def open(self) -> sqlite3.Connection:
        """Open a new connection, which the caller closes. Raises what `open_store` raises."""
        return open_store(self.path, wait_seconds=self.wait_seconds)

    @contextmanager
    def transaction(self, begin: str, doing: str) -> Iterator[sqlite3.Connection]:
        """Run a transaction on a pooled connection: commit at the end, roll back on any error.

        `begin` is the statement that starts it. Raises `Busy`, `StorageTrouble` or `IntegrityTrouble` for SQLite
        errors. After an error in the commit itself it is unknown whether the events were stored. All idle connections
        are then closed, so that the next reader sees the state of the file.
        """
        from eventsourcing.persistence import IntegrityError  # here: commands that only read do not wait for its import

        connection = self._borrow()
        try:
            with storage_errors(self.path, doing, self.wait_seconds):
                connection.execute(begin)
                yield connection
            with storage_errors(self.path, f"committing after {doing}", self.wait_seconds):
                connection.execute("COMMIT")
        except IntegrityError:
            # A conflict with another writer is a normal result; the connection stays usable.
            connection.execute("ROLLBACK")
            self._give_back(connection)
            raise
        except BaseException:
            connection.close()
            self._close_idle()
            raise
        self._give_back(connection)

    @contextmanager
    def reader(self) -> Iterator[sqlite3.Connection]:
        """Provide a connection for reading; close it on any error. Raises what `open_store` raises."""
        with self._lock:
            idle = self._idle or self._idle_readers
            connection, is_reader = (idle.pop(), idle is self._idle_readers) if idle else (None, True)
        if connection is None:
            connection = open_store(self.path, read_only=True, wait_seconds=self.wait_seconds)
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        connection.text_factory = str
        self._give_back(connection, is_reader=is_reader)

    def close(self) -> None:
        """Close all idle connections, and those in use when they are returned; does nothing within `kept_open`."""
        if not self._is_kept:
            self._is_closed = True
            self._close_idle()

    def checkpoint_and_close(self) -> None:
        """Checkpoint the write-ahead log if this process may have written and no other process reads; then close."""
        for connection in self._idle[:1]:
            with suppress(sqlite3.Error):  # the log keeps committed events until a later checkpoint
                connection.execute(f"PRAGMA busy_timeout = {CHECKPOINT_WAIT_SECONDS * 1000:.0f}")
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        self.close()

    def _borrow(self) -> sqlite3.Connection:
        if self._is_closed:
            from eventsourcing.persistence import ProgrammingError

            raise ProgrammingError("the event store is closed")
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return self.open()

    def _give_back(self, connection: sqlite3.Connection, *, is_reader: bool = False) -> None:
        with self._lock:
            if not self._is_closed:
                (self._idle_readers if is_reader else self._idle).append(connection)
                return
        connection.close()

    def _close_idle(self) -> None:
        # Close readers first: SQLite checkpoints the log when the last connection closes, if that one can write.
        with self._lock:
            idle, self._idle_readers, self._idle = [*self._idle_readers, *self._idle], [], []
        for connection in idle:
            connection.close()


_KEPT: dict[Path, Connections] = {}


def is_kept_open(path: Path) -> bool:
    """Return whether the connections to an event store are kept open until the end of the command."""
    return path.absolute() in _KEPT


@contextmanager
def kept_open(path: Path) -> Iterator[None]:
    """Keep the connections to an event store open in the `with` block; then checkpoint and close them.

    Use it for one command only: a process with an open connection does not notice when the file is replaced.
    """
    if is_kept_open(path):
        yield
        return
    kept = _KEPT[path.absolute()] = Connections(path)
    kept._is_kept = True
    try:
        yield
    finally:
        del _KEPT[path.absolute()]
        kept._is_kept = False
        kept.checkpoint_and_close()
