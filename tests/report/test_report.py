"""The report: one offline file, whose figures equal the views at every pair of dates."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from policytrack.errors import PolicytrackError, UsageError
from policytrack.ledger import Ledger
from policytrack.questions.citation import Citation
from policytrack.readmodel.coordinates import Coordinates
from policytrack.report import data as report_data
from policytrack.report import timeline
from policytrack.report.build import page_of
from policytrack.report.data import collect
from policytrack.report.logo import logo_of
from tests.browser import LOOKS, barriers_in_all_looks
from tests.cli.conftest import DAY, policytrack
from tests.thinning import one_in

if TYPE_CHECKING:
    from playwright.sync_api import Page

FIGURES = (
    "installed", "idle", "operating", "owed_retirement", "net", "pending_gross", "pending_retiring", "pending_net",
)  # fmt: skip
NATION = """(pairs) => pairs.map(([asOf, knownAt]) => nation(data, dayOf(asOf), dayOf(knownAt)).map((row) =>
  [row.country, row.activity, ...FIGURES.map(([, , of]) => of(row.sum)), row.sum.facilities, row.sum.projects, row.sum.unknowns]))"""
PENDING = """(pairs) => pairs.map(([asOf, knownAt]) => { state.asOf = dayOf(asOf); state.knownAt = dayOf(knownAt);
  return pendingRows().map((row) => [row.id, row.status, row.planned, row.completed, row.remaining, row.due, row.firstDue, row.slip, row.overdue]); })"""
# A ledger whose names and addresses try to be markup.
HOSTILE = """events:
  - {type: firm_registered, firm_id: evil, name: "<img src=x onerror=alert(1)>", country: CN, known_on: 2024-01-01}
  - {type: facility_registered, facility_id: mill, name: "</script><script>window.hit=1</script>", country: CN,
     operator_id: evil, known_on: 2024-01-01, coordinates: {latitude: 40.6, longitude: 109.8}}
  - {type: firm_registered, firm_id: owner, name: "<svg onload=alert(1)>", country: CN, known_on: 2024-01-01}
  - {type: stake_stated, owner_id: owner, owned_id: evil, stake_pct: 60, effective: 2024-01-01, known_on: 2024-01-01,
     sources: [{title: t, class: analyst}]}
  - {type: capacity_stated, facility_id: mill, activity_id: crude-steel, capacity: 1000.125, effective: 2024-01-01,
     known_on: 2024-01-02, note: "{{DATA}}",
     sources: [{title: "<b onclick=alert(1)>t</b> ]]> <!-- ", class: analyst, url: "https://example.org/?a='onclick=alert(1)"}]}
"""


@pytest.fixture(scope="module")
def report(demo_ledger: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the demo ledger."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    run = policytrack(demo_ledger, "report", "-o", str(path), "--title", "Rare earths & steel <2026>")
    assert (run.code, run.out) == (0, "")
    assert run.err == f"report of e1–e428 written to {path}\n"
    return path


SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 4"><rect width="9" height="4" fill="#05a"%s/>%s</svg>'


@pytest.fixture(scope="module")
def page(report: Path, new_page: Callable[[], Page]) -> Page:
    """The report of the demo ledger in a browser."""
    opened = new_page()
    opened.goto(report.as_uri())
    return opened


def pairs_of_dates(count: int) -> list[tuple[str, str]]:
    """Pairs of as-of and known-at dates, more of them in the years of which the demo ledger knows most."""
    chance = random.Random(17)
    last = date.fromisoformat(DAY)
    days = [
        [str(last - timedelta(chance.randrange(chance.choice((700, 3000))))) for _ in range(2)] for _ in range(count)
    ]
    return [(DAY, DAY), *((as_of, known_at) for as_of, known_at in days)]


def at_each(ledger: Path, view: str, pairs: list[tuple[str, str]]) -> Iterator[list[dict[str, Any]]]:
    """The rows of a view at each pair of dates."""
    last = Coordinates(date.fromisoformat(DAY), date.fromisoformat(DAY))
    with Ledger(ledger).ask(last, notes=lambda _: None) as session:
        for as_of, known_at in pairs:
            sql = f"FROM {view}_at($as_of::DATE, $known_at::DATE)"
            yield session.query(sql, {"as_of": as_of, "known_at": known_at}).to_pylist()


def thousandths(value: Decimal | None) -> int | None:
    return None if value is None else int(value * 1000)


@pytest.mark.soak
def test_the_same_events_and_dates_give_the_same_bytes(demo_ledger: Path, report: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.html"
    policytrack(demo_ledger, "report", "-o", str(again), "--title", "Rare earths & steel <2026>")
    assert again.read_bytes() == report.read_bytes()


def test_the_file_allows_only_the_script_and_the_styles_in_it(report: Path) -> None:
    text = report.read_text(encoding="utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
    script, style = (
        re.search(r"<script>(.*?)</script>", text, re.DOTALL),
        re.search(r"<style>(.*?)</style>", text, re.DOTALL),
    )
    assert policy and script and style
    digests = [base64.b64encode(hashlib.sha256(part[1].encode()).digest()).decode() for part in (script, style)]
    assert policy[1].replace("&#x27;", "'") == (
        f"default-src 'none'; script-src 'sha256-{digests[0]}'; style-src 'sha256-{digests[1]}';"
        " base-uri 'none'; form-action 'none'"
    )
    assert not re.search(r"""\b(src|href)\s*=\s*["']""", text.split('<script type="application/json"')[0])
    assert "<title>Rare earths &amp; steel &lt;2026&gt;</title>" in text
    data = json.loads(text.split('id="data">')[1].split("</script>")[0])
    assert (data["head"], data["as_of"], data["title"]) == (428, DAY, "Rare earths & steel <2026>")


