"""The event store in a SQLite file."""

from __future__ import annotations

import stat
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from policytrack.store.anchor import Head, head_file_beside
from policytrack.store.sqlite import connections, files, reading

if TYPE_CHECKING:
    import pyarrow as pa

    from policytrack.store.chain import ChainReport, Progress
    from policytrack.store.digest import Stored
    from policytrack.store.transactions import Transaction

_POLL_SECONDS: Final = 0.1


class SQLiteStore:
    """An event store in a SQLite file; see `policytrack.store.store.Store`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = str(path)
        self.head_file = head_file_beside(path)

    def exists(self) -> bool:
        return self.path.exists()

    def create(self) -> None:
        files.create_store(self.path)

    def head(self) -> Head:
        return reading.head(self.path)

    def digest_at(self, position: int) -> str | None:
        return reading.digest_at(self.path, position)

    def digests(self, upto: int) -> Iterator[bytes]:
        return reading.digests(self.path, upto)

    def position_at(self, instant: datetime) -> int:
        return reading.position_at(self.path, instant)

    def transaction_of(self, position: int) -> Transaction | None:
        return reading.transaction_of(self.path, position)

    def arrow_batches(
        self, after: int, size: int, upto: int | None = None, *, first: int | None = None
    ) -> Iterator[pa.Table]:
        return reading.arrow_batches(self.path, after, size, upto, first=first)

    def arrow_rows(self, positions: Sequence[int]) -> pa.Table:
        return reading.arrow_rows(self.path, positions)

    def checked_pages(self, after: int, upto: int) -> Iterator[list[Stored]]:
        return reading.checked_pages(self.path, after, upto)

    def wait_beyond(self, position: int, seconds: float) -> bool:
        """Look ten times a second: SQLite does not tell other processes of a commit."""
        deadline = time.monotonic() + seconds
        while self.head().position <= position:
            if time.monotonic() >= deadline:
                return False
            time.sleep(_POLL_SECONDS)
        return True

    def verify(self, progress: Progress | None = None) -> ChainReport:
        from policytrack.store.sqlite.verify import verify_chain

        return verify_chain(self.path, progress)

    def settings_of_application(self) -> Mapping[str, str]:
        return {"PERSISTENCE_MODULE": "policytrack.store.sqlite.factory", "SQLITE_DBNAME": str(self.path)}

    def kept_open(self) -> AbstractContextManager[None]:
        return connections.kept_open(self.path)

    def settle(self) -> None:
        """Move committed events from the write-ahead log into the file, unless that happens at the command's end."""
        if not connections.is_kept_open(self.path):
            files.checkpoint(self.path)

    def copy_to(self, path: Path) -> SQLiteStore:
        files.copy_store(self.path, path)
        return SQLiteStore(path)

    def condition(self) -> str:
        pragmas = files.condition(self.path)
        journal, synchronous, version = (pragmas[name] for name in ("journal_mode", "synchronous", "user_version"))
        return f"journal {journal}, synchronous {synchronous}, format {version}"

    def files(self) -> Sequence[Path]:
        return [self.path]

    def size(self) -> int:
        return self.path.stat().st_size

    def permissions(self) -> int:
        return stat.S_IMODE(self.path.stat().st_mode) & 0o666
