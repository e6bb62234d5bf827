"""`news`: lists what became known since a day, by country and activity."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

import rich_click as click

from policytrack.cli.context import Context, pass_context
from policytrack.cli.options import Day, query_options
from policytrack.cli.run_question import Output, answer_question
from policytrack.cli.shape_options import shape_options
from policytrack.questions import requests
from policytrack.questions.requests import WHAT

if TYPE_CHECKING:
    from policytrack.readmodel.coordinates import Coordinates

NEWS_SHOWN: Final = ("known_on", "country_code", "what", "summary", "change", "sources", "activity_id", "superseded_by")


@click.command()
@click.option("--since", type=Day(), required=True, metavar="DATE", help="First day on which the news were public.")
@click.option("--what", multiple=True, type=click.Choice(WHAT), help="Only this kind of news.")
@shape_options
@query_options("country", "activity")
@pass_context
def news(
    context: Context,
    since: date,
    what: tuple[str, ...],
    coordinates: Coordinates,
    filters: dict[str, list[str]],
    output: Output,
) -> None:
    """List what became known since a day: projects, approvals, delays, completions, owners, support, rules.

    The list goes up to --known-at. The last event of a project shows what changed since the day before --since: its
    status, due date, planned capacity and firm.

    Examples:

        policytrack news --since 2025-10-01

        policytrack news --since 2025-10-01 --known-at 2025-10-31 --country CN --format markdown

        policytrack news --since 2025-01-01 --what schedule --what cancellation

    Next: policytrack show e14.
    """
    answer_question(
        context, requests.news(since, what, filters, coordinates), coordinates, output,
        title=f"News since {since}", shown=NEWS_SHOWN, empty="nothing became known in that time",
    )  # fmt: skip
