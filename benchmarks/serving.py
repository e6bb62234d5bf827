"""Measurements of `serve`, beside the same question inside a session."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from benchmarks.asking import DAY, QUESTIONS, things_of
from benchmarks.importing import ledger_of
from benchmarks.rows import Row, median_ratio, timed
from policytrack.ledger import Ledger
from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.session import Session

_ANSWERS: Final = {
    "national capacity": "capacity",
    "pending of a country": "pending?country={country}",
    "holdings of one firm": "holdings?firm={firm}",
}
"""For a question, the address of its answer in the JSON API."""


def served(folder: Path, count: int) -> Iterator[Row]:
    """Answers of the JSON API at dates of which the server has none yet, and again."""
    ledger = ledger_of(folder, count)
    with (
        Session(ledger.generation(notes=lambda _: None), Coordinates(DAY, DAY)) as session,
        _serving(ledger) as address,
    ):
        things = things_of(session)
        for name, path in _ANSWERS.items():
            question, _ = QUESTIONS[name]
            given = path.format(country=things["cell"]["country"], firm=things["firm"])
            ours, again, inside = [], [], []
            for day in (28, 29, 30):
                dates = f"as_of=2024-06-{day}&known_at=2024-06-{day}"
                url = f"{address}api/v1/{given}{'&' if '?' in given else '?'}{dates}"
                ours.append(timed(lambda url=url: _read(url)))  # type: ignore[misc]
                again.append(timed(lambda url=url: _read(url)))  # type: ignore[misc]
                inside.append(timed(lambda question=question: question(session, things)))  # type: ignore[misc]
            yield Row(
                f"serve: {name}, {count:,} events",
                f"{statistics.median(ours) * 1000:.0f} ms, again {statistics.median(again) * 1000:.0f} ms",
                f"inside a session {statistics.median(inside) * 1000:.0f} ms",
                f"{median_ratio(ours, inside):.1f}x",
            )


def _read(url: str) -> None:
    with urllib.request.urlopen(url) as answer:  # noqa: S310 # an address of this computer
        json.load(answer)


@contextmanager
def _serving(ledger: Ledger) -> Iterator[str]:
    """The address of a server of a ledger."""
    words = [sys.executable, "-m", "policytrack", "-C", str(ledger.root), "serve", "--port", "0"]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            line = next(line for line in process.stderr if "is served at" in line)
            yield line.split(" is served at ")[1].split()[0]
        finally:
            process.terminate()
