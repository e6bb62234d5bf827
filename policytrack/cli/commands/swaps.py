"""`swaps`: lists capacity swaps with their verdicts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rich_click as click

from policytrack.cli import shell_completion
from policytrack.cli.context import Context, pass_context
from policytrack.cli.options import query_options
from policytrack.cli.run_question import Output, answer_question
from policytrack.cli.shape_options import shape_options
from policytrack.questions import requests
from policytrack.questions.requests import Request

if TYPE_CHECKING:
    from policytrack.readmodel.coordinates import Coordinates


SWAPS_SHOWN = (
    "swap_id", "build_capacity", "ratio", "required", "retired", "owed", "unit", "verdict", "reasons", "status",
    "rule_id", "announced_on",
)  # fmt: skip


@click.command()
@click.argument("swap_id", required=False, metavar="[SWAP]", shell_complete=shell_completion.ids("swap"))
@click.option("--verdict", multiple=True, type=click.Choice(requests.VERDICTS), help="Only this verdict.")
@click.option("--status", multiple=True, type=click.Choice(requests.SWAP_STATUSES), help="Only this status.")
@shape_options
@query_options("country", "activity", "firm", "project")
@pass_context
def swaps(
    context: Context,
    swap_id: str | None,
    verdict: tuple[str, ...],
    status: tuple[str, ...],
    coordinates: Coordinates,
    filters: dict[str, list[str]],
    output: Output,
) -> None:
    """Show capacity swaps: capacity to retire, capacity retired, and the verdict with its reasons.

    --firm filters by the firm that builds.

    Examples:

        policytrack swaps --verdict unverified

        policytrack swaps northern-jinlong-swap --as-of 2025-10-31

    Next: policytrack lots, policytrack policies, policytrack check.
    """
    chosen = {**filters, "swap": [swap_id] if swap_id else [], "verdict": list(verdict), "status": list(status)}
    answer_question(
        context, Request("swaps", chosen), coordinates, output,
        title="Capacity swaps", shown=SWAPS_SHOWN, empty="no swap is recorded that matches",
    )  # fmt: skip
