"""`pending`: lists projects that are announced, approved, under construction, built, in trial production or suspended.

With `--retirements`, it lists announced retirements of capacity.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, get_args

import rich_click as click

from policytrack.cli.context import Context, pass_context
from policytrack.cli.evidence_options import evidence_options
from policytrack.cli.options import Day, query_options
from policytrack.cli.run_question import (
    PENDING_SHOWN,
    Output,
    answer_question,
)
from policytrack.cli.shape_options import shape_options
from policytrack.questions import requests
from policytrack.values.choices import PendingStatus

if TYPE_CHECKING:
    from policytrack.questions.evidence import Evidence
    from policytrack.readmodel.coordinates import Coordinates

RETIREMENTS_SHOWN = (
    "facility_id", "activity_id", "part", "remaining", "unit", "due", "is_overdue", "country_code", "remaining_low",
    "remaining_high", "reason", "position",
)  # fmt: skip


@click.command()
@click.option("--retirements", is_flag=True, help="Show announced retirements of capacity instead of projects.")
@click.option("--by", type=click.Choice(["project", "year"]), help="Print one row per project, or per year due.")
@click.option("--slipped", is_flag=True, help="Only projects whose due date has moved to a later day.")
@click.option("--overdue", is_flag=True, help="Only projects whose due date has passed and that are not built.")
@click.option("--due-before", type=Day(), metavar="DATE", help="Only projects due before this day.")
@click.option(
    "--status",
    multiple=True,
    type=click.Choice(get_args(PendingStatus)),
    help="Only this status.",
)
@evidence_options
@shape_options
@query_options("country", "region", "activity", "firm", "facility", "project", "field")
@pass_context
def pending(
    context: Context,
    retirements: bool,
    by: str | None,
    slipped: bool,
    overdue: bool,
    due_before: date | None,
    status: tuple[str, ...],
    evidence: Evidence,
    coordinates: Coordinates,
    filters: dict[str, list[str]],
    output: Output,
) -> None:
    """Show projects that are not completed: gross, retiring and net capacity, and due date.

    Examples:

        policytrack pending --country CN

        policytrack pending --as-of 2025-01-31 --known-at 2025-01-31 --format json

        policytrack pending --by year --activity rare-earth-separation

        policytrack pending --slipped --columns project_id,first_due,due,slip_days

        policytrack pending --retirements --due-before 2031

    Next: policytrack show PROJECT, policytrack why project.
    """
    if retirements:
        others = {"--by": by, "--slipped": slipped, "--status": status, "--project": filters["project"]}
        chosen: dict[str, Any] = {name: ids for name, ids in filters.items() if name != "project"}
        chosen |= {"overdue": overdue, "due_before": due_before}
        answer_question(
            context, requests.planned_retirements(chosen, others, evidence), coordinates, output,
            title="Planned retirements", shown=RETIREMENTS_SHOWN, empty="no retirement is planned that matches",
        )  # fmt: skip
        return
    asked: dict[str, Any] = {
        **filters, "status": list(status), "overdue": overdue, "due_before": due_before, "slipped": slipped
    }  # fmt: skip
    answer_question(
        context, requests.pending(by or "project", asked, evidence), coordinates, output,
        title="Pending projects" if by != "year" else "Pending projects, by year due",
        shown=PENDING_SHOWN if by != "year" else (), empty="no project is pending that matches",
    )  # fmt: skip
