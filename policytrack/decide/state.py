"""Holds the state of a decision: the events of its boundary, indexed by id, content and registration.

Events are learned in the order of positions. The state has no dates: an id is registered or not, and an event is in
force, corrected or retracted.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, cast
from uuid import UUID

from policytrack.errors import Place
from policytrack.events.activities import ActivityRegistered
from policytrack.events.custom_fields import FieldDeclared
from policytrack.events.envelope import Event, Registers
from policytrack.events.meta import EventRetracted
from policytrack.events.registry import ProjectRegistered
from policytrack.values.field_values import Declaration


@dataclass(slots=True)
class RecordedEvent:
    """A recorded event with its position, its tags and the event that superseded it."""

    position: int
    event: Event
    tags: list[str]
    superseded_by: RecordedEvent | None = None
    is_new: bool = False
    """Whether it belongs to the transaction being decided. Its position is provisional, so messages do not show it."""

    @property
    def name(self) -> str:
        """Return its name in messages, such as ``e15``."""
        return "another event recorded together with it" if self.is_new else f"e{self.position}"

    @property
    def is_retraction(self) -> bool:
        """Return whether it is the retraction of another event."""
        return isinstance(self.event, EventRetracted)

    @property
    def is_retracted(self) -> bool:
        """Return whether the event itself was retracted; False when only a correction of it was."""
        return self.superseded_by is not None and isinstance(self.superseded_by.event, EventRetracted)

    @property
    def newest(self) -> RecordedEvent:
        """Return the last event in the chain of corrections from this one, whether or not it is retracted."""
        newest = self
        while newest.superseded_by is not None and not newest.is_retracted:
            newest = newest.superseded_by
        return newest

    @property
    def is_gone(self) -> bool:
        """Return whether neither the event nor any correction of it is in force."""
        return self.newest.is_retracted


class RegionListed(NamedTuple):
    """A region in a dated list of regions; `is_whole` is False where the list names only a part, such as a city."""

    region_code: str
    is_whole: bool
    valid_from: date | None = None
    valid_to: date | None = None


RegionSets = Mapping[str, tuple[RegionListed, ...]]
"""Dated lists of regions, by id."""


def region_sets(rows: Iterable[Mapping[str, str]]) -> RegionSets:
    """Parse the rows of `events/reference/region_sets.csv` into dated lists of regions."""
    sets: dict[str, tuple[RegionListed, ...]] = {}
    for row in rows:
        start, end = (date.fromisoformat(row[name]) if row[name] else None for name in ("valid_from", "valid_to"))
        listed = RegionListed(row["region_code"], row["is_whole"] == "true", start, end)
        sets[row["region_set_id"]] = (*sets.get(row["region_set_id"], ()), listed)
    return sets


class FirstOccurrence(NamedTuple):
    """The first event of an import with a given content, and its place in the input."""

    event_id: UUID
    place: Place | None

    @property
    def name(self) -> str:
        """Return its name in messages: its place, when it has one."""
        return "another event recorded together with it" if self.place is None else str(self.place)


@dataclass(slots=True)
class Known:
    """The events that a decision has read.

    `units` is the unit of each built-in activity. Events of the transaction being decided have provisional positions
    after the head that was read.
    """

    units: dict[str, str]
    events: dict[UUID, RecordedEvent] = field(default_factory=dict)
    statements: dict[str, list[RecordedEvent]] = field(default_factory=dict)
    """Events by content: see `Event.statement_key`."""
    registrations: dict[tuple[str, str], RecordedEvent] = field(default_factory=dict)
    promised: dict[tuple[str, str], Event] = field(default_factory=dict)
    """Ids that events of the same import register: a file may name an id in a row before its registration."""
    region_sets: RegionSets = field(default_factory=dict)
    said: dict[str, FirstOccurrence] = field(default_factory=dict)
    """The first event of the import with each content, by statement key."""
    repetitions: list[tuple[UUID, FirstOccurrence]] = field(default_factory=list)
    """New events with the same content as an earlier one of the import, each with the earlier one."""
    renews: bool = True
    """Whether a retracted event may be recorded again under a new id; if False, ids are used literally."""
    imported: Container[UUID] = frozenset()
    """The event ids in the imported file."""
    renewals: dict[UUID, Event] = field(default_factory=dict)
    """Events of the import that are recorded in a changed form, by their ids in the file: see `renewed`."""
    renewed_from: dict[UUID, UUID] = field(default_factory=dict)
    """The ids in the file of events that are recorded under new ids, by the new ids."""

    def learn(self, position: int, event: Event, tags: list[str], *, is_new: bool = False) -> None:
        """Add one event. Call this in the order of positions."""
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
        """Remove an event. It must register nothing, and no event still to be decided may depend on it."""
        recorded = self.events.pop(event_id)
        key = recorded.event.statement_key()
        self.statements[key] = [one for one in self.statements[key] if one is not recorded]

    def saying(self, statement_key: str) -> RecordedEvent | None:
        """Return an event with this content that, or whose correction, is in force; None when there is none."""
        return next((one for one in self.statements.get(statement_key, ()) if not one.is_gone), None)

    def promise(self, event: Event) -> None:
        """Count the ids that an event of the import registers as registered, before the event is decided."""
        if event.event_id not in self.events:  # a recorded event is not recorded again, even when it is retracted
            self.promised |= {(kind, id_): event for kind, id_, _ in event.ids(Registers)}

    def registration(self, kind: str, id_: str) -> Event | None:
        """Return the event that registers the id, in the ledger or in the same import."""
        recorded = self.registrations.get((kind, id_))
        return recorded.event if recorded else self.promised.get((kind, id_))

    def is_registered(self, kind: str, id_: str) -> bool:
        """Return whether the id is registered, in the ledger or in the same import."""
        return self.registration(kind, id_) is not None or (kind == "activity" and id_ in self.units)

    def declaration(self, field_id: str) -> Declaration | None:
        """Return what a custom field accepts; None for an undeclared one."""
        declared = self.registration("field", field_id)
        return cast("FieldDeclared", declared).declaration if declared else None

    def unit_of(self, activity_id: str) -> str | None:
        """Return the unit of an activity; None for an unknown one.

        A registration counts before a built-in activity of the same id, which a later version of policytrack may have
        added: the figures of the ledger rest on the registered unit.
        """
        registered = self.registration("activity", activity_id)
        return cast("ActivityRegistered", registered).unit if registered else self.units.get(activity_id)

    def activity_of(self, event: Event) -> str | None:
        """Return the activity that an event, or its project, lot or swap, names; None when there is none."""
        activity_id: str | None = getattr(event, "activity_id", None)
        for kind in ("project", "lot", "swap"):
            if activity_id is None and (id_ := getattr(event, f"{kind}_id", None)) is not None:
                activity_id = getattr(self.registration(kind, id_), "activity_id", None)
        return activity_id

    def projects_around(self, event: ProjectRegistered) -> list[str]:
        """Return the projects that this one is a phase of, the nearest first; a circle ends with its first member."""
        return self._around("project", event.project_id, event.phase_of, "phase_of")

    def wholes_of(self, event: ActivityRegistered) -> list[str]:
        """Return the activities that this one is a part of, the nearest first; a circle ends with its first member."""
        return self._around("activity", event.activity_id, event.part_of, "part_of")

    def _around(self, kind: str, id_: str, whole: str | None, field: str) -> list[str]:
        """Follow the ids that the registrations of a kind have in a field, until this id or one of them comes again."""
        wholes: list[str] = []
        while whole is not None and whole not in wholes:
            wholes.append(whole)
            whole = getattr(self.registration(kind, whole), field, None) if whole != id_ else None
        return wholes


def superseded_id(event: Event) -> UUID | None:
    """Return the id of the event that this one corrects or retracts; None when there is none."""
    if isinstance(event, EventRetracted):
        return event.target
    return event.supersedes.event_id if event.supersedes else None
