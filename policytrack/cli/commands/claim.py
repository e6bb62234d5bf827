"""`claim`: records that another source corroborates, contradicts or verifies an event. No figure changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rich_click as click

from policytrack.api.recording import stored_event
from policytrack.cli.context import Context, pass_context, today
from policytrack.cli.options import DRY_RUN, YES, Day
from policytrack.cli.recording import after_storing, validated, write_event
from policytrack.errors import UsageError

if TYPE_CHECKING:
    from datetime import date

    from policytrack.ledger import Ledger


@click.command()
@click.argument("event", metavar="EVENT")
@click.option("--corroborates", "stance", flag_value="corroborates", help="The source reports the same.")
@click.option("--verifies", "stance", flag_value="verifies", help="The source has checked the event and confirms it.")
@click.option(
    "--contradicts",
    "differing",
    multiple=True,
    metavar="FIELD=VALUE",
    help="The source gives this field another value (repeat for several fields).",
)
@click.option("--denies", "stance", flag_value="contradicts", help="The source contradicts the whole event.")
@click.option(
    "--source",
    "sources",
    multiple=True,
    required=True,
    metavar="PART=VALUE,…",
    help="Source of the claim, at least one.",
)
@click.option("--known-on", type=Day(), metavar="DATE", help="Day on which the claim was public. [default: today]")
@click.option("--note", metavar="TEXT", help="Remark to store with the claim.")
@DRY_RUN
@YES
@pass_context
def claim(
    context: Context,
    event: str,
    stance: str | None,
    differing: tuple[str, ...],
    sources: tuple[str, ...],
    known_on: date | None,
    note: str | None,
    dry_run: bool,
    yes: bool,
) -> None:
    """Record that another source corroborates, verifies or contradicts an event. No figure changes.

    The views `claim_conflict` and `event_verification` show the claims.

    Examples:

        policytrack claim e168 --contradicts capacity=7200 --source "title=Report,class=analyst,publisher=SMM"

        policytrack claim e168 --verifies --source "title=Site visit,class=analyst,publisher=CRU"
    """
    from policytrack.cli.event_options import options_of, read_parts
    from policytrack.events import EVENT_TYPES

    if (stance is None) == (not differing):
        raise UsageError(
            "exactly one of --corroborates, --contradicts FIELD=VALUE, --denies and --verifies is needed",
            hint="if a source agrees on the event but not on a field, record two claims",
        )
    ledger = context.ledger()
    position, stored = stored_event(ledger, event)
    event_type = EVENT_TYPES["claim_recorded"]
    option = next(option for option in options_of(event_type) if option.name == "sources")
    fields: dict[str, Any] = {
        "type": event_type.TOPIC,
        "target": stored["event_id"],
        "stance": stance or "contradicts",
        "differing": [_differing(stored, text, f"e{position}") for text in differing],
        "sources": [read_parts(option, option.part, text) for text in sources if option.part],
        "known_on": known_on.isoformat() if known_on else None,
        "note": note,
    }
    present = {name: value for name, value in fields.items() if value is not None}
    recorded = validated(ledger, event_type, present, {"sources": "--source", "differing": "--contradicts"})
    if stored_at := write_event(context, ledger, recorded, dry_run=dry_run, yes=yes):
        with after_storing(context, f"e{stored_at}", f"whether e{position} is in force was not checked"):
            _say_if_superseded(context, ledger, position, stance)


def _differing(stored: dict[str, Any], text: str, name_of_event: str) -> dict[str, str]:
    """Return ``capacity=0.5万吨/年`` as the field and its normalised value. Raises `UsageError` without `=`."""
    from policytrack.decide.claims import plain_value
    from policytrack.events import EVENT_TYPES
    from policytrack.store.upcasts import valid_event

    name, equals, value = text.partition("=")
    if not equals:
        raise UsageError(f"--contradicts {text!r} is not FIELD=VALUE", hint="for instance --contradicts capacity=7200")
    field = name.strip().replace("-", "_")
    event = valid_event(EVENT_TYPES[stored["type"]], stored, name_of_event)
    return {"field": field, "value": plain_value(event, field, value)}


def _say_if_superseded(context: Context, ledger: Ledger, position: int, stance: str | None) -> None:
    """Print a note if the event is superseded: the claim supports that event only, not the newer one."""
    from policytrack.questions import resolve_event
    from policytrack.readmodel.coordinates import Coordinates

    if stance not in {"corroborates", "verifies"}:
        return
    with ledger.ask(Coordinates(as_of=today(), known_at=today()), notes=context.note) as session:
        target = resolve_event(session, f"e{position}")
    if target is not None and target["superseded_by"]:
        newer = target["superseded_by"]
        context.say(f"note: e{position} is superseded by e{newer}; the claim supports e{position} only")
