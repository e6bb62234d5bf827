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
    from policytrack.importing.bulk.record import Imported
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
    if not dry_run:
        imported = _import(context, ledger, files, known_on, prepare, yes=yes, options=options)
        if not imported.new:
            context.done["stored"] = 0
            context.say("nothing to do: every event is already recorded")
            return
        first, last = imported.first, imported.last
        message = f"recorded {event_range(first, last)} in one transaction: import i{first}"
        finish_recording(context, ledger, message, (first, last), imported.types, shows_progress=True)
        return
    with reading(context, ledger, files, known_on, prepare=prepare, **options) as spool:
        check_clock(context, ledger, is_confirmed=True)
        if output is None:
            preview(context, ledger, lambda copy: sorted(_record(context, copy, spool, prepare, allow_later=yes).types))
            return
        imported = _record(context, ledger, spool, prepare, allow_later=yes, dry_run=True)
        context.warn(ledger.warnings)
        write_new_events(context, imported.new, spool.data(imported.is_new), output)


def _import(
    context: Context,
    ledger: Ledger,
    files: tuple[str, ...],
    known_on: date,
    prepare: Any,
    *,
    yes: bool,
    options: dict[str, Any],
) -> Imported:
    """Record the events of files. Their drafts are out of memory afterwards: the read model needs it to catch up."""
    with reading(context, ledger, files, known_on, prepare=prepare, **options) as spool:
        check_clock(context, ledger, is_confirmed=yes)
        return _record(context, ledger, spool, prepare, allow_later=yes)


def _record(
    context: Context, ledger: Ledger, spool: Spool, prepare: Any, *, allow_later: bool, dry_run: bool = False
) -> Imported:
    """Record the drafts, in the ledger or in a copy for a preview, and report their numbers."""
    try:
        imported = ledger.record_drafts(
            spool,
            dry_run=dry_run,
            progress=context.progress("recording"),
            known_by=today(),
            allow_later=allow_later,
        )
    finally:
        context.end_progress()
    if prepare is not None:
        for line in prepare.lines():
            context.say(line)
    already = imported.count - imported.new
    context.done |= {"events": imported.count, "new": imported.new, "already": already, "is_dry_run": dry_run}
    read = f"{counted(imported.count, 'event')} read · {imported.new} new"
    context.say(f"{read} · {_already(imported.already, already)}")
    _say_again(context, imported.again)
    if imported.later:
        later = f"{counted(imported.later, 'event')} {'is' if imported.later == 1 else 'are'}"
        context.warn([f"{later} known only after today, and not in any figure before (check event_from_the_future)"])
    return imported


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


def preview(context: Context, ledger: Ledger, record: Callable[[Ledger], list[str]]) -> None:
    """End a dry run: show the effect of the new events on national figures.

    `record` records them in the ledger that it is given, a copy, and returns their types.
    """
    from policytrack.cli.preview import show_effect

    def recorded(copy: Ledger) -> list[str]:
        types = record(copy)
        context.warn(copy.warnings)
        return types

    show_effect(context, ledger, recorded)
    context.done |= {"stored": 0, "is_dry_run": True}
    context.say("dry run: nothing was written")


def write_new_events(context: Context, count: int, new: Iterable[tuple[str, str]], output: str) -> None:
    """End a dry run: write the new events, given by type and JSON of each, to a file, or to stdout for `-`."""
    from policytrack.events import EVENT_TYPES
    from policytrack.exporting import to_yaml

    is_yaml = output.endswith((".yaml", ".yml"))
    lines = (to_yaml(EVENT_TYPES[type_].model_validate_json(data)) if is_yaml else data + "\n" for type_, data in new)
    if output == "-":
        for line in lines:
            write_text(line)
    else:
        write_file(Path(output), (line.encode() for line in lines))
        written = f"{counted(count, 'new event')} written to {output}"
        context.say(f"{written}; to record {'it' if count == 1 else 'them'}: policytrack import {output}")
    context.done |= {"stored": 0, "is_dry_run": True}
    context.say("dry run: nothing was recorded")


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
