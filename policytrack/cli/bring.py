"""`import`: events from files, all of them or none."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from policytrack.cli.context import Context, pass_context, today
from policytrack.cli.options import Day

if TYPE_CHECKING:
    from policytrack.application import Outcome
    from policytrack.journal.reading import Format
    from policytrack.ledger import Ledger


@click.command(name="import")
@click.argument("files", nargs=-1, required=True, metavar="FILE|-…")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["auto", "yaml", "jsonl"]),
    default="auto",
    show_default=True,
    help="auto goes by the ending, then by the first character.",
)
@click.option(
    "--known-on",
    type=Day(),
    metavar="DATE",
    help="Day it was public, for events that do not say. [default: today]",
)
@click.option("-n", "--dry-run", is_flag=True, help="Check everything and show the effect; write nothing.")
@click.option(
    "--max-errors",
    type=click.IntRange(min=1),
    default=50,
    show_default=True,
    metavar="N",
    help="Stop reading after this many.",
)
@pass_context
def import_(
    context: Context,
    files: tuple[str, ...],
    format_: Format,
    known_on: date | None,
    dry_run: bool,
    max_errors: int,
) -> None:
    """Import events from YAML or JSON Lines files, all of them or none. `-` reads stdin.

    Importing the same file again changes nothing and says so.

    Examples:

        policytrack import october.yaml --dry-run

        policytrack import events.jsonl
    """
    ledger = context.ledger()
    bring(
        context,
        ledger,
        files,
        format_=format_,
        known_on=known_on or today(),
        dry_run=dry_run,
        max_errors=max_errors,
    )


def bring(
    context: Context,
    ledger: Ledger,
    files: tuple[str, ...],
    *,
    format_: Format = "auto",
    known_on: date,
    dry_run: bool = False,
    max_errors: int = 50,
) -> list[Outcome]:
    """Read, check and record the events of files together. Raises `RejectedImport` with every finding."""
    from policytrack.journal.reading import load_events

    def known_on_of(event_id: Any) -> date | None:
        with ledger.application() as application:
            return application.known_on(event_id)

    streams = [(name, sys.stdin.buffer if name == "-" else Path(name)) for name in files]
    events, places = load_events(
        streams,
        format_=format_,
        today=known_on,
        known_on_of=known_on_of,
        max_errors=max_errors,
        progress=context.progress("reading"),
    )
    outcomes = ledger.record(events, dry_run=dry_run, places=places)
    new = [outcome for outcome in outcomes if outcome.is_new]
    context.say(f"{len(outcomes)} events read · {len(new)} new · {_already(outcomes)}")
    if dry_run:
        if new:
            from policytrack.cli.preview import show_effect

            show_effect(context, ledger, [outcome.event for outcome in new])
        context.say("dry run: nothing was written")
    elif new:
        ledger.generation(notes=context.note, progress=context.progress("catching up"))
        context.say(f"recorded {_range(new)} in one transaction")
    else:
        context.say("nothing to do: every event is recorded already")
    return outcomes


def _already(outcomes: list[Outcome]) -> str:
    known = [f"e{outcome.position}" for outcome in outcomes if not outcome.is_new]
    if not known:
        return "0 already recorded"
    shown = ", ".join(known[:5]) + (" …" if len(known) > 5 else "")
    return f"{len(known)} already recorded ({shown})"


def _range(new: list[Outcome]) -> str:
    first, last = new[0].position, new[-1].position
    return f"e{first}" if first == last else f"e{first}–e{last}"
