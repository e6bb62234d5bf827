"""What rests on a registration: events that name its id, which a retraction of the registration would strand.

A retraction is refused while events in force name what it takes away; retracting them in the same transaction makes it
possible. So is a correction that gives a project, swap or lot an activity of another unit: figures of its events would
change their meaning.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator
from typing import Final

from pydantic import BaseModel

from policytrack.decide.state import Known, RecordedEvent, superseded_id
from policytrack.errors import PolicytrackError, Refused, counted
from policytrack.events.envelope import Event, Refers, Registers
from policytrack.values.quantities import Capacity

Id = tuple[str, str]
SHOWN: Final = 10
"""Dependents that a message names."""


def ids_at_stake(events: Iterable[Event], known: Known) -> set[Id]:
    """The ids whose registrations these events retract, or correct to an activity of another unit."""
    return {id_ for event in events for id_ in _at_stake(event, known)}


def dependents(ids: Container[Id], known: Known) -> list[RecordedEvent]:
    """The events in force that name one of the ids, in their order."""
    return [
        one
        for one in known.events.values()
        if one.superseded_by is None
        and not one.is_retraction
        and any((kind, id_) in ids for kind, id_, _ in one.event.ids(Refers))
    ]


def tags_of_dependents(ids: set[Id], known: Known) -> Iterator[str]:
    """The tags of the events that name the ids, and of what became of those that are known to."""
    yield from (f"{kind}:{id_}" for kind, id_ in sorted(ids))
    for one in known.events.values():
        if any((kind, id_) in ids for kind, id_, _ in one.event.ids(Refers)):
            yield f"event:{one.event.event_id}"


def refuse_stranding(events: Iterable[Event], known: Known, refuse: Callable[[Event, PolicytrackError], None]) -> None:
    """Refuse each new event that would strand others, when all that is recorded together is known."""
    at_stake = [(event, ids) for event in events if (ids := sorted(set(_at_stake(event, known))))]
    if not at_stake:
        return
    using: dict[Id, list[RecordedEvent]] = defaultdict(list)
    for one in dependents({id_ for _, ids in at_stake for id_ in ids}, known):
        for used in dict.fromkeys((kind, id_) for kind, id_, _ in one.event.ids(Refers)):
            using[used].append(one)
    for event, ids in at_stake:
        target = known.events[superseded_id(event) or event.event_id]
        found = [one for id_ in ids for one in using[id_] if one.event is not event and one is not target]
        if event.ids(Registers):
            found = [one for one in found if any(_capacities_in(one.event))]
        if found:
            refuse(event, _stranding(event, target, ids, found))


def named(events: list[RecordedEvent]) -> str:
    """Events in a message: their numbers, types and dates, up to `SHOWN`."""
    shown = [f"{one.name} {one.event.TOPIC} of {one.event.effective}" for one in events[:SHOWN]]
    return ", ".join(shown) + (f" and {len(events) - SHOWN} more" if len(events) > SHOWN else "")


def _stranding(event: Event, target: RecordedEvent, ids: list[Id], found: list[RecordedEvent]) -> Refused:
    what = ", ".join(f"{kind} {id_}" for kind, id_ in ids)
    use = f"{counted(len(found), 'event')} {'uses' if len(found) == 1 else 'use'}"
    if target.event.TOPIC == event.TOPIC:
        return Refused(
            f"{use} {what}, whose capacities are in the unit of the activity that {target.name} gives: {named(found)}",
            hint="retract the registration with --cascade, then record it and them with the right activity",
        )
    return Refused(
        f"{target.name} registers {what}, which {use.replace('event', 'other event', 1)}: {named(found)}",
        hint="correct the registration instead, or retract these events too: --cascade",
    )


def _at_stake(event: Event, known: Known) -> Iterator[Id]:
    target_id = superseded_id(event)
    target = known.events.get(target_id) if target_id is not None else None
    if target is None:
        return
    for kind, id_, _ in target.event.ids(Registers):
        if event.ids(Registers):
            if _unit(event, known) != _unit(target.event, known):
                yield kind, id_
        elif (registration := known.registrations.get((kind, id_))) is None or registration is target:
            yield kind, id_


def _unit(event: Event, known: Known) -> str | None:
    activity: str | None = getattr(event, "activity_id", None)
    return known.units.get(activity) if activity else None


def _capacities_in(part: BaseModel) -> Iterator[Capacity]:
    for value in part.__dict__.values():
        if isinstance(value, Capacity):
            yield value
        elif isinstance(value, tuple):
            for item in value:
                if isinstance(item, BaseModel):
                    yield from _capacities_in(item)
