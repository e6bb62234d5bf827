"""The Global Iron and Steel Tracker (Global Energy Monitor, CC BY 4.0): its files, and what it published from them.

The data is not part of the repository: `oracles` says where it is looked for.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

from policytrack.values.country_names import country_code
from tests.cli.conftest import Run, environment
from tests.oracles.npd import oracles as npd_folder

FOLDER: Final = npd_folder().parent / "gem-steel"
EXAMPLES: Final = Path(__file__).parents[2] / "docs" / "examples"
UNITS: Final = FOLDER / "units_2025-03-18.csv"
PLANTS: Final = FOLDER / "plants_2025-03-25.csv"
PHASES: Final = FOLDER / "phases_2024-04-15.csv"

TECHNOLOGIES: Final = {
    "Basic oxygen furnace (BOF)": ("crude-steel-basic-oxygen",),
    "Electric arc furnace (EAF)": ("crude-steel-electric-arc",),
    "Blast furnace (BF)": ("ironmaking-blast-furnace",),
    "Direct reduced iron (DRI)": ("ironmaking-direct-reduction",),
}
OTHER: Final = {"steelmaking": ("crude-steel", "crude-steel-open-hearth"), "ironmaking": ("ironmaking",)}
"""Activities of the column "Other or unspecified"."""

Cell = tuple[str, str, str]
"""Country code, status, technology."""


@dataclass(frozen=True)
class Published:
    """A cell of the published table: its capacity in t/yr, and the activities that it adds up."""

    capacity: Decimal
    activities: tuple[str, ...]


def published() -> dict[Cell, Published]:
    """The cells of the two tables of 2025-03-14, by country; without the rows of the world, which add them up."""
    cells = {}
    for kind, other in OTHER.items():
        text = (FOLDER / "published" / f"gist_{kind}@2025-03-14.json").read_text(encoding="utf-8")
        for row in json.loads(text, parse_float=Decimal):
            if row["Country"] == "Global":
                continue
            code = country_code(row.pop("Country"), lambda: None)  # type: ignore[arg-type, return-value] # all are known
            status = row.pop("Status")
            for column, capacity in row.items():
                activities = TECHNOLOGIES.get(column, other)
                cells[code, status, f"{kind}: {column}"] = Published(Decimal(capacity) * 1000, activities)
    return cells


def patient(folder: Path, *words: str) -> Run:
    """Run the command, however long it takes: a whole tracker goes in."""
    done = subprocess.run(
        [sys.executable, "-m", "policytrack", *words],
        cwd=folder,
        capture_output=True,
        env=environment(),
        timeout=1800,
        check=False,
    )
    run = Run(done.returncode, done.stdout.decode(), done.stderr.decode())
    assert run.code == 0, run.err
    return run


def rows(path: Path) -> list[dict[str, str]]:
    """The rows of a file."""
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
