"""How many kills, races, escapes and inputs were tried, and how many tests of them failed: `make soak` prints both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

_TRIED: Final[Counter[str]] = Counter()


def tried(what: str, number: int = 1) -> None:
    """Count tries of the test that runs, before they are made."""
    _TRIED[what] += number


def of_the_last_test() -> list[tuple[str, int]]:
    """Return what was tried since the last call, with the numbers."""
    counts = sorted(_TRIED.items())
    _TRIED.clear()
    return counts


def lines(reports: Iterable[Any]) -> list[str]:
    """Return a line for each kind of try, of the reports of tests that ran. A test stops at its first failure."""
    counts: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    for report in reports:
        for name, value in getattr(report, "user_properties", ()):
            if name == "tried":
                what, number = value
                counts[what] += number
                failed[what] += report.outcome == "failed"
    return [f"{what}: {number:,} tried, {failed[what]:,} failed" for what, number in sorted(counts.items())]
