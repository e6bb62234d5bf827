"""How an answer leaves: a table on a terminal, raw rows on a pipe, or one of the formats asked for.

Rows go to standard output, words to standard error. Nothing but the terminal table rounds, shortens or decorates.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Final

from policytrack.cli.context import Context
from policytrack.cli.output.answer import Answer
from policytrack.errors import StorageTrouble, UsageError, counted
from policytrack.unfinished import unfinished

if TYPE_CHECKING:
    from policytrack.cli.output.formats import Rows


FORMATS: Final = ("table", "csv", "tsv", "json", "jsonl", "markdown", "parquet", "arrow", "xlsx")


_BY_ENDING: Final = {"md": "markdown", "txt": "table", "feather": "arrow", "ndjson": "jsonl"}


_BINARY: Final = frozenset({"parquet", "arrow", "xlsx"})


def write(answer: Answer, context: Context, format_: str | None, target: Path | None) -> None:
    """Write an answer to standard output or to a file, whose ending chooses the format if none is given.

    Raises `UsageError` for a format that cannot go where it is sent, `StorageTrouble` when the file cannot be written.
    """
    chosen = chosen_for(format_, target)
    if chosen == "table" and target is None:
        from policytrack.cli.output.table import print_table

        print_table(answer, context)
        return
    write_parts(_parts(answer, chosen), target)
    if target is not None:
        context.say(f"{counted(answer.table.num_rows, 'row')} written to {target}")


def write_rows(rows: Rows, format_: str, target: Path | None) -> None:
    """Write rows as they come, in a format that needs no more than a batch at a time. Raises what `write_file` does."""
    from policytrack.cli.output.formats import STREAMED

    write_parts(STREAMED[format_](rows), target)


def encoded(answer: Answer, format_: str) -> bytes:
    """An answer in a format that is no table for the eye."""
    return b"".join(_parts(answer, format_))


def _parts(answer: Answer, format_: str) -> Iterable[bytes]:
    if format_ == "xlsx":
        return [_xlsx(answer)]
    from policytrack.cli.output.formats import STREAMED, Rows

    written = STREAMED["tsv" if format_ == "table" else format_]
    return written(Rows(answer.table.schema, answer.table.to_batches(), answer.footer))


def write_parts(parts: Iterable[bytes], target: Path | None) -> None:
    """Write to a file, or to standard output, part by part. Raises what `write_file` does."""
    if target is None:
        for part in parts:
            sys.stdout.buffer.write(part)
        sys.stdout.buffer.flush()
    else:
        write_file(target, parts)


def write_text(text: str) -> None:
    """Write data that is text, such as JSON or YAML, to standard output: in UTF-8 whatever the terminal's encoding,
    since programs read it."""
    sys.stdout.flush()
    write_parts([text.encode()], None)


def write_file(target: Path, parts: Iterable[bytes]) -> None:
    """Write a file that appears whole or not at all; what is no regular file, such as a pipe, is written into.

    Raises `StorageTrouble` when it cannot be written.
    """
    target = target.resolve()
    beside = not target.exists() or target.is_file()
    try:
        with unfinished(target) if beside else nullcontext(target) as written:
            with written.open("wb") as file:
                file.writelines(parts)
            if beside:
                written.replace(target)
    except OSError as cause:
        raise StorageTrouble(f"cannot write {target}: {cause.strerror}", hint="choose another place") from cause


def chosen_for(format_: str | None, target: Path | None) -> str:
    """The format to write in. Raises `UsageError` for one that is not for a terminal, and what `choose_format` does."""
    chosen = choose_format(format_, target)
    if target is None and chosen in _BINARY and sys.stdout.isatty():
        raise UsageError(f"{chosen} is not for a terminal", hint="give a file with -o FILE")
    return chosen


def names_format(target: Path) -> bool:
    """Whether the ending of a file names a format of rows."""
    return _named_by(target) in FORMATS


def _named_by(target: Path) -> str:
    ending = target.suffix.lstrip(".").lower()
    return _BY_ENDING.get(ending, ending)


def choose_format(format_: str | None, target: Path | None) -> str:
    """The format asked for, or the one that the file's ending or the absence of a terminal names.

    Raises `UsageError` for an ending that names none.
    """
    if format_:
        return format_
    if target is None:
        return "table" if sys.stdout.isatty() else "tsv"
    chosen = _named_by(target)
    if chosen not in FORMATS:
        raise UsageError(
            f"the ending of {target} names no format",
            hint=f"end it in .csv, .json, .parquet … or give --format: {', '.join(FORMATS)}",
        )
    return chosen


def _xlsx(answer: Answer) -> bytes:
    from policytrack.cli.output.xlsx import workbook

    parts = answer.footer.split(" · ") if answer.footer else []
    return workbook(
        [(answer.name or "policytrack", answer.table)], answer.coordinates or [("", part) for part in parts]
    )
