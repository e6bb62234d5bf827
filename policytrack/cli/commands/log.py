"""`log`: lists events, or the transactions that recorded them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

import rich_click as click

from policytrack.cli.context import Context, pass_context
from policytrack.cli.evidence_options import evidence_options
from policytrack.cli.options import Day, query_options
from policytrack.cli.output.write import write_parts
from policytrack.cli.run_question import (
    LOG_SHOWN,
    Output,
    answer_question,
    run_query,
)
from policytrack.cli.shape_options import shape_options
from policytrack.cli.shell_completion import event_types, names
from policytrack.errors import UsageError
from policytrack.questions import requests
from policytrack.questions.requests import Request

if TYPE_CHECKING:
    from policytrack.questions.evidence import Evidence
    from policytrack.readmodel.coordinates import Coordinates
    from policytrack.readmodel.session import Session


_FOLLOWED: Final = ("tsv", "jsonl")
_LOOK_AGAIN_SECONDS: Final = 600
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
@click.option("--follow", is_flag=True, help="Then wait, and print new events as they are recorded, until Ctrl-C.")
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
    follow: bool,
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

        policytrack log --follow --format jsonl

    Next: policytrack show e14.
    """
    if imports:
        if types or since or until or text or follow or any(filters.values()):
            raise UsageError(
                "--imports cannot be combined with filters or --follow: it lists whole transactions",
                hint="omit the filters or --imports",
            )
        answer_question(
            context, Request("imports", {}, evidence), coordinates, output, title="Imports", shown=IMPORTS_SHOWN,
            empty="nothing is recorded",
        )  # fmt: skip
        return
    asked = {**filters, "since": since, "until": until, "text": text}
    request = requests.log(types, asked, evidence)
    if follow:
        _follow(context, coordinates, request, output)
        return
    answer_question(
        context, request, coordinates, output,
        title="Events", shown=LOG_SHOWN, empty="no event is recorded that matches",
    )  # fmt: skip


def _follow(context: Context, coordinates: Coordinates, request: Request, output: Output) -> None:
    """Print the events, then each new one as soon as it is recorded, here or by another user of the event store."""
    from policytrack.output.answer import Answer
    from policytrack.output.encoding import encoded
    from policytrack.questions import ask, check_filters

    format_ = output[0] or "tsv"
    if format_ not in _FOLLOWED or output[1] is not None or coordinates.head is not None or request.evidence:
        raise UsageError(
            "--follow prints tsv or jsonl to standard output, and no past head",
            hint="omit -o, --head and filters on evidence, and use --format tsv or jsonl",
        )
    seen = 0

    def news(session: Session) -> Any:
        return ask(session, "log", {**check_filters(session, request.filters), "after": seen})

    while True:
        table = run_query(context, coordinates, news)
        if table.num_rows or not seen:
            written = encoded(Answer(table, "Events"), format_)
            is_headed = format_ == "tsv" and seen
            write_parts([written.partition(b"\n")[2] if is_headed else written], None)
        seen = context.answered_head[0] if context.answered_head else 0
        while not context.ledger().store.wait_beyond(seen, _LOOK_AGAIN_SECONDS):
            pass
