"""`asof`: prints one page about a date: capacity, pending projects, the latest events, errors and warnings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import click as plain_click
import rich_click as click
from click.core import ParameterSource

from policytrack.cli.context import Context, pass_context, today
from policytrack.cli.options import query_options
from policytrack.cli.output.write import write
from policytrack.cli.run_question import CAPACITY_SHOWN, LOG_SHOWN, PENDING_SHOWN, Output, footer, run_query
from policytrack.cli.unseen import echo
from policytrack.errors import counted
from policytrack.output.answer import Answer
from policytrack.questions.citation import below_zero

if TYPE_CHECKING:
    from policytrack.readmodel.coordinates import Coordinates
    from policytrack.readmodel.session import Session

_PAGE: Final = 50
"""Most rows of each table on the page."""
_ALL: Final = {"Capacity": "capacity", "Pending projects": "pending", "Errors and warnings": "check"}
"""Which command prints all rows of a table of the page."""


@click.command()
@click.argument("day", required=False, metavar="[DATE]")
@query_options("country", "activity")
@pass_context
def asof(
    context: Context, day: str | None, coordinates: Coordinates, filters: dict[str, list[str]], output: Output
) -> None:
    """Show one page about a date: capacity, pending projects, latest events, errors and warnings.

    Each table has at most 50 rows; the page names the command that prints all of them. DATE sets --as-of, and
    --known-at unless that is given. With --format, the rows are those of capacity only.

    Examples:

        policytrack asof 2025-01

        policytrack asof 2025-10-31 --activity rare-earth-separation
    """
    from policytrack.questions import ask, check_filters
    from policytrack.values.dates import parse_period_end

    if day is not None:
        # Without --known-at, the page shows what was known on that date, not what is known about it today.
        cut = parse_period_end(day, today())
        both = plain_click.get_current_context().get_parameter_source("known_at") is ParameterSource.DEFAULT
        coordinates = replace(coordinates, as_of=cut, known_at=cut if both else coordinates.known_at)

    def page(session: Session) -> tuple[Answer, ...]:
        check_filters(session, filters)
        latest = ask(session, "log", {"after": ask(session, "before_latest_events")["position"][0].as_py()})
        return (
            Answer(ask(session, "capacity", filters), "Capacity", "", CAPACITY_SHOWN, "no capacity is recorded"),
            Answer(ask(session, "pending", filters), "Pending projects", "", PENDING_SHOWN, "no project is pending"),
            Answer(latest, "Latest events", "", LOG_SHOWN, "no event is recorded"),
            _concerns(session),
        )

    parts = run_query(context, coordinates, page)
    line = footer(context, coordinates)
    if negative := below_zero(parts[0].table):
        context.say(f"note: {negative}")
        line = f"{line} · {negative}"
    if output != (None, None):  # a format or a file holds one table
        write(replace(parts[0], footer=line), context, *output)
        return
    print_page(parts, context, coordinates)
    echo(line)


def print_page(parts: Sequence[Answer], context: Context, coordinates: Coordinates) -> None:
    """Print the first rows of each table; where there are more, name the command that prints all."""
    from policytrack.cli.output.table import print_table

    for part in parts:
        print_table(replace(part, table=part.table.slice(0, _PAGE)), context)
        if (more := part.table.num_rows - _PAGE) > 0:
            dates = f"--as-of {coordinates.as_of} --known-at {coordinates.known_at}"
            echo(f"and {counted(more, 'more row')}: policytrack {_ALL[part.title]} {dates}")
        click.echo()


def _concerns(session: Session) -> Answer:
    """Return what the checks find. A check of the ledger's own that exceeds its limits leaves the rest of the page."""
    import pyarrow as pa

    from policytrack.errors import QueryLimit
    from policytrack.questions import ask

    title = "Errors and warnings"
    try:
        return Answer(ask(session, "concerns"), title, "", (), "no error or warning")
    except QueryLimit as limit:
        return Answer(pa.table({"concern": []}), title, "", (), f"not checked: {limit.what}; {limit.hint}")