@pytest.mark.soak
def test_a_report_of_a_country_has_only_its_capacity(demo_ledger: Path) -> None:
    run = policytrack(demo_ledger, "report", "--country", "CN", "--activity", "crude-steel")
    data = json.loads(run.out.split('id="data">')[1].split("</script>")[0])
    assert data["steps"]["country_code"]["texts"] == ["CN"]
    assert data["steps"]["activity_id"]["texts"] == ["crude-steel"]


@pytest.mark.parametrize(
    ("rows", "amount", "said"),
    [(report_data.MOST_STEPS + 1, 0, "would have 60,001 steps"), (2, 2**52, "figures of idle are too large")],
)
def test_what_a_browser_cannot_add_is_refused(rows: int, amount: int, said: str) -> None:
    columns = {name: pa.array([amount if name == "idle" else 0] * rows, pa.int64()) for name in report_data.FIGURES}
    with pytest.raises(UsageError, match=said):
        report_data.check_size(pa.table(columns))


@pytest.mark.parametrize(("most", "period"), [(60, "month"), (40, "quarter"), (34, "year")])
def test_a_large_ledger_is_added_up_by_the_first_period_that_fits(demo_ledger: Path, most: int, period: str) -> None:
    last = Coordinates(date.fromisoformat(DAY), date.fromisoformat(DAY))
    with pytest.MonkeyPatch.context() as patch, Ledger(demo_ledger).ask(last, notes=lambda _: None) as session:
        patch.setattr(report_data, "MOST_STEPS", most)
        left_out: list[str] = []
        steps = report_data._steps(session, {}, left_out, is_empty=False)
        total = session.query("SELECT (1000 * sum(installed))::BIGINT AS sum FROM national_capacity")
    assert set(steps["kind"].to_pylist()) == {period} and f"sliders stop at ends of {period}s" in left_out[0]
    assert pc.sum(steps["installed"]).as_py() == total["sum"][0].as_py()


def test_to_open_it_a_file_is_needed(demo_ledger: Path) -> None:
    run = policytrack(demo_ledger, "report", "--open")
    assert (run.code, run.err.splitlines()[0]) == (2, "policytrack: error PT100: --open needs -o FILE")


def test_national_figures_equal_the_view_at_every_pair_of_dates(page: Page, demo_ledger: Path) -> None:
    pairs = pairs_of_dates(20)
    shown = page.evaluate(NATION, pairs)
    for pair, rows, view in zip(pairs, shown, at_each(demo_ledger, "national_capacity", pairs), strict=True):
        expected = [
            [
                row["country_code"] or "", row["activity_id"], *(thousandths(row[name]) for name in FIGURES),
                row["facility_count"], row["project_count"], row["unknown_count"],
            ]
            for row in view
        ]  # fmt: skip
        assert sorted(rows) == sorted(expected), pair


