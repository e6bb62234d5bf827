"""`why FIGURE`: explains a national figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rich_click as click

from policytrack.cli.commands.why.render import all_option, is_tree, show_explanation
from policytrack.cli.context import Context, pass_context
from policytrack.cli.options import query_options
from policytrack.cli.run_question import Output
from policytrack.errors import UsageError

if TYPE_CHECKING:
    from policytrack.questions.explanation import Explanation
    from policytrack.readmodel.coordinates import Coordinates
    from policytrack.readmodel.session import Session


def why_national(figure: str) -> click.Command:
    """Return the subcommand that explains one national figure."""
    name = figure.replace("_", "-")

    @click.command(name=name, short_help=f"Explain the national figure: {figure.replace('_', ' ')}.")
    @all_option
    @query_options("country", "activity")
    @pass_context
    def command(
        context: Context, all_: bool, coordinates: Coordinates, filters: dict[str, list[str]], output: Output
    ) -> None:
        """Explain a national figure by the events and sources behind it. Their amounts add up to it exactly.

        A terminal shows the 40 facilities, projects or swaps that add most; files and pipes have all of them.

        Examples:

            policytrack why pending-net --country CN --activity rare-earth-separation

            policytrack why operating --country CN --activity crude-steel --as-of 2023 --json

        Next: policytrack show e14.
        """
        from policytrack.questions import check_filters
        from policytrack.questions.explanation import MOST_SHOWN
        from policytrack.questions.why_national import explain

        if any(len(chosen) != 1 for chosen in filters.values()):
            raise UsageError(
                "exactly one --country and one --activity are needed", hint="list them with `policytrack capacity`"
            )

        def question(session: Session) -> Explanation:
            check_filters(session, filters)
            most = None if all_ or not is_tree(context, output) else MOST_SHOWN
            return explain(session, figure, filters["country"][0], filters["activity"][0], most=most)

        show_explanation(context, coordinates, output, question)

    return command
