"""Converts stored rows to Arrow, for the read model."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policytrack.errors import IntegrityTrouble
from policytrack.store.digest import Stored

if TYPE_CHECKING:
    import pyarrow as pa


def arrow_schema() -> pa.Schema:
    """Return the columns of a batch: position, type, data, tags (both JSON) and `recorded_at` (UTC, without zone)."""
    # Imported here: every command reads the head, and most do not need Arrow, which is slow to load.
    import pyarrow as pa

    return pa.schema(
        [
            ("position", pa.int64()),
            ("type", pa.string()),
            ("data", pa.string()),
            ("tags", pa.string()),
            ("recorded_at", pa.timestamp("us")),
        ]
    )


def record_batch(name: str | Path, rows: list[Stored], schema: pa.Schema) -> pa.RecordBatch:
    """Return checked rows as a batch. Raises `IntegrityTrouble` for text that is not UTF-8, or a wrong type."""
    import pyarrow as pa

    try:
        columns = zip(zip(*rows, strict=True), schema, strict=False)  # without the digest
        return pa.record_batch([_column(values, field.type) for values, field in columns], schema=schema)
    except (pa.ArrowException, TypeError, OverflowError) as cause:
        raise IntegrityTrouble(
            f"an event between e{rows[0][0]} and e{rows[-1][0]} in {name} cannot be read: {cause}",
            hint="run `policytrack verify` to find it, then restore the event store from a backup",
        ) from cause


def _column(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """Convert integers, or texts as UTF-8 bytes, to an Arrow array.

    It is as fast as `pa.array`, which would also import pandas if that is installed.
    """
    import pyarrow as pa

    if kind != pa.string():
        return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(array("q", values))])
    ends = array("i", accumulate(map(len, values), initial=0))
    made = pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(ends), pa.py_buffer(b"".join(values))])
    made.validate(full=True)  # checks that the texts are UTF-8
    return made
