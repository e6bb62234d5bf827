"""Capacities that are not exact: what is at least and at most installed and pending, never silently zero."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from policytrack.questions import ask
from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.session import Session
from tests.projections.world import event, facility, firm, project, read_model, row, rows, stated


def step(name: str, day: str, capacity: str | None = None, id_: str = "p", **fields: object) -> object:
    given = {"project_id": id_, **fields, **({"capacity": capacity} if capacity else {})}
    return event(f"project_{name}", day, **given)


def stakes(owned: str, **shares: str) -> object:
    partners = [{"firm_id": owner, "stake_pct": share} for owner, share in shares.items()]
    return event("joint_venture_formed", "2010-01-01", venture_id=owned, partners=partners)


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


@pytest.fixture(scope="module")
def replacing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two projects that are not exact: one replaces without a swap, the other has a swap of 3,000 for 1."""
    events = [
        firm("maker"),
        facility("works", "maker", region="CN-HE"),
        *(project(name, "works", "maker") for name in ("replaces", "swaps", "adds")),
        step("approved", "2020-01-01", "1-2 kt", "replaces", replacement="equal", due="2022"),
        step("approved", "2020-01-01", "4-5 kt", "swaps", replacement="equal", due="2022"),
        event(
            "capacity_swap_announced",
            "2020-02-01",
            swap_id="swap",
            project_id="swaps",
            activity_id="rare-earth-separation",
            build_capacity="3000",
            ratio="1",
            legs=[{"undisclosed": True, "capacity": "3000"}],
        ),
        step("announced", "2020-03-01", "100-250", "adds", due="2021-06"),
    ]
    return read_model(tmp_path_factory.mktemp("replacing") / "m.duckdb", events)  # type: ignore[arg-type] # events


@pytest.mark.parametrize(
    ("project_id", "retiring", "net"),
    [("replaces", (1_000, 2_000), (0, 0)), ("swaps", (3_000, 3_000), (1_000, 2_000)), ("adds", (0, 0), (100, 250))],
)
def test_the_net_of_a_project_that_is_not_exact_has_both_ends(
    replacing: Path, project_id: str, retiring: tuple[int, int], net: tuple[int, int]
) -> None:
    found = row(replacing, f"FROM pending_project WHERE project_id = '{project_id}'", "2020-07-01")
    assert (found["retiring_low"], found["retiring_high"]) == retiring
    assert (found["net_low"], found["net_high"]) == net


def test_national_net_and_retirement_add_up_the_ends_of_the_projects(replacing: Path) -> None:
    for view in ("national_capacity", "regional_capacity"):
        (found,) = rows(replacing, f"FROM {view}", "2020-07-01")
        assert (found["pending_gross_low"], found["pending_gross_high"]) == (5_100, 7_250)
        assert (found["pending_retiring_low"], found["pending_retiring_high"]) == (4_000, 5_000)
        assert (found["pending_net_low"], found["pending_net_high"]) == (1_100, 2_250)


def test_holdings_have_both_ends_on_each_basis(tmp_path: Path) -> None:
    """works: 40,000-50,000 installed and 10,000-20,000 pending; other: 1,000 and at least 500 pending; idle: of 100-200 some idle."""
    events = [
        *(firm(name) for name in ("venture", "parent", "top", "minor")),
        *(facility(name, "venture") for name in ("works", "other", "idle")),
        stakes("venture", parent="60", minor="40"),
        stakes("parent", top="50"),
        *(project(name, place, "venture") for name, place in (("p", "works"), ("open", "other"))),
        stated("works", "40000-50000", "2020-01-01"),
        stated("other", "1000", "2020-01-01"),
        stated("idle", "100-200", "2020-01-01", idle_share_pct="10"),
        step("announced", "2020-01-01", "10000-20000"),
    ]
    model = read_model(tmp_path / "m.duckdb", events)  # type: ignore[arg-type] # events
    query = "SELECT firm_id, basis, capacity_low, capacity_high FROM firm_holding WHERE status = '{}'"
    found = {
        status: {
            tuple(one.values())[:2]: tuple(one.values())[2:] for one in rows(model, query.format(status), "2020-07-01")
        }
        for status in ("operating", "pending")
    }
    for basis in ("operated", "controlled", "attributable"):
        assert found["operating"]["venture", basis] == (41_000, 51_200)
        assert found["pending"]["venture", basis] == (10_000, 20_000)
    assert found["operating"]["parent", "controlled"] == (41_000, 51_200)
    assert found["operating"]["parent", "attributable"] == (24_600, 30_720)
    assert found["pending"]["minor", "attributable"] == (4_000, 8_000)
    assert found["pending"]["top", "attributable"] == (3_000, 6_000)
    assert found["pending"]["minor", "controlled"] == (0, 0)
    later = [*events, step("announced", "2020-08-01", ">= 500", "open")]
    model = read_model(tmp_path / "later.duckdb", later)  # type: ignore[arg-type] # events
    top = "FROM firm_holding WHERE firm_id = 'top' AND status = 'pending' AND basis = 'attributable'"
    found_top = row(model, top, "2020-09-01")
    assert (found_top["capacity"], found_top["capacity_low"], found_top["capacity_high"]) == (None, 3_150, None)