def test_pending_projects_equal_the_view_at_every_pair_of_dates(page: Page, demo_ledger: Path) -> None:
    pairs = pairs_of_dates(8)
    shown = page.evaluate(PENDING, pairs)
    for pair, rows, view in zip(pairs, shown, at_each(demo_ledger, "pending_project", pairs), strict=True):
        expected = [
            [
                row["project_id"], row["status"], thousandths(row["capacity_planned"]),
                thousandths(row["capacity_completed"]), thousandths(row["capacity_remaining"]), row["due"], row["first_due"],
                row["slip_days"], row["is_overdue"],
            ]
            for row in view
        ]  # fmt: skip
        assert sorted(rows, key=str) == sorted(expected, key=str), pair


def test_an_address_shows_its_dates_and_a_slider_changes_both(page: Page, report: Path) -> None:
    page.goto("about:blank")
    page.goto(f"{report.as_uri()}#as_of=2025-10-31&known_at=2025-10-31&country=CN&activity=rare-earth-separation")
    cells = page.locator("#nation tbody td").all_inner_texts()
    assert cells[2:] == ["45,800", "0", "45,800", "0", "45,800", "15,000", "12,000", "3,000", ""]
    row = next(row for row in page.locator("#pipeline tbody tr").all_inner_texts() if "Northern Jinlong" in row)
    assert "5,000\t5,000\t5,000\t" in row  # planned, remaining, and of that replacement: no net new capacity
    page.focus("#as-of-slider")
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(re.compile("as_of=2025-10-30"))
    assert page.input_value("#as-of") == "2025-10-30"
    page.click("#reset")
    page.wait_for_url(re.compile(f"as_of={DAY}"))


def test_a_figure_is_explained_by_events_that_add_up_to_it(page: Page, report: Path) -> None:
    page.goto("about:blank")
    page.goto(f"{report.as_uri()}#as_of=2025-10-31&known_at=2025-10-31&country=CN&activity=rare-earth-separation")
    page.click("#nation button.figure >> nth=5")
    assert page.inner_text("#why-title") == "Pending gross: 15,000 t REO/yr"
    leaves = page.locator("#why summary .number").all_inner_texts()
    assert sum(int(text.replace(",", "")) for text in leaves) == 15_000
    for leaf in page.locator("#why details").all():
        leaf.locator("summary").click()
        amounts = [
            text.replace(",", "").replace("−", "-") for text in leaf.locator("tbody td:first-child").all_inner_texts()
        ]
        assert sum(map(int, amounts)) == int(leaf.locator("summary .number").inner_text().replace(",", ""))
        assert all(leaf.locator("tbody td:last-child").all_inner_texts())
    page.keyboard.press("Escape")
    assert page.locator("#why[open]").count() == 0


def test_every_leaf_of_every_figure_adds_up(page: Page) -> None:
    wrong = page.evaluate("""() => nation(data, LAST['as-of'], LAST['known-at']).flatMap((row) => FIGURES.filter(([figure, , of]) => {
      state.asOf = LAST['as-of']; state.knownAt = LAST['known-at'];
      return leavesOf(row, figure).reduce((sum, leaf) => sum + leaf.amount, 0) !== of(row.sum); }).map(([figure]) => [row, figure]))""")
    assert wrong == []


def test_names_and_addresses_stay_text_and_nothing_is_requested(new_page: Callable[[], Page], tmp_path: Path) -> None:
    policytrack(tmp_path, "init", "led")
    (tmp_path / "led" / "hostile.yaml").write_text(HOSTILE, encoding="utf-8")
    assert policytrack(tmp_path / "led", "import", "hostile.yaml").code == 0
    path = tmp_path / "r.html"
    assert (
        policytrack(tmp_path / "led", "report", "-o", str(path), "--title", "<script>window.hit=2</script>").code == 0
    )
    hostile = new_page()
    requests: list[str] = []
    hostile.on("request", lambda request: requests.append(request.url))
    hostile.on("dialog", lambda dialog: requests.append(f"dialog {dialog.message}"))
    hostile.goto(path.as_uri())
    hostile.click("#nation button.figure >> nth=0")
    hostile.click("#why summary")
    assert hostile.evaluate("window.hit") is None
    assert hostile.inner_text("h1") == "<script>window.hit=2</script>"
    assert "</script><script>window.hit=1</script>" in hostile.inner_text("#why summary")
    assert hostile.inner_text("#nation button.figure >> nth=0") == "1,000.125"
    links: list[Any] = hostile.eval_on_selector_all("a", "links => links.map((link) => link.href)")
    assert hostile.locator("#facilities circle title").text_content() == (
        "</script><script>window.hit=1</script>: 1,000.125 t/yr"
    )
    assert hostile.input_value("#owner") == "owner"
    assert "<img src=x onerror=alert(1)> 60 % controlled" in hostile.inner_text("#owners .tree")
    assert set(links) == {"https://example.org/?a=%27onclick=alert(1)"}
    assert requests == [path.as_uri()]


