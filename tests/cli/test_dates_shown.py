"""A date is shown as a person wrote it, by every command and in every format, never as a code."""

from __future__ import annotations

import json
import re
from pathlib import Path

import duckdb
import pytest

from policytrack.resources import PROJECTIONS
from policytrack.values.edtf import GROUP_FORMS, readable
from tests.cli.conftest import policytrack
from tests.thinning import one_in

CODE = re.compile(r"(?<![FY0-9-])[0-9]{4}-(?:2[1-9]|3[0-9]|4[01])(?![0-9-])")
"""A code of a quarter, a season or a half-year, which no person writes."""

WORLD = """
sources: {s: {title: Notice, class: filing}}
defaults: {sources: [s], known_on: 2026-01-10}
events:
  - {type: firm_registered, firm_id: firm, name: Firm}
  - {type: facility_registered, facility_id: works, name: Works, country: CN, operator_id: firm}
  - {type: project_registered, project_id: late, name: Late, facility_id: works, activity_id: crude-steel, firm_id: firm}
  - {type: project_registered, project_id: code, name: Code, facility_id: works, activity_id: crude-steel, firm_id: firm}
  - {type: project_announced, project_id: late, capacity: 1000, due: 2024-H2, effective: 2023-Q4}
  - {type: project_announced, project_id: code, capacity: 500, due: {edtf: 2026-36}, effective: {edtf: 2023-36}}
  - {type: schedule_revised, project_id: late, due: early 2025, effective: 2024-Q3}
  - {type: capacity_stated, facility_id: works, activity_id: crude-steel, capacity: 2000, effective: 2024-H1}
  - {type: capacity_swap_announced, swap_id: swap, project_id: late, activity_id: crude-steel, build_capacity: 1000,
     legs: [{facility_id: works, capacity: 1000, retire_by: FY2025-26 India}], effective: 2024-Q1}
"""
"""Six dates whose codes are groups of months; those of the project `code` were stored without words."""


@pytest.fixture(scope="module")
def dated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dated")
    policytrack(folder, "init", ".")
    (folder / "world.yaml").write_text(WORLD, encoding="utf-8")
    made = policytrack(folder, "import", "world.yaml")
    assert made.code == 0, made.err
    claimed = policytrack(
        folder, "claim", "e7", "--contradicts", "due=2025-Q2", "--source", "title=Other,class=trade-press",
        "--known-on", "2026-02-01", "--yes",
    )  # fmt: skip
    assert claimed.code == 0, claimed.err
    return folder


@pytest.mark.parametrize(
    ("words", "shown"),
    one_in(
        5,
        [
            (("pending",), ("early 2025", "2026-Q4")),
            (("pending", "--format", "table"), ("early 2025", "2026-Q4")),
            (("pending", "--json"), ("early 2025", "2026-Q4")),
            (("log",), ("2023-Q4", "2024-H1", "due 2024-H2", "due 2026-Q4", "due early 2025")),
            (("show", "late"), ("early 2025", "2024-H2")),
            (("show", "e6"), ("2026-Q4", "2023-Q4")),
            (("show", "e7"), ("early 2025",)),
            (("why", "project", "late", "due"), ("early 2025", "2024-H2")),
            (("why", "installed", "--country", "CN", "--activity", "crude-steel"), ("2024-H1",)),
            (("check",), ("was due early 2025", "2025-Q2")),
            (("diff", "--from", "2023-01-01"), ("2023-Q4",)),
            (("asof",), ()),
            (("forecast", "--to", "2027-12-31"), ("early 2025",)),
            (("sql", "SELECT due, first_due FROM project ORDER BY ALL"), ("early 2025\t2024-H2", "2026-Q4\t2026-Q4")),
            (("sql", "SELECT recorded, claimed FROM claim_conflict"), ("early 2025\t2025-Q2",)),
            (("sql", "SELECT DISTINCT retire_by FROM swap_leg"), ("FY2025-26 India",)),
            (
                ("sql", "SELECT due_earliest, due_latest FROM project WHERE project_id = 'code'"),
                ("2026-10-01\t2026-12-31",),
            ),
            (("correct", "e7", "--set", "reason=x", "--because", "error", "--dry-run"), ()),
            (("retract", "e7", "--because", "error", "--reason", "x", "--dry-run"), ("due: early 2025", "2024-Q3")),
            (("sql", "FROM pending_project", "--format", "csv"), ("early 2025", "2026-Q4")),
            (("export", "pending_project", "--format", "csv"), ("early 2025", "2026-Q4")),
            (("sql", "FROM event_log", "--format", "markdown"), ("2023-Q4", "due early 2025")),
            (("plot", "pending"), ("due early 2025", "due 2026-Q4")),
        ],
    ),
    ids=lambda value: " ".join(value)[:40] if value and isinstance(value[0], str) else "",
)
def test_every_command_shows_dates_as_they_were_written(
    dated: Path, words: tuple[str, ...], shown: tuple[str, ...]
) -> None:
    done = policytrack(dated, *words, "--as-of", "2026-11-23") if words[0] == "plot" else policytrack(dated, *words)
    assert done.code in (0, 1), done.err
    text = done.out + done.err
    for one in shown:
        assert one in text
    assert not CODE.findall(text)


def test_a_date_without_words_is_exported_as_it_is_stored(dated: Path) -> None:
    lines = policytrack(dated, "export", "events").out.splitlines()
    assert json.loads(lines[5])["due"]["edtf"] == "2026-36"
    assert json.loads(lines[4])["due"] == {
        "edtf": "2024-41", "earliest": "2024-07-01", "latest": "2024-12-31", "written": "2024-H2",
    }  # fmt: skip


def test_the_read_model_writes_codes_as_python_does() -> None:
    connection = duckdb.connect()
    connection.execute((PROJECTIONS / "functions.sql").read_text(encoding="utf-8"))
    codes = [f"2033-{code}{flag}" for code in range(1, 43) for flag in ("", "~", "?")]
    codes += ["2026", "2026-10-27", "2026-12-XX", "202X", "../2026-36", "2026-21/..", "2026-40/2026-36", "1984-1X"]
    found = connection.execute("SELECT readable_date(unnest(?::VARCHAR[]))", [codes]).fetchall()
    assert [text for (text,) in found] == [readable(code) for code in codes]
    assert len({readable(f"2033-{code}") for code in GROUP_FORMS}) == len(GROUP_FORMS)


def test_a_year_is_no_quantity(dated: Path) -> None:
    table = policytrack(
        dated, "sql", "SELECT 2013 AS first_year, 2013 AS per_year, 2013 AS count", "--format", "table"
    ).out
    assert [word for word in table.split() if "013" in word] == ["2013", "2,013", "2,013"]
