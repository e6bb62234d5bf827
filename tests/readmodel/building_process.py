"""A process that keeps catching up, until it is killed: `building_process.py FOLDER FIRST`."""

from __future__ import annotations

import sys
from pathlib import Path

from read_model_support import caught_up, make_folder, random_record

EVENTS = 400
STEP = 3


def main() -> None:
    """Catch up a few events at a time; at the end, begin again with a rebuild."""
    folder = make_folder(Path(sys.argv[1]))
    record = random_record(7, EVENTS)
    reached = int(sys.argv[2])
    while True:
        reached = min(EVENTS, reached + STEP)
        caught_up(folder, record.first(reached), (2,))
        sys.stdout.write(f"{reached}\n")
        sys.stdout.flush()
        if reached == EVENTS:
            folder.discard_current()
            reached = STEP


if __name__ == "__main__":
    main()
