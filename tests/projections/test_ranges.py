"""Capacities that are not exact: what is at least and at most installed and pending, never silently zero."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.projections.world import event, facility, firm, project, read_model, row, rows, stated


def step(name: str, day: str, capacity: str | None = None, id_: str = "p", **fields: object) -> object:
    given = {"project_id": id_, **fields, **({"capacity": capacity} if capacity else {})}
    return event(f"project_{name}", day, **given)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    events = [
        firm("maker"),
        facility("works", "maker", region="CN-HE"),
        facility("other", "maker", region="CN-HE"),
        *(project(name, "works", "maker") for name in ("p", "open", "sure", "q")),
        stated("works", "40,000-50,000 t REO/yr", "2020-01-01"),
        stated("other", "about 1000", "2020-01-01"),
        step("announced", "2020-01-01", "10-20 kt"),
        step("completed", "2021-01-01", "4-6 kt"),
        step("announced", "2020-01-01", ">= 500", "open"),
        step("announced", "2020-06-01", "700", "sure"),
        step("announced", "2020-01-01", "unknown", "q"),
        step("approved", "2020-06-01", "<= 300", "q"),
    ]
    return read_model(tmp_path_factory.mktemp("ranges") / "m.duckdb", events)  # type: ignore[arg-type] # events


def test_installed_capacity_has_both_ends(world: Path) -> None:
    works = row(world, "FROM facility_capacity WHERE facility_id = 'works'", "2020-03-01")
    assert (works["installed"], works["installed_low"], works["installed_high"]) == (None, 40_000, 50_000)
    nation = row(world, "FROM national_capacity", "2020-03-01")
    assert (nation["installed_low"], nation["installed_high"], nation["unknown_count"]) == (40_900, 51_100, 5)
    later = row(world, "FROM facility_capacity WHERE facility_id = 'works'", "2021-03-01")
    assert (later["installed_low"], later["installed_high"]) == (44_000, 56_000)


@pytest.mark.parametrize(
    ("day", "project_id", "ends"),
    [
        ("2020-03-01", "p", (10_000, 20_000)),
        ("2021-03-01", "p", (4_000, 16_000)),
        ("2020-03-01", "open", (500, None)),
        ("2020-03-01", "q", (0, None)),
        ("2020-07-01", "q", (0, 300)),
        ("2020-07-01", "sure", (700, 700)),
    ],
)
def test_what_remains_of_a_project_has_both_ends(world: Path, day: str, project_id: str, ends: tuple[int, int]) -> None:
    found = row(world, f"FROM pending_project WHERE project_id = '{project_id}'", day)
    assert (found["capacity_remaining_low"], found["capacity_remaining_high"]) == ends
    assert found["capacity_remaining"] == (700 if project_id == "sure" else None)


def test_pending_totals_carry_the_ends_of_projects_that_are_not_exact(world: Path) -> None:
    for view in ("national_capacity", "regional_capacity"):
        (found,) = rows(world, f"FROM {view}", "2020-07-01")
        assert (found["pending_gross"], found["pending_gross_low"], found["pending_gross_high"]) == (700, 11_200, None)
        assert found["unknown_count"] == 5
