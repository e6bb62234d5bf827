"""Figures on pages: those of the command line at any pair of dates, and what makes them."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

import pytest

from policytrack.api.reading import Reader
from policytrack.ledger import Ledger
from tests.cli.conftest import DAY, policytrack
from tests.report.test_report import pairs_of_dates
from tests.serve.asgi import Browser
from tests.serve.conftest import SEED, Served

if TYPE_CHECKING:
    from playwright.sync_api import Page

Shown = list[list[tuple[str, list[str]]]]
"""The rows of a table on a page: of each cell the text, and the ids to which it links."""
SECTION: Final = re.compile(r'<section id="([a-z_]+)">(.*?)</section>', re.DOTALL)
CELL: Final = re.compile(r"<td[^>]*>(.*?)</td>", re.DOTALL)
LINK: Final = re.compile(r'href="/([a-z]+)/([^"/?]+)\?')
IDS: Final = frozenset(
    {"project", "firm", "facility", "country", "activity", "swap", "lot", "rule", "quota", "support"}
)
FIRM, FACILITY = "northern-rare-earth", "gansu-rare-earth-plant"
PAGES: Final = {
    "/": ("capacity", "capacity"),
    "/regions": ("regions", "capacity --by region"),
    "/facilities": ("facilities", "capacity --by facility"),
    "/pending": ("pending", "pending"),
    "/holdings": ("holdings", "holdings"),
    "/swaps": ("swaps", "swaps"),
    "/lots": ("lots", "lots"),
    "/quotas": ("quotas", "quotas"),
    "/rules": ("rules", "policies"),
    "/support": ("support", "support"),
    "/news?since={since}": ("news", "news --since {since}"),
    "/forecast?to=2031&every=year": ("forecast", "forecast --to 2031 --every year"),
    "/country/CN": ("capacity", "capacity --country CN"),
    "/activity/crude-steel": ("capacity", "capacity --activity crude-steel"),
    f"/firm/{FIRM}": ("holdings", f"holdings {FIRM}"),
    f"/facility/{FACILITY}": ("facilities", f"capacity --by facility --facility {FACILITY}"),
}
"""Pages, the table on each, and the command that prints the same figures."""
WORDS: Final = ("kind", "instrument", "stage", "reasons", "status")


def cell_of(markup: str) -> tuple[str, list[str]]:
    """The text of a cell, and the ids to which it links."""
    return text_of(markup), [unquote(id_) for kind, id_ in LINK.findall(markup) if kind in IDS]


def tables_of(page: str) -> dict[str, Shown]:
    """The tables of a page by section."""
    found: dict[str, Shown] = {}
    for name, section in SECTION.findall(page):
        rows = re.findall(r"<tr>(.*?)</tr>", section.partition("<tbody>")[2], re.DOTALL)
        found[name] = [[cell_of(cell) for cell in CELL.findall(row)] for row in rows]
    return found


def whole_table(read: Callable[[str], str], address: str, name: str) -> Shown:
    """All rows of a table, of as many pages as it has."""
    rows: Shown = []
    while address:
        page = read(address)
        rows += tables_of(page).get(name, [])
        further = re.search(r'<a href="([^"]+)">Further rows</a>', page)
        address = html.unescape(further[1]) if further else ""
    return rows


def is_shown(value: Any, column: str, cell: tuple[str, list[str]]) -> bool:
    """Whether a cell shows what the command prints: ids as links to the thing, figures with separators."""
    text, linked = cell
    if value is None or value == []:
        return text in ("–", "unknown", "withheld", "nation")
    if isinstance(value, bool):
        return text == ("yes" if value else "no")
    if isinstance(value, int | Decimal):
        plain = f"{value:f}".rstrip("0").rstrip(".") if "." in f"{value:f}" else f"{value:f}"
        return text.replace(",", "").replace("−", "-") == plain and (abs(value) < 10_000 or "," in text)
    if linked and column not in ("status", "due", "swap_verdict"):
        return linked == ([value] if isinstance(value, str) else value)
    written = ", ".join(value) if isinstance(value, list) else value
    return text == " ".join((written.replace("_", " ") if column in WORDS else written).split())


def printed(out: str) -> list[dict[str, Any]]:
    """The rows that a command printed. On a full machine the engine of a worker prints a progress bar before them."""
    rows: list[dict[str, Any]] = json.loads(re.sub(r"\A\r.*?\n", "", out) or "[]", parse_float=Decimal)
    return rows


def compare(read: Callable[[str], str], demo_ledger: Path, pairs: list[tuple[str, str]], pages: list[str]) -> set[str]:
    """Compare pages with the commands at pairs of dates; return those that had rows."""
    from policytrack.serve.tables import TABLES

    seen = set()
    for as_of, known_at in pairs:
        since = str(date.fromisoformat(known_at) - timedelta(200))
        for page in pages:
            name, command = PAGES[page]
            at = f"as_of={as_of}&known_at={known_at}"
            address = f"{page.format(since=since)}{'&' if '?' in page else '?'}{at}"
            words = [*command.format(since=since).split(), "--as-of", as_of, "--known-at", known_at, "--json"]
            told = printed(policytrack(demo_ledger, *words).out)
            shown = whole_table(read, address, name)
            assert len(shown) == len(told), (address, len(shown), len(told))
            for row, cells in zip(told, shown, strict=True):
                columns = [column for column in TABLES[name].shown if column in row]
                for column, cell in zip(columns, cells, strict=True):
                    if column in ("position", "positions", "subject", "source_id"):
                        continue
                    assert is_shown(row[column], column, cell), (address, column, row[column], cell)
            seen |= {page} if told else set()
    return seen


@pytest.fixture
def browser(demo_ledger: Path) -> Iterator[Browser]:
    """A browser of the demo ledger, without a server."""
    for name in ("jinja2", "starlette"):
        pytest.importorskip(name, reason=f"{name} is not installed (extra serve): the server is not tested")
    from policytrack.serve.app import application

    reader = Reader(Ledger.find(demo_ledger), lambda: date.fromisoformat(DAY), lambda _: None)
    yield Browser(application(reader))
    reader.close()


def text_of(markup: str) -> str:
    """The text of a piece of a page."""
    return re.sub(r"\s+", " ", html.unescape(re.sub("<[^>]+>", " ", markup))).strip()


def test_a_figure_of_many_things_shows_those_that_add_most_and_leads_to_all(
    demo_ledger: Path, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    from policytrack.serve import pages

    monkeypatch.setattr(pages, "MOST_SHOWN", 3)
    flags = (
        "--country",
        "CN",
        "--activity",
        "rare-earth-separation",
        "--as-of",
        "2025-10-31",
        "--known-at",
        "2025-10-31",
    )
    told = json.loads(policytrack(demo_ledger, "why", "installed", *flags, "--json").out)
    by_thing: dict[str, Decimal] = {}
    for leaf in told["leaves"]:
        by_thing[leaf["thing"]] = by_thing.get(leaf["thing"], Decimal(0)) + leaf["amount"]

    def shown(path: str) -> tuple[list[str], str, str]:
        page = browser.get(path).text
        amounts = re.findall(
            r'<li>\s*<span class="number">([^<]+)</span>\s*<a[^>]*>[^<]*</a> <small class="inline">', page
        )
        sum_ = re.search(r'id="sum">([^<]+)<', page)
        rest = re.search(r'<li id="rest">.*?</li>', page)
        assert sum_ is not None
        return amounts, text_of(rest[0]) if rest else "", sum_[1]

    first = f"/why/installed?country=CN&activity=rare-earth-separation&{SEED}"
    amounts = [f"{amount:,}" for amount in sorted(by_thing.values(), reverse=True)]
    others = sum(sorted(by_thing.values(), reverse=True)[3:])
    left_out = f"{others:,} {len(by_thing) - 3} more, which add less each: all lines"
    assert shown(first) == (amounts[:3], left_out, f"{told['reported']:,}")
    link = re.search(r'<li id="rest">.*?href="([^"]+)"', browser.get(first).text)
    assert link is not None
    every, rest, total = shown(html.unescape(link[1]))
    assert (sorted(every), rest, total) == (sorted(amounts), "", f"{told['reported']:,}")
    assert len(json.loads(browser.get(f"/api/v1{first}").text)["explanation"]["leaves"]) == len(told["leaves"])


def test_what_is_not_known_is_not_blank_and_words_have_no_underscores(browser: Browser) -> None:
    swap = re.search(r"<tr><td[^>]*><a[^>]*>hezhou-zhaoxin-earlier-swap<.*?</tr>", browser.get(f"/swaps?{SEED}").text)
    assert swap is not None
    cells = [text_of(cell) for cell in re.findall(r"<td.*?</td>", swap[0])]
    assert cells[3:11] == [
        "announced", "unverified", "build unknown, ratio unknown, rule uncertain", "unknown", "750,000", "unknown", "0", "unknown",
    ]  # fmt: skip
    tree = browser.get(f"/tree?id=shenghe-resources&{SEED}").text
    assert "JAMR separation plant, Jiangyin" in tree and ">jamr-jiangyin<" not in tree
    findings = browser.get("/findings").text
    linked = re.search(r'href="(/event/([0-9a-f]{8})-[^"]+)"[^>]*>event ([0-9a-f]{8})<', findings)
    assert linked is not None and linked[2] == linked[3] and browser.get(html.unescape(linked[1])).status == 200


@pytest.mark.parametrize(
    ("count", "pages"),
    [
        (1, ["/", "/swaps", f"/firm/{FIRM}"]),
        *(pytest.param(25 if "/" in page[1:] else 100, [page], marks=pytest.mark.soak, id=page) for page in PAGES),
    ],
)
def test_figures_on_pages_are_those_of_the_commands_at_any_pair_of_dates(
    served: Served, demo_ledger: Path, count: int, pages: list[str]
) -> None:
    pairs = [("2025-10-31", "2025-10-31"), *pairs_of_dates(count)]
    assert compare(lambda address: served.get(address).text, demo_ledger, pairs, pages) == set(pages)


@pytest.mark.parametrize("count", [1, pytest.param(25, marks=pytest.mark.soak)])
@pytest.mark.parametrize(
    ("kind", "view"), [("project", "project"), pytest.param("swap", "capacity_swap", marks=pytest.mark.soak)]
)
def test_facts_of_a_page_are_those_of_the_view_at_any_pair_of_dates(
    served: Served, demo_ledger: Path, count: int, kind: str, view: str
) -> None:
    from policytrack.serve.cells import label

    id_ = "northern-jinlong-separation" if kind == "project" else "fangchenggang-jinxi-iron-swap"
    known = 0
    for as_of, known_at in [("2025-10-31", "2025-10-31"), *pairs_of_dates(count)]:
        sql = f"FROM {view} WHERE {kind}_id = '{id_}'"
        run = policytrack(demo_ledger, "sql", sql, "--as-of", as_of, "--known-at", known_at, "--format", "json")
        told = printed(run.out)
        page = served.get(f"/{kind}/{id_}?as_of={as_of}&known_at={known_at}")
        assert page.status == (200 if told else 404)
        facts = {
            text_of(name): cell_of(value)
            for name, value in re.findall(r"<dt>(.*?)</dt><dd[^>]*>(.*?)</dd>", page.text, re.DOTALL)
        }
        for column, value in told[0].items() if told else ():
            if value not in (None, [], "") and column not in ("name", "positions", f"{kind}_id"):
                assert is_shown(value, column, facts[label(column)]), (as_of, known_at, column, value)
                known += 1
    assert known > 10


@pytest.mark.soak
def test_figures_in_a_browser_are_those_of_the_commands(
    served: Served, demo_ledger: Path, new_page: Callable[[], Page]
) -> None:
    page = new_page()

    def read(address: str) -> str:
        page.goto(served.base + address)
        page.wait_for_load_state("networkidle")  # the tables below are loaded after the page
        content: str = page.content()
        return content

    pairs = [("2024-06-30", "2025-12-31"), pairs_of_dates(1)[1]]
    assert compare(read, demo_ledger, pairs, ["/", "/pending"]) == {"/", "/pending"}
    page.close()
