"""`plot`: draws bar charts on the terminal, or as SVG or PNG. Replacement has a bar of its own, apart from growth."""

from __future__ import annotations

import sys
from datetime import date
from typing import TYPE_CHECKING, Any

import rich_click as click

from policytrack.cli.context import Context, pass_context
from policytrack.cli.options import period_options, query_options
from policytrack.cli.output.write import names_format, write, write_file
from policytrack.cli.run_question import Output, footer, run_query
from policytrack.cli.unseen import visible
from policytrack.errors import UsageError
from policytrack.output.answer import Answer
from policytrack.output.values import rows_of
from policytrack.questions.periods import series_days
from policytrack.questions.why_holding import BASES

if TYPE_CHECKING:
    from policytrack.readmodel.coordinates import Coordinates
    from policytrack.readmodel.session import Session

Filters = dict[str, list[str]]
_NARROWEST = 40
"""Least width of a chart in characters. A narrower terminal wraps it."""
_WIDEST = 120
"""Largest width: without a terminal the console has no limit."""


@click.group()
def plot() -> None:
    """Draw bar charts of figures: on the terminal, or as SVG or PNG with -o FILE.

    Replacement capacity adds nothing, so it has a bar of its own. Unknown figures are labelled, not drawn as zero. A
    chart shows its dates and head. --format writes the rows instead of drawing them.

    Example:

        policytrack plot pending --country CN -o pending.svg
    """


@plot.command()
@query_options("country", "activity")
@pass_context
def capacity(context: Context, coordinates: Coordinates, filters: Filters, output: Output) -> None:
    """Draw national capacity: operating, pending growth and, apart, pending replacement.

    Example:

        policytrack plot capacity --activity rare-earth-separation

    Next: policytrack capacity, policytrack series.
    """
    days = {"as_of_days": [coordinates.as_of], "known_at_days": [coordinates.known_at], "by": "country"}
    _plot(context, "national", "National capacity", coordinates, {**filters, **days}, output)


@plot.command()
@query_options("country", "activity", "firm", "project")
@pass_context
def pending(context: Context, coordinates: Coordinates, filters: Filters, output: Output) -> None:
    """Draw pending projects by due date: what each adds and, apart, what it replaces.

    Example:

        policytrack plot pending --country CN

    Next: policytrack pending.
    """
    _plot(context, "pending", "Pending projects", coordinates, filters, output)


@plot.command()
@click.argument("firm_id", required=False, metavar="[FIRM]")
@click.option(
    "--basis",
    multiple=True,
    type=click.Choice(BASES),
    help="Only this basis.",
)
@query_options("firm", "activity", include=True)
@pass_context
def holdings(
    context: Context,
    firm_id: str | None,
    basis: tuple[str, ...],
    coordinates: Coordinates,
    filters: Filters,
    output: Output,
) -> None:
    """Draw the capacity of firms on the three bases: operating, and gross pending.

    Example:

        policytrack plot holdings northern-rare-earth

    Next: policytrack holdings.
    """
    chosen = {**filters, "basis": list(basis)}
    if firm_id:
        chosen["firm"] = [*filters["firm"], firm_id]
    _plot(context, "holdings", "Holdings", coordinates, chosen, output)


@plot.command()
@period_options
@query_options("country", "activity")
@pass_context
def series(
    context: Context,
    every: str,
    start: date,
    end: date | None,
    vintage: str,
    coordinates: Coordinates,
    filters: Filters,
    output: Output,
) -> None:
    """Draw national figures over time, at the end of each month, quarter or year.

    Example:

        policytrack plot series --from 2020 --country CN --activity rare-earth-separation

    Next: policytrack series, policytrack diff.
    """
    days = series_days(start, end, every, vintage, coordinates)
    chosen = {
        **filters,
        "as_of_days": days.as_of,
        "known_at_days": days.known_at,
        "by": "known_at" if vintage == "revisions" else "as_of",
    }
    title = f"National capacity by {every}" + {"current": "", "real-time": ", as known then"}.get(
        vintage, f" of knowledge, as of {coordinates.as_of}"
    )
    _plot(context, "national", title, coordinates, chosen, output)


def _plot(
    context: Context, question: str, title: str, coordinates: Coordinates, filters: dict[str, Any], output: Output
) -> None:
    from policytrack.cli.output.charts import ENDINGS, chart_bytes
    from policytrack.questions import ask, check_filters

    # The extension decides between the chart (.svg, .png) and its rows (.csv, .json …).
    format_, target = output
    if target is not None and format_ is None and not names_format(target) and target.suffix.lower() not in ENDINGS:
        raise UsageError(
            f"the extension of {target} is not a format",
            hint=f"use {' or '.join(ENDINGS)} for the chart, or .csv, .json, .parquet … for its rows",
        )

    def answer(session: Session) -> Any:
        check_filters(session, filters)
        return ask(session, f"plot_{question}", filters)

    table = run_query(context, coordinates, answer)
    line = footer(context, coordinates)
    if target is not None and format_ is None and target.suffix.lower() in ENDINGS:
        write_file(target, [chart_bytes(rows_of(table), target.suffix.lower(), title, line)])
        context.say(f"chart written to {target}")
    elif output != (None, None):
        write(Answer(table, title, line), context, *output)
    else:
        _print(context, title, rows_of(table), line)


def _print(context: Context, title: str, rows: list[dict[str, Any]], line: str) -> None:
    from rich.text import Text

    from policytrack.cli.output.bars import draw
    from policytrack.cli.output.table import console_of

    console = console_of(context)
    console.print(Text(visible(title), "bold"))
    width = max(_NARROWEST, min(console.width, _WIDEST))
    ascii_only = (sys.stdout.encoding or "ascii").lower().replace("-", "") != "utf8"
    for bar in draw(rows, width, ascii_only=ascii_only) if rows else ["nothing is recorded that matches"]:
        console.print(Text(visible(bar)), soft_wrap=True)
    console.print(Text(line, "dim"), soft_wrap=True)
