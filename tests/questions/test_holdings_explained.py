"""Holdings explained: the leaves of every figure add up to it, and name the events about shares, control and capacity."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from policytrack.errors import NotFound
from policytrack.questions import ask
from policytrack.questions.explanation import Explanation
from policytrack.questions.why_holding import explain_holding
from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.session import Session
from tests.projections.test_holdings import EVENTS
from tests.projections.test_ownership import formed, plant, stake
from tests.projections.world import SEPARATION, event, firm, read_model

KNOWN = date(2026, 6, 1)
CIRCLE = [
    *plant("ouroboros", "10"),
    firm("tail"),
    stake("ouroboros", "tail", "100"),
    stake("tail", "ouroboros", "100"),
    stake("tail", "one", "0.5", kind="option"),
]
LATER = [
    *plant("venture-works", "300"),
    *(firm(name) for name in ("third-a", "third-b", "bought", "half-a", "half-b", "rounder")),
    formed("venture-works", **{"third-a": "33.333333", "third-b": "33.333333"}),
    *plant("tiny", "1"),
    formed("tiny", **{"half-a": "33.35", "half-b": "33.35"}),
    stake("half-a", "rounder", "100"),
    stake("half-b", "rounder", "100"),
    stake("venture-works", "third-a", "20", "2021-01-01"),
    event(
        "stake_transferred", "2024-01-01", owned_id="venture-works", from_id="third-a", to_id="bought", stake_pct="5"
    ),
]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return read_model(tmp_path_factory.mktemp("explained") / "world.duckdb", [*EVENTS, *CIRCLE, *LATER])


def explained(world: Path, firm_id: str, basis: str, day: str = "2020-06-01", status: str = "operating") -> Explanation:
    with Session(world, Coordinates(date.fromisoformat(day), KNOWN)) as session:
        return explain_holding(session, firm_id, SEPARATION, basis, status)


def test_the_leaves_of_holdings_of_all_kinds_add_up_to_them_and_so_do_the_events_of_each_leaf(world: Path) -> None:
    chance = random.Random(5)
    with Session(world, Coordinates(date(2023, 6, 1), KNOWN)) as session:
        held = [one for one in ask(session, "holdings").to_pylist() if one["capacity"]]
        assert len(held) > 50
        for one in chance.sample(held, 5):
            found = explain_holding(session, one["firm_id"], one["activity_id"], one["basis"], one["status"])
            assert found.total == found.reported == one["capacity"], one
            for leaf in found.leaves:
                assert leaf["reason"] or sum(term["amount"] or 0 for term in leaf["terms"]) == leaf["capacity"], leaf


def test_each_chain_is_a_leaf_with_the_events_behind_it(world: Path) -> None:
    found = explained(world, "outside", "attributable")
    chains = {" ".join(leaf["path"] or ["in cycles"]): leaf["amount"] for leaf in found.leaves}
    assert chains == {
        "outside a joint-works": 306,
        "outside a over-plant": 48,
        "outside held-by-arms": Decimal("39.2"),
        "outside sixty": 10,
        "in cycles": Decimal("5.625"),
    }
    through_a = next(leaf for leaf in found.leaves if leaf["path"] == ["outside", "a", "joint-works"])
    assert [(one["type"], one["reason"]) for one in through_a["shares"]] == [
        ("facility_stake_stated", None),
        ("stake_stated", None),
    ]
    assert [(one["amount"], one["type"]) for one in through_a["terms"]] == [(1000, "capacity_stated")]


def test_events_that_do_not_count_are_marked_with_the_reason(world: Path) -> None:
    found = explained(world, "third-a", "attributable", "2022-01-01")
    (leaf,) = found.leaves
    assert {(one["type"], one["reason"]) for one in leaf["shares"]} == {
        ("joint_venture_formed", "restated since"),
        ("stake_stated", None),
        ("stake_transferred", "effective only later"),
    }


def test_rounding_is_a_line_of_its_own(world: Path) -> None:
    found = explained(world, "rounder", "attributable")
    assert found.reported == found.total == Decimal("0.667")
    *chains, rest = found.leaves
    assert [leaf["path"] for leaf in chains] == [["rounder", "half-a", "tiny"], ["rounder", "half-b", "tiny"]]
    assert (rest["path"], rest["thing"], rest["reason"]) == (None, None, "each line is rounded to three places")
    assert rest["amount"] == found.reported - sum(leaf["amount"] for leaf in chains) != 0


def test_control_names_what_it_rests_on(world: Path) -> None:
    (leaf,) = explained(world, "baogang", "controlled", "2021-06-01").leaves
    assert leaf["path"] == ["baogang", "gansu"]
    said = {(one["owner_id"], one["owned_id"], one["type"]) for one in leaf["shares"]}
    assert {
        ("baogang", "nre", "control_asserted"),
        ("nre", "gansu", "control_asserted"),
        ("nre", "gansu", "stake_stated"),
    } <= said


def test_a_figure_that_does_not_converge_is_said_to_be_none(world: Path) -> None:
    found = explained(world, "tail", "attributable")
    assert (found.reported, found.total) == (None, None)
    assert "do not converge" in str(found.reason)


def test_what_nobody_holds_is_not_found(world: Path) -> None:
    with pytest.raises(NotFound, match="holds no"):
        explained(world, "bought", "attributable")
