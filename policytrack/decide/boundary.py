"""The consistency boundary of a decision: which events of the record it depends on.

If any event that matches appears between reading and appending, the decision is made again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from policytrack.decide.known import Known, superseded_id
from policytrack.events.catalogue import EVENT_TYPES
from policytrack.events.envelope import Event, Registers, marks_of
from policytrack.events.meta import EventRetracted


class Boundary(NamedTuple):
    """Events of one of these types (any, when empty) that carry this tag."""

    types: tuple[type[Event], ...]
    tag: str


def _registering() -> Iterator[tuple[str, type[Event]]]:
    for event_type in EVENT_TYPES.values():
        for mark in marks_of(event_type).values():
            if isinstance(mark, Registers):
                yield mark.kind, event_type


REGISTERED_BY: Final[dict[str, type[Event]]] = dict(_registering())
"""The event type that registers each kind of id."""


def boundary_of(events: Iterable[Event]) -> list[Boundary]:
    """What has to be read before these events can be decided.

    What supersedes carries tags of its target (see `tags_of`), so both are found under the same tag.
    """
    wanted: dict[Boundary, None] = {}
    for event in events:
        wanted[Boundary((), f"event:{event.event_id}")] = None
        wanted[Boundary((), f"content:{event.content_key()}")] = None
        if (target := superseded_id(event)) is not None:
            wanted[Boundary((), f"event:{target}")] = None
        for kind, id_, _ in event.ids():
            if (registering := REGISTERED_BY.get(kind)) is not None:
                wanted[Boundary((registering, EventRetracted), f"{kind}:{id_}")] = None
    return list(wanted)


def tags_of(event: Event, known: Known) -> list[str]:
    """The tags under which an event is appended, once its target is known.

    What supersedes an event carries the `event:` and `content:` tags of its target, so that whoever asks after one
    event meets all that became of it, and recording the same again does too. A retraction carries the target's other
    tags as well, so that whoever asks whether an id is registered meets it.
    """
    target = superseded_id(event)
    if target is None:
        return event.tags()
    is_retraction = isinstance(event, EventRetracted)
    inherited = {tag for tag in known.events[target].tags if is_retraction or tag.startswith(("event:", "content:"))}
    return sorted(inherited.union(event.tags()))
