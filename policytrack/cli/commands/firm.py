"""`firm list|show|alias`: who is registered, under which names, and one more name for a firm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rich_click as click

from policytrack.cli.context import Context, pass_context, today
from policytrack.cli.options import Day, asking
from policytrack.cli.output.answer import Answer
from policytrack.cli.output.write import write
from policytrack.cli.run_question import Output, asked, footer, tell_ids
from policytrack.cli.shell_completion import ids
from policytrack.errors import NotFound

if TYPE_CHECKING:
    from datetime import date

    import pyarrow as pa

    from policytrack.readmodel.coordinates import Coordinates
    from policytrack.readmodel.session import Session

FIRMS_SHOWN = ("firm_id", "name", "names", "country_code", "kind", "parent_ids", "ticker")


@click.group()
def firm() -> None:
    """Find firms by any of their names, show one, give one another name.

    Example:

        policytrack firm list 稀土
    """


@firm.command(name="list")
@click.argument("text", required=False, metavar="[TEXT]")
@asking("country")
@pass_context
def list_(
    context: Context, text: str | None, coordinates: Coordinates, filters: dict[str, list[str]], output: Output
) -> None:
    """List the firms; with TEXT, those with it in their id, one of their names or an identifier.

    Examples:

        policytrack firm list --country CN

        policytrack firm list 北方
    """
    from policytrack.questions import ask, check_filters, identify

    def answer(session: Session) -> pa.Table:
        table = ask(session, "firms", {**check_filters(session, filters), "text": text})
        if text and not table.num_rows and not filters["country"]:
            identify(session, "firm", text)  # names what is close, or says that nothing is
        return table

    table = asked(context, coordinates, answer)
    line = footer(context, coordinates)
    write(Answer(table, "Firms", line, FIRMS_SHOWN, "no firm is registered that matches"), context, *output)


@firm.command()
@click.argument("firm_id", metavar="FIRM", shell_complete=ids("firm"))
@asking()
@pass_context
def show(
    context: Context, firm_id: str, coordinates: Coordinates, filters: dict[str, list[str]], output: Output
) -> None:
    """Show a firm: names, shareholders and what is unknown of them, control, holdings, events, sources.

    Example:

        policytrack firm show gansu-rare-earth
    """
    from policytrack.cli.commands.show import show_one
    from policytrack.questions import check_filters

    del filters  # the firm is an argument
    given = {"firm": [firm_id]}

    def shown(session: Session) -> None:
        found = tell_ids(context, given, check_filters(session, given))
        show_one(context, session, found["firm"][0], footer(context, coordinates), output, kinds=("firm",))

    asked(context, coordinates, shown)


@firm.command()
@click.argument("firm_id", metavar="FIRM", shell_complete=ids("firm"))
@click.argument("name")
@click.option("--language", default="und", show_default=True, metavar="TAG", help="Of the name: zh, en, ja … (BCP 47).")
@click.option("--source", multiple=True, metavar="PART=VALUE,…", help="Who says so: title=…,class=filing,publisher=…")
@click.option("--known-on", type=Day(), metavar="DATE", help="Day it was public. [default: today]")
@click.option("--note", metavar="TEXT", help="A remark that is kept with the event.")
@click.option("-n", "--dry-run", is_flag=True, help="Show what it would change; write nothing.")
@click.option(
    "-y", "--yes", is_flag=True, help="Do not ask before writing; accept a day after today and a doubtful clock."
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
    """Give a firm another name, or its name in another script; it is found by it from then on, at every date.

    Example:

        policytrack firm alias northern-rare-earth "China Northern Rare Earth" --language en
    """
    from policytrack.cli.event_options import fields_of, options_of
    from policytrack.cli.recording import validated, write_event
    from policytrack.events import EVENT_TYPES

    ledger = context.ledger()
    found = _firm_and_namesakes(context, firm_id, name)
    if found is None:
        return
    event_type = EVENT_TYPES["firm_alias_registered"]
    options = options_of(event_type)
    given: dict[str, Any] = {"firm_id": found, "name": name, "language": language, "source": source, "note": note}
    fields = {"type": event_type.TOPIC, **fields_of(options, given)}
    if known_on:
        fields["known_on"] = known_on.isoformat()
    event = validated(ledger, event_type, fields, {option.name: option.flag for option in options})
    write_event(context, ledger, event, dry_run=dry_run, yes=yes)


def _firm_and_namesakes(context: Context, firm_id: str, name: str) -> str | None:
    """The id of the firm; None when it has the name already. Says who else has it: by it none will be found alone."""
    from policytrack.questions import check_filters, identify
    from policytrack.readmodel.coordinates import Coordinates

    given = {"firm": [firm_id]}
    with context.ledger().ask(Coordinates(as_of=today(), known_at=today()), notes=context.note) as session:
        found: str = tell_ids(context, given, check_filters(session, given))["firm"][0]
        others: tuple[str, ...]
        try:
            others = (identify(session, "firm", name),)
        except NotFound as unknown:
            others = unknown.candidates if "several" in unknown.what else ()
    if found in others:
        context.say(f"{found} is called {name} already; nothing was written")
        return None
    for other in others:
        context.say(f"note: {other} is called {name} too; the name alone will find neither")
    return found
