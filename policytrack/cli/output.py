"""How an answer leaves: a table on a terminal, raw rows on a pipe, or one of the formats asked for.

Rows go to standard output, words to standard error. Nothing but the terminal table rounds, shortens or decorates.
"""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from policytrack.cli.context import Context
from policytrack.errors import StorageTrouble, UsageError, counted

if TYPE_CHECKING:
    import pyarrow as pa

FORMATS: Final = ("table", "csv", "tsv", "json", "jsonl", "markdown", "parquet", "arrow", "xlsx")
_BY_ENDING: Final = {"md": "markdown", "txt": "table", "feather": "arrow", "ndjson": "jsonl"}
_BINARY: Final = frozenset({"parquet", "arrow", "xlsx"})


@dataclass(frozen=True)
class Answer:
    """Rows with what a person should see of them: a title, the columns for a terminal, and a footer."""

    table: pa.Table
    title: str = ""
    footer: str = ""
    shown: Sequence[str] = ()
    """Columns of the terminal table; all when empty. Every other format has them all."""
    empty: str = "no rows"
    name: str = ""
    """What a spreadsheet calls the sheet."""
    coordinates: Sequence[tuple[str, str]] = ()
    """What a spreadsheet says of the coordinates; the footer when empty."""


def write(answer: Answer, context: Context, format_: str | None, target: Path | None) -> None:
    """Write an answer to standard output or to a file, whose ending chooses the format if none is given.

    Raises `UsageError` for a format that cannot go where it is sent, `StorageTrouble` when the file cannot be written.
    """
    chosen = choose_format(format_, target)
    if target is None and chosen in _BINARY and sys.stdout.isatty():
        raise UsageError(f"{chosen} is not for a terminal", hint="give a file with -o FILE")
    if chosen == "table" and target is None:
        from policytrack.cli.terminal import print_table

        print_table(answer, context)
        return
    write_bytes(_WRITERS[chosen](answer), target)
    if target is not None:
        context.say(f"{counted(answer.table.num_rows, 'row')} written to {target}")


def encoded(answer: Answer, format_: str) -> bytes:
    """An answer in a format that is no table for the eye."""
    return _WRITERS[format_](answer)


def write_bytes(data: bytes, target: Path | None) -> None:
    """Write to a file, or to standard output. Raises what `write_file` does."""
    if target is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    else:
        write_file(target, [data])


def write_file(target: Path, parts: Iterable[bytes]) -> None:
    """Write a file that appears whole or not at all; what is no regular file, such as a pipe, is written into.

    Raises `StorageTrouble` when it cannot be written.
    """
    target = target.resolve()
    beside = not target.exists() or target.is_file()
    written = target.with_name(f".{target.name}.{os.getpid()}.new") if beside else target
    try:
        with written.open("wb") as file:
            file.writelines(parts)
        if beside:
            written.replace(target)
    except OSError as cause:
        raise StorageTrouble(f"cannot write {target}: {cause.strerror}", hint="choose another place") from cause
    finally:
        if beside:
            with suppress(OSError):
                written.unlink(missing_ok=True)


def choose_format(format_: str | None, target: Path | None) -> str:
    """The format asked for, or the one that the file's ending or the absence of a terminal names.

    Raises `UsageError` for an ending that names none.
    """
    if format_:
        return format_
    if target is None:
        return "table" if sys.stdout.isatty() else "tsv"
    ending = target.suffix.lstrip(".").lower()
    chosen = _BY_ENDING.get(ending, ending)
    if chosen not in FORMATS:
        raise UsageError(
            f"the ending of {target} names no format",
            hint=f"end it in .csv, .json, .parquet … or give --format: {', '.join(FORMATS)}",
        )
    return chosen


