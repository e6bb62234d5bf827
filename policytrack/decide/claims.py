"""Validates a claim about an event: the field must exist, and the claimed value must differ from the recorded one.

Claimed values are stored in canonical form, so that a view can compare them with a later correction.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final, get_args, get_origin

from pydantic import TypeAdapter, ValidationError

from policytrack.errors import InvalidQuantity, MalformedInput, PolicytrackError
from policytrack.events.envelope import Event, Part, Registers, marks_of
from policytrack.values.dates import VagueDate
from policytrack.values.edtf import readable
from policytrack.values.quantities import Capacity, format_decimal

_ENVELOPE: Final = frozenset(Event.model_fields) - {"effective"}


def claimable(event_type: type[Event]) -> tuple[str, ...]:
    """Return the fields that a claim may contradict: `effective` and the event's own fields.

    Excluded are the id that the event registers and fields with parts, such as coordinates.
    """
    registered = {name for name, mark in marks_of(event_type).items() if isinstance(mark, Registers)}
    return tuple(
        name
        for name, info in event_type.model_fields.items()
        if name not in _ENVELOPE | registered and not _is_in_parts(info.annotation)
    )


def plain_value(event: Event, field: str, text: str, *, is_code: bool = False) -> str:
    """Return a claimed value in canonical form: ``5000`` for ``0.5万吨/年``, EDTF for a date.

    With `is_code`, a date is already EDTF and is not parsed as words. The value of a list field is returned unchanged.
    Raises `MalformedInput` when the event has no such field or the text is not a valid value for it, and
    `InvalidQuantity` when its unit has another dimension than the recorded value.
    """
    event_type = type(event)
    if field not in (fields := claimable(event_type)):
        raise MalformedInput(
            f"a claim cannot name the field {field!r} of a {event_type.TOPIC}", hint=f"use one of {', '.join(fields)}"
        )
    info = event_type.model_fields[field]
    if _is_list(info.annotation):
        return text
    adapter: TypeAdapter[Any] = TypeAdapter(info.rebuild_annotation())
    try:
        value = adapter.validate_python({"edtf": text} if is_code and _is_date(info.annotation) else text)
    except ValidationError as error:
        first = error.errors()[0]
        context = first.get("ctx", {})
        raise MalformedInput(
            f"{text!r} is not a valid {field} of a {event_type.TOPIC}: {context.get('what', first['msg'])}",
            hint=str(context.get("hint", "")),
        ) from error
    recorded = getattr(event, field)
    if isinstance(value, Capacity) and isinstance(recorded, Capacity) and recorded.unit is not None:
        value.in_unit_of(recorded.unit)
    return written(value)


def written(value: Any) -> str:
    """Format a value of an event in the canonical form that claims use."""
    if isinstance(value, Capacity):
        return value.figures
    if isinstance(value, VagueDate):
        return value.edtf
    if isinstance(value, Decimal):
        return format_decimal(value)
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def trouble_with(event: Event, field: str, claimed: str, name: str) -> PolicytrackError | None:
    """Return the error of a claim that contradicts an event in a field; None when the claim is valid.

    `name` is how the message names the event.
    """
    try:
        plain = plain_value(event, field, claimed, is_code=True)
    except (MalformedInput, InvalidQuantity) as error:
        return error
    if plain != claimed:
        return MalformedInput(
            f"claim_recorded.differing: {field} {claimed!r} is not in canonical form", hint=f"write {plain}"
        )
    recorded = getattr(event, field)
    if recorded is not None and not isinstance(recorded, tuple) and written(recorded) == claimed:
        return MalformedInput(
            f"{name} itself has {field} {readable(claimed) if isinstance(recorded, VagueDate) else claimed}",
            hint="record a claim that corroborates the event, or write the value that differs",
        )
    return None


def _is_in_parts(annotation: Any) -> bool:
    """Return whether a field's values have parts and no single-text form, such as the coordinates of a facility."""
    choices = (annotation, *get_args(annotation))
    return any(isinstance(choice, type) and issubclass(choice, Part) for choice in choices)


def _is_date(annotation: Any) -> bool:
    return VagueDate in (annotation, *get_args(annotation))


def _is_list(annotation: Any) -> bool:
    return tuple in (get_origin(annotation), *(get_origin(choice) for choice in get_args(annotation)))
