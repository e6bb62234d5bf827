"""`firm list|show|alias`: finds firms, shows one, and records another name of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rich_click as click

from policytrack.cli.context import Context, pass_context, today
from policytrack.cli.json_result import add_json
from policytrack.cli.options import Day, query_options
from policytrack.cli.output.write import write
from policytrack.cli.run_question import Output, footer, report_ids, run_query
from policytrack.cli.shell_completion import ids
from policytrack.errors import NotFound
from policytrack.output.answer import Answer

if TYPE_CHECKING:
    from datetime import date

    import pyarrow as pa

    from policytrack.readmodel.coordinates import Coordinates
    from policytrack.readmodel.session import Session

FIRMS_SHOWN = ("firm_id", "name", "names", "country_code", "kind", "parent_ids", "ticker")


@click.group()
def firm() -> None:
    """Find firms by any of their names, show a firm, or add a name to one.

    Example:

        policytrack firm list 稀土

    Next: policytrack holdings FIRM.
    """


@firm.command(name="list")
@click.argument("text", required=False, metavar="[TEXT]")
@query_options("country", "field")
@pass_context
def list_(
    context: Context, text: str | None, coordinates: Coordinates, filters: dict[str, list[str]], output: Output
) -> None:
    """List firms. With TEXT, list those with TEXT in their id, a name or an identifier.

    Examples:

        policytrack firm list --country CN

        policytrack firm list 北方

    Next: policytrack firm show FIRM.
    """
    from policytrack.questions import ask, check_filters, identify

    def answer(session: Session) -> pa.Table:
        table = ask(session, "firms", {**check_filters(session, filters), "text": text})
        if text and not table.num_rows and not filters["country"] and not filters["field"]:
            identify(session, "firm", text)  # raises `NotFound` with near matches
        return table

    table = run_query(context, coordinates, answer)
    line = footer(context, coordinates)
    write(Answer(table, "Firms", line, FIRMS_SHOWN, "no firm is registered that matches"), context, *output)


@firm.command()
@click.argument("firm_id", metavar="FIRM", shell_complete=ids("firm"))
@query_options()
@pass_context
def show(
    context: Context, firm_id: str, coordinates: Coordinates, filters: dict[str, list[str]], output: Output
) -> None:
    """Show a firm: names, shareholders and unknown remainder, control, holdings, events and sources.

    Example:

        policytrack firm show gansu-rare-earth

    Next: policytrack holdings FIRM --tree.
    """
    from policytrack.cli.commands.show import show_one
    from policytrack.questions import check_filters

    del filters  # the firm is an argument
    named = {"firm": [firm_id]}

    def shown(session: Session) -> None:
        identified = report_ids(context, named, check_filters(session, named))
        show_one(context, session, identified["firm"][0], footer(context, coordinates), output, kinds=("firm",))

    run_query(context, coordinates, shown)


@firm.command()
@click.argument("firm_id", metavar="FIRM", shell_complete=ids("firm"))
@click.argument("name")
@click.option(
    "--language", default="und", show_default=True, metavar="TAG", help="Language of the name: zh, en, ja … (BCP 47)."
)
@click.option("--source", multiple=True, metavar="PART=VALUE,…", help="Source: title=…,class=filing,publisher=…")
@click.option("--known-on", type=Day(), metavar="DATE", help="Day on which it was public. [default: today]")
@click.option("--note", metavar="TEXT", help="Remark to store with the event.")
@click.option("-n", "--dry-run", is_flag=True, help="Show what would change; write nothing.")
@click.option(
    "-y", "--yes", is_flag=True, help="Write without a prompt, also for a date after today or a doubtful clock."
)
@pass_context
def alias(
    context: Context,
    firm_id: str,
    name: str,
    language: str,
    source: tuple[str, ...],
    known_on: date | None,
    note: str | None,
    dry_run: bool,
    yes: bool,
) -> None:
    """Add another name to a firm, or its name in another script. Commands then find the firm by it at every date.

    Example:

        policytrack firm alias northern-rare-earth "China Northern Rare Earth" --language en

    Next: policytrack firm show FIRM.
    """
    from policytrack.cli.event_options import fields_of, options_of
    from policytrack.cli.recording import validated, write_event
    from policytrack.events import EVENT_TYPES

    ledger = context.ledger()
    identified = _firm_and_namesakes(context, firm_id, name)
    if identified is None:
        return
    event_type = EVENT_TYPES["firm_alias_registered"]
    options = options_of(event_type)
    values: dict[str, Any] = {"firm_id": identified, "name": name, "language": language, "source": source, "note": note}
    fields = {"type": event_type.TOPIC, **fields_of(options, values)}
    if known_on:
        fields["known_on"] = known_on.isoformat()
    event = validated(ledger, event_type, fields, {option.name: option.flag for option in options})
    write_event(context, ledger, event, dry_run=dry_run, yes=yes)


add_json(alias)


def _firm_and_namesakes(context: Context, firm_id: str, name: str) -> str | None:
    """Return the id of the firm, or None when it already has the name.

    Prints a note for each other firm with this name: commands will not accept the name alone, as it is ambiguous.
    """
    from policytrack.questions import check_filters, identify
    from policytrack.readmodel.coordinates import Coordinates

    named = {"firm": [firm_id]}
    with context.ledger().ask(Coordinates(as_of=today(), known_at=today()), notes=context.note) as session:
        identified: str = report_ids(context, named, check_filters(session, named))["firm"][0]
        others: tuple[str, ...]
        try:
            others = (identify(session, "firm", name),)
        except NotFound as unknown:
            others = unknown.candidates if "several" in unknown.what else ()
    if identified in others:
        context.say(f"{identified} already has the name {name}; nothing was written")
        return None
    for other in others:
        context.say(f"note: {other} has the name {name} too; use the ids, since the name is ambiguous")
    return identified
