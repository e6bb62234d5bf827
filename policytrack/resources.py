"""Locates the project's data files: `events/` and `projections/`.

In a checkout they are at its top. A wheel has them in `policytrack/_data/`.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Final

_PACKAGE: Final = Path(__file__).resolve().parent
_DATA: Final = _PACKAGE / "_data" if (_PACKAGE / "_data").is_dir() else _PACKAGE.parent

EVENTS: Final = _DATA / "events"
PROJECTIONS: Final = _DATA / "projections"


@cache
def reference_table(name: str) -> tuple[dict[str, str], ...]:
    """Return the rows of a CSV file in `events/reference/` as dicts of text: ``reference_table("activities")``."""
    with (EVENTS / "reference" / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return tuple(csv.DictReader(lines))


@cache
def activity_units() -> dict[str, str]:
    """Return the unit of every activity of the catalogue, by activity id."""
    return {row["activity_id"]: row["unit"] for row in reference_table("activities")}