# Each table of the file, and what the same rows are at one pair of dates: columns in the order of the file.
TABLES = {
    "firms": """SELECT activity_id, firm_name, firm_id, status, unit, basis, capacity, unknown_count AS not_exact
        FROM {pair} firm_holding_at({a}, {k})""",
    "stakes": """SELECT owned_kind, owned_id, owner_id, stake_pct FROM {pair} stake_at({a}, {k}) WHERE kind = 'issued'""",
    "swaps": """SELECT announced_on, swap_id, project_id, activity_id, status, verdict, reasons, required, named, undisclosed,
        retired, owed, unit FROM {pair} capacity_swap_at({a}, {k})""",
    "quotas": """SELECT year, batch, jurisdiction, stage, holder_id, material, amount, is_withheld, cumulative, unit, activity_id
        FROM {pair} quota_at({a}, {k})""",
    "rules": """SELECT rule_id, title FROM {pair} policy_in_force_at({a}, {k}) GROUP BY ALL""",
    "support": """SELECT support_id, since, recipient_id, instrument, stage, amount, currency, jurisdiction
        FROM {pair} support_at({a}, {k})""",
}
AT = """([name, pairs, shown]) => pairs.map(([a, k]) => rowsAt(data.timelines[name], dayOf(a), dayOf(k))
  .filter((row) => name !== 'rules' || row.status === 'in force').filter((row) => name !== 'stakes' || (row.owner_id && Number(row.stake_pct) > 0))
  .map((row) => shown.map((column) => row[column])))"""


def as_shown(row: dict[str, Any], table: pa.Table) -> list[str]:
    return [
        report_data._text(name, row[name], is_figure=report_data._is_figure(table.schema.field(name))) for name in row
    ]


@pytest.mark.parametrize("name", one_in(2, TABLES))
def test_tables_equal_the_views_at_every_pair_of_dates(page: Page, demo_ledger: Path, name: str) -> None:
    pairs = pairs_of_dates(100)
    values = ", ".join(f"({at}, DATE '{as_of}', DATE '{known_at}')" for at, (as_of, known_at) in enumerate(pairs))
    pair = f"(VALUES {values}) AS pair(number, a, k),"
    sql = TABLES[name].format(pair=pair, a="pair.a", k="pair.k").replace("SELECT ", "SELECT pair.number, ", 1)
    last = Coordinates(date.fromisoformat(DAY), date.fromisoformat(DAY))
    with Ledger(demo_ledger).ask(last, notes=lambda _: None) as session:
        found = session.query(sql)
    expected: list[list[list[str]]] = [[] for _ in pairs]
    for row in found.to_pylist():
        expected[row.pop("number")].append(as_shown(row, found))
    shown = page.evaluate(AT, [name, pairs, [column for column in found.column_names if column != "number"]])
    for at, rows in enumerate(shown):
        assert sorted(rows) == sorted(expected[at]), pairs[at]


@pytest.mark.soak
@pytest.mark.parametrize("name", TABLES)
def test_tables_equal_the_views_asked_one_pair_at_a_time(page: Page, demo_ledger: Path, name: str) -> None:
    pairs = pairs_of_dates(100)
    last = Coordinates(date.fromisoformat(DAY), date.fromisoformat(DAY))
    with Ledger(demo_ledger).ask(last, notes=lambda _: None) as session:
        for as_of, known_at in pairs:
            sql = TABLES[name].format(pair="", a=f"DATE '{as_of}'", k=f"DATE '{known_at}'")
            found = session.query(sql)
            (rows,) = page.evaluate(AT, [name, [(as_of, known_at)], found.column_names])
            assert sorted(rows) == sorted(as_shown(row, found) for row in found.to_pylist()), (as_of, known_at)


