"""In random histories at random dates, the answer about some things is that part of the whole answer."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from policytrack.questions import ask
from policytrack.questions.why_national import FIGURES, explain
from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.session import Session
from tests.oracles.histories import history
from tests.oracles.questions import coordinates
from tests.projections.world import read_model
from tests.questions.conftest import without_citations

PARTS = (
    ("pending", "project", "project_id"),
    ("pending", "country", "country_code"),
    ("pending", "activity", "activity_id"),
    ("pending", "facility", "facility_id"),
    ("swaps", "swap", "swap_id"),
    ("swaps", "project", "project_id"),
    ("swaps", "activity", "activity_id"),
    ("capacity_by_facility", "facility", "facility_id"),
    ("capacity_by_facility", "country", "country_code"),
    ("capacity_by_facility", "activity", "activity_id"),
    ("capacity_by_facility", "region", "region_code"),
)


@pytest.mark.parametrize(
    ("seeds", "pairs", "length"),
    [(range(1), 1, 90), pytest.param(range(40), 12, 160, marks=pytest.mark.soak)],
    ids=["some", "many"],
)
def test_each_part_of_an_answer_is_the_answer_about_that_part(
    tmp_path: Path, seeds: range, pairs: int, length: int
) -> None:
    compared = 0
    for seed in seeds:
        events, chance = history(seed, length), random.Random(seed)
        path = read_model(tmp_path / f"{seed}.duckdb", events)
        for one in chance.sample(list(coordinates(events, seed, 40)), pairs):
            with Session(path, Coordinates(one.as_of, one.known_at)) as session:
                for question, key, column in PARTS:
                    whole = ask(session, question).to_pylist()
                    for value in sorted({row[column] for row in whole if row[column] is not None}):
                        part = [row for row in whole if row[column] == value]
                        assert ask(session, question, {key: [value]}).to_pylist() == part, (seed, one, question, value)
                        compared += len(part)
                compared += _compare_leaves(session, chance, (seed, one))
    print(f"{compared} rows of {len(seeds)} random histories")
    assert compared > 10 * len(seeds)


def _compare_leaves(session: Session, chance: random.Random, where: Any) -> int:
    """Compare the leaves of a few national figures with those of the fold of all things."""
    compared = 0
    cells = ask(session, "capacity").to_pylist()
    for row in chance.sample(cells, min(2, len(cells))):
        cell = {"country_code": row["country_code"], "activity_id": row["activity_id"]}
        figure = chance.choice(FIGURES)
        found = explain(session, figure, **cell)
        leaves = [without_citations(leaf) for leaf in found.leaves]
        assert leaves == ask(session, "why", {**cell, "figure": figure}).to_pylist(), (where, cell, figure)
        compared += len(found.leaves)
    return compared
