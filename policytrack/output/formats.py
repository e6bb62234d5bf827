"""Writes answers batch by batch, in bounded memory: CSV, TSV, Markdown, JSON, JSON Lines, Parquet and Arrow.

The text formats convert whole columns in Arrow's compute engine, about a thousand times faster than value by value in
Python. Only types for which Arrow's text differs from policytrack's, such as dates and long decimals, use Python.
"""

from __future__ import annotations

import csv
import io
import re
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

from policytrack.output.markdown import SPECIAL, markdown_cell
from policytrack.output.pretty import visible_in_documents
from policytrack.output.values import json_text, plain, to_json, values_of

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_ROWS: Final = 16_384
_GROUP_ROWS: Final = 1 << 17
_GROUP_BYTES: Final = 32 << 20
"""Largest row group of a Parquet file. Readers load one group at a time into memory."""
_NUMBER_AS_TEXT: Final = b"policytrack.number"
"""Metadata key of text columns that hold numbers too long for a decimal: written as numbers in JSON."""
_FORMULA: Final = "^[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]"
"""How a text begins that a spreadsheet runs as a formula; East Asian versions take the wide signs too."""
_PLAIN_SCALE: Final = 6
"""Largest scale of a decimal that Arrow never writes with an exponent."""


@dataclass(frozen=True)
class Rows:
    """Rows as a stream: their schema, and batches that can be read once."""

    schema: pa.Schema
    batches: Iterable[pa.RecordBatch]
    footer: str = ""


def csv_parts(rows: Rows) -> Iterator[bytes]:
    """Yield CSV. A text that a spreadsheet would run as a formula gets an apostrophe in front."""
    import pyarrow.compute as compute

    heading = io.StringIO()
    names = [f"'{name}" if re.match(_FORMULA, name) else name for name in rows.schema.names]
    csv.writer(heading, lineterminator="\n").writerow(names)
    yield heading.getvalue().encode()
    is_alone = len(rows.schema) == 1

    def cell(field: pa.Field, column: pa.Array) -> pa.Array:
        texts = _texts(column, "")
        if _is_words(field):
            texts = _prefixed(texts, _FORMULA, "'")
        quoted = _around('"', compute.replace_substring(texts, '"', '""'), '"')
        unsafe = compute.match_substring_regex(texts, '[,"\r\n]')
        if is_alone:  # readers skip an empty line: an empty value in a single column must be quoted
            unsafe = compute.or_(unsafe, compute.equal(texts, _scalar("")))
        return compute.if_else(unsafe, quoted, texts)

    yield from _lines(rows, cell, _around_each(rows, "", ",", ""))