def rows_of(table: pa.Table) -> list[dict[str, Any]]:
    """The rows as Python values; days and instants that Python cannot hold, such as infinity, as text."""
    try:
        return list(table.to_pylist())
    except (OverflowError, ValueError):
        import pyarrow as pa
        import pyarrow.types as types

        for index, field in enumerate(table.schema):
            if types.is_temporal(field.type):
                text = table.column(index).cast(pa.string())
                table = table.set_column(index, field.name, text)
        return list(table.to_pylist())


def plain(value: Any) -> str:
    """A value as text: figures raw and exact, absent as empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return number(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ") + "Z"
    if isinstance(value, list | dict):
        return to_json(value)
    return str(value)


def number(value: Decimal) -> str:
    """A decimal as it is, without exponent and trailing zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def to_json(value: Any) -> str:
    """JSON with decimals as exact numbers, which the standard encoder cannot write."""
    if isinstance(value, Decimal):
        return number(value)
    if isinstance(value, datetime):
        return json.dumps(value.isoformat() + "Z")
    if isinstance(value, date | UUID):
        return json.dumps(str(value))
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(str(key))}: {to_json(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(to_json(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def _json(answer: Answer) -> bytes:
    rows = [to_json(row) for row in rows_of(answer.table)]
    return ("[" + ",\n ".join(rows) + "]\n").encode()


def _jsonl(answer: Answer) -> bytes:
    return "".join(to_json(row) + "\n" for row in rows_of(answer.table)).encode()


def _tsv(answer: Answer) -> bytes:
    def cell(value: Any) -> str:
        return plain(value).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")

    lines = ["\t".join(answer.table.column_names)]
    lines += ["\t".join(map(cell, row.values())) for row in rows_of(answer.table)]
    return ("\n".join(lines) + "\n").encode()


def _csv(answer: Answer) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(answer.table.column_names)
    writer.writerows([_harmless(value) for value in row.values()] for row in rows_of(answer.table))
    return text.getvalue().encode()


def _harmless(value: Any) -> str:
    """A cell that no spreadsheet takes for a formula. Figures are left as they are."""
    text = plain(value)
    return "'" + text if isinstance(value, str) and text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


def _markdown(answer: Answer) -> bytes:
    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"

    rows = rows_of(answer.table)
    names = answer.table.column_names
    rule = ["---:" if _is_number(answer, name) else "---" for name in names]
    lines = [line(names), "| " + " | ".join(rule) + " |"]
    lines += [line([plain(value) for value in row.values()]) for row in rows]
    footer = f"\n{answer.footer}\n" if answer.footer else ""
    return ("\n".join(lines) + "\n" + footer).encode()


def _is_number(answer: Answer, name: str) -> bool:
    import pyarrow.types as types

    kind = answer.table.schema.field(name).type
    return bool(types.is_decimal(kind) or types.is_integer(kind))


def _parquet(answer: Answer) -> bytes:
    import pyarrow.parquet as parquet

    sink = io.BytesIO()
    parquet.write_table(_cited(answer), sink)
    return sink.getvalue()


def _arrow(answer: Answer) -> bytes:
    import pyarrow as pa

    sink = io.BytesIO()
    table = _cited(answer)
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def _cited(answer: Answer) -> pa.Table:
    """The table with its coordinates in the metadata of the file."""
    metadata = {**(answer.table.schema.metadata or {}), b"policytrack": answer.footer.encode()}
    return answer.table.replace_schema_metadata(metadata)


def _xlsx(answer: Answer) -> bytes:
    from policytrack.cli.workbook import workbook

    parts = answer.footer.split(" · ") if answer.footer else []
    return workbook(
        [(answer.name or "policytrack", answer.table)], answer.coordinates or [("", part) for part in parts]
    )


_WRITERS: Final[dict[str, Callable[[Answer], bytes]]] = {
    "csv": _csv,
    "tsv": _tsv,
    "json": _json,
    "jsonl": _jsonl,
    "markdown": _markdown,
    "parquet": _parquet,
    "arrow": _arrow,
    "xlsx": _xlsx,
    "table": _tsv,
}
