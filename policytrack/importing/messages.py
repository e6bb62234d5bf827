"""Translates validation errors into messages: what is wrong with a field, and what to write instead."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from policytrack.errors import InvalidDate, InvalidId, InvalidQuantity, MalformedInput, Place, field_name
from policytrack.events.fields import bare_kind
from policytrack.importing.source_tree import FieldPath, kind_of
from policytrack.values import dates
from policytrack.values.currencies import MONEY_HINT, STATED_SUM_HINT
from policytrack.values.dates import VagueDate
from policytrack.values.ids import near_matches
from policytrack.values.quantities import Capacity, Money
from policytrack.values.sums import StatedSum
from policytrack.values.units import CAPACITY_HINT

_LONGEST_SHOWN: Final = 60

_CODES: Final[Mapping[str, type[MalformedInput]]] = {
    "invalid_date": InvalidDate,
    "invalid_quantity": InvalidQuantity,
    "invalid_id": InvalidId,
}
"""The error class of each error code that policytrack's own field types raise."""

_ABOUT: Final[Mapping[str, str]] = {
    "effective_after_known_on": "effective",
    "shares_over_100": "partners",
    "partner_twice": "partners",
    "same_side": "to_id",
    "differing_without_contradiction": "differing",
    "differing_twice": "differing",
    "controls_itself": "controller_id",
}
"""The field to point at, for errors of a whole event."""

_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "string_type": ("{shown} is {kind}, and text was expected", "write it in quotes: '{plain}'"),
    "string_too_short": ("the text is empty", "write the text, or leave the field out if it is optional"),
    "string_too_long": ("the text has more than {max_length} characters", "shorten it"),
    "bool_parsing": ("{shown} is neither true nor false", "write true or false"),
    "bool_type": ("{shown} is neither true nor false", "write true or false"),
    "greater_than": ("{shown} is not more than {gt}", ""),
    "greater_than_equal": ("{shown} is less than {ge}", ""),
    "less_than": ("{shown} is not less than {lt}", ""),
    "less_than_equal": ("{shown} is more than {le}", ""),
    "decimal_max_places": ("{shown} has more than {decimal_places} decimal places", "round it"),
    "decimal_max_digits": ("{shown} has more than {max_digits} digits", "round it"),
    "decimal_whole_digits": ("{shown} has more than {whole_digits} digits before the point", ""),
    "tuple_type": ("{shown} is {kind}, and a list was expected", "begin each item with '- '"),
    "list_type": ("{shown} is {kind}, and a list was expected", "begin each item with '- '"),
    "too_short": ("the list has fewer than {min_length} items", ""),
    "too_long": ("the list has more than {max_length} items", ""),
}
"""Message and hint by pydantic error type; the value and the bounds of the field are filled in."""

_BY_BEGINNING: Final[tuple[tuple[str, str, str], ...]] = (
    ("int_", "{shown} is not a whole number", ""),
    ("decimal_", "{shown} is not a number", "write digits, with a point before decimals"),
    ("finite_", "{shown} is not a number", ""),
    (
        "uuid_",
        "{shown} is not the id of an event",
        "write its UUID, which `policytrack show e14` prints",
    ),
)

_PATTERNS: Final[Mapping[str, tuple[str, str]]] = {
    "language": ("{shown} is not a language code", "write a two-letter code such as zh or en"),
    "sha256": ("{shown} is not a SHA-256 checksum", "write 64 hexadecimal digits in lower case"),
}
"""Message and hint of the fields with a pattern, by field name."""


def finding(
    error: ErrorDetails,
    topic: str,
    model: type[BaseModel],
    locate: Callable[[FieldPath], Place],
    locate_name: Callable[[FieldPath], Place],
) -> MalformedInput:
    """Translate one error of pydantic, with the place of its field and a hint where there is one.

    `locate` returns the place of a field's value, `locate_name` that of its name.
    """
    kind, context = error["type"], error.get("ctx", {})
    path: FieldPath = error["loc"]
    if kind == "hidden_character":
        path = (*path, str(context["field"]))
    field = field_name(topic, path)
    if not path and kind in _ABOUT:
        path = (_ABOUT[kind],)
    if kind == "missing":
        return MalformedInput(f"{field} is missing", hint=f"add {path[-1]}: …", place=locate(path))
    if kind == "extra_forbidden":
        return _unknown_field(path, topic, model, locate_name(path))
    if error["input"] is None:
        error_class, _, hint = _expected(model, path)
        return error_class(f"{field} is empty", hint=hint or "give it a value", place=locate(path))
    error_class, what, hint = _matter(error, model, path)
    return error_class(f"{field}: {what}", hint=hint, place=locate(path))


def errors_at_fields(error: ValidationError, model: type[BaseModel]) -> list[ErrorDetails]:
    """Return the errors with paths of fields alone, and of the alternatives of one field the one that fits best.

    In the paths of pydantic the alternatives of a field have names of their own, such as ``constrained-int``.
    """
    best: dict[tuple[FieldPath, str], tuple[int, ErrorDetails]] = {}
    for detail in error.errors():
        path, alternative = _path_of_fields(model, detail["loc"])
        key = (path[:alternative], "") if alternative is not None else (path, detail["type"])
        if key not in best or len(path) > best[key][0]:
            best[key] = (len(path), {**detail, "loc": path})
    return [detail for _, detail in best.values()]


