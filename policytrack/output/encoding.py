"""Encodes an answer as the bytes of a file, in any of the formats."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from policytrack.errors import UsageError
from policytrack.output.answer import Answer

FORMATS: Final = ("table", "csv", "tsv", "json", "jsonl", "markdown", "parquet", "arrow", "xlsx")
BINARY: Final = frozenset({"parquet", "arrow", "xlsx"})
_BY_ENDING: Final = {"md": "markdown", "txt": "table", "feather": "arrow", "ndjson": "jsonl"}
"""Formats of extensions that are not named like the format."""


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


def names_format(target: Path) -> bool:
    """Return whether the extension of a file is that of a format of rows."""
    return _named_by(target) in FORMATS


def _named_by(target: Path) -> str:
    ending = target.suffix.lstrip(".").lower()
    return _BY_ENDING.get(ending, ending)


def choose_format(format_: str | None, target: Path | None) -> str:
    """Return the chosen format, or that of the file's extension, or `table` on a terminal and `tsv` on a pipe.

    Raises `UsageError` for an unknown extension.
    """
    if format_:
        return format_
    if target is None:
        return "table" if sys.stdout.isatty() else "tsv"
    chosen = _named_by(target)
    if chosen not in FORMATS:
        raise UsageError(
            f"the extension of {target} is not a format",
            hint=f"use .csv, .json, .parquet … or choose with --format: {', '.join(FORMATS)}",
        )
    return chosen
