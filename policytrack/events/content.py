"""The key of a statement: the same for the same statement by the same sources, however it is spelled.

`Event.content_key` hashes the spelling and is frozen, because ledgers hold tags made of it. The key made here hashes
the meaning. Two spellings differ in none of these:

* the source's words for a quantity, a sum of money or a date (`2,000 t/yr` and `2000`, `late 2026` and `2026-Q4`);
* the unit of a capacity: the activity has one unit, in which every capacity of it is stored;
* the order of sources, legs, partners, names, products and other lists: none of them has a meaning;
* a field that gives its default value, and one that is left out;
* spaces, and the form in which Unicode composes a letter;
* what describes a document beside its identity: its class, language, quotation, archived copy and checksum.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cache, partial
from typing import Any, Final, get_args, get_origin

import orjson
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

REPEATED: Final = "repeated_statement"
"""The check that an event acknowledges to count as another occurrence of an equal statement."""
TAG: Final = "content:2:"
"""Begins the tag of an event with its key. Tags of the first version go on with a hexadecimal digit instead."""

_NOT_MEANT: Final = ("event_id", "type", "schema_version", "known_on", "acknowledged", "recorded_by", "note")
_QUALIFIERS: Final = "~?%"
_SPELLING: Final = object()
"""Stands for the default of a field that says nothing of its own."""
_MOST_DOCUMENTS: Final = 4096
_documents: Final[dict[bytes, list[Any]]] = {}


_Reader = Callable[[Any], Any]
_Plan = dict[str, tuple[Any, _Reader]]
"""How the fields of a class are read for their meaning, by their names in JSON: the default, and the reader."""


def statement_key(event_type: type[BaseModel], topic: str, data: str, *, left_out: tuple[str, ...] = ()) -> str:
    """32 hex digits for what the stored form of an event says, without the fields that are left out."""
    fields = orjson.loads(data)
    acknowledged = fields.get("acknowledged")
    occurrences = [" ".join(one["reason"].split()) for one in acknowledged or () if one["check"] == REPEATED]
    for name in (*_NOT_MEANT, *left_out):
        fields.pop(name, None)
    meant = [topic, sorted(occurrences), _meaning(fields, _plan_of(event_type))]
    return hashlib.sha256(orjson.dumps(meant, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


def _meaning(fields: dict[str, Any], plan: _Plan) -> dict[str, Any]:
    """The fields that mean something, each in one spelling."""
    found = {}
    for name, value in fields.items():
        default, read = plan[name]
        if value != default and default is not _SPELLING:
            found[name] = read(value)
    return found


def _in_order(values: list[Any]) -> list[Any]:
    return values if len(values) < 2 else sorted(values, key=lambda one: orjson.dumps(one, option=orjson.OPT_SORT_KEYS))


def _span(vague: dict[str, Any]) -> list[Any]:
    """A vague date as the days that it allows, with the marks of doubt."""
    edtf = vague["edtf"]
    first, last = vague.get("earliest"), vague.get("latest")
    return [edtf] if first == last == edtf else [first, last, "".join(mark for mark in _QUALIFIERS if mark in edtf)]


def _plain(value: Any) -> Any:
    """A text with single spaces in composed Unicode; any other value as it is."""
    if type(value) is not str or (value.isascii() and "  " not in value and value.isprintable()):
        return value
    return " ".join(unicodedata.normalize("NFC", value).split())


def _plain_number(text: str) -> str:
    return format(Decimal(text).normalize(), "f") if "." in text else text


def _document(sources: list[dict[str, Any]], plan: _Plan) -> list[Any]:
    """The documents that say so, each once. The sources of one file are the same for most of its events."""
    stored = orjson.dumps(sources)
    if (known := _documents.get(stored)) is None:
        found = _in_order([_meaning(one, plan) for one in sources])
        known = [one for number, one in enumerate(found) if number == 0 or one != found[number - 1]]
        if len(_documents) >= _MOST_DOCUMENTS:
            _documents.clear()
        _documents[stored] = known
    return known


@cache
def _plan_of(model: type[BaseModel]) -> _Plan:
    plan: _Plan = {}
    spelling = getattr(model, "SPELLING", ())
    for name, field in model.model_fields.items():
        key = field.alias or name
        default = None if field.default is PydanticUndefined else field.default
        default = list(default) if isinstance(default, tuple) else default
        plan[key] = (_SPELLING if key in spelling else default, _reader_of(key, field.annotation))
    return plan


def _reader_of(name: str, annotation: Any) -> _Reader:
    kinds = set(_kinds_in(annotation))
    read: _Reader = _plain_number if Decimal in kinds else _plain
    for kind in kinds:
        if issubclass(kind, BaseModel):
            plan = _plan_of(kind)
            read = _span if "edtf" in plan else partial(_meaning, plan=plan)
            if name == "sources":
                return partial(_document, plan=plan)
    return partial(_each, read) if tuple in set(_origins_in(annotation)) else read


def _each(read: _Reader, values: list[Any]) -> list[Any]:
    return _in_order([read(one) for one in values])


def _kinds_in(annotation: Any) -> Iterator[type]:
    if isinstance(annotation, type) and get_origin(annotation) is None:
        yield annotation
    for choice in get_args(annotation):
        yield from _kinds_in(choice)


def _origins_in(annotation: Any) -> Iterator[Any]:
    yield get_origin(annotation)
    for choice in get_args(annotation):
        yield from _origins_in(choice)
