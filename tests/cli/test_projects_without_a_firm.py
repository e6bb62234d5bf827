"""A project of which no source names the firm: registered, exported and imported, and given a firm later."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from policytrack.events.registry import ProjectRegistered
from tests.cli.conftest import policytrack

FIELDS = {"project_id": "line", "name": "Line 1", "facility_id": "works", "activity_id": "li-ion-cells"}
ENVELOPE = {"event_id": "00000000-0000-4000-8000-000000000001", "effective": "2024-01-10", "known_on": "2024-01-10"}


@pytest.mark.parametrize(
    ("firm", "version"),
    [({"firm_id": "duna"}, 1), ({}, 2), ({"firm_id": None}, 2), ({"firm_id": "duna", "phase_of": "lines"}, 2)],
)
def test_an_event_is_written_in_the_oldest_version_that_can_express_it(firm: dict[str, object], version: int) -> None:
    event = ProjectRegistered.model_validate(FIELDS | ENVELOPE | firm)
    assert json.loads(event.to_json())["schema_version"] == version
    assert ProjectRegistered.model_validate_json(event.to_json()) == event


@pytest.mark.soak
def test_a_project_without_a_firm_counts_and_round_trips(tmp_path: Path) -> None:
    lines = [
        {"type": "firm_registered", "firm_id": "duna", "name": "Duna"},
        {"type": "facility_registered", "facility_id": "works", "name": "Works", "country": "HU"},
        {"type": "project_registered", **FIELDS},
        {"type": "project_announced", "project_id": "line", "capacity": "5 GWh/yr", "effective": "2024-01-05"},
    ]
    text = "".join(json.dumps(line | {"known_on": "2024-01-10"}) + "\n" for line in lines)
    (tmp_path / "events.jsonl").write_text(text, encoding="utf-8")

    def run(*words: str) -> str:
        done = policytrack(tmp_path, *words)
        assert done.code == 0, done.err
        return done.out

    for ledger, file in (("one", "events.jsonl"), ("two", "out.jsonl")):
        run("init", ledger)
        run("-C", ledger, "import", file)
        [project] = json.loads(run("-C", ledger, "pending", "--format", "json"))
        assert (project["firm_id"], project["capacity_remaining"], project["country_code"]) == (None, 5000, "HU")
        assert json.loads(run("-C", ledger, "holdings", "--format", "json")) == []
        run("-C", ledger, "export", "events", "-o", "out.jsonl" if ledger == "one" else "again.jsonl")
    assert (tmp_path / "out.jsonl").read_text() == (tmp_path / "again.jsonl").read_text()
    run("-C", "two", "correct", "e3", "--set", "firm_id=duna", "--because", "error", "-y")
    [holding, *_] = json.loads(run("-C", "two", "holdings", "--format", "json"))
    assert (holding["firm_id"], holding["basis"], holding["status"]) == ("duna", "operated", "pending")
    assert holding["capacity"] == 5000
    run("-C", "two", "verify")
