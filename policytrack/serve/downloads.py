"""Files of a table: encoded as the command line encodes them, with the same rows, footer and name of coordinates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policytrack.output.answer import Answer
from policytrack.output.encoding import parts_of
from policytrack.questions.citation import below_zero
from policytrack.serve.asked import Reply

if TYPE_CHECKING:
    import pyarrow as pa

    from policytrack.questions.citation import Citation

FORMATS: Final = {
    "csv": "text/csv; charset=utf-8",
    "tsv": "text/tab-separated-values; charset=utf-8",
    "json": "application/json",
    "jsonl": "application/x-ndjson",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
    "arrow": "application/vnd.apache.arrow.file",
}
"""The formats of files and their media types."""


def file_of(name: str, table: pa.Table, citation: Citation, format_: str, remark: str = "") -> Reply:
    """Return a table as a file, with a remark in its footer. Raises `UsageError` for more rows than a sheet holds."""
    line = citation.footer() + (f" · {remark}" if remark else "")
    if note := below_zero(table):
        line = f"{line} · {note}"
    coordinates = citation.coordinates
    stem = f"{name}-{coordinates.as_of}-known-{coordinates.known_at}-e{citation.position}"
    return Reply(parts_of(Answer(table, footer=line), format_), FORMATS[format_], f"{stem}.{format_}")
