"""What changes about plants and projects: names, builders, the end of a venture; on both clocks, with corrections."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from policytrack.questions import ask
from policytrack.questions.why_holding import explain_holding
from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.session import Session
from tests.projections.policy_world import OPEN, RULES, swap
from tests.projections.world import (
    SEPARATION,
    corrected,
    event,
    facility,
    firm,
    found_by,
    project,
    read_model,
    retracted,
    row,
    rows,
    stated,
)

MISTYPED = event("facility_renamed", "2022-01-01", facility_id="fab", name="Fab Tow")
NEVER = event("project_transferred", "2023-01-01", project_id="line", firm_id="buyer")
EVENTS = [
    *(firm(name) for name in ("maker", "buyer", "left", "right", "venture", "again")),
    facility("fab", "maker", name="Fab One"),
    MISTYPED,
    corrected(MISTYPED, "error", name="Fab Two"),
    event("facility_renamed", "2024-01-01", "2024-03-01", facility_id="fab", name="Fab Three"),
    project("line", "fab", "maker", name="Line"),
    event("project_announced", "2021-01-01", project_id="line", capacity="300", due="2027"),
    event("project_renamed", "2022-06-01", project_id="line", name="Line A"),
    NEVER,
    retracted(NEVER, "error", "2023-02-01"),
    event("project_transferred", "2024-01-01", "2024-03-01", project_id="line", firm_id="buyer", reason="sale"),
    # A venture of two halves, with a plan to sell more; it ends, and one of its two plants has a successor.
    event(
        "joint_venture_formed",
        "2020-01-01",
        venture_id="venture",
        partners=[{"firm_id": "left", "stake_pct": "50"}, {"firm_id": "right", "stake_pct": "50"}],
    ),
    event("stake_stated", "2020-01-01", owned_id="venture", owner_id="buyer", stake_pct="10", kind="planned"),
    *(facility(name, "venture") for name in ("orphan", "followed")),
    *(stated(name, "100", "2020-01-01") for name in ("orphan", "followed")),
    project("unbuilt", "orphan", "venture"),
    event("project_announced", "2021-01-01", project_id="unbuilt", capacity="40"),
    event("joint_venture_dissolved", "2024-01-01", venture_id="venture", reason="by contract"),
    event("facility_transferred", "2024-01-01", facility_id="followed", operator_id="left"),
    # One that ended and was formed again.
    event("joint_venture_formed", "2020-01-01", venture_id="again", partners=[{"firm_id": "left", "stake_pct": "100"}]),
    event("joint_venture_dissolved", "2021-01-01", venture_id="again"),
    event("joint_venture_formed", "2022-01-01", venture_id="again", partners=[{"firm_id": "right", "stake_pct": "60"}]),
    facility("revived", "again"),
    stated("revived", "100", "2020-01-01"),
]


def name_of(world: Path, day: str, known_at: str | None = None) -> tuple[str, list[str]]:
    found = row(world, "FROM facility WHERE facility_id = 'fab'", day, known_at)
    return found["name"], [other["name"] for other in found["names"] or []]


def held(world: Path, day: str, status: str = "operating", **include: Any) -> dict[tuple[str, str], Any]:
    found = rows(world, f"FROM firm_holding WHERE status = '{status}' AND capacity > 0", day, **include)
    return {(one["firm_id"], one["basis"]): one["capacity"] for one in found}


def test_a_facility_has_the_name_of_the_day_and_is_found_by_the_old_one(world: Path) -> None:
    assert name_of(world, "2021-12-31") == ("Fab One", [])
    assert name_of(world, "2022-01-01") == ("Fab Two", ["Fab One"])
    assert name_of(world, "2024-02-01") == ("Fab Two", ["Fab One"])
    assert name_of(world, "2024-02-01", "2024-03-01") == ("Fab Three", ["Fab One"])
    assert name_of(world, "2023-12-31", "2024-03-01") == ("Fab Two", ["Fab One"])


def test_a_project_has_the_name_and_the_firm_of_the_day(world: Path) -> None:
    def said(day: str, known_at: str | None = None) -> tuple[str, str]:
        found = row(world, "FROM project WHERE project_id = 'line'", day, known_at)
        return found["name"], found["firm_id"]

    assert said("2022-01-01") == ("Line", "maker")
    assert said("2023-06-01") == ("Line A", "maker")
    assert said("2024-02-01") == ("Line A", "maker")
    assert said("2024-02-01", "2024-03-01") == ("Line A", "buyer")
    with Session(world, Coordinates(date(2025, 1, 1), date(2025, 1, 1))) as session:
        registered = {one["id"]: one for one in ask(session, "registered", {}).to_pylist()}
    assert (registered["line"]["name"], registered["line"]["names"]) == ("Line A", ["Line"])


def test_a_transferred_project_is_held_by_the_firm_of_the_day(world: Path) -> None:
    assert held(world, "2023-12-31", "pending")["maker", "operated"] == 300
    after = held(world, "2024-03-01", "pending")
    assert after["buyer", "operated"] == after["buyer", "attributable"] == 300
    assert ("maker", "operated") not in after
    with Session(world, Coordinates(date(2024, 3, 1), date(2024, 3, 1))) as session:
        explained = explain_holding(session, "buyer", SEPARATION, "attributable", "pending")
    (leaf,) = explained.leaves
    assert [one["type"] for one in leaf["shares"] if one["reason"] is None] == ["project_transferred"]


def test_a_dissolved_venture_has_no_owners_and_runs_nothing(world: Path) -> None:
    assert held(world, "2023-12-31")["left", "attributable"] == 100
    assert held(world, "2023-12-31", include=["planned"])["buyer", "attributable"] == 20
    after = held(world, "2024-01-01", include=["planned"])
    assert after["left", "operated"] == after["left", "attributable"] == 100
    assert ("buyer", "attributable") not in after
    assert ("venture", "operated") not in after
    assert rows(world, "FROM stake WHERE owned_id = 'venture'", "2024-01-01") == []
    lost = row(world, "FROM unattributed_capacity WHERE thing_id = 'orphan'", "2024-01-01")
    assert (lost["unattributed"], lost["reason"]) == (100, "no operator")
    assert row(world, "FROM facility WHERE facility_id = 'orphan'", "2023-12-31")["operator_id"] == "venture"
    assert row(world, "FROM facility WHERE facility_id = 'orphan'", "2024-01-01")["operator_id"] is None


def test_a_venture_that_is_formed_again_runs_its_plants_again(world: Path) -> None:
    assert row(world, "FROM facility WHERE facility_id = 'revived'", "2021-06-01")["operator_id"] is None
    assert row(world, "FROM facility WHERE facility_id = 'revived'", "2022-06-01")["operator_id"] == "again"
    assert held(world, "2022-06-01")["right", "attributable"] == 100 + 60


def test_the_check_names_what_a_dissolved_venture_leaves(world: Path) -> None:
    found = found_by(world, "venture_dissolved", "2024-06-01")
    assert {one["subject"] for one in found} == {"facility:orphan", "project:unbuilt"}
    assert not found_by(world, "venture_dissolved", "2023-12-31")


def test_events_say_in_words_what_changed(world: Path) -> None:
    said = {one["summary"] for one in rows(world, "SELECT summary FROM event_log", "2025-01-01")}
    assert {
        "fab is now Fab Three",
        "line is now Line A",
        "line transferred to buyer; sale",
        "venture dissolved; by contract",
    } <= said


def test_a_plant_is_in_another_region_from_the_day_of_its_move(tmp_path: Path) -> None:
    first = event("facility_moved", "2022-01-01", "2022-03-01", facility_id="mill", region="CN-SD")
    second = event("facility_moved", "2024-01-01", facility_id="mill", region="CN-HE")
    moved_back = event("facility_moved", "2025-01-01", facility_id="mill", region="CN-NM")
    world = read_model(
        tmp_path / "moves.duckdb",
        [
            firm("maker"),
            facility("mill", "maker", region="CN-NM", coordinates={"latitude": "40", "longitude": "109"}),
            stated("mill", "100", "2020-01-01"),
            project("addition", "mill", "maker"),
            event("project_announced", "2021-01-01", project_id="addition", capacity="40"),
            first,
            corrected(first, "revision", "2023-06-01", region="CN-JS"),
            second,
            moved_back,
            retracted(moved_back, "error", "2025-02-01"),
        ],
    )

    def by_region(day: str, known_at: str | None = None) -> dict[str, tuple[Any, Any]]:
        found = rows(world, "FROM regional_capacity", day, known_at)
        return {one["region_code"]: (int(one["installed"]), int(one["pending_gross"])) for one in found}

    assert by_region("2021-12-31") == {"CN-NM": (100, 40)}
    assert by_region("2022-06-01", "2022-02-01") == {"CN-NM": (100, 40)}  # not known yet
    assert by_region("2022-06-01", "2022-06-01") == {"CN-SD": (100, 40)}
    assert by_region("2022-06-01", "2023-07-01") == {"CN-JS": (100, 40)}
    assert by_region("2023-12-31") == {"CN-JS": (100, 40)}
    assert by_region("2025-06-01") == {"CN-HE": (100, 40)}
    nation = "SELECT sum(installed) AS installed FROM national_capacity"
    assert {int(row(world, nation, day)["installed"]) for day in ("2021-12-31", "2022-06-01", "2026-01-01")} == {100}
    place = "SELECT region_code, latitude FROM facility"
    assert row(world, place, "2021-01-01")["latitude"] == 40
    assert row(world, place, "2025-06-01") == {"region_code": "CN-HE", "latitude": None}


def test_the_rule_of_a_swap_is_that_of_the_region_where_the_plant_was_on_the_day(tmp_path: Path) -> None:
    world = read_model(
        tmp_path / "ratios.duckdb",
        [
            *(rule for rule in RULES if rule.type == "rule_enacted"),
            facility("works", "builder", region="CN-HE"),
            *swap("before", "100", [{**OPEN, "capacity": "90"}], "2022-06-01"),
            event("facility_moved", "2023-01-01", "2024-01-01", facility_id="works", region="CN-NM"),
            *swap("after", "100", [{**OPEN, "capacity": "90"}], "2023-06-01"),
        ],
    )

    def ratios(known_at: str) -> dict[str, tuple[Any, Any]]:
        found = rows(world, "FROM capacity_swap", "2025-01-01", known_at)
        return {one["swap_id"]: (one["rule_id"], int(one["required"])) for one in found}

    assert ratios("2023-12-31") == {"before": ("steel-key", 150), "after": ("steel-key", 150)}
    assert ratios("2024-01-01") == {"before": ("steel-key", 150), "after": ("steel-elsewhere", 125)}
    owed = "SELECT sum(pending_net) AS net, sum(pending_retiring) AS retiring FROM national_capacity"
    assert row(world, owed, "2025-01-01", "2023-12-31") == {"net": -100, "retiring": 300}
    assert row(world, owed, "2025-01-01", "2024-01-01") == {"net": -75, "retiring": 275}


def test_a_project_counts_at_another_facility_from_the_day_of_its_move(tmp_path: Path) -> None:
    first = event("project_moved", "2022-01-01", "2022-03-01", project_id="line", facility_id="ontario")
    back = event("project_moved", "2025-01-01", project_id="line", facility_id="ohio")
    world = read_model(
        tmp_path / "moves.duckdb",
        [
            firm("maker"),
            facility("ohio", "maker", country="US"),
            facility("ontario", "maker", country="CA"),
            facility("quebec", "maker", country="CA"),
            stated("ohio", "100", "2020-01-01"),
            project("line", "ohio", "maker"),
            event("project_announced", "2021-01-01", project_id="line", capacity="40"),
            event("project_completed", "2021-06-01", project_id="line", capacity="10"),
            event("project_completed", "2022-01-01", project_id="line", capacity="7"),
            first,
            corrected(first, "revision", "2023-06-01", facility_id="quebec"),
            event("project_completed", "2024-01-01", project_id="line", capacity="5"),
            back,
            retracted(back, "error", "2025-02-01"),
        ],
    )

    def found(day: str, known_at: str | None = None) -> dict[str, tuple[int, int]]:
        found = rows(world, "FROM national_capacity", day, known_at)
        return {one["country_code"]: (int(one["installed"]), int(one["pending_gross"])) for one in found}

    def installed(day: str, known_at: str | None = None) -> dict[str, int]:
        return {
            one["facility_id"]: int(one["installed"]) for one in rows(world, "FROM facility_capacity", day, known_at)
        }

    assert found("2021-12-31") == {"US": (110, 30)}
    assert found("2022-06-01", "2022-02-01") == {"US": (117, 23)}  # the move is not known yet
    assert found("2022-06-01", "2022-06-01") == {"US": (110, 0), "CA": (7, 23)}
    assert installed("2022-06-01", "2022-06-01") == {"ohio": 110, "ontario": 7}
    assert installed("2025-06-01") == {"ohio": 110, "quebec": 12}
    assert found("2025-06-01") == {"US": (110, 0), "CA": (12, 18)}
    place = "SELECT facility_id, country_code FROM pending_project"
    assert row(world, place, "2021-12-31") == {"facility_id": "ohio", "country_code": "US"}
    assert row(world, place, "2025-06-01") == {"facility_id": "quebec", "country_code": "CA"}
    moves = row(world, f"SELECT summary FROM event_log WHERE event_id = '{first.event_id}'", "2026-01-01")
    assert moves == {"summary": "line moved to ontario"}
