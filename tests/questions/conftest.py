"""The demo ledger, for tests that only ask, and the coordinates at which they do."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from policytrack.ledger import Ledger
from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.session import Session

TODAY = date(2026, 11, 23)


@pytest.fixture(scope="session")
def demo(demo_ledger: Path) -> Iterator[Ledger]:
    """The demo ledger."""
    ledger = Ledger(demo_ledger)
    # Held open: sessions of one process on one file share what loading its views takes.
    with Session(ledger.generation(notes=lambda _: None), Coordinates(TODAY, TODAY)):
        yield ledger


def some_coordinates(count: int) -> list[tuple[date, date]]:
    """So many pairs of as-of and known-at: today, the turns of the seed story, and days at random."""
    chance = random.Random(11)
    turns = [TODAY, date(2025, 1, 31), date(2025, 10, 31), date(2025, 10, 20), date(2023, 12, 31)]
    found = [(day, day) for day in turns]
    while len(found) < count:
        as_of, known_at = (date(2012, 1, 1) + timedelta(days=chance.randrange(5_400)) for _ in range(2))
        found.append((as_of, known_at))
    return found[:count]


def without_citations(leaf: dict[str, Any]) -> dict[str, Any]:
    """A leaf without the sources that a query of their own puts beside it."""
    return {name: value for name, value in leaf.items() if name != "citations"}
