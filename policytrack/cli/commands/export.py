"""`export`: the record as JSON Lines, views as files, or all of it as a data package."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click as plain_click
import rich_click as click
from click.core import ParameterSource

from policytrack.cli import shell_completion
from policytrack.cli.citing import citation_of, head_of_store
from policytrack.cli.context import Context, pass_context
from policytrack.cli.options import asking
from policytrack.cli.output.answer import Answer
from policytrack.cli.output.write import choose_format, write, write_parts
from policytrack.cli.run_question import Output, asked, footer
from policytrack.errors import NotFound, UsageError

if TYPE_CHECKING:
    from policytrack.ledger import Ledger
    from policytrack.readmodel.coordinates import Coordinates
    from policytrack.readmodel.session import Session

RECORD: Final = "events"
ALL_VIEWS: Final = "views"
_NOT_OF_THE_RECORD: Final = ("as_of", "known_at", "dates", "include")


@click.command()
@click.argument(
    "names",
    nargs=-1,
    required=True,
    metavar="events|VIEW…|views|DIR",
    shell_complete=shell_completion.names(shell_completion.exports, shell_completion.views, or_folder=True),
)
@click.option("--force", is_flag=True, help="Write a package into a folder that holds other files; none is removed.")
@asking(include=True)
@pass_context
def export(
    context: Context,
    names: tuple[str, ...],
    force: bool,
    coordinates: Coordinates,
    filters: dict[str, list[str]],
    output: Output,
) -> None:
    """Write the record, a view, or all of it as a data package, for others to use.

    `events` is the whole record as JSON Lines: imported into an empty ledger, it makes the same record. A VIEW goes
    out in any format; several, or `views` for every one, into one spreadsheet. Any other name is a folder, for a
    package of all views (CSV or Parquet), the record, its sources, a dictionary and a citation.

    Examples:

        policytrack export events -o events.jsonl

        policytrack export national_capacity -o capacity.parquet --as-of 2025-10-31

        policytrack export views -o ledger.xlsx

        policytrack export ./package --known-at 2025-12-31

    The views and their columns: policytrack schema.
    """
    del filters  # export takes none
    if names == (RECORD,):
        _export_record(context, coordinates, output)
        return
    target = _folder(context, names)
    if target is None:
        if force:
            raise UsageError("--force is for a folder", hint=f"leave it out, or write ./{names[0]} for a folder")
        _export_views(context, names, coordinates, output)
    else:
        from policytrack.cli.export_package import export_package

        if output[1] is not None:
            raise UsageError("a package is a folder, and -o names a file", hint=f"policytrack export {names[0]}")
        export_package(context, target, coordinates, output[0] or "csv", force=force)


def _folder(context: Context, names: tuple[str, ...]) -> Path | None:
    """The folder that is meant; None when the names are views. A name close to a view's is taken for a mistake."""
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
            hint=(f"close: {', '.join(close)}; " if close else "") + f"for a folder write ./{unknown[0]}",
            candidates=close,
        )
    return Path(names[0])


def _export_record(context: Context, coordinates: Coordinates, output: Output) -> None:
    run = plain_click.get_current_context()
    for name in _NOT_OF_THE_RECORD:
        if run.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise UsageError(
                f"--{name.replace('_', '-')} does not cut the record", hint="--head N ends it at a position"
            )
    format_, target = output
    if format_ not in {None, "jsonl"}:
        raise UsageError(
            "the record goes out as jsonl", hint=f"for a table: policytrack export event_log -o F.{format_}"
        )
    ledger = context.ledger()
    if coordinates.head is not None:
        _check_head(ledger, coordinates.head)
    # One head for the lines, the count and the citation: other processes may record events meanwhile.
    head = context.answered_head = head_of_store(ledger, coordinates)
    write_parts((line.encode() for line in ledger.lines(head[0])), target)
    if target is not None:
        context.say(f"{head[0]:,} events written to {target}")


def _check_head(ledger: Ledger, head: int) -> None:
    """Raise `NotFound` when the ledger is not that long."""
    from policytrack.store.reading import head as stored

    last = stored(ledger.store).position
    if head > last:
        raise NotFound(f"there is no event e{head}; the last is e{last}", hint="give --head up to that")


def _export_views(context: Context, names: tuple[str, ...], coordinates: Coordinates, output: Output) -> None:
    from policytrack.questions.data_package import views_of

    wanted = None if ALL_VIEWS in names else names
    several = wanted is None or len(wanted) > 1
    if several and choose_format(*output) != "xlsx":
        raise UsageError("only a spreadsheet holds several views", hint="-o FILE.xlsx, or a folder: ./package")

    def answer(session: Session) -> Any:
        return views_of(session, wanted)

    tables = [(view.name, table) for view, table in asked(context, coordinates, answer)]
    line = footer(context, coordinates)
    where = tuple(citation_of(context, coordinates).parts().items())
    if not several:
        name, table = tables[0]
        write(Answer(table, name, line, name=name, coordinates=where), context, *output)
        return
    from policytrack.cli.output.xlsx import workbook

    write_parts([workbook(tables, where)], output[1])
    if output[1] is not None:
        context.say(f"{len(tables)} views written to {output[1]}")
