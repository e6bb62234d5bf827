"""The report of a firm: its tables equal the queries of the command line with the same filter, at every pair of dates."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from policytrack.ledger import Ledger
from policytrack.questions import ask
from policytrack.readmodel.coordinates import Coordinates
from tests.browser import barriers
from tests.cli.conftest import DAY, policytrack
from tests.report.test_report import as_shown, lay_out_all, pairs_of_dates

if TYPE_CHECKING:
    from playwright.sync_api import Page

FIRMS = ("mp-materials", "fangchenggang-jinxi", "northern-rare-earth")
# A table of the page, the query of the command with its filters, and columns by their names in both.
TABLES: dict[str, tuple[str, dict[str, Any], dict[str, str]]] = {
    "firms": ("holdings", {}, {name: name for name in ("firm_id", "activity_id", "status", "basis", "capacity")}),
    "facilities": (
        "capacity_by_facility", {}, {name: name for name in ("facility_id", "activity_id", "installed", "idle", "operating")},
    ),
    "pending": (
        "pending", {},
        {name: name for name in ("project_id", "status", "capacity_planned", "capacity_remaining", "retiring", "net", "due", "slip_days", "is_overdue")},
    ),
    "swaps": ("swaps", {}, {name: name for name in ("swap_id", "verdict", "reasons", "required", "retired", "owed")}),
    "quotas": ("quotas", {"perimeter": "reported"}, {name: name for name in ("year", "batch", "stage", "holder_id", "amount")}),
    "support": ("supports", {}, {name: name for name in ("support_id", "stage", "recipient_id", "amount", "currency")}),
}  # fmt: skip
AT = """([name, asOf, knownAt, columns]) => rowsAt(data.timelines[name], dayOf(asOf), dayOf(knownAt))
  .map((row) => columns.map((column) => row[column]))"""


@pytest.fixture(scope="module")
def page(demo_ledger: Path, tmp_path_factory: pytest.TempPathFactory, new_page: Callable[[], Page]) -> Page:
    """The report of some firms of the demo ledger in a browser."""
    path = tmp_path_factory.mktemp("report") / "firms.html"
    named = [word for firm in FIRMS for word in ("--firm", firm)]
    run = policytrack(demo_ledger, "report", "-o", str(path), *named)
    assert (run.code, run.err) == (0, f"report of e1–e428 written to {path}\n")
    opened = new_page()
    opened.goto(path.as_uri())
    return opened


@pytest.mark.parametrize("count", [2, pytest.param(100, marks=pytest.mark.soak)])
def test_tables_equal_the_queries_with_the_same_filter(page: Page, demo_ledger: Path, count: int) -> None:
    ledger, seen = Ledger(demo_ledger), set()
    for as_of, known_at in [("2025-10-31", "2025-10-31"), *pairs_of_dates(count)]:
        with ledger.ask(
            Coordinates(date.fromisoformat(as_of), date.fromisoformat(known_at)), notes=lambda _: None
        ) as session:
            for name, (query, more, columns) in TABLES.items():
                found = ask(session, query, {**more, "firm": list(FIRMS)}).select(list(columns))
                shown = page.evaluate(AT, [name, as_of, known_at, list(columns.values())])
                assert sorted(shown) == sorted(as_shown(row, found) for row in found.to_pylist()), (
                    name,
                    as_of,
                    known_at,
                )
                seen |= {name} if shown else set()
    assert seen == TABLES.keys()


def test_the_page_shows_the_firms_their_projects_and_no_nation(page: Page, demo_ledger: Path) -> None:
    page.goto(page.url.split("#")[0] + "#as_of=2025-10-31&known_at=2025-10-31")
    lay_out_all(page)
    assert page.locator("#nation, #course, #rules").count() == 0
    assert page.locator("main > section h2").first.inner_text() == "What the firms hold"
    assert page.inner_text("#about dl >> nth=0").startswith("name\nMP Materials")
    told = json.loads(policytrack(
        demo_ledger, "pending", "--firm", "mp-materials", "--as-of", "2025-10-31", "--known-at", "2025-10-31", "--json"
    ).out)  # fmt: skip
    assert told
    for row in told:
        shown = page.locator("#pipeline tbody tr", has_text=row["name"]).inner_text()
        assert f"\t{row['capacity_remaining']:,}\t" in shown if row["capacity_remaining"] else "\tunknown\t" in shown
    before = page.input_value("#as-of")
    page.click("[data-move='as-of -1']")
    page.wait_for_function("(before) => document.querySelector('#as-of').value < before", arg=before)
    assert barriers(page) == []


def test_a_firm_that_is_not_known_is_refused_with_near_names(demo_ledger: Path) -> None:
    run = policytrack(demo_ledger, "report", "--firm", "mp-material")
    assert run.code == 4 and "mp-materials" in run.err


@pytest.mark.soak
def test_the_title_is_the_name_of_the_firm(demo_ledger: Path) -> None:
    run = policytrack(demo_ledger, "report", "--firm", "mp-materials", "--as-of", DAY)
    assert "<title>MP Materials</title>" in run.out
    data = json.loads(run.out.split('id="data">')[1].split("</script>")[0])
    subjects = {
        subject for row in data["events"]["rows"] for subject in row[data["events"]["columns"].index("subjects")]
    }
    assert "firm:mp-materials" in subjects and "firm:lynas-rare-earths" not in subjects
