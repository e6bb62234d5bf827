"""`import`: defines the options of an import and hands its files to the importer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import rich_click as click

from policytrack.cli.context import Context, pass_context
from policytrack.cli.import_events import import_files
from policytrack.cli.options import Day
from policytrack.errors import RejectedImport, UsageError
from policytrack.importing.formats import Format
from policytrack.importing.tables.shipped_maps import shipped_names
from policytrack.plugins import importers, located_pack

if TYPE_CHECKING:
    from policytrack.importing.tables.table_options import TableOptions
    from policytrack.ledger import Ledger


@click.command(name="import")
@click.argument("files", nargs=-1, required=True, metavar="FILE|-…")
@click.option(
    "--format",
    "format_",
    type=click.Choice([*get_args(Format), *importers()]),
    default="auto",
    show_default=True,
    help="Format of the files. auto: by extension, then by first character. Plugins add formats.",
)
@click.option(
    "--map",
    "map_file",
    type=click.Path(path_type=Path),
    metavar="FILE|NAME",
    help=f"Map from columns to events: a file, or a map by name: {', '.join(shipped_names())}.",
)
@click.option("--sheet", metavar="NAME", help="Sheet of a spreadsheet. [default: the only one]")
@click.option("--decimal", type=click.Choice([",", "."]), help="Decimal mark of a table. [default: .]")
@click.option("--date-form", metavar="FORM", help="Date format of a table: DD/MM/YYYY, YYYYMMDD, D MMM YYYY.")
@click.option("--fiscal-year", metavar="COUNTRY", help="Country of fiscal years such as 2033-34 and FY26: India, JP …")
@click.option("--encoding", metavar="NAME", help="Encoding of a CSV file: cp1252, gb18030, utf-16 … [default: utf-8]")
@click.option("--type", "event_type", metavar="TYPE", help="Event type of the rows, if there is no column `type`.")
@click.option(
    "--known-on",
    type=Day(),
    metavar="DATE",
    help="Knowledge date of events without `known_on`. [default: as in the map, or today]",
)
@click.option("--source", metavar="PART=VALUE,…", help="Source of events without one: title=…,class=…")
@click.option(
    "--register-missing",
    is_flag=True,
    help="Register firms that are named, and facilities, projects and activities that rows describe, if missing.",
)
@click.option("--snapshot", metavar="KEY", help="Compare a complete table by its id column KEY; record the changes.")
@click.option("--retire-absent", is_flag=True, help="With --snapshot: record that what the table omits has ended.")
@click.option("--retract-absent", is_flag=True, help="With --snapshot: retract what the table omits.")
@click.option("-n", "--dry-run", is_flag=True, help="Check the files and show the effect; write nothing.")
@click.option("-y", "--yes", is_flag=True, help="Record also with a `known_on` after today or a doubtful clock.")
@click.option(
    "-o",
    "--output",
    metavar="FILE|-",
    help="With --dry-run: write the new events as JSON Lines or YAML, ready to import.",
)
@click.option(
    "--max-errors",
    type=click.IntRange(min=1),
    default=50,
    show_default=True,
    metavar="N",
    help="Stop after this many errors.",
)
@pass_context
def import_(context: Context, /, files: tuple[str, ...], snapshot: str | None, **given: Any) -> None:
    """Import events from YAML, JSON Lines, CSV or XLSX files in one transaction. `-` reads stdin.

    Every row is validated first; if one is invalid, nothing is recorded. Table columns are event fields, as written by
    `policytrack template`; other columns need a map (docs/import.md). Importing a file again records nothing twice.

    Examples:

        policytrack import october.yaml --dry-run

        policytrack import plants.xlsx --map plants.toml --dry-run -o plants.jsonl

        policytrack import units.csv --map gem-steel
    """
    ledger = context.ledger()
    files = tuple(located_pack(name) for name in files)
    if given["output"] is not None and not given["dry_run"]:
        raise UsageError(
            "--output needs --dry-run", hint="add --dry-run, or write recorded events with `policytrack export`"
        )
    if given["output"] not in {None, "-"} and not given["output"].endswith((".jsonl", ".ndjson", ".yaml", ".yml")):
        raise UsageError(
            f"--output {given['output']!r} has no extension of JSON Lines or YAML",
            hint="use -o FILE.jsonl, -o FILE.yaml, or -o - for stdout",
        )
    if given["output"] == "-" and context.output is not None:
        raise UsageError("--json does not apply to -o -: both are for stdout", hint="write the events to a file")
    options, given["prepare"] = _tables(context, ledger, files, snapshot, given)
    absent = [name for name in ("--retire-absent", "--retract-absent") if given[name[2:].replace("-", "_")]]
    if absent and snapshot is None:
        raise UsageError(f"{absent[0]} needs --snapshot", hint="name the column of ids: --snapshot KEY")
    if len(absent) > 1:
        raise UsageError("--retire-absent and --retract-absent cannot be combined", hint="use one of them")
    try:
        if snapshot is not None:
            from policytrack.cli.import_snapshot import import_snapshot

            import_snapshot(context, ledger, files, options, given)
            return
        import_files(
            context,
            ledger,
            files,
            format_=given["format_"],
            known_on=options.known_on,
            dry_run=given["dry_run"],
            yes=given["yes"],
            max_errors=given["max_errors"],
            tables=options,
            prepare=given["prepare"],
            output=given["output"],
        )
    except RejectedImport as rejected:
        options.unused.name_merged_cells(rejected.findings)
        if len(rejected.findings) >= given["max_errors"]:
            rejected.hint = f"stopped after {given['max_errors']} errors; to see more, use --max-errors N"
        raise
    finally:  # also after an error: an unused column or map entry is often its cause
        for line in options.unused.lines():
            context.say(line)


def _tables(
    context: Context, ledger: Ledger, files: tuple[str, ...], snapshot: str | None, given: dict[str, Any]
) -> tuple[TableOptions, Any]:
    """Return the options of tables, and the preparation of their rows before validation (None without one).

    Raises what `table_options` does, and `UsageError`.
    """
    from policytrack.api.importing import table_options

    # A table may need several columns to identify a row: --snapshot "Plant,Unit".
    key = tuple(name.strip() for name in snapshot.split(",")) if snapshot else ()
    names = (
        "map_file",
        "format_",
        "sheet",
        "event_type",
        "known_on",
        "decimal",
        "date_form",
        "fiscal_year",
        "encoding",
    )
    options = table_options(files, key=key, **{name: given[name] for name in names})
    map_ = options.map
    is_mapped = map_ is not None and bool(map_.event)
    if key and not is_mapped:
        raise UsageError("--snapshot needs --map", hint="write a map from the columns to events; see docs/import.md")
    if not (is_mapped or given["register_missing"] or given["source"]):
        return options, None
    from policytrack.cli.import_preparation import preparing

    prepare = preparing(context, ledger, map_, source=given["source"], register=given["register_missing"])
    # Each edition of a tracker registers its plants again: known ids are skipped. A snapshot compares them instead.
    prepare.passes_over_registered = is_mapped and not key
    return options, prepare
