"""Planned retirements: announced, replaced, reduced by what goes, withdrawn, on both clocks; and in the forecast."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from policytrack.events import Event
from policytrack.questions import ask
from policytrack.questions.why_national import explain
from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.session import Session
from tests.projections.world import corrected, event, facility, firm, moved, project, row, rows, stated


def planned(where: str, day: str, known_on: str | None = None, **fields: Any) -> Event:
    return event("retirement_announced", day, known_on, **{"facility_id": where, "activity_id": "ironmaking", **fields})


def iron(where: str, capacity: str, day: str, **fields: Any) -> Event:
    return stated(where, capacity, day, activity_id="ironmaking", **fields)


def gone(where: str, capacity: str, day: str, known_on: str | None = None, **fields: Any) -> Event:
    return moved("retired", where, capacity, day, known_on, activity_id="ironmaking", **fields)


LATER = planned("slips", "2021-01-01", capacity="700", due="2026", reason="age")
EVENTS = [
    firm("maker"),
    *(
        facility(name, "maker", country="GB")
        for name in ("two-furnaces", "slips", "saved", "vague", "donor", "undated", "late")
    ),
    facility("elsewhere", "maker", country="NL"),
    *(
        iron(name, "5000", "2020-01-01")
        for name in ("two-furnaces", "slips", "saved", "vague", "donor", "undated", "late", "elsewhere")
    ),
    planned(
        "two-furnaces",
        "2023-01-01",
        phases=[
            {"capacity": "1500", "due": "2026-09", "name": "furnace 4"},
            {"capacity": "2000", "due": "2025-06", "name": "furnace 5"},
        ],
    ),
    gone("two-furnaces", "300", "2022-06-01"),  # before the plan: not a part of it
    gone("two-furnaces", "2500", "2025-06-30"),  # furnace 5, and 500 of furnace 4
    LATER,
    corrected(LATER, "revision", "2022-05-01", due="2030"),
    planned("saved", "2021-01-01", capacity="1000", due="2027"),
    event("retirement_withdrawn", "2023-05-01", facility_id="saved", activity_id="ironmaking", reason="sold"),
    planned("vague", "2021-01-01", capacity=">= 400", due="2028"),
    planned("undated", "2021-01-01", capacity="50"),
    planned("late", "2021-01-01", capacity="60", due="2022"),
    planned("elsewhere", "2021-01-01", capacity="999", due="2029"),
    # The same furnace goes for a swap.
    project("new", "donor", "maker", activity_id="ironmaking"),
    event("project_announced", "2021-01-01", project_id="new", capacity="100", due="2029"),
    event(
        "capacity_swap_announced",
        "2021-01-02",
        swap_id="swap",
        project_id="new",
        activity_id="ironmaking",
        build_capacity="100",
        ratio="1",
        legs=[{"facility_id": "donor", "capacity": "100", "retire_by": "2029"}],
    ),
    planned("donor", "2021-02-01", capacity="100", due="2029"),
]


def figures(world: Path, day: str, known_at: str | None = None) -> dict[tuple[str, str | None], tuple[Any, Any]]:
    found = rows(world, "FROM planned_retirement", day, known_at or day)
    return {(one["facility_id"], one["part"]): (one["remaining"], one["due"]) for one in found}


def test_phases_go_in_the_order_of_their_dates(world: Path) -> None:
    before = figures(world, "2024-01-01")
    assert before["two-furnaces", "furnace 5"] == (2000, "2025-06")
    assert before["two-furnaces", "furnace 4"] == (1500, "2026-09")
    after = figures(world, "2025-12-31")
    assert ("two-furnaces", "furnace 5") not in after
    assert after["two-furnaces", "furnace 4"] == (1000, "2026-09")
    assert ("two-furnaces", "furnace 4") not in figures(world, "2022-12-31")


def test_a_revision_moves_the_date_and_leaves_what_was_known(world: Path) -> None:
    assert figures(world, "2021-06-01")["slips", None] == (700, "2026")
    assert figures(world, "2021-06-01", "2022-06-01")["slips", None] == (700, "2030")


def test_a_withdrawn_plan_counts_until_it_is_withdrawn(world: Path) -> None:
    assert figures(world, "2023-04-30")["saved", None] == (1000, "2027")
    assert ("saved", None) not in figures(world, "2023-05-01")


def test_what_is_planned_stays_installed_and_is_a_column_of_its_own(world: Path) -> None:
    plant = row(world, "FROM facility_capacity WHERE facility_id = 'two-furnaces'", "2024-01-01")
    assert (plant["installed"], plant["planned_retirement"]) == (4700, 3500)
    assert row(world, "FROM facility_capacity WHERE facility_id = 'vague'", "2024-01-01")["planned_retirement"] is None
    assert row(world, "FROM facility_capacity WHERE facility_id = 'saved'", "2024-01-01")["planned_retirement"] == 0
    nation = row(world, "FROM national_capacity WHERE country_code = 'GB'", "2024-01-01")
    # 3,500 of two furnaces, 700, at least 400, 50 without a date, 60 late, 100 of the donor
    assert nation["planned_retirement"] == 4810
    assert nation["planned_retirement_high"] is None
    assert (nation["pending_retiring"], nation["pending_net"]) == (100, 0)
    assert row(world, "FROM regional_capacity WHERE country_code = 'NL'", "2024-01-01")["planned_retirement"] == 999


@pytest.mark.parametrize(("day", "total"), [("2024-01-01", 4810), ("2025-12-31", 2310), ("2020-06-01", 0)])
def test_the_events_behind_it_add_up_to_it(world: Path, day: str, total: int) -> None:
    with Session(world, Coordinates(date.fromisoformat(day), date.fromisoformat(day))) as session:
        explained = explain(session, "planned_retirement", "GB", "ironmaking")
    assert explained.reported == explained.total == total
    assert all(leaf["type"] in ("retirement_announced", "capacity_retired") for leaf in explained.leaves)


def test_the_forecast_subtracts_what_is_due_and_names_what_it_cannot_count(world: Path) -> None:
    with Session(world, Coordinates(date(2024, 1, 1), date(2024, 1, 1))) as session:
        days = [date(2025, 6, 15), date(2025, 12, 31), date(2030, 6, 1), date(2031, 1, 1)]
        found = ask(session, "forecast", {"country": ["GB"], "activity": ["ironmaking"], "days": days}).to_pylist()
    assert [(one["planned_retirement_low"], one["planned_retirement_high"]) for one in found] == [
        (Decimal(0), Decimal(2000)),
        (Decimal(2000), Decimal(2000)),
        (Decimal(3500), Decimal(4200)),
        (Decimal(4200), Decimal(4200)),
    ]
    # operating 34,700 (seven plants of 5,000 less 300); the swap is neutral: 100 is built and 100 goes
    assert [(one["net_low"], one["net_high"]) for one in found][1] == (32700, 32700)
    assert (found[3]["net_low"], found[3]["net_high"]) == (30500, 30500)
    assert found[0]["not_counted"] == [
        "donor (retirement counted with swap swap)",
        "late (retirement slipped: was due 2022)",
        "undated (retirement without a date)",
        "vague (retirement of no exact capacity)",
    ]
