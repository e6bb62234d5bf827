"""The seed story, figure by figure: a plant that is approved as an equal replacement of capacity nobody has named."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from policytrack.events import Event
from tests.projections.world import SEPARATION, event, facility, firm, moved, project, row, rows, stated

LINE = "northern-jinlong-separation"


def stake(owned: str, owner: str, percent: str, effective: str, known_on: str, **fields: Any) -> Event:
    return event("stake_stated", effective, known_on, owned_id=owned, owner_id=owner, stake_pct=percent, **fields)


STORY = [
    *(firm(name) for name in ("baogang-group", "northern-rare-earth", "xiamen-tungsten", "jinlong-rare-earth")),
    firm("northern-jinlong", "2024-12-31", kind="venture"),
    facility("baotou", "northern-jinlong", "2025-01-31", region="CN-NM"),
    project(LINE, "baotou", "northern-jinlong", "2025-01-31"),
    stake("jinlong-rare-earth", "xiamen-tungsten", "100", "2022-12-15", "2022-12-15"),
    stake("jinlong-rare-earth", "northern-rare-earth", "3", "2023-02-14", "2023-02-14", kind="planned"),
    stake("northern-rare-earth", "baogang-group", "36.71", "2023-09-30", "2024-02-29"),
    event(
        "joint_venture_formed",
        "2024-12-31",
        venture_id="northern-jinlong",
        partners=[
            {"firm_id": "northern-rare-earth", "stake_pct": "51"},
            {"firm_id": "jinlong-rare-earth", "stake_pct": "49"},
        ],
    ),
    event(
        "project_announced",
        "2025-01",
        "2025-01-31",
        project_id=LINE,
        capacity="5,000 t REO/yr",
        investment="CNY 457 M",
        due="2026-12~",
    ),
    event(
        "project_approved",
        "../2025-10-27",
        "2025-10-27",
        project_id=LINE,
        investment="CNY 470 M",
        replacement="equal",
    ),
]
SEQUEL = [
    facility("donor", "baogang-group", "2026-12-01", region="CN-NM"),
    stated("donor", "5000", "2020-01-01"),
    event(
        "capacity_swap_announced",
        "2026-12-01",
        swap_id="replacement",
        project_id=LINE,
        activity_id=SEPARATION,
        build_capacity="5000",
        ratio="1",
        legs=[{"undisclosed": True, "capacity": "5000"}],
    ),
    event("project_completed", "2026-12-20", project_id=LINE, capacity="5000"),
    moved("retired", "donor", "5000", "2027-02-01", swap_id="replacement", dismantled=True),
]
"""What has not happened: the line is completed, and a donor is named and goes."""
EVENTS = [*STORY, *SEQUEL]

PROJECT = f"SELECT * FROM project WHERE project_id = '{LINE}'"
NATION = f"SELECT * FROM national_capacity WHERE activity_id = '{SEPARATION}'"
HELD = "SELECT firm_id, basis, capacity FROM firm_holding WHERE status = 'pending'"


def held(world: Path, day: str, include: tuple[str, ...] = ()) -> dict[tuple[str, str], Decimal]:
    return {(one["firm_id"], one["basis"]): one["capacity"] for one in rows(world, HELD, day, include=include)}


def test_in_january_2025_the_project_is_announced_and_not_approved(world: Path) -> None:
    found = row(world, PROJECT, "2025-01-31")
    assert (found["status"], found["capacity_planned"], found["unit"]) == ("announced", 5000, "t REO/yr")
    assert (found["investment_amount"], found["investment_currency"]) == (457_000_000, "CNY")
    assert (found["due"], found["approved_latest"], found["swap_verdict"]) == ("2026-12~", None, None)


def test_in_october_2025_it_is_approved_and_replaces_as_much_as_it_builds(world: Path) -> None:
    found = row(world, PROJECT, "2025-10-31")
    assert (found["status"], found["investment_amount"], found["swap_verdict"]) == (
        "approved",
        470_000_000,
        "unverified",
    )
    assert (found["approved_earliest"], str(found["approved_latest"])) == (None, "2025-10-27")
    nation = row(world, NATION, "2025-10-31", "2025-10-31")
    pending = (nation["pending_gross"], nation["pending_retiring"], nation["pending_net"])
    assert pending == (5000, 5000, 0)


def test_a_week_before_the_approval_was_public_it_is_not_approved(world: Path) -> None:
    assert row(world, PROJECT, "2025-10-20", "2025-10-20")["status"] == "announced"


def test_an_approval_on_or_before_a_day_is_certain_from_that_day_on(world: Path) -> None:
    assert row(world, PROJECT, "2025-10-20", "2025-10-31")["status"] == "announced"
    assert row(world, PROJECT, "2025-10-27", "2025-10-31")["status"] == "approved"


def test_taken_by_its_earliest_day_the_approval_counts_before(world: Path) -> None:
    assert row(world, PROJECT, "2025-10-20", "2025-10-31", dates="earliest")["status"] == "approved"


def test_pending_capacity_is_held_on_three_bases(world: Path) -> None:
    found = held(world, "2025-10-31")
    assert found["northern-rare-earth", "attributable"] == Decimal("2550.000")
    assert found["northern-rare-earth", "controlled"] == 5000
    assert found["northern-rare-earth", "operated"] == 0
    assert found["xiamen-tungsten", "attributable"] == Decimal("2450.000")
    assert found["baogang-group", "attributable"] == Decimal("936.105")
    assert found["northern-jinlong", "operated"] == 5000


def test_a_planned_stake_counts_when_it_is_asked_for(world: Path) -> None:
    assert held(world, "2025-10-31", ("planned",))["northern-rare-earth", "attributable"] == Decimal("2623.500")


def test_completion_without_a_donor_adds_no_net_capacity(world: Path) -> None:
    before, after = row(world, NATION, "2026-12-19"), row(world, NATION, "2026-12-20")
    change = [after[name] - before[name] for name in ("operating", "owed_retirement", "net")]
    assert change == [5000, 5000, 0]
    assert (after["pending_gross"], after["project_count"]) == (0, 0)
    assert row(world, "FROM capacity_swap", "2026-12-31")["verdict"] == "unverified"


def test_a_plant_that_retires_for_the_swap_pays_what_is_owed(world: Path) -> None:
    before, after = row(world, NATION, "2026-12-19"), row(world, NATION, "2027-02-01")
    assert [after[name] - before[name] for name in ("operating", "owed_retirement", "net")] == [0, 0, 0]
    assert after["owed_retirement"] == 0
    swap = row(world, "FROM capacity_swap", "2027-02-01")
    assert (swap["verdict"], swap["named"], swap["undisclosed"], swap["owed"]) == ("pass", 5000, 0, 0)


def test_the_region_of_the_project_owes_what_its_swap_owes(world: Path) -> None:
    regions = rows(world, "FROM regional_capacity", "2026-12-31")
    assert [(one["region_code"], one["owed_retirement"]) for one in regions] == [("CN-NM", 5000)]
