"""The custom fields that a ledger declares, for templates and prompts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from policytrack.output.pretty import visible

if TYPE_CHECKING:
    from policytrack.events import Event

Declared = dict[str, Any]
"""A row of the query `custom_fields`."""


def declared_for(event_type: type[Event], declared: Sequence[Declared]) -> list[Declared]:
    """Return the custom fields that a registration may state; none for another type of event."""
    if "fields" not in event_type.model_fields:
        return []
    return [one for one in declared if event_type.TOPIC.removesuffix("_registered") in one["applies_to"]]


def choices_of(one: Declared) -> tuple[str, ...]:
    """Return the values that a field allows; empty if any value of its type is allowed."""
    return ("yes", "no") if one["value_type"] == "yes_no" else tuple(one["allowed"] or ())


def in_words(one: Declared) -> str:
    """Return the name, type and unit of a field, and what it states, in one line: ``Jobs: integer in people``."""
    values = f"one of {', '.join(choices_of(one))}" if choices_of(one) else one["value_type"]
    said = f"{one['name']}: {values}" + (f" in {one['unit']}" if one["unit"] else "")
    return visible(" ".join((f"{said}. {one['description']}" if one["description"] else said).split()))
