"""`series`: shows national figures at the end of each month, quarter or year."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import rich_click as click

from policytrack.cli.context import Context, pass_context
from policytrack.cli.options import period_options, query_options
from policytrack.cli.run_question import Output, answer_question
from policytrack.cli.shape_options import shape_options
from policytrack.questions import requests

if TYPE_CHECKING:
    from policytrack.readmodel.coordinates import Coordinates


SERIES_SHOWN = (
    "as_of",
    "known_at",
    "country_code",
    "activity_id",
    "operating",
    "net",
    "pending_gross",
    "pending_net",
    "unit",
)


@click.command()
@period_options
@shape_options
@query_options("country", "activity")
@pass_context
def series(
    context: Context,
    every: str,
    start: date,
    end: date | None,
    vintage: str,
    coordinates: Coordinates,
    filters: dict[str, list[str]],
    output: Output,
) -> None:
    """Show national figures over time, at the end of each month, quarter or year.

    Examples:

        policytrack series --from 2020 --activity rare-earth-separation --country CN

        policytrack series --every quarter --from 2024-12 --vintage revisions --as-of 2026 --country CN

    Next: policytrack diff, policytrack plot series.
    """
    answer_question(
        context, requests.series(start, end, every, vintage, filters, coordinates), coordinates, output,
        title="Series", shown=SERIES_SHOWN, empty="no capacity is recorded that matches",
    )  # fmt: skip
