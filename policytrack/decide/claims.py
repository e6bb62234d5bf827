"""What a claim may say of an event: a field that the event has, and another value than the recorded one.

The value is written in its plainest form, so that it can be seen when a correction says the same.
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
from policytrack.values.units import SIGNS

_ENVELOPE: Final = frozenset(Event.model_fields) - {"effective"}


def claimable(event_type: type[Event]) -> tuple[str, ...]:
    """The fields of which a claim can speak: those of the event itself and `effective`, as far as they are written in
    one text, and not the id that it registers."""
    registered = {name for name, mark in marks_of(event_type).items() if isinstance(mark, Registers)}
    return tuple(
        name
        for name, info in event_type.model_fields.items()
        if name not in _ENVELOPE | registered and not _is_in_parts(info.annotation)
    )


def plain_value(event: Event, field: str, text: str, *, is_code: bool = False) -> str:
    """The text of a claimed value in its plainest form: ``5000`` for ``0.5万吨/年``, EDTF for a date.

    With `is_code`, the text is such a form already: the code of a date, which is not read as words. The value of a
    field that is a list stays as it is written. Raises `MalformedInput` when the event has no such
    field or the text cannot be its value, `InvalidQuantity` when it is of another dimension than what is recorded.
    """
    event_type = type(event)
    if field not in (fields := claimable(event_type)):
        raise MalformedInput(
            f"a claim cannot speak of {field!r} of a {event_type.TOPIC}", hint=f"it has {', '.join(fields)}"
        )
    info = event_type.model_fields[field]
    if _is_list(info.annotation):
        return text
    adapter: TypeAdapter[Any] = TypeAdapter(info.rebuild_annotation())
    try:
        value = adapter.validate_python({"edtf": text} if is_code and _is_date(info.annotation) else text)
    except ValidationError as error:
        first = error.errors()[0]
        told = first.get("ctx", {})
        raise MalformedInput(
            f"{text!r} is not a {field.replace('_', ' ')} of a {event_type.TOPIC}: {told.get('what', first['msg'])}",
            hint=str(told.get("hint", "")),
        ) from error
    recorded = getattr(event, field)
    if isinstance(value, Capacity) and isinstance(recorded, Capacity) and recorded.unit is not None:
        value.in_unit_of(recorded.unit)
    return written(value)


def written(value: Any) -> str:
    """A value of an event as a claim writes it."""
    if isinstance(value, Capacity):
        return value.bound if value.value is None else f"{SIGNS.get(value.bound, '')}{format_decimal(value.value)}"
    if isinstance(value, VagueDate):
        return value.edtf
    if isinstance(value, Decimal):
        return format_decimal(value)
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def trouble_with(event: Event, field: str, claimed: str, name: str) -> PolicytrackError | None:
    """Why a source cannot be said to contradict an event (called `name`) in a field; None when it can."""
    try:
        plain = plain_value(event, field, claimed, is_code=True)
    except (MalformedInput, InvalidQuantity) as error:
        return error
    if plain != claimed:
        return MalformedInput(
            f"claim_recorded.differing: {field} {claimed!r} is not in its plainest form", hint=f"write {plain}"
        )
    recorded = getattr(event, field)
    if recorded is not None and not isinstance(recorded, tuple) and written(recorded) == claimed:
        return MalformedInput(
            f"{name} says {field} {readable(claimed) if isinstance(recorded, VagueDate) else claimed} itself",
            hint="a source that says the same corroborates the event",
        )
    return None


def _is_in_parts(annotation: Any) -> bool:
    """Whether a value of this kind has parts and no text that stands for it, as the coordinates of a facility have."""
    choices = (annotation, *get_args(annotation))
    return any(isinstance(choice, type) and issubclass(choice, Part) for choice in choices)


def _is_date(annotation: Any) -> bool:
    return VagueDate in (annotation, *get_args(annotation))


def _is_list(annotation: Any) -> bool:
    return tuple in (get_origin(annotation), *(get_origin(choice) for choice in get_args(annotation)))
