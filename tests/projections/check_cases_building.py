"""Cases for the checks of what is built: swaps, credit lots, projects and plants."""

from __future__ import annotations

from typing import Any, Final

from policytrack.events import Event
from tests.projections.policy_world import CLINKER, OPEN, draws, lot, rule, swap
from tests.projections.world import SEPARATION, event, moved, project, stated

Cases = dict[str, tuple[list[Event], set[str], set[str]]]
"""Of each check: the events, the subjects that it finds, and those close by that it does not."""


def donor(capacity: str, where: str = "donor", **fields: Any) -> dict[str, Any]:
    return {"facility_id": where, "capacity": capacity, **fields}


def plan(id_: str, day: str, capacity: str = "100", **fields: Any) -> list[Event]:
    """A separation project and its announcement."""
    return [
        project(id_, "works", "builder"),
        event("project_announced", day, project_id=id_, capacity=capacity, **fields),
    ]


def phases(whole: str, day: str, *capacities: str) -> list[Event]:
    """Phases of a project, numbered from 1, with their announcements."""
    registered = [
        project(f"{whole}-{number}", "works", "builder", phase_of=whole) for number, _ in enumerate(capacities, 1)
    ]
    return [
        *registered,
        *(
            step("project_announced", f"{whole}-{number}", day, capacity=one)
            for number, one in enumerate(capacities, 1)
        ),
    ]


def closing(where: str, capacity: str, day: str, **fields: Any) -> Event:
    """A planned retirement of separation capacity."""
    given = {"facility_id": where, "activity_id": SEPARATION, "capacity": capacity, **fields}
    return event("retirement_announced", day, **given)


def merged(where: str, into: str, capacity: str | None = None) -> Event:
    """A merger in 2021, with separation capacity."""
    lines = [{"activity_id": SEPARATION, "capacity": capacity}] if capacity else []
    return event("facility_merged", "2021-01-01", facility_id=where, into_facility_id=into, capacities=lines)


def step(kind: str, id_: str, day: str, known_on: str | None = None, **fields: Any) -> Event:
    return event(kind, day, known_on, project_id=id_, **fields)


