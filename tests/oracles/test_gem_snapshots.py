"""The tracker of April 2024 and that of March 2025 as two snapshots: the diff by known-at is that of the files.

Both are soak runs: of a part of the world, and of all of it.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Collection
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest

from policytrack.ledger import Ledger
from policytrack.values.country_names import country_code
from tests.cli.conftest import Run, policytrack
from tests.oracles.gem_steel import EXAMPLES, FOLDER, PHASES, PLANTS, patient, rows

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason=f"no data in {FOLDER}; POLICYTRACK_ORACLES names its parent"
)

SOME: Final = ("Germany", "Myanmar", "Hungary", "Australia", "Bangladesh", "Russia")
FIGURES: Final = ("operating", "idle", "pending_gross")
_STATUSES: Final = {
    "operating": "operating",
    "operating pre-retirement": "operating",
    "operating-pre-retirement": "operating",
    "mothballed": "idle",
    "mothballed-pre-retirement": "idle",
    "announced": "pending_gross",
    "construction": "pending_gross",
}
_PRODUCTS: Final = {"crude-steel": ("steel", "crude-steel"), "ironmaking": ("iron", "iron")}

Cells = dict[tuple[str, str, str], Decimal]


def of_2024(table: list[dict[str, str]]) -> Cells:
    """t/yr by country, activity and figure, added up from the phases; 0.1 is no figure."""
    cells: Counter[tuple[str, str, str]] = Counter()
    for row in table:
        for number in "123":
            for activity, (column, _) in _PRODUCTS.items():
                text, status = row[f"{column}_capacity_{number}"], _STATUSES.get(row[f"status_{number}"])
                if status and text != "0.1":
                    cells[_code(row["country"]), activity, status] += Decimal(text) * 1000  # type: ignore[assignment] # a Counter of decimals
    return _with_something(cells)


def counts(row: dict[str, str]) -> bool:
    """Whether a phase has or plans a capacity, known or not."""
    return any(
        row[f"{column}_capacity_{number}"] not in {"0.0", ""} and row[f"status_{number}"] in _STATUSES
        for number in "123"
        for column, _ in _PRODUCTS.values()
    )


def of_2025(table: list[dict[str, str]]) -> Cells:
    """The same, added up from the plants."""
    cells: Counter[tuple[str, str, str]] = Counter()
    for row in table:
        for status, figure in _STATUSES.items():
            for activity, (_, column) in _PRODUCTS.items():
                text = row.get(f"{status}-nominal-{column}-capacity-(ttpa)") or "0"
                cells[_code(row["country/area"]), activity, figure] += Decimal(text) * 1000  # type: ignore[assignment] # as above
    return _with_something(cells)


def _code(name: str) -> str:
    return country_code(name, lambda: None)  # type: ignore[arg-type, return-value] # all names are known


def _with_something(cells: Counter[tuple[str, str, str]]) -> Cells:
    return {cell: Decimal(amount) for cell, amount in cells.items() if amount}


def excerpt(path: Path, column: str, countries: Collection[str], folder: Path) -> Path:
    """A file with the rows of some countries."""
    target = folder / path.name
    chosen = [row for row in rows(path) if not countries or row[column] in countries]
    with target.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, list(chosen[0]))
        writer.writeheader()
        writer.writerows(chosen)
    return target


def snapshot(folder: Path, file: Path, key: str, map_: str, *words: str) -> Run:
    return patient(folder, "import", str(file), "--map", str(EXAMPLES / map_), "--snapshot", key, *words)


def answered(folder: Path, day: str) -> Cells:
    run = policytrack(folder, "capacity", "--as-of", day, "--known-at", day, "--json")
    return _with_something(
        Counter(
            {
                (row["country_code"], row["activity_id"], figure): Decimal(str(row[figure]))
                for row in json.loads(run.out)
                for figure in FIGURES
            }  # type: ignore[arg-type] # as above
        )
    )


@pytest.mark.soak  # `test_snapshot_law` does so in the suite, with a random table
@pytest.mark.parametrize("countries", [pytest.param(SOME, id="some"), pytest.param((), id="all")])
def test_two_snapshots_differ_by_known_at_as_the_files_do(tmp_path: Path, countries: tuple[str, ...]) -> None:
    ledger = tmp_path / "ledger"
    Ledger.create(ledger)
    phases, plants = (
        excerpt(PHASES, "country", countries, tmp_path),
        excerpt(PLANTS, "country/area", countries, tmp_path),
    )
    before, after = of_2024(rows(phases)), of_2025(rows(plants))
    snapshot(ledger, phases, "phase_id", "gem-steel-2024-phases.toml")
    assert answered(ledger, "2024-04-15") == before

    listed = {row["plant-id"] for row in rows(plants)}
    gone = {row["id"] for row in rows(phases) if row["id"] not in listed and counts(row)}
    assert gone
    told = snapshot(ledger, plants, "plant-id", "gem-steel-2025-plants.toml", "--dry-run", "-o", "-")
    assert f"{len(gone)} facilities are no longer listed, left unchanged" in told.err
    proposed = [json.loads(line) for line in told.out.splitlines()]
    assert not [event for event in proposed if event.get("facility_id", "").upper() in gone]
    assert answered(ledger, "2025-03-25") == before

    done = snapshot(ledger, plants, "plant-id", "gem-steel-2025-plants.toml", "--retire-absent")
    assert answered(ledger, "2025-03-25") == after
    assert answered(ledger, "2024-04-15") == before, "a later snapshot changed what was known before"
    again = snapshot(ledger, plants, "plant-id", "gem-steel-2025-plants.toml", "--retire-absent")
    assert " 0 new events" in again.err

    words = ("--from", "2025-03-25", "--to", "2025-03-25", "--known-from", "2024-04-15", "--known-to", "2025-03-25")
    figures = [word for figure in FIGURES for word in ("--figure", figure.replace("_", "-"))]
    stated = json.loads(policytrack(ledger, "diff", *words, *figures, "--json").out)
    ours: Counter[tuple[str, str, str]] = Counter()
    for row in stated:
        assert row["cause"] == "learned"
        ours[row["country_code"], row["activity_id"], row["figure"]] += Decimal(str(row["change"]))  # type: ignore[assignment] # as above
    cells = before.keys() | after.keys()
    direct = {cell: change for cell in cells if (change := after.get(cell, Decimal(0)) - before.get(cell, Decimal(0)))}
    assert _with_something(ours) == direct
    print(
        f"\nsnapshot oracle: {len(cells)} cells, {len(direct)} changed, all equal; {done.err.count('capacity_')} kinds of changes"
    )
