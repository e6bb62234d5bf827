"""The test cases that the event-sourcing library ships for whoever writes a recorder: a projection fed by it.

The library's own events of these cases need msgspec, which policytrack itself does not.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest
from eventsourcing.persistence import Tracking
from eventsourcing.popo import POPOTrackingRecorder
from eventsourcing.utils import get_topic

from tests.store.test_store_library_cases import environment

pytest.importorskip("msgspec", reason="the library's projection case needs msgspec")
from eventsourcing.dcb.msgpack import MessagePackMapper
from eventsourcing.tests import projection as shipped_projection


class CountersInMemory(POPOTrackingRecorder, shipped_projection.EventCountersView):
    """The view that the shipped projection counts in."""

    def __init__(self) -> None:
        super().__init__()
        self.created = self.subsequent = 0

    def get_created_event_counter(self) -> int:
        return self.created

    def get_subsequent_event_counter(self) -> int:
        return self.subsequent

    def incr_created_event_counter(self, tracking: Tracking) -> None:
        self.insert_tracking(tracking)
        self.created += 1

    def incr_subsequent_event_counter(self, tracking: Tracking) -> None:
        self.insert_tracking(tracking)
        self.subsequent += 1


class TestProjection(shipped_projection.TaggedDecisionCountersProjectionTestCase):
    view_class = CountersInMemory
    env: ClassVar[dict[str, str]] = {}

    @pytest.fixture(autouse=True)
    def _a_store_for_the_events_and_memory_for_the_view(self, tmp_path: Path) -> None:
        type(self).env = {
            **environment(tmp_path),
            "EVENTCOUNTERS_PERSISTENCE_MODULE": "eventsourcing.popo",
            "MAPPER_TOPIC": get_topic(MessagePackMapper),
        }
