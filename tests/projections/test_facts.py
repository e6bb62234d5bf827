"""Facts files: each takes the events of the types that its text names, and no others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import duckdb
import pytest

from policytrack.events import EVENT_TYPES
from policytrack.readmodel.sql_files import Catalogue
from policytrack.resources import PROJECTIONS
from tests.events.every_type import full
from tests.projections.world import read_model

FACTS = {file.name: file for file in Catalogue.load(PROJECTIONS).facts}
TYPES = list(EVENT_TYPES)


@pytest.fixture(scope="module")
def every_type(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The tables of one event of every type: that of `TYPES[n]` is at position n + 1."""
    events = [full(name, event_id=UUID(int=100 + n), supersedes=None) for n, name in enumerate(TYPES)]
    path: Path = read_model(tmp_path_factory.mktemp("facts") / "every.duckdb", events)
    with duckdb.connect(str(path), read_only=True) as connection:
        yield connection


@pytest.mark.parametrize("name", FACTS)
def test_a_facts_file_takes_the_types_that_it_names(every_type: duckdb.DuckDBPyConnection, name: str) -> None:
    found = {TYPES[position - 1] for (position,) in every_type.execute(f"SELECT position FROM {name}").fetchall()}
    assert FACTS[name].event_types <= set(TYPES)
    assert found == (FACTS[name].event_types or set(TYPES))
