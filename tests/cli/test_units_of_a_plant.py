"""Units of a plant on the command line: recorded, refused, shown, corrected, exported and imported again."""

from __future__ import annotations

from pathlib import Path

import pytest

from policytrack.ledger import Ledger
from tests.cli.conftest import policytrack

REGISTERED = '{"type": "facility_registered", "facility_id": "works", "name": "Works", "country": "DE", "known_on": "2020-01-01"}'
STATED = (
    "record",
    "capacity-stated",
    "--facility-id",
    "works",
    "--activity-id",
    "ironmaking",
    "--effective",
    "2020-01-01",
)
RETIRED = (
    "record",
    "capacity-retired",
    "--facility-id",
    "works",
    "--activity-id",
    "ironmaking",
    "--effective",
    "2021-01-01",
)


@pytest.fixture(scope="module")
def works(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("works") / "ledger"
    Ledger.create(folder)
    (folder / "works.jsonl").write_text(REGISTERED + "\n", encoding="utf-8")
    assert policytrack(folder, "import", "works.jsonl").code == 0
    for unit, capacity in (("bf-1", "100"), ("bf-2", "250")):
        run = policytrack(folder, *STATED, "--unit-id", unit, "--capacity", capacity, "--known-on", "2020-01-01")
        assert run.code == 0, run.err
    return folder


def test_a_unit_is_an_id_and_cannot_retire_more_than_it_has(works: Path) -> None:
    run = policytrack(works, *STATED, "--unit-id", "BF 1", "--capacity", "100")
    assert run.code == 3 and "'BF 1' is not an id (--unit-id)" in run.err and "write bf-1" in run.err
    run = policytrack(works, *RETIRED, "--unit-id", "bf-1", "--capacity", "120", "--known-on", "2021-01-01")
    assert run.code == 3 and "cannot retire 120 of ironmaking, unit bf-1, at works: only 100 is installed" in run.err


def test_units_are_listed_and_shown_and_go_to_another_ledger_as_they_are(works: Path, tmp_path: Path) -> None:
    run = policytrack(works, "capacity", "--by", "unit", "--columns", "unit_id,installed", "--format", "csv")
    assert run.out.split() == ["unit_id,installed", "bf-1,100", "bf-2,250"]
    shown = policytrack(works, "show", "works").out
    assert "100 installed at works, unit bf-1" in shown and "bf-2     ironmaking" in shown
    exported = policytrack(works, "export", "events").out
    (tmp_path / "events.jsonl").write_text(exported, encoding="utf-8")
    other = tmp_path / "other"
    Ledger.create(other)
    assert policytrack(other, "import", str(tmp_path / "events.jsonl")).code == 0
    assert policytrack(other, "export", "events").out == exported
    assert '"schema_version":2' in exported


@pytest.mark.soak
def test_a_unit_is_corrected(works: Path) -> None:
    run = policytrack(works, "correct", "e3", "--set", "unit_id=bf-3", "--because", "error", "--yes")
    assert run.code == 0 and "unit id: bf-2 → bf-3" in run.out + run.err
    run = policytrack(works, "sql", "SELECT unit_id FROM unit_capacity ORDER BY ALL", "--format", "csv")
    assert run.out.split() == ["unit_id", "bf-1", "bf-3"]
