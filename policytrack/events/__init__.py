"""Defines the event types as frozen classes, grouped by subject."""

from policytrack.events.catalogue import EVENT_TYPES, GROUPS
from policytrack.events.envelope import Event, Source, Supersedes

__all__ = ["EVENT_TYPES", "GROUPS", "Event", "Source", "Supersedes"]
