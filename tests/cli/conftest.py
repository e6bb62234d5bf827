"""Ledgers and a command line for the tests of the command line: real processes, real files."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import forked  # in tools/docs, which needs it too
import pytest

from tests.cli import in_process
from tests.copies import copied

DAY = "2026-11-23"
SHARED: Final[set[Path]] = set()
"""Ledgers that no test changes: commands that query them run in this process."""


@dataclass(frozen=True)
class Run:
    """What a command did."""

    code: int
    out: str
    err: str


def environment(**more: str) -> dict[str, str]:
    """The environment of a command: a fixed day, no colour, nothing of the user's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("POLICYTRACK", "COLUMNS"))}
    return {**kept, "POLICYTRACK_TODAY": DAY, "NO_COLOR": "1", "LC_ALL": "C.UTF-8", **more}


def policytrack(folder: Path, *words: str, given: bytes = b"", fresh: bool = False, **more: str) -> Run:
    """Run the command in a folder; no traceback may ever show. Fresh: by an interpreter that has imported nothing.

    A query of a shared ledger, `init` of an empty one and a page of help run in this process, any other command in a
    process of its own.
    """
    if fresh:
        interpreter = [sys.executable, "-m", "policytrack", *words]
        done = subprocess.run(
            interpreter, cwd=folder, input=given, capture_output=True, env=environment(**more), timeout=120, check=False
        )
        run = Run(done.returncode, done.stdout.decode(), done.stderr.decode())
    elif not given and (_only_prints(words) or (folder in SHARED and words and words[0] in in_process.QUERIES)):
        code, out, err = in_process.run(folder, words, environment(**more))
        run = Run(code, out.decode(), err.decode())
    else:
        code, out, err = forked.policytrack(words, folder, environment(**more), given)
        run = Run(code, out.decode(), err.decode())
    assert "Traceback" not in run.err and "PT999" not in run.err, run.err
    return run


def _only_prints(words: tuple[str, ...]) -> bool:
    """Whether a command reads no ledger: a page of help, or `init` with nothing but a folder."""
    return "--help" in words or (len(words) == 2 and words[0] == "init")


@pytest.fixture
def ledger(demo_ledger: Path, tmp_path: Path) -> Path:
    """A copy of the demo ledger, for tests that write."""
    target = tmp_path / "ledger"
    return copied(demo_ledger, target)


@pytest.fixture
def ask(demo_ledger: Path) -> Callable[..., Run]:
    """Asks the demo ledger."""

    def run(*words: str, **more: str) -> Run:
        return policytrack(demo_ledger, *words, **more)

    return run


def rows_of(ledger: Path, sql: str, as_of: str = DAY, known_at: str = DAY) -> list[dict[str, Any]]:
    """The rows of a query, in this process: for what a command did; what `sql` prints is tested by itself."""
    from policytrack.ledger import Ledger
    from policytrack.readmodel.coordinates import Coordinates

    days = Coordinates(date.fromisoformat(as_of), date.fromisoformat(known_at))
    with Ledger(ledger).ask(days, notes=lambda _: None) as session:
        rows: list[dict[str, Any]] = session.query(sql).to_pylist()
    return rows


def head_of(ledger: Path) -> int:
    """The position of the ledger's last event."""
    from policytrack.store.sqlite.reading import head

    return head(ledger / "events.db").position
