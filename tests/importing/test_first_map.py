"""A first map: what the table shows is in it, the rest is to be filled in, and nothing is imported before."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from policytrack.importing.tables.first_map import Column
from policytrack.importing.tables.map_file import load_map
from policytrack.ledger import Ledger
from tests.cli.conftest import policytrack
from tests.oracles.npd import oracles


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    Ledger.create(tmp_path / "ledger")
    return tmp_path / "ledger"


def book(path: Path) -> None:
    made = openpyxl.Workbook()
    page = made.active
    page.title = "Plants 2025"
    page.append(["Messy tracker, release 3"])
    page.append(["do not cite"])
    page.append(["Plant name", "Country", "Owner", "Status", "Capacity (kt/yr)", "Start date"])
    page.append(["Alpha", "Germany", "Alpha AG", "operating", 500, "27/10/2019"])
    page.append(["Beta", "Viet Nam", "Beta JSC", "mothballed", 80, "03/04/2020"])
    made.create_sheet("Notes").append(["nothing here"])
    made.save(path)


def finished(text: str) -> str:
    """The map as a user finishes it: the blanks filled, the # removed, the ## left."""
    for blank, value in (
        ('title = ""', 'title = "A tracker"'),
        ('class = ""', 'class = "aggregator"'),
        ('activity_id = ""', 'activity_id = "primary-aluminium"'),
        ('"Status" = []', '"Status" = ["operating"]'),
    ):
        assert blank in text
        text = text.replace(blank, value)
    return "\n".join(line.removeprefix("# ") for line in text.splitlines())


def test_a_first_map_of_a_workbook_imports_once_it_is_finished_and_nothing_before(ledger: Path) -> None:
    book(ledger / "t.xlsx")
    assert policytrack(ledger, "map", "t.xlsx").code == 2  # two sheets
    run = policytrack(ledger, "map", "t.xlsx", "--sheet", "Plants 2025", "-o", "t.toml")
    assert run.code == 0, run.err
    map_ = load_map(ledger / "t.toml")
    assert '## Words of the column: "operating", "mothballed"' in (ledger / "t.toml").read_text(encoding="utf-8")
    assert (map_.table.sheet, map_.table.header, map_.table.date, map_.event) == ("Plants 2025", 3, "DD/MM/YYYY", ())
    unfinished = policytrack(ledger, "import", "t.xlsx", "--map", "t.toml")
    assert unfinished.code == 3, unfinished.err
    assert policytrack(ledger, "map", "t.xlsx", "--sheet", "Plants 2025", "-o", "t.toml").code == 2  # never overwritten
    text = (ledger / "t.toml").read_text(encoding="utf-8")
    (ledger / "t.toml").write_text(finished(text).replace('["operating"]', "[]"), encoding="utf-8")
    without = policytrack(ledger, "import", "t.xlsx", "--map", "t.toml", "--dry-run", "--register-missing")
    assert "capacity_stated" not in without.err and "500000" not in without.out  # no word chosen: no capacity
    (ledger / "t.toml").write_text(finished(text), encoding="utf-8")
    done = policytrack(ledger, "import", "t.xlsx", "--map", "t.toml", "--known-on", "2025-01-01", "--register-missing")
    assert done.code == 0, done.err
    shown = policytrack(ledger, "capacity", "--by", "facility", "--format", "csv").out
    assert "alpha" in shown and "500000" in shown


def test_what_the_table_does_not_decide_is_to_be_filled_in(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("Site;Works;Capacity (blorbs);Date\nA;B;1,5;03/04/2020\n", encoding="utf-8")
    made = policytrack(tmp_path, "map", "t.csv").out
    assert '## FILL IN the unit: "blorbs" is not a known unit' in made
    assert '# date = ""' in made and '# decimal = ""' in made
    assert '# country = ""   ## FILL IN' in made
    assert "# facility_id" in made and "the columns that identify a facility" in made  # two columns may be the plant
    (tmp_path / "m.toml").write_text(made, encoding="utf-8")
    assert load_map(tmp_path / "m.toml").event == ()


@pytest.mark.parametrize(("name", "content", "code"), [("no.csv", None, 4), ("e.csv", "", 3), ("y.yaml", "a: 1\n", 3)])
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, name: str, content: str | None, code: int) -> None:
    if content is not None:
        (tmp_path / name).write_text(content, encoding="utf-8")
    assert policytrack(tmp_path, "map", name).code == code


@pytest.mark.parametrize(
    "file",
    [
        "gem-steel/units_2025-03-18.csv",
        "gem-steel/plants_2025-03-25.csv",
        "npd-joint-ventures/bsns_arr_area.csv",
        "npd-joint-ventures/bsns_arr_area_licensee_hst.csv",
    ],
)
def test_the_files_of_real_publishers_have_a_first_map_that_loads(tmp_path: Path, file: str) -> None:
    path = oracles().parent / file
    if not path.is_file():
        pytest.skip(f"the data of the publisher is not in {path}")
    run = policytrack(tmp_path, "map", str(path), "-o", "m.toml")
    assert run.code == 0, run.err
    assert load_map(tmp_path / "m.toml").event == ()


def test_a_column_of_very_many_texts_takes_bounded_memory() -> None:
    column = Column("id")
    for number in range(20_000):
        column.count(str(number))
    column.count("0")
    assert (len(column.words), column.words["0"]) == (10_000, 2)


def test_columns_of_years_are_capacities_of_these_years_and_estimates_are_not(ledger: Path) -> None:
    rows = ("Terminal,Country,2023 (kt/yr),2024 kt/yr,2025E,Jobs", "Alpha,DE,100,110,120,3", "Beta,FR,20,n.a.,30,4")
    (ledger / "years.csv").write_text("\n".join((*rows, "")), encoding="utf-8")
    run = policytrack(ledger, "map", "years.csv", "-o", "years.toml")
    assert run.code == 0, run.err
    text = (ledger / "years.toml").read_text(encoding="utf-8")
    assert '## "2025E" has what is expected, not what is installed: nothing is proposed for it.' in text
    assert "Jobs" not in text.partition("[[event]]")[2]
    for column in ("2023 (kt/yr)", "2024 kt/yr"):
        assert f'# capacity = {{ column = "{column}", unit = "kt/yr" }}' in text
    lines = [
        line.removeprefix("# ") for line in text.replace('activity_id = ""', 'activity_id = "crude-steel"').splitlines()
    ]
    finished_map = "\n".join(lines).replace('title = ""', 'title = "A list"').replace('class = ""', 'class = "filing"')
    empty = 'unit = "kt/yr", empty = ["n.a."] }\neffective = "2024"'
    finished_map = finished_map.replace('unit = "kt/yr" }\neffective = "2024"', empty)
    finished_map = finished_map.replace(
        'type = "capacity_stated"', 'type = "capacity_stated"\nwhen = { not = { "2023 (kt/yr)" = "20" } }'
    )
    (ledger / "years.toml").write_text(finished_map, encoding="utf-8")
    done = policytrack(ledger, "import", "years.csv", "--map", "years.toml", "-y")
    assert done.code == 0, done.err
    for year, figure in (("2023", "100000"), ("2024", "110000")):
        shown = policytrack(ledger, "capacity", "--country", "DE", "--as-of", f"{year}-12-31", "--format", "json").out
        assert f'"installed": {figure}' in shown
