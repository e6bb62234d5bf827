"""The connections to an event store: lent to one thread at a time, opened when none is idle.

A command opens the event store once: within `kept_open`, everything that reads or writes it shares its connections.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from policytrack.store.files import CHECKPOINT_WAIT_SECONDS, open_store
from policytrack.store.sqlite_errors import WAIT_SECONDS, storage_errors


class Connections:
    """Connections to one store.

    The library's own pool is not used: when opening fails it keeps its write lock for ever, and it lets
    errors of SQLite through.
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
        """A connection of its own for a caller that closes it. Raises what `open_store` raises."""
        return open_store(self.path, wait_seconds=self.wait_seconds)

    @contextmanager
    def transaction(self, begin: str, doing: str) -> Iterator[sqlite3.Connection]:
        """A transaction on a lent connection: committed at the end, rolled back on any error.

        `begin` is the statement that starts it. Raises `Busy`, `StorageTrouble` or `IntegrityTrouble` for
        errors of SQLite. After an error in the commit itself nobody knows yet whether it was stored: all idle
        connections are closed, so that whoever looks next sees what the file says, not what this process
        believes.
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
            # A conflict is an ordinary answer; the connection is as good as before.
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
        """A connection to read from, closed on any error. Raises what `open_store` raises."""
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
        """Close all idle connections; those on loan are closed when they come back. Those kept open stay open."""
        if not self._is_kept:
            self._is_closed = True
            self._close_idle()

    def checkpoint_and_close(self) -> None:
        """Empty the write-ahead log, if something may have been written and no other process is reading; then close."""
        for connection in self._idle[:1]:
            with suppress(sqlite3.Error):  # what is committed stays committed in the log
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
        # Readers first: the last connection that can write moves the write-ahead log into the file when it is closed.
        with self._lock:
            idle, self._idle_readers, self._idle = [*self._idle_readers, *self._idle], [], []
        for connection in idle:
            connection.close()


_KEPT: dict[Path, Connections] = {}


def is_kept_open(path: Path) -> bool:
    """Whether the connections to a store are kept open until the end of the command."""
    return path.absolute() in _KEPT


@contextmanager
def kept_open(path: Path) -> Iterator[None]:
    """Keep the connections to a store open between their uses; at the end close them, after a checkpoint.

    Only for the time of one command: a process that holds a store open does not notice that another file took its
    place.
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