def tsv_parts(rows: Rows) -> Iterator[bytes]:
    """Yield TSV. Tabs, line ends and backslashes in a text are escaped with a backslash."""
    import pyarrow.compute as compute

    escapes = (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r"))

    def escaped(text: str) -> str:
        for raw, written in escapes:
            text = text.replace(raw, written)
        return text

    def cell(field: pa.Field, column: pa.Array) -> pa.Array:
        texts = _texts(column, "")
        for raw, written in escapes:
            texts = compute.replace_substring(texts, raw, written)
        return texts

    yield ("\t".join(map(escaped, rows.schema.names)) + "\n").encode()
    yield from _lines(rows, cell, _around_each(rows, "", "\t", ""))


def markdown_parts(rows: Rows) -> Iterator[bytes]:
    """Yield a Markdown table, figures right-aligned, with the footer below."""
    import pyarrow.compute as compute

    def cell(field: pa.Field, column: pa.Array) -> pa.Array:
        texts = _texts(column, "")
        for found, written in SPECIAL:
            texts = compute.replace_substring_regex(texts, found, written)
        return texts

    names = [markdown_cell(name) for name in rows.schema.names]
    rule = ["---:" if _is_figure(field) else "---" for field in rows.schema]
    yield "".join("| " + " | ".join(cells) + " |\n" for cells in (names, rule)).encode()
    for part in _lines(rows, cell, _around_each(rows, "| ", " | ", " |")):
        # People read this as text, and it is cheapest for a whole batch; line ends are seen.
        yield visible_in_documents(part.decode()).encode()
    if rows.footer:
        yield f"\n{rows.footer}\n".encode()


def json_parts(rows: Rows) -> Iterator[bytes]:
    """Yield one JSON array of objects (RFC 8259)."""
    first = True
    for part in _objects(rows):
        yield (b"[" if first else b",\n ") + part.rstrip(b"\n").replace(b"\n", b",\n ")
        first = False
    yield b"[]\n" if first else b"]\n"


def jsonl_parts(rows: Rows) -> Iterator[bytes]:
    """Yield JSON Lines: one object per line."""
    return _objects(rows)


def parquet_parts(rows: Rows) -> Iterator[bytes]:
    """Yield a Parquet file, row group by row group, with the footer in its metadata (key `policytrack`)."""
    import pyarrow as pa
    import pyarrow.parquet as parquet

    schema = _cited(rows)
    sink = _Sink()
    with parquet.ParquetWriter(sink, schema) as writer:
        for group in _groups(rows.batches):
            writer.write_table(pa.Table.from_batches([_of(batch, schema) for batch in group], schema))
            yield sink.drained()
    yield sink.drained()


def arrow_parts(rows: Rows) -> Iterator[bytes]:
    """Yield an Arrow file with the footer in its metadata (key `policytrack`)."""
    import pyarrow as pa

    schema = _cited(rows)
    sink = _Sink()
    with pa.ipc.new_file(sink, schema) as writer:
        for batch in rows.batches:
            writer.write_batch(_of(batch, schema))
            yield sink.drained()
    yield sink.drained()


class _Sink(io.RawIOBase):
    """A file object for Arrow's writers, from which the written bytes can be drained as they come."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []
        self._position = 0

    def writable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return the number of bytes written so far: Parquet stores offsets."""
        return self._position

    def write(self, data: Any) -> int:
        """Keep the bytes until they are drained."""
        part = bytes(data)
        self._parts.append(part)
        self._position += len(part)
        return len(part)

    def drained(self) -> bytes:
        """Return the bytes written since the last call."""
        parts, self._parts = self._parts, []
        return b"".join(parts)


def _groups(batches: Iterable[pa.RecordBatch]) -> Iterator[list[pa.RecordBatch]]:
    group: list[pa.RecordBatch] = []
    count = size = 0
    for batch in batches:
        group.append(batch)
        count, size = count + batch.num_rows, size + batch.nbytes
        if count >= _GROUP_ROWS or size >= _GROUP_BYTES:
            yield group
            group, count, size = [], 0, 0
    if group:
        yield group


def _cited(rows: Rows) -> pa.Schema:
    """Return the schema with the footer in its metadata."""
    return rows.schema.with_metadata({**(rows.schema.metadata or {}), b"policytrack": rows.footer.encode()})


def _of(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    import pyarrow as pa

    return pa.RecordBatch.from_arrays(batch.columns, schema=schema)


def _objects(rows: Rows) -> Iterator[bytes]:
    names = [f"{json_text(name)}: " for name in rows.schema.names]
    return _lines(rows, _json_texts, [f"{{{names[0]}", *(f", {name}" for name in names[1:]), "}"])


def _around_each(rows: Rows, before: str, between: str, after: str) -> list[str]:
    return [before, *[between] * (len(rows.schema) - 1), after]


def _lines(rows: Rows, cell: Callable[[pa.Field, pa.Array], pa.Array], around: list[str]) -> Iterator[bytes]:
    """Yield the rows as lines, each value converted by `cell`.

    `around` holds the text before each column, and as its last item the text after the last column.
    """
    import pyarrow.compute as compute

    for batch in rows.batches:
        for start in range(0, batch.num_rows, BATCH_ROWS):  # bounds the memory for the text of a batch
            columns = batch.slice(start, BATCH_ROWS).columns
            pieces: list[Any] = []
            for before, field, column in zip(around, rows.schema, columns, strict=False):
                pieces += [_scalar(before), cell(field, column)]
            lines = compute.binary_join_element_wise(*pieces, _scalar(around[-1]), _scalar(""))
            yield ("\n".join(lines.to_pylist()) + "\n").encode()


def _texts(column: pa.Array, absent: str) -> pa.Array:
    """Return the values as text, equal to what `plain` returns for each; `absent` for NULL."""
    import pyarrow as pa
    import pyarrow.compute as compute
    import pyarrow.types as types

    kind = column.type
    if types.is_string(kind):
        return compute.fill_null(column, _scalar(absent))
    if types.is_integer(kind) or types.is_boolean(kind) or types.is_null(kind):
        return compute.fill_null(column.cast(pa.string()), _scalar(absent))
    if types.is_decimal(kind) and 0 <= kind.scale <= _PLAIN_SCALE:
        texts = column.cast(pa.string())
        texts = compute.utf8_rtrim(compute.utf8_rtrim(texts, "0"), ".") if kind.scale else texts
        return compute.fill_null(texts, _scalar(absent))
    return _array_of([absent if value is None else plain(value) for value in values_of(column)])


def _json_texts(field: pa.Field, column: pa.Array) -> pa.Array:
    """Return the values as JSON texts."""
    import pyarrow.compute as compute
    import pyarrow.types as types

    kind = column.type
    if types.is_string(kind) and not _is_number_as_text(field):
        if compute.any(compute.match_substring_regex(column, '["\\\\\x00-\x1f]')).as_py():
            return _array_of(["null" if text is None else json_text(text) for text in column.to_pylist()])
        return compute.fill_null(_around('"', column, '"'), _scalar("null"))
    if types.is_string(kind) or types.is_integer(kind) or types.is_boolean(kind) or types.is_decimal(kind):
        return _texts(column, "null")
    return _array_of([to_json(value) for value in values_of(column)])


def _array_of(texts: list[str]) -> pa.Array:
    """Return the texts as an Arrow array. `pa.array` would import pandas where that is installed: half a second."""
    import pyarrow as pa

    encoded = [text.encode() for text in texts]
    offsets = array("i", accumulate(map(len, encoded), initial=0))
    return pa.StringArray.from_buffers(len(texts), pa.py_buffer(offsets), pa.py_buffer(b"".join(encoded)))


@cache
def _scalar(text: str) -> pa.Scalar:
    """Return a text as an Arrow scalar. From a str, Arrow would make one by `pa.scalar`, which imports pandas too."""
    return _array_of([text])[0]


def _around(before: str, texts: pa.Array, after: str) -> pa.Array:
    import pyarrow.compute as compute

    parts = (_scalar(before), texts, _scalar(after), _scalar(""))
    return compute.binary_join_element_wise(*parts) if before or after else texts


def _prefixed(texts: pa.Array, pattern: str, prefix: str) -> pa.Array:
    import pyarrow.compute as compute

    return compute.if_else(compute.match_substring_regex(texts, pattern), _around(prefix, texts, ""), texts)


def _is_number_as_text(field: pa.Field) -> bool:
    return _NUMBER_AS_TEXT in (field.metadata or {})


def _is_words(field: pa.Field) -> bool:
    import pyarrow.types as types

    return bool(types.is_string(field.type)) and not _is_number_as_text(field)


def _is_figure(field: pa.Field) -> bool:
    import pyarrow.types as types

    kind = field.type
    return bool(types.is_decimal(kind) or types.is_integer(kind) or types.is_floating(kind)) or _is_number_as_text(
        field
    )


STREAMED: Final[dict[str, Callable[[Rows], Iterator[bytes]]]] = {
    "csv": csv_parts,
    "tsv": tsv_parts,
    "json": json_parts,
    "jsonl": jsonl_parts,
    "markdown": markdown_parts,
    "parquet": parquet_parts,
    "arrow": arrow_parts,
}
"""The writer of each format that can be written batch by batch."""
