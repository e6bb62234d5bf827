"""What is not exact is shown with both ends in tables, in the line below them, and in the effect of a dry run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import policytrack

PLANTS = """
- {type: firm_registered, firm_id: maker, name: Maker, country: US, known_on: 2024-01-01}
- {type: facility_registered, facility_id: works, name: Works, country: US, operator_id: maker, known_on: 2024-01-01}
- {type: project_registered, project_id: more, name: More, facility_id: works, activity_id: li-ion-cells, firm_id: maker, known_on: 2024-01-01}
- {type: capacity_stated, facility_id: works, activity_id: li-ion-cells, capacity: about 20 GWh/yr, effective: 2024-01-01, known_on: 2024-01-02}
- {type: project_announced, project_id: more, capacity: 8-10 GWh/yr, due: 2025, effective: 2024-01-01, known_on: 2024-01-02}
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ranges")
    assert policytrack(folder, "init", ".").code == 0
    (folder / "plants.yaml").write_text(PLANTS)
    preview = policytrack(folder, "import", "plants.yaml", "--dry-run")
    effect = {tuple(line.split("\t")[2:5]) for line in preview.out.splitlines()}
    assert effect >= {
        ("installed_low", "0", "18000"),
        ("installed_high", "0", "22000"),
        ("pending_net_low", "0", "8000"),
        ("pending_net_high", "0", "10000"),
    }
    assert policytrack(folder, "import", "plants.yaml").code == 0
    return folder


def test_a_nation_shows_what_is_installed_and_pending_with_both_ends(desk: Path) -> None:
    run = policytrack(desk, "capacity", "--format", "table")
    title, *_, row, footer = run.out.splitlines()
    assert title == "Capacity"
    assert [word for word in row.split() if "–" in word] == ["18,000–22,000", "8,000–10,000", "8,000–10,000"]
    assert "operating and net leave out what is not exact; installed has both ends" in footer


def test_a_forecast_has_what_is_installed_and_not_exact_in_its_high_end(desk: Path) -> None:
    run = policytrack(desk, "forecast", "--to", "2030", "--format", "json")
    (row,) = json.loads(run.out)
    assert (row["operating"], row["installed_low"], row["installed_high"]) == (0, 18000, 22000)
    assert (row["net_low"], row["net_high"]) == (0, 22000)


def test_a_figure_that_is_exact_has_no_further_column(desk: Path) -> None:
    run = policytrack(desk, "capacity", "--format", "table", "--as-of", "2023-12-31")
    assert "installed" not in run.out


def test_evidence_says_that_nothing_of_it_is_exact(desk: Path) -> None:
    run = policytrack(desk, "capacity", "--evidence", "--format", "table")
    assert "no exact capacity is recorded that matches" in run.out + run.err


def test_why_lists_the_plan_with_what_is_known_of_it(desk: Path) -> None:
    run = policytrack(desk, "why", "pending-net", "--country", "US", "--activity", "li-ion-cells", "--format", "json")
    assert "not exact: 8,000 to 10,000 to come" in run.out
    field = policytrack(desk, "why", "project", "more", "net", "--format", "json")
    assert '"reason": "between 8,000 and 10,000"' in field.out


def test_a_year_has_no_thousands_separator(desk: Path) -> None:
    lines = policytrack(desk, "why", "project", "more", "due", "--format", "table").out.splitlines()
    assert lines[0] == "due more  2025" and "  2025  more: 8-10 GWh/yr" in lines[1]


def test_an_open_end_and_a_negative_one_are_readable(desk: Path) -> None:
    query = "SELECT 5 AS a, 5 AS a_low, NULL::INT AS a_high, 1 AS b, -3 AS b_low, 4 AS b_high"
    row = policytrack(desk, "sql", query, "--format", "table").out.splitlines()[-2]
    assert row.split("  ")[0].strip() == "≥ 5"
    assert "−3 to 4" in row
