"""Explanations add up: every figure to its events, every change to what happened and what was learned."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from policytrack.ledger import Ledger
from policytrack.questions import ask
from policytrack.questions.why_national import FIGURES, explain
from policytrack.questions.why_project import FIELDS, STATED, SUMS, explain_project
from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.session import Session
from tests.oracles.histories import history
from tests.oracles.questions import coordinates
from tests.projections.world import read_model
from tests.questions.conftest import TODAY, some_coordinates
from tests.thinning import one_in

Days = Sequence[tuple[date, date]]
Cell = tuple[str, str, str]

MOMENTS: Final = "moment AS (SELECT unnest($numbers) AS number, unnest($as_of) AS as_of, unnest($known_at) AS known_at)"
NATIONAL: Final = f"""
WITH {MOMENTS},
shown AS (
  UNPIVOT (SELECT number, national.* FROM moment, LATERAL (FROM national_capacity_at(as_of, known_at)) AS national)
  ON {", ".join(FIGURES)} INTO NAME figure VALUE reported
),
leaf AS (
  SELECT number, country_code, activity_id, figure, sum(amount) AS total, count(position) AS events
  FROM moment, LATERAL (FROM _national_term_at(as_of, known_at)) AS term GROUP BY ALL
)
SELECT number, country_code, activity_id, figure, coalesce(reported, 0) AS reported, coalesce(total, 0) AS total, events
FROM shown FULL JOIN leaf USING (number, country_code, activity_id, figure)
"""
PROJECTS: Final = f"""
WITH {MOMENTS},
project AS (SELECT number, project.* FROM moment, LATERAL (FROM project_at(as_of, known_at)) AS project),
shown AS (
  UNPIVOT (SELECT number, project_id, {", ".join(f"{name}::DECIMAL(38, 4) AS {name}" for name in SUMS)} FROM project)
  ON {", ".join(SUMS)} INTO NAME field VALUE reported
),
leaf AS (
  SELECT number, project_id, field, sum(amount) AS total, count(position) AS events
  FROM moment, LATERAL (
    FROM _project_setting_at(as_of, known_at) UNION ALL BY NAME FROM _project_replaced_at(as_of, known_at)
  ) AS setting GROUP BY ALL
)
SELECT number, project_id, field, reported, coalesce(total, 0) AS total, events
FROM shown LEFT JOIN leaf USING (number, project_id, field)
"""
SET_BY: Final = f"""
WITH {MOMENTS},
project AS (SELECT number, project.* FROM moment, LATERAL (FROM project_at(as_of, known_at)) AS project),
shown AS (
  UNPIVOT (SELECT number, project_id, {", ".join(f"{name}::VARCHAR AS {name}" for name in ("status", *STATED, "slip_days", "swap_verdict"))} FROM project)
  ON {", ".join(("status", *STATED, "slip_days", "swap_verdict"))} INTO NAME field VALUE reported
),
leaf AS (
  SELECT number, project_id, field, count(position) AS events
  FROM moment, LATERAL (
    FROM _project_setting_at(as_of, known_at) UNION ALL BY NAME FROM _project_replaced_at(as_of, known_at)
  ) AS setting GROUP BY ALL
)
SELECT number, project_id, field, reported, coalesce(events, 0) AS events
FROM shown LEFT JOIN leaf USING (number, project_id, field)
"""


def at(demo: Ledger, as_of: date, known_at: date) -> Session:
    return Session(demo.generation(notes=lambda _: None), Coordinates(as_of, known_at))


def asked(demo: Ledger, sql: str, days: Days) -> list[dict[str, Any]]:
    """The rows of a query that answers for many coordinates at once."""
    return asked_of(demo.generation(notes=lambda _: None), sql, days)


def asked_of(path: Path, sql: str, days: Days) -> list[dict[str, Any]]:
    """The same of the file of a read model."""
    with Session(path, Coordinates(TODAY, TODAY)) as session:
        found: list[dict[str, Any]] = session.query(
            sql,
            {
                "numbers": list(range(len(days))),
                "as_of": [as_of for as_of, _ in days],
                "known_at": [known_at for _, known_at in days],
            },
        ).to_pylist()
    return found


def test_the_leaves_of_every_national_figure_add_up_to_it_at_many_coordinates(demo: Ledger) -> None:
    days = some_coordinates(12)
    rows = asked(demo, NATIONAL, days)
    assert [row for row in rows if row["reported"] != row["total"]] == []
    not_zero = sum(1 for row in rows if row["reported"])
    print(f"{len(rows)} national figures at {len(days)} coordinates, {not_zero} of them not zero")
    assert {row["number"] for row in rows} == set(range(len(days)))
    assert not_zero > 80
    assert {row["figure"] for row in rows if row["reported"]} >= {"operating", "net", "pending_gross", "pending_net"}


def test_the_leaves_of_every_figure_of_every_project_add_up_to_it_at_many_coordinates(demo: Ledger) -> None:
    days = some_coordinates(12)
    rows = asked(demo, PROJECTS, days)
    assert [row for row in rows if row["reported"] is not None and row["reported"] != row["total"]] == []
    print(f"{len(rows)} figures of projects at {len(days)} coordinates")
    assert {row["field"] for row in rows if row["reported"]} >= set(SUMS) - {"owed"}


def test_every_other_field_of_every_project_is_set_by_some_event(demo: Ledger) -> None:
    rows = asked(demo, SET_BY, some_coordinates(20))
    assert [row for row in rows if not row["events"]] == []
    assert {row["field"] for row in rows} == {"status", *STATED, "slip_days", "swap_verdict"}


@pytest.mark.parametrize("seeds", [range(1), pytest.param(range(10, 60), marks=pytest.mark.soak)])
def test_leaves_add_up_in_random_histories_too(tmp_path: Path, seeds: range) -> None:
    figures = 0
    for seed in seeds:
        events = history(seed)
        path = read_model(tmp_path / f"{seed}.duckdb", events)
        days = [(one.as_of, one.known_at) for one in coordinates(events, seed, 40)]
        sums = [row for sql in (NATIONAL, PROJECTS) for row in asked_of(path, sql, days)]
        assert [row for row in sums if row["reported"] is not None and row["reported"] != row["total"]] == [], seed
        assert [row for row in asked_of(path, SET_BY, days) if not row["events"]] == [], seed
        figures += len(sums)
    print(f"{figures} figures of {len(seeds)} random histories")
    assert figures > 500 * len(seeds)


def test_explaining_is_the_same_one_figure_at_a_time(demo: Ledger) -> None:
    chance = random.Random(5)
    for as_of, known_at in some_coordinates(6)[4:]:
        with at(demo, as_of, known_at) as session:
            for row in chance.sample(ask(session, "capacity").to_pylist(), 2):
                for figure in chance.sample(FIGURES, 2):
                    # Raises if the sum of the leaves is not the figure, to the last digit.
                    found = explain(session, figure, row["country_code"], row["activity_id"])
                    assert found.total == row[figure]


@pytest.mark.parametrize("field", one_in(5, FIELDS))
def test_every_field_of_the_seed_project_is_explained(demo: Ledger, field: str) -> None:
    with at(demo, date(2025, 10, 31), date(2025, 10, 31)) as session:
        found = explain_project(session, "northern-jinlong-separation", field)
    assert all(leaf["sources"] for leaf in found.leaves)
    if field not in {"owed", "capacity_completed"}:
        assert found.leaves


def figures(demo: Ledger, days: Days) -> list[dict[Cell, Decimal]]:
    """The national figures at each coordinate."""
    found: list[dict[Cell, Decimal]] = [{} for _ in days]
    for row in asked(demo, NATIONAL, days):
        found[row["number"]][row["country_code"], row["activity_id"], row["figure"]] = row["reported"]
    return found


def test_what_happened_and_what_was_learned_add_up_to_every_change_between_many_pairs(demo: Ledger) -> None:
    pairs = list(itertools.pairwise(some_coordinates(8)))
    started = figures(demo, [start for start, _ in pairs])
    later = figures(demo, [(end[0], start[1]) for start, end in pairs])
    ended = figures(demo, [end for _, end in pairs])
    compared = changed = 0
    with at(demo, TODAY, TODAY) as session:
        for n, (start, end) in enumerate(pairs):
            bounds = {"from_as_of": start[0], "to_as_of": end[0], "from_known_at": start[1], "to_known_at": end[1]}
            summed: dict[tuple[str, Cell], Decimal] = {}
            for row in ask(session, "diff", bounds).to_pylist():
                key = row["cause"], (row["country_code"], row["activity_id"], row["figure"])
                summed[key] = summed.get(key, Decimal(0)) + row["change"]
            cells = started[n].keys() | later[n].keys() | ended[n].keys()
            for cell in cells:
                before, between, after = (each[n].get(cell, Decimal(0)) for each in (started, later, ended))
                happened, learned = (summed.get((cause, cell), Decimal(0)) for cause in ("happened", "learned"))
                assert (happened, learned) == (between - before, after - between), cell
                assert happened + learned == after - before
                compared += 1
                changed += before != after
            assert {cell for _, cell in summed} <= cells
    print(f"{compared} changes between {len(pairs)} pairs of coordinates, {changed} of them not zero")
    assert changed > 50
