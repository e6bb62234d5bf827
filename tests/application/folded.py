"""What a small record says is installed, folded in plain Python: for tests that ask hundreds of times."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from policytrack.decide.state import superseded_id
from policytrack.events import Event
from policytrack.events.capacity import CapacityRetired, CapacityStated
from policytrack.events.meta import EventRetracted
from policytrack.events.registry import FacilityRegistered
from policytrack.ledger import Ledger

Figures = dict[tuple[date, str | None], Decimal]
"""What is installed by the day on which it was known, and the country."""


def events_of(ledger: Ledger) -> list[Event]:
    """All events, in their order."""
    with ledger.application() as application:
        return list(application._read([]))


def installed(events: Iterable[Event], days: Iterable[date]) -> Figures:
    """What is installed in the end in each country, as known on each day."""
    events = list(events)
    until = {event.event_id: date.max for event in events}
    place = {event.event_id: (event.known_on, number) for number, event in enumerate(events)}
    for event in events:
        target = superseded_id(event)
        if target is not None:
            because = (
                event.because if isinstance(event, EventRetracted) else event.supersedes and event.supersedes.because
            )
            until[target] = min(until[target], date.min if because == "error" else event.known_on)
            if because == "error":
                place[event.event_id] = place[target]
    found: Figures = {}
    for day in days:
        country = {
            event.facility_id: event.country
            for event in events
            if isinstance(event, FacilityRegistered) and until[event.event_id] > day
        }
        holds: dict[str, Decimal] = {}
        happened = [
            event
            for event in events
            if isinstance(event, CapacityStated | CapacityRetired) and event.known_on <= day < until[event.event_id]
        ]
        for event in sorted(happened, key=lambda one: (one.effective.latest_by(one.known_on), place[one.event_id])):
            value = event.capacity.value or Decimal(0)
            before = holds.get(event.facility_id, Decimal(0))
            holds[event.facility_id] = value if isinstance(event, CapacityStated) else before - value
        for facility_id, value in holds.items():
            key = (day, country.get(facility_id))
            found[key] = found.get(key, Decimal(0)) + value
    return found
