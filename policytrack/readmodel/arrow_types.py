"""What a column of an answer becomes on its way out of the engine.

Arrow has no exact form for some of the engine's types, or the engine writes one that readers take for another value: an
unsigned 128-bit integer above 2^127 arrives negative, a bit string as bytes that begin with a padding count, a time
with a zone without the zone. The engine casts those to its own text before they leave. All others leave as they are.
"""

from __future__ import annotations

from typing import Any, Final

import duckdb
import pyarrow as pa
from duckdb.sqltypes import DuckDBPyType

NUMBER_AS_TEXT: Final = b"policytrack.number"
"""The key in the metadata of a field whose texts are whole numbers of any length."""
_EXACT: Final = frozenset(
    {
        "boolean",
        "tinyint",
        "smallint",
        "integer",
        "bigint",
        "hugeint",
        "utinyint",
        "usmallint",
        "uinteger",
        "ubigint",
        "float",
        "double",
        "decimal",
        "varchar",
        "date",
        "time",
        "timestamp",
        "timestamp_ns",
        "timestamp with time zone",
        "blob",
        "uuid",
        "null",
    }
)
_COARSE: Final = frozenset({"timestamp_s", "timestamp_ms"})
"""Parquet stores no seconds; microseconds hold every instant that the engine's seconds and milliseconds can."""
_LONG_NUMBERS: Final = frozenset({"uhugeint", "bignum"})
_TEXT: Final = "VARCHAR"
_DEEPEST: Final = 32
"""Levels of lists and structs beyond which the rest is text: readers of Arrow and of JSON recurse."""


def exact(relation: duckdb.DuckDBPyRelation) -> tuple[duckdb.DuckDBPyRelation, frozenset[int]]:
    """The relation with every column in a type that Arrow holds exactly, and the places of the columns whose texts are
    numbers."""
    targets = [_target(kind) for kind in relation.types]
    numbers = frozenset(place for place, kind in enumerate(relation.types) if kind.id in _LONG_NUMBERS)
    if not any(targets):
        return relation, numbers
    columns = [
        (f"#{place}" if target is None else f"#{place}::{target}") + f" AS {_quoted(name)}"
        for place, (name, target) in enumerate(zip(relation.columns, targets, strict=True), start=1)
    ]
    return relation.project(", ".join(columns)), numbers


def marked(schema: pa.Schema, numbers: frozenset[int]) -> pa.Schema:
    """The schema with the fields marked whose texts are numbers."""
    for place in numbers:
        field = schema.field(place)
        metadata = {**(field.metadata or {}), NUMBER_AS_TEXT: b"1"}
        schema = schema.set(place, field.with_metadata(metadata))
    return schema


def _target(kind: DuckDBPyType, depth: int = 0) -> str | None:
    """The type to cast to, in the engine's words; None where none is needed."""
    if kind.id in _EXACT:
        return None
    if depth > _DEEPEST:
        return _TEXT
    if kind.id in _COARSE:
        return "TIMESTAMP"
    parts: dict[str, Any] = dict(kind.children) if kind.id in {"list", "array", "struct", "map"} else {}
    if not parts:  # an enum, an interval, a union …, or a struct without fields, which Parquet has not
        return _TEXT
    if kind.id == "map":
        key, target = parts["key"], _target(parts["value"], depth + 1)
        if key.id not in _EXACT:
            return _TEXT  # as text, two keys might be the same
        return None if target is None else f"MAP({key}, {target})"
    if kind.id == "struct":
        inner = {name: _target(part, depth + 1) for name, part in parts.items()}
        if not any(inner.values()):
            return None
        fields = (f"{_quoted(name)} {inner[name] or part}" for name, part in parts.items())
        return f"STRUCT({', '.join(fields)})"
    target = _target(parts["child"], depth + 1)
    size = parts["size"] if kind.id == "array" else ""
    return None if target is None else f"{target}[{size}]"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
