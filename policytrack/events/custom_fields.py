"""Custom fields: a ledger declares fields of its own, and registrations of firms, facilities and projects state values.

A value is stored as text, whatever its type, so that every number is exact. The declaration says how to read it.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from policytrack.events.envelope import Event, Item, Part, Refers, Registers, Text
from policytrack.values.field_values import Applicable, Declaration, ValueType

LONGEST_ID: Final = 40
_ID: Final = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")


def _field_id(text: str) -> str:
    if len(text) <= LONGEST_ID and _ID.fullmatch(text):
        return text
    plain = re.sub("[^a-z0-9]+", "_", text.casefold()).strip("_0123456789")[:LONGEST_ID].rstrip("_")
    hint = f"write {plain or 'node'}: lower-case letters and digits joined by '_', at most {LONGEST_ID} characters"
    shown = repr(text if len(text) <= LONGEST_ID else text[:LONGEST_ID] + "…")
    raise PydanticCustomError("invalid_id", "{what}", {"hint": hint, "what": f"{shown} is not the id of a field"})


def _as_text(value: Any) -> Any:
    """Return a plain value of a file as the text that is stored: true as ``yes``, a number in digits, a day in ISO."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        hint = "write it as text, or as a Decimal"
        raise PydanticCustomError("invalid_quantity", "{what}", {"hint": hint, "what": f"{value!r} is not exact"})
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    return value


FieldName = Annotated[str, AfterValidator(_field_id)]


class FieldValue(Part):
    """The value of a custom field."""

    field_id: Annotated[FieldName, Refers("field")]
    """The declared field."""
    value: Annotated[Text, BeforeValidator(_as_text)]
    """Its value: text, a number in plain digits, a day, yes or no, or one of the allowed values."""


def _from_mapping(value: Any) -> Any:
    """Accept ``{node: 28 nm}`` as well as a list of fields and values; nothing for an empty one."""
    if isinstance(value, dict):
        value = tuple({"field_id": name, "value": one} for name, one in value.items())
    if value is not None and not isinstance(value, list | tuple):
        what = {"what": "this is not a mapping of fields", "hint": "write each field with its value: {node: 28 nm}"}
        raise PydanticCustomError("invalid_fields", "{what}", what)
    return value or None


def _each_once(values: tuple[FieldValue, ...] | None) -> tuple[FieldValue, ...] | None:
    ids = [one.field_id for one in values or ()]
    twice = next((id_ for id_ in ids if ids.count(id_) > 1), None)
    if twice is not None:
        raise PydanticCustomError("field_twice", "the field {field} is given twice", {"field": twice})
    return values


FieldValues = Annotated[
    tuple[FieldValue, ...] | None, BeforeValidator(_from_mapping), AfterValidator(_each_once), Item("field")
]
"""The custom fields of a registration, in files as a mapping: ``{node: 28 nm, jobs: 3300}``."""


class FieldDeclared(Event):
    """A custom field is declared. Registrations of firms, facilities or projects may then state its value."""

    IS_REGISTRATION = True
    EFFECTIVE_DEFAULT = "by_known_on"

    type: Literal["field_declared"] = "field_declared"
    field_id: Annotated[FieldName, Registers("field")]
    name: Text | None = None
    """Name shown to people: Process node. [default: the id]"""
    applies_to: Annotated[tuple[Applicable, ...], Field(min_length=1), Item("applies_to")]
    """What has the field: firm, facility or project."""
    value_type: ValueType
    """What its values are. `choice` is one of the allowed values."""
    allowed: Annotated[tuple[Text, ...], Item("allowed")] = ()
    """A value that a field of the type `choice` may have."""
    unit: Text | None = None
    """Unit of its values, shown with them: nm. Values are written without it."""
    description: Text | None = None
    """What the field states, and how it is to be filled in."""

    @model_validator(mode="after")
    def _is_consistent(self) -> FieldDeclared:
        for name, words in (("applies_to", self.applies_to), ("allowed", self.allowed)):
            if len(set(words)) < len(words):
                raise PydanticCustomError("word_repeated", "{field} has a value twice", {"field": name})
        if (self.value_type == "choice") != bool(self.allowed):
            what = "a choice needs its allowed values" if not self.allowed else "only a choice has allowed values"
            hint = "write value_type: choice and allowed: [a, b], or neither"
            raise PydanticCustomError("allowed_without_choice", "{what}", {"what": what, "hint": hint})
        if self.unit is not None and self.value_type not in ("integer", "decimal", "choice"):
            hint = "leave unit out, or use value_type integer, decimal or choice"
            raise PydanticCustomError("unit_without_number", "only a number or a choice has a unit", {"hint": hint})
        return self

    @property
    def declaration(self) -> Declaration:
        """Which values the field accepts, and for what."""
        return Declaration(self.value_type, self.applies_to, self.allowed, self.unit)
