"""Quotas, rules, support, credit lots and firms against a second, independent computation over random histories."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.oracles.oracle import Record
from tests.oracles.policy import COLUMNS, PolicyAnswer
from tests.oracles.policy_histories import policy_history
from tests.oracles.questions import coordinates, from_views
from tests.projections.world import read_model


@pytest.mark.parametrize(("seeds", "count"), [(1, 25), pytest.param(25, 80, marks=pytest.mark.soak)])
def test_the_views_of_policy_and_the_oracle_give_the_same_answers(tmp_path: Path, seeds: int, count: int) -> None:
    shown: Counter[str] = Counter()
    questions = 0
    for seed in range(seeds):
        events = policy_history(seed)
        path = read_model(tmp_path / f"{seed}.duckdb", events)
        record = Record(events)
        asked = coordinates(events, seed, count)
        wanted = {one: PolicyAnswer(record, one.as_of, one.known_at, one.dates).rows() for one in asked}
        for view in COLUMNS:
            for one, found in from_views(path, view, asked, COLUMNS):
                assert found == wanted[one][view], (seed, view, one)
                questions += 1
                shown[view] += len(found)
    print(f"{questions} questions of policy, rows shown: {dict(shown)}")
    assert questions == seeds * count * len(COLUMNS)
    assert min(shown[view] for view in COLUMNS) > 10 * seeds
