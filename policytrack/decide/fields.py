"""Checks the values of custom fields against their declarations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from policytrack.events.custom_fields import FieldValue
from policytrack.events.envelope import Event, Registers
from policytrack.events.registry import FacilityRegistered, FirmRegistered, ProjectRegistered
from policytrack.values.field_values import Declaration

HAVING_FIELDS: Final = (FirmRegistered, FacilityRegistered, ProjectRegistered)
"""The events that state values of custom fields."""


class FieldFault(NamedTuple):
    """A value that its field does not accept: the number of the value in the event, what is wrong, and the cure."""

    number: int
    value: FieldValue
    what: str
    hint: str


def values_of(event: Event) -> tuple[FieldValue, ...]:
    """Return the values of custom fields that an event states."""
    return (event.fields or ()) if isinstance(event, HAVING_FIELDS) else ()


def faults(event: Event, declaration_of: Callable[[str], Declaration | None]) -> Iterator[FieldFault]:
    """Yield the faults of an event's values. `declaration_of` returns None for a field that is not to be checked."""
    for number, one in enumerate(values_of(event)):
        declaration = declaration_of(one.field_id)
        if declaration is None:
            continue
        kind = event.ids(Registers)[0][0]
        if kind not in declaration.applies_to:
            what = f"the field is declared for {' and '.join(declaration.applies_to)}, not for {kind}"
            yield FieldFault(number, one, what, f"leave it out, or correct its declaration to apply to {kind} too")
        elif (fault := declaration.fault(one.value)) is not None:
            yield FieldFault(number, one, *fault)
