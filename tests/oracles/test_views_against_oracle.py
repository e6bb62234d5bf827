"""The views against a second, independent computation of the same figures over random histories."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from policytrack.questions import ask as ask_question
from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.session import Session
from tests.oracles.histories import history
from tests.oracles.questions import COLUMNS, coordinates, disagreements
from tests.projections.world import read_model


def ask(folder: Path, seeds: range, count: int) -> tuple[Counter[str], int]:
    """Put all questions; returns how many of each view, and how many there were with an answer of no rows."""
    asked: Counter[str] = Counter()
    wrong: list[str] = []
    for seed in seeds:
        events = history(seed)
        path = read_model(folder / f"{seed}.duckdb", events)
        for view, found in disagreements(events, path, seed, count):
            asked[view] += 1
            if found:
                wrong.append(found)
        path.unlink()
    total = sum(asked.values())
    print(f"\n{total} questions over {len(seeds)} histories, {len(wrong)} answered differently")
    assert not wrong, f"{len(wrong)} of {total} differ; the first:\n{wrong[0]}"
    return asked, total


@pytest.mark.parametrize(("seeds", "count"), [(1, 10), pytest.param(3, 110, marks=pytest.mark.soak)])
def test_views_and_oracle_give_the_same_answers(tmp_path: Path, seeds: int, count: int) -> None:
    asked, total = ask(tmp_path, range(seeds), count)
    assert set(asked) == set(COLUMNS)
    assert total == seeds * count * len(COLUMNS)


@pytest.mark.soak
def test_views_and_oracle_give_the_same_ten_thousand_answers(tmp_path: Path) -> None:
    _, total = ask(tmp_path, range(100, 125), count=60)
    assert total >= 10_000


@pytest.mark.parametrize(("seeds", "count"), [pytest.param(range(40), 4, marks=pytest.mark.soak)])
def test_the_holdings_of_one_firm_are_those_among_the_holdings_of_all(tmp_path: Path, seeds: range, count: int) -> None:
    compared = 0
    for seed in seeds:
        events = history(seed)
        path = read_model(tmp_path / f"{seed}.duckdb", events)
        for asked in coordinates(events, seed, count):
            with Session(path, Coordinates(asked.as_of, asked.known_at)) as session:
                every = ask_question(session, "holdings").to_pylist()
                firms = sorted({row["firm_id"] for row in every})
                for firms_asked in [[firm] for firm in firms] + [firms[:2]]:
                    held = ask_question(session, "holdings", {"firm": firms_asked}).to_pylist()
                    assert held == [row for row in every if row["firm_id"] in firms_asked], (seed, asked, firms_asked)
                assert ask_question(session, "holdings").to_pylist() == every, "all firms again"
                compared += len(every)
    assert compared > 20
