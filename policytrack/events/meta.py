"""Events about events."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from policytrack.events.envelope import Because, Event, Text


class EventRetracted(Event):
    """An event no longer stands, and nothing takes its place. To restore it, record it again."""

    type: Literal["event_retracted"] = "event_retracted"
    target: UUID
    because: Because
    reason: Text

    def tags(self) -> list[str]:
        """As for every event, with the event that is retracted."""
        return sorted({*super().tags(), f"event:{self.target}"})
