"""`record TYPE`: records one event from flags, or from prompts on a terminal, with a preview before it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import rich_click as click

from policytrack.api.recording import stored_event
from policytrack.cli.context import Context, pass_context
from policytrack.cli.global_options import accept_anywhere
from policytrack.cli.json_result import add_json
from policytrack.cli.recording import ACKNOWLEDGE, NOT_CARRIED_OVER, acknowledged, validated, write_events
from policytrack.errors import UsageError
from policytrack.values.choices import Because

if TYPE_CHECKING:
    from policytrack.cli.event_options import FieldOption
    from policytrack.cli.prompts import FaultOf, Prompts
    from policytrack.events import Event
    from policytrack.ledger import Ledger


class EventTypes(click.RichGroup):
    """The event types as subcommands, each made from its class when it is needed: making all takes long."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Insert the event type if `--from EVENT` takes its place: it is the type of that event."""
        first, _, event = (args[0] if args else "").partition("=")
        if first == "--from" and (event or len(args) > 1):
            ledger = ctx.ensure_object(Context).ledger()
            args = [stored_event(ledger, event or args[1])[1]["type"], *args]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the event types, by group of the catalogue."""
        from policytrack.events import EVENT_TYPES

        return [name.replace("_", "-") for name in EVENT_TYPES]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the subcommand of an event type, by its wire name with hyphens or underscores.

        Raises `UsageError` with near matches.
        """
        from policytrack.events import EVENT_TYPES

        event_type = EVENT_TYPES.get(cmd_name.replace("-", "_"))
        if event_type is not None:
            command = accept_anywhere(command_of(event_type))
            add_json(command)
            return command
        from policytrack.values.ids import near_matches

        close = [name.replace("_", "-") for name in near_matches(cmd_name.replace("-", "_"), EVENT_TYPES)]
        raise UsageError(
            f"no event type {cmd_name!r}",
            hint=f"did you mean {', '.join(close)}?" if close else "list the types with `policytrack record --help`",
        )


@click.group(cls=EventTypes, invoke_without_command=True)
@click.pass_context
def record(ctx: click.Context) -> None:
    """Record one event. Without TYPE, prompt for the type on a terminal.

    Examples:

        policytrack record project-cancelled --project-id nolans-ndpr --effective 2026-10 --dry-run

        policytrack record --from e7 --edit

    Next: policytrack log, policytrack correct.
    """
    if ctx.invoked_subcommand is not None:
        return
    context = ctx.ensure_object(Context)
    types = record.list_commands(ctx)
    if not context.interactive:
        raise UsageError(
            "the event type is missing (no prompt, since stdin is not a terminal)",
            hint=f"add one of {', '.join(types)}",
        )
    from policytrack.cli.prompts import choose_type

    command = record.get_command(ctx, choose_type(types))
    if command is not None:
        with command.make_context(command.name, [], parent=ctx) as inner:
            command.invoke(inner)


def command_of(event_type: type[Event]) -> click.Command:
    """Return the subcommand that records an event of this type."""
    from policytrack.cli.event_options import options_of
    from policytrack.events.catalogue import meaning_of

    options = options_of(event_type)
    doing: tuple[click.Option, ...] = (
        click.Option(["--supersedes"], metavar="EVENT", help="Event that this one corrects: e14 or its event id."),
        click.Option(
            ["--because"],
            type=click.Choice(get_args(Because)),
            help="Reason: a recording mistake, or the source changed its statement.",
        ),
        click.Option(["--acknowledge"], **ACKNOWLEDGE),
        click.Option(
            ["--from", "like"], metavar="EVENT", help="Start with the fields of an event: e14 or its event id."
        ),
        click.Option(["--edit"], is_flag=True, help="Edit the event as YAML in $EDITOR, with the flags filled in."),
        click.Option(["-n", "--dry-run"], is_flag=True, help="Show what would change; write nothing."),
        click.Option(
            ["-y", "--yes"],
            is_flag=True,
            help="Write without a prompt, also for a date after today or a doubtful clock.",
        ),
    )

    @pass_context
    def run(context: Context, /, **given: Any) -> None:
        record_one(context, event_type, options, given)

    text = meaning_of(event_type)
    if event_type.TOPIC == "event_retracted":
        doing = doing[3:]  # a retraction has `target` and `because` as fields, and no check refuses it
    return click.RichCommand(
        name=event_type.TOPIC.replace("_", "-"),
        params=[*(option.option() for option in options), *doing],
        callback=run,
        help=text + "\n\nPreview it with --dry-run. For all fields: policytrack schema " + event_type.TOPIC,
        short_help=text,
    )


