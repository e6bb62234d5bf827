"""The event store in a PostgreSQL database."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from policytrack.store.anchor import Head, acknowledge
from policytrack.store.postgres import reading, schema
from policytrack.store.postgres.address import Address
from policytrack.store.postgres.connections import FORMAT, Connections
from policytrack.store.postgres.errors import storage_errors
from policytrack.store.postgres.heads import check_head, stored_digest, stored_head

if TYPE_CHECKING:
    import pyarrow as pa

    from policytrack.store.chain import ChainReport, Progress
    from policytrack.store.digest import Stored
    from policytrack.store.sqlite.store import SQLiteStore
    from policytrack.store.transactions import Transaction

_SIZE = "SELECT pg_total_relation_size('policytrack.dcb_events') + pg_total_relation_size('policytrack.dcb_tags')"
_LOOK_SECONDS: Final = 0.5
_SETTINGS = ("server_version", "fsync", "synchronous_commit", "full_page_writes", "data_checksums")


class PostgresStore:
    """An event store in a PostgreSQL database; see `policytrack.store.store.Store`.

    `head_file` is this user's own anchor: the last head that the user's commands have seen.
    """

    def __init__(self, address: Address, head_file: Path) -> None:
        self.address, self.head_file = address, head_file
        self.name = address.name
        self._connections = Connections.to(address)

    def exists(self) -> bool:
        return schema.exists(self._connections)

    def create(self) -> None:
        schema.create(self._connections)

    def head(self) -> Head:
        """Return the head, and remember it in the anchor: a server that has less later has lost events."""
        with self._connections.transaction("reading the head", is_snapshot=True) as connection:
            check_head(connection, self.name, self.head_file)
            position, digest, recorded_at = stored_head(connection, self.name)
        if position:
            acknowledge(self.head_file, position, digest)  # in a folder that cannot be written, the anchor lags behind
        return Head.of(position, digest, recorded_at)

    def digest_at(self, position: int) -> str | None:
        with self._connections.transaction("reading a digest", is_snapshot=True) as connection:
            digest = stored_digest(connection, position)
        return None if digest is None else digest.hex()

    def digests(self, upto: int) -> Iterator[bytes]:
        return reading.digests(self._connections, upto)

    def position_at(self, instant: datetime) -> int:
        return reading.position_at(self._connections, instant)

    def transaction_of(self, position: int) -> Transaction | None:
        return reading.transaction_of(self._connections, position)

    def arrow_batches(
        self, after: int, size: int, upto: int | None = None, *, first: int | None = None
    ) -> Iterator[pa.Table]:
        return reading.arrow_batches(self._connections, after, size, upto, first)

    def arrow_rows(self, positions: Sequence[int]) -> pa.Table:
        return reading.arrow_rows(self._connections, positions)

    def checked_pages(self, after: int, upto: int) -> Iterator[list[Stored]]:
        return reading.checked_pages(self._connections, after, upto)

    def wait_beyond(self, position: int, seconds: float) -> bool:
        """Wait for the notification of an append, and look twice a second: a pooler may deliver none."""
        deadline = time.monotonic() + seconds
        with closing(self._connections.open()) as listening:
            with storage_errors(self.name, "waiting for new events", seconds):
                listening.execute("LISTEN policytrack")
            while self.head().position <= position:
                if time.monotonic() >= deadline:
                    return False
                with storage_errors(self.name, "waiting for new events", seconds):
                    for _ in listening.notifies(timeout=_LOOK_SECONDS, stop_after=1):
                        break
        return True

    def verify(self, progress: Progress | None = None) -> ChainReport:
        from policytrack.store.postgres.verify import verify_chain

        return verify_chain(self._connections, progress)

    def settings_of_application(self) -> Mapping[str, str]:
        return {
            "PERSISTENCE_MODULE": "policytrack.store.postgres.factory",
            "POLICYTRACK_STORE": self.address.url,
            "LEDGER_HEAD": str(self.head_file),
        }

    @contextmanager
    def kept_open(self) -> Iterator[None]:
        try:
            yield
        finally:
            self._connections.close()

    def settle(self) -> None:
        """Do nothing: the server tidies up itself."""

    def copy_to(self, path: Path) -> SQLiteStore:
        from policytrack.store.sqlite.copying import write_store
        from policytrack.store.sqlite.store import SQLiteStore

        top = self.head().position
        write_store(path, self.checked_pages(0, top), mode=self.permissions(), reached=lambda _: None)
        return SQLiteStore(path)

    def condition(self) -> str:
        with self._connections.transaction("reading the settings", is_snapshot=True) as connection:
            values = [
                (connection.execute("SELECT current_setting(%s)", [name]).fetchone() or ("?",))[0] for name in _SETTINGS
            ]
        version, *others = values
        settings = ", ".join(f"{name} {value}" for name, value in zip(_SETTINGS[1:], others, strict=True))
        return f"PostgreSQL {version}, {settings}, format {FORMAT}"

    def files(self) -> Sequence[Path]:
        return []

    def size(self) -> int:
        with self._connections.transaction("reading the size", is_snapshot=True) as connection:
            row = connection.execute(_SIZE).fetchone()
        return int(row[0]) if row else 0

    def permissions(self) -> int:
        """Return the owner's: who may read the events is decided by the server."""
        return 0o600
