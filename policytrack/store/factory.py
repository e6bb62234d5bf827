"""The persistence module: ``PERSISTENCE_MODULE=policytrack.store.factory`` with ``SQLITE_DBNAME=events.db``.

The library looks here for exactly one factory class.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from eventsourcing.dcb import persistence as dcb
from eventsourcing.persistence import TrackingRecorder
from eventsourcing.utils import Environment, EnvType, strtobool

from policytrack.errors import Refused, UsageError
from policytrack.store.anchor import head_file_beside
from policytrack.store.files import create_store
from policytrack.store.recorder import SQLiteDCBRecorder
from policytrack.store.sqlite_errors import WAIT_SECONDS


class SQLiteDCBFactory(dcb.DCBInfrastructureFactory[TrackingRecorder]):
    """Makes recorders from the environment.

    * `SQLITE_DBNAME`: the file of the store
    * `CREATE_TABLE`: ``yes`` (the library's default) makes the store when there is none; ``no`` refuses then
    * `LEDGER_HEAD`: ``yes`` (default) remembers the last acknowledged event in `ledger.head` beside the
      store, and refuses a store that has lost it; ``no`` does neither
    * `SQLITE_LOCK_TIMEOUT`: seconds that a writer waits for others, default 30

    Tracking recorders are not made here: a read model is derived, and has no place in the file of the truth.
    """

    SQLITE_DBNAME: Final = "SQLITE_DBNAME"
    SQLITE_LOCK_TIMEOUT: Final = "SQLITE_LOCK_TIMEOUT"
    CREATE_TABLE: Final = "CREATE_TABLE"
    LEDGER_HEAD: Final = "LEDGER_HEAD"

    def __init__(self, env: Environment | EnvType | None) -> None:
        super().__init__(env)
        self._recorders: list[SQLiteDCBRecorder] = []

    def dcb_recorder(self) -> SQLiteDCBRecorder:
        """A recorder on the store. Raises `UsageError` for settings, and what opening the store raises."""
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
        """Close the connections of all recorders made here."""
        for recorder in self._recorders:
            recorder.close()

    def _create(self, path: Path) -> None:
        try:
            create_store(path)
        except Refused:
            # Another process made it in the meantime; what it made is checked when it is opened.
            if not path.exists():
                raise

    def _is_set(self, name: str) -> bool:
        return strtobool(self.env.get(name) or "yes")

    def _wait_seconds(self) -> float:
        text = self.env.get(self.SQLITE_LOCK_TIMEOUT) or str(WAIT_SECONDS)
        try:
            return float(text)
        except ValueError as cause:
            raise UsageError(f"{self.SQLITE_LOCK_TIMEOUT} is no number of seconds: {text!r}") from cause
