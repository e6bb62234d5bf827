"""Reads capacities from lines such as ``works | crude-steel | 500 kt/yr | 2026-01-05``."""

from collections.abc import Iterator
from typing import Any, BinaryIO


def read(stream: BinaryIO) -> Iterator[tuple[int | None, dict[str, Any]]]:
    """Yield each line as the line number and the fields of an event. No value is a float."""
    for number, line in enumerate(stream, 1):
        if not line.strip():
            continue
        facility, activity, capacity, day = (part.strip() for part in line.decode().split("|"))
        yield (
            number,
            {
                "type": "capacity_stated",
                "facility_id": facility,
                "activity_id": activity,
                "capacity": capacity,
                "effective": day,
                "known_on": day,
            },
        )
