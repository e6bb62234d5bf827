"""Describes the fields of event classes for flags, columns, prompts, schemas and docs.

The description of a field is the string literal below it in its class. It is read from the source on demand. Pydantic's
`use_attribute_docstrings` would read the source of every class at import, which costs every command 0.06 to 0.10 s.
"""

from __future__ import annotations

import ast
import inspect
import sys
import types
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import Any, Final, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from policytrack.events.catalogue import EVENT_TYPES
from policytrack.events.envelope import Event, Item, Mark, Refers, Registers, marks_of
from policytrack.values.dates import VagueDate
from policytrack.values.quantities import Capacity, ExchangeRate, Money, Percent, Ratio
from policytrack.values.shares import Share
from policytrack.values.sums import StatedSum

WRITTEN: Final = (VagueDate, Capacity, Money, StatedSum)
"""Models that are written as one text."""
ENVELOPE_LAST: Final = ("effective", "known_on", "sources", "assertion", "supersedes", "recorded_by", "note")
"""Fields that every type has and that are shown after the type's own."""
USUAL: Final = frozenset(
    {
        "due",
        "capacity",
        "investment",
        "replacement",
        "sources",
        "known_on",
        "operator_id",
        "firm_id",
        "country",
        "region",
    }
)
"""Optional fields for which a client prompts too, or which its form shows first."""
_FILLED_IN: Final = frozenset({"event_id", "known_on", "type", "schema_version"})
"""Fields that a file may leave out because the importer fills them in."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an event type, or of a part of one, under its name in files."""

    name: str
    kind: Any
    """A plain type, one of `WRITTEN`, a Literal, or the model of a part; for a list, the kind of its items."""
    many: bool
    required: bool
    """Whether a file must contain it; False if the importer fills it in."""
    default: Any
    choices: tuple[str, ...]
    mark: Mark | None
    item: str
    """The name of one item of a list; otherwise the name of the field."""
    written_as: str
    """The type in words: ``percent``, ``id of a registered firm``, ``list of Source``."""
    model: type[BaseModel]

    @property
    def part(self) -> type[BaseModel] | None:
        """Return the model of its parts; None when it has no parts."""
        is_part = isinstance(self.kind, type) and issubclass(self.kind, BaseModel) and self.kind not in WRITTEN
        return self.kind if is_part else None

    @property
    def description(self) -> str:
        """Return the meaning of the field in one or more sentences; empty if its name and kind are enough."""
        return " ".join(descriptions(self.model).get(self.name, "").split())

    @property
    def meaning(self) -> str:
        """Return the description, and for an id what it is the id of."""
        if isinstance(self.mark, Registers):
            joined = "underscores" if self.mark.kind == "field" else "hyphens"
            return f"New id of the {self.mark.kind}, in lower case with {joined}."
        if isinstance(self.mark, Refers):
            return f"{self.description} Id of a registered {self.mark.kind}.".strip()
        return self.description


@cache
def fields_of(model: type[BaseModel]) -> dict[str, Field]:
    """Return the fields of an event type or a part by name: its own first, then those of the envelope."""
    own = [name for name in model.model_fields if name not in ENVELOPE_LAST]
    names = [*own, *(name for name in ENVELOPE_LAST if name in model.model_fields)]
    found = [_field(model, name, model.model_fields[name]) for name in names]
    return {field.name: field for field in found}


def parts_of(*models: type[BaseModel]) -> list[type[BaseModel]]:
    """Return the parts that these models have, such as `Source` and `SwapLeg`, and the parts of those, by name."""
    found: dict[str, type[BaseModel]] = {}
    open_ = list(models)
    while open_:
        parts = [field.part for field in fields_of(open_.pop()).values() if field.part is not None]
        open_ += [part for part in parts if part.__name__ not in found]
        found |= {part.__name__: part for part in parts}
    return [found[name] for name in sorted(found)]


def kind_at(event_type: type[BaseModel], path: tuple[str | int, ...]) -> Any:
    """Return the kind of the field at a path, such as ``("partners", 0, "stake_pct")``; None if there is none."""
    model: type[BaseModel] | None = event_type
    kind: Any = None
    for step in path:
        if isinstance(step, int):
            continue
        field = fields_of(model).get(step) if model is not None else None
        if field is None:
            return None
        model, kind = field.part, field.kind
    return kind


