"""Undoing a transaction: its events are retracted as errors, and what they superseded is recorded again.

Superseding is permanent, so an event that the transaction corrected or retracted comes back as a copy under a new id:
see `policytrack.decide.renewal`. The copy is known from the day on which the undone event hid the original.
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
    """What undoes a transaction."""

    retracted: list[RecordedEvent] = field(default_factory=list)
    """The events that are retracted, in their order."""
    restored: list[RecordedEvent] = field(default_factory=list)
    """The events of other transactions that come back."""
    later: list[RecordedEvent] = field(default_factory=list)
    """Events of other transactions that rest on it: they are retracted too, or the undoing is refused."""
    events: list[Event] = field(default_factory=list)
    """The retractions and the copies, to be recorded together."""


def tags_to_undo(undone: set[UUID], known: Known) -> set[str]:
    """The tags of all that has to be read before the transaction of these events can be undone."""
    events = [known.events[event_id].event for event_id in undone if event_id in known.events]
    targets = {target for event in events if (target := superseded_id(event)) is not None}
    of_events = {f"event:{event_id}" for event_id in undone | targets}
    return of_events.union(tags_of_dependents(_ids_taken_away(undone, known), known))


def resting_on(undone: set[UUID], known: Known) -> list[RecordedEvent]:
    """The events of other transactions that correct one of these, or name an id that only these register."""
    correcting = {
        one.event.event_id
        for one in known.events.values()
        if superseded_id(one.event) in undone and not one.is_retraction and not one.is_gone
    }
    naming = {one.event.event_id for one in dependents(_ids_taken_away(undone, known), known)}
    resting = (correcting | naming) - undone
    return [one for event_id, one in known.events.items() if event_id in resting]


def undo(undone: set[UUID], known: Known, reason: str, new_id: Callable[[], UUID]) -> Undoing:
    """The retractions and the copies that undo these events."""
    found = Undoing()
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
            found.retracted.append(one)
            found.events.append(retraction)
    found.retracted.reverse()
    taken_away = _ids_taken_away(undone, known)
    for one in recorded:
        target = known.events.get(superseded_id(one.event) or UUID(int=0))
        if target is None or target.event.event_id in undone or target.superseded_by is not one:
            continue
        if any((kind, id_) in taken_away for kind, id_, _ in target.event.ids(Refers)):
            continue  # it names what is undone with it, as what the corrected event says does
        by = one.event.event_id if one.is_retraction else retractions.get(one.event.event_id) or _retraction_of(one)
        again = id_again(target.event.event_id, by)
        if again not in known.events:
            hidden_from = target.event.known_on
            if because_of(one.event) == "revision":
                hidden_from = max(hidden_from, one.event.known_on)
            found.restored.append(target)
            found.events.append(target.event.model_copy(update={"event_id": again, "known_on": hidden_from}))
    return found


def _retraction_of(one: RecordedEvent) -> UUID:
    assert one.superseded_by is not None  # noqa: S101 # it is retracted, else it is retracted now
    return one.superseded_by.event.event_id


def _ids_taken_away(undone: set[UUID], known: Known) -> set[Id]:
    """The ids that only these events register."""
    found: set[Id] = set()
    for event_id in undone:
        one = known.events.get(event_id)
        if one is not None and not one.is_gone and not _corrects_another(one, undone, known):
            found |= {(kind, id_) for kind, id_, _ in one.event.ids(Registers)}
    return found


def _corrects_another(one: RecordedEvent, undone: set[UUID], known: Known) -> bool:
    """Whether it is a correction, at the end of whose chain is an event that stays."""
    target = superseded_id(one.event)
    while target is not None:
        if target not in undone:
            return True
        older = known.events.get(target)
        target = superseded_id(older.event) if older is not None else None
    return False
