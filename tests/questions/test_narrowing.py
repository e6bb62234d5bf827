"""A question about some things is computed for these only; its answer is that part of the whole answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest

from policytrack.ledger import Ledger
from policytrack.questions import ask
from policytrack.questions.why_national import explain
from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.session import Session
from tests.questions.conftest import TODAY, some_coordinates, without_citations
from tests.thinning import one_in

COLUMNS: Final = (
    ("pending", "country", "country_code"),
    ("pending", "project", "project_id"),
    ("swaps", "activity", "activity_id"),
    ("capacity_by_facility", "activity", "activity_id"),
    ("capacity_by_facility", "facility", "facility_id"),
)
SHARED: Final = """
SELECT DISTINCT swap_id FROM swap_leg
WHERE lot_id IN (SELECT lot_id FROM swap_leg WHERE lot_id IS NOT NULL GROUP BY lot_id HAVING count(DISTINCT swap_id) > 1)
ORDER BY swap_id
"""


@pytest.fixture(scope="module")
def session(demo: Ledger) -> Iterator[Session]:
    with Session(demo.generation(notes=lambda _: None), Coordinates(TODAY, TODAY)) as opened:
        yield opened


@pytest.mark.parametrize(("question", "key", "column"), one_in(2, COLUMNS))
def test_the_answer_about_some_is_a_part_of_the_whole(session: Session, question: str, key: str, column: str) -> None:
    whole = ask(session, question).to_pylist()
    value = sorted(row[column] for row in whole if row[column] is not None)[len(whole) // 3]
    assert ask(session, question, {key: [value]}).to_pylist() == [row for row in whole if row[column] == value]


def test_news_compares_the_columns_of_the_projects_themselves(session: Session) -> None:
    columns = "project_id, status, capacity_planned, due, due_latest, firm_id, facility_id, unit"
    found = []
    for as_of, known_at in some_coordinates(7):
        at = f"_at(DATE '{as_of}', DATE '{known_at}') ORDER BY project_id"
        whole, part = (session.query(f"SELECT {columns} FROM {name}{at}") for name in ("project", "_project_headline"))
        assert part.to_pylist() == whole.to_pylist()
        found.append(part.num_rows)
    assert max(found) > 20


def test_a_swap_is_judged_by_the_draws_of_others_on_its_lot(session: Session) -> None:
    shared = session.query(SHARED)["swap_id"].to_pylist()
    whole = session.query("FROM capacity_swap WHERE list_contains($ids, swap_id)", {"ids": shared}).to_pylist()
    assert len(whole) > 1
    for row in whole[:2]:
        assert ask(session, "swap", {"id": row["swap_id"]}).to_pylist() == [row]


def test_one_project_is_shown_as_among_all(session: Session) -> None:
    row = session.query("FROM project WHERE swap_verdict IS NOT NULL ORDER BY project_id LIMIT 1").to_pylist()
    assert ask(session, "project", {"id": row[0]["project_id"]}).to_pylist() == row


@pytest.mark.parametrize("figure", ["net", "pending_retiring"])
def test_why_has_the_leaves_that_the_fold_of_all_things_has(session: Session, figure: str) -> None:
    cell = {"country_code": "CN", "activity_id": "rare-earth-separation"}
    found = explain(session, figure, **cell)
    assert found.leaves
    assert [without_citations(leaf) for leaf in found.leaves] == ask(
        session, "why", {**cell, "figure": figure}
    ).to_pylist()
