"""Measurements of whole commands from a cold start."""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.importing import TODAY, file_of, ledger_of
from benchmarks.rows import Row, timed
from policytrack.ledger import Ledger


def cold_start(folder: Path, count: int) -> Iterator[Row]:
    """Whole commands, alternating with a Python that does nothing."""
    small = Ledger.create(folder / "small")
    small.import_files([("events.jsonl", file_of(folder, 10_000))], today=TODAY)
    large = ledger_of(folder, count)
    for ledger in (small, large):
        ledger.generation(notes=lambda _: None)
    commands = {
        "policytrack --help": (["-m", "policytrack", "--help"], 0.15),
        "capacity on 10,000 events": (["-m", "policytrack", "-C", str(small.root), "capacity"], 0.3),
        f"capacity on {count:,} events": (["-m", "policytrack", "-C", str(large.root), "capacity"], 0.45),
    }
    nothing: list[float] = []
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(9):
        nothing.append(timed(lambda: _python("-c", "pass")))
        for name, (words, _reach) in commands.items():
            times[name].append(timed(lambda words=words: _python(*words)))  # type: ignore[misc]
    base = statistics.median(nothing)
    for name, (_words, reach) in commands.items():
        seconds = statistics.median(times[name])
        yield Row(
            f"{name}, cold",
            f"{seconds:.2f} s",
            f"python -c pass {base:.2f} s",
            f"{seconds / base:.1f}x",
            f"<= {reach} s",
            seconds <= reach,
        )


def _python(*words: str) -> None:
    subprocess.run([sys.executable, *words], capture_output=True, check=True)
