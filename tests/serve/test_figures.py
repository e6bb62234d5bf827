"""Figures on pages: those of the command line at any pair of dates, and what makes them."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from policytrack.api.reading import Reader
from policytrack.ledger import Ledger
from tests.cli.conftest import DAY, policytrack
from tests.serve.asgi import Browser
from tests.serve.conftest import SEED


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
