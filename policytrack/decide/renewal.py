"""Recording again what was retracted: under a new id, since an id belongs to one event for ever.

The new id is made of the old one and of the retraction, so that the same file gives the same ids. What the file says
about the old event (a correction, a retraction, a claim) is about the new one then. An event whose retraction is part
of the same import is not recorded again: the file itself says that it is retracted.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from uuid import UUID, uuid5

from policytrack.decide.state import Known, RecordedEvent
from policytrack.events.envelope import Event
from policytrack.events.meta import ClaimRecorded, EventRetracted


def renewed(event: Event, known: Known) -> Event:
    """The event as it is to be recorded: under a new id when the event with its id was retracted."""
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
    """The days from which revisions hid an event and its copies: until then they are the answer, and no new copy."""
    while event_id != new_id and (after := _gone_by(event_id, known)) is not None:
        by = known.events[event_id].superseded_by
        if by is not None and because_of(by.event) == "revision":
            yield by.event.known_on
        event_id = id_again(event_id, after)


def because_of(event: Event) -> str | None:
    """Why an event supersedes another; None when it supersedes nothing."""
    if isinstance(event, EventRetracted):
        return event.because
    return event.supersedes.because if event.supersedes is not None else None


def original_of(event: Event, known: Known) -> RecordedEvent | None:
    """The retracted event of which this one is a copy, by its id."""
    for one in known.statements.get(event.statement_key(), ()):
        after = _gone_by(one.event.event_id, known)
        if after is not None and id_again(one.event.event_id, after) == event.event_id:
            return one
    return None


def id_again(event_id: UUID, retraction: UUID) -> UUID:
    """The id of an event that is recorded again after a retraction."""
    return uuid5(event_id, f"again after {retraction}")


def id_to_record(event_id: UUID, known: Known) -> UUID:
    """The id under which an event was last recorded, or is to be recorded after its retraction."""
    while (after := _gone_by(event_id, known)) is not None:
        if after in known.imported or known.renewed_from.get(after) in known.imported:
            break
        event_id = id_again(event_id, after)
    return event_id


def _id_of_retraction(event: EventRetracted, known: Known) -> UUID:
    """A new id, when what the retraction retracted is in force again."""
    current = current_id(event.target, known)
    return event.event_id if current == event.target else uuid5(event.event_id, f"of {current}")


def current_id(event_id: UUID, known: Known) -> UUID:
    """The id under which an event was last recorded again; its own, when it was not."""
    while (after := _gone_by(event_id, known)) is not None and id_again(event_id, after) in known.events:
        event_id = id_again(event_id, after)
    return event_id


def _gone_by(event_id: UUID, known: Known) -> UUID | None:
    """The retraction by which neither an event nor a correction of it is in force."""
    recorded = known.events.get(event_id)
    last = recorded.newest.superseded_by if recorded is not None and recorded.is_gone else None
    return last.event.event_id if last is not None else None


def _about_current(event: Event, known: Known) -> Event:
    """The event, speaking of the current one of what was recorded again."""
    if isinstance(event, EventRetracted | ClaimRecorded):
        current = current_id(event.target, known)
        return event if current == event.target else event.model_copy(update={"target": current})
    if event.supersedes is not None and (current := current_id(event.supersedes.event_id, known)) != (
        event.supersedes.event_id
    ):
        supersedes = event.supersedes.model_copy(update={"event_id": current})
        return event.model_copy(update={"supersedes": supersedes})
    return event
