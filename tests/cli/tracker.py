"""A tracker's table of units, the map that reads it, and a ledger that takes it."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from policytrack.ledger import Ledger
from tests.cli.conftest import Run, policytrack
from tests.copies import copied

MAP = """\
source = { title = "Tracker", publisher = "The Trackers", class = "aggregator" }
[[event]]
type = "firm_registered"
fields = { firm_id = { column = "owner", as_id = true }, name = { column = "owner" } }
[[event]]
type = "firm_registered"
unless = { parent = "" }
each = { columns = { parent_name = "parent" } }
fields = { firm_id = { column = "parent_name", as_id = true }, name = { column = "parent_name" } }
[[event]]
type = "stake_stated"
unless = { parent = "" }
each = { columns = { parent_name = "parent" } }
per = ["owner", "parent_name"]
fields = { owned_id = { column = "owner", as_id = true }, owner_id = { column = "parent_name", as_id = true }, stake_pct = { column = "share" } }
[[event]]
type = "facility_registered"
fields = { facility_id = { id = "{plant}" }, name = { column = "plant" }, country = { column = "country" }, operator_id = { column = "owner", as_id = true } }
[[event]]
type = "project_registered"
[event.fields]
project_id = { id = "{unit}" }
name = { text = "{plant} {unit}" }
facility_id = { id = "{plant}" }
activity_id = "alumina"
firm_id = { column = "owner", as_id = true }
[[event]]
type = "project_announced"
when = { status = ["announced", "construction", "cancelled"] }
fields = { project_id = { id = "{unit}" }, capacity = { column = "capacity", unit = "kt/yr" }, due = { column = "start" } }
[[event]]
type = "construction_started"
when = { status = "construction" }
fields = { project_id = { id = "{unit}" } }
[[event]]
type = "project_cancelled"
when = { status = "cancelled" }
fields = { project_id = { id = "{unit}" } }
[[event]]
type = "project_completed"
when = { status = ["operating", "idle", "retired"] }
fields = { project_id = { id = "{unit}" }, capacity = { column = "capacity", unit = "kt/yr" }, is_final = true, effective = { column = "start", otherwise = "../{known_on}" } }
[[event]]
type = "capacity_idled"
when = { status = "idle" }
per = ["plant"]
fields = { facility_id = { id = "{plant}" }, activity_id = "alumina", capacity = { sum = "capacity", unit = "kt/yr" } }
[[event]]
type = "capacity_retired"
when = { status = "retired" }
per = ["plant"]
fields = { facility_id = { id = "{plant}" }, activity_id = "alumina", capacity = { sum = "capacity", unit = "kt/yr" } }
"""
HEADER = ("unit", "plant", "country", "owner", "parent", "status", "capacity", "start")


OWNERS = "Big Corp [60.0%]; Small Corp [40.0%]"


def table(**changed: dict[str, str] | None) -> list[dict[str, str]]:
    """A table of units in every state, each at a plant of its own but for `a1` to `a3`; one of None is not listed."""
    given = {
        "a1": ("Alpha", "AU", "Alpha Ltd", OWNERS, "operating", "100", "1990"),
        "a2": ("Alpha", "AU", "Alpha Ltd", OWNERS, "operating", "50", ""),
        "a3": ("Alpha", "AU", "Alpha Ltd", OWNERS, "idle", "30", "1980"),
        "o1": ("O1", "CN", "O Ltd", "", "operating", "100", "1990"),
        "o2": ("O2", "CN", "O Ltd", "", "operating", "101", "1990"),
        "o3": ("O3", "CN", "O Ltd", "", "operating", "102", "1990"),
        "o4": ("O4", "CN", "O Ltd", "", "operating", ">0", ""),
        "o5": ("O5", "IN", "O Ltd", "", "operating", "103", ""),
        "o6": ("O6", "IN", "O Ltd", "", "operating", "70", "2001"),
        "k1": ("K1", "IN", "I Ltd", "", "idle", "30", "1980"),
        "k2": ("K2", "IN", "I Ltd", "", "idle", "31", "1980"),
        "n1": ("N1", "IN", "N Ltd", "", "announced", "200", "2030"),
        "n2": ("N2", "IN", "N Ltd", "", "announced", "201", "2030"),
        "n3": ("N3", "IN", "N Ltd", "", "announced", "202", "2030"),
        "n4": ("N4", "IN", "N Ltd", "", "announced", "203", "2030"),
        "c1": ("C1", "BR", "C Ltd", "", "construction", "300", "2026"),
        "c2": ("C2", "BR", "C Ltd", "", "construction", "301", "2026"),
        "c3": ("C3", "BR", "C Ltd", "", "construction", "302", "2026"),
        "x1": ("X1", "BR", "X Ltd", "", "cancelled", "40", ""),
    }
    rows = {unit: dict(zip(HEADER, (unit, *cells), strict=True)) for unit, cells in given.items()}
    for unit, change in changed.items():
        if change is None:
            del rows[unit]
        else:
            rows.setdefault(unit, dict.fromkeys(HEADER, "")).update(change)
    return list(rows.values())


class Tracker:
    """A ledger that takes the tracker's tables."""

    def __init__(self, folder: Path, like: Tracker | None = None) -> None:
        self.folder = folder
        if like is None:
            Ledger.create(folder)
        else:
            copied(like.folder, folder)
        (folder / "m.toml").write_text(MAP, encoding="utf-8")

    def take(self, day: str, rows: list[dict[str, str]], *words: str) -> Run:
        with (self.folder / "t.csv").open("w", encoding="utf-8", newline="") as lines:
            writer = csv.DictWriter(lines, HEADER)
            writer.writeheader()
            writer.writerows(rows)
        return policytrack(
            self.folder, "import", "t.csv", "--map", "m.toml", "--snapshot", "unit", "--known-on", day, *words
        )

    def changes(self, rows: list[dict[str, str]], *words: str) -> list[dict[str, Any]]:
        """What the second table would record."""
        run = self.take("2025-06-30", rows, "-n", "-o", "-", *words)
        assert run.code == 0, run.err
        return [json.loads(line) for line in run.out.splitlines()]


def brief(events: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    """Type, subject, capacity and when, of each event."""
    found = []
    for event in events:
        subject = next(
            event[name] for name in ("project_id", "facility_id", "owned_id", "firm_id", "target") if name in event
        )
        capacity = str((event.get("capacity") or {}).get("value", "")).removesuffix(".000")
        kind = event["type"] + ("*" if "supersedes" in event else "")
        found.append((kind, subject, capacity, event["effective"]["edtf"]))
    return found
