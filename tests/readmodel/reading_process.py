"""A process that keeps opening and reading what stands, until its input ends: `reading_process.py FOLDER`."""

from __future__ import annotations

import select
import sys
from pathlib import Path

import duckdb
from building_process import EVENTS
from read_model_support import Oracle, random_record

from policytrack.readmodel.generation import read_pointer

DAYS = ("2020-02-10", "2020-02-20")


def read_once(folder: Path, digests: list[str], expected: dict[int, object]) -> int | None:
    """Open what stands as any client does, and compare all that it says with the record; its position.

    None when two newer generations were published between looking and opening, so that the file is gone.
    """
    standing, damage = read_pointer(folder)
    if standing is None:
        assert damage == "" or damage.endswith("is missing"), damage
        return None
    try:
        plain = duckdb.connect(str(standing.path), read_only=True)
    except duckdb.IOException:
        assert not standing.path.exists()
        return None
    with plain:
        ((position, digest, events, last),) = plain.execute(
            "SELECT position, digest, (SELECT count(*) FROM event), (SELECT coalesce(max(position), 0) FROM event)"
            " FROM meta"
        ).fetchall()
        assert (position, digest) == (standing.position, digests[standing.position])
        assert (events, last) == (position, position)
        if position in expected:
            # On the file that is open: its name may stand for nothing by now.
            as_of, known_at = (f"DATE '{day}'" for day in DAYS)
            rows = plain.execute(f"SELECT facility_id, installed FROM facility_at({as_of}, {known_at})").fetchall()
            assert dict(rows) == expected[position]
    return int(position)


def main() -> None:
    """Read until the input ends; say how often, and how many positions were seen."""
    folder = Path(sys.argv[1]) / "readmodel"
    record = random_record(7, EVENTS)
    expected: dict[int, object] = {
        reached: Oracle(record.first(reached)).installed(*DAYS) for reached in range(0, EVENTS, 15)
    }
    seen: list[int] = []
    while not select.select([sys.stdin], [], [], 0)[0]:
        position = read_once(folder, record.digests, expected)
        if position is not None:
            seen.append(position)
    sys.stdout.write(f"{len(seen)} {len(set(seen))}\n")


if __name__ == "__main__":
    main()
