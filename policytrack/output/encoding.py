"""Encodes an answer as the bytes of a file, in any of the formats."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from policytrack.output.answer import Answer

FORMATS: Final = ("table", "csv", "tsv", "json", "jsonl", "markdown", "parquet", "arrow", "xlsx")
BINARY: Final = frozenset({"parquet", "arrow", "xlsx"})


def encoded(answer: Answer, format_: str) -> bytes:
    """Return an answer as bytes of a format; `table` as TSV."""
    return b"".join(parts_of(answer, format_))


def parts_of(answer: Answer, format_: str) -> Iterable[bytes]:
    """Return an answer as bytes of a format, part by part; `table` as TSV."""
    if format_ == "xlsx":
        return [_xlsx(answer)]
    from policytrack.output.formats import STREAMED, Rows

    written = STREAMED["tsv" if format_ == "table" else format_]  # a file has no width to lay a table out for
    return written(Rows(answer.table.schema, answer.table.to_batches(), answer.footer))


def _xlsx(answer: Answer) -> bytes:
    from policytrack.output.xlsx import workbook

    parts = answer.footer.split(" · ") if answer.footer else []
    return workbook(
        [(answer.name or "policytrack", answer.table)], answer.coordinates or [("", part) for part in parts]
    )
