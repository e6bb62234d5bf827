"""Templates follow from the classes: every type has one in every format, and what it names can be read back."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from policytrack.cli.template_tables import book, csv_text
from policytrack.cli.template_yaml import schema_text, yaml_text
from policytrack.errors import RejectedImport
from policytrack.events import EVENT_TYPES
from policytrack.importing.read import Format, load_events
from tests.cli.conftest import head_of, policytrack

DAY = date(2026, 11, 23)


def findings(content: bytes, format_: Format) -> list[str]:
    try:
        load_events([("t", io.BytesIO(content))], today=DAY, known_on_of=lambda _: None, format_=format_)
    except RejectedImport as rejected:
        return [found.what for found in rejected.findings]
    return []


@pytest.mark.parametrize("topic", EVENT_TYPES)
def test_a_yaml_template_misses_no_field_and_names_none_that_is_not_there(topic: str) -> None:
    text = yaml_text([EVENT_TYPES[topic]], DAY)
    bare = [
        line.replace("    # ", "    ", 1) if ": " in line and line.startswith("    # ") else line
        for line in text.splitlines()
    ]
    fields = EVENT_TYPES[topic].model_fields
    shown = {line.strip().removeprefix("# ").partition(":")[0] for line in bare}
    for name in fields.keys() - {"event_id", "type", "schema_version", "acknowledged", "supersedes", "recorded_by"}:
        assert name in shown, name
    wrong = [what for what in findings(text.encode(), "yaml") if "is missing" in what or "has no field" in what]
    assert wrong == []


def test_a_template_that_nobody_filled_in_is_refused_where_text_is_open(ledger: Path) -> None:
    made = policytrack(ledger, "template", "project-cancelled").out
    written = made.replace("id-of-a-project", "northern-jinlong-separation")
    refused = policytrack(ledger, "import", "-", given=written.encode())
    assert refused.code == 3 and "stdin:5:12: error PT201: the placeholder … is not filled in" in refused.err
    assert policytrack(ledger, "import", "-", "-n", given=written.replace("…", '"…"').encode()).code == 0


@pytest.mark.parametrize("topic", EVENT_TYPES)
def test_the_header_of_a_table_template_is_read_without_a_finding(topic: str) -> None:
    assert findings(csv_text([EVENT_TYPES[topic]]).encode(), "csv") == []
    assert findings(book([EVENT_TYPES[topic]], {"firm": ["a-firm"]}), "xlsx") == []


def test_a_book_has_a_sheet_a_type_with_drop_downs_of_words_and_of_what_is_registered(ledger: Path) -> None:
    run = policytrack(ledger, "template", "project-registered", "project_approved", "-o", "t.xlsx")
    assert run.code == 0, run.err
    made = openpyxl.load_workbook(ledger / "t.xlsx")
    assert made.sheetnames == ["project_registered", "project_approved", "lists"]
    assert made["lists"].sheet_state == "hidden"
    header = [cell.value for cell in made["project_approved"][1]]
    rules = {str(rule.sqref)[0]: rule for rule in made["project_approved"].data_validations.dataValidation}
    replacement = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[header.index("replacement")]
    assert rules[replacement].formula1 == '"none,equal,reduced,unknown"'
    listed = {cell.value for column in made["lists"].columns for cell in column}
    assert {"northern-jinlong-separation", "rare-earth-separation", "lynas-rare-earths"} <= listed
    again = policytrack(ledger, "template", "project_approved", "-o", "t.xlsx")
    assert again.code == 2 and "already exists" in again.err


def test_a_filled_book_of_several_types_is_imported_whole(ledger: Path) -> None:
    policytrack(ledger, "template", "project-registered", "project-announced", "facility-registered", "-o", "t.xlsx")
    made = openpyxl.load_workbook(ledger / "t.xlsx")
    values = {
        "project_id": "p-1", "facility_id": "f-1", "name": "N", "country": "AU", "activity_id": "alumina",
        "firm_id": "lynas-rare-earths", "effective": "2025-10", "capacity": "120 kt/yr", "source.title": "T",
        "source.class": "filing",
    }  # fmt: skip
    for sheet in made.worksheets[:3]:
        for column, cell in enumerate(sheet[1], start=1):
            if cell.value in values:
                sheet.cell(2, column, values[cell.value])
    made.save(ledger / "t.xlsx")
    before = head_of(ledger)
    run = policytrack(ledger, "import", "t.xlsx")
    assert (run.code, head_of(ledger)) == (0, before + 3), run.err


def test_a_csv_template_of_several_types_has_every_column_once(ledger: Path) -> None:
    run = policytrack(ledger, "template", "stake_stated", "joint_venture_formed", "--format", "csv")
    header = next(csv.reader(io.StringIO(run.out)))
    assert header[0] == "type" and len(set(header)) == len(header)
    assert {"stake_pct", "partners.1.firm_id", "source.title"} <= set(header)


def test_the_schema_for_editors_knows_every_type_and_asks_for_what_must_be_given() -> None:
    schema = json.loads(schema_text())
    definitions = schema["$defs"]
    assert {definitions[one["$ref"].rpartition("/")[2]]["properties"]["type"]["const"]
            for one in schema["anyOf"][1]["items"]["oneOf"]} == set(EVENT_TYPES)  # fmt: skip
    assert definitions["ProjectApproved"]["required"] == ["effective", "project_id", "type"]
    assert definitions["FirmRegistered"]["required"] == ["firm_id", "name", "type"]


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ((), "no event type is given"),
        (("project-approved", "-o", "x.docx"), "the extension of x.docx is not a format"),
        (("project-aproved",), "did you mean project_approved"),
        (("project_approved", "--format", "xlsx"), "xlsx needs an output file"),
        (("project_approved", "-o", "no/such/folder.yaml"), "cannot write no/such/folder.yaml"),
    ],
)
def test_wrong_words_are_refused(tmp_path: Path, words: tuple[str, ...], what: str) -> None:
    run = policytrack(tmp_path, "template", *words)
    assert run.code == 2 and what in run.err


def test_a_dash_as_output_is_stdout(tmp_path: Path) -> None:
    run = policytrack(tmp_path, "template", "scope-revised", "-o", "-")
    assert (run.code, "type: scope_revised" in run.out, list(tmp_path.iterdir())) == (0, True, [])
    policytrack(tmp_path, "init", "led")
    assert policytrack(tmp_path / "led", "capacity", "-o", "-").out.startswith("country_code\tactivity_id")
