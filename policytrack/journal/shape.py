"""The shape of an event type for tables and templates: its fields, what each takes, and which must be given."""

from __future__ import annotations

import types
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from policytrack.dates import VagueDate
from policytrack.events import EVENT_TYPES
from policytrack.events.envelope import Mark, marks_of
from policytrack.journal.validation import REGISTRATIONS
from policytrack.quantities import Capacity, Money

WRITTEN: Final = (VagueDate, Capacity, Money)
"""Models that are written as one text."""

ENVELOPE_LAST: Final = ("effective", "known_on", "sources", "assertion", "supersedes", "recorded_by", "note")
"""Fields that every type has; a template shows them after its own."""

_DEFAULTED: Final = frozenset({"event_id", "known_on", "type", "schema_version"})


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an event type, or of a part of one, under the name used in files."""

    name: str
    kind: Any
    """A plain type, one of `WRITTEN`, or the model of a part."""
    many: bool
    required: bool
    choices: tuple[str, ...]
    mark: Mark | None

    @property
    def part(self) -> type[BaseModel] | None:
        """The model of its parts, when it has parts."""
        is_part = isinstance(self.kind, type) and issubclass(self.kind, BaseModel) and self.kind not in WRITTEN
        return self.kind if is_part else None


@cache
def fields_of(model: type[BaseModel]) -> dict[str, Field]:
    """The fields of an event type or a part, its own first, then those that every type has."""
    topic = getattr(model, "TOPIC", "")
    own = [name for name in model.model_fields if name not in ENVELOPE_LAST]
    names = [*own, *(name for name in ENVELOPE_LAST if name in model.model_fields)]
    found = [_field(model, name, model.model_fields[name], topic) for name in names]
    return {field.name: field for field in found}


@cache
def every_field() -> dict[str, tuple[Field, ...]]:
    """The fields of all event types by name; the same name may be another field in another type."""
    found: dict[str, tuple[Field, ...]] = {}
    for event_type in EVENT_TYPES.values():
        for name, field in fields_of(event_type).items():
            found[name] = (*found.get(name, ()), field)
    return found


def _field(model: type[BaseModel], name: str, info: FieldInfo, topic: str) -> Field:
    kind, many = _bare(info.annotation)
    defaulted = name in _DEFAULTED or (name == "effective" and topic in {*REGISTRATIONS, "event_retracted"})
    return Field(
        name=info.alias or name,
        kind=kind,
        many=many,
        required=info.is_required() and not (defaulted and topic),
        choices=tuple(map(str, get_args(kind))) if get_origin(kind) is Literal else (),
        mark=marks_of(model).get(name),
    )


def _bare(annotation: Any) -> tuple[Any, bool]:
    """The kind of a value behind optional, annotated and tuple, and whether there may be several."""
    origin = get_origin(annotation)
    if origin in {Union, types.UnionType}:
        return _bare(next(choice for choice in get_args(annotation) if choice is not type(None)))
    if origin is tuple:
        return _bare(get_args(annotation)[0])[0], True
    if hasattr(annotation, "__metadata__"):
        return _bare(annotation.__origin__)
    return annotation, False
