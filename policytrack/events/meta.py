"""Events about events."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BeforeValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from policytrack.events.envelope import Event, Item, Part, Source, Text
from policytrack.values.choices import Because

Stance = Literal["corroborates", "contradicts", "verifies"]


class EventRetracted(Event):
    """An event is withdrawn, and nothing replaces it. To restore it, record it again."""

    EFFECTIVE_DEFAULT = "known_on"

    type: Literal["event_retracted"] = "event_retracted"
    target: UUID
    """The event that is retracted: e14 or its id."""
    because: Because
    """`error`: it was recorded wrongly and never counts. `revision`: the source withdrew it; it counts until then."""
    reason: Text
    """Why it is retracted."""

    def tags(self) -> list[str]:
        """As for every event, with the event that is retracted."""
        return sorted({*super().tags(), f"event:{self.target}"})


def _as_text(value: Any) -> Any:
    """A figure that a file writes without quotes, as the text that it is."""
    return str(value).lower() if isinstance(value, bool) else str(value) if isinstance(value, int | Decimal) else value


class DifferingValue(Part):
    """A field of the target event, and the value that the source gives for it."""

    field: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=100)]
    """Name of the field of the target."""
    value: Annotated[Text, BeforeValidator(_as_text)]
    """In its stored form: a capacity as a number in the unit of its activity, a date as EDTF, ``CNY 470000000``."""


class ClaimRecorded(Event):
    """Another source corroborates, contradicts or verifies an event.

    No figure changes. The `sources` are those that make the claim; their publishers are the verifiers. A contradiction
    without `differing` denies the whole event.
    """

    EFFECTIVE_DEFAULT = "known_on"

    type: Literal["claim_recorded"] = "claim_recorded"
    sources: Annotated[tuple[Source, ...], Field(min_length=1), Item("source")]
    target: UUID
    """The event that the source is about: e14 or its id."""
    stance: Stance
    """`corroborates`: it states the same. `contradicts`: it states something else. `verifies`: it checked the fact."""
    differing: tuple[DifferingValue, ...] = ()
    """Value that a contradicting source gives: field=capacity,value=7200"""

    @model_validator(mode="after")
    def _only_a_contradiction_differs(self) -> ClaimRecorded:
        if self.differing and self.stance != "contradicts":
            raise PydanticCustomError(
                "differing_without_contradiction",
                "a claim that {stance} an event cannot have differing values",
                {"stance": self.stance, "hint": "record what differs as a claim of its own, with stance contradicts"},
            )
        names = [one.field for one in self.differing]
        if len(set(names)) < len(names):
            raise PydanticCustomError(
                "differing_twice", "a field occurs twice", {"hint": "record one claim for each value of a field"}
            )
        return self

    def tags(self) -> list[str]:
        """As for every event, with the event that is spoken of."""
        return sorted({*super().tags(), f"event:{self.target}"})
