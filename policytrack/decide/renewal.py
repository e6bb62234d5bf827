"""Records a retracted event again, under a new id, because an id belongs to one event permanently.

The new id is derived from the old id and the retraction, so that importing a file twice gives the same ids. References
of the file to the old event (in a correction, a retraction, a claim) are changed to the new one. An event is not
recorded again when its retraction is part of the same import: the file itself retracts it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from uuid import UUID, uuid5

from policytrack.decide.state import Known, RecordedEvent
from policytrack.events.envelope import Event
from policytrack.events.meta import ClaimRecorded, EventRetracted


def renewed(event: Event, known: Known) -> Event:
    """Return the event to record: a copy under a new id when the event with its id was retracted."""
    again = _renewed(event, known) if known.renews else event
    if again is not event:
        known.renewals[event.event_id] = again
        if again.event_id != event.event_id:
            known.renewed_from[again.event_id] = event.event_id
    return again


def _renewed(event: Event, known: Known) -> Event:
    if event.event_id in known.events:
        new_id = (
            _id_of_retraction(event, known)
            if isinstance(event, EventRetracted)
            else id_to_record(event.event_id, known)
        )
        if new_id == event.event_id:
            return event
        hidden_from = max((event.known_on, *_days_of_hiding(event.event_id, new_id, known)))
        event = event.model_copy(update={"event_id": new_id, "known_on": hidden_from})
    return _about_current(event, known)


def _days_of_hiding(event_id: UUID, new_id: UUID, known: Known) -> Iterator[date]:
    """Yield the days from which revisions hid an event and its copies.

    Before such a day the original is still the answer, so the new copy must not be known earlier.
    """
    while event_id != new_id and (after := _gone_by(event_id, known)) is not None:
        by = known.events[event_id].superseded_by
        if by is not None and because_of(by.event) == "revision":
            yield by.event.known_on
        event_id = id_again(event_id, after)


def because_of(event: Event) -> str | None:
    """Return why an event supersedes another (``error`` or ``revision``); None when it supersedes nothing."""
    if isinstance(event, EventRetracted):
        return event.because
    return event.supersedes.because if event.supersedes is not None else None


def original_of(event: Event, known: Known) -> RecordedEvent | None:
    """Return the retracted event that this one is a copy of, recognised by its id; None when it is not a copy."""
    for one in known.statements.get(event.statement_key(), ()):
        after = _gone_by(one.event.event_id, known)
        if after is not None and id_again(one.event.event_id, after) == event.event_id:
            return one
    return None


def id_again(event_id: UUID, retraction: UUID) -> UUID:
    """Return the id of the copy of an event that is recorded again after a retraction."""
    return uuid5(event_id, f"again after {retraction}")


def id_to_record(event_id: UUID, known: Known) -> UUID:
    """Return the id of the latest copy of an event, or of the copy to record if the latest is retracted."""
    while (after := _gone_by(event_id, known)) is not None:
        if after in known.imported or known.renewed_from.get(after) in known.imported:
            break
        event_id = id_again(event_id, after)
    return event_id


def _id_of_retraction(event: EventRetracted, known: Known) -> UUID:
    """Return a new id for a retraction whose target is in force again; otherwise its own id."""
    current = current_id(event.target, known)
    return event.event_id if current == event.target else uuid5(event.event_id, f"of {current}")


def current_id(event_id: UUID, known: Known) -> UUID:
    """Return the id of the latest recorded copy of an event; its own id when there is no copy."""
    while (after := _gone_by(event_id, known)) is not None and id_again(event_id, after) in known.events:
        event_id = id_again(event_id, after)
    return event_id


def _gone_by(event_id: UUID, known: Known) -> UUID | None:
    """Return the id of the retraction that ended an event and its corrections; None when one is in force."""
    recorded = known.events.get(event_id)
    last = recorded.newest.superseded_by if recorded is not None and recorded.is_gone else None
    return last.event.event_id if last is not None else None


def _about_current(event: Event, known: Known) -> Event:
    """Return the event with its target replaced by the target's latest copy."""
    if isinstance(event, EventRetracted | ClaimRecorded):
        current = current_id(event.target, known)
        return event if current == event.target else event.model_copy(update={"target": current})
    if event.supersedes is not None and (current := current_id(event.supersedes.event_id, known)) != (
        event.supersedes.event_id
    ):
        supersedes = event.supersedes.model_copy(update={"event_id": current})
        return event.model_copy(update={"supersedes": supersedes})
    return event
