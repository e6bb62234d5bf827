"""`capacity`: shows capacity by country, region or facility."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rich_click as click

from policytrack.cli.context import Context, pass_context
from policytrack.cli.evidence_options import evidence_options
from policytrack.cli.options import query_options
from policytrack.cli.run_question import (
    CAPACITY_SHOWN,
    FACILITY_SHOWN,
    Output,
    answer_question,
)
from policytrack.cli.shape_options import shape_options
from policytrack.errors import UsageError

if TYPE_CHECKING:
    from policytrack.questions.evidence import Evidence
    from policytrack.readmodel.coordinates import Coordinates


@click.command()
@click.option(
    "--by",
    type=click.Choice(["country", "region", "facility"]),
    default="country",
    show_default=True,
    help="Print one row per country, region or facility.",
)
@evidence_options
@shape_options
@query_options("country", "region", "activity", "firm", "facility")
@pass_context
def capacity(
    context: Context,
    by: str,
    evidence: Evidence,
    coordinates: Coordinates,
    filters: dict[str, list[str]],
    output: Output,
) -> None:
    """Show national capacity: operating, owed to swaps, net and pending.

    Examples:

        policytrack capacity --activity rare-earth-separation

        policytrack capacity --by facility --country CN --as-of 2020 --format csv

    Next: policytrack pending, policytrack holdings.
    """
    # Filters select rows and never change a sum: the row of a country cannot be filtered by one of its firms.
    narrower = {"country": ("region", "firm", "facility"), "region": ("firm", "facility"), "facility": ()}[by]
    if wrong := [name for name in narrower if filters.get(name)]:
        raise UsageError(
            f"--{wrong[0]} does not apply to --by {by}",
            hint="use --by facility, or --by region to filter by region",
        )
    if evidence and by != "facility":
        raise UsageError(
            f"{evidence} does not apply to --by {by}: a total includes all its events",
            hint="use --by facility: there each row can be shown or hidden",
        )
    question = {"country": "capacity", "region": "capacity_by_region", "facility": "capacity_by_facility"}[by]
    answer_question(
        context, question, coordinates, filters, output,
        title="Capacity", shown=FACILITY_SHOWN if by == "facility" else CAPACITY_SHOWN,
        empty="no capacity is recorded that matches", evidence=evidence,
    )  # fmt: skip
