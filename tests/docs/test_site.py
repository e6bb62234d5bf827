"""The documentation site: it is built without a broken link, every page is in it, and it loads nothing from another host."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PYTHON = Path(sys.prefix) / "site" / "bin" / "python"
LOADED = re.compile(r"""<(?:script|link|img)\b[^>]*?(?:src|href)=["'](?:https?:)?//[^"']+""")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not PYTHON.exists():
        pytest.skip("mkdocs-material is not installed: the site is not built (make site)")
    folder = tmp_path_factory.mktemp("site") / "site"
    done = subprocess.run(
        [PYTHON, ROOT / "tools" / "doc_site.py", folder], capture_output=True, text=True, check=False, timeout=120,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder


def test_every_page_is_in_the_site_and_in_its_search(site: Path) -> None:
    pages = [path.relative_to(ROOT) for path in (ROOT / "docs").rglob("*.md")]
    assert len(pages) > 30
    assert [
        page for page in pages if not (site / page.with_suffix(".html")).exists() and page.name != "README.md"
    ] == []
    index = (site / "search" / "search_index.json").read_text(encoding="utf-8")
    assert "capacity swaps" in index.lower()


def test_nothing_is_loaded_from_another_host(site: Path) -> None:
    for page in site.rglob("*.html"):
        loaded = [tag for tag in LOADED.findall(page.read_text(encoding="utf-8")) if 'rel="canonical"' not in tag]
        assert loaded == [], page
