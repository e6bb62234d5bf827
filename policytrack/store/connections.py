"""The connections of a recorder: lent to one thread at a time, opened when none is idle."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from eventsourcing.persistence import IntegrityError, ProgrammingError

from policytrack.store.files import open_store
from policytrack.store.sqlite_errors import WAIT_SECONDS, storage_errors


class Connections:
    """Connections to one store.

    The library's own pool is not used: when opening fails it keeps its write lock for ever, and it lets
    errors of SQLite through.
    """

    def __init__(self, path: Path, wait_seconds: float = WAIT_SECONDS) -> None:
        self.path, self.wait_seconds = path, wait_seconds
        self._idle: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._is_closed = False

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

    def close(self) -> None:
        """Close all idle connections; those on loan are closed when they come back."""
        self._is_closed = True
        self._close_idle()

    def _borrow(self) -> sqlite3.Connection:
        if self._is_closed:
            raise ProgrammingError("the event store is closed")
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return self.open()

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._lock:
            if not self._is_closed:
                self._idle.append(connection)
                return
        connection.close()

    def _close_idle(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()