@cache
def every_field() -> dict[str, tuple[Field, ...]]:
    """Return the fields of all event types by name; one name may be a different field in another type."""
    found: dict[str, tuple[Field, ...]] = {}
    for event_type in EVENT_TYPES.values():
        for name, field in fields_of(event_type).items():
            found[name] = (*found.get(name, ()), field)
    return found


@cache
def descriptions(model: type[BaseModel]) -> dict[str, str]:
    """Return the string literals below the fields of a class and its bases, by field name in files."""
    found: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if issubclass(base, BaseModel) and base is not BaseModel:
            found |= _literals_below_fields(base)
    return {info.alias or name: found[name] for name, info in model.model_fields.items() if name in found}


def bare_kind(annotation: Any) -> tuple[Any, bool]:
    """Return the kind of a value without optional, annotated and tuple, and whether there may be several."""
    origin = get_origin(annotation)
    if origin in {Union, types.UnionType}:
        return bare_kind(next(choice for choice in get_args(annotation) if choice is not type(None)))
    if origin is tuple:
        return bare_kind(get_args(annotation)[0])[0], True
    if hasattr(annotation, "__metadata__"):
        return bare_kind(annotation.__origin__)
    return annotation, False


def _field(model: type[BaseModel], name: str, info: FieldInfo) -> Field:
    kind, many = bare_kind(info.annotation)
    filled_in = issubclass(model, Event) and (
        name in _FILLED_IN or (name == "effective" and model.EFFECTIVE_DEFAULT is not None)
    )
    mark = marks_of(model).get(name)
    return Field(
        name=info.alias or name,
        kind=kind,
        many=many,
        required=info.is_required() and not filled_in,
        default=info.default,
        choices=tuple(map(str, get_args(kind))) if get_origin(kind) is Literal else (),
        mark=mark,
        item=next((note.name for note in info.metadata if isinstance(note, Item)), name),
        written_as=("list of " if many else "") + _written_as(name, kind, info, mark),
        model=model,
    )


_PLAIN: Final = {str: "text", int: "whole number", bool: "true or false", Decimal: "number", Capacity: "capacity"}
_PLAIN_BY_NAME: Final = {
    "VagueDate": "date",
    "date": "day",
    "Money": "amount of money",
    "StatedSum": "amount of money, or its ends",
    "UUID": "event id",
}


def _written_as(name: str, kind: Any, info: FieldInfo, mark: Mark | None) -> str:
    if isinstance(mark, Registers):
        return f"new id of the {mark.kind}"
    if isinstance(mark, Refers):
        return {"activity": "id of an activity", "field": "id of a declared field"}.get(
            mark.kind, f"id of a registered {mark.kind}"
        )
    if mark is not None:
        return "id"
    if get_origin(kind) is Literal:
        return ", ".join(map(str, get_args(kind)))
    for alias, words in (
        (Share, "percent, a range of percent, majority or unknown"),
        (Percent, "percent"),
        (Ratio, "ratio"),
        (ExchangeRate, "exchange rate"),
    ):
        if kind is Decimal and _carries(info, alias):
            return words
    return _PLAIN.get(kind) or _PLAIN_BY_NAME.get(kind.__name__) or str(kind.__name__)


def _carries(info: FieldInfo, alias: Any) -> bool:
    """Return whether a field, also an optional one, is annotated with an alias such as `Percent`."""
    notes = [*info.metadata, *(note for choice in get_args(info.annotation) for note in _notes(choice))]
    return all(note in notes for note in alias.__metadata__)


def _notes(choice: Any) -> tuple[Any, ...]:
    return getattr(choice, "__metadata__", ())


def _literals_below_fields(base: type[BaseModel]) -> dict[str, str]:
    return _literals_by_class(base.__module__).get(base.__name__, {})


@cache
def _literals_by_class(module: str) -> dict[str, dict[str, str]]:
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {
        node.name: {name: text for pair in pairwise(node.body) for name, text in _described(*pair)}
        for node in tree.body
        if isinstance(node, ast.ClassDef)
    }


def _described(field: ast.stmt, below: ast.stmt) -> Iterator[tuple[str, str]]:
    match field, below:
        case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
            yield name, text
