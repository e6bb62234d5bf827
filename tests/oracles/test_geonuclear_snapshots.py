"""The 25 revisions of the world's reactors, each as a snapshot by one map, against a direct computation on its own file.

A few revisions, and all of them, in the soak runs. The rule is that of `test_geonuclear`.
"""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Final

import pytest

from policytrack.ledger import Ledger
from tests.cli.conftest import policytrack
from tests.oracles.gem_steel import patient
from tests.oracles.geonuclear import Revision, country, revisions
from tests.oracles.test_geonuclear import FIXED, Answers, answered, direct, snapshots

DATES: Final = (*(date(year, 6, 30) for year in range(1956, 2018, 3)), *FIXED)
"""Before the first revision; with the day of each revision, 26."""
SOME: Final = frozenset({"DE", "FR", "JP", "CH", "KR", "IT"})


def record(ledger: Path, revision: Revision) -> None:
    """Record a revision as a snapshot; what it drops were duplicates."""
    file = ledger / f"{revision.name}.csv"
    with file.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, list(revision.rows[0]))
        writer.writeheader()
        writer.writerows(revision.rows)
    words = ("--map", "geonuclear", "--snapshot", "Id", "--known-on", revision.day.isoformat(), "--retract-absent")
    patient(ledger, "import", str(file), *words)


def compared(ledger: Path, asked: list[Revision]) -> tuple[int, list[str]]:
    """The number of figures of countries compared, and those that differ from the revision's own file."""
    pairs = [(on, revision.day) for revision in asked for on in (*DATES, revision.day)]
    with_file: Answers = {}
    for revision in asked:
        for on in (*DATES, revision.day):
            with_file.update(direct(revision, on, "latest"))
    ours = {
        cell: one
        for cell, one in answered(Ledger.find(ledger).generation(notes=lambda _: None), pairs, "latest").items()
        if any(one)
    }
    theirs = {cell: one for cell, one in with_file.items() if any(one)}
    wrong = [
        f"{cell}: ledger {ours.get(cell)}, file {theirs.get(cell)}"
        for cell in sorted(ours.keys() | theirs.keys())
        if ours.get(cell) != theirs.get(cell)
    ]
    return len(with_file), wrong


def _some(found: list[Revision]) -> list[Revision]:
    """Two revisions, three years apart, of a few countries."""
    return [
        Revision(one.name, one.day, tuple(row for row in one.rows if country(row) in SOME))
        for one in (found[0], found[9])
    ]


@pytest.mark.soak  # `test_snapshot_law` does so in the suite, with a random table
@pytest.mark.parametrize("every", [False, True])
def test_snapshots_of_the_revisions_give_the_past_of_each(tmp_path: Path, every: bool) -> None:
    found = revisions(snapshots())
    chosen = found if every else _some(found)
    policytrack(tmp_path, "init", "ledger")
    ledger = tmp_path / "ledger"
    for number, revision in enumerate(chosen):
        record(ledger, revision)
        # The last of a day is what is known on that day: those before are compared while they are the last.
        last_of_days = {one.day: one for one in chosen[: number + 1]}
        asked = [revision] if number + 1 < len(chosen) else list(last_of_days.values())
        count, wrong = compared(ledger, asked)
        assert not wrong, f"{revision.name}: {len(wrong)} of {count} differ; the first:\n" + "\n".join(wrong[:5])
    print(f"\n{count} figures of countries at {len(asked)} revisions and {len(DATES) + 1} dates, all equal")
