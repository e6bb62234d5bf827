"""Writes an answer: a table on a terminal, TSV on a pipe, or the chosen format, to standard output or a file.

Rows go to standard output, messages to standard error. Only the terminal table rounds, shortens or decorates.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from policytrack.api.files import write_file
from policytrack.cli.context import Context
from policytrack.cli.unseen import visible_lines
from policytrack.errors import UsageError, counted
from policytrack.output.answer import Answer
from policytrack.output.encoding import BINARY, choose_format, names_format, parts_of

if TYPE_CHECKING:
    from policytrack.output.formats import Rows

__all__ = [
    "choose_format", "chosen_for", "names_format", "write", "write_file", "write_parts", "write_rows", "write_text",
]  # fmt: skip


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
    write_parts(_enveloped(answer, context) if context.envelope else parts_of(answer, chosen), target)
    if target is not None:
        context.say(f"{counted(answer.table.num_rows, 'row')} written to {target}")


def _enveloped(answer: Answer, context: Context) -> Iterable[bytes]:
    from policytrack.cli.citing import coordinates_of_answer
    from policytrack.questions.envelope import enveloped

    return enveloped(coordinates_of_answer(context), answer.table, answer.notes)


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


def chosen_for(format_: str | None, target: Path | None) -> str:
    """Return the format as `choose_format` does. Raises `UsageError` also for a binary format on a terminal."""
    chosen = choose_format(format_, target)
    if target is None and chosen in BINARY and sys.stdout.isatty():
        raise UsageError(f"{chosen} cannot be shown on a terminal", hint="write it to a file with -o FILE")
    return chosen
