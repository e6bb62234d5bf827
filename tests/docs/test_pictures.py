"""The pictures of the documentation: what a page of a report and of the server looks like at the dates of the seed story.

`PICTURES=docs/pictures pytest -m soak tests/docs/test_pictures.py` takes them again.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser import new_page
from tests.cli.conftest import policytrack
from tests.copies import copied
from tests.serve.conftest import SEED, serving

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["new_page"]
ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "pictures"
SIZE = (1000, 940)
MOST_BYTES = 700_000
FORM = {
    "facility_id": "mountain-pass", "activity_id": "rare-earth-separation", "capacity": "5 kt/yr", "effective": "2026-13",
    "sources.0.title": "Quarterly report", "sources.0.publisher": "MP Materials",
}  # fmt: skip
PLACE = f"{SEED}&country=CN&activity=rare-earth-separation"


def test_pages_show_only_pictures_of_the_folder_and_these_are_small() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    shown = {
        (page.parent / name).resolve()
        for page in pages
        for name in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", page.read_text(encoding="utf-8"))
    }
    assert shown == set(FOLDER.glob("*.png"))
    assert sum(path.stat().st_size for path in shown) <= MOST_BYTES
    for path in shown:
        head = path.read_bytes()[:24]
        assert (head[:8], int.from_bytes(head[16:20]), int.from_bytes(head[20:24])) == (b"\x89PNG\r\n\x1a\n", *SIZE)


@pytest.mark.soak
def test_the_pictures_can_be_taken_again(demo_ledger: Path, tmp_path: Path, new_page: Callable[[], Page]) -> None:
    folder = ROOT / os.environ["PICTURES"] if "PICTURES" in os.environ else tmp_path / "pictures"
    folder.mkdir(exist_ok=True)
    path = tmp_path / "report.html"
    assert policytrack(demo_ledger, "report", "-o", str(path), "--title", "Rare earths and steel").code == 0
    page = new_page()
    page.set_viewport_size({"width": SIZE[0], "height": SIZE[1]})
    page.goto(f"{path.as_uri()}#{PLACE}")
    page.locator("#events tbody tr").first.wait_for()
    page.screenshot(path=folder / "report.png")
    page.goto("about:blank")
    page.goto(f"{path.as_uri()}#{SEED}")
    page.evaluate("() => document.getElementById('firms').scrollIntoView()")
    page.evaluate("() => document.getElementById('owners').scrollIntoView()")
    page.evaluate("() => scrollBy(0, -150)")
    page.screenshot(path=folder / "report-owners.png")
    with serving(demo_ledger) as server:
        page.goto(f"{server.base}/project/northern-jinlong-separation?{SEED}")
        page.locator("#swaps tbody tr").wait_for()
        page.screenshot(path=folder / "serve.png")
        page.goto("about:blank")
    with serving(copied(demo_ledger, tmp_path / "demo"), "--write", "--user", "A. Analyst") as server:
        page.goto(server.start)
        page.goto(f"{server.base}/record/capacity_idled")
        for name, value in FORM.items():
            page.fill(f"[name='{name}']", value)
        page.select_option("[name='sources.0.class']", "company")
        page.click(".doing button")
        page.locator(".summary [href='#f-effective']").wait_for()
        page.screenshot(path=folder / "serve-errors.png")
        page.fill("[name=effective]", "2026-10")
        page.click(".doing button")
        page.locator("#effect").wait_for()
        page.screenshot(path=folder / "serve-effect.png")
        page.goto("about:blank")
    assert sorted(one.name for one in folder.iterdir()) == [
        "report-owners.png", "report.png", "serve-effect.png", "serve-errors.png", "serve.png",
    ]  # fmt: skip
    assert {one.name for one in FOLDER.iterdir()} == {one.name for one in folder.iterdir()}
