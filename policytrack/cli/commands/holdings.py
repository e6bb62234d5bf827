"""`holdings`: shows the capacity that each firm operates, controls, or owns a share of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rich_click as click

from policytrack.cli.context import Context, pass_context
from policytrack.cli.options import query_options
from policytrack.cli.run_question import (
    HOLDINGS_SHOWN,
    Output,
    answer_question,
)
from policytrack.cli.shape_options import shape_options
from policytrack.cli.shell_completion import ids
from policytrack.errors import UsageError
from policytrack.questions.requests import Request
from policytrack.questions.why_holding import BASES, STATUSES

if TYPE_CHECKING:
    from policytrack.readmodel.coordinates import Coordinates


@click.command()
@click.argument("firm_id", required=False, metavar="[FIRM]", shell_complete=ids("firm"))
@click.option(
    "--basis",
    multiple=True,
    type=click.Choice(BASES),
    help="Only this basis.",
)
@click.option("--status", multiple=True, type=click.Choice(STATUSES), help="Only this status.")
@click.option("--tree", is_flag=True, help="Print what the firm owns, level by level, with shares and unknown holders.")
@shape_options
@query_options("firm", "activity", include=True)
@pass_context
def holdings(
    context: Context,
    firm_id: str | None,
    basis: tuple[str, ...],
    status: tuple[str, ...],
    tree: bool,
    coordinates: Coordinates,
    filters: dict[str, list[str]],
    output: Output,
) -> None:
    """Show the capacity of firms on three bases: operated, controlled, attributable.

    Examples:

        policytrack holdings northern-rare-earth

        policytrack holdings baogang-group --tree

        policytrack holdings --status pending --basis attributable --include planned

    Next: policytrack why holdings FIRM ACTIVITY.
    """
    chosen = {**filters, "basis": list(basis), "status": list(status)}
    if firm_id:
        chosen["firm"] = [*filters["firm"], firm_id]
    if tree:
        if context.columns or context.unit:
            name = "--columns" if context.columns else "--unit"
            raise UsageError(f"{name} does not apply to --tree", hint=f"leave out {name}")
        from policytrack.cli.holding_tree import show_tree

        show_tree(context, coordinates, chosen, output)
        return
    answer_question(
        context, Request("holdings", chosen), coordinates, output,
        title="Holdings (do not add over firms: a venture counts under each owner)",
        shown=HOLDINGS_SHOWN, empty="no holdings are recorded that match",
    )  # fmt: skip
