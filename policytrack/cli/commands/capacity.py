"""`capacity`: shows capacity by country, region or facility."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rich_click as click

from policytrack.cli.context import Context, pass_context
from policytrack.cli.evidence_options import evidence_options
from policytrack.cli.options import query_options
from policytrack.cli.run_question import (
    CAPACITY_SHOWN,
    EVIDENCE_SHOWN,
    FACILITY_SHOWN,
    UNIT_SHOWN,
    Output,
    answer_question,
)
from policytrack.cli.shape_options import shape_options
from policytrack.questions import requests

if TYPE_CHECKING:
    import pyarrow as pa

    from policytrack.questions.evidence import Evidence
    from policytrack.readmodel.coordinates import Coordinates
    from policytrack.readmodel.session import Session


@click.command()
@click.option(
    "--by",
    type=click.Choice(["country", "region", "facility", "unit"]),
    default="country",
    show_default=True,
    help="Print one row per country, region, facility, or unit of a plant.",
)
@click.option(
    "--evidence",
    "rests_on",
    is_flag=True,
    help="Show how much of each exact total depends on rumour, on one source, on none, or on state media only.",
)
@evidence_options
@shape_options
@query_options("country", "region", "activity", "firm", "facility", "field")
@pass_context
def capacity(
    context: Context,
    by: str,
    rests_on: bool,
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

        policytrack capacity --country CN --evidence

        policytrack capacity --country CN --assertion confirmed,reported

    The line under the answer compares the recorded facilities with the latest published total. Without one, the figure
    is a floor and not the nation.

    Next: policytrack pending, policytrack holdings.
    """
    if rests_on:
        answer_question(
            context, requests.evidence_behind(by, filters), coordinates, output,
            title="Evidence behind capacity", shown=EVIDENCE_SHOWN,
            empty="no exact capacity is recorded that matches",
        )  # fmt: skip
        return
    shown = {"facility": FACILITY_SHOWN, "unit": UNIT_SHOWN}.get(by, CAPACITY_SHOWN)
    answer_question(
        context, requests.capacity(by, filters, evidence), coordinates, output,
        title="Capacity", shown=shown, empty="no capacity is recorded that matches",
        remark=_coverage if by == "country" else None,
    )  # fmt: skip


def _coverage(session: Session, table: pa.Table) -> str:
    """Return which part of published totals the rows of an answer cover, and what the figures leave out."""
    from policytrack.questions.coverage import coverage_line

    return coverage_line(session, table)
