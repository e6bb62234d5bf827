"""The law of snapshots: for every edition, the ledger as known at its day says what a plain import of it alone says.

At any date, of what the edition dates. What it does not date it only says to have happened by its day, and what is idle
or a project's status only for its day: of these the days before the first edition and that of the edition are compared,
since an earlier edition may have known them between.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from policytrack.ledger import Ledger
from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.session import Session
from tests.cli.conftest import policytrack
from tests.oracles.editions import DAYS, MAP, Row, editions, is_dated, written

_FIGURES = """
SELECT day, facility_id, installed, idle
FROM (SELECT unnest($days::DATE[]) AS day), facility_capacity_at(day, $known_at)
WHERE installed <> 0 OR idle <> 0
"""
_STATUSES = "SELECT project_id, status FROM project_at($known_at, $known_at)"


def figures(folder: Path, days: Iterable[date], known_at: date) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """Installed and idle by day and facility, and the status of each project on the last day."""
    path = Ledger.find(folder).generation(notes=lambda _: None)
    with Session(path, Coordinates(known_at, known_at)) as session:
        rows = session.query(_FIGURES, {"days": sorted(set(days)), "known_at": known_at}).to_pylist()
        statuses = session.query(_STATUSES, {"known_at": known_at}).to_pylist()
    return (
        {(row["day"], row["facility_id"]): (row["installed"], row["idle"]) for row in rows},
        {row["project_id"]: row["status"] for row in statuses},
    )


def recorded(folder: Path, rows: list[Row], day: date, *words: str) -> None:
    """Import a table into a ledger."""
    if not (folder / "events.db").exists():
        Ledger.create(folder)
        (folder / "map.toml").write_text(MAP, encoding="utf-8")
    written(folder / "t.csv", rows)
    run = policytrack(folder, "import", "t.csv", "--map", "map.toml", "--known-on", day.isoformat(), *words)
    assert run.code == 0, run.err


def differences(random: Random, ledger: Path, alone: Path, rows: list[Row], day: date) -> list[str]:
    """What the ledger and the edition alone say otherwise, as known at its day."""
    dated = {row["Plant"] for row in rows} - {row["Plant"] for row in rows if not is_dated(int(row["Id"]))}
    before = [date(1970, 1, 1) + timedelta(random.randrange(17_000)) for _ in range(8)]
    between = [DAYS[0] + timedelta(random.randrange((DAYS[-1] - DAYS[0]).days)) for _ in range(6)]
    between = [one for one in between if one < day]
    ends = [date.fromisoformat(row[name]) for row in rows for name in ("From", "To") if row[name]]
    compared = {*before, *between, *random.sample(ends, min(len(ends), 8)), day}
    ours, our_status = figures(ledger, compared, day)
    theirs, their_status = figures(alone, compared, day)
    found = [
        f"{id_}: {our_status.get(id_)}, not {status}"
        for id_, status in their_status.items()
        if our_status.get(id_) != status
    ]
    for on, plant in sorted(ours.keys() | theirs.keys()):
        mine, other = ours.get((on, plant), (0, 0)), theirs.get((on, plant), (0, 0))
        if DAYS[0] <= on < day:
            if plant not in dated:
                continue
            mine, other = mine[:1], other[:1]
        if mine != other:
            found.append(f"{plant} on {on}: {mine}, not {other}")
    return found


def check(folder: Path, seed: int, rows: int, count: int, first: int = 0) -> None:
    """One history of editions, compared from the one of a number on."""
    random = Random(seed)
    ledger = folder / "ledger"
    for number, table in enumerate(editions(random, rows, count)):
        day = DAYS[number]
        recorded(ledger, table, day, "--snapshot", "Id", "--retract-absent")
        if number < first:
            continue
        alone = folder / f"alone-{number}"
        recorded(alone, table, day)
        wrong = differences(random, ledger, alone, table, day)
        assert not wrong, f"seed {seed}, edition of {day}:\n" + "\n".join(wrong[:10])
    words = ("--snapshot", "Id", "--known-on", day.isoformat(), "--retract-absent")
    again = policytrack(ledger, "import", "t.csv", "--map", "map.toml", *words)
    assert "nothing to do" in again.err, again.err


@pytest.mark.soak
def test_the_ledger_at_the_day_of_an_edition_says_what_the_edition_alone_says(tmp_path: Path) -> None:
    check(tmp_path, 0, 16, 2, first=1)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1, 21))
def test_random_histories_of_editions_obey_the_law(tmp_path: Path, seed: int) -> None:
    check(tmp_path, seed, 60, 5)
