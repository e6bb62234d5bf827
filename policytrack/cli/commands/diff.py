"""`diff`: splits a change of the national figures into what happened and what was learned."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import rich_click as click
from click.exceptions import Exit

from policytrack.cli.context import Context, pass_context
from policytrack.cli.options import FIGURE_NAMES, PeriodEnd, query_options
from policytrack.cli.output.write import write
from policytrack.cli.run_question import Output, footer, run_query
from policytrack.output.answer import Answer
from policytrack.questions import requests
from policytrack.questions.answering import answered

if TYPE_CHECKING:
    from policytrack.readmodel.coordinates import Coordinates


DIFF_SHOWN = ("country_code", "activity_id", "figure", "cause", "change", "position", "summary", "unit", "known_on")


@click.command()
@click.option("--from", "start", type=PeriodEnd(), required=True, metavar="DATE", help="First valid date.")
@click.option("--to", "end", type=PeriodEnd(), metavar="DATE", help="Second valid date. [default: --as-of]")
@click.option("--known-from", type=PeriodEnd(), metavar="DATE", help="First knowledge date. [default: --known-at]")
@click.option("--known-to", type=PeriodEnd(), metavar="DATE", help="Second knowledge date. [default: --known-at]")
@click.option(
    "--figure",
    "figures",
    multiple=True,
    type=click.Choice(FIGURE_NAMES),
    help="Only this figure. [default: net, pending-gross, pending-net]",
)
@click.option("--stat", is_flag=True, help="Print one row per figure: happened, learned, and their sum.")
@click.option("--exit-code", is_flag=True, help="Exit 1 if a figure differs.")
@query_options("country", "activity")
@pass_context
def diff(
    context: Context,
    start: date,
    end: date | None,
    known_from: date | None,
    known_to: date | None,
    figures: tuple[str, ...],
    stat: bool,
    exit_code: bool,
    coordinates: Coordinates,
    filters: dict[str, list[str]],
    output: Output,
) -> None:
    """Split the change of national figures between two dates into what happened and what was learned.

    Happened: effective between the two valid dates, by the information of the first knowledge date. Learned: new
    information of the second knowledge date, about any time.

    Examples:

        policytrack diff --from 2025-01-31 --to 2025-10-31 --known-from 2025-01-31 --known-to 2025-10-31

        policytrack diff --from 2026-11-23 --known-from 2025-12-31 --stat
    """
    request = requests.diff(start, end, known_from, known_to, figures, filters, coordinates, stat=stat)
    table = run_query(context, coordinates, lambda session: answered(session, request)).table
    bounds = request.filters
    # The usual footer begins with one valid date and one knowledge date; a comparison has two of each.
    line = (
        f"as of {bounds['from_as_of']} → {bounds['to_as_of']} · known at {bounds['from_known_at']} → "
        f"{bounds['to_known_at']} · {footer(context, coordinates).split(' · ', 2)[2]}"
    )
    write(Answer(table, "Changes", line, () if stat else DIFF_SHOWN, "nothing changed"), context, *output)
    if exit_code and table.num_rows:
        raise Exit(1)