def test_the_tree_of_a_firm_has_the_effective_shares_of_the_command(
    page: Page, demo_ledger: Path, report: Path
) -> None:
    day = "2025-10-31"
    flags = ("--as-of", day, "--known-at", day, "--json")
    told = json.loads(policytrack(demo_ledger, "holdings", "shenghe-resources", "--tree", *flags).out)
    page.goto("about:blank")
    page.goto(f"{report.as_uri()}#as_of={day}&known_at={day}")
    page.select_option("#owner", "shenghe-resources")
    tree = page.evaluate("""() => { const flat = (nodes) => nodes.flatMap((node) => [[node.id, node.stake, effectiveText(node.effective)], ...flat(node.children)]);
      return flat(treeOf(ownership(atDates('stakes').rows).owned, 'shenghe-resources').nodes); }""")
    owned = [row for row in told if row["depth"] and row["kind"] == "firm"]
    assert owned and sorted(tree) == sorted(
        [row["id"], f"{row['stake_pct']:g}", f"{row['effective_pct']:g}"] for row in owned
    )
    assert "MP Materials 7.7 % holder of 92.3 % unknown" in page.inner_text("#owners .tree")


def lay_out_all(page: Page) -> None:
    """Lay out the sections out of view too: of these the browser has no text."""
    page.evaluate(
        "() => document.querySelectorAll('main > section').forEach((one) => one.style.contentVisibility = 'visible')"
    )


def test_tables_follow_the_sliders_and_show_what_is_unknown(page: Page, report: Path) -> None:
    page.goto("about:blank")
    page.goto(f"{report.as_uri()}#as_of=2025-10-31&known_at=2025-10-31")
    lay_out_all(page)
    row = page.locator("#swaps tbody tr", has_text="northern-jinlong").inner_text()
    assert "unverified\tdonor undisclosed\t5,000\t0\t5,000\t0\t0" in row
    page.fill("#as-of", "2025-10-26")
    page.locator("#swaps tbody tr", has_text="northern-jinlong").wait_for(state="detached")
    page.click("#reset")
    row = page.locator("#swaps tbody tr", has_text="fangchenggang-jinxi-iron-swap").inner_text()
    assert "unverified\tdonor undisclosed\t5,008,400\t1,483,400\t3,525,000\t0\t0" in row
    unknown = page.locator("#swaps tbody tr", has_text="hezhou-zhaoxin-earlier-swap").inner_text()
    assert "\tunknown\t750,000\tunknown\t" in unknown
    row = page.locator("#facilities tbody tr", has_text="lynas-kalgoorlie").inner_text()
    assert "\tunknown\t0\tunknown\tyes" in row
    assert not any(text == "" for text in page.locator("#quotas td.number").all_inner_texts())


FACILITIES = """(pairs) => pairs.map(([asOf, knownAt]) => facilities(data, dayOf(asOf), dayOf(knownAt), things)
  .map((row) => [row.thing.id, row.activity, row.sum.installed, row.sum.idle]))"""


def test_facilities_equal_the_view_at_every_pair_of_dates(page: Page, demo_ledger: Path) -> None:
    pairs = pairs_of_dates(40)
    shown = page.evaluate(FACILITIES, pairs)
    for pair, rows, view in zip(pairs, shown, at_each(demo_ledger, "facility_capacity", pairs), strict=True):
        exact = [row for row in view if row["installed"] is not None and row["idle"] is not None]
        found = {(row[0], row[1]): row[2:] for row in rows}
        assert {(row["facility_id"], row["activity_id"]) for row in view} == found.keys(), pair
        for row in exact:
            figures = [thousandths(row["installed"]), thousandths(row["idle"])]
            assert found[row["facility_id"], row["activity_id"]] == figures, pair


