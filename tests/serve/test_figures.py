"""Figures on pages: those of the command line at any pair of dates, and what makes them."""

from __future__ import annotations

import html
import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from policytrack.api.reading import Reader
from policytrack.ledger import Ledger
from tests.cli.conftest import DAY, policytrack
from tests.serve.asgi import Browser
from tests.serve.conftest import SEED


def text_of(markup: str) -> str:
    """The text of a piece of a page."""
    return re.sub(r"\s+", " ", html.unescape(re.sub("<[^>]+>", " ", markup))).strip()


def test_a_figure_of_many_things_shows_those_that_add_most_and_leads_to_all(
    demo_ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from policytrack.serve import pages
    from policytrack.serve.app import application

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
    reader = Reader(Ledger.find(demo_ledger), lambda: date.fromisoformat(DAY), lambda _: None)
    browser = Browser(application(reader))

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
    reader.close()
