"""Opens the connection to an event store in PostgreSQL: one per process, shared by its readers and writers."""

from __future__ import annotations

import atexit
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, LiteralString

import psycopg
from psycopg import sql
from psycopg.adapt import Transformer

from policytrack.errors import IntegrityTrouble, NotFound
from policytrack.store.postgres.address import Address
from policytrack.store.postgres.errors import storage_errors

FORMAT: Final = 2
"""The version of the tables and functions."""
WAIT_SECONDS: Final = 30.0
"""The time in seconds that a writer waits for another one before it fails with `Busy`."""
_CONNECT_SECONDS: Final = 10
_LONGEST: Final = 300
"""The longest statement in seconds, and the longest pause of a client in a transaction: it then loses its lock, and
nothing of it is stored."""
_BEGIN: Final = "BEGIN"
_SNAPSHOT: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
# One text for one round trip. `jit`: compiling takes longer than any query takes (measured: 9 ms of 10 ms).
_SETTINGS: Final = (
    "{begin}; SET LOCAL lock_timeout = {wait}; SET LOCAL statement_timeout = {longest};"
    " SET LOCAL idle_in_transaction_session_timeout = {longest}; SET LOCAL jit = off"
)
_KEEPALIVE: Final[dict[str, Any]] = {
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 20_000,
}
"""Without these, a command waits for ever on a connection that a router dropped (seconds, and milliseconds)."""

Connection = psycopg.Connection[Any]


def _look_for_numpy() -> None:
    """Let psycopg look once for numpy's integers while `sys.modules` does not hide numpy behind a None.

    The command line hides it, to start faster (see `policytrack.__main__`); psycopg takes the name for the module.
    """
    is_hidden = "numpy" in sys.modules and sys.modules["numpy"] is None
    if is_hidden:
        del sys.modules["numpy"]
    Transformer().as_literal(1)
    if is_hidden:
        sys.modules["numpy"] = None  # type: ignore[assignment]


_look_for_numpy()


class Connections:
    """The connections of this process to one event store, each used by one transaction at a time.

    They are opened when needed, and again after they broke. Nothing is prepared on the server and no session setting is
    relied on, so a pooler in transaction mode works too.
    """

    def __init__(self, address: Address, wait_seconds: float = WAIT_SECONDS) -> None:
        self.address, self.wait_seconds = address, wait_seconds
        self._lock = threading.Lock()
        self._idle: list[Connection] = []
        self._is_checked = False

    @classmethod
    def to(cls, address: Address) -> Connections:
        """Return the connections of this process to an event store. A forked process gets its own."""
        key = (os.getpid(), address.url)
        if key not in _SHARED:
            _SHARED[key] = cls(address)
            atexit.register(_SHARED[key].close)
        return _SHARED[key]

    def open(self) -> Connection:
        """Open a connection in autocommit mode, which the caller closes. Raises `StorageTrouble` and `NotFound`."""
        with storage_errors(self.address.name, "connecting", self.wait_seconds):
            return psycopg.connect(
                self.address.url,
                autocommit=True,
                prepare_threshold=None,
                connect_timeout=_CONNECT_SECONDS,
                application_name="policytrack",
                client_encoding="UTF8",
                **_KEEPALIVE,
            )

    @contextmanager
    def transaction(self, doing: str, *, is_snapshot: bool = False) -> Iterator[Connection]:
        """Run a transaction: commit at the end, roll back on any error.

        `is_snapshot` makes it read-only and shows all its reads the same state. Raises what `errors.explained` returns;
        after an error in the commit it is unknown whether the events were stored.
        """
        from eventsourcing.persistence import IntegrityError

        connection = self._borrow()
        try:
            with storage_errors(self.address.name, doing, self.wait_seconds):
                connection.execute(self._beginning(_SNAPSHOT if is_snapshot else _BEGIN))
                yield connection
            with storage_errors(self.address.name, f"committing after {doing}", self.wait_seconds):
                connection.execute("COMMIT")
        except IntegrityError:  # a conflict with another writer is a normal result
            connection.execute("ROLLBACK")
            self._give_back(connection)
            raise
        except BaseException:
            connection.close()
            self.close()  # the others may be as broken, after a restart of the server
            raise
        self._give_back(connection)

    def _beginning(self, begin: LiteralString) -> sql.Composed:
        wait, longest = (f"{seconds:.0f}s" for seconds in (self.wait_seconds, _LONGEST))
        return sql.SQL(_SETTINGS).format(begin=sql.SQL(begin), wait=wait, longest=longest)

    def close(self) -> None:
        """Close the idle connections; the next use opens another."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _borrow(self) -> Connection:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        connection = self.open()
        if not self._is_checked:
            try:
                with storage_errors(self.address.name, "opening the event store", self.wait_seconds):
                    _check_format(connection, self.address.name)
            except BaseException:
                connection.close()
                raise
            self._is_checked = True
        return connection

    def _give_back(self, connection: Connection) -> None:
        with self._lock:
            self._idle.append(connection)


_SHARED: dict[tuple[int, str], Connections] = {}


def has_event_store(connection: Connection) -> bool:
    """Return whether the database has the tables of an event store."""
    row = connection.execute("SELECT to_regclass('policytrack.format') IS NOT NULL").fetchone()
    return bool(row and row[0])


def _check_format(connection: Connection, name: str) -> None:
    if not has_event_store(connection):
        raise NotFound(
            f"there is no event store at {name}",
            hint="create it once with `policytrack init DIR --store ADDRESS`, or check the database's name",
        )
    row = connection.execute("SELECT max(version) FROM policytrack.format").fetchone()
    version = row[0] if row else None
    if version != FORMAT:
        raise IntegrityTrouble(
            f"{name} is an event store of format {version}; this version of policytrack supports format {FORMAT}",
            hint="upgrade policytrack"
            if isinstance(version, int) and version > FORMAT
            else "copy it to a file with the version that made it (`policytrack copy-store`), and with this one into"
            " a new database",
        )