def test_chains_that_do_not_converge_have_no_ends(tmp_path: Path) -> None:
    events = [
        *(firm(name) for name in ("one", "two", "top")),
        facility("works", "one"),
        stakes("one", two="100"),
        stakes("two", one="99.999", top="0.001"),
        stated("works", "100-200", "2020-01-01"),
    ]
    model = read_model(tmp_path / "m.duckdb", events)  # type: ignore[arg-type] # events
    for owner in ("one", "two", "top"):
        found = row(model, f"FROM firm_holding WHERE firm_id = '{owner}' AND basis = 'attributable'", "2020-07-01")
        assert (found["capacity"], found["capacity_low"], found["capacity_high"]) == (None, None, None), owner


def test_a_forecast_counts_both_ends_of_what_is_not_exact(replacing: Path) -> None:
    with Session(replacing, Coordinates(date(2020, 7, 1), date(2020, 7, 1))) as session:
        mid, end = ask(session, "forecast", {"days": [date(2021, 12, 31), date(2022, 12, 31)]}).to_pylist()
    assert (mid["added_low"], mid["added_high"], mid["net_low"], mid["net_high"]) == (100, 250, 100, 250)
    assert (end["added_low"], end["added_high"]) == (5_100, 7_250)
    assert (end["retiring_low"], end["retiring_high"]) == (4_000, 5_000)
    assert (end["net_low"], end["net_high"], end["not_counted"]) == (1_100, 2_250, [])
    with Session(replacing, Coordinates(date(2023, 7, 1), date(2023, 7, 1))) as session:
        (late,) = ask(session, "forecast", {"days": [date(2024, 12, 31)]}).to_pylist()
    assert (late["not_counted_gross"], late["not_counted_gross_low"], late["not_counted_gross_high"]) == (
        0,
        5_100,
        7_250,
    )


def test_a_swap_of_unknown_size_leaves_the_net_without_a_lower_end(tmp_path: Path) -> None:
    events = [
        firm("maker"),
        facility("works", "maker"),
        project("p", "works", "maker"),
        step("announced", "2020-01-01", "700", "p"),
        event(
            "capacity_swap_announced",
            "2020-02-01",
            swap_id="swap",
            project_id="p",
            activity_id="rare-earth-separation",
            build_capacity="700",
            legs=[{"undisclosed": True, "capacity": "unknown"}],
        ),
    ]
    model = read_model(tmp_path / "m.duckdb", events)  # type: ignore[arg-type] # events
    nation = row(model, "FROM national_capacity", "2020-07-01")
    assert (nation["pending_net_low"], nation["pending_net_high"], nation["pending_retiring_high"]) == (None, 700, None)
    found = row(model, "FROM pending_project", "2020-07-01")
    assert (found["net"], found["net_low"], found["net_high"]) == (None, None, 700)


def test_the_ends_are_spoken(world: Path) -> None:
    found = row(
        world,
        "SELECT spoken_span(1000, 2000) AS a, spoken_span(5, 5) AS b, spoken_span(0, 7) AS c, spoken_span(8, NULL) AS d, spoken_span(0, NULL) AS e",
        "2020-07-01",
    )
    assert list(found.values()) == ["1,000 to 2,000", "5", "at most 7", "at least 8", None]


def test_pending_totals_carry_the_ends_of_projects_that_are_not_exact(world: Path) -> None:
    for view in ("national_capacity", "regional_capacity"):
        (found,) = rows(world, f"FROM {view}", "2020-07-01")
        assert (found["pending_gross"], found["pending_gross_low"], found["pending_gross_high"]) == (700, 11_200, None)
        assert found["unknown_count"] == 5
