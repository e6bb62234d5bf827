"""Computes the statement key of an event: equal for equal statements by the same sources, whatever their spelling.

`Event.content_key` hashes the spelling; it never changes, because ledgers contain tags derived from it. The statement
key hashes the meaning. It ignores:

* the source's words for a quantity, a sum of money or a date (`2,000 t/yr` and `2000`, `late 2026` and `2026-Q4`);
* the unit of a capacity: an activity has one unit, in which all its capacities are stored;
* the order of sources, legs, partners, names, products and other lists, which has no meaning;
* whether a field has its default value or is left out;
* spaces and Unicode normalisation;
* the attributes of a document besides its identity: class, language, quotation, archived copy and checksum.
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
"""The check that an event must acknowledge to count as another occurrence of an equal statement."""
TAG: Final = "content:2:"
"""The prefix of the tag with the statement key. First-version tags (content_key) have a hexadecimal digit after
`content:`."""

_NOT_MEANT: Final = ("event_id", "type", "schema_version", "known_on", "acknowledged", "recorded_by", "note")
_QUALIFIERS: Final = "~?%"
_SPELLING: Final = object()
"""A marker instead of the default, for a field that the key ignores."""
_MOST_DOCUMENTS: Final = 4096
_documents: Final[dict[bytes, list[Any]]] = {}


_Reader = Callable[[Any], Any]
_Plan = dict[str, tuple[Any, _Reader]]
"""By field name in JSON: the default value, and the function that normalises a value."""


def statement_key(event_type: type[BaseModel], topic: str, data: str, *, left_out: tuple[str, ...] = ()) -> str:
    """Return the statement key, 32 hex digits, of the stored form of an event, without the fields in `left_out`."""
    fields = orjson.loads(data)
    acknowledged = fields.get("acknowledged")
    occurrences = [" ".join(one["reason"].split()) for one in acknowledged or () if one["check"] == REPEATED]
    meant = [topic, sorted(occurrences), _meaning(fields, _plan_of_event(event_type, left_out))]
    return hashlib.sha256(orjson.dumps(meant, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


def _meaning(fields: dict[str, Any], plan: _Plan) -> dict[str, Any]:
    """Return the normalised fields, without defaults and ignored fields."""
    normalised = {}
    for name, value in fields.items():
        default, read = plan[name]
        if default is not _SPELLING and value != default:
            normalised[name] = read(value)
    return normalised


def _in_order(values: list[Any]) -> list[Any]:
    return values if len(values) < 2 else sorted(values, key=lambda one: orjson.dumps(one, option=orjson.OPT_SORT_KEYS))


def _span(vague: dict[str, Any]) -> list[Any]:
    """Return a vague date as its first and last day and its qualifiers (``~``, ``?``, ``%``)."""
    edtf = vague["edtf"]
    first, last = vague.get("earliest"), vague.get("latest")
    return [edtf] if first == last == edtf else [first, last, "".join(mark for mark in _QUALIFIERS if mark in edtf)]


def _plain(value: Any) -> Any:
    """Return a text with single spaces in Unicode NFC; return any other value unchanged."""
    if type(value) is not str or (value.isascii() and "  " not in value and value.isprintable()):
        return value
    return " ".join(unicodedata.normalize("NFC", value).split())


def _plain_number(text: str) -> str:
    # A share that is not exact (>= 25.5) is stored in its canonical form.
    return format(Decimal(text).normalize(), "f") if "." in text and text[0].isdigit() and "-" not in text else text


def _document(sources: list[dict[str, Any]], plan: _Plan) -> list[Any]:
    """Return the normalised source documents, each once; cached, because events of a file share their sources."""
    stored = orjson.dumps(sources)
    if (known := _documents.get(stored)) is None:
        ordered = _in_order([_meaning(one, plan) for one in sources])
        known = [one for number, one in enumerate(ordered) if number == 0 or one != ordered[number - 1]]
        if len(_documents) >= _MOST_DOCUMENTS:
            _documents.clear()
        _documents[stored] = known
    return known


@cache
def _plan_of_event(event_type: type[BaseModel], left_out: tuple[str, ...]) -> _Plan:
    return _plan_of(event_type) | dict.fromkeys((*_NOT_MEANT, *left_out), (_SPELLING, _plain))


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
