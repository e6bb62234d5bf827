"""An edition of a table in comparison with the ledger: what both say at its day, and how a difference is recorded.

Only what the source itself said is revised or retracted. What others said, and what a person corrected, is left as it
is and reported.
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
"""What becomes of what the table no longer lists."""


@dataclass(slots=True)
class Edition:
    """A table of a day: what it lists, what is known, and what its events leave alone."""

    known: State
    listed: State
    events: Sequence[Event]
    day: date
    absent: Absent = "left"
    left: dict[int, tuple[Current, str]] = field(default_factory=dict)
    """By position: events that are left as they are, and what the table says instead."""
    unlisted: list[Current] = field(default_factory=list)
    """Statements of the source that its table no longer lists, of things that it lists."""
    superseded: set[int] = field(default_factory=set)
    """Positions of the events that the edition has revised or retracted."""

    def between(self, subject: str, until: date | None = None) -> str:
        """The time since the thing was last heard of, up to the day of the table or an earlier one."""
        last, since = until or self.day, self.known.since.get(subject)
        return last.isoformat() if since is None or since >= last else f"{since}/{last}"

    def dated(self, event: Event, subject: str | None) -> Fields:
        """A new event of the table; one of which the table gives no date has happened since the last edition."""
        fields = as_fields(event)
        if subject in self.known.since and not gives_date(event, self.day):
            fields["effective"] = self.between(subject or "")
        return fields

    def revised(self, event: Event, old: Current, **other: Any) -> Iterator[Fields]:
        """The revision of an event in force by one of the table. What the table leaves blank stays; `other` fields go
        before what it says. Nothing where the event in force is not the source's to revise."""
        if self._is_left(old, event):
            return
        fields, new = as_fields(old.event), as_fields(event)
        fields |= {name: new[name] for name in (*said(event), "sources")}
        fields |= {"effective": time_of_revision(event, old, self.day), "known_on": self.day.isoformat()} | other
        fields["supersedes"] = {"event_id": str(old.event.event_id), "because": "revision"}
        self.superseded.add(old.position)
        yield fields

    def retracted(self, old: Current, reason: str) -> Iterator[Fields]:
        """The retraction of an event of the source. Nothing for one of others."""
        if not old.is_of_source or old.superseded_by is not None:
            self.leave(old, reason)
            return
        target = str(old.event.event_id)
        self.superseded.add(old.position)
        yield {"type": "event_retracted", "target": target, "because": "revision", "reason": reason}

    def leave(self, old: Current, what: str) -> None:
        """Note that an event is left as it is, though the table says something else."""
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
    """An event as the fields of one that is yet to be recorded: without an id, and with nothing that is a default."""
    fields: Fields = json.loads(event.to_json())
    for name in ("event_id", "supersedes", "recorded_by"):
        fields.pop(name, None)
    return fields


def words(event: Event) -> str:
    """What an event says, in a few words: its figure and its date."""
    figure = getattr(event, "capacity", None) or getattr(event, "stake_pct", None)
    when = event.effective.written or event.effective.edtf
    return f"{figure}, {when}" if figure is not None else f"{event.TOPIC}, {when}"


def last_day(current: Sequence[Current]) -> date | None:
    """The last day on which any of the events counts."""
    return max((day_of(one.event) for one in current), default=None)
