"""Builds the JSON object of an answer: its coordinates, head, digest and units beside the rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import pyarrow as pa

    from policytrack.questions.citation import Citation

_UNITS: Final = ("unit", "currency")
"""Columns that hold the unit of the figures of a row."""


def coordinates_part(citation: Citation, asked: str) -> dict[str, Any]:
    """Return the coordinates of an answer by name, with a citation of it. `asked` describes the query."""
    return {**citation.parts(), "head": citation.position, "query": asked, "citation": citation.line(asked)}


def rows_part(table: pa.Table, notes: Sequence[str]) -> dict[str, Any]:
    """Return what describes the rows of an answer: their columns with types, the units in them, and notes."""
    columns = [{"name": column.name, "type": str(column.type)} for column in table.schema]
    return {"columns": columns, "units": units_of(table), "notes": list(notes)}


def enveloped(head: dict[str, Any], table: pa.Table, notes: Sequence[str]) -> Iterator[bytes]:
    """Yield the JSON object of an answer, with the rows as the format `json` writes them."""
    from policytrack.output.formats import Rows, json_parts
    from policytrack.output.values import to_json

    described = {**head, "count": table.num_rows, **rows_part(table, notes)}
    yield to_json(described)[:-1].encode() + b', "rows": '
    yield from json_parts(Rows(table.schema, table.to_batches()))
    yield b"}\n"


def units_of(table: pa.Table) -> list[str]:
    """Return the units and currencies in the rows, in alphabetical order."""
    import pyarrow as pa

    found = {
        unit
        for name in _UNITS
        if name in table.column_names
        for unit in table[name].cast(pa.string()).unique().to_pylist()
    }
    return sorted(unit for unit in found if unit)