def record_one(context: Context, event_type: type[Event], options: list[FieldOption], given: dict[str, Any]) -> None:
    """Record one event from flags; on a terminal, prompt for missing fields.

    Raises `UsageError` for missing fields without a terminal, and what `write_event` raises.
    """
    ledger = context.ledger()
    from policytrack.cli.event_options import as_flags, fields_of
    from policytrack.cli.prompts import fault_at

    copied = {} if given["like"] is None else fields_like(ledger, event_type, given["like"])
    own = {**_superseding(ledger, given), **acknowledged(given.get("acknowledge", ()))}
    if given["edit"]:
        from policytrack.cli.editor import edit_event

        filled = {**copied, **fields_of(options, given), **own}
        edit_event(context, ledger, event_type, filled, dry_run=given["dry_run"], yes=given["yes"])
        return

    def fields(given: dict[str, Any]) -> dict[str, Any]:
        found = {"type": event_type.TOPIC, **copied, **fields_of(options, given), **own}
        if "target" in found:
            found["target"] = stored_event(ledger, str(found["target"]))[1]["event_id"]
        return found

    flags = {option.name: option.flag for option in options}
    prompts = _prompted(
        context,
        ledger,
        [option for option in options if option.name not in copied],
        given,
        lambda given: fault_at(options, given, lambda: validated(ledger, event_type, fields(given), flags), event_type),
    )
    _use_ids(context, ledger, options, given)
    event = validated(ledger, event_type, fields(given), flags)
    events = [*(prompts.registrations if prompts is not None else ()), event]
    done = f"recorded e{{first}} {event.TOPIC}"
    if len(events) > 1:
        done = f"recorded e{{first}}–e{{last}}: {', '.join(one.TOPIC for one in events)}"
    recorded = write_events(context, ledger, events, done, dry_run=given["dry_run"], yes=given["yes"])
    if prompts is not None and recorded:
        for one in events:
            context.say(f"the same with flags: {as_flags(one)}")


def fields_like(ledger: Ledger, event_type: type[Event], name: str) -> dict[str, Any]:
    """Return the fields of an event to start another from. Raises `NotFound`, and `UsageError` for another type."""
    position, stored = stored_event(ledger, name)
    if stored["type"] != event_type.TOPIC:
        command = stored["type"].replace("_", "-")
        raise UsageError(f"e{position} is a {stored['type']}", hint=f"policytrack record {command} --from e{position}")
    return {name: value for name, value in stored.items() if name not in {*NOT_CARRIED_OVER, "type", "schema_version"}}


def _prompted(
    context: Context, ledger: Ledger, options: list[FieldOption], given: dict[str, Any], fault_of: FaultOf
) -> Prompts | None:
    missing = [option for option in options if option.required and given.get(option.parameter) in (None, ())]
    if not missing:
        return None
    if not context.interactive:
        flags = ", ".join(option.flag for option in missing)
        raise UsageError(
            f"missing {flags} (no prompt, since stdin is not a terminal)", hint="add the flags, or run it on a terminal"
        )
    from policytrack.cli.prompts import Prompts

    prompts = Prompts(context, ledger)
    prompts.ask(options, given, fault_of)
    return prompts


def _use_ids(context: Context, ledger: Ledger, options: list[FieldOption], given: dict[str, Any]) -> None:
    """Replace firms' names in other scripts, such as 北方稀土, by their ids in `given`, and print which.

    A name in Latin letters is not replaced: it could be a mistyped id.
    """
    from policytrack.events.envelope import Refers
    from policytrack.values.ids import suggest_slug

    for option in options:
        name = given.get(option.parameter)
        is_name = isinstance(name, str) and name.strip() and not suggest_slug(name)
        if is_name and isinstance(option.mark, Refers) and option.mark.kind == "firm":
            given[option.parameter] = _id_of_firm(context, ledger, str(name))


def _id_of_firm(context: Context, ledger: Ledger, name: str) -> str:
    from policytrack.cli.context import today
    from policytrack.cli.run_question import report_ids
    from policytrack.questions import check_filters
    from policytrack.readmodel.coordinates import Coordinates

    named = {"firm": [name]}
    with ledger.ask(Coordinates(as_of=today(), known_at=today()), notes=context.note) as session:
        return str(report_ids(context, named, check_filters(session, named))["firm"][0])


def _superseding(ledger: Ledger, given: dict[str, Any]) -> dict[str, Any]:
    if "supersedes" not in given:  # a retraction has fields of its own for this
        return {}
    target, because = given["supersedes"], given["because"]
    if target is None and because is None:
        return {}
    if target is None or because is None:
        raise UsageError(
            "--supersedes and --because need each other", hint="use both: --supersedes e14 --because revision"
        )
    return {"supersedes": {"event_id": stored_event(ledger, target)[1]["event_id"], "because": because}}
