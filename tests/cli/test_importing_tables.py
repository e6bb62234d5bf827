"""Spreadsheets in: seven errors at seven cells, nothing written; corrected, everything; again, nothing."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from tests.cli.conftest import Run, head_of, policytrack

PROJECTS = 1000
HEADER = ("type", "project_id", "name", "facility_id", "activity_id", "firm_id", "capacity (kt/yr)", "effective", "due")
WRONG: dict[tuple[int, str], tuple[Any, str]] = {
    (3, "G"): ("5 bananas", "'bananas' is not a unit"),
    (250, "H"): ("2025-13", "'2025-13' is not a date"),
    (252, "F"): ("lynas-rare-earth", "no firm 'lynas-rare-earth' (similar: lynas-rare-earths"),
    (700, "A"): ("project_aproved", "unknown event type 'project_aproved'"),
    (999, "G"): ("120 MW", "'120 MW' has another dimension than t REO/yr"),
    (1502, "D"): ("Mine 1", "'Mine 1' is not an id"),
    (2001, "B"): ("new-project-998", "project 'new-project-998' is already registered"),
}


def projects(wrong: bool) -> list[list[Any]]:
    """A thousand projects, each registered and announced: two rows a project below the header."""
    rows: list[list[Any]] = [list(HEADER)]
    for number in range(PROJECTS):
        id_ = f"new-project-{number}"
        rows.append(
            ["project_registered", id_, f"Project {number}", "new-works", "rare-earth-separation", "lynas-rare-earths"]
        )
        rows.append(["project_announced", id_, "", "", "", "", number + 1, 2025, "2028-12"])
    for (row, column), (value, _) in WRONG.items() if wrong else ():
        cells = rows[row - 1]
        cells += [""] * (len(HEADER) - len(cells))
        cells["ABCDEFGHI".index(column)] = value
        if column == "B":
            cells[:] = ["project_registered", value, "Again", "new-works", "rare-earth-separation", "lynas-rare-earths"]
    return rows


def as_xlsx(path: Path, rows: list[list[Any]]) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Projects")
        for number, cells in enumerate(rows):
            for column, value in enumerate(cells):
                if value != "":
                    sheet.write(number, column, value)
    return path


def as_csv(path: Path, rows: list[list[Any]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as lines:
        csv.writer(lines).writerows(rows)
    return path


@pytest.fixture
def yard(ledger: Path) -> Path:
    """A ledger with a facility and a firm to build at."""
    stated = b"- {type: facility_registered, facility_id: new-works, name: New works, country: AU}\n"
    assert policytrack(ledger, "import", "-", given=stated).code == 0
    return ledger


@pytest.mark.parametrize("ending", ["xlsx", pytest.param("csv", marks=pytest.mark.soak)])
def test_seven_planted_errors_among_a_thousand_projects_then_corrected_then_again(yard: Path, ending: str) -> None:
    write = as_xlsx if ending == "xlsx" else as_csv
    file = write(yard / f"book.{ending}", projects(wrong=True))
    before = head_of(yard)
    refused = policytrack(yard, "import", file.name)
    assert refused.code == 3
    lines = [line for line in refused.err.splitlines() if line.startswith("book.")]
    assert len(lines) == 7, refused.err
    for line, ((row, column), (_, what)) in zip(lines, WRONG.items(), strict=True):
        assert what in line
        if ending == "xlsx":
            assert line.startswith(f"book.xlsx!Projects!{column}{row}: error PT")
        else:
            assert line.startswith(f"book.csv:{row}:")
    assert "7 errors" in refused.err and "nothing was written" in refused.err
    assert head_of(yard) == before

    write(file, projects(wrong=False))
    done = policytrack(yard, "import", file.name)
    assert (done.code, head_of(yard)) == (0, before + 2 * PROJECTS), done.err
    again = policytrack(yard, "import", file.name)
    assert again.code == 0 and "0 new · 2000 already recorded" in again.err
    assert head_of(yard) == before + 2 * PROJECTS


TABLE = b"Plant,Land,Owner,Tonnes\nAlpha,Germany,Energy Fuels,5\nBeta,Chile,Brand New Mining,>0\n"
MAP = """\
known_on = 2026-01-31
source = {title = "Our own survey", class = "analyst"}
[[event]]
type = "facility_registered"
fields = {facility_id = {id = "{Plant}"}, name = {column = "Plant"}, country = {column = "Land", country = true}, operator_id = {column = "Owner"}}
[[event]]
type = "capacity_stated"
fields = {facility_id = {id = "{Plant}"}, activity_id = "rare-earth-separation", capacity = {column = "Tonnes", unit = "kt/yr"}}
"""


def by_map(ledger: Path, *words: str, table: bytes = TABLE, map_: str = MAP) -> Run:
    (ledger / "m.toml").write_text(map_, encoding="utf-8")
    return policytrack(ledger, "import", "-", "--map", "m.toml", *words, given=table)


@pytest.mark.soak
def test_a_dry_run_writes_what_can_be_imported_to_the_same_effect(ledger: Path) -> None:
    before = head_of(ledger)
    for target in ("dry.jsonl", "dry.yaml"):
        dry = by_map(ledger, "--register-missing", "--dry-run", "-o", target)
        assert (dry.code, head_of(ledger)) == (0, before), dry.err
    shown = by_map(ledger, "--register-missing", "--dry-run", "-o", "-")
    events = [json.loads(line) for line in shown.out.splitlines()]
    assert [event["type"] for event in events].count("capacity_stated") == 2
    assert events[-1]["capacity"] == {"value": "0", "bound": "more_than", "unit": "t/yr", "written": ">0 kt/yr"}
    assert {event["known_on"] for event in events} == {"2026-01-31"}
    recorded = policytrack(ledger, "import", "dry.jsonl")
    assert (recorded.code, head_of(ledger)) == (0, before + len(events))
    for again in (policytrack(ledger, "import", "dry.yaml"), by_map(ledger, "--register-missing")):
        assert again.code == 0 and " 0 new" in again.err, again.err
    assert head_of(ledger) == before + len(events)


@pytest.mark.soak
def test_names_of_firms_are_found_registered_or_refused_but_never_guessed(ledger: Path) -> None:
    unknown = by_map(ledger, "-n")
    assert unknown.code == 3 and "'Brand New Mining' is not an id" in unknown.err
    done = by_map(ledger, "--register-missing", "-n")
    assert done.code == 0
    assert "Brand New Mining is registered as brand-new-mining" in done.err
    assert "Energy Fuels is matched to energy-fuels" in done.err
    near = by_map(ledger, "--register-missing", "-n", table=TABLE.replace(b"Brand New Mining", b"Energy Fuel Inc."))
    assert near.code == 3
    assert "stdin:3:12: error PT301: no firm is called 'Energy Fuel Inc.' (similar: energy-fuels" in near.err
    for answer in ('same = {"Energy Fuel Inc." = "energy-fuels"}', 'distinct = ["Energy Fuel Inc."]'):
        table = TABLE.replace(b"Brand New Mining", b"Energy Fuel Inc.")
        assert by_map(ledger, "--register-missing", "-n", table=table, map_=f"{MAP}[firms]\n{answer}\n").code == 0


@pytest.mark.soak
def test_firms_whose_names_differ_in_numbers_are_different_firms(ledger: Path) -> None:
    owners = [f"Sunrise Smelting {number}" for number in range(1, 26)]
    table = "Plant,Land,Owner,Tonnes\n" + "".join(f"Plant {owner},Chile,{owner},5\n" for owner in [*owners, *owners])
    done = by_map(ledger, "--register-missing", "-n", table=table.encode(), map_=MAP + 'per = ["Owner"]\n')
    assert done.code == 0, done.err
    assert done.err.count(" is registered as sunrise-smelting-") == 20 and "… and 5 more\n" in done.err
    assert "matched to sunrise" not in done.err
    near = by_map(ledger, "--register-missing", "-n", table=table.replace("ting 25", "ting  24 B").encode())
    assert near.code == 3 and "no firm is called 'Sunrise Smelting  24 B' (similar: sunrise-smelting-24 (" in near.err


def test_known_on_and_source_are_given_for_all_rows_that_do_not_say(ledger: Path) -> None:
    rows = b"firm_id,name\nf-1,F\n"
    words = ("--format", "csv", "--type", "firm-registered", "--known-on", "2024-05-06", "-n", "-o", "-")
    run = policytrack(ledger, "import", "-", *words, "--source", "title=List,class=analyst", given=rows)
    event = json.loads(run.out)
    assert (event["known_on"], event["sources"][0]["title"]) == ("2024-05-06", "List")
    wrong = policytrack(ledger, "import", "-", *words, "--source", "titel=List", given=rows)
    assert wrong.code == 3 and "titel" in wrong.err


@pytest.mark.parametrize(
    ("words", "code", "what"),
    [
        (("-o", "x.jsonl"), 2, "--output needs --dry-run"),
        (("-n", "-o", "x.csv"), 2, "has no extension of JSON Lines or YAML"),
        (("--map", "none.toml"), 4, "cannot read the map none.toml"),
        (("--sheet", "Nowhere"), 2, "no sheet 'Nowhere'"),
        (("--type", "project_aproved"), 3, "unknown event type 'project_aproved'"),
    ],
)
def test_wrong_words_are_refused(ledger: Path, words: tuple[str, ...], code: int, what: str) -> None:
    as_xlsx(ledger / "b.xlsx", [["firm_id", "name"], ["f", "F"]])
    run = policytrack(ledger, "import", "b.xlsx", *words)
    assert run.code == code and what in run.err


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_an_import_that_ends_after_some_errors_says_so(ledger: Path, ending: str) -> None:
    lines = "type,firm_id,name\n" + "firm_registered,A B,x\n" * 9
    (ledger / "f.csv").write_text(lines)
    (ledger / "f.jsonl").write_text('{"type": "firm_registered", "firm_id": "A B", "name": "x"}\n' * 9)
    run = policytrack(ledger, "import", f"f.{ending}", "--max-errors", "3")
    assert run.code == 3 and "error PT200: 3 errors in " in run.err
    assert "hint: stopped after 3 errors; to see more, use --max-errors N" in run.err
    assert "to see more" not in policytrack(ledger, "import", f"f.{ending}").err


def test_help_and_import_of_lines_do_not_load_the_spreadsheet_library(ledger: Path) -> None:
    import subprocess
    import sys

    program = (
        "import sys; sys.argv = ['policytrack', *sys.argv[1:]]\n"
        "from policytrack.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(sorted({'openpyxl', 'rapidfuzz', 'xlsxwriter'} & sys.modules.keys()), file=sys.stderr)\n"
    )
    for words in (["--help"], ["import", "--help"], ["import", "-n", "-o", "-", "-"]):
        done = subprocess.run(
            [sys.executable, "-c", program, *words], cwd=ledger, input=b"type: firm_registered\nfirm_id: f\nname: F\n",
            capture_output=True, check=False,
        )  # fmt: skip
        assert done.stderr.decode().splitlines()[-1] == "[]", (words, done.stderr)
