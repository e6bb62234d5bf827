"""The coordinates of an answer: when it is true, and what was known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal


@dataclass(frozen=True, slots=True)
class Coordinates:
    """As of which day, known at which day, vague dates by which end, which extra kinds of stake count, and the head.

    `perimeter` is the day whose groups count in holdings, when it is not the day asked about. `head` is a ledger
    position: exactly what our file said there. None is the last event.
    """

    as_of: date
    known_at: date
    dates: Literal["latest", "earliest"] = "latest"
    include: tuple[str, ...] = ()
    head: int | None = None
    perimeter: date | None = None

    def variables(self) -> dict[str, tuple[str, object]]:
        """The session variables that the views read: name to DuckDB type and value."""
        return {
            "as_of": ("DATE", self.as_of),
            "known_at": ("DATE", self.known_at),
            "dates": ("VARCHAR", self.dates),
            "include": ("VARCHAR[]", list(self.include)),
            "perimeter": ("DATE", self.perimeter),
        }
