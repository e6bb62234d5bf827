"""Commands that ask for figures and events: capacity, holdings, pending, log."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import rich_click as click

from policytrack.cli.answering import (
    CAPACITY_SHOWN,
    FACILITY_SHOWN,
    HOLDINGS_SHOWN,
    LOG_SHOWN,
    PENDING_SHOWN,
    Output,
    answer_question,
)
from policytrack.cli.attested import attested
from policytrack.cli.completing import event_types, ids, names
from policytrack.cli.context import Context, pass_context
from policytrack.cli.options import Day, asking
from policytrack.errors import UsageError

if TYPE_CHECKING:
    from policytrack.questions.support import Support
    from policytrack.readmodel.coordinates import Coordinates


@click.command()
@click.option(
    "--by",
    type=click.Choice(["country", "region", "facility"]),
    default="country",
    show_default=True,
    help="One row per country, region or facility.",
)
@attested
@asking("country", "region", "activity", "firm", "facility")
@pass_context
def capacity(
    context: Context,
    by: str,
    support: Support,
    coordinates: Coordinates,
    filters: dict[str, list[str]],
    output: Output,
) -> None:
    """Show national capacity: operating, owed to swaps, net, and pending.

    Examples:

        policytrack capacity --activity rare-earth-separation

        policytrack capacity --by facility --country CN --as-of 2020 --format csv

    Next: policytrack pending, policytrack holdings.
    """
    narrower = {"country": ("region", "firm", "facility"), "region": ("firm", "facility"), "facility": ()}[by]
    if wrong := [name for name in narrower if filters.get(name)]:
        raise UsageError(
            f"--{wrong[0]} does not apply to --by {by}",
            hint="ask with --by facility, or --by region for regions",
        )
    if support and by != "facility":
        raise UsageError(
            f"{support} does not apply to --by {by}: a total rests on all its events",
            hint="ask with --by facility, where each row is shown or not",
        )
    question = {"country": "capacity", "region": "capacity_by_region", "facility": "capacity_by_facility"}[by]
    answer_question(
        context, question, coordinates, filters, output,
        title="Capacity", shown=FACILITY_SHOWN if by == "facility" else CAPACITY_SHOWN,
        empty="no capacity is recorded that matches", support=support,
    )  # fmt: skip


@click.command()
@click.argument("firm_id", required=False, metavar="[FIRM]", shell_complete=ids("firm"))
@click.option(
    "--basis",
    multiple=True,
    type=click.Choice(["operated", "controlled", "attributable"]),
    help="Only this basis.",
)
@click.option("--status", multiple=True, type=click.Choice(["operating", "pending"]), help="Only this status.")
@click.option("--tree", is_flag=True, help="What the firm owns, level by level, with shares and unknown holders.")
@asking("firm", "activity", include=True)
@pass_context
def holdings(
    context: Context,
    firm_id: str | None,
    basis: tuple[str, ...],
    status: tuple[str, ...],
    tree: bool,
    coordinates: Coordinates,
    filters: dict[str, list[str]],
    output: Output,
) -> None:
    """Show each firm's capacity: operated, controlled, attributable.

    Examples:

        policytrack holdings northern-rare-earth

        policytrack holdings baogang-group --tree

        policytrack holdings --status pending --basis attributable --include planned

    Next: policytrack why holdings FIRM ACTIVITY.
    """
    chosen = {**filters, "basis": list(basis), "status": list(status)}
    if firm_id:
        chosen["firm"] = [*filters["firm"], firm_id]
    if tree:
        from policytrack.cli.holding_tree import show_tree

        show_tree(context, coordinates, chosen, output)
        return
    answer_question(
        context, "holdings", coordinates, chosen, output,
        title="Holdings (sums over firms mean nothing: a venture counts under each owner)",
        shown=HOLDINGS_SHOWN, empty="no holdings are recorded that match",
    )  # fmt: skip


@click.command()
@click.option("--overdue", is_flag=True, help="Only projects whose due date has passed.")
@click.option("--due-before", type=Day(), metavar="DATE", help="Only projects due before this day.")
@click.option(
    "--status",
    multiple=True,
    type=click.Choice(["announced", "approved", "construction", "trial", "suspended"]),
    help="Only this status.",
)
@attested
@asking("country", "region", "activity", "firm", "facility", "project")
@pass_context
def pending(
    context: Context,
    overdue: bool,
    due_before: date | None,
    status: tuple[str, ...],
    support: Support,
    coordinates: Coordinates,
    filters: dict[str, list[str]],
    output: Output,
) -> None:
    """Show projects still to come: gross, retiring, net, due.

    Examples:

        policytrack pending --country CN

        policytrack pending --as-of 2025-01-31 --known-at 2025-01-31 --format json
    """
    answer_question(
        context, "pending", coordinates,
        {**filters, "status": list(status), "overdue": overdue, "due_before": due_before}, output,
        title="Pending projects", shown=PENDING_SHOWN, empty="no project is pending that matches", support=support,
    )  # fmt: skip


IMPORTS_SHOWN = ("import_id", "recorded_at", "event_count", "in_force_count", "types")


@click.command(name="log")
@click.option(
    "--type",
    "types",
    multiple=True,
    metavar="TYPE",
    shell_complete=names(event_types),
    help="Only events of this type, for instance project_approved.",
)
@click.option("--since", type=Day(), metavar="DATE", help="Only events effective on or after this day.")
@click.option("--until", type=Day(), metavar="DATE", help="Only events effective on or before this day.")
@click.option("--text", metavar="WORDS", help="Only events whose summary, type or subjects contain this.")
@click.option("--imports", is_flag=True, help="List the transactions with their import ids, for `undo`.")
@attested
@asking("firm", "facility", "project")
@pass_context
def log_command(
    context: Context,
    types: tuple[str, ...],
    since: date | None,
    until: date | None,
    text: str | None,
    imports: bool,
    support: Support,
    coordinates: Coordinates,
    filters: dict[str, list[str]],
    output: Output,
) -> None:
    """List the events, oldest position first.

    Examples:

        policytrack log --project northern-jinlong-separation

        policytrack log --type project_approved --since 2025-01-01

        policytrack log --imports
    """
    if imports:
        if types or since or until or text or any(filters.values()):
            raise UsageError("--imports lists whole transactions", hint="leave the filters out, or leave out --imports")
        answer_question(
            context, "imports", coordinates, {}, output, title="Imports", shown=IMPORTS_SHOWN,
            empty="nothing is recorded", support=support,
        )  # fmt: skip
        return
    from policytrack.events import EVENT_TYPES
    from policytrack.ids import near_matches

    wanted = [name.replace("-", "_") for name in types]
    for name in wanted:
        if name not in EVENT_TYPES:
            close = ", ".join(near_matches(name, EVENT_TYPES))
            raise UsageError(
                f"no event type {name!r}",
                hint=f"close: {close}" if close else "see `policytrack schema --events`",
            )
    answer_question(
        context, "log", coordinates,
        {**filters, "type": wanted, "since": since, "until": until, "text": text}, output,
        title="Events", shown=LOG_SHOWN, empty="no event is recorded that matches", support=support,
    )  # fmt: skip
