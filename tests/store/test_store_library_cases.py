"""The test cases that the event-sourcing library ships for whoever writes a recorder: the recorder alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from eventsourcing.dcb import tests as shipped
from eventsourcing.dcb.persistence import DCBInfrastructureFactory
from eventsourcing.popo import POPOTrackingRecorder
from eventsourcing.utils import Environment


def environment(folder: Path) -> dict[str, str]:
    return {"PERSISTENCE_MODULE": "policytrack.store.sqlite.factory", "SQLITE_DBNAME": str(folder / "events.db")}


class TestRecorder(shipped.DCBRecorderTestCase):
    @pytest.fixture(autouse=True)
    def _made_from_the_environment(self, tmp_path: Path) -> None:
        env = Environment(env=environment(tmp_path))
        factory: DCBInfrastructureFactory[POPOTrackingRecorder] = DCBInfrastructureFactory.construct(env)
        self.recorder = factory.dcb_recorder()
        self.addCleanup(factory.close)

    def test_appends_and_reads_as_the_library_expects(self) -> None:
        self._test_append_read(self.recorder)

    def test_subscribes_as_the_library_expects(self) -> None:
        self._test_append_subscribe(self.recorder)
