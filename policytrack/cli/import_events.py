"""Reads, validates and records the events of files, for `import`, `init --demo` and the editor."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from policytrack.cli.context import Context, today
from policytrack.cli.output.write import write_file, write_text
from policytrack.cli.recording import check_clock, event_range, finish_recording
from policytrack.errors import counted

if TYPE_CHECKING:
    from uuid import UUID

    from policytrack.errors import LocateField
    from policytrack.events import Event
    from policytrack.importing.bulk.spool import Spool
    from policytrack.importing.formats import Format
    from policytrack.importing.read import Options
    from policytrack.importing.tables.table_options import TableOptions
    from policytrack.ledger import Ledger


def import_files(
    context: Context,
    ledger: Ledger,
    files: tuple[str, ...],
    *,
    known_on: date,
    dry_run: bool = False,
    yes: bool = False,
    prepare: Any = None,
    output: str | None = None,
    **options: Any,
) -> None:
    """Import the events of files in one transaction, and report them.

    `prepare` changes rows before validation, `options` are those of `read_files`. Raises `RejectedImport` with every
    error.
    """
    with reading(context, ledger, files, known_on, prepare=prepare, **options) as spool:
        check_clock(context, ledger, is_confirmed=yes or dry_run)
        try:
            imported = ledger.record_drafts(
                spool,
                dry_run=dry_run,
                progress=context.progress("recording"),
                known_by=today(),
                allow_later=yes,
            )
        finally:
            context.end_progress()
        if prepare is not None:
            prepare.report(context)
        already = imported.count - imported.new
        read = f"{counted(imported.count, 'event')} read · {imported.new} new"
        context.say(f"{read} · {_already(imported.already, already)}")
        _say_again(context, imported.again)
        if imported.later:
            later = f"{counted(imported.later, 'event')} {'is' if imported.later == 1 else 'are'}"
            context.warn(
                [f"{later} known only after today, and not in any figure before (check event_from_the_future)"]
            )
        if dry_run:
            context.warn(ledger.warnings)
            finish_dry_run(
                context,
                ledger,
                imported.new,
                sorted(imported.types),
                spool.data(imported.is_new),
                output,
                lambda copy: copy.record_drafts(spool),
            )
        elif imported.new:
            first, last = imported.first, imported.last
            message = f"recorded {event_range(first, last)} in one transaction: import i{first}"
            finish_recording(context, ledger, message, (first, last), imported.types, shows_progress=True)
        else:
            context.say("nothing to do: every event is already recorded")


def reading(
    context: Context, ledger: Ledger, files: tuple[str, ...], known_on: date, **options: Unpack[Options]
) -> Spool:
    """Read and validate files with a progress line. Returns the spool of drafts and errors; the caller closes it."""
    named = [(name, sys.stdin.buffer if name == "-" else Path(name)) for name in files]
    options["progress"] = context.progress("reading")
    try:
        return ledger.read_files(named, today=known_on, **options)
    finally:
        context.end_progress()


def read(
    context: Context,
    ledger: Ledger,
    files: tuple[str, ...],
    format_: Format,
    known_on: date,
    max_errors: int,
    tables: TableOptions | None,
    prepare: Any,
) -> tuple[list[Event], dict[UUID, LocateField]]:
    """Read the events of files into memory. Returns them with the places of their fields, by event id.

    Raises `RejectedImport` with every error, also of decisions: a dry run of the valid events finds those.
    """
    how: Options = {"format_": format_, "max_errors": max_errors, "tables": tables, "prepare": prepare}
    with reading(context, ledger, files, known_on, **how) as spool:
        if spool.findings:
            ledger.record_drafts(spool, dry_run=True)
        return spool.events()


def finish_dry_run(
    context: Context,
    ledger: Ledger,
    count: int,
    types: list[str],
    new: Iterable[tuple[str, str]],
    output: str | None,
    record: Callable[[Ledger], object],
) -> None:
    """End a dry run: write the new events to `output` if given, else show their effect on national figures.

    `new` are type and JSON of each new event, `count` is their number. `record` records them in a copy of the ledger.
    """
    if output is not None:
        from policytrack.events import EVENT_TYPES
        from policytrack.exporting import to_yaml

        is_yaml = output.endswith((".yaml", ".yml"))
        lines = (
            to_yaml(EVENT_TYPES[type_].model_validate_json(data)) if is_yaml else data + "\n" for type_, data in new
        )
        if output == "-":
            for line in lines:
                write_text(line)
        else:
            write_file(Path(output), (line.encode() for line in lines))
            written = f"{counted(count, 'new event')} written to {output}"
            context.say(f"{written}; to record {'it' if count == 1 else 'them'}: policytrack import {output}")
    elif count:
        from policytrack.cli.preview import show_effect

        show_effect(context, ledger, record, types)
    context.say("dry run: nothing was recorded" if output is not None else "dry run: nothing was written")


def _already(known: list[int], count: int) -> str:
    if not count:
        return "0 already recorded"
    shown = ", ".join(f"e{position}" for position in known[:5]) + (" …" if count > 5 else "")
    return f"{count} already recorded ({shown})"


def _say_again(context: Context, positions: list[int]) -> None:
    """Report events that were recorded under new ids."""
    if positions:
        shown = ", ".join(f"e{position}" for position in positions[:5]) + (" …" if len(positions) > 5 else "")
        context.say(
            f"{len(positions)} recorded again under a new id, since the event with its id was retracted ({shown})"
        )
