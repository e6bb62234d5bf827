"""`retract`: withdraws an event, and with --cascade the events that depend on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rich_click as click

from policytrack.api.recording import stored_event
from policytrack.cli.context import Context, pass_context
from policytrack.cli.options import BECAUSE, DRY_RUN, YES, Day
from policytrack.cli.recording import (
    show_events,
    validated,
    write_event,
    write_events,
)
from policytrack.cli.shell_completion import ids
from policytrack.cli.unseen import echo

if TYPE_CHECKING:
    from datetime import date

    from policytrack.decide.state import RecordedEvent
    from policytrack.ledger import Ledger


@click.command()
@click.argument("event", metavar="EVENT", shell_complete=ids("event"))
@BECAUSE
@click.option("--reason", required=True, metavar="TEXT", help="Reason for the retraction.")
@click.option("--source", "sources", multiple=True, metavar="PART=VALUE,…", help="Source of the retraction.")
@click.option(
    "--known-on",
    type=Day(),
    metavar="DATE",
    help="Day on which the retraction was public. [default: today; for an error, as before]",
)
@click.option("--cascade", is_flag=True, help="Retract also the events that refer to the id that it registers.")
@DRY_RUN
@YES
@pass_context
def retract(
    context: Context,
    event: str,
    because: str,
    reason: str,
    sources: tuple[str, ...],
    known_on: date | None,
    cascade: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    """Retract an event: withdraw it without a replacement.

    To restore an event, record it again. To retract a registration to which other events refer, use --cascade: it
    retracts them too.

    Example:

        policytrack retract e168 --because error --reason "another project of the same name"
    """
    from policytrack.cli.event_options import options_of, read_parts
    from policytrack.events import EVENT_TYPES

    ledger = context.ledger()
    position, stored = stored_event(ledger, event)
    event_type = EVENT_TYPES["event_retracted"]
    option = next(option for option in options_of(event_type) if option.name == "sources")
    fields: dict[str, Any] = {
        "type": event_type.TOPIC,
        "target": stored["event_id"],
        "because": because,
        "reason": reason,
        "sources": [read_parts(option, option.part, text) for text in sources if option.part],
    }
    if known_on is not None:
        fields["known_on"] = known_on.isoformat()
    retraction = validated(ledger, event_type, fields, {})
    _show_retracted(position, stored)
    dependents = _dependents_of(ledger, stored["event_id"]) if cascade else []
    if not dependents:
        write_event(context, ledger, retraction, dry_run=dry_run, yes=yes)
        return
    show_events(dependents, "also retracted")
    # Latest first: an event cannot be retracted while one that depends on it is in force.
    together = [
        validated(ledger, event_type, {**fields, "target": str(one.event.event_id)}, {}) for one in reversed(dependents)
    ]
    done = f"recorded e{{first}}–e{{last}}: {len(together) + 1} retractions in one transaction"
    write_events(context, ledger, [*together, retraction], done, dry_run=dry_run, yes=yes)


def _dependents_of(ledger: Ledger, event_id: str) -> list[RecordedEvent]:
    from uuid import UUID

    with ledger.application() as application:
        return application.resting_on([UUID(event_id)])


def _show_retracted(position: int, stored: dict[str, Any]) -> None:
    """Print the event to retract, and each field of its own, as a change to nothing."""
    from policytrack.api.written import as_text
    from policytrack.events import Event

    echo(f"e{position} {stored['type']} of {as_text(stored['effective'])} → –")
    for name, value in stored.items():
        if name not in Event.model_fields and value:
            echo(f"{name.replace('_', ' ')}: {as_text(value)} → –")
