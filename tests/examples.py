"""Events for the tests, each with an id of its own and as few words as may be."""

from __future__ import annotations

import itertools
from typing import Any
from uuid import UUID

from policytrack.events import EVENT_TYPES, Event

NUMBERS = itertools.count(1)
SOURCE = {"title": "Notice 1", "publisher": "Inner Mongolia", "class": "regulator"}


def make(type_: str, **fields: Any) -> Event:
    """An event of this type, from 1 October 2025 and known on the 31st unless it says otherwise."""
    defaults = {"event_id": UUID(int=next(NUMBERS)), "effective": "2025-10-01", "known_on": "2025-10-31"}
    return EVENT_TYPES[type_].model_validate({**defaults, "sources": [SOURCE], **fields})


def firm(firm_id: str = "solvay", **fields: Any) -> Event:
    return make("firm_registered", firm_id=firm_id, **{"name": firm_id.title(), **fields})


def facility(facility_id: str = "la-rochelle", **fields: Any) -> Event:
    return make("facility_registered", facility_id=facility_id, **{"name": "A works", "country": "FR", **fields})


def project(project_id: str = "line-2", **fields: Any) -> Event:
    """A project of `firm()` at `facility()`."""
    where = {"facility_id": "la-rochelle", "firm_id": "solvay", "activity_id": "rare-earth-separation"}
    return make("project_registered", project_id=project_id, **{"name": "A line", **where, **fields})


def stated(capacity: object, **fields: Any) -> Event:
    """A capacity of `facility()`."""
    where = {"facility_id": "la-rochelle", "activity_id": "rare-earth-separation"}
    return make("capacity_stated", capacity=capacity, **{**where, **fields})


def correction(event: Event, because: str = "revision", **changes: Any) -> Event:
    """The event as another one that supersedes it, with changes."""
    fields = {name: getattr(event, name) for name in type(event).model_fields if name != "event_id"}
    supersedes = {"event_id": event.event_id, "because": because}
    return make(event.type, **{**fields, "supersedes": supersedes, **changes})


def retraction(event: Event, because: str = "error", **fields: Any) -> Event:
    return make("event_retracted", target=event.event_id, because=because, **{"reason": "it is not so", **fields})


def again(event: Event, **changes: Any) -> Event:
    """The same statement by the same sources, under another id."""
    fields = {name: getattr(event, name) for name in type(event).model_fields if name != "event_id"}
    return make(event.type, **{**fields, **changes})
