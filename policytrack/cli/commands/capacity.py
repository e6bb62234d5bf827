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
    UNIT_SHOWN,
    Output,
    answer_question,
)
from policytrack.cli.shape_options import shape_options
from policytrack.questions import requests

if TYPE_CHECKING:
    from policytrack.questions.evidence import Evidence
    from policytrack.readmodel.coordinates import Coordinates


@click.command()
@click.option(
    "--by",
    type=click.Choice(["country", "region", "facility", "unit"]),
    default="country",
    show_default=True,
    help="Print one row per country, region, facility, or unit of a plant.",
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

        policytrack capacity --by unit --facility left-bank-works

    Next: policytrack pending, policytrack holdings.
    """
    shown = {"facility": FACILITY_SHOWN, "unit": UNIT_SHOWN}.get(by, CAPACITY_SHOWN)
    answer_question(
        context, requests.capacity(by, filters, evidence), coordinates, output,
        title="Capacity", shown=shown, empty="no capacity is recorded that matches",
    )  # fmt: skip
