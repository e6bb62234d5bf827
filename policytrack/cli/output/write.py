"""Writes an answer: a table on a terminal, TSV on a pipe, or the chosen format, to standard output or a file.

Rows go to standard output, messages to standard error. Only the terminal table rounds, shortens or decorates.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Final

from policytrack.cli.context import Context
from policytrack.cli.unseen import visible_lines
from policytrack.errors import StorageTrouble, UsageError, counted
from policytrack.ledger_settings import READ_MODEL, SETTINGS
from policytrack.output.answer import Answer
from policytrack.output.encoding import BINARY, FORMATS, parts_of
from policytrack.unfinished import unfinished

if TYPE_CHECKING:
    from policytrack.output.formats import Rows


_BY_ENDING: Final = {"md": "markdown", "txt": "table", "feather": "arrow", "ndjson": "jsonl"}
"""Formats of extensions that are not named like the format."""


def write(answer: Answer, context: Context, format_: str | None, target: Path | None) -> None:
    """Write an answer to standard output or to a file, whose extension sets the format unless `format_` does.

    Raises what `chosen_for` and `write_file` raise, and `UsageError` if --columns or --unit does not fit the answer.
    """
    answer = _shaped(answer, context)
    chosen = chosen_for(format_, target)
    if chosen == "table" and target is None:
        from policytrack.cli.output.table import print_table

        print_table(answer, context)
        return
    write_parts(parts_of(answer, chosen), target)
    if target is not None:
        context.say(f"{counted(answer.table.num_rows, 'row')} written to {target}")


def _shaped(answer: Answer, context: Context) -> Answer:
    """Return the answer with the columns and the unit that the user chose."""
    if not context.columns and context.unit is None:
        return answer
    from policytrack.cli.output.shaping import in_unit, with_columns

    if context.unit is not None:
        answer, others = in_unit(answer, context.unit)
        if others:
            context.say(f"note: --unit {context.unit} does not apply to figures in {', '.join(others)}; they keep it")
    return with_columns(answer, context.columns) if context.columns else answer


def write_rows(rows: Rows, format_: str, target: Path | None) -> None:
    """Write a stream of rows in a format of `STREAMED`. Raises what `write_file` raises."""
    from policytrack.output.formats import STREAMED

    write_parts(STREAMED[format_](rows), target)


def write_parts(parts: Iterable[bytes], target: Path | None) -> None:
    """Write bytes to a file, or to standard output, part by part. Raises what `write_file` raises."""
    if target is None:
        is_seen = sys.stdout.isatty()
        for part in parts:
            sys.stdout.buffer.write(visible_lines(part) if is_seen else part)
        sys.stdout.buffer.flush()
    else:
        write_file(target, parts)


def write_text(text: str) -> None:
    """Write data such as JSON or YAML to standard output, in UTF-8 whatever the locale: programs read it."""
    sys.stdout.flush()  # text that was printed before must come first: the bytes bypass its buffer
    write_parts([text.encode()], None)


def write_file(target: Path, parts: Iterable[bytes]) -> None:
    """Write a file atomically: a temporary file beside it replaces it at the end. Symbolic links are followed.

    A pipe or device cannot be replaced, so it is written to directly. Raises `StorageTrouble` if writing fails, and
    `UsageError` for a file that a ledger consists of.
    """
    target = target.resolve()
    _refuse_file_of_a_ledger(target)
    is_replaced = not target.exists() or target.is_file()
    try:
        with unfinished(target) if is_replaced else nullcontext(target) as written:
            with written.open("wb") as file:
                file.writelines(parts)
            if is_replaced:
                written.replace(target)
    except OSError as cause:
        raise StorageTrouble(
            f"cannot write {target}: {cause.strerror}", hint="check the path, its permissions and the disk space"
        ) from cause


def _refuse_file_of_a_ledger(target: Path) -> None:
    """Raise `UsageError` for a file of a ledger: `-o events.db` would replace all its events."""
    from policytrack.store.anchor import HEAD_FILE, LEDGER_STORE  # most answers go to the terminal

    store = (LEDGER_STORE, f"{LEDGER_STORE}-wal", f"{LEDGER_STORE}-shm", f"{LEDGER_STORE}-journal")
    is_of_ledger = target.name in (*store, HEAD_FILE, SETTINGS) and (target.parent / SETTINGS).exists()
    is_of_read_model = target.parent.name == READ_MODEL and (target.parent.parent / SETTINGS).exists()
    if is_of_ledger or is_of_read_model:
        raise UsageError(f"{target.name} is a file of the ledger {target.parent}", hint="choose another name")


def chosen_for(format_: str | None, target: Path | None) -> str:
    """Return the format as `choose_format` does. Raises `UsageError` also for a binary format on a terminal."""
    chosen = choose_format(format_, target)
    if target is None and chosen in BINARY and sys.stdout.isatty():
        raise UsageError(f"{chosen} cannot be shown on a terminal", hint="write it to a file with -o FILE")
    return chosen


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
