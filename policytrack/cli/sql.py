"""`sql`: the user's own question over the views, in a process that can do nothing else."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from policytrack.cli.answering import Output, footer, undamaged
from policytrack.cli.context import Context, pass_context
from policytrack.cli.options import asking
from policytrack.cli.output import Answer, write
from policytrack.errors import UsageError

if TYPE_CHECKING:
    from policytrack.readmodel.coordinates import Coordinates


@click.command()
@click.argument("query", required=False)
@click.option(
    "-f",
    "--file",
    "file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="FILE",
    help="Read the query from a file.",
)
@click.option("-p", "--parameter", "parameters", multiple=True, metavar="NAME=VALUE", help="Bind $name in the query.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most N rows; said on stderr when it cuts.")
@click.option("--timeout", type=click.IntRange(1, 3600), default=60, show_default=True, metavar="SECONDS")
@asking(include=True)
@pass_context
def sql(
    context: Context,
    query: str | None,
    file: Path | None,
    parameters: tuple[str, ...],
    limit: int | None,
    timeout: int,
    coordinates: Coordinates,
    filters: dict[str, list[str]],
    output: Output,
) -> None:
    """Ask SQL over the views, read-only. `-` reads the query from stdin.

    Examples:

        policytrack sql "FROM national_capacity" --as-of 2025-10-31 --known-at 2025-10-31

        policytrack sql "SELECT * FROM project WHERE due_latest < $day::DATE" -p day=2027-01-01

    The views and their columns: policytrack schema.
    """
    from policytrack.readmodel.sandbox import run_sql

    del filters  # sql takes none
    text = _query_text(query, file)
    bound: dict[str, object] = {}
    for parameter in parameters:
        name, equals, value = parameter.partition("=")
        if not equals or not name.isidentifier():
            raise UsageError(
                f"-p {parameter!r} is not NAME=VALUE",
                hint="for instance -p country=CN, and $country in the query",
            )
        bound[name] = value
    ledger = context.ledger()

    def once() -> Any:
        path = ledger.file_at(coordinates, notes=context.note, progress=context.progress("catching up"))
        rows = None if limit is None else limit + 1
        return run_sql(path, coordinates, text, parameters=bound, limit=rows, timeout_seconds=timeout)

    table = undamaged(context, once)
    if limit is not None and table.num_rows > limit:
        table = table.slice(0, limit)
        context.say(f"note: more than {limit} rows; the rest is left out (--limit)")
    write(Answer(table, "", footer(context, coordinates)), context, *output)


def _query_text(query: str | None, file: Path | None) -> str:
    if file is not None and query is None:
        return file.read_text(encoding="utf-8")
    if file is None and query == "-":
        return sys.stdin.read()
    if file is None and query:
        return query
    raise UsageError(
        "give one query, as an argument or with --file",
        hint='for instance policytrack sql "FROM national_capacity"',
    )
