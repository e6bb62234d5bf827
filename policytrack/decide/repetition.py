"""Refuses the second of two rows with equal content in one import, because only one of them would count.

Repeating an event id, a registration, a correction or a retraction changes nothing and is accepted. Any other two equal
rows may be one fact written twice or two facts (two furnaces of one size that close in one month). Only the user can
decide.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid5

from policytrack.decide.state import FirstOccurrence, Known, superseded_id
from policytrack.errors import NeedsAcknowledgement, Place, PolicytrackError
from policytrack.events.content import REPEATED
from policytrack.events.envelope import Event, Registers

Refuse = Callable[[Event, PolicytrackError], None]


def is_repetition(event: Event, known: Known) -> bool:
    """Return whether an earlier event of the same import has the same content under another id."""
    first = known.said.get(event.statement_key())
    return first is not None and first.event_id != event.event_id and not _happens_once(event)


def note_said(event: Event, known: Known, place: Place | None, *, is_new: bool) -> None:
    """Record that the import has this content; `refuse_repetitions` later decides about new events that repeat it."""
    if is_new and is_repetition(event, known):
        known.repetitions.append((event.event_id, known.said[event.statement_key()]))
    known.said.setdefault(event.statement_key(), FirstOccurrence(event.event_id, place))


def refuse_repetitions(known: Known, refuse: Refuse) -> None:
    """Refuse each event that repeats another if both are in force after the import."""
    for event_id, first in known.repetitions:
        recorded = known.events[event_id]
        others = (one for one in known.statements[recorded.event.statement_key()] if one is not recorded)
        if recorded.superseded_by is None and any(not one.is_gone for one in others):
            refuse(
                recorded.event,
                NeedsAcknowledgement(
                    f"{REPEATED}: this {recorded.event.TOPIC} has the same content as {first.name}; only one of them"
                    " would count",
                    hint="if they are two things, give each its own source locator (page, row), or acknowledge"
                    f" {REPEATED} with a reason of its own (`acknowledged: [{{check: {REPEATED}, reason: …}}]`);"
                    " if they are one thing, delete one; if they are parts of one thing, write their sum in one row",
                ),
            )


def id_of_repetition(event_id: UUID, number: int) -> UUID:
    """Return an id for a row that has none and repeats another row: derived ids of equal rows would be equal."""
    return uuid5(event_id, f"repetition {number}")


def _happens_once(event: Event) -> bool:
    return event.IS_REGISTRATION or superseded_id(event) is not None or bool(event.ids(Registers))