def test_charts_are_saved_with_their_origin(page: Page, report: Path, tmp_path: Path) -> None:
    page.goto("about:blank")
    page.goto(f"{report.as_uri()}#as_of=2025-10-31&known_at=2025-10-31&activity=rare-earth-separation&head=400")
    assert page.inner_text("#other-head").startswith("The address is of a report of e1–e400. This file has e1–e428")
    for kind in ("SVG", "PNG"):
        with page.expect_download() as saved:
            page.click(f"#course .files button:text('{kind}')")
        saved.value.save_as(tmp_path / kind)
    drawn = ElementTree.fromstring((tmp_path / "SVG").read_text(encoding="utf-8"))  # noqa: S314 # our own file
    texts = [text.text or "" for text in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert "Rare-earth smelting and separation, all countries, in t REO/yr" in texts
    assert texts[-1].startswith("policytrack ledger demo") and texts[-1].endswith("known at 2025-10-31")
    assert {"rgb(0, 114, 178)", "url(#hatch)"} <= {
        path.get("fill") for path in drawn.iter("{http://www.w3.org/2000/svg}path")
    }
    head = (tmp_path / "PNG").read_bytes()[:24]
    assert (head[:8], int.from_bytes(head[16:20]), int.from_bytes(head[20:24])) == (b"\x89PNG\r\n\x1a\n", 1800, 688)


@pytest.mark.parametrize("looks", [LOOKS[2:], pytest.param(LOOKS[:2], marks=pytest.mark.soak)], ids=["phone", "screen"])
def test_axe_finds_no_barrier(page: Page, report: Path, looks: Sequence[tuple[int, str]]) -> None:
    page.goto(f"{report.as_uri()}#as_of=2025-10-31&known_at=2025-10-31&activity=rare-earth-separation")
    lay_out_all(page)
    page.locator("#events tbody tr").first.wait_for()
    assert barriers_in_all_looks(page, looks) == []


@pytest.fixture(scope="module")
def large_pages(
    demo_ledger: Path, tmp_path_factory: pytest.TempPathFactory, new_page: Callable[[], Page]
) -> list[Page]:
    """Reports of the demo ledger with limits that it exceeds, and with lower ones that tables at one pair exceed."""
    last = Coordinates(date.fromisoformat(DAY), date.fromisoformat(DAY))
    ledger = Ledger(demo_ledger)
    with pytest.MonkeyPatch.context() as patch, ledger.ask(last, notes=lambda _: None) as session:
        patch.setattr(report_data, "MOST_STEPS", 50)
        patch.setattr(report_data, "MOST_THINGS", 20)
        patch.setattr(timeline, "MOST_COMPUTED", 20_000)
        by_years = collect(session, last, Citation("demo", last, 428, "0" * 64), {}, "Large")
        patch.setattr(timeline, "MOST_READ", 1)
        patch.setattr(timeline, "MOST_AT_ONE_PAIR", 100)
        at_last = collect(session, last, Citation("demo", last, 428, "0" * 64), {}, "Larger")
    folder = tmp_path_factory.mktemp("large")
    opened = []
    for made in (by_years, at_last):
        (folder / f"{made.values['title']}.html").write_bytes(page_of(made))
        opened.append(new_page())
        opened[-1].goto((folder / f"{made.values['title']}.html").as_uri())
    return opened


@pytest.mark.soak
def test_a_large_ledger_is_added_up_by_months_and_the_page_says_what_is_left_out(
    large_pages: list[Page], demo_ledger: Path
) -> None:
    large_page = large_pages[0]
    large_page.bring_to_front()  # a page behind another draws nothing
    assert len(large_page.locator("#left-out li").all()) == 3
    large_page.fill("#as-of", "2025-11-15")
    large_page.wait_for_function("() => document.querySelector('#as-of').value === '2025-10-31'")
    pairs = [("2025-10-31", "2025-10-31"), ("2024-02-29", "2025-12-31"), (DAY, DAY), (DAY, "2026-06-30")]
    shown = large_page.evaluate(NATION, pairs)
    for pair, rows, view in zip(pairs, shown, at_each(demo_ledger, "national_capacity", pairs), strict=True):
        expected = [
            [row["country_code"], row["activity_id"], *(thousandths(row[name]) for name in FIGURES)] for row in view
        ]
        assert sorted(row[:10] for row in rows) == sorted(expected), pair
    large_page.locator("#firms .earlier", has_text="As of 2024-12-31, known at ").wait_for()
    shown = large_page.evaluate(
        AT, ["firms", [("2024-12-31", "2024-12-31")], ["firm_id", "activity_id", "basis", "capacity"]]
    )
    (view,) = at_each(demo_ledger, "firm_holding", [("2024-12-31", "2024-12-31")])
    texts = [(row["firm_id"], row["activity_id"], row["basis"], row["capacity"]) for row in view]
    assert sorted(map(tuple, shown[0])) == sorted(
        (*row[:3], report_data._text("", row[3], is_figure=True)) for row in texts
    )


@pytest.mark.soak
def test_a_table_too_large_for_all_dates_is_in_the_file_for_the_last_or_left_out(large_pages: list[Page]) -> None:
    page = large_pages[1]
    page.bring_to_front()
    left_out = [re.sub(r"\d+ rows", "N rows", item.inner_text()) for item in page.locator("#left-out li").all()]
    assert left_out[3:] == [
        "Tables for the dates of the report alone, which the sliders do not change: stakes, swaps, rules, support.",
        "Tables that are too large for one file are left out: firms (N rows), quotas (N rows).",
    ]
    lay_out_all(page)
    page.locator("#firms .earlier", has_text=" rows of this table are too many for one file.").wait_for()
    assert "No firm holds capacity" not in page.locator("#firms").inner_text()
    at_last = page.locator("#swaps tbody").inner_text()
    page.fill("#as-of", "2025-11-15")
    page.locator("#swaps .earlier", has_text="this table is in the file for the dates of the report alone.").wait_for()
    assert page.locator("#swaps tbody").inner_text() == at_last


@pytest.mark.parametrize("width", [1280, 390])
def test_a_section_of_the_contents_is_not_behind_the_dates(page: Page, report: Path, width: int) -> None:
    page.goto(report.as_uri())
    page.set_viewport_size({"width": width, "height": 800})
    page.click("#contents button:text('Capacity swaps')")
    page.wait_for_function(
        """() => { const bar = document.querySelector('#dates').getBoundingClientRect();
            const { top } = document.querySelector('#swaps h2').getBoundingClientRect();
            return top >= bar.bottom && top < innerHeight && bar.height < innerHeight / 3; }"""
    )
    lay_out_all(page)
    captions = page.eval_on_selector_all("caption > span", "all => all.map((one) => one.getBoundingClientRect().right)")
    assert len(captions) > 5 and max(captions) <= width  # of wide tables too
    assert page.evaluate("() => document.querySelector('#course svg text').getBoundingClientRect().height") >= 9
    page.set_viewport_size({"width": 1280, "height": 900})


def test_it_fits_paper(page: Page, report: Path) -> None:
    page.goto(report.as_uri())
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 760, "height": 1000})  # A4 upright
    assert page.evaluate("document.documentElement.scrollWidth") <= 760
    assert not page.locator("#as-of-slider").is_visible()
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": 1280, "height": 900})


