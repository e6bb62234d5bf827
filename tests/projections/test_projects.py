"""The life of a project: how far it is, what is still to come, and what was last said of each part of the plan."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from policytrack.events import Event
from tests.projections.world import event, facility, firm, project, row, rows


def life(name: str, *steps: Event) -> list[Event]:
    """A registered project and what happens to it."""
    return [project(name, "site", "builder"), *steps]


def step(kind: str, day: str, name: str, **fields: Any) -> Event:
    return event(kind, day, project_id=name, **fields)


EVENTS = [
    firm("builder"),
    facility("site", "builder"),
    *life(
        "phases",
        step("project_announced", "2020-01-01", "phases", capacity="1000"),
        step("construction_started", "2020-02-01", "phases"),
        step("project_completed", "2020-03-01", "phases", capacity="400"),
        step("trial_production_started", "2020-04-01", "phases"),
        step("project_completed", "2020-05-01", "phases", capacity="600"),
    ),
    *life(
        "shell",
        step("project_announced", "2020-01-01", "shell", capacity="1000", due="2020-06"),
        step("construction_completed", "2020-05-01", "shell"),
        step("project_suspended", "2020-08-01", "shell"),
        step("project_resumed", "2020-09-01", "shell"),
        step("project_cancelled", "2020-10-01", "shell"),
    ),
    *life(
        "half-shell",
        step("project_announced", "2020-01-01", "half-shell", capacity="1000"),
        step("construction_completed", "2020-02-01", "half-shell"),
        step("project_completed", "2020-03-01", "half-shell", capacity="400"),
        step("trial_production_started", "2020-04-01", "half-shell"),
        step("project_cancelled", "2020-05-01", "half-shell"),
    ),
    *life(
        "smaller",
        step("project_announced", "2020-01-01", "smaller", capacity="1000"),
        step("project_completed", "2020-03-01", "smaller", capacity="700", is_final=True),
    ),
    *life(
        "early-ground",
        step("project_announced", "2020-01-01", "early-ground", capacity="10"),
        step("construction_started", "2020-03-01", "early-ground"),
        step("project_approved", "2020-03-07", "early-ground"),
    ),
    *life(
        "stop-and-go",
        step("project_announced", "2020-01-01", "stop-and-go", capacity="10"),
        step("construction_started", "2020-02-01", "stop-and-go"),
        step("project_suspended", "2020-03-01", "stop-and-go"),
        step("schedule_revised", "2020-03-15", "stop-and-go", due="2022"),
        step("project_resumed", "2020-04-01", "stop-and-go"),
        step("project_cancelled", "2020-05-01", "stop-and-go"),
        step("project_announced", "2020-06-01", "stop-and-go", capacity="12"),
    ),
    *life(
        "slipping",
        step("project_announced", "2020-01-01", "slipping", capacity="10", due="2020-06-30"),
        step("schedule_revised", "2020-05-01", "slipping", due="2020-12-31"),
        step("schedule_revised", "2020-10-01", "slipping", due="2022/.."),
    ),
    *life(
        "late",
        step("project_announced", "2020-01-01", "late", capacity="10", due="2020-06"),
        step("project_completed", "2020-09-01", "late", capacity="10"),
    ),
    *life(
        "parts",
        step(
            "project_announced",
            "2020-01-01",
            "parts",
            capacity="100",
            investment="CNY 5 M",
            due="2021",
            products=["Nd"],
        ),
        step("scope_revised", "2020-02-01", "parts", investment="USD 7 M"),
        step("schedule_revised", "2020-03-01", "parts", due="2023"),
        step("scope_revised", "2020-04-01", "parts", capacity="80"),
        step("project_approved", "2020-05-01", "parts", authority="the province", products=["Nd", "Pr"]),
        step("scope_revised", "2020-06-01", "parts", capacity="unknown"),
    ),
    *life("silent", step("construction_started", "2020-01-01", "silent")),
    *life("unplanned", step("project_completed", "2020-01-01", "unplanned", capacity="5")),
    *life(
        "hidden",
        step("project_announced", "2020-01-01", "hidden", capacity="50"),
        step("project_completed", "2020-02-01", "hidden", capacity="withheld"),
    ),
    *life(
        "beyond",
        step("project_announced", "2020-01-01", "beyond", capacity="50"),
        step("project_completed", "2020-02-01", "beyond", capacity="60"),
    ),
    *life(
        "equal",
        step("project_approved", "2020-01-01", "equal", capacity="50", replacement="equal"),
        step("project_completed", "2020-02-01", "equal", capacity="20"),
    ),
    *life("plain", step("project_approved", "2020-01-01", "plain", capacity="50", replacement="none")),
    *life("later-registered", step("project_announced", "2020-01-01", "later-registered", capacity="1")),
]


def found(world: Path, name: str, day: str) -> dict[str, Any]:
    return row(world, f"SELECT * FROM project WHERE project_id = '{name}'", day)


def statuses(world: Path, name: str, *days: str) -> list[str]:
    return [found(world, name, day)["status"] for day in days]


def test_a_project_is_completed_when_its_last_phase_is(world: Path) -> None:
    days = ("2020-01-01", "2020-02-01", "2020-03-01", "2020-04-01", "2020-05-01")
    assert statuses(world, "phases", *days) == ["announced", "construction", "construction", "trial", "completed"]
    remaining = [found(world, "phases", day)["capacity_remaining"] for day in days]
    assert remaining == [1000, 1000, 600, 600, 0]


def test_a_project_that_is_built_is_pending_until_it_is_commissioned_and_is_not_overdue(world: Path) -> None:
    days = ("2020-04-30", "2020-05-01", "2020-07-01", "2020-08-01", "2020-09-01")
    assert statuses(world, "shell", *days) == ["announced", "built", "built", "suspended", "built"]
    for day, is_overdue in (("2020-07-01", False), ("2020-08-15", True), ("2020-09-15", False)):
        one = found(world, "shell", day)
        figures = (one["capacity_completed"], one["capacity_remaining"], one["is_pending"], one["is_overdue"])
        assert figures == (0, 1000, True, is_overdue)
    given_up = found(world, "shell", "2020-10-01")
    assert (given_up["status"], given_up["is_pending"]) == ("built_not_commissioned", False)
    days = ("2020-02-01", "2020-03-01", "2020-04-01", "2020-05-01")
    assert statuses(world, "half-shell", *days) == ["built", "built", "trial", "cancelled"]


def test_a_final_completion_leaves_nothing_to_come(world: Path) -> None:
    one = found(world, "smaller", "2020-03-01")
    figures = (one["status"], one["capacity_completed"], one["capacity_remaining"], one["is_pending"])
    assert figures == ("completed", 700, 0, False)


def test_ground_broken_before_the_approval_leaves_the_further_step(world: Path) -> None:
    assert statuses(world, "early-ground", "2020-03-01", "2020-03-07") == ["construction", "construction"]
    assert str(found(world, "early-ground", "2020-03-07")["approved_latest"]) == "2020-03-07"


def test_suspended_and_cancelled_stand_while_they_are_the_last_word(world: Path) -> None:
    days = ("2020-02-01", "2020-03-01", "2020-04-01", "2020-05-01", "2020-06-01")
    expected = ["construction", "suspended", "construction", "cancelled", "construction"]
    assert statuses(world, "stop-and-go", *days) == expected


def test_a_new_schedule_does_not_resume_a_suspended_project(world: Path) -> None:
    assert statuses(world, "stop-and-go", "2020-03-20") == ["suspended"]


def test_a_suspended_project_is_pending_and_a_cancelled_one_is_not(world: Path) -> None:
    query = "SELECT count(*) AS pending FROM pending_project WHERE project_id = 'stop-and-go'"
    assert [row(world, query, day)["pending"] for day in ("2020-03-01", "2020-05-01", "2020-06-01")] == [1, 0, 1]


def test_slip_is_the_latest_due_day_less_the_first(world: Path) -> None:
    one = found(world, "slipping", "2020-05-01")
    assert (one["slip_days"], one["first_due"], one["due"]) == (184, "2020-06-30", "2020-12-31")
    assert found(world, "slipping", "2020-04-30")["slip_days"] == 0


def test_a_due_date_that_is_open_has_no_slip(world: Path) -> None:
    one = found(world, "slipping", "2020-10-01")
    assert (one["due"], one["due_latest"], one["slip_days"], one["is_overdue"]) == ("2022/..", None, None, False)


def test_a_project_is_overdue_after_the_last_due_day_until_it_is_done(world: Path) -> None:
    days = ("2020-06-30", "2020-07-01", "2020-08-31", "2020-09-01")
    assert [found(world, "late", day)["is_overdue"] for day in days] == [False, True, True, False]


def test_capacity_investment_and_due_each_stand_as_last_stated(world: Path) -> None:
    one = found(world, "parts", "2020-05-01")
    plan = (one["capacity_planned"], one["investment_amount"], one["investment_currency"], one["due"], one["products"])
    assert plan == (80, 7_000_000, "USD", "2023", ["Nd", "Pr"])
    assert found(world, "parts", "2020-03-01")["capacity_planned"] == 100


def test_a_plan_last_stated_as_unknown_is_unknown(world: Path) -> None:
    one = found(world, "parts", "2020-06-01")
    assert (one["capacity_planned"], one["capacity_remaining"], one["net"], one["is_pending"]) == (
        None,
        None,
        None,
        True,
    )


def test_construction_without_a_plan_is_pending_with_an_unknown_figure(world: Path) -> None:
    one = found(world, "silent", "2020-01-01")
    assert (one["status"], one["capacity_remaining"], one["is_pending"]) == ("construction", None, True)


def test_a_completion_of_what_nobody_planned_completes_it(world: Path) -> None:
    one = found(world, "unplanned", "2020-01-01")
    assert (one["status"], one["capacity_completed"], one["is_pending"]) == ("completed", 5, False)


def test_a_completion_of_unknown_capacity_leaves_the_rest_unknown(world: Path) -> None:
    one = found(world, "hidden", "2020-02-01")
    assert (one["capacity_remaining"], one["is_pending"]) == (None, True)


def test_a_completion_beyond_the_plan_leaves_nothing_to_come(world: Path) -> None:
    one = found(world, "beyond", "2020-02-01")
    assert (one["capacity_completed"], one["capacity_remaining"], one["status"]) == (60, 0, "completed")


def test_an_equal_replacement_without_a_swap_owes_what_it_has_completed(world: Path) -> None:
    one = found(world, "equal", "2020-02-01")
    assert (one["owed"], one["retiring"], one["net"], one["swap_verdict"]) == (20, 30, 0, "unverified")


def test_a_project_that_replaces_nothing_is_growth(world: Path) -> None:
    one = found(world, "plain", "2020-01-01")
    assert (one["retiring"], one["net"], one["swap_verdict"]) == (0, 50, None)


def test_projects_with_an_unknown_figure_are_counted_in_the_nation(world: Path) -> None:
    before, after = (row(world, "FROM national_capacity", day)["unknown_count"] for day in ("2020-05-31", "2020-06-01"))
    assert after == before + 1


def test_the_pending_view_has_the_rows_of_project_that_are_pending(world: Path) -> None:
    both = (
        rows(world, f"{sql} ORDER BY project_id", "2020-02-10")
        for sql in ("FROM project WHERE is_pending", "FROM pending_project")
    )
    pending, shown = both
    assert shown == pending
    assert sum(one["capacity_remaining"] or Decimal(0) for one in shown) > 0
