"""`log`: lists events, or the transactions that recorded them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import rich_click as click

from policytrack.cli.context import Context, pass_context
from policytrack.cli.evidence_options import evidence_options
from policytrack.cli.options import Day, query_options
from policytrack.cli.run_question import (
    LOG_SHOWN,
    Output,
    answer_question,
)
from policytrack.cli.shape_options import shape_options
from policytrack.cli.shell_completion import event_types, names
from policytrack.errors import UsageError

if TYPE_CHECKING:
    from policytrack.questions.evidence import Evidence
    from policytrack.readmodel.coordinates import Coordinates


IMPORTS_SHOWN = ("import_id", "recorded_at", "event_count", "in_force_count", "types")


@click.command(name="log")
@click.option(
    "--type",
    "types",
    multiple=True,
    metavar="TYPE",
    shell_complete=names(event_types),
    help="Only events of this type, such as project_approved.",
)
@click.option("--since", type=Day(), metavar="DATE", help="Only events effective on or after this day.")
@click.option("--until", type=Day(), metavar="DATE", help="Only events effective on or before this day.")
@click.option("--text", metavar="WORDS", help="Only events with this text in their summary, type or subjects.")
@click.option("--imports", is_flag=True, help="List transactions with their import ids, for `undo`.")
@evidence_options
@shape_options
@query_options("firm", "facility", "project")
@pass_context
def log(
    context: Context,
    types: tuple[str, ...],
    since: date | None,
    until: date | None,
    text: str | None,
    imports: bool,
    evidence: Evidence,
    coordinates: Coordinates,
    filters: dict[str, list[str]],
    output: Output,
) -> None:
    """List the events in the order in which they were recorded.

    Examples:

        policytrack log --project northern-jinlong-separation

        policytrack log --type project_approved --since 2025-01-01

        policytrack log --imports

    Next: policytrack show e14.
    """
    if imports:
        if types or since or until or text or any(filters.values()):
            raise UsageError(
                "--imports cannot be combined with filters: it lists whole transactions",
                hint="omit the filters or --imports",
            )
        answer_question(
            context, "imports", coordinates, {}, output, title="Imports", shown=IMPORTS_SHOWN,
            empty="nothing is recorded", evidence=evidence,
        )  # fmt: skip
        return
    from policytrack.events import EVENT_TYPES
    from policytrack.values.ids import near_matches

    wanted = [name.replace("-", "_") for name in types]
    for name in wanted:
        if name not in EVENT_TYPES:
            close = ", ".join(near_matches(name, EVENT_TYPES))
            raise UsageError(
                f"no event type {name!r}",
                hint=f"similar: {close}" if close else "list the types with `policytrack schema --events`",
            )
    answer_question(
        context, "log", coordinates,
        {**filters, "type": wanted, "since": since, "until": until, "text": text}, output,
        title="Events", shown=LOG_SHOWN, empty="no event is recorded that matches", evidence=evidence,
    )  # fmt: skip
