"""`why holdings`: explains a firm's capacity by its chains of shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rich_click as click

from policytrack.cli.commands.why.render import all_option, is_tree, show_explanation
from policytrack.cli.context import Context, pass_context
from policytrack.cli.options import query_options
from policytrack.cli.run_question import Output
from policytrack.cli.shell_completion import ids
from policytrack.questions.why_holding import BASES, STATUSES, explain_holding

if TYPE_CHECKING:
    from policytrack.questions.explanation import Explanation
    from policytrack.readmodel.coordinates import Coordinates
    from policytrack.readmodel.session import Session


@click.command(name="holdings")
@click.argument("firm_id", metavar="FIRM", shell_complete=ids("firm"))
@click.argument("activity_id", metavar="ACTIVITY", shell_complete=ids("activity"))
@click.option(
    "--basis", type=click.Choice(BASES), default="attributable", show_default=True, help="Basis of ownership."
)
@click.option(
    "--status", type=click.Choice(STATUSES), default="operating", show_default=True, help="Status of the capacity."
)
@all_option
@query_options(include=True)
@pass_context
def why_holdings(
    context: Context,
    firm_id: str,
    activity_id: str,
    basis: str,
    status: str,
    all_: bool,
    coordinates: Coordinates,
    filters: dict[str, list[str]],
    output: Output,
) -> None:
    """Explain a firm's capacity: each chain of shares, the capacity that it adds, and the events behind it.

    A terminal shows the 40 chains that add most; files and pipes have all of them.

    Examples:

        policytrack why holdings baogang-group rare-earth-separation --status pending

        policytrack why holdings northern-rare-earth rare-earth-separation --basis controlled --json

    Next: policytrack show e14.
    """
    del filters  # firm and activity are arguments

    def question(session: Session) -> Explanation:
        from policytrack.questions.explanation import MOST_SHOWN

        found = explain_holding(session, firm_id, activity_id, basis, status)
        return found if all_ or not is_tree(context, output) else found.shortened(MOST_SHOWN)

    show_explanation(context, coordinates, output, question)
