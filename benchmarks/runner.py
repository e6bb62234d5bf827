"""The yardstick of rebuilds: the library's own ProjectionRunner, counting events into a SQLite view."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, ClassVar

from eventsourcing.dcb.application import DCBApplication
from eventsourcing.persistence import Tracking
from eventsourcing.projection import Projection, ProjectionRunner
from eventsourcing.sqlite import SQLiteTrackingRecorder

from policytrack.ledger import Ledger


class Counting(SQLiteTrackingRecorder):
    """A view that counts events, with its tracking position, in one transaction an event."""

    def count(self, tracking: Tracking) -> None:
        """Take one event."""
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)


class CountingProjection(Projection[Counting]):
    """Counts every event."""

    name = "counting"
    topics: ClassVar[Any] = ()

    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        """Take one event."""
        del domain_event
        self.view.count(tracking)


class Source(DCBApplication):
    """The ledger's store, as the library reads it."""

    name = "source"
    env: ClassVar[dict[str, str]] = {  # type: ignore[misc] # the library declares it of the instance
        "PERSISTENCE_MODULE": "policytrack.store.sqlite.factory",
        "MAPPER_TOPIC": "policytrack.store.mapper:EventMapper",
        "CREATE_TABLE": "no",
    }


def run(folder: Path, ledger: Ledger, count: int) -> float:
    """Events a second over the first `count` events of the ledger."""
    environment = {
        "SQLITE_DBNAME": str(ledger.store.path),
        "COUNTING_PERSISTENCE_MODULE": "eventsourcing.sqlite",
        "COUNTING_SQLITE_DBNAME": str(folder / "counting.db"),
        "COUNTING_CREATE_TABLE": "yes",
    }
    start = time.perf_counter()
    with ProjectionRunner(
        application_class=Source, projection_class=CountingProjection, view_class=Counting, env=environment
    ) as runner:
        runner.wait(count, timeout=120)
        done = runner.projection.view.max_tracking_id(Source.name) or count
        return done / (time.perf_counter() - start)
