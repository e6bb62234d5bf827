"""`forecast`: adds stated completions to national capacity, and subtracts stated retirements, up to a date."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import rich_click as click

from policytrack.cli.context import Context, pass_context
from policytrack.cli.options import PeriodEnd, query_options
from policytrack.cli.run_question import Output, answer_question
from policytrack.cli.shape_options import shape_options
from policytrack.questions import requests

if TYPE_CHECKING:
    from policytrack.readmodel.coordinates import Coordinates

FORECAST_SHOWN = (
    "day", "country_code", "activity_id", "operating", "added_low", "added_high", "retiring_low", "retiring_high",
    "planned_retirement_low", "planned_retirement_high", "net_low", "net_high", "unit", "not_counted_gross",
    "project_count", "unknown_count",
)  # fmt: skip


@click.command()
@click.option("--to", "end", type=PeriodEnd(), required=True, metavar="DATE", help="Last day of the forecast.")
@click.option(
    "--every", type=click.Choice(["month", "quarter", "year"]), help="Print also the end of each period before."
)
@shape_options
@query_options("country", "activity")
@pass_context
def forecast(
    context: Context,
    end: date,
    every: str | None,
    coordinates: Coordinates,
    filters: dict[str, list[str]],
    output: Output,
) -> None:
    """Forecast national capacity up to a date, from stated due dates and retirements.

    A project with a vague due date counts from its last day in the low figure, from its first day in the high figure.
    Old capacity is retired on its own date, or else with the project that replaces it. Announced retirements count by
    their due dates in the same way. What is overdue, suspended or without a due date is named and not counted.

    Examples:

        policytrack forecast --to 2028 --every year --activity rare-earth-separation

        policytrack forecast --to 2027-06 --as-of 2025-10-31 --known-at 2025-10-31 --country CN
    """
    table = answer_question(
        context, requests.forecast(end, every, filters, coordinates), coordinates, output,
        title="Forecast, as stated", shown=FORECAST_SHOWN, empty="no capacity is recorded that matches",
    )  # fmt: skip
    if left_out := sorted({name for names in table["not_counted"].to_pylist() for name in names}):
        context.say(f"not counted: {', '.join(left_out)}")
