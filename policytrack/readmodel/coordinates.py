"""The coordinates of an answer: when it is true, and what was known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

ALWAYS_COUNTED: Final = frozenset(
    {
        *("firm_registered", "facility_registered", "project_registered", "activity_registered", "field_declared"),
        *("firm_alias_registered", "event_retracted", "claim_recorded"),
    }
)
"""Types of events that a filter of evidence never leaves out: they are about ids, or about other events."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Which events are folded: those of these assertions (all if empty) with so many independent sources.

    Sources are counted as known at `known_at`, with those of claims that corroborate or verify.
    """

    assertions: tuple[str, ...]
    min_sources: int
    known_at: date

    @property
    def key(self) -> str:
        """Return a text that is the same for the same events."""
        sources = f"{self.min_sources} at {self.known_at}" if self.min_sources else ""
        return f"assertions {','.join(sorted(self.assertions))}; sources {sources}"


@dataclass(frozen=True, slots=True)
class Coordinates:
    """As of which day, known at which day, vague dates by which end, which extra kinds of stake count, and the head.

    `assertions` and `min_sources_folded` restrict the events that are folded; see `Counted`.
    `perimeter` is the day whose groups count in holdings, when it is not the day asked about. `head` is a ledger
    position: exactly what our file said there. None is the last event.
    """

    as_of: date
    known_at: date
    dates: Literal["latest", "earliest"] = "latest"
    include: tuple[str, ...] = ()
    head: int | None = None
    perimeter: date | None = None
    assertions: tuple[str, ...] = ()
    min_sources_folded: int = 0

    def counted(self) -> Counted | None:
        """Return which events count, None if all do: then the published read model answers."""
        if not self.assertions and not self.min_sources_folded:
            return None
        return Counted(self.assertions, self.min_sources_folded, self.known_at)

    def in_words(self) -> str:
        """Return which events count, as the options that say so; empty if all do."""
        words = ["--assertion " + ",".join(self.assertions)] if self.assertions else []
        words += [f"--min-sources-folded {self.min_sources_folded}"] if self.min_sources_folded else []
        return " ".join(words)

    def variables(self) -> dict[str, tuple[str, object]]:
        """The session variables that the views read: name to DuckDB type and value."""
        return {
            "as_of": ("DATE", self.as_of),
            "known_at": ("DATE", self.known_at),
            "dates": ("VARCHAR", self.dates),
            "include": ("VARCHAR[]", list(self.include)),
            "perimeter": ("DATE", self.perimeter),
        }
