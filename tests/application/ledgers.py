"""Ledgers for the tests of the application, and what runs in other processes."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from multiprocessing.synchronize import Barrier
from pathlib import Path

import duckdb
import forked  # in tools/docs

from policytrack.application import PolicyTrack
from policytrack.errors import PolicytrackError
from policytrack.ledger import Ledger
from policytrack.store.sqlite.reading import head
from policytrack.store.sqlite.store import SQLiteStore
from tests.examples import SOURCE, firm

EVENTS_OF_A_FILE = 10_000


def command(ledger: Path, *words: str) -> list[str]:
    """The words of a command on a ledger."""
    return [sys.executable, "-m", "policytrack", "-C", str(ledger), *words]


def run(ledger: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command on a ledger to its end."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("POLICYTRACK")}
    words = ("-C", str(ledger), *words)
    code, out, err = forked.policytrack(words, Path.cwd(), environment)
    return subprocess.CompletedProcess(words, code, out.decode(), err.decode())


def racing() -> ForkServerContext:
    """A context for processes that race each other, forked from one that has imported what they need."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.application.ledgers", "tests.application.test_lot_race"])
    return context


def length(ledger: Ledger) -> int:
    """How many events the store holds."""
    return head(ledger.store.path).position


def events_shown(ledger: Ledger) -> int:
    """How many events the read model holds once it has caught up."""
    with duckdb.connect(str(ledger.generation(notes=lambda _: None)), read_only=True) as connection:
        row = connection.execute("SELECT count(*) FROM event").fetchone()
    assert row is not None
    return int(row[0])


def write_file(path: Path, events: int = EVENTS_OF_A_FILE) -> None:
    """A JSON Lines file of registrations."""
    fields = {"type": "firm_registered", "known_on": "2025-10-31", "effective": "2025-10-01", "sources": [SOURCE]}
    lines = (json.dumps({**fields, "firm_id": f"firm-{n}", "name": f"Firm {n}"}) for n in range(events))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def race_to_correct(
    root: Path, units: dict[str, str], racer: int, rounds: int, start: Barrier, out: Connection
) -> None:
    """In each round correct one event that all want to correct; send what became of each."""
    results: list[tuple[str, str]] = []
    application = PolicyTrack(SQLiteStore(root / "events.db"), units)
    for number in range(rounds):
        fields = {"name": f"By {racer}", "event_id": f"00000000-0000-4000-9000-{racer:06}{number:06}"}
        superseded = {"event_id": f"00000000-0000-4000-8000-{number:012}", "because": "error"}
        wanted = firm(f"firm-{number}", **fields, supersedes=superseded)
        start.wait(60)
        try:
            (outcome,) = application.record([wanted])
        except PolicytrackError as refusal:
            results.append((type(refusal).__name__, str(refusal)))
        except BaseException:
            start.abort()
            raise
        else:
            results.append(("recorded", f"e{outcome.position}"))
    application.close()
    out.send(results)


def race_for_an_id(root: Path, units: dict[str, str], racer: int, rounds: int, start: Barrier, out: Connection) -> None:
    """In each round register one firm id that all want; send what became of each."""
    results: list[tuple[str, str]] = []
    application = PolicyTrack(SQLiteStore(root / "events.db"), units)
    for number in range(rounds):
        wanted = firm(f"firm-{number}", name=f"By {racer}", event_id=f"00000000-0000-4000-8000-{racer:06}{number:06}")
        start.wait(60)
        try:
            (outcome,) = application.record([wanted])
        except PolicytrackError as refusal:
            results.append((type(refusal).__name__, str(refusal)))
        except BaseException:
            start.abort()
            raise
        else:
            results.append(("recorded", f"e{outcome.position}"))
    application.close()
    out.send(results)
