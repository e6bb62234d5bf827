"""The events of the curated record, and a read model made of them once for the folder."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from policytrack.events import Event
from policytrack.importing.read import load_events
from tests.projections.world import read_model
from tests.record.record_support import LOG, TODAY


@pytest.fixture(scope="package")
def events() -> list[Event]:
    """The events of all stories."""
    stories = [(story.name, story) for story in sorted(LOG.glob("*.yaml"))]
    return load_events(stories, today=TODAY, known_on_of=lambda _: None)[0]


@pytest.fixture(scope="package")
def facts(events: list[Event], tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The facts and views of these events, to be read only."""
    with duckdb.connect(
        str(read_model(tmp_path_factory.mktemp("record") / "record.duckdb", events)), read_only=True
    ) as made:
        yield made
