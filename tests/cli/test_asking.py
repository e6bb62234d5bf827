"""The commands that ask, as a user sees them: figures, formats, filters, coordinates."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from policytrack.cli.commands.asof import print_page
from policytrack.cli.context import Context
from policytrack.output.answer import Answer
from policytrack.readmodel.coordinates import Coordinates
from tests.cli.conftest import Run, policytrack
from tests.thinning import one_in

Ask = Callable[..., Run]
OCTOBER = ("--as-of", "2025-10-31", "--known-at", "2025-10-31")
SEED = "northern-jinlong-separation"


def rows(run: Run) -> list[dict[str, Any]]:
    assert run.code == 0, run.err
    answer: list[dict[str, Any]] = json.loads(run.out, parse_float=Decimal)
    return answer


def test_in_january_2025_the_seed_project_is_a_plan_for_457_million(ask: Ask) -> None:
    (project,) = rows(ask("pending", "--project", SEED, "--as-of", "2025-01-31", "--known-at", "2025-01-31", "--json"))
    assert (project["status"], project["capacity_remaining"], project["unit"]) == ("announced", 5000, "t REO/yr")
    assert (project["investment_amount"], project["investment_currency"]) == (457_000_000, "CNY")
    assert (project["due"], project["approved_latest"], project["swap_verdict"]) == ("2026-12~", None, None)


def test_in_october_2025_it_is_approved_and_adds_nothing_net(ask: Ask) -> None:
    (project,) = rows(ask("pending", "--project", SEED, *OCTOBER, "--json"))
    assert (project["status"], project["investment_amount"]) == ("approved", 470_000_000)
    figures = [project[name] for name in ("capacity_remaining", "retiring", "net", "swap_verdict")]
    assert figures == [5000, 5000, 0, "unverified"]
    assert len(project["products"]) == 15


@pytest.mark.soak
def test_a_week_before_the_report_it_is_approved_only_by_the_earliest_day(ask: Ask) -> None:
    week_before = ("pending", "--project", SEED, "--as-of", "2025-10-20", "--json")
    statuses = [
        rows(ask(*week_before, "--known-at", "2025-10-20"))[0]["status"],
        rows(ask(*week_before, "--known-at", "2025-10-31"))[0]["status"],
        rows(ask(*week_before, "--known-at", "2025-10-31", "--dates", "earliest"))[0]["status"],
    ]
    assert statuses == ["announced", "announced", "approved"]


@pytest.mark.parametrize(
    ("firm", "basis", "more", "capacity"),
    [
        ("northern-rare-earth", "attributable", (), Decimal(2550)),
        ("northern-rare-earth", "controlled", (), Decimal(5000)),
        ("northern-rare-earth", "operated", (), Decimal(0)),
        ("northern-rare-earth", "attributable", ("--include", "planned"), Decimal("2623.5")),
        ("xiamen-tungsten", "attributable", (), Decimal(2450)),
        ("baogang-group", "attributable", (), Decimal("936.105")),
    ],
)
def test_pending_holdings_of_the_seed_are_exact(
    ask: Ask, firm: str, basis: str, more: tuple[str, ...], capacity: Decimal
) -> None:
    (held,) = rows(
        ask("holdings", firm, "--basis", basis, "--status", "pending", "--activity", "rare-earth-separation",
            *OCTOBER, *more, "--json")
    )  # fmt: skip
    assert held["capacity"] == capacity


def test_the_nation_shows_the_seed_gross_retiring_and_net(ask: Ask) -> None:
    query = (
        "SELECT n.pending_gross - p.capacity_remaining AS other_gross, p.capacity_remaining, p.retiring, p.net"
        " FROM national_capacity n JOIN project p USING (country_code, activity_id)"
        f" WHERE p.project_id = '{SEED}'"
    )
    (row,) = rows(ask("sql", query, *OCTOBER, "--json"))
    assert row == {"other_gross": 10_000, "capacity_remaining": 5000, "retiring": 5000, "net": 0}


def test_a_month_means_its_last_day(ask: Ask) -> None:
    by_month = ask("capacity", "--as-of", "2025-01", "--known-at", "2025-01", "--json")
    by_day = ask("capacity", "--as-of", "2025-01-31", "--known-at", "2025-01-31", "--json")
    assert rows(by_month) == rows(by_day)
    assert (
        "as of 2025-01-31 · known at 2025-01-31"
        in ask("capacity", "--as-of", "2025-01", "--known-at", "2025-01", "--format", "table").out
    )


def test_every_text_format_says_the_same(ask: Ask) -> None:
    question = ("holdings", "baogang-group", "--status", "pending", *OCTOBER)
    expected = {(row["basis"], str(row["capacity"])) for row in rows(ask(*question, "--json"))}
    lines = [json.loads(line, parse_float=Decimal) for line in ask(*question, "--format", "jsonl").out.splitlines()]
    assert {(row["basis"], str(row["capacity"])) for row in lines} == expected
    for name, delimiter in (("csv", ","), ("tsv", "\t")):
        table = csv.DictReader(io.StringIO(ask(*question, "--format", name).out), delimiter=delimiter)
        assert {(row["basis"], row["capacity"]) for row in table} == expected
    markdown = ask(*question, "--format", "markdown").out
    assert all(f"| {basis} | pending | {capacity} |" in markdown for basis, capacity in expected)


def test_a_pipe_gets_tabs_and_raw_numbers(ask: Ask) -> None:
    lines = ask("capacity", "--country", "CN", "--activity", "crude-steel").out.splitlines()
    assert lines[0].split("\t")[:4] == ["country_code", "activity_id", "unit", "installed"]
    assert lines[1].split("\t")[:4] == ["CN", "crude-steel", "t/yr", "2850000"]
    assert len(lines) == 2


def test_files_keep_types_and_coordinates(demo_ledger: Path, tmp_path: Path) -> None:
    expected = rows(policytrack(demo_ledger, "capacity", *OCTOBER, "--json"))
    for name in ("capacity.parquet", "capacity.arrow"):
        target = tmp_path / name
        run = policytrack(demo_ledger, "capacity", *OCTOBER, "-o", str(target))
        assert run.code == 0
        assert run.out == ""
        table = parquet.read_table(target) if name.endswith("parquet") else pa.ipc.open_file(target).read_all()
        assert table.to_pylist() == expected
        assert b"known at 2025-10-31" in table.schema.metadata[b"policytrack"]
    for name, first in (
        ("capacity.csv", "country_code,"),
        ("capacity.md", "| country_code |"),
        ("capacity.json", "[{"),
    ):
        target = tmp_path / name
        assert policytrack(demo_ledger, "capacity", "-o", str(target)).code == 0
        assert target.read_text().startswith(first)


def test_a_spreadsheet_takes_no_text_for_a_formula(demo_ledger: Path, tmp_path: Path) -> None:
    import zipfile

    query = "SELECT '=1+1' AS formula, '@x' AS at, -5::DECIMAL(9,3) AS figure"
    assert policytrack(demo_ledger, "sql", query, "--format", "csv").out.splitlines()[1] == "'=1+1,'@x,-5"
    target = tmp_path / "answer.xlsx"
    assert policytrack(demo_ledger, "sql", query, "-o", str(target)).code == 0
    with zipfile.ZipFile(target) as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")


def test_an_empty_answer_is_a_header_or_an_empty_list(ask: Ask) -> None:
    nothing = ("pending", "--as-of", "1990", "--known-at", "1990")
    assert rows(ask(*nothing, "--json")) == []
    assert len(ask(*nothing).out.splitlines()) == 1


@pytest.mark.parametrize(
    "words",
    one_in(
        3,
        [
            ("capacity", "--by", "region", "--region", "CN-NM"),
            ("capacity", "--by", "facility", "--firm", "northern-jinlong"),
            ("log", "--type", "project_approved"),
            ("log", "--firm", "baogang-group", "--text", "36.71"),
            ("log", "--since", "2025-10-01", "--until", "2025-10-31"),
            ("pending", "--overdue", "--due-before", "2026-01-01"),
            ("holdings", "--activity", "rare-earth-magnet", "--basis", "operated"),
        ],
        of_one=True,
    ),
)
def test_filters_choose_rows(ask: Ask, words: tuple[str, ...]) -> None:
    some, everything = (
        rows(ask(*words, "--json")),
        rows(ask(*words[:1], *words[1:3] if "--by" in words else (), "--json")),
    )
    assert len(some) < len(everything)
    assert all(row in everything for row in some)


def test_sql_takes_parameters_files_and_standard_input(demo_ledger: Path, tmp_path: Path) -> None:
    query = "SELECT project_id FROM project WHERE country_code = $country ORDER BY 1"
    expected = policytrack(demo_ledger, "sql", query, "-p", "country=EE")
    file = tmp_path / "query.sql"
    file.write_text(query)
    assert expected.code == 0
    assert expected.out == policytrack(demo_ledger, "sql", "-f", str(file), "-p", "country=EE").out
    assert expected.out == policytrack(demo_ledger, "sql", "-", "-p", "country=EE", given=query.encode()).out


@pytest.mark.parametrize("name", one_in(5, ["json", "csv", "tsv", "table", "markdown"]))
def test_a_day_beyond_the_calendar_is_shown_as_text(ask: Ask, name: str) -> None:
    run = ask("sql", "SELECT 'infinity'::DATE AS day, 1 AS n", "--format", name)
    assert run.code == 0, run.err
    assert "day" in run.out


def test_a_limit_that_cuts_is_said(ask: Ask) -> None:
    cut = ask("sql", "FROM event_log", "--limit", "3")
    assert len(cut.out.splitlines()) == 4
    assert "more than 3 rows" in cut.err


def test_show_finds_events_and_things(ask: Ask) -> None:
    assert "Inner Mongolia" in ask("show", SEED).out
    assert "1 source" not in ask("show", "e1").err
    assert "36.71" in ask("show", "baogang-group").out
    assert ask("show", "northern-jinlong-baotou").code == 0
    assert json.loads(ask("show", "northern-jinlong-swap", "--json").out)[0]["verdict"] == "unverified"


def test_one_page_as_of_a_date(ask: Ask) -> None:
    page = ask("asof", "2025-10-31", "--country", "CN").out
    assert all(
        part in page
        for part in ("Capacity", "Pending projects", "Latest events", "Errors and warnings", "donor undisclosed")
    )
    assert "as of 2025-10-31 · known at 2025-10-31" in page


def test_the_page_names_the_command_that_prints_the_rows_it_leaves_out(capsys: pytest.CaptureFixture[str]) -> None:
    tables = [pa.table({"concern": [f"concern {n}" for n in range(count)]}) for count in (50, 53)]
    day = date(2025, 10, 31)
    parts = [Answer(tables[0], "Pending projects"), Answer(tables[1], "Errors and warnings")]
    print_page(parts, Context(), Coordinates(day, day))
    page = capsys.readouterr().out
    assert page.count("concern 49") == 2 and "concern 50" not in page and page.count("more row") == 1
    assert "and 3 more rows: policytrack check --as-of 2025-10-31 --known-at 2025-10-31" in page


def test_schema_shows_views_columns_and_events(ask: Ask) -> None:
    assert "national_capacity" in ask("schema").out
    assert "pending_retiring" in ask("schema", "national_capacity").out
    assert json.loads(ask("schema", "project_approved").out)["title"] == "ProjectApproved"
    assert "joint_venture_formed" in ask("schema", "--events").out


def test_status_and_verify_speak_of_the_ledger(ask: Ask) -> None:
    status = json.loads(ask("status", "--json").out)
    assert status["events"] > 150
    assert status["read_model_behind"] == 0
    verified = ask("verify")
    assert (verified.code, verified.out) == (0, "")
    assert "equal to a rebuild" in verified.err


@pytest.mark.parametrize(
    "command",
    one_in(4, ["", "init", "record", "record project-approved", "import", "asof", "capacity", "holdings", "pending", "log", "show",
     "sql", "status", "verify", "rebuild", "schema"]),
)  # fmt: skip
def test_every_command_has_help(ask: Ask, command: str) -> None:
    words = command.split()
    long, short = ask(*words, "--help"), ask(*words, "-h")
    assert long.code == 0
    assert long.out == short.out
    assert "policytrack" in long.out


@pytest.mark.parametrize("columns", ["40", "80", "200"])
def test_no_digit_is_lost_on_any_terminal(ask: Ask, columns: str) -> None:
    shown = ask("capacity", "--activity", "crude-steel", "--format", "table", COLUMNS=columns).out
    assert "2,850,000" in shown
    assert "\x1b" not in shown
