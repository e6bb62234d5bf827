"""What a decision knows of the record: the events of its boundary, folded one by one.

Nothing here depends on the order in which history was learned: an id is registered or not, an event stands,
is corrected, or is retracted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from policytrack.events.envelope import Event, Registers
from policytrack.events.meta import EventRetracted


@dataclass(slots=True)
class RecordedEvent:
    """An event of the record with its ledger position, and the position of what superseded it."""

    position: int
    event: Event
    superseded_by: int | None = None
    retracted: bool = False


@dataclass(slots=True)
class Known:
    """The part of the record that a decision has read.

    `units` is the activity catalogue: the unit of each activity. Positions of events that the decision itself
    is about to add are provisional: they follow the head that was read.
    """

    units: dict[str, str]
    events: dict[UUID, RecordedEvent] = field(default_factory=dict)
    contents: dict[str, UUID] = field(default_factory=dict)
    registrations: dict[tuple[str, str], RecordedEvent] = field(default_factory=dict)
    promised: set[tuple[str, str]] = field(default_factory=set)
    """Ids that another event of the same import registers: a reference may come before its registration."""

    def learn(self, position: int, event: Event) -> None:
        """Fold one event in. Events are learned in the order of their positions."""
        recorded = RecordedEvent(position, event)
        self.events[event.event_id] = recorded
        self.contents[event.content_key()] = event.event_id
        target = superseded_id(event)
        if target is not None and (older := self.events.get(target)) is not None:
            older.superseded_by = position
            older.retracted = isinstance(event, EventRetracted)
            for kind, id_, _ in older.event.ids(Registers):
                self.registrations.pop((kind, id_), None)
        for kind, id_, _ in event.ids(Registers):
            self.registrations[kind, id_] = recorded

    def is_registered(self, kind: str, id_: str) -> bool:
        """Whether something of this kind stands under the id, or will by the same import."""
        if kind == "activity":
            return id_ in self.units
        return (kind, id_) in self.registrations or (kind, id_) in self.promised


def superseded_id(event: Event) -> UUID | None:
    """The event that this one corrects or retracts, if any."""
    if isinstance(event, EventRetracted):
        return event.target
    return event.supersedes.event_id if event.supersedes else None
