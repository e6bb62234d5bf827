"""The views against a second, independent computation of the same figures over random histories."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.oracles.histories import history
from tests.oracles.questions import COLUMNS, disagreements
from tests.projections.world import read_model


def ask(folder: Path, seeds: range, coordinates: int) -> tuple[Counter[str], int]:
    """Put all questions; returns how many of each view, and how many there were with an answer of no rows."""
    asked: Counter[str] = Counter()
    wrong: list[str] = []
    for seed in seeds:
        events = history(seed)
        path = read_model(folder / f"{seed}.duckdb", events)
        for view, found in disagreements(events, path, seed, coordinates):
            asked[view] += 1
            if found:
                wrong.append(found)
        path.unlink()
    total = sum(asked.values())
    print(f"\n{total} questions over {len(seeds)} histories, {len(wrong)} answered differently")
    assert not wrong, f"{len(wrong)} of {total} differ; the first:\n{wrong[0]}"
    return asked, total


@pytest.mark.parametrize("coordinates", [50, pytest.param(110, marks=pytest.mark.soak)])
def test_views_and_oracle_give_the_same_answers(tmp_path: Path, coordinates: int) -> None:
    asked, total = ask(tmp_path, range(3), coordinates)
    assert set(asked) == set(COLUMNS)
    assert total == 3 * coordinates * len(COLUMNS)


@pytest.mark.soak
def test_views_and_oracle_give_the_same_ten_thousand_answers(tmp_path: Path) -> None:
    _, total = ask(tmp_path, range(100, 125), coordinates=60)
    assert total >= 10_000
