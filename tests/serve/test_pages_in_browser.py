"""Pages in a real browser: sliders, explanations, links, and names that try to be markup."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser import barriers_in_all_looks
from tests.cli.conftest import policytrack
from tests.report.test_report import HOSTILE
from tests.serve.conftest import SEED, Served, serving

if TYPE_CHECKING:
    from playwright.sync_api import Page


_HOSTILE_PATHS = (
    "/why/operating?country=CN&activity=crude-steel",
    "/sql?q=SELECT '<script>window.hit=5</script>' AS \"<img src=x>\"",
    "/firm/evil", "/events", "/facilities", "/places", "/firms", "/holdings", "/sources", "/news", "/findings", "/owners?id=evil",
    "/tree?id=owner", "/activity/crude-steel", "/country/CN", "/search?q=img", "/search?q=%3Cscript%3Ewindow.hit%3D3%3C/script%3E",
    "/firm/%3Cscript%3Ewindow.hit%3D4%3C%2Fscript%3E",
)  # fmt: skip


@pytest.fixture(scope="module")
def page(served: Served, new_page: Callable[[], Page]) -> Page:
    """A page of the demo ledger."""
    opened: Page = new_page()
    opened.goto(f"{served.base}/")
    return opened


def facts(page: Page) -> dict[str, str]:
    """The facts of a page about a thing."""
    rows = page.locator(".facts div").all_inner_texts()
    return dict(re.split(r"\n+", row.strip(), maxsplit=1) for row in rows)


def test_the_sliders_show_the_seed_story(page: Page, served: Served) -> None:
    page.goto(f"{served.base}/project/northern-jinlong-separation")
    page.fill("#known-at", "2025-10-31")
    page.fill("#as-of", "2025-10-31")
    page.wait_for_url(re.compile("as_of=2025-10-31&known_at=2025-10-31"))
    page.locator("#cited", has_text="as of 2025-10-31 · known at 2025-10-31").wait_for()
    shown = facts(page)
    assert (shown["remaining"], shown["retiring"], shown["net"]) == ("5,000", "5,000", "0")
    assert (shown["status"], shown["swap verdict"]) == ("approved", "unverified")
    page.focus("#as-of-slider")
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    page.locator("#cited", has_text="as of 2025-10-26").wait_for()
    assert (facts(page)["status"], page.input_value("#as-of")) == ("announced", "2025-10-26")


def test_the_start_page_draws_a_chart_and_loads_its_tables(page: Page, served: Served) -> None:
    page.goto(f"{served.base}/?{SEED}")
    page.locator("#course svg.chart path.growth").first.wait_for()
    row = page.locator("#pending tbody tr", has_text="Northern Jinlong")
    row.wait_for()
    assert row.locator("td.number").all_inner_texts()[:3] == ["5,000", "5,000", "0"]
    assert "unverified" in row.inner_text()
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1280, "height": 900})


def test_a_figure_leads_to_the_events_that_add_up_to_it(page: Page, served: Served) -> None:
    page.goto(f"{served.base}/?{SEED}&country=CN&activity=rare-earth-separation")
    page.locator("#capacity tbody td.number a", has_text="3,000").last.click()
    page.locator("h1", has_text="pending net: 3,000 t REO/yr").wait_for()
    leaves = page.locator(".why > li > .number").all_inner_texts()
    assert sum(int(text.replace(",", "").replace("−", "-")) for text in leaves) == 3000
    page.locator(".why li li a").first.click()
    page.locator(".kind", has_text=re.compile("event e[0-9]+")).wait_for()


PAGES = (
    f"/why/pending_gross?country=CN&activity=rare-earth-separation&{SEED}", "/", f"/event/14?{SEED}", f"/pending?{SEED}",
    f"/firm/shenghe-resources?{SEED}", "/sql?q=SELECT%201", "/api", "/search?q=steel", "/nothing",
    *(f"/{name}{'&' if '?' in name else '?'}{SEED}" for name in (
        "capacity", "regions", "facilities", "places", "holdings", "swaps", "lots", "quotas", "rules", "support", "firms", "events",
        "sources", "news", "findings", "series", "forecast", "tree?id=shenghe-resources", "owners?id=shenghe-resources",
        "country/CN", "activity/rare-earth-separation", "facility/mountain-pass", "project/northern-jinlong-separation",
        "support/eu-strategic-projects-2025", "swap/baosteel-desheng-swap", "rule/aluminium-2015", "lots",
        "lot/shandong-huayu-2020", "quota/rare-earth-mining-2018-fy", "control?id=baogang-group",
        "why/holdings/shenghe-resources/rare-earth-separation", "why/project/northern-jinlong-separation/due",
    )),
)  # fmt: skip


@pytest.mark.parametrize("path", [PAGES[0], *(pytest.param(path, marks=pytest.mark.soak) for path in PAGES[1:])])
def test_axe_finds_no_barrier(page: Page, served: Served, path: str) -> None:
    answer = page.goto(served.base + path)
    assert answer and answer.status == (404 if path == "/nothing" else 200)
    page.wait_for_load_state("networkidle")  # maps, charts and the tables below are loaded after the page
    assert barriers_in_all_looks(page) == []


def test_the_page_of_a_firm_has_the_tree_of_the_command(page: Page, served: Served, demo_ledger: Path) -> None:
    flags = ("--as-of", "2025-10-31", "--known-at", "2025-10-31", "--json")
    told = json.loads(policytrack(demo_ledger, "holdings", "shenghe-resources", "--tree", *flags).out)
    page.goto(f"{served.base}/tree?id=shenghe-resources&{SEED}")
    rows = [row.split("\t") for row in page.locator("#tree tbody tr").all_inner_texts()]
    assert [row[2] for row in rows] == [f"{row['effective_pct']:g}" for row in told]
    assert rows[3][0] == "– MP Materials" and rows[3][7] == "–"


@pytest.mark.parametrize("paths", [_HOSTILE_PATHS[:2], pytest.param(_HOSTILE_PATHS[2:], marks=pytest.mark.soak)])
def test_hostile_names_stay_text_and_new_events_are_offered(
    tmp_path: Path, new_page: Callable[[], Page], paths: tuple[str, ...]
) -> None:
    policytrack(tmp_path, "init", "led")
    (tmp_path / "led" / "hostile.yaml").write_text(HOSTILE, encoding="utf-8")
    assert policytrack(tmp_path / "led", "import", "hostile.yaml").code == 0
    asked: list[str] = []
    with serving(tmp_path / "led") as server:
        page = new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("dialog", lambda dialog: asked.append(f"dialog {dialog.message}"))
        for path in paths:
            page.goto(server.base + path)
            assert page.evaluate("() => window.hit") is None
            assert page.locator("img, td script, h1 script, iframe").count() == 0
        page.goto(f"{server.base}/facility/mill")
        assert page.inner_text("h1") == "</script><script>window.hit=1</script>"
        page.goto(f"{server.base}/facilities?as_of=2025-01-01")
        circle = page.locator("#places-map circle title")
        circle.wait_for(state="attached")
        assert circle.text_content() == "</script><script>window.hit=1</script>: 1,000.125 t/yr"
        assert page.evaluate("() => window.hit") is None
        page.goto(f"{server.base}/event/5")
        links = page.eval_on_selector_all("main a[target]", "links => links.map((link) => link.href)")
        assert links == ["https://example.org/?a=%27onclick=alert(1)"]
        event = "{type: firm_registered, firm_id: late, name: Late Metals, country: DE, known_on: 2025-01-01}"
        (tmp_path / "led" / "late.yaml").write_text(f"events:\n  - {event}\n", encoding="utf-8")
        page.goto(f"{server.base}/firms")
        assert policytrack(tmp_path / "led", "import", "late.yaml").code == 0
        page.evaluate("() => lookForNews()")
        page.click("#new-events a:text('1 new event: reload')")
        page.locator("td", has_text="Late Metals").wait_for()
        assert [url for url in asked if not url.startswith(server.base)] == []
        page.close()


@pytest.mark.parametrize(
    "path",
    [
        "/",
        *(
            pytest.param(one, marks=pytest.mark.soak)
            for one in ("/pending", "/facilities", "/news", "/events", "/firm/shenghe-resources")
        ),
    ],
)
def test_it_fits_paper_without_controls(page: Page, served: Served, path: str) -> None:
    page.goto(f"{served.base}{path}?{SEED}")
    page.wait_for_load_state("networkidle")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 718, "height": 1000})  # A4 upright with margins of 10 mm
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 718
    assert page.locator("main table, main svg.chart").first.is_visible()
    for control in ("nav", "#as-of-slider", ".files", ".choices", "header form"):
        assert not any(one.is_visible() for one in page.locator(control).all()), control
    printed = page.pdf(format="A4", margin=dict.fromkeys(("top", "bottom", "left", "right"), "10mm"))
    assert 1 <= len(re.findall(rb"/Type /Page\b(?!s)", printed)) <= 8  # a table that is a page high would be many
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": 1280, "height": 900})
