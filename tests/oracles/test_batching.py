"""Catching up in any batches makes the same tables, row for row, as taking all events at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.oracles.histories import history
from tests.projections.world import read_model


def tables(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every table of a read model with its rows."""
    with duckdb.connect(str(path), read_only=True) as connection:
        names = connection.execute("SELECT table_name FROM duckdb_tables() WHERE NOT internal").fetchall()
        return {name: connection.execute(f'FROM "{name}" ORDER BY ALL').fetchall() for (name,) in names}


@pytest.mark.parametrize(
    ("seed", "length", "sizes"),
    [
        (2, 48, (7, 1, 40)),
        pytest.param(1, 35, (1,), marks=pytest.mark.soak),
        pytest.param(2, 160, (7, 1, 40), marks=pytest.mark.soak),
        pytest.param(3, 160, (2, 30), marks=pytest.mark.soak),
    ],
)
def test_any_batches_make_the_tables_of_one_batch(
    tmp_path: Path, seed: int, length: int, sizes: tuple[int, ...]
) -> None:
    events = history(seed, length)
    at_once = tables(read_model(tmp_path / "one.duckdb", events))
    in_parts = tables(read_model(tmp_path / "many.duckdb", events, sizes))
    assert in_parts == at_once
    assert len(at_once["event"]) == len(events)
    assert any(row[-1] is not None for row in at_once["event"]), "nothing is superseded: the history says too little"


def test_a_longer_record_holds_what_a_shorter_one_held(tmp_path: Path) -> None:
    events = history(5, 60)
    before = tables(read_model(tmp_path / "before.duckdb", events[:40]))
    after = tables(read_model(tmp_path / "after.duckdb", events))
    for name in before.keys() - {"meta", "event"}:
        assert len(before[name]) <= len(after[name])
    # All but the last two columns, which later corrections change: known_to and superseded_by.
    assert [row[:-2] for row in before["event"]] == [row[:-2] for row in after["event"][:40]]