def _path_of_fields(model: type[BaseModel], path: FieldPath) -> tuple[FieldPath, int | None]:
    """The path without names of alternatives, and where in it the first of them was."""
    kind: Any = model
    kept: list[str | int] = []
    alternative: int | None = None
    for number, step in enumerate(path):
        if isinstance(step, int) or get_origin(kind) is dict:
            kept.append(step)
        elif isinstance(kind, type) and issubclass(kind, BaseModel):
            fields = {field.alias or name: field for name, field in kind.model_fields.items()}
            field = fields.get(step) or kind.model_fields.get(step)
            if field is not None or number == len(path) - 1:
                kept.append(step)
            elif alternative is None:
                alternative = len(kept)
            kind = bare_kind(field.annotation)[0] if field is not None else kind
        elif alternative is None:
            alternative = len(kept)
    return tuple(kept), alternative


def unknown_type(name: object, known: tuple[str, ...], place: Place) -> MalformedInput:
    """Return the error for an event without a type, or with one that is not in the catalogue."""
    listed = "run `policytrack schema --events` to list the types"
    if name is None:
        return MalformedInput("the event has no type", hint=f"add type: …; {listed}", place=place)
    near = near_matches(name, known) if isinstance(name, str) else ()
    hint = f"did you mean {near[0]}?" if near else listed
    return MalformedInput(f"unknown event type {shown(name)}", hint=hint, place=place, candidates=near)


def shown(value: object) -> str:
    """Format a value for a message: text in quotes and shortened, a list or mapping by its kind."""
    if isinstance(value, str):
        return repr(value if len(value) <= _LONGEST_SHOWN else value[:_LONGEST_SHOWN] + "…")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | Decimal | date):
        return str(value)
    return kind_of(value)


def _matter(error: ErrorDetails, model: type[BaseModel], path: FieldPath) -> tuple[type[MalformedInput], str, str]:
    """Return the class, the message and the hint of an error in a value."""
    kind, context, value = error["type"], error.get("ctx", {}), error["input"]
    if kind in _CODES:
        return _CODES[kind], str(context.get("what", error["msg"])), str(context.get("hint", ""))
    if kind == "literal_error":
        choices = tuple(map(str, _choices(model, path)))
        near = near_matches(value, choices) if isinstance(value, str) else ()
        listed = f"allowed: {', '.join(choices)}"
        hint = f"did you mean {near[0]}? {listed[0].upper()}{listed[1:]}" if near else listed
        return MalformedInput, f"{shown(value)} is not an allowed value", hint
    words = _WORDS.get(kind) or _pattern_words(kind, path)
    if words is None and "url" not in error:  # only pydantic's own errors have a URL; ours have finished messages
        return MalformedInput, error["msg"], str(context.get("hint", ""))
    if words is None:
        error_class, expected, hint = _expected(model, path)
        return error_class, f"{shown(value)} is not {expected}", hint
    values = {"plain": value, **context, "shown": shown(value), "kind": kind_of(value)}
    what, hint = words
    if values["shown"] == values["kind"]:  # a list or a mapping, which is not quoted
        what, hint = what.replace("{shown} is {kind}", "this is {kind}"), hint.replace(": '{plain}'", "")
    return MalformedInput, what.format(**values), hint.format(**values)


def _pattern_words(kind: str, path: FieldPath) -> tuple[str, str] | None:
    if kind == "string_pattern_mismatch":
        return _PATTERNS.get(str(path[-1]), ("{shown} does not have the form of this field", ""))
    return next((words for beginning, *words in _BY_BEGINNING if kind.startswith(beginning)), None)  # type: ignore[return-value] # the rest of a triple is a pair


def _unknown_field(path: FieldPath, topic: str, model: type[BaseModel], place: Place) -> MalformedInput:
    name = str(path[-1])
    if len(path) == 1 and name in ("facility", "project", "activity"):
        what = f"{topic} describes a {name}, which only --register-missing reads"
        return MalformedInput(what, hint=f"use --register-missing, or remove {name}", place=place)
    owner = _kind_at(model, path[:-1])
    known = _names(owner) if owner is not None else ()
    near = near_matches(name, known)
    hint = f"did you mean {near[0]}?" if near else f"use one of: {', '.join(known)}" if known else ""
    what = f"{field_name(topic, path[:-1])} has no field {shown(name)}"
    return MalformedInput(what, hint=hint, place=place, candidates=near)


def _names(model: type[BaseModel]) -> tuple[str, ...]:
    return tuple(field.alias or name for name, field in model.model_fields.items())


def _expected(model: type[BaseModel], path: FieldPath) -> tuple[type[MalformedInput], str, str]:
    """Return the error class of a field, a description of its values, and the hint how to write one."""
    kind = _kind_at(model, path)
    if kind is VagueDate:
        return InvalidDate, "a date", dates.HINT
    if kind is Capacity:
        return InvalidQuantity, "a capacity", CAPACITY_HINT
    if kind is Money:
        return InvalidQuantity, "a sum of money", MONEY_HINT
    if kind is StatedSum:
        return InvalidQuantity, "a sum of money", STATED_SUM_HINT
    if kind is not None:
        return MalformedInput, f"a mapping with the fields {', '.join(_names(kind))}", ""
    return MalformedInput, "a valid value of this field", ""


def _kind_at(model: type[BaseModel], path: FieldPath) -> type[BaseModel] | None:
    """Return the model at a path; None for plain values."""
    kind = _annotation(model, path)
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _choices(model: type[BaseModel], path: FieldPath) -> tuple[Any, ...]:
    return get_args(_annotation(model, path))


def _annotation(model: type[BaseModel], path: FieldPath) -> Any:
    """Return the type at a path, without Optional, list and Annotated; None when the path does not exist."""
    kind: Any = model
    for step in path:
        if isinstance(step, int):
            continue  # `bare_kind` has already replaced the list by the type of its items
        if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
            return None
        fields = {field.alias or name: field for name, field in kind.model_fields.items()}
        field = fields.get(step) or kind.model_fields.get(step)
        if field is None:
            return None
        kind = bare_kind(field.annotation)[0]
    return kind
