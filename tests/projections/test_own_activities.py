"""Activities that the ledger registers: in every view with their unit, at every date, and never twice."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from policytrack.resources import activity_units
from tests.oracles.histories import ACTIVITIES, history
from tests.projections.world import corrected, event, facility, firm, read_model, retracted, row, rows, stated

CASTINGS = event("activity_registered", "2024-01-01", "2024-01-01", activity_id="castings", name="Castings",
                 unit="t/yr", sector="vehicles", stage="parts", covers="Body parts",
                 names=[{"language": "de", "name": "Guss"}], codes={"hs": "8708.29", "isic": "2432"})  # fmt: skip
GONE = event("activity_registered", "2020-01-01", activity_id="gone", name="Gone", unit="MW")
EVENTS = [
    firm("maker"),
    facility("works", "maker"),
    CASTINGS,
    corrected(CASTINGS, "revision", "2025-01-01", name="Body castings"),
    # An id that a later version of policytrack builds in, in another unit.
    event("activity_registered", "2020-01-01", activity_id="coke", name="Coke drums", unit="units/yr"),
    GONE,
    retracted(GONE, "error", "2020-02-01"),
    event("activity_registered", "2020-01-01", activity_id="thin", name="Thin castings", unit="t/yr", part_of="castings"),
    stated("works", "5 kt", "2021-01-01", activity_id="castings"),
    stated("works", "7", "2021-01-01", activity_id="coke"),
    event("project_registered", "2021-01-01", project_id="line", name="Line", facility_id="works", activity_id="thin",
          firm_id="maker"),
    event("project_announced", "2021-01-01", project_id="line", capacity="2 kt/yr", due="2027"),
    event("capacity_reported", "2021-01-01", country="CN", activity_id="castings", capacity="6 kt"),
]  # fmt: skip


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return read_model(tmp_path_factory.mktemp("own") / "record.duckdb", EVENTS)


def test_the_view_lists_it_with_all_that_its_registration_states(world: Path) -> None:
    found = row(world, "SELECT * FROM activity WHERE activity_id = 'castings'", "2026-01-01")
    assert found == {
        "activity_id": "castings", "name": "Body castings", "unit": "t/yr", "stage": "parts", "note": "Body parts",
        "part_of": None, "sector": "vehicles", "names": [{"language": "de", "name": "Guss"}], "hs": "8708.29",
        "nace": None, "isic": "2432", "naics": None, "is_built_in": False,
    }  # fmt: skip
    assert row(world, "SELECT part_of FROM activity WHERE activity_id = 'thin'", "2026-01-01") == {
        "part_of": "castings"
    }
    assert rows(world, "FROM activity WHERE activity_id = 'gone'", "2026-01-01") == []


def test_a_registration_counts_at_every_date_and_a_revision_from_its_own(world: Path) -> None:
    name = "SELECT name FROM activity WHERE activity_id = 'castings'"
    assert row(world, name, "2024-06-01", "2024-06-01") == {"name": "Castings"}
    figures = "SELECT activity_id, installed, unit FROM national_capacity WHERE activity_id = 'castings'"
    expected = {"activity_id": "castings", "installed": Decimal(5000), "unit": "t/yr"}
    for day in ("2022-01-01", "2024-06-01", "2026-01-01"):
        assert row(world, figures, day, day) == expected


def test_an_id_that_is_built_in_later_keeps_the_unit_of_the_ledger_and_is_one_row(world: Path) -> None:
    found = rows(world, "SELECT unit, is_built_in FROM activity WHERE activity_id = 'coke'", "2026-01-01")
    assert found == [{"unit": "units/yr", "is_built_in": False}]
    figures = rows(world, "SELECT installed, unit FROM facility_capacity WHERE activity_id = 'coke'", "2026-01-01")
    assert figures == [{"installed": Decimal(7), "unit": "units/yr"}]


@pytest.mark.parametrize(
    ("view", "where", "unit"),
    [
        ("national_capacity", "activity_id = 'thin' AND pending_gross = 2000", "t/yr"),
        ("regional_capacity", "activity_id = 'castings' AND installed = 5000", "t/yr"),
        ("facility_capacity", "activity_id = 'castings' AND operating = 5000", "t/yr"),
        ("firm_holding", "activity_id = 'castings' AND basis = 'operated' AND capacity = 5000", "t/yr"),
        ("pending_project", "project_id = 'line' AND capacity_remaining = 2000", "t/yr"),
        ("statistic_reconciliation", "activity_id = 'castings' AND reported = 6000 AND computed = 5000", "t/yr"),
    ],
)
def test_every_view_gives_it_its_unit(world: Path, view: str, where: str, unit: str) -> None:
    [found] = rows(world, f"SELECT unit FROM {view} WHERE {where}", "2026-01-01")
    assert found == {"unit": unit}


@pytest.mark.soak
def test_a_history_with_own_activities_has_the_figures_of_the_built_in_ones(tmp_path: Path) -> None:
    events = history(1, 80)
    units = activity_units()
    renamed = []
    for one in events:
        text = one.to_json()
        for name in ACTIVITIES:
            text = text.replace(f'"{name}"', f'"own-{name}"')
        renamed.append(type(one).model_validate_json(text))
    # At the end, so that messages name the same positions.
    for name in ACTIVITIES:
        fields = {"activity_id": f"own-{name}", "name": name, "unit": units[name]}
        renamed.append(event("activity_registered", "2021-03-01", **fields))
    built_in, own = read_model(tmp_path / "built-in", events), read_model(tmp_path / "own", renamed)
    views = (
        "national_capacity",
        "regional_capacity",
        "facility_capacity",
        "firm_holding",
        "project",
        "check_result",
    )
    days = ("2021-03-15", "2022-01-01")
    # One read model after the other: `rows` holds only one open, and opening takes longer than a query.
    expected, found = (
        {(view, day): sorted(_plain(one) for one in rows(path, f"FROM {view}", day)) for view in views for day in days}
        for path in (built_in, own)
    )
    assert found == expected


def _plain(found: dict[str, object]) -> str:
    """A row as text, with the names of the built-in activities."""
    return str(found).replace("own-", "")
