"""Custom fields on the command line: declared, stated, refused at their place in every format, shown."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from tests.cli.conftest import policytrack
from tests.copies import copied

DECLARED = """
events:
- {type: field_declared, field_id: node, name: Process node, applies_to: [facility, project], value_type: text}
- {type: field_declared, field_id: jobs, applies_to: [facility], value_type: integer, unit: people}
- {type: field_declared, field_id: listed, applies_to: [firm], value_type: yes_no}
- {type: firm_registered, firm_id: maker, name: Maker, country: IN, fields: {listed: true}}
- {type: facility_registered, facility_id: fab, name: Fab, country: IN, fields: {node: 28 nm, jobs: 3300}}
"""
HINT = "write digits without separators, unit or decimals, at most 22 before the point: 3300"


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fields")
    assert policytrack(folder, "init", "ledger").code == 0
    (folder / "fields.yaml").write_text(DECLARED, encoding="utf-8")
    assert policytrack(folder / "ledger", "import", "../fields.yaml", "--yes").code == 0
    return folder / "ledger"


def test_a_flag_states_a_value_and_refuses_what_is_not_one(ledger: Path, tmp_path: Path) -> None:
    own = copied(ledger, tmp_path / "own")
    register = ("record", "facility-registered", "--facility-id", "line", "--name", "Line", "--country", "IN", "--yes")
    refused = policytrack(own, *register, "--field", "node=28 nm, n=2", "--field", "jobs=3,300")
    assert refused.code == 3
    assert refused.err == (
        f"policytrack: error PT201: facility_registered.fields.jobs: '3,300' is not a whole number\nhint: {HINT}\n"
    )
    undeclared = policytrack(own, *register, "--field", "job=3300")
    assert undeclared.err.startswith("policytrack: error PT301: facility_registered.fields.job: no field 'job'")
    assert "hint: similar: jobs" in undeclared.err
    assert policytrack(own, *register, "--field", "node=28 nm, n=2", "--field", "jobs=3300").code == 0
    values = "SELECT field_id, value, unit FROM custom_field_value WHERE id = 'line' ORDER BY field_id"
    assert policytrack(own, "sql", values, "-o", "-", "--format", "csv").out == (
        'field_id,value,unit\njobs,3300,people\nnode,"28 nm, n=2",\n'
    )


def test_every_format_refuses_a_value_at_its_place(ledger: Path, tmp_path: Path) -> None:
    head = ["type", "facility_id", "name", "country", "fields.node", "fields.jobs"]
    row = ["facility_registered", "b", "B", "IN", "5", "many"]
    book = openpyxl.Workbook()
    for cells in (head, row):
        book.active.append(cells)
    book.save(tmp_path / "b.xlsx")
    (tmp_path / "b.csv").write_text(f"{','.join(head)}\n{','.join(row)}\n", encoding="utf-8")
    event = '{"type": "facility_registered", "facility_id": "b", "name": "B", "country": "IN", "fields": %s}'
    (tmp_path / "b.jsonl").write_text(event % '[{"field_id": "jobs", "value": "many"}]' + "\n", encoding="utf-8")
    (tmp_path / "b.yaml").write_text("- " + event % '{"node": "5", "jobs": "many"}' + "\n", encoding="utf-8")
    json_at, yaml_at = ((tmp_path / name).read_text().index('"many"') + 1 for name in ("b.jsonl", "b.yaml"))
    files = {"b.csv": ":2:30", "b.xlsx": "!Sheet!F2", "b.jsonl": f":1:{json_at}", "b.yaml": f":1:{yaml_at}"}
    tried = policytrack(ledger, "import", *(str(tmp_path / name) for name in files), "--dry-run")
    assert tried.code == 3
    what = f"error PT201: facility_registered.fields.jobs: 'many' is not a whole number ({HINT})"
    assert tried.err.splitlines()[:4] == [f"{tmp_path / name}{place}: {what}" for name, place in files.items()]


def test_an_export_is_imported_to_the_same_values_and_another_meaning_is_not_merged(
    ledger: Path, tmp_path: Path
) -> None:
    exported = policytrack(ledger, "export", "events").out
    assert '"fields":[{"field_id":"node","value":"28 nm"},{"field_id":"jobs","value":"3300"}]' in exported
    (tmp_path / "all.jsonl").write_text(exported, encoding="utf-8")
    assert policytrack(tmp_path, "init", "other").code == 0
    other = tmp_path / "other"
    (tmp_path / "jobs.yaml").write_text(
        "- {type: field_declared, field_id: jobs, applies_to: [firm], value_type: text}\n", encoding="utf-8"
    )
    assert policytrack(other, "import", "../jobs.yaml", "--yes").code == 0
    refused = policytrack(other, "import", "../all.jsonl", "--yes")
    assert refused.code == 3
    assert "'jobs' is already registered by e1 as text for firm, not as integer in people for facility" in refused.err
    assert policytrack(other, "retract", "e1", "--because", "error", "--reason", "mistyped", "--yes").code == 0
    assert policytrack(other, "import", "../all.jsonl", "--yes").code == 0
    values = "SELECT * EXCLUDE position FROM custom_field_value ORDER BY ALL"
    assert policytrack(other, "sql", values).out == policytrack(ledger, "sql", values).out != ""
