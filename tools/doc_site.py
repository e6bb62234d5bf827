"""Builds the documentation as a static site that can be searched: ``python tools/doc_site.py FOLDER``.

The pages are those of the repository, which are run by tools/docs/generate.py. They keep their places, so links among
them need no change. Nothing is loaded from another host. The search needs a web server.
mkdocs-material is pinned in constraints-site.txt.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
COPIED: Final = (
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "LICENSE",
    "docs",
    "benchmarks",
    "events",
    "projections",
)
ALSO: Final = (
    ".md",
    ".png",
    ".json",
    ".toml",
    ".csv",
    ".sql",
    ".yaml",
    ".jsonl",
    ".py",
    ".schema",
    "FROZEN",
    "LICENSE",
)
"""Endings of files that pages refer to. A link to a folder goes to its README.md, or to a list of its files."""
NAV: Final[list[tuple[str, list[str]]]] = [
    ("Tutorial", ["docs/tutorial.md"]),
    (
        "How to",
        [
            "docs/how-to/*.md",
            "docs/cases/*.md",
            "docs/report.md",
            "docs/serve.md",
            "docs/python.md",
            "docs/seals.md",
            "docs/operations.md",
            "docs/cookbook.md",
        ],
    ),
    (
        "Reference",
        [
            "docs/commands.md",
            "docs/topics.md",
            "docs/import.md",
            "docs/views.md",
            "docs/events.md",
            "docs/checks.md",
            "docs/steps.md",
        ],
    ),
    (
        "Explanation",
        [
            "docs/time.md",
            "docs/worked-examples.md",
            "docs/holdings.md",
            "docs/swaps-and-rules.md",
            "docs/compare.md",
            "docs/performance.md",
            "docs/decisions.md",
            "SECURITY.md",
            "CONTRIBUTING.md",
            "CHANGELOG.md",
        ],
    ),
]
_SLUGS: Final = '!!python/object/apply:pymdownx.slugs.slugify {"kwds": {"case": "lower"}}'
"""The anchors of headings as GitHub makes them: mkdocs would join two hyphens."""
_LINK: Final = re.compile(r"(?<=\]\()(?P<path>[\w./-]+/)(?=\))")


def main() -> int:
    """Build the site into the folder named on the command line; fail for a link that leads nowhere."""
    if len(sys.argv) != 2:
        print("usage: doc_site.py FOLDER", file=sys.stderr)
        return 2
    target = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        pages = Path(folder) / "pages"
        copy_pages(pages)
        settings = Path(folder) / "mkdocs.yml"
        # JSON is YAML; only the tag is not JSON.
        text = json.dumps(site_settings(pages, target)).replace(json.dumps(_SLUGS), _SLUGS)
        settings.write_text(text, encoding="utf-8")
        build = [sys.executable, "-m", "mkdocs", "build", "--strict", "--config-file", str(settings)]
        return subprocess.run(build, check=False).returncode


def copy_pages(pages: Path) -> None:
    """Copy the pages and what they refer to, each to its own place."""
    for name in COPIED:
        source = ROOT / name
        paths = [source] if source.is_file() else sorted(path for path in source.rglob("*") if path.is_file())
        for path in paths:
            if path.name.endswith(ALSO):
                place = pages / path.relative_to(ROOT)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, place)
    for path in sorted(pages.rglob("*.md")):
        text = path.read_text(encoding="utf-8")
        for found in set(_LINK.findall(text)):
            _list_folder((path.parent / found).resolve())
        path.write_text(_LINK.sub(lambda link: f"{link['path']}README.md", text), encoding="utf-8")


def _list_folder(folder: Path) -> None:
    """Write a README.md with a list of the files of a folder, unless it has one."""
    page = folder / "README.md"
    if folder.is_dir() and not page.exists():
        files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
        lines = [f"# {folder.name}", "", *(f"* [`{name}`]({name})" for name in files)]
        page.write_text("\n".join(lines) + "\n", encoding="utf-8")


def site_settings(pages: Path, target: Path) -> dict[str, Any]:
    """Return the settings of mkdocs."""
    nav: list[dict[str, Any]] = [{"policytrack": "README.md"}]
    for title, patterns in NAV:
        found = [path.relative_to(pages).as_posix() for pattern in patterns for path in sorted(pages.glob(pattern))]
        nav.append({title: found})
    return {
        "site_name": "policytrack",
        "docs_dir": str(pages),
        "site_dir": str(target),
        "use_directory_urls": False,
        # No font and no script of another host.
        "theme": {"name": "material", "font": False, "features": ["navigation.tabs", "content.code.copy"]},
        "plugins": ["search"],
        "markdown_extensions": ["tables", "fenced_code", "attr_list", {"toc": {"permalink": True, "slugify": _SLUGS}}],
        "nav": nav,
        "not_in_nav": "*",
        "validation": {"links": {"not_found": "warn", "anchors": "warn", "unrecognized_links": "warn"}},
    }


if __name__ == "__main__":
    sys.exit(main())
