"""`why`: explains a figure. Each kind of figure is a subcommand in a file of its own; `render` prints all of them."""

from __future__ import annotations

import rich_click as click

from policytrack.cli.commands.why.holdings import why_holdings
from policytrack.cli.commands.why.national import why_national
from policytrack.cli.commands.why.project import why_project
from policytrack.cli.commands.why.quota import why_quota
from policytrack.cli.commands.why.support import why_support
from policytrack.questions.why_national import FIGURES


@click.group(subcommand_metavar="FIGURE …")
def why() -> None:
    """Explain a figure by the events and sources behind it. Their amounts add up to it exactly.

    Examples:

        policytrack why pending-net --country CN --activity rare-earth-separation

        policytrack why project northern-jinlong-separation status --as-of 2025-10-31

        policytrack why holdings baogang-group rare-earth-separation --status pending

        policytrack why quota 2024 --stage mining --holder northern-rare-earth

        policytrack why support outstanding --support iluka-eneabba-loan

    Next: policytrack show e14.
    """


for _command in (why_project, why_holdings, why_quota, why_support, *map(why_national, FIGURES)):
    why.add_command(_command)
