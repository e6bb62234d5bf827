"""Writes an explanation as rows: the tree, line by line, with its depth and path, for programs that read tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from policytrack.output.values import plain

if TYPE_CHECKING:
    import pyarrow as pa

    from policytrack.questions.explanation import Explanation, Part, Row

_CITED: Final = ("title", "publisher", "published_on", "url", "quote")
_TEXTS: Final = ("kind", "thing", "effective", "type", "summary", "value", "reason", "assertion", *_CITED)


def flattened(explanation: Explanation) -> pa.Table:
    """Return the tree as a table, one row per line, from the figure (depth 0) down to its events.

    `path` has the ids from the figure to the line. The lines of depth 1 that count add up to the figure. Several
    sources of one event are separated by ``; ``, in the same order in each column.
    """
    import pyarrow as pa

    stated = {field.name: field.type for field in explanation.schema}
    types = {
        "depth": pa.int32(), "path": pa.list_(pa.string()), "counts": pa.bool_(), "position": pa.int64(),
        **{name: stated.get(name, pa.decimal128(38, 9)) for name in ("amount", "share_pct", "capacity")},
        "known_on": pa.date32(),
        **dict.fromkeys((*_TEXTS, "unit"), pa.string()),
    }  # fmt: skip
    names = (
        "depth", "path", "kind", "counts", "amount", "unit", "value", "thing", "position", "effective", "known_on",
        "type", "summary", "reason", "assertion", "share_pct", "capacity", *_CITED,
    )  # fmt: skip
    rows = [_root(explanation), *_rows(explanation.tree(), (explanation.figure,), 1, explanation.unit)]
    return pa.Table.from_pylist(rows, pa.schema([(name, types[name]) for name in names]))


def _root(explanation: Explanation) -> Row:
    is_figure = isinstance(explanation.reported, Decimal | int)
    return {
        "depth": 0, "path": [explanation.figure], "kind": "figure", "counts": True, "unit": explanation.unit,
        "amount": explanation.reported if is_figure else None,
        "value": None if is_figure or explanation.reported is None else plain(explanation.reported),
        "thing": " ".join(explanation.subject.values()), "reason": explanation.reason,
    }  # fmt: skip


def _rows(parts: Iterable[Part], above: tuple[str, ...], depth: int, unit: str | None) -> Iterator[Row]:
    for part in parts:
        row, kind = part.row, _kind(part)
        path = (*above, *_name(row, kind))
        sources = row.get("citations") or []
        yield {
            **{name: row.get(name) for name in ("position", "amount", "share_pct", "capacity", "known_on")},
            **{name: _text(row.get(name)) for name in _TEXTS},
            **{name: "; ".join(source[name] or "" for source in sources) or None for name in _CITED},
            "depth": depth, "path": list(path), "kind": kind, "counts": part.counts,
            "unit": unit if row.get("amount") is not None else None,
        }  # fmt: skip
        yield from _rows(part.parts, path, depth + 1, unit)


def _kind(part: Part) -> str:
    """Return what a line is: an event, a chain of shares, a rule of the calculation, or the total of a thing."""
    if part.is_event:
        return "event"
    if "path" in part.row and part.row["thing"] is not None:
        return "chain"
    return "rule" if part.row.get("reason") else "thing"


def _name(row: Row, kind: str) -> tuple[str, ...]:
    if kind == "event":
        return (f"e{row['position']}",)
    if kind == "chain":
        return (*(row["path"] or ()), row["thing"])
    return (row["reason"] if kind == "rule" else row["thing"],)


def _text(value: Any) -> str | None:
    return None if value is None else plain(value)
