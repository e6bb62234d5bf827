"""The ledger of a stranger on every page of the server and in the report: text stays text, and pages keep their shape."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.conftest import policytrack
from tests.hostile import hostile_ledger
from tests.serve.conftest import SEED, serving
from tests.serve.test_pages_in_browser import PAGES

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.soak
FORMS = ("/record/stake_stated", "/correct/14", "/retract/14", "/import", "/search?q=script")
FOUND = """() => { const all = [...document.querySelectorAll('*')]; return {
  ran: window.hit ?? null,
  handlers: all.filter((one) => [...one.attributes].some((attribute) => attribute.name.startsWith('on'))).length,
  loaded: document.querySelectorAll('main img, main script, main iframe, main style, main object').length,
  links: [...document.querySelectorAll('a[href]')].filter((link) => !/^https?:$/.test(link.protocol)).length,
  raw: document.documentElement.textContent.match(/[\\x01-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069]/)?.[0] ?? null,
  wide: document.documentElement.scrollWidth > innerWidth,
  table: [...document.querySelectorAll('.scroll')].some((one) => one.scrollWidth > 4000),
}; }"""
INERT = {"ran": None, "handlers": 0, "loaded": 0, "links": 0, "raw": None, "wide": False, "table": False}


@pytest.fixture(scope="module")
def hostile(demo_ledger: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hostile_ledger(demo_ledger, tmp_path_factory.mktemp("hostile"))


@pytest.fixture(scope="module")
def asked() -> list[str]:
    """The addresses that pages asked for, and the dialogs that they opened."""
    return []


@pytest.fixture(scope="module")
def page(new_page: Callable[[], Page], asked: list[str]) -> Page:
    opened = new_page()
    opened.on("request", lambda request: asked.append(request.url))
    opened.on("dialog", lambda dialog: asked.append(f"dialog {dialog.message}"))
    return opened


def at_each_width(page: Page) -> list[dict[str, Any]]:
    found = []
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        found.append(page.evaluate(FOUND))
    return found


def test_every_page_of_the_server_shows_it_as_text(hostile: Path, page: Page, asked: list[str]) -> None:
    asked.clear()
    with serving(hostile, "--write") as server:
        page.goto(server.start)
        for path in (*PAGES, *FORMS):
            page.goto(server.base + path)
            page.wait_for_load_state("networkidle")
            assert at_each_width(page) == [INERT, INERT], path
        page.goto(f"{server.base}/firm/shenghe-resources?{SEED}")
        assert page.inner_text("h1").startswith("Shenghe Resources Holding <script>window.hit=1</script>")
        page.goto("about:blank")
    assert [url for url in asked if not url.startswith((server.base, "about:"))] == []


def test_every_section_of_the_report_shows_it_as_text(
    hostile: Path, page: Page, asked: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "report.html"
    assert policytrack(hostile, "report", "-o", str(path)).code == 0
    asked.clear()
    page.goto(f"{path.as_uri()}#{SEED}")
    page.evaluate(
        "() => document.querySelectorAll('main > section').forEach((one) => one.style.contentVisibility = 'visible')"
    )
    page.locator("#events tbody tr").first.wait_for()
    assert at_each_width(page) == [INERT, INERT]
    page.click("#nation button.figure >> nth=0")
    page.click("#why summary >> nth=0")
    assert at_each_width(page) == [INERT, INERT]
    assert {url.partition("#")[0] for url in asked} == {path.as_uri()}
