"""What a decision knows of the record: the events of its boundary, folded one by one.

Nothing here depends on the order in which history was learned: an id is registered or not, an event stands,
is corrected, or is retracted.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple
from uuid import UUID

from policytrack.errors import Place
from policytrack.events.envelope import Event, Registers
from policytrack.events.meta import EventRetracted


@dataclass(slots=True)
class RecordedEvent:
    """An event of the record with its ledger position and tags, and what superseded it."""

    position: int
    event: Event
    tags: list[str]
    superseded_by: RecordedEvent | None = None
    is_new: bool = False
    """It is recorded together with what is being decided: its position is provisional, and may never be."""

    @property
    def name(self) -> str:
        """What a message calls it: ``e15``."""
        return "another event recorded together with it" if self.is_new else f"e{self.position}"

    @property
    def is_retraction(self) -> bool:
        """Whether it is the retraction of another event."""
        return isinstance(self.event, EventRetracted)

    @property
    def is_retracted(self) -> bool:
        """Whether it was retracted itself; not so when a correction of it was."""
        return self.superseded_by is not None and isinstance(self.superseded_by.event, EventRetracted)

    @property
    def newest(self) -> RecordedEvent:
        """The last in the chain of corrections that begins with this event, whether it stands or is retracted."""
        newest = self
        while newest.superseded_by is not None and not newest.is_retracted:
            newest = newest.superseded_by
        return newest

    @property
    def is_gone(self) -> bool:
        """Whether neither the event nor a correction of it stands."""
        return self.newest.is_retracted


class RegionListed(NamedTuple):
    """A region of a dated list of regions; not whole where only a part of it, such as a city, is meant."""

    region_code: str
    is_whole: bool
    valid_from: date | None = None
    valid_to: date | None = None


RegionSets = Mapping[str, tuple[RegionListed, ...]]
"""Dated lists of regions, by id."""


def region_sets(rows: Iterable[Mapping[str, str]]) -> RegionSets:
    """The dated lists of regions of `events/reference/region_sets.csv`, from its rows as text."""
    sets: dict[str, tuple[RegionListed, ...]] = {}
    for row in rows:
        start, end = (date.fromisoformat(row[name]) if row[name] else None for name in ("valid_from", "valid_to"))
        listed = RegionListed(row["region_code"], row["is_whole"] == "true", start, end)
        sets[row["region_set_id"]] = (*sets.get(row["region_set_id"], ()), listed)
    return sets


class Said(NamedTuple):
    """The first event of an import that says something, and where it is written."""

    event_id: UUID
    place: Place | None

    @property
    def name(self) -> str:
        """What a message calls it: its place, where there is one."""
        return "another event recorded together with it" if self.place is None else str(self.place)


@dataclass(slots=True)
class Known:
    """The part of the record that a decision has read.

    `units` is the activity catalogue: the unit of each activity. Positions of events that the decision itself
    is about to add are provisional: they follow the head that was read.
    """

    units: dict[str, str]
    events: dict[UUID, RecordedEvent] = field(default_factory=dict)
    statements: dict[str, list[RecordedEvent]] = field(default_factory=dict)
    """Events by what they say: see `Event.statement_key`."""
    registrations: dict[tuple[str, str], RecordedEvent] = field(default_factory=dict)
    promised: dict[tuple[str, str], Event] = field(default_factory=dict)
    """What other events of the same import register: a reference may come before its registration."""
    region_sets: RegionSets = field(default_factory=dict)
    said: dict[str, Said] = field(default_factory=dict)
    """What the import that is being decided says: the first event of each statement."""
    repetitions: list[tuple[UUID, Said]] = field(default_factory=list)
    """New events that say the same as another of the import, with that one."""
    renews: bool = True
    """Whether what was retracted may be recorded again under a new id; else an id means the very event."""
    imported: Container[UUID] = frozenset()
    """Ids that events of the import have in its file."""
    renewals: dict[UUID, Event] = field(default_factory=dict)
    """Events of the import that are recorded otherwise than written, by their written ids: see `renewed`."""
    renewed_from: dict[UUID, UUID] = field(default_factory=dict)
    """The written ids of those that are recorded under new ids."""

    def learn(self, position: int, event: Event, tags: list[str], *, is_new: bool = False) -> None:
        """Fold one event in. Events are learned in the order of their positions."""
        recorded = RecordedEvent(position, event, tags, is_new=is_new)
        self.events[event.event_id] = recorded
        self.statements.setdefault(event.statement_key(), []).append(recorded)
        target = superseded_id(event)
        if target is not None and (older := self.events.get(target)) is not None:
            older.superseded_by = recorded
            for kind, id_, _ in older.event.ids(Registers):
                self.registrations.pop((kind, id_), None)
        for kind, id_, _ in event.ids(Registers):
            self.registrations[kind, id_] = recorded

    def forget(self, event_id: UUID) -> None:
        """Forget an event, which registers nothing and which nothing still to be decided depends on."""
        recorded = self.events.pop(event_id)
        key = recorded.event.statement_key()
        self.statements[key] = [one for one in self.statements[key] if one is not recorded]

    def saying(self, statement_key: str) -> RecordedEvent | None:
        """An event that says this, or whose correction is in force; None when all that said it are retracted."""
        return next((one for one in self.statements.get(statement_key, ()) if not one.is_gone), None)

    def promise(self, event: Event) -> None:
        """Count on what an event that is to be recorded registers."""
        if event.event_id not in self.events:  # one that is there is not recorded again, retracted or not
            self.promised |= {(kind, id_): event for kind, id_, _ in event.ids(Registers)}

    def registration(self, kind: str, id_: str) -> Event | None:
        """What registers the id, or will by the same import."""
        recorded = self.registrations.get((kind, id_))
        return recorded.event if recorded else self.promised.get((kind, id_))

    def is_registered(self, kind: str, id_: str) -> bool:
        """Whether something of this kind stands under the id, or will by the same import."""
        return id_ in self.units if kind == "activity" else self.registration(kind, id_) is not None


def superseded_id(event: Event) -> UUID | None:
    """The event that this one corrects or retracts, if any."""
    if isinstance(event, EventRetracted):
        return event.target
    return event.supersedes.event_id if event.supersedes else None
