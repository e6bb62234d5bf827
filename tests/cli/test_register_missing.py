"""`import --register-missing` of facilities, projects and activities that rows describe beside the events."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run, head_of, policytrack

HEADER = (
    "type,facility_id,activity_id,capacity,project_id,effective,known_on,facility.name,facility.country,"
    "facility.operator_id,facility.coordinates.latitude,facility.coordinates.longitude,project.name,project.firm_id,"
    "activity.name,activity.unit\n"
)
PLANT = "capacity_stated,north-works,brine-pumping,5000,,2024,2025-01-01,North works,CL,North Lithium,-23.5,-68.2,,,Brine pumping,m3/yr\n"
AGAIN = "capacity_stated,north-works,brine-pumping,6000,,2025,2025-06-01,North works,CL,North Lithium,-23.5,-68.2,,,Brine pumping,m3/yr\n"
PROJECT = "project_announced,,,900,north-two,2025,2025-06-01,,,,,,North two,North Lithium,,\n"


def imported(ledger: Path, table: str, *words: str) -> Run:
    (ledger / "t.csv").write_text(table, encoding="utf-8")
    return policytrack(ledger, "import", "t.csv", "--register-missing", *words)


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    assert policytrack(tmp_path, "init", ".").code == 0
    return tmp_path


def test_what_rows_describe_is_registered_once_and_before_the_events_that_name_it(ledger: Path) -> None:
    table = HEADER + PLANT + AGAIN
    dry = imported(ledger, table, "--dry-run", "-o", "-")
    events = [json.loads(line) for line in dry.out.splitlines()]
    kinds = ["activity_registered", "firm_registered", "facility_registered", "capacity_stated", "capacity_stated"]
    assert [event["type"] for event in events] == kinds
    assert (events[2]["operator_id"], events[2]["coordinates"]["latitude"]) == ("north-lithium", "-23.5")
    assert {event["known_on"] for event in events[:4]} == {"2025-01-01"}
    assert head_of(ledger) == 0
    done = imported(ledger, table)
    assert (done.code, head_of(ledger)) == (0, 5), done.err
    for line in (
        "activity brine-pumping is registered: Brine pumping",
        "facility north-works is registered: North works",
        "North Lithium is registered as north-lithium",
    ):
        assert line in dry.err and line in done.err
    again = imported(ledger, table)
    assert (again.code, head_of(ledger)) == (0, 5) and "is registered" not in again.err


def test_a_project_is_registered_at_the_facility_and_for_the_activity_that_the_row_describes(ledger: Path) -> None:
    row = {
        "type": "project_announced", "project_id": "north-two", "capacity": "900", "effective": "2025", "known_on": "2025-06-01",
        "project": {"name": "North two", "facility_id": "north-works", "activity_id": "brine-pumping"},
        "facility": {"name": "North works", "country": "CL"},
        "activity": {"name": "Brine pumping", "unit": "m3/yr"},
    }  # fmt: skip
    (ledger / "t.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    plain = policytrack(ledger, "import", "t.jsonl")
    assert plain.code == 3 and "project_announced describes a project, which only --register-missing reads" in plain.err
    done = policytrack(ledger, "import", "t.jsonl", "--register-missing")
    assert (done.code, head_of(ledger)) == (0, 4), done.err
    found = policytrack(
        ledger, "pending", "--format", "csv", "--columns", "project_id,facility_id,activity_id,capacity_remaining"
    )
    assert found.out.splitlines()[1:] == ["north-two,north-works,brine-pumping,900"]


def test_a_description_without_what_a_registration_needs_is_refused_at_its_row_once(ledger: Path) -> None:
    done = imported(ledger, HEADER + PLANT.replace(",CL,", ",,") + AGAIN.replace(",CL,", ",,"))
    assert (done.code, head_of(ledger)) == (3, 0)
    message = "facility 'north-works' is not registered, and the row does not give its country (add facility.country, or register the facility first)"
    assert f"t.csv:2:17: error PT201: {message}" in done.err
    assert done.err.count("is not registered, and the row") == 1 and "1 error" in done.err
    lost = imported(ledger, HEADER + PROJECT)
    assert lost.code == 3
    assert (
        "project 'north-two' is not registered, and the row does not give its facility_id and activity_id" in lost.err
    )


def test_an_id_without_a_description_must_be_registered_by_a_row(ledger: Path) -> None:
    bare = "capacity_stated,north-works,rare-earth-mining,5000,,2024,2025-01-01" + "," * 9 + "\n"
    assert "PT301" in imported(ledger, HEADER + bare).err
    described = PLANT.replace("brine-pumping", "rare-earth-mining").replace("Brine pumping,m3/yr", ",")
    assert imported(ledger, HEADER + described + bare.replace("2024", "2023")).code == 0


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ("facility.countri", "describes nothing of a facility (did you mean facility.country?)"),
        ("project.effective", "describes nothing of a project (use one of: name, names, project_id"),
        ("activity.unit.x", "describes nothing of a activity"),
    ],
)
def test_a_column_that_describes_nothing_is_refused_with_what_may_be_described(
    ledger: Path, column: str, message: str
) -> None:
    done = imported(ledger, f"type,facility_id,{column}\ncapacity_stated,x,y\n")
    assert done.code == 3 and f"{column!r}" in done.err and message in done.err, done.err


def test_what_is_wrong_in_a_description_is_reported_at_its_own_cell(ledger: Path) -> None:
    done = imported(ledger, HEADER + PLANT.replace(",CL,", ",Chile,"))
    assert (done.code, head_of(ledger)) == (3, 0)
    assert "t.csv:2:77: error" in done.err and "facility_registered.country" in done.err, done.err
