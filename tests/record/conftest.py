"""The events of the curated record, and the read model of the demo ledger, which is made of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import duckdb
import pytest

from policytrack.events import Event
from policytrack.importing.read import load_events
from policytrack.ledger import Ledger
from tests.record.record_support import LOG, TODAY


@pytest.fixture(scope="package")
def events() -> list[Event]:
    """The events of all stories."""
    stories = [(story.name, story) for story in sorted(LOG.glob("*.yaml"))]
    return load_events(stories, today=TODAY, known_on_of=lambda _: None)[0]


@pytest.fixture(scope="package")
def facts(events: list[Event], demo_ledger: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The facts and views of these events: those of the demo ledger, which holds them. Only for reading."""
    with duckdb.connect(str(Ledger(demo_ledger).generation(notes=lambda _: None)), read_only=True) as made:
        found = [UUID(str(id_)) for (id_,) in made.execute("SELECT event_id FROM event ORDER BY position").fetchall()]
        assert found == [event.event_id for event in events]
        yield made
