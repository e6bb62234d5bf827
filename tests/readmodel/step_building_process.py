"""A process that keeps catching up a read model with steps, until it is killed: `step_building_process.py FOLDER EVENTS FIRST`."""

from __future__ import annotations

import sys
from pathlib import Path

from read_model_support import Record, caught_up

from policytrack.readmodel.folder import ReadModelFolder
from policytrack.readmodel.sql_files import Catalogue
from policytrack.resources import EVENTS, PROJECTIONS

STEP = 4


def folder_of(path: Path) -> ReadModelFolder:
    """A read model's folder over the catalogue of policytrack."""
    return ReadModelFolder(path, Catalogue.load(PROJECTIONS), EVENTS / "reference")


def main() -> None:
    """Catch up a few events at a time, and stay at the end."""
    folder, record = folder_of(Path(sys.argv[1])), Record.read(Path(sys.argv[2]))
    reached = int(sys.argv[3])
    while reached < len(record.rows):
        reached = min(len(record.rows), reached + STEP)
        caught_up(folder, record.first(reached), (2,))
        sys.stdout.write(f"{reached}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
