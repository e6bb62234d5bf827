"""Holds the state of comparing one edition of a table with the ledger, and builds revisions and retractions.

Only events of the table's own source are revised or retracted. Events of other sources, and events that a person
corrected, are left unchanged and reported.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from policytrack.events import Event
from policytrack.importing.snapshot.matching import day_of, gives_date, said, same_figures, same_time, time_of_revision
from policytrack.importing.snapshot.state import Current, Fields, State

Absent = Literal["left", "retired", "retracted"]
"""What to do with things that the table no longer lists."""


@dataclass(slots=True)
class Edition:
    """One edition of a table: its state, the ledger's state, and the events that are left unchanged."""

    known: State
    listed: State
    events: Sequence[Event]
    day: date
    absent: Absent = "left"
    left: dict[int, tuple[Current, str]] = field(default_factory=dict)
    """Events that are left unchanged although the table differs, by position, with the difference."""
    unlisted: list[Current] = field(default_factory=list)
    """Statements of the source that its table no longer has, about things that it still lists."""
    superseded: set[int] = field(default_factory=set)
    """Positions of the events that the edition has revised or retracted."""

    def between(self, subject: str, until: date | None = None) -> str:
        """Return the time from the last report of a subject to the table's day, or to `until`, as EDTF."""
        last, since = until or self.day, self.known.since.get(subject)
        return last.isoformat() if since is None or since >= last else f"{since}/{last}"

    def dated(self, event: Event, subject: str | None) -> Fields:
        """Return the fields of a new event; without a date it happened since the last report of its subject."""
        fields = as_fields(event)
        if subject in self.known.since and not gives_date(event, self.day):
            fields["effective"] = self.between(subject or "")
        return fields

    def revised(self, event: Event, old: Current, **other: Any) -> Iterator[Fields]:
        """Yield the revision of an event in force by an event of the table; nothing if it must be left unchanged.

        Fields that the table leaves blank keep their values; the fields in `other` override.
        """
        if self._is_left(old, event):
            return
        fields, new = as_fields(old.event), as_fields(event)
        fields |= {name: new[name] for name in (*said(event), "sources")}
        fields |= {"effective": time_of_revision(event, old, self.day), "known_on": self.day.isoformat()} | other
        fields["supersedes"] = {"event_id": str(old.event.event_id), "because": "revision"}
        self.superseded.add(old.position)
        yield fields

    def retracted(self, old: Current, reason: str) -> Iterator[Fields]:
        """Yield the retraction of an event of the source; nothing for an event of another source."""
        if not old.is_of_source or old.superseded_by is not None:
            self.leave(old, reason)
            return
        target = str(old.event.event_id)
        self.superseded.add(old.position)
        yield {"type": "event_retracted", "target": target, "because": "revision", "reason": reason}

    def leave(self, old: Current, what: str) -> None:
        """Note that an event is left unchanged although the table differs."""
        self.left.setdefault(old.position, (old, what))

    def _is_left(self, old: Current, event: Event) -> bool:
        what = f"the table says {words(event)}"
        if not old.is_of_source:
            self.leave(old, what)
        elif old.superseded_by is not None:
            self.leave(old, f"{what}, but e{old.superseded_by} supersedes the event later")
        elif any(
            same_figures(event, one) and same_time(event, one, self.day, old.first_known) for one in old.corrected
        ):
            self.leave(old, f"{what}, which was corrected as an error")
        return old.position in self.left


def as_fields(event: Event) -> Fields:
    """Return the fields of an event for recording it again: without ids, and without defaults."""
    fields: Fields = json.loads(event.to_json())
    for name in ("event_id", "supersedes", "recorded_by"):
        fields.pop(name, None)
    return fields


def words(event: Event) -> str:
    """Format an event's figure and date for a message."""
    figure = getattr(event, "capacity", None) or getattr(event, "stake_pct", None)
    when = event.effective.written or event.effective.edtf
    return f"{figure}, {when}" if figure is not None else f"{event.TOPIC}, {when}"


def last_day(current: Sequence[Current]) -> date | None:
    """Return the last day on which any of the events counts; None without events."""
    return max((day_of(one.event) for one in current), default=None)
