"""`why project`: explains a field of a project."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rich_click as click

from policytrack.cli.commands.why.render import show_explanation
from policytrack.cli.context import Context, pass_context
from policytrack.cli.options import query_options
from policytrack.cli.run_question import Output
from policytrack.questions.why_project import FIELDS, explain_project

if TYPE_CHECKING:
    from policytrack.readmodel.coordinates import Coordinates


@click.command(name="project")
@click.argument("project_id", metavar="PROJECT")
@click.argument("field", metavar="FIELD", type=click.Choice([name.replace("_", "-") for name in FIELDS]))
@query_options()
@pass_context
def why_project(
    context: Context,
    project_id: str,
    field: str,
    coordinates: Coordinates,
    filters: dict[str, list[str]],
    output: Output,
) -> None:
    """Explain a field of a project: events that set it, and events that do not count, with the reason.

    FIELD is a column of the view `project`: status, capacity-planned, capacity-remaining, retiring, net, due …

    Examples:

        policytrack why project northern-jinlong-separation due

        policytrack why project northern-jinlong-separation retiring --as-of 2025-10-31 --json
    """
    del filters  # the project is an argument
    column = field.replace("-", "_")
    show_explanation(context, coordinates, output, lambda session: explain_project(session, project_id, column))
