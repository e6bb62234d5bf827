"""Measurements beside other programs that answer as of a date, where they are installed: each as a whole process, from a
cold start, over the same changes.
"""

from __future__ import annotations

import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from benchmarks.rows import Row, timed
from policytrack.events import EVENT_TYPES
from policytrack.ledger import Ledger

COUNT, FACILITIES = 20_000, 1_000
FIRST, AS_OF = date(2005, 1, 1), date(2016, 6, 30)
QUESTION = f"SELECT facility, sum(amount) FROM change WHERE day <= '{AS_OF}' GROUP BY facility"


class Change(NamedTuple):
    """So much more at a facility from a day on."""

    day: date
    facility: int
    amount: int


def as_of_balance(folder: Path, _count: int) -> Iterator[Row]:
    """What stands at each facility as of a day, by adding up all changes up to it."""
    chance = random.Random(5)
    changes = [
        Change(FIRST + timedelta(days=chance.randrange(7_000)), chance.randrange(FACILITIES), chance.randrange(1, 900))
        for _ in range(COUNT)
    ]
    ours = _ours(folder, changes)
    what = f"balance of {FACILITIES:,} facilities as of a day, {COUNT:,} changes"
    journal = _journal(folder, changes)
    for name, words in (
        ("ledger", ["ledger", "-f", str(journal), "--end", str(AS_OF + timedelta(days=1)), "--flat", "balance"]),
        ("hledger", ["hledger", "-f", str(journal), "balance", "--flat", "--end", str(AS_OF + timedelta(days=1))]),
    ):
        if shutil.which(name) is None:
            yield Row(what, "–", f"{name} is not installed here")
        else:
            yield _compared(what, name, ours, words)
    with _postgres(changes) as (asking, reason):
        yield _compared(what, "PostgreSQL, psql", ours, asking) if asking else Row(what, "–", reason)


def _compared(what: str, name: str, ours: list[str], theirs: list[str]) -> Row:
    times: tuple[list[float], list[float]] = [], []
    for _ in range(5):
        for words, seconds in zip((ours, theirs), times, strict=True):
            seconds.append(timed(lambda words=words: subprocess.run(words, capture_output=True, check=True)))  # type: ignore[misc]
    mine, yard = map(statistics.median, times)
    return Row(what, f"{mine:.2f} s", f"{name} {yard:.2f} s", f"{mine / yard:.2f}x")


def _ours(folder: Path, changes: list[Change]) -> list[str]:
    """A ledger of completions, and the command that asks it."""
    ledger = Ledger.create(folder / "peer")
    known = {"known_on": "2026-01-01", "sources": [{"title": "A notice", "class": "regulator"}]}
    registered = [("firm_registered", {"firm_id": "firm", "name": "Firm", "country": "CN"})]
    for n in range(FACILITIES):
        registered += [
            ("facility_registered", {"facility_id": f"f-{n}", "name": f"F {n}", "country": "CN", "operator_id": "firm"}),
            ("project_registered", {"project_id": f"p-{n}", "name": f"P {n}", "facility_id": f"f-{n}",
                                    "activity_id": "crude-steel", "firm_id": "firm"}),
        ]  # fmt: skip
    rows = [(type_, {**fields, "effective": str(FIRST)}) for type_, fields in registered]
    rows += [
        ("project_completed", {"project_id": f"p-{change.facility}", "capacity": str(change.amount),
                               "effective": str(change.day), "sources": [{"title": f"No. {n}", "class": "regulator"}]})
        for n, change in enumerate(changes)
    ]  # fmt: skip
    file = folder / "peer.jsonl"
    with file.open("w", encoding="utf-8") as out:
        for n, (type_, fields) in enumerate(rows):
            given = {**known, **fields, "type": type_, "event_id": f"00000000-0000-4000-8000-{n:012}"}
            out.write(EVENT_TYPES[type_].model_validate(given).to_json() + "\n")
    ledger.import_files([("peer.jsonl", file)], today=date(2026, 1, 1))
    ledger.generation(notes=lambda _: None)
    asked = ["capacity", "--by", "facility", "--as-of", str(AS_OF), "--known-at", "2026-01-01"]
    return [sys.executable, "-m", "policytrack", "-C", str(ledger.root), *asked]


def _journal(folder: Path, changes: list[Change]) -> Path:
    journal = folder / "changes.journal"
    with journal.open("w", encoding="utf-8") as out:
        for change in sorted(changes):
            out.write(f"{change.day} stated\n    f:{change.facility}  {change.amount} t\n    source\n\n")
    return journal


@contextmanager
def _postgres(changes: list[Change]) -> Iterator[tuple[list[str], str]]:
    """The command that asks a server of our own, in a folder of its own; or none, and why."""
    programs = Path(os.path.realpath(shutil.which("initdb") or "")).parent
    if not (programs / "pg_ctl").exists() or shutil.which("psql") is None:
        yield [], "PostgreSQL is not installed here"
        return
    who = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []  # it refuses to run as root
    with tempfile.TemporaryDirectory(prefix="policytrack-pg-") as root:
        if who:
            shutil.chown(root, "postgres")
        control = [*who, str(programs / "pg_ctl"), "-D", f"{root}/data", "-w"]
        psql = [*who, "psql", "-q", "-h", root, "-d", "postgres"]
        _run([*who, str(programs / "initdb"), "-D", f"{root}/data", "-A", "trust"])
        _run([*control, "-o", f"-c listen_addresses='' -k {root}", "-l", f"{root}/log", "start"])
        try:
            _run(
                [
                    *psql,
                    "-c",
                    "CREATE TABLE change (day date NOT NULL, facility integer NOT NULL, amount numeric(18, 3))",
                ]
            )
            _run(
                [*psql, "-c", "COPY change FROM STDIN"],
                "".join(f"{one.day}\t{one.facility}\t{one.amount}\n" for one in changes),
            )
            _run(
                [*psql, "-c", "CREATE INDEX ON change (day) INCLUDE (facility, amount)", "-c", "VACUUM ANALYZE change"]
            )
            yield [*psql, "-c", QUESTION], ""
        finally:
            _run([*control, "-m", "fast", "stop"])


def _run(words: list[str], given: str = "") -> None:
    subprocess.run(
        words, input=given, text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True, cwd="/"
    )
