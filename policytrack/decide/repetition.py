"""Equal statements of one import: of two rows that say the same, only one would count, so the second is refused.

An event id that a file gives twice is one event said twice, and a registration, a correction or a retraction can only
happen once: repeating one of these changes nothing. Anything else may be two things (two furnaces of one size that
close in one month), and whether it is only a person can say.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid5

from policytrack.decide.state import Known, Said, superseded_id
from policytrack.errors import NeedsAcknowledgement, Place, PolicytrackError
from policytrack.events.content import REPEATED
from policytrack.events.envelope import Event, Registers

Refuse = Callable[[Event, PolicytrackError], None]


def is_repetition(event: Event, known: Known) -> bool:
    """Whether another event of the same import says the same."""
    first = known.said.get(event.statement_key())
    return first is not None and first.event_id != event.event_id and not _happens_once(event)


def note_said(event: Event, known: Known, place: Place | None, *, is_new: bool) -> None:
    """Note that the import says this; a new event that repeats another is looked at again by `refuse_repetitions`."""
    if is_new and is_repetition(event, known):
        known.repetitions.append((event.event_id, known.said[event.statement_key()]))
    known.said.setdefault(event.statement_key(), Said(event.event_id, place))


def refuse_repetitions(known: Known, refuse: Refuse) -> None:
    """Refuse each event that repeats another, when both are in force after the import."""
    for event_id, first in known.repetitions:
        recorded = known.events[event_id]
        others = (one for one in known.statements[recorded.event.statement_key()] if one is not recorded)
        if recorded.superseded_by is None and any(not one.is_gone for one in others):
            refuse(
                recorded.event,
                NeedsAcknowledgement(
                    f"{REPEATED}: this {recorded.event.TOPIC} says the same as {first.name}; as one statement it would"
                    " count once",
                    hint="two things: give each its own source locator (page, row), or acknowledge"
                    f" {REPEATED} with a reason of its own (`acknowledged: [{{check: {REPEATED}, reason: …}}]`);"
                    " one thing: delete one; parts of one: write their sum in one row",
                ),
            )


def id_of_repetition(event_id: UUID, number: int) -> UUID:
    """An id for a row without one that repeats another row, whose id it would have."""
    return uuid5(event_id, f"repetition {number}")


def _happens_once(event: Event) -> bool:
    return event.IS_REGISTRATION or superseded_id(event) is not None or bool(event.ids(Registers))