@pytest.mark.soak
def test_it_fits_a_phone_and_follows_the_dark_scheme(page: Page, report: Path) -> None:
    page.goto(report.as_uri())
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.emulate_media(color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 24, 29)"
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": 900})


@pytest.mark.soak
def test_a_logo_is_in_the_file_and_new_events_are_those_since_a_day(
    demo_ledger: Path, tmp_path: Path, new_page: Callable[[], Page]
) -> None:
    logo, path = tmp_path / "logo.svg", tmp_path / "with-logo.html"
    logo.write_text(SVG % (' clip-path="url(#a)"', "<title>Steel &amp; more</title>"), encoding="utf-8")
    flags = ("--logo", str(logo), "--since", "2025-10-20", "--known-at", "2025-10-31", "--as-of", "2025-10-31")
    assert policytrack(demo_ledger, "report", "-o", str(path), *flags).code == 0
    opened = new_page()
    asked: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    opened.goto(path.as_uri())
    assert opened.evaluate("() => document.querySelector('img.logo').naturalWidth") > 0
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    lay_out_all(opened)
    news = opened.locator("#news")
    assert "since 2025-10-20" in news.inner_text()
    told = policytrack(
        demo_ledger, "sql", "--as-of", "2025-10-31", "--known-at", "2025-10-31", "--format", "json",
        "SELECT count(*) AS n FROM event_log WHERE known_on >= DATE '2025-10-20' AND known_on <= known_at()",
    ).out  # fmt: skip
    assert f": {json.loads(told)[0]['n']} events" in news.inner_text()
    opened.select_option("#since", "1096")
    assert f": {json.loads(told)[0]['n']} events" not in news.inner_text()
    opened.close()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (SVG % ("", "<script>window.hit=1</script>"), "'script', which does more than draw"),
        (SVG % ("", '<foreignObject><p xmlns="http://www.w3.org/1999/xhtml"/></foreignObject>'), "'foreignObject'"),
        (SVG % ("", '<image href="https://example.org/a.png"/>'), "'image'"),
        (SVG % ("", "<style>@import 'https://example.org'</style>"), "'style'"),
        (SVG % (' ONload="alert(1)"', ""), "'ONload', which runs a script"),
        (SVG % (' style="fill:url( https://example.org/#a)"', ""), "'style', which leads out of the file"),
        (SVG % (' style="fill:u\\72l(https://example.org/#a)"', ""), "'style', which leads out of the file"),
        (SVG % ("", '<text xmlns:x="http://www.w3.org/1999/xlink" x:href=" https://example.org"/>'), "'href'"),
        ('<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG % ("", ""), "a document type"),
        ('<?xml-stylesheet href="https://example.org/a.css"?>' + SVG % ("", ""), "a processing instruction"),
        ("<html><svg/></html>", "the root element 'html'"),
        (SVG % ("", "<g>"), "cannot be read as SVG"),
        ("GIF89a", "neither a PNG nor an SVG"),
        (SVG % ("", " " * 200_000), "more than 200,000 bytes"),
    ],
)
def test_a_logo_that_does_more_than_draw_is_refused(tmp_path: Path, content: str, said: str) -> None:
    logo = tmp_path / "logo.svg"
    logo.write_text(content, encoding="utf-8")
    with pytest.raises(PolicytrackError, match=re.escape(said)):
        logo_of(logo)