RULES = [
    rule("ratio-rule", "replacement_ratio", "2021-06-01", ratio_min="1.25"),
    rule("pause", "moratorium", "2024-08-23"),
    rule("whole-lots", "no_split", "2024-11-01", "cement-clinker"),
]
_REVOKED = {"reason": "counted twice"}
BUILDING: Final[Cases] = {
    "planned_retirement_overdue": (
        [
            stated("slipped-plant", "100", "2020-01-01"),
            closing("slipped-plant", "40", "2020-02-01", due="2021"),
            stated("timely-plant", "100", "2020-01-01"),
            closing("timely-plant", "40", "2020-02-01", due="2021"),
            moved("retired", "timely-plant", "40", "2021-06-01"),
        ],
        {"facility:slipped-plant"},
        {"facility:timely-plant"},
    ),
    "planned_retirement_beyond_installed": (
        [
            stated("half-plant", "100", "2020-01-01"),
            closing("half-plant", "140", "2020-02-01", due="2099"),
            closing("never-stated", "1", "2020-02-01", due="2099"),
            stated("whole-plant", "100", "2020-01-01"),
            closing("whole-plant", "100", "2020-02-01", due="2099"),
        ],
        {"facility:half-plant", "facility:never-stated"},
        {"facility:whole-plant"},
    ),
    "lot_overdrawn": (
        [
            lot("furnaces", "donor", "100", "2020-01-01"),
            *swap("drawn-first", "60", [draws("furnaces", "60")], "2020-06-01", ratio="1"),
            *swap("drawn-beyond", "60", [draws("furnaces", "60")], "2020-07-01", ratio="1"),
            lot("kept", "donor", "100", "2020-01-01"),
            *swap("drawn-full", "100", [draws("kept", "100")], "2020-06-01", ratio="1"),
        ],
        {"swap:drawn-beyond"},
        {"swap:drawn-first", "swap:drawn-full"},
    ),
    "legs_below_required": (
        [
            *swap("short", "7000", [donor("300"), donor("4000")], "2020-02-01", ratio="1"),
            *swap("enough", "7000", [donor("3000"), donor("4000")], "2020-02-01", ratio="1"),
        ],
        {"swap:short"},
        {"swap:enough"},
    ),
    "ratio_below_rule": (
        [
            *swap("too-low", "100", [donor("120")], "2022-01-01", ratio="1.2"),
            *swap("just-so", "100", [donor("125")], "2022-01-01", ratio="1.25"),
        ],
        {"swap:too-low"},
        {"swap:just-so"},
    ),
    "swap_in_moratorium": (
        [
            *swap("in-the-pause", "100", [donor("125")], "2024-09-01", ratio="1.25"),
            *swap("day-before", "100", [donor("125")], "2024-08-22", ratio="1.25"),
        ],
        {"swap:in-the-pause"},
        {"swap:day-before"},
    ),
    "lot_split": (
        [
            lot("kiln", "donor", "2000", "2020-01-01", **CLINKER),
            *swap("splits", "500", [draws("kiln", "1000")], "2025-03-01", ratio="2", **CLINKER),
            *swap("split-before", "500", [draws("kiln", "1000")], "2022-03-01", ratio="2", **CLINKER),
        ],
        {"swap:splits"},
        {"swap:split-before"},
    ),
    "lot_expired": (
        [
            lot("old-lot", "donor", "100", "2017-01-01", expires_on="2018-12-31"),
            *swap("too-late", "40", [draws("old-lot", "40")], "2019-01-01", ratio="1"),
            *swap("last-day", "40", [draws("old-lot", "40")], "2018-12-31", ratio="1"),
        ],
        {"swap:too-late"},
        {"swap:last-day"},
    ),
    "completion_beyond_plan": (
        [
            *plan("too-much", "2020-01-01"),
            step("project_completed", "too-much", "2021-01-01", capacity="60"),
            step("project_completed", "too-much", "2022-01-01", capacity="60"),
            *plan("all-of-it", "2020-01-01"),
            step("project_completed", "all-of-it", "2021-01-01", capacity="100"),
        ],
        {"project:too-much"},
        {"project:all-of-it"},
    ),
    "completion_of_cancelled": (
        [
            *plan("built-anyway", "2020-01-01"),
            step("project_cancelled", "built-anyway", "2021-01-01"),
            step("project_completed", "built-anyway", "2022-01-01", capacity="100"),
            *plan("resumed-first", "2020-01-01"),
            step("project_cancelled", "resumed-first", "2021-01-01"),
            step("project_resumed", "resumed-first", "2021-06-01"),
            step("project_completed", "resumed-first", "2022-01-01", capacity="100"),
        ],
        {"project:built-anyway"},
        {"project:resumed-first"},
    ),
    "retirement_beyond_installed": (
        [
            stated("small-plant", "100", "2020-01-01"),
            moved("retired", "small-plant", "150", "2021-01-01"),
            stated("small-plant", "40", "2022-01-01"),
            stated("right-plant", "100", "2020-01-01"),
            moved("retired", "right-plant", "100", "2021-01-01"),
            stated("vague-plant", "unknown", "2020-01-01"),
            moved("retired", "vague-plant", "100", "2021-01-01"),
            moved("retired", "unstated-plant", "100", "../2021-01-01", "2021-01-01"),
            stated("unstated-plant", "100", "2016-01-01", "2024-01-01"),
        ],
        {"facility:small-plant"},
        {"facility:right-plant", "facility:vague-plant", "facility:unstated-plant"},
    ),
    "phase_counted_twice": (
        [
            *plan("not-revised", "2020-01-01", "100"),
            *phases("not-revised", "2022-01-01", "60", "40"),
            *plan("revised-then", "2020-01-01", "100"),
            step("scope_revised", "revised-then", "2022-01-01", capacity="40"),
            *phases("revised-then", "2022-01-01", "40"),
            step("scope_revised", "revised-then-1", "2023-01-01", capacity="30"),
            *plan("cancelled-then", "2020-01-01", "100"),
            *phases("cancelled-then", "2022-01-01", "40"),
            step("project_cancelled", "cancelled-then", "2022-02-01"),
            *plan("phases-larger", "2020-01-01", "100"),
            *phases("phases-larger", "2022-01-01", "60", "60"),
            *plan("phase-dropped", "2020-01-01", "100"),
            *phases("phase-dropped", "2022-01-01", "60"),
            step("project_cancelled", "phase-dropped-1", "2023-01-01"),
            *plan("phase-built", "2020-01-01", "100"),
            *phases("phase-built", "2022-01-01", "60"),
            step("project_completed", "phase-built-1", "2023-01-01", capacity="60"),
        ],
        {"project:not-revised", "project:phase-built"},
        {"project:revised-then", "project:cancelled-then", "project:phases-larger", "project:phase-dropped"},
    ),
    "merged_facility_still_running": (
        [
            *(stated(name, "100", "2020-01-01") for name in ("left-over", "all-gone", "back-again", "plan-stays")),
            stated("about-gone", "about 100", "2020-01-01"),
            merged("left-over", "right-plant", "60"),
            merged("all-gone", "right-plant", "100"),
            merged("about-gone", "right-plant", "about 100"),
            merged("back-again", "left-over", "100"),
            event(
                "facility_split",
                "2021-06-01",
                facility_id="left-over",
                parts=[{"facility_id": "back-again", "activity_id": SEPARATION, "capacity": "100"}],
            ),
            merged("plan-stays", "right-plant", "100"),
            project("not-moved", "plan-stays", "builder"),
            event("project_announced", "2020-01-01", project_id="not-moved", capacity="100"),
            merged("plan-done", "right-plant"),
            project("cancelled-before", "plan-done", "builder"),
            event("project_announced", "2020-01-01", project_id="cancelled-before", capacity="100"),
            event("project_cancelled", "2020-06-01", project_id="cancelled-before"),
        ],
        {"facility:left-over", "facility:plan-stays"},
        {"facility:all-gone", "facility:about-gone", "facility:back-again", "facility:plan-done", "facility:right-plant"},
    ),
    "idle_beyond_installed": (
        [
            stated("crowded-plant", "100", "2020-01-01"),
            moved("idled", "crowded-plant", "150", "2021-01-01"),
            stated("shrunk-plant", "100", "2020-01-01", idle_share_pct="50"),
            moved("retired", "shrunk-plant", "60", "2021-01-01"),
            stated("at-most-plant", "<= 100", "2020-01-01"),
            moved("idled", "at-most-plant", "101", "2021-01-01"),
            stated("all-idle-plant", "100", "2020-01-01"),
            moved("idled", "all-idle-plant", "100", "2021-01-01"),
            stated("at-least-plant", ">= 100", "2020-01-01"),
            moved("idled", "at-least-plant", "150", "2021-01-01"),
            moved("idled", "vaguely-idle-plant", "unknown", "2021-01-01"),
        ],
        {"facility:crowded-plant", "facility:shrunk-plant", "facility:at-most-plant"},
        {"facility:all-idle-plant", "facility:at-least-plant", "facility:vaguely-idle-plant"},
    ),
    "donor_undisclosed": (
        [
            *swap("nobody", "100", [{**OPEN, "capacity": "125"}], "2022-01-01", ratio="1.25"),
            *swap("somebody", "100", [donor("125")], "2022-01-01", ratio="1.25"),
        ],
        {"swap:nobody"},
        {"swap:somebody"},
    ),
    "swap_unverified": (
        [
            *swap("vague-leg", "100", [donor(">= 50")], "2022-01-01", ratio="1.25"),
            *swap("exact-leg", "100", [donor("125")], "2022-01-01", ratio="1.25"),
            *swap("vague-day", "100", [donor("125")], "2024-08", known_on="2024-08-31", ratio="1.25"),
            *swap("vague-day-after", "100", [donor("125")], "2021-07", known_on="2021-07-31", ratio="1.25"),
        ],
        {"swap:vague-leg", "swap:vague-day"},
        {"swap:exact-leg", "swap:vague-day-after"},
    ),
    "credit_returned_project_goes_on": (
        [
            lot("given-back", "donor", "100", "2020-01-01"),
            *swap("without-credit", "100", [draws("given-back", "100")], "2020-06-01", ratio="1"),
            event("credit_lot_returned", "2021-01-01", lot_id="given-back", swap_id="without-credit", capacity="100"),
            lot("not-needed", "donor", "100", "2020-01-01"),
            *swap("not-built", "100", [draws("not-needed", "100")], "2020-06-01", ratio="1"),
            event("credit_lot_returned", "2021-01-01", lot_id="not-needed", swap_id="not-built", capacity="100"),
            step("project_cancelled", "not-built-line", "2021-01-01"),
            lot("too-much", "donor", "200", "2020-01-01"),
            *swap("enough-left", "100", [draws("too-much", "120")], "2020-06-01", ratio="1"),
            event("credit_lot_returned", "2021-01-01", lot_id="too-much", swap_id="enough-left", capacity="20"),
        ],
        {"swap:without-credit"},
        {"swap:not-built", "swap:enough-left"},
    ),
    "replacement_without_swap": (
        [
            *plan("replaces", "2020-01-01"),
            step("project_approved", "replaces", "2020-02-01", replacement="equal"),
            *plan("adds", "2020-01-01"),
            step("project_approved", "adds", "2020-02-01", replacement="none"),
        ],
        {"project:replaces"},
        {"project:adds"},
    ),
    "project_overdue": (
        [*plan("late", "2020-01-01", due="2025-12"), *plan("due-today", "2020-01-01", due="2026-01-01")],
        {"project:late"},
        {"project:due-today"},
    ),
    "built_not_commissioned": (
        [
            *plan("idle-shell", "2020-01-01", due="2025-12"), step("construction_completed", "idle-shell", "2025-06-01"),
            *plan("undated-shell", "2020-01-01"), step("construction_completed", "undated-shell", "2024-06-01"),
            *plan("due-today-shell", "2020-01-01", due="2026-01-01"), step("construction_completed", "due-today-shell", "2025-06-01"),
            *plan("new-shell", "2020-01-01"), step("construction_completed", "new-shell", "2025-01-01"),
            *plan("on-trial", "2020-01-01", due="2025-12"), step("construction_completed", "on-trial", "2025-06-01"),
            step("trial_production_started", "on-trial", "2025-07-01"),
            *plan("given-up-shell", "2020-01-01", due="2025-12"), step("construction_completed", "given-up-shell", "2025-06-01"),
            step("project_cancelled", "given-up-shell", "2025-07-01"),
        ],
        {"project:idle-shell", "project:undated-shell"},
        {f"project:{name}" for name in ("due-today-shell", "new-shell", "on-trial", "given-up-shell")},
    ),
    "donor_still_running": (
        [
            *swap("runs-on", "100", [donor("125")], "2022-01-01", ratio="1.25"),
            step("project_completed", "runs-on-line", "2023-01-01", capacity="100"),
            stated("donor", "5000", "2015-01-01", activity_id="crude-steel"),
            *swap("went", "100", [donor("125")], "2022-01-01", ratio="1.25"),
            step("project_completed", "went-line", "2023-01-01", capacity="100"),
            moved("retired", "donor", "125", "2023-01-01", swap_id="went", activity_id="crude-steel"),
        ],
        {"swap:runs-on"},
        {"swap:went"},
    ),
    "swap_revoked_project_goes_on": (
        [
            *swap("taken-back", "100", [donor("125")], "2022-01-01", ratio="1.25"),
            event("capacity_swap_revoked", "2022-03-01", swap_id="taken-back", **_REVOKED),
            project("never-announced", "works", "builder", activity_id="crude-steel"),
            event("capacity_swap_announced", "2022-01-01", swap_id="of-nothing", project_id="never-announced",
                  activity_id="crude-steel", build_capacity="unknown"),
            event("capacity_swap_revoked", "2022-03-01", swap_id="of-nothing", **_REVOKED),
            *swap("given-up", "100", [donor("125")], "2022-01-01", ratio="1.25"),
            event("capacity_swap_revoked", "2022-03-01", swap_id="given-up", **_REVOKED),
            step("project_cancelled", "given-up-line", "2022-04-01"),
        ],
        {"project:taken-back-line", "project:never-announced"},
        {"project:given-up-line"},
    ),
    "construction_before_approval": (
        [
            *plan("early-ground", "2020-01-01"),
            step("construction_started", "early-ground", "2023-05-24"),
            step("project_approved", "early-ground", "../2023-05-30", "2023-05-30"),
            *plan("ground-after", "2020-01-01"),
            step("project_approved", "ground-after", "2023-05-20"),
            step("construction_started", "ground-after", "2023-05-24"),
        ],
        {"project:early-ground"},
        {"project:ground-after"},
    ),
}  # fmt: skip
