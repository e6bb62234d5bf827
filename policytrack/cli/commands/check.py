"""`check`: lists errors and warnings of the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rich_click as click
from click.exceptions import Exit

from policytrack.cli import shell_completion
from policytrack.cli.context import Context, pass_context
from policytrack.cli.options import query_options
from policytrack.cli.output.write import write
from policytrack.cli.run_question import Output, footer, run_query
from policytrack.output.answer import Answer
from policytrack.questions.requests import SEVERITIES

if TYPE_CHECKING:
    from policytrack.readmodel.coordinates import Coordinates
    from policytrack.readmodel.session import Session

CHECK_SHOWN = ("severity", "check_name", "subject", "message", "events")
ACKNOWLEDGED_SHOWN = ("severity", "check_name", "subject", "message", "events", "acknowledged")


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]…", shell_complete=shell_completion.ids("check"))
@click.option("--strict", is_flag=True, help="Exit 1 for warnings as well as for errors.")
@click.option("--severity", multiple=True, type=click.Choice(SEVERITIES), help="Only findings of this severity.")
@click.option(
    "--acknowledged", "with_acknowledged", is_flag=True, help="Show also findings that were acknowledged when recorded."
)
@click.option("--list", "list_only", is_flag=True, help="List the checks; do not run them.")
@query_options()
@pass_context
def check(
    context: Context,
    names: tuple[str, ...],
    strict: bool,
    severity: tuple[str, ...],
    with_acknowledged: bool,
    list_only: bool,
    coordinates: Coordinates,
    filters: dict[str, list[str]],
    output: Output,
) -> None:
    """Check the ledger for errors and warnings. Each finding names its events.

    Without findings it prints nothing and exits 0. It exits 1 if there are errors, with --strict also for warnings.
    Findings that were acknowledged with a reason when recorded do not count.

    Examples:

        policytrack check

        policytrack check lot_overdrawn project_overdue --as-of 2025 --strict

        policytrack check --list
    """
    del filters  # check has none

    def answer(session: Session) -> Any:
        from policytrack.questions import ask
        from policytrack.questions.requests import checks

        context.warn(session.left_out_checks())
        request = checks(session, names, severity)
        return ask(session, "checks" if list_only else request.question, request.filters)

    table = run_query(context, coordinates, answer)
    line = footer(context, coordinates)
    if list_only:
        write(Answer(table, "Checks", "", (), "no check matches"), context, *output)
        return
    is_open = [reason is None for reason in table["acknowledged"].to_pylist()]
    if hidden := 0 if with_acknowledged else is_open.count(False):
        context.say(f"{hidden} acknowledged when recorded: policytrack check --acknowledged")
    kept = [index for index, is_shown in enumerate(is_open) if is_shown or with_acknowledged]
    shown = table.take(kept) if kept else table.slice(0, 0)
    # Without findings print nothing, as linters do; a chosen format or file must exist all the same.
    if shown.num_rows or output != (None, None):
        columns = ACKNOWLEDGED_SHOWN if with_acknowledged else CHECK_SHOWN
        write(Answer(shown, "Findings", line, columns, "no findings"), context, *output)
    severities = {kind for kind, counts in zip(table["severity"].to_pylist(), is_open, strict=True) if counts}
    if "error" in severities or (strict and severities):
        raise Exit(1)
