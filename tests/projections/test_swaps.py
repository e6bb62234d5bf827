"""Capacity swaps: what must go, who is named, and a verdict that never passes in silence."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from policytrack.events import Event
from tests.projections.world import SEPARATION, event, facility, firm, found_by, moved, project, row, stated


def swap(id_: str, build: str, legs: list[dict[str, Any]], day: str = "2020-02-01", **fields: Any) -> list[Event]:
    """A project that is to be built at a plant of its own, and its swap."""
    given: dict[str, Any] = {
        "swap_id": id_,
        "project_id": f"{id_}-line",
        "activity_id": SEPARATION,
        "build_capacity": build,
        "legs": legs,
    }
    return [
        facility(f"{id_}-plant", "builder"),
        project(f"{id_}-line", f"{id_}-plant", "builder"),
        event("project_announced", "2020-01-01", project_id=f"{id_}-line", capacity=build),
        event("capacity_swap_announced", day, **given, **fields),
    ]


def leg(donor: str, capacity: str, **fields: Any) -> dict[str, Any]:
    return {"facility_id": donor, "capacity": capacity, **fields}


XINFENG = [leg("zhujiang", "3000"), leg("zhuoqun", "2000"), leg("shengchang", "2000")]
UNDISCLOSED = {"undisclosed": True, "capacity": "395000"}
EVENTS = [
    firm("builder"),
    *(facility(name, "builder") for name in ("zhujiang", "zhuoqun", "shengchang", "furnace")),
    *swap("xinfeng", "7000", XINFENG, ratio="1"),
    *swap("mirror", "7000", [leg("zhujiang", "300"), *XINFENG[1:]], ratio="1"),
    *swap("hezhou", "395000", [UNDISCLOSED], ratio="1"),
    *swap("no-ratio", "1000", [leg("furnace", "1000")]),
    *swap("no-legs", "1000", [], ratio="1"),
    *swap("vague-leg", "1000", [leg("furnace", ">= 400"), leg("zhuoqun", "300")], ratio="1"),
    *swap("steel", "1000", [leg("furnace", "1500")], ratio="1.5:1"),
    *swap("phased", "1000", [leg("furnace", "1250")], ratio="1.25"),
    stated("furnace", "5000", "2019-01-01"),
    event("project_completed", "2021-01-01", project_id="phased-line", capacity="400"),
    moved("retired", "furnace", "200", "2021-03-01", swap_id="phased"),
    moved("retired", "furnace", "1050", "2021-06-01", swap_id="phased"),
    event("project_completed", "2021-09-01", project_id="phased-line", capacity="600"),
    facility("stack", "builder"),
    stated("stack", "5000", "2019-01-01"),
    *swap("vague-build", "1000", [leg("stack", "1000")], ratio="1"),
    event("project_completed", "2021-01-01", project_id="vague-build-line", capacity=">= 400"),
    moved("retired", "stack", "100", "2021-03-01", swap_id="vague-build"),
    *swap("vague-gone", "1000", [leg("stack", "1000")], ratio="1"),
    event("project_completed", "2021-01-01", project_id="vague-gone-line", capacity="500"),
    moved("retired", "stack", "<= 200", "2021-03-01", swap_id="vague-gone"),
    project("unswapped", "stack", "builder"),
    event("project_approved", "2020-03-01", project_id="unswapped", capacity="900", replacement="equal"),
    event("project_completed", "2021-01-01", project_id="unswapped", capacity="unknown"),
]


def found(world: Path, id_: str, day: str = "2020-12-31") -> dict[str, Any]:
    return row(world, f"SELECT * FROM capacity_swap WHERE swap_id = '{id_}'", day)


def test_xinfeng_passes_with_three_named_donors(world: Path) -> None:
    one = found(world, "xinfeng")
    assert (one["required"], one["named"], one["undisclosed"], one["verdict"]) == (7000, 7000, 0, "pass")


def test_legs_that_do_not_add_up_fail(world: Path) -> None:
    one = found(world, "mirror")
    assert (one["named"], one["undisclosed"], one["verdict"]) == (4300, 2700, "fail")


def test_hezhou_with_undisclosed_legs_is_unverified(world: Path) -> None:
    one = found(world, "hezhou")
    assert (one["named"], one["undisclosed"], one["verdict"]) == (0, 395_000, "unverified")


def test_a_swap_whose_ratio_nobody_states_requires_an_unknown_amount(world: Path) -> None:
    one = found(world, "no-ratio")
    assert (one["ratio_basis"], one["required"], one["owed"], one["verdict"]) == ("unknown", None, None, "unverified")
    plan = row(world, "SELECT * FROM project WHERE project_id = 'no-ratio-line'", "2020-12-31")
    assert (plan["retiring"], plan["net"]) == (None, None)


def test_a_swap_without_legs_is_unverified(world: Path) -> None:
    assert found(world, "no-legs")["verdict"] == "unverified"


def test_a_leg_of_no_exact_figure_leaves_the_swap_unverified(world: Path) -> None:
    one = found(world, "vague-leg")
    assert (one["named"], one["undisclosed"], one["verdict"]) == (300, 700, "unverified")


def test_the_ratio_is_retired_to_built(world: Path) -> None:
    one = found(world, "steel")
    assert (one["ratio"], one["ratio_basis"], one["required"], one["verdict"]) == (
        Decimal("1.5"),
        "stated",
        1500,
        "pass",
    )


def test_what_is_owed_grows_with_what_is_completed_and_falls_with_what_retires(world: Path) -> None:
    days = ("2020-12-31", "2021-01-01", "2021-03-01", "2021-06-01", "2021-09-01")
    assert [found(world, "phased", day)["owed"] for day in days] == [0, 500, 300, 0, 0]


def test_what_goes_for_the_rest_of_a_phased_project_is_still_to_retire(world: Path) -> None:
    query = "SELECT capacity_remaining, retiring, net FROM project WHERE project_id = 'phased-line'"
    days = ("2020-12-31", "2021-01-01", "2021-03-01", "2021-06-01", "2021-09-01")
    figures = [tuple(row(world, query, day).values()) for day in days]
    assert figures == [(1000, 1250, -250), (600, 750, -150), (600, 750, -150), (600, 0, 600), (0, 0, 0)]


def test_a_swap_is_not_there_before_it_is_announced(world: Path) -> None:
    assert row(world, "SELECT count(*) AS swaps FROM capacity_swap", "2020-01-31") == {"swaps": 0}


def test_what_is_owed_has_bounds_where_a_completion_or_a_retirement_is_not_exact(world: Path) -> None:
    fields = ("owed", "owed_low", "owed_high", "retired")
    built, gone, exact = (found(world, id_, "2021-12-31") for id_ in ("vague-build", "vague-gone", "phased"))
    assert [built[name] for name in fields] == [None, 300, None, 100]
    assert [gone[name] for name in fields] == [None, 300, 500, 0]
    assert [exact[name] for name in fields] == [0, 0, 0, 1250]
    assert found(world, "vague-build", "2020-12-31")["owed_high"] == 0
    for project_id in ("vague-build-line", "vague-gone-line", "unswapped"):
        one = row(world, f"SELECT owed, retiring FROM project WHERE project_id = '{project_id}'", "2021-12-31")
        assert one["owed"] is None, project_id
    running = {one["subject"]: one["message"] for one in found_by(world, "donor_still_running", "2021-12-31")}
    assert running["swap:vague-build"] == (
        "at least 400 t REO/yr is commissioned; at least 300 to be retired for it is still installed"
    )
