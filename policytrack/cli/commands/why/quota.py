"""`why quota`: explains a year's quota by its notices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rich_click as click

from policytrack.cli.commands.quotas import PERIMETER, STAGES
from policytrack.cli.commands.why.render import show_explanation
from policytrack.cli.context import Context, pass_context
from policytrack.cli.options import query_options
from policytrack.cli.run_question import Output
from policytrack.cli.shell_completion import ids
from policytrack.questions.why_quota import QuotaQuestion, explain_quota

if TYPE_CHECKING:
    from policytrack.readmodel.coordinates import Coordinates


@click.command(name="quota")
@click.argument("year", type=int, metavar="YEAR")
@click.option("--holder", metavar="FIRM", shell_complete=ids("firm"), help="Holder of the quota. [default: the nation]")
@click.option("--stage", multiple=True, type=click.Choice(STAGES), help="Only this stage.")
@click.option("--batch", metavar="BATCH", help="Notice of the year: B1, B2 … [default: the whole year]")
@click.option("--material", multiple=True, metavar="TEXT", help="Only this material, as named in the notice.")
@PERIMETER
@query_options("country", "activity")
@pass_context
def why_quota(
    context: Context,
    year: int,
    holder: str | None,
    stage: tuple[str, ...],
    batch: str | None,
    material: tuple[str, ...],
    perimeter: str,
    coordinates: Coordinates,
    filters: dict[str, list[str]],
    output: Output,
) -> None:
    """Explain a quota: notices that set it, and notices that do not count, with the reason.

    The figure is that of `quotas --by year`, or with --batch that of `quotas --by holder`.

    Examples:

        policytrack why quota 2024 --stage mining --holder northern-rare-earth

        policytrack why quota 2023 --stage separation --perimeter constant --holder china-rare-earth-group --json
    """
    quota = QuotaQuestion(
        year, holder, batch, stage, material, tuple(filters["country"]), tuple(filters["activity"]), perimeter
    )
    show_explanation(context, coordinates, output, lambda session: explain_quota(session, quota))
