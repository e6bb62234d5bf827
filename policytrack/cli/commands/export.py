"""`export`: writes the events as JSON Lines, views as files, or a data package."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click as plain_click
import rich_click as click
from click.core import ParameterSource

from policytrack.cli import shell_completion
from policytrack.cli.citing import citation_of, head_of_store
from policytrack.cli.context import Context, pass_context
from policytrack.cli.options import query_options
from policytrack.cli.output.write import choose_format, write, write_parts
from policytrack.cli.run_question import Output, footer, run_query
from policytrack.errors import NotFound, UsageError
from policytrack.output.answer import Answer

if TYPE_CHECKING:
    from policytrack.ledger import Ledger
    from policytrack.readmodel.coordinates import Coordinates
    from policytrack.readmodel.session import Session

RECORD: Final = "events"
ALL_VIEWS: Final = "views"
_NOT_OF_THE_RECORD: Final = ("as_of", "known_at", "dates", "include", "perimeter")


@click.command()
@click.argument(
    "names",
    nargs=-1,
    required=True,
    metavar="events|VIEW…|views|DIR|lake DIR|sqlite FILE",
    shell_complete=shell_completion.names(shell_completion.exports, shell_completion.views, or_folder=True),
)
@click.option("--force", is_flag=True, help="Write a package into a folder with other files. They are not removed.")
@click.option(
    "--verbatim",
    is_flag=True,
    help="Of events: with positions, times and digests, for `pull` and to check the chain without policytrack.",
)
@query_options(include=True, defaults=False)
@pass_context
def export(
    context: Context,
    names: tuple[str, ...],
    force: bool,
    verbatim: bool,
    coordinates: Coordinates,
    filters: dict[str, list[str]],
    output: Output,
) -> None:
    """Export the events, the views, or a complete data package.

    `events` writes all events as JSON Lines; importing them into an empty ledger gives the same events, recorded now.
    With --verbatim, `pull` gives an identical ledger, with the same head. A VIEW is
    written in any format. Several views, or `views` for all, go into one spreadsheet. Any other name is a folder for a
    data package: all views (CSV or Parquet), the events, their sources, a data dictionary and a citation.
    `lake DIR` writes facts, steps and spans as Parquet files for any engine, for all dates; a second export writes only
    what is new. `sqlite FILE` writes the views as a SQLite database.

    Examples:

        policytrack export events -o events.jsonl

        policytrack export national_capacity -o capacity.parquet --as-of 2025-10-31

        policytrack export views -o ledger.xlsx

        policytrack export ./package --known-at 2025-12-31

        policytrack export lake ./lake

        policytrack export sqlite brief.sqlite --as-of 2025-10-31

    List the views and their columns with: policytrack schema.
    """
    del filters  # export has none
    if len(names) == 2 and names[0] in ("lake", "sqlite"):
        if verbatim or force or output[1] is not None or output[0] is not None:
            given = "--verbatim" if verbatim else "--force" if force else "-o" if output[1] is not None else "--format"
            raise UsageError(f"{given} does not apply to {names[0]}", hint=f"policytrack export {names[0]} {names[1]}")
        _export_as(context, names[0], Path(names[1]), coordinates)
        return
    if names == (RECORD,):
        _export_record(context, coordinates, output, verbatim=verbatim)
        return
    if verbatim:
        raise UsageError("--verbatim applies to events only", hint="policytrack export events --verbatim -o FILE.jsonl")
    target = _folder(context, names)
    if target is None:
        if force:
            raise UsageError(
                f"--force does not apply to {names[0]!r}: it is not a folder",
                hint=f"omit --force, or write ./{names[0]} for a folder",
            )
        _export_views(context, names, coordinates, output)
    else:
        from policytrack.cli.export_package import export_package

        if output[1] is not None:
            raise UsageError("a data package is a folder; -o names a file", hint=f"policytrack export {names[0]}")
        export_package(context, target, coordinates, output[0] or "csv", force=force)


def _export_as(context: Context, kind: str, target: Path, coordinates: Coordinates) -> None:
    if kind == "sqlite":
        from policytrack.cli.export_sqlite import export_sqlite

        export_sqlite(context, target, coordinates)
        return
    from policytrack.cli.export_lake import export_lake

    _refuse_dates("a lake", "it has all dates; omit the option")
    export_lake(context, target, coordinates)


def _refuse_dates(what: str, hint: str) -> None:
    run = plain_click.get_current_context()
    for name in _NOT_OF_THE_RECORD:
        if run.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise UsageError(f"--{name.replace('_', '-')} does not apply to {what}", hint=hint)


def _folder(context: Context, names: tuple[str, ...]) -> Path | None:
    """Return the folder for a package; None when all names are views.

    A new folder with a name like a view's is probably a mistyped view. Raises `NotFound` for it, with near matches.
    """
    from policytrack.values.ids import near_matches

    known = {RECORD, ALL_VIEWS, *context.ledger().view_names()}
    unknown = [name for name in names if name not in known]
    if not unknown:
        return None
    if len(names) == 1 and (Path(names[0]).name != names[0] or Path(names[0]).is_dir()):
        return Path(names[0])
    close = near_matches(unknown[0].replace("-", "_"), sorted(known))
    if close or len(names) > 1:
        raise NotFound(
            f"there is no view {unknown[0]!r}",
            hint=(f"similar: {', '.join(close)}; " if close else "") + f"for a folder write ./{unknown[0]}",
            candidates=close,
        )
    return Path(names[0])


def _export_record(context: Context, coordinates: Coordinates, output: Output, *, verbatim: bool) -> None:
    _refuse_dates("events", "use --head N to export the events up to a position")
    format_, target = output
    if format_ not in {None, "jsonl"}:
        raise UsageError(
            f"events are exported as jsonl, not {format_}",
            hint=f"for a table: policytrack export event_log -o F.{format_}",
        )
    ledger = context.ledger()
    if coordinates.head is not None:
        _check_head(ledger, coordinates.head)
    # Read the head once for the lines, the count and the citation: other processes may record events meanwhile.
    head = context.answered_head = head_of_store(ledger, coordinates)
    if verbatim:
        from policytrack.store.segments import lines

        ledger.check_not_rolled_back()
        write_parts(lines(ledger.store, 0, head[0]), target)
    else:
        write_parts((line.encode() for line in ledger.lines(head[0])), target)
    if target is not None:
        context.say(f"{head[0]:,} events written to {target}")


def _check_head(ledger: Ledger, head: int) -> None:
    """Raise `NotFound` when the ledger has fewer events."""

    last = ledger.store.head().position
    if head > last:
        raise NotFound(f"there is no event e{head}; the last is e{last}", hint=f"use --head e{last} or less")


def _export_views(context: Context, names: tuple[str, ...], coordinates: Coordinates, output: Output) -> None:
    from policytrack.questions.data_package import views_of

    wanted = None if ALL_VIEWS in names else names
    several = wanted is None or len(wanted) > 1
    if several and choose_format(*output) != "xlsx":
        raise UsageError(
            "several views can be exported only to a spreadsheet or a folder",
            hint="use -o FILE.xlsx, or a folder: ./package",
        )

    def answer(session: Session) -> Any:
        return views_of(session, wanted)

    tables = [(view.name, table) for view, table in run_query(context, coordinates, answer)]
    line = footer(context, coordinates)
    where = tuple(citation_of(context, coordinates).parts().items())
    if not several:
        name, table = tables[0]
        write(Answer(table, name, line, name=name, coordinates=where), context, *output)
        return
    from policytrack.output.xlsx import workbook

    write_parts([workbook(tables, where)], output[1])
    if output[1] is not None:
        context.say(f"{len(tables)} views written to {output[1]}")
