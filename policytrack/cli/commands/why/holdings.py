"""`why holdings`: explains a firm's capacity by its chains of shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rich_click as click

from policytrack.cli.commands.why.render import show_explanation
from policytrack.cli.context import Context, pass_context
from policytrack.cli.options import query_options
from policytrack.cli.run_question import Output
from policytrack.cli.shell_completion import ids
from policytrack.questions.why_holding import BASES, STATUSES, explain_holding

if TYPE_CHECKING:
    from policytrack.readmodel.coordinates import Coordinates


@click.command(name="holdings")
@click.argument("firm_id", metavar="FIRM", shell_complete=ids("firm"))
@click.argument("activity_id", metavar="ACTIVITY", shell_complete=ids("activity"))
@click.option(
    "--basis", type=click.Choice(BASES), default="attributable", show_default=True, help="Basis of ownership."
)
@click.option(
    "--status", type=click.Choice(STATUSES), default="operating", show_default=True, help="Status of the capacity."
)
@query_options(include=True)
@pass_context
def why_holdings(
    context: Context,
    firm_id: str,
    activity_id: str,
    basis: str,
    status: str,
    coordinates: Coordinates,
    filters: dict[str, list[str]],
    output: Output,
) -> None:
    """Explain a firm's capacity: each chain of shares, the capacity that it adds, and the events behind it.

    Examples:

        policytrack why holdings baogang-group rare-earth-separation --status pending

        policytrack why holdings northern-rare-earth rare-earth-separation --basis controlled --json

    Next: policytrack show e14.
    """
    del filters  # firm and activity are arguments
    show_explanation(
        context, coordinates, output, lambda session: explain_holding(session, firm_id, activity_id, basis, status)
    )
