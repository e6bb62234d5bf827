"""A read model for each module of tests, of the events that the module lists as `EVENTS`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.projections.world import read_model


@pytest.fixture(scope="module")
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The read model file of the module's events, in the order in which they are listed."""
    return read_model(tmp_path_factory.mktemp("world") / "world.duckdb", request.module.EVENTS)