def test_a_day_after_the_knowledge_date_has_no_news(demo_ledger: Path) -> None:
    run = policytrack(demo_ledger, "report", "--since", "2025-11-01", "--known-at", "2025-10-31")
    assert run.code == 2 and "--since 2025-11-01 is after the knowledge date 2025-10-31" in run.err


@pytest.mark.soak
def test_a_project_that_moved_is_at_the_facility_of_the_date(tmp_path: Path, new_page: Callable[[], Page]) -> None:
    known = {"known_on": "2020-01-01"}
    events = [
        {"type": "firm_registered", "firm_id": "maker", "name": "Maker", "country": "CN", "kind": "company", **known},
        {"type": "facility_registered", "facility_id": "old", "name": "Old works", "country": "CN", **known},
        {"type": "facility_registered", "facility_id": "new", "name": "New works", "country": "VN", **known},
        {
            "type": "project_registered", "project_id": "line", "name": "Line", "facility_id": "old",
            "activity_id": "rare-earth-separation", "firm_id": "maker", **known,
        },
        {"type": "project_approved", "project_id": "line", "capacity": "500", "effective": "2020-01-01", **known},
        {"type": "project_moved", "project_id": "line", "facility_id": "new", "effective": "2022-01-01", "known_on": "2023-01-01"},
        {"type": "scope_revised", "project_id": "line", "capacity": "600", "effective": "2024-01-01", "known_on": "2024-01-01"},
    ]  # fmt: skip
    assert policytrack(tmp_path, "init", ".").code == 0
    (tmp_path / "e.jsonl").write_text("".join(json.dumps(one) + "\n" for one in events), encoding="utf-8")
    assert policytrack(tmp_path, "import", "e.jsonl").code == 0
    assert policytrack(tmp_path, "report", "-o", "r.html").code == 0
    opened = new_page()
    places = {}
    for as_of, known_at in (("2021-12-31", "2024-06-01"), ("2022-06-01", "2022-06-01"), ("2022-06-01", "2023-06-01")):
        opened.goto("about:blank")
        opened.goto(f"{(tmp_path / 'r.html').as_uri()}#as_of={as_of}&known_at={known_at}")
        (row,) = opened.locator("#pipeline tbody tr").all_inner_texts()
        places[as_of, known_at] = "New works" in row and "Viet" in row, "Old works" in row and "China" in row
    assert places == {
        ("2021-12-31", "2024-06-01"): (False, True),
        ("2022-06-01", "2022-06-01"): (False, True),
        ("2022-06-01", "2023-06-01"): (True, False),
    }
