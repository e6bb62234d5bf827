"""A merger of facilities and the phases of a project on the command line: refused, imported, shown and checked."""

from __future__ import annotations

from pathlib import Path

import pytest

from policytrack.ledger import Ledger
from tests.cli.conftest import policytrack

PLACES = """
- {type: facility_registered, facility_id: old, name: Old, country: DE, known_on: 2020-01-01}
- {type: facility_registered, facility_id: new, name: New, country: DE, known_on: 2020-01-01}
- {type: capacity_stated, facility_id: old, activity_id: crude-steel, capacity: 4 Mt/yr, effective: 2020, known_on: 2021-01-01}
"""
MERGED = ("record", "facility-merged", "--facility-id", "old", "--effective", "2024-01-01", "--known-on", "2024-01-10")
TABLE = """type,facility_id,into_facility_id,capacities.1.activity_id,capacities.1.capacity,effective,known_on
facility_merged,old,new,crude-steel,3 Mt/yr,2024-01-01,2024-01-10
"""
LATER = ("--as-of", "2024-06-01", "--known-at", "2024-06-01")


@pytest.fixture(scope="module")
def works(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("works") / "ledger"
    Ledger.create(folder)
    (folder / "places.yaml").write_text(PLACES, encoding="utf-8")
    assert policytrack(folder, "import", "places.yaml").code == 0
    return folder


@pytest.mark.parametrize(
    ("flags", "error"),
    [
        (("new", "--capacity", "activity_id=crude-steel,capacity=5 MW"), "'5 MW' has another dimension than t/yr"),
        (("new", "--capacity", "activity_id=crude-stel,capacity=5"), "no activity 'crude-stel'"),
        (("new", "--capacity", "capacity=5"), "activity_id is missing (--capacity)"),
        (
            ("new", "--capacity", "activity_id=crude-steel,capacity=5 Mt/yr"),
            "only 4,000,000 is installed on that day",
        ),
        (("old",), "a facility cannot merge into itself"),
        (("nowhere",), "no facility 'nowhere'"),
    ],
)
def test_a_wrong_merger_is_refused_with_its_reason(works: Path, flags: tuple[str, ...], error: str) -> None:
    run = policytrack(works, *MERGED, "--into-facility-id", *flags)
    assert run.code == 3 and error in run.err, run.err


def test_a_merger_in_a_table_is_imported_and_shown_and_what_is_left_over_is_reported(works: Path) -> None:
    (works / "merger.csv").write_text(TABLE, encoding="utf-8")
    run = policytrack(works, "import", "merger.csv")
    assert run.code == 0, run.err
    run = policytrack(works, "capacity", "--by", "facility", "--columns", "facility_id,installed", *LATER)
    assert run.out.split()[2:] == ["new", "3000000", "old", "1000000"]
    for name, what, other in (("old", "merged into", "new"), ("new", "merger of", "old")):
        shown = policytrack(works, "show", name, *LATER).out
        (line,) = [line for line in shown.splitlines() if line.startswith(what)]
        assert line.split()[2:] == [other, "2024-01-01", "2024-01-10", "4"]
        assert "Mergers and splits" not in policytrack(works, "show", name, "--as-of", "2023-12-31").out
    run = policytrack(works, "check", *LATER)
    finding = "merged into new on 2024-01-01, and 1,000,000 t/yr of crude-steel is still installed"
    assert f"merged_facility_still_running\tfacility:old\t{finding}: state it in the merger, or retire it" in run.out
    run = policytrack(works, "news", "--since", "2024-01-01", "--columns", "country_code,what,summary", *LATER)
    assert "DE\tcapacity\told merged into new; 3 Mt/yr of crude-steel" in run.out


PHASES = """
- {type: project_registered, project_id: a-line, name: A, facility_id: new, activity_id: crude-steel, phase_of: whole, known_on: 2024-02-01}
- {type: project_registered, project_id: whole, name: Whole, facility_id: new, activity_id: crude-steel, known_on: 2022-01-01}
- {type: project_announced, project_id: whole, capacity: 2 Mt/yr, effective: 2022-01-01, known_on: 2022-01-01}
- {type: project_announced, project_id: a-line, capacity: 1 Mt/yr, effective: 2024-02-01, known_on: 2024-02-01}
"""


def test_a_project_names_its_whole_and_shows_its_phases(works: Path) -> None:
    (works / "phases.yaml").write_text(PHASES, encoding="utf-8")
    run = policytrack(works, "import", "phases.yaml")
    assert run.code == 0, run.err
    run = policytrack(works, "pending", "--columns", "project_id,phase_of", *LATER)
    assert run.out.splitlines()[1:] == ["a-line\twhole", "whole\t"]
    shown = policytrack(works, "show", "project:whole", *LATER).out
    assert "a-line" in shown[shown.index("\nPhases") :].splitlines()[4]
    assert "  phase of " in policytrack(works, "show", "a-line", *LATER).out
    run = policytrack(works, "news", "--since", "2024-02-01", "--columns", "what,subject,summary", *LATER)
    assert "new project\tproject:a-line\tproject A, a phase of whole" in run.out
    assert (
        "phase_counted_twice\tproject:whole\tits plan of 2,000,000 t/yr is from 2022-01-01, and its phases (a-line)"
        in (policytrack(works, "check", *LATER).out)
    )
