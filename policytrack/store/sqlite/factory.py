"""Provides the library's persistence module: ``PERSISTENCE_MODULE=policytrack.store.sqlite.factory``.

The library expects exactly one factory class in this module.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from eventsourcing.dcb import persistence as dcb
from eventsourcing.persistence import TrackingRecorder
from eventsourcing.utils import Environment, EnvType, strtobool

from policytrack.errors import Refused, UsageError
from policytrack.store.anchor import head_file_beside
from policytrack.store.sqlite.errors import WAIT_SECONDS
from policytrack.store.sqlite.files import create_store
from policytrack.store.sqlite.recorder import SQLiteDCBRecorder


class SQLiteDCBFactory(dcb.DCBInfrastructureFactory[TrackingRecorder]):
    """Creates recorders from environment settings.

    * `SQLITE_DBNAME`: the path of the event store
    * `CREATE_TABLE`: ``yes`` (the library's default) creates a missing event store; ``no`` refuses it
    * `LEDGER_HEAD`: ``yes`` (default) writes the last acknowledged event to the anchor file and refuses an event store
      that has lost it; ``no`` does neither
    * `SQLITE_LOCK_TIMEOUT`: seconds that a writer waits for a lock, default 30

    It creates no tracking recorders: read models are derived data in their own file.
    """

    SQLITE_DBNAME: Final = "SQLITE_DBNAME"
    SQLITE_LOCK_TIMEOUT: Final = "SQLITE_LOCK_TIMEOUT"
    CREATE_TABLE: Final = "CREATE_TABLE"
    LEDGER_HEAD: Final = "LEDGER_HEAD"

    def __init__(self, env: Environment | EnvType | None) -> None:
        super().__init__(env)
        self._recorders: list[SQLiteDCBRecorder] = []

    def dcb_recorder(self) -> SQLiteDCBRecorder:
        """Create a recorder. Raises `UsageError` for invalid settings, and what opening the event store raises."""
        path = Path(self.env.get(self.SQLITE_DBNAME) or "")
        if path == Path():
            raise UsageError(f"{self.SQLITE_DBNAME} is not set", hint="set it to the path of the event store")
        if self._is_set(self.CREATE_TABLE) and not path.exists():
            self._create(path)
        recorder = SQLiteDCBRecorder(
            path,
            head_file=head_file_beside(path) if self._is_set(self.LEDGER_HEAD) else None,
            wait_seconds=self._wait_seconds(),
        )
        self._recorders.append(recorder)
        return recorder

    def close(self) -> None:
        """Close the connections of all recorders created here."""
        for recorder in self._recorders:
            recorder.close()

    def _create(self, path: Path) -> None:
        try:
            create_store(path)
        except Refused:
            # Another process created it in the meantime; opening it checks it.
            if not path.exists():
                raise

    def _is_set(self, name: str) -> bool:
        return strtobool(self.env.get(name) or "yes")

    def _wait_seconds(self) -> float:
        text = self.env.get(self.SQLITE_LOCK_TIMEOUT) or str(WAIT_SECONDS)
        try:
            return float(text)
        except ValueError as cause:
            what = f"{self.SQLITE_LOCK_TIMEOUT} is not a number of seconds: {text!r}"
            raise UsageError(what, hint="set it to a number such as 30") from cause
