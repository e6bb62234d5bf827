"""Steps and spans against the folds that define the figures, at random pairs of days over random histories."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any, Final

import duckdb
import pytest

from policytrack.events import Event
from policytrack.readmodel.building import Building
from policytrack.readmodel.generation import Fingerprint
from policytrack.readmodel.sql_files import Catalogue
from policytrack.resources import EVENTS, PROJECTIONS
from tests.oracles.histories import DAYS, START, history
from tests.oracles.step_histories import step_history
from tests.projections.world import batches, read_model

FIGURES: Final = """
WITH
pair AS (SELECT unnest($as_of) AS as_of, unnest($known_at) AS known_at),
fold AS (
  SELECT
    pair, country_code, region_code, activity_id, count(*) AS accounts, sum(installed) AS installed,
    sum(installed_low) AS installed_low, coalesce(sum(installed_high), 0) AS installed_high,
    count(*) - count(installed_high) AS high_open, sum(idle) AS idle, sum(owed) AS owed,
    sum(pending_gross) AS pending_gross, sum(pending_retiring) AS pending_retiring, sum(facilities) AS facilities,
    sum(projects) AS projects, sum(unknowns) AS unknowns
  FROM pair, _capacity_account_at(pair.as_of, pair.known_at)
  GROUP BY pair, country_code, region_code, activity_id
),
step AS (
  SELECT
    pair, country_code, region_code, activity_id, sum(accounts), sum(installed), sum(installed_low), sum(installed_high),
    sum(high_open), sum(idle), sum(owed), sum(pending_gross), sum(pending_retiring), sum(facilities), sum(projects),
    sum(unknowns)
  FROM pair
  JOIN capacity_step ON effective_on <= pair.as_of AND known_on <= pair.known_at AND dates IN ('both', getvariable('dates'))
  GROUP BY pair, country_code, region_code, activity_id
  HAVING sum(accounts) <> 0
)
"""
PROJECTS: Final = """
WITH
pair AS (SELECT unnest($as_of) AS as_of, unnest($known_at) AS known_at),
fold AS (
  SELECT pair, project_id, status, as_capacity(planned), as_capacity(completed), as_capacity(remaining), is_pending,
         plan_position, approved_position
  FROM pair, _project_state_at(pair.as_of, pair.known_at)
),
step AS (
  SELECT pair, project_id, status, planned, completed, remaining, is_pending, plan_position, approved_position
  FROM pair
  JOIN project_span ON effective_from <= pair.as_of AND pair.as_of < effective_to
    AND known_from <= pair.known_at AND pair.known_at < known_to
    AND dates IN ('both', getvariable('dates'))
)
"""
DIFFERING: Final = """
SELECT 'fold' AS side, * FROM (FROM fold EXCEPT ALL FROM step)
UNION ALL
SELECT 'step', * FROM (FROM step EXCEPT ALL FROM fold)
"""
SEEN: Final = """
SELECT count(*) FILTER (WHERE installed <> 0) AS installed, count(*) FILTER (WHERE idle <> 0) AS idle,
       count(*) FILTER (WHERE owed <> 0) AS owed, count(*) FILTER (WHERE pending_gross <> 0) AS pending,
       count(*) FILTER (WHERE pending_retiring <> 0) AS retiring, count(*) FILTER (WHERE unknowns <> 0) AS unknown,
       count(*) FILTER (WHERE high_open <> 0) AS unbounded, count(*) FILTER (WHERE country_code IS NULL) AS placeless
FROM fold
"""
MAKERS: Final[Sequence[Callable[[int], list[Event]]]] = (history, step_history)


def compare(path: Path, seed: int, pairs: int) -> tuple[Counter[str], list[Any]]:
    """Compare at so many pairs; returns how many rows had a figure of each kind, and the rows that differ."""
    dice = Random(seed)
    seen: Counter[str] = Counter()
    differing: list[Any] = []
    with duckdb.connect(str(path), read_only=True) as connection:
        for dates in ("latest", "earliest"):
            connection.execute("SET VARIABLE dates = $dates", {"dates": dates}).fetchall()
            days = {
                "as_of": [START + timedelta(days=dice.randrange(-5, DAYS + 40)) for _ in range(pairs // 2)],
                "known_at": [START + timedelta(days=dice.randrange(-5, DAYS + 160)) for _ in range(pairs // 2)],
            }
            for fold in (FIGURES, PROJECTS):
                differing += [(seed, dates, *row) for row in connection.execute(f"{fold} {DIFFERING}", days).fetchall()]
            answer = connection.execute(f"{FIGURES} {SEEN}", days)
            names = [column[0] for column in answer.description or ()]
            seen.update(dict(zip(names, answer.fetchall()[0], strict=True)))
    return seen, differing


@pytest.mark.parametrize(("seeds", "pairs"), [(3, 100), pytest.param(60, 100, marks=pytest.mark.soak)])
def test_sums_of_steps_are_the_figures_of_the_folds(tmp_path: Path, seeds: int, pairs: int) -> None:
    seen: Counter[str] = Counter()
    differing: list[Any] = []
    for seed in range(seeds):
        path = read_model(tmp_path / f"{seed}.duckdb", MAKERS[seed % 2](seed))
        rows, found = compare(path, seed, pairs)
        seen += rows
        differing += found
        path.unlink()
    print(f"\n{seeds * pairs} pairs over {seeds} histories, {len(differing)} differ; rows: {dict(seen)}")
    assert not differing, f"{len(differing)} differ; the first: {differing[0]}"
    assert min(seen.values()) > 0 and len(seen) == 8, f"the histories show too little: {dict(seen)}"


def grown(path: Path, events: Sequence[Event], sizes: Sequence[int]) -> Path:
    """A read model that took the events in parts, each to the end, as one that catches up does."""
    catalogue = Catalogue.load(PROJECTIONS)
    made_by = Fingerprint.of(catalogue, EVENTS / "reference")
    end = sizes[0]
    read_model(path, events[:end])
    turn = 1
    while end < len(events):
        start, end = end, min(end + sizes[turn % len(sizes)], len(events))
        with Building(path, catalogue) as building:
            parts = islice(batches(events[:end], (start, end - start)), 1, None)
            assert list(building.take(parts, start, end)) == [end]
            building.finish(end, "0" * 64, made_by, datetime(2026, 1, 1, tzinfo=UTC))
        turn += 1
    return path


def steps_of(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of both tables."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return {
            name: connection.execute(f"FROM {name} ORDER BY ALL").fetchall()
            for name in ("capacity_step", "project_span")
        }


@pytest.mark.parametrize(
    ("seed", "sizes"),
    [
        (0, (60, 1, 40)),
        (1, (40, 9, 60)),
        *(pytest.param(n, (30, 1, 7, 2), marks=pytest.mark.soak) for n in range(2, 14)),
    ],
)
def test_steps_that_follow_new_events_are_those_of_a_rebuild(tmp_path: Path, seed: int, sizes: tuple[int, ...]) -> None:
    events = MAKERS[seed % 2](seed)
    at_once = steps_of(read_model(tmp_path / "one.duckdb", events))
    assert steps_of(grown(tmp_path / "many.duckdb", events, sizes)) == at_once
    assert len(at_once["capacity_step"]) > 100 and len(at_once["project_span"]) > 50
