"""Converts events to their stored form and back: plain JSON under a stable type name, validated in both directions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from eventsourcing.dcb.api import DCBEvent
from eventsourcing.dcb.domain import Tagged
from eventsourcing.dcb.persistence import DCBMapper
from pydantic import ValidationError

from policytrack.errors import IntegrityTrouble
from policytrack.events import EVENT_TYPES, Event
from policytrack.store.upcasts import UPCASTS, Upcasts, check_version, upcast


class EventMapper(DCBMapper[Any]):
    """Maps events to stored events and back. Type names resolve through the catalogue, never by importing a module."""

    def __init__(self, event_types: Mapping[str, type[Event]] = EVENT_TYPES, upcasts: Upcasts = UPCASTS) -> None:
        self.event_types, self.upcasts = event_types, upcasts

    def to_dcb_event(self, event: Tagged[Any]) -> DCBEvent:
        """Return the stored form of a tagged event."""
        return DCBEvent(event.decision.TOPIC, event.decision.to_json().encode(), list(event.tags))

    def to_domain_event(self, event: DCBEvent) -> Tagged[Any]:
        """Return the event of a stored form.

        Raises `IntegrityTrouble` for an unknown type, a version newer than the code, or invalid data.
        """
        event_type = self.event_types.get(event.type)
        if event_type is None:
            raise IntegrityTrouble(
                f"the ledger holds an event of unknown type {event.type!r}",
                hint="upgrade policytrack, since a newer version may have written it; then run `policytrack verify`",
            )
        try:
            if event.type in self.upcasts:
                raw = upcast(event.type, json.loads(event.data), event_type, self.upcasts)
                decision = event_type.model_validate(raw)
            else:
                decision = event_type.model_validate_json(event.data)
                check_version(event.type, decision.schema_version, event_type)
        except (ValidationError, ValueError) as cause:
            raise IntegrityTrouble(
                f"a stored {event.type} is invalid: {cause}",
                hint="run `policytrack verify` to find the first bad position",
            ) from cause
        return Tagged(list(event.tags), decision)
