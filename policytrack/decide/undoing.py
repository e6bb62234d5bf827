"""Undoes a transaction: retracts its events as errors and records the events that they superseded again.

A superseded event stays superseded, so the events that the transaction corrected or retracted are recorded as copies
under new ids (see `policytrack.decide.renewal`). If a revision hid the original, the copy's known_on is the day of the
revision: before that day the original is still the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from policytrack.decide.dependents import Id, dependents, tags_of_dependents
from policytrack.decide.renewal import because_of, id_again
from policytrack.decide.state import Known, RecordedEvent, superseded_id
from policytrack.events.envelope import Event, Refers, Registers
from policytrack.events.meta import EventRetracted


@dataclass(slots=True)
class Undoing:
    """The events that undo a transaction, and the recorded events that they affect."""

    retracted: list[RecordedEvent] = field(default_factory=list)
    """The events to retract, in the order of positions."""
    restored: list[RecordedEvent] = field(default_factory=list)
    """Events of other transactions that are recorded again."""
    later: list[RecordedEvent] = field(default_factory=list)
    """Events of other transactions that depend on this one: with --cascade they are retracted, without it the undo is
    refused."""
    events: list[Event] = field(default_factory=list)
    """The retractions and the copies, to record in one transaction."""


def tags_to_undo(undone: set[UUID], known: Known, *, restores: bool = True) -> set[str]:
    """Return the tags of all events that must be read before these events can be undone.

    `restores` says whether the events that they superseded come back, as in an undo; a retraction restores nothing.
    """
    events = [known.events[event_id].event for event_id in undone if event_id in known.events]
    targets = {target for event in events if (target := superseded_id(event)) is not None}
    of_events = {f"event:{event_id}" for event_id in undone | targets}
    return of_events.union(tags_of_dependents(_ids_taken_away(undone, known, restores=restores), known))


def resting_on(undone: set[UUID], known: Known, *, restores: bool = True) -> list[RecordedEvent]:
    """Return the events of other transactions that correct one of these events, or name an id that only these register.

    They are in the order of positions. `restores` is that of `tags_to_undo`.
    """
    correcting = {
        one.event.event_id
        for one in known.events.values()
        if superseded_id(one.event) in undone and not one.is_retraction and not one.is_gone
    }
    naming = {one.event.event_id for one in dependents(_ids_taken_away(undone, known, restores=restores), known)}
    resting = (correcting | naming) - undone
    return [one for event_id, one in known.events.items() if event_id in resting]


def undo(undone: set[UUID], known: Known, reason: str, new_id: Callable[[], UUID]) -> Undoing:
    """Return the retractions and the copies that undo these events; `undone` are their ids, `reason` is recorded."""
    undoing = Undoing()
    retractions: dict[UUID, UUID] = {}
    recorded = sorted((known.events[event_id] for event_id in undone), key=lambda one: one.position)
    for one in reversed(recorded):  # a correction before what it corrects
        if not one.is_retraction and not one.is_retracted:
            retraction = EventRetracted(
                event_id=new_id(),
                effective=one.event.known_on,  # type: ignore[arg-type] # read as a vague date
                known_on=one.event.known_on,
                target=one.event.event_id,
                because="error",
                reason=reason,
            )
            retractions[one.event.event_id] = retraction.event_id
            undoing.retracted.append(one)
            undoing.events.append(retraction)
    undoing.retracted.reverse()
    taken_away = _ids_taken_away(undone, known, restores=True)
    for one in recorded:
        target = known.events.get(superseded_id(one.event) or UUID(int=0))
        if target is None or target.event.event_id in undone or target.superseded_by is not one:
            continue
        if any((kind, id_) in taken_away for kind, id_, _ in target.event.ids(Refers)):
            continue  # it names an id that only the undone events register, so a copy of it would be refused
        by = one.event.event_id if one.is_retraction else retractions.get(one.event.event_id) or _retraction_of(one)
        again = id_again(target.event.event_id, by)
        if again not in known.events:
            hidden_from = target.event.known_on
            if because_of(one.event) == "revision":
                hidden_from = max(hidden_from, one.event.known_on)
            undoing.restored.append(target)
            undoing.events.append(target.event.model_copy(update={"event_id": again, "known_on": hidden_from}))
    return undoing


def _retraction_of(one: RecordedEvent) -> UUID:
    assert one.superseded_by is not None  # noqa: S101 # an event without a new retraction is retracted already
    return one.superseded_by.event.event_id


def _ids_taken_away(undone: set[UUID], known: Known, *, restores: bool) -> set[Id]:
    """Return the ids that only these events register. A correction takes none away if it restores what it corrects."""
    ids: set[Id] = set()
    for event_id in undone:
        one = known.events.get(event_id)
        if one is not None and not one.is_gone and not (restores and _corrects_another(one, undone, known)):
            ids |= {(kind, id_) for kind, id_, _ in one.event.ids(Registers)}
    return ids


def _corrects_another(one: RecordedEvent, undone: set[UUID], known: Known) -> bool:
    """Return whether it corrects, directly or through other corrections, an event that is not undone."""
    target = superseded_id(one.event)
    while target is not None:
        if target not in undone:
            return True
        older = known.events.get(target)
        target = superseded_id(older.event) if older is not None else None
    return False
