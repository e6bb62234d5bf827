"""Custom fields on the command line: declared, stated, refused at their place in every format, shown."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from urllib.parse import quote

import openpyxl
import pexpect
import pytest

from tests.cli.conftest import DAY, SHARED, environment, policytrack
from tests.copies import copied
from tests.serve.asgi import Browser

DECLARED = """
events:
- {type: field_declared, field_id: node, name: Process node, applies_to: [facility, project], value_type: text}
- {type: field_declared, field_id: jobs, applies_to: [facility], value_type: integer, unit: people}
- {type: field_declared, field_id: listed, applies_to: [firm], value_type: yes_no}
- {type: firm_registered, firm_id: maker, name: Maker, country: IN, fields: {listed: true}}
- {type: facility_registered, facility_id: fab, name: Fab, country: IN, fields: {node: 28 nm, jobs: 3300}}
- {type: facility_registered, facility_id: old, name: Old, country: IN, fields: {node: <b>65 nm</b>, jobs: 10}}
- {type: project_registered, project_id: p1, name: P1, facility_id: fab, activity_id: crude-steel, fields: {node: 22 nm}}
- {type: project_registered, project_id: p2, name: P2, facility_id: fab, activity_id: crude-steel}
- {type: project_announced, effective: 2026-01-01, project_id: p1, capacity: 5}
- {type: project_announced, effective: 2026-01-01, project_id: p2, capacity: 7}
- {type: capacity_stated, effective: 2026-01-01, facility_id: fab, activity_id: crude-steel, capacity: 11}
- {type: capacity_stated, effective: 2026-01-01, facility_id: old, activity_id: crude-steel, capacity: 13}
"""
HINT = "write digits without separators, unit or decimals, at most 22 before the point: 3300"


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fields")
    assert policytrack(folder, "init", "ledger").code == 0
    (folder / "fields.yaml").write_text(DECLARED, encoding="utf-8")
    assert policytrack(folder / "ledger", "import", "../fields.yaml", "--yes").code == 0
    policytrack(folder / "ledger", "status")  # the read model is built once
    SHARED.add(folder / "ledger")
    return folder / "ledger"


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (("capacity", "--by", "facility", "--field", "node=28 nm"), ["fab"]),
        (("capacity", "--by", "unit", "--field", "jobs=10", "--field", "jobs=3300"), ["fab", "old"]),
        (("capacity", "--by", "facility", "--field", "jobs=10", "--field", "node=28 nm"), []),
        (("capacity", "--by", "facility", "--field", "jobs=10", "--facility", "fab"), []),
        # A project without the field has the value of its facility; its own value comes before.
        (("pending", "--field", "node=28 nm"), ["p2"]),
        (("pending", "--field", "node=22 nm", "--field", "jobs=3300"), ["p1"]),
        (("firm", "list", "--field", "listed=yes"), ["maker"]),
        (("firm", "list", "--field", "listed=no"), []),
    ],
)
def test_lists_are_filtered_by_values(ledger: Path, words: tuple[str, ...], shown: list[str]) -> None:
    found = policytrack(ledger, *words, "--format", "csv")
    assert [line.partition(",")[0] for line in found.out.splitlines()[1:]] == shown, found.err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("pending", "--field", "nod=28 nm"), 4, "no field 'nod' is declared\nhint: similar: node"),
        (("pending", "--field", "node"), 2, "--field 'node' is not FIELD=VALUE"),
        (("firm", "list", "--field", "jobs=1"), 2, "the field is declared for facility, not for firm"),
        (("pending", "--field", "jobs=3,300"), 2, f"--field jobs: '3,300' is not a whole number\nhint: {HINT}"),
        (("capacity", "--field", "jobs=10"), 2, "--field does not apply to --by country\nhint: use --by facility"),
    ],
)
def test_a_filter_that_cannot_match_is_refused(ledger: Path, words: tuple[str, ...], code: int, said: str) -> None:
    refused = policytrack(ledger, *words)
    assert refused.code == code
    assert said in refused.err


def test_a_column_shows_the_values_of_a_field(ledger: Path) -> None:
    words = ("pending", "--columns", "project_id,fields.node,fields.jobs", "--format", "csv")
    assert policytrack(ledger, *words).out == ("project_id,fields.node,fields.jobs\np1,22 nm,3300\np2,28 nm,3300\n")
    refused = policytrack(ledger, "capacity", "--by", "facility", "--columns", "facility_id,fields.nod")
    assert refused.code == 4
    assert "no field 'nod' is declared\nhint: similar: node" in refused.err
    assert policytrack(ledger, "capacity", "--columns", "fields.node").code == 2


def test_the_python_api_and_the_pages_have_them_too(ledger: Path) -> None:
    pytest.importorskip("starlette", reason="the extra serve is not installed")
    from policytrack.api.ledger import open_ledger
    from policytrack.api.reading import Reader
    from policytrack.ledger import Ledger
    from policytrack.serve.app import application

    with open_ledger(ledger) as opened:
        at = {"as_of": DAY, "known_at": DAY}
        assert [row["facility_id"] for row in opened.capacity("facility", field="jobs=10", **at).rows()] == ["old"]
        assert [row["project_id"] for row in opened.pending(field=["node=28 nm"], **at).rows()] == ["p2"]

    reader = Reader(Ledger.find(ledger), lambda: date.fromisoformat(DAY), lambda _: None)
    browser = Browser(application(reader))
    page = browser.get("/facility/old").text
    assert "<b>65" not in page and "&lt;b&gt;65 nm&lt;/b&gt;" in page and "10 people" in page
    listed = browser.get(f"/facilities?field={quote('node=28 nm')}").text
    assert "/facility/fab" in listed and "/facility/old" not in listed
    reader.close()


def test_show_prints_the_values_with_their_units(ledger: Path) -> None:
    shown = policytrack(ledger, "show", "old", COLUMNS="100").out
    assert "Custom fields\nfield         value         unit  \n" in shown
    assert "\njobs          10            people\nProcess node  <b>65 nm</b>  –     \n" in shown
    assert "Custom fields" not in policytrack(ledger, "show", "p2").out


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


def test_one_value_is_corrected_and_news_names_it(ledger: Path, tmp_path: Path) -> None:
    own = copied(ledger, tmp_path / "own")
    revised = policytrack(own, "correct", "e5", "--set", "fields.node=22 nm", "--because", "revision", "--yes")
    assert revised.out.startswith("fields: node=28 nm, jobs=3300 → node=22 nm, jobs=3300\n")
    removed = policytrack(own, "correct", "e6", "--set", "fields.jobs=", "--because", "error", "--yes")
    assert "fields: node=<b>65 nm</b>, jobs=10 → node=<b>65 nm</b>\n" in removed.out
    wrong = policytrack(own, "correct", "e14", "--set", "fields.jobs=x", "--because", "error", "--yes")
    assert wrong.code == 3
    news = policytrack(
        own, "news", "--since", DAY, "--what", "correction", "--columns", "summary", "--format", "csv"
    ).out
    assert news == 'summary\n"facility Fab; node 22 nm, jobs 3300"\nfacility Old; node <b>65 nm</b>\n'
    declared = policytrack(own, "news", "--since", DAY, "--what", "registration", "--columns", "summary").out
    assert "field jobs: integer in people\n" in declared


@pytest.mark.soak
def test_templates_have_the_fields_of_the_ledger(ledger: Path, tmp_path: Path) -> None:
    own = copied(ledger, tmp_path / "own")
    declared = (
        "--field-id",
        "grade",
        "--applies-to",
        "firm",
        "--value-type",
        "choice",
        "--allowed",
        "A",
        "--allowed",
        "B",
    )
    assert policytrack(own, "record", "field-declared", *declared, "--description", "of the bank", "--yes").code == 0
    yaml = policytrack(own, "template", "facility-registered").out
    assert "    # fields:\n    #   jobs: …  # jobs: integer in people\n    #   node: …  # Process node: text\n" in yaml
    assert "fields.grade,fields.listed" in policytrack(own, "template", "firm-registered", "--format", "csv").out
    assert policytrack(own, "template", "firm-registered", "-o", "firms.xlsx").code == 0
    book = openpyxl.load_workbook(own / "firms.xlsx")
    sheet = book["firm_registered"]
    [grade] = [cell for cell in sheet[1] if cell.value == "fields.grade"]
    assert grade.comment is not None and "grade: one of A, B. of the bank" in grade.comment.text
    [rule] = [one for one in sheet.data_validations.dataValidation if f"{grade.column_letter}2" in str(one.sqref)]
    assert rule.formula1 == '"A,B"'
    sheet.append(
        [{"fields.grade": "B", "name": "Second", "firm_id": "second"}.get(str(cell.value)) for cell in sheet[1]]
    )
    book.save(own / "firms.xlsx")
    assert policytrack(own, "import", "firms.xlsx", "--yes").code == 0
    assert (
        policytrack(own, "firm", "list", "--field", "grade=B", "--format", "csv").out.splitlines()[1][:7] == "second,"
    )
    schema = json.loads(policytrack(own, "template", "--schema").out)["$defs"]["FirmRegistered"]
    assert {"type": ["string", "number", "boolean"]} in [
        one.get("additionalProperties") for one in schema["properties"]["fields"]["anyOf"]
    ]
    assert "    # fields: {}\n" in policytrack(tmp_path, "template", "firm-registered").out


@pytest.mark.soak
def test_prompts_ask_for_each_field_and_check_it_at_once(ledger: Path, tmp_path: Path) -> None:
    own = copied(ledger, tmp_path / "own")
    child = pexpect.spawn(
        sys.executable, ["-m", "policytrack", "record", "facility-registered", "--facility-id", "new"], cwd=str(own),
        env=environment(TERM="dumb"), encoding="utf-8", timeout=60,
    )  # fmt: skip
    for prompt, answer in (
        ("name: ", "New"),
        ("country: ", "IN"),
        ("region: ", ""),
        ("operator id: ", ""),
        ("jobs in people: ", "1,200"),
        ("'1,200' is not a whole number; write digits .*\r\njobs in people: ", "1200"),
        ("Process node: ", "<"),
        (r"jobs in people \[1200\]: ", ""),
        ("Process node: ", ""),
        ("known on .*: ", ""),
        ("source 1 title, empty to end: ", ""),
        ("Record it.*: ", "y"),
    ):
        child.expect(prompt)
        child.sendline(answer)
    child.expect("--field jobs=1200")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


@pytest.mark.soak
def test_an_edition_of_a_tracker_that_revises_a_registration_keeps_its_fields(ledger: Path, tmp_path: Path) -> None:
    own = copied(ledger, tmp_path / "own")
    columns = "\n".join(f'{field} = {{ column = "{field}" }}' for field in ("facility_id", "name", "country"))
    mapping = f'[source]\ntitle = "A tracker"\nclass = "aggregator"\n\n[[event]]\ntype = "facility_registered"\n[event.fields]\n{columns}\n'
    (own / "map.toml").write_text(mapping, encoding="utf-8")
    for day, country in (("2026-01-01", "IN"), ("2026-06-01", "NP")):
        (own / f"{day}.csv").write_text(f"facility_id,name,country\nsite,Site,{country}\n", encoding="utf-8")
    taken = ("--map", "map.toml", "--yes", "--known-on")
    assert policytrack(own, "import", "2026-01-01.csv", *taken, "2026-01-01").code == 0
    assert policytrack(own, "correct", "e13", "--set", "fields.jobs=40", "--because", "error", "--yes").code == 0
    edition = policytrack(own, "import", "2026-06-01.csv", *taken, "2026-06-01", "--snapshot", "facility_id")
    assert edition.code == 0, edition.err
    found = "SELECT country_code, value FROM facility JOIN custom_field_value ON id = facility_id WHERE id = 'site'"
    assert policytrack(own, "sql", found).out == "country_code\tvalue\nNP\t40\n"
