"""Finds the dependents of a registration: the events in force that name the registered id.

A registration cannot be retracted while it has dependents; they can be retracted in the same transaction. Nor can a
correction give a project, swap or lot with dependents an activity of another unit: their figures would change meaning.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator
from typing import Final

from pydantic import BaseModel

from policytrack.decide.fields import faults
from policytrack.decide.state import Known, RecordedEvent, superseded_id
from policytrack.errors import PolicytrackError, Refused, counted
from policytrack.events.activities import ActivityRegistered
from policytrack.events.custom_fields import FieldDeclared
from policytrack.events.envelope import Event, Refers, Registers
from policytrack.values.quantities import Capacity

Id = tuple[str, str]
SHOWN: Final = 10
"""The number of dependents that a message names."""


def ids_at_stake(events: Iterable[Event], known: Known) -> set[Id]:
    """Return the ids whose registrations these events retract, or correct to an activity of another unit."""
    ids = {id_ for event in events for id_ in _at_stake(event, known)}
    return ids.union(_of_activities({id_ for kind, id_ in ids if kind == "activity"}, known))


def _of_activities(activities: Container[str], known: Known) -> Iterator[Id]:
    """Yield the projects, swaps and lots of some activities: events that name only these have the activity's unit."""
    if not activities:
        return
    for one in known.events.values():
        if one.superseded_by is None and getattr(one.event, "activity_id", None) in activities:
            yield from ((kind, id_) for kind, id_, _ in one.event.ids(Registers) if kind != "activity")


def dependents(ids: Container[Id], known: Known) -> list[RecordedEvent]:
    """Return the events in force that name one of the ids, in the order of positions."""
    return [
        one
        for one in known.events.values()
        if one.superseded_by is None
        and not one.is_retraction
        and any((kind, id_) in ids for kind, id_, _ in one.event.ids(Refers))
    ]


def tags_of_dependents(ids: set[Id], known: Known) -> Iterator[str]:
    """Yield the tags to read: of the ids, and of the known events that name them (for their corrections)."""
    yield from (f"{kind}:{id_}" for kind, id_ in sorted(ids))
    for one in known.events.values():
        if any((kind, id_) in ids for kind, id_, _ in one.event.ids(Refers)):
            yield f"event:{one.event.event_id}"


def refuse_stranding(events: Iterable[Event], known: Known, refuse: Callable[[Event, PolicytrackError], None]) -> None:
    """Refuse each new event that would leave dependents without a registration.

    Call this after `known` has learned all events of the transaction: it may retract the dependents as well.
    """
    at_stake = [(event, ids) for event in events if (ids := sorted(ids_at_stake([event], known)))]
    if not at_stake:
        return
    using: dict[Id, list[RecordedEvent]] = defaultdict(list)
    for one in dependents({id_ for _, ids in at_stake for id_ in ids}, known):
        for used in dict.fromkeys((kind, id_) for kind, id_, _ in one.event.ids(Refers)):
            using[used].append(one)
    for event, ids in at_stake:
        target = known.events[superseded_id(event) or event.event_id]
        using_any = {one.position: one for id_ in ids for one in using[id_]}
        stranded = [one for _, one in sorted(using_any.items()) if one.event is not event and one is not target]
        if isinstance(event, FieldDeclared):
            stranded = [one for one in stranded if _is_stranded(one.event, event, target.event)]
        elif event.ids(Registers):  # a correction keeps the id: only dependents with a unit are affected
            stranded = [one for one in stranded if _has_unit(one.event)]
        if stranded:
            refuse(event, _stranding(event, target, ids, stranded))


def named(events: list[RecordedEvent]) -> str:
    """Format events for a message: position, type and date of the first `SHOWN`, then the number of others."""
    shown = [f"{one.name} {one.event.TOPIC} of {one.event.effective}" for one in events[:SHOWN]]
    return ", ".join(shown) + (f" and {len(events) - SHOWN} more" if len(events) > SHOWN else "")


def _stranding(event: Event, target: RecordedEvent, ids: list[Id], stranded: list[RecordedEvent]) -> Refused:
    registered = {(kind, id_) for kind, id_, _ in target.event.ids(Registers)}
    what = ", ".join(f"{kind} {id_}" for kind, id_ in ids if (kind, id_) in registered)
    verb = "uses" if len(stranded) == 1 else "use"
    if isinstance(event, FieldDeclared):
        return Refused(
            f"cannot change the declaration of {what}: {counted(len(stranded), 'event')} {verb} it with values that no"
            f" longer fit: {named(stranded)}",
            hint="correct these values first, or declare another field",
        )
    if target.event.TOPIC == event.TOPIC:
        gives, right = (
            ("it", "unit")
            if isinstance(event, ActivityRegistered)
            else (f"the unit of the activity that {target.name} gives", "activity")
        )
        return Refused(
            f"cannot change the unit of {what}: {counted(len(stranded), 'event')} {verb} {gives}: {named(stranded)}",
            hint=f"retract the registration with --cascade, then record it and its events with the right {right}",
        )
    return Refused(
        f"{target.name} registers {what}, which {counted(len(stranded), 'other event')} {verb}: {named(stranded)}",
        hint="correct the registration instead, or add --cascade to retract these events too",
    )


def _at_stake(event: Event, known: Known) -> Iterator[Id]:
    target_id = superseded_id(event)
    target = known.events.get(target_id) if target_id is not None else None
    if target is None:
        return
    for kind, id_, _ in target.event.ids(Registers):
        if event.ids(Registers):
            if _unit(event, known) != _unit(target.event, known) or _redeclares(event, target.event):
                yield kind, id_
        # Another registration of the id may be in force by now; then the dependents keep it.
        elif (registration := known.registrations.get((kind, id_))) is None or registration is target:
            yield kind, id_


def _redeclares(event: Event, target: Event) -> bool:
    """Return whether a correction changes which values a custom field accepts, or what its numbers mean."""
    is_declaration = isinstance(event, FieldDeclared) and isinstance(target, FieldDeclared)
    return is_declaration and event.declaration != target.declaration  # type: ignore[attr-defined] # of this type


def _is_stranded(event: Event, corrected: FieldDeclared, target: Event) -> bool:
    """Return whether an event states a value that a corrected declaration refuses, or in another unit."""
    if isinstance(target, FieldDeclared) and target.unit != corrected.unit:
        return True
    declared = {corrected.field_id: corrected.declaration}
    return any(True for _ in faults(event, declared.get))


def _unit(event: Event, known: Known) -> str | None:
    if isinstance(event, ActivityRegistered):
        return event.unit
    activity: str | None = getattr(event, "activity_id", None)
    return known.unit_of(activity) if activity else None


def _has_unit(event: Event) -> bool:
    return isinstance(event, ActivityRegistered) or any(capacities_in(event))


def capacities_in(part: BaseModel, path: str = "") -> Iterator[tuple[str, Capacity]]:
    """Yield the capacities and amounts of an event, each with the dotted path of its field."""
    for name, value in part.__dict__.items():
        if isinstance(value, Capacity):
            yield f"{path}{name}", value
        elif isinstance(value, tuple):
            for index, item in enumerate(value):
                if isinstance(item, BaseModel):
                    yield from capacities_in(item, f"{path}{name}.{index}.")
