"""Events about events."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from policytrack.events.envelope import Because, Event, Text


class EventRetracted(Event):
    """An event no longer stands, and nothing takes its place. To restore it, record it again."""

    type: Literal["event_retracted"] = "event_retracted"
    target: UUID
    because: Because
    reason: Text

    @model_validator(mode="after")
    def _corrects_nothing(self) -> EventRetracted:
        if self.supersedes is not None:
            raise PydanticCustomError(
                "retraction_supersedes", "a retraction names its target, and supersedes no other event", {}
            )
        return self

    def tags(self) -> list[str]:
        """As for every event, with the event that is retracted."""
        return sorted({*super().tags(), f"event:{self.target}"})
