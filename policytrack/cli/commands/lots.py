"""`lots`: shows credit lots: recognised, drawn, returned and remaining capacity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rich_click as click

from policytrack.cli import shell_completion
from policytrack.cli.context import Context, pass_context
from policytrack.cli.options import query_options
from policytrack.cli.run_question import Output, answer_question
from policytrack.cli.shape_options import shape_options
from policytrack.questions.requests import Request

if TYPE_CHECKING:
    from policytrack.readmodel.coordinates import Coordinates


LOTS_SHOWN = (
    "lot_id", "recognised", "drawn", "returned", "remaining", "unit", "expires_on", "holder_id", "facility_id",
    "activity_id",
)  # fmt: skip


@click.command()
@click.argument("lot_id", required=False, metavar="[LOT]", shell_complete=shell_completion.ids("lot"))
@click.option("--open", "open_", is_flag=True, help="Only lots that have remaining capacity and have not expired.")
@shape_options
@query_options("activity", "firm", "facility")
@pass_context
def lots(
    context: Context,
    lot_id: str | None,
    open_: bool,
    coordinates: Coordinates,
    filters: dict[str, list[str]],
    output: Output,
) -> None:
    """Show credit lots: capacity recognised, drawn, returned and remaining.

    --firm filters by holder, --facility by donor.

    Examples:

        policytrack lots --open

        policytrack lots --activity primary-aluminium --as-of 2018-12-31
    """
    chosen = {**filters, "lot": [lot_id] if lot_id else [], "open": open_}
    answer_question(
        context, Request("lots", chosen), coordinates, output,
        title="Credit lots", shown=LOTS_SHOWN, empty="no credit lot is recorded that matches",
    )  # fmt: skip
