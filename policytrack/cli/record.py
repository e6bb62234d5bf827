"""`record TYPE`: one event by flags, or by questions on a terminal, with a preview before it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import rich_click as click

from policytrack.cli.context import Context, pass_context, today
from policytrack.errors import NotFound, Place, PolicytrackError, RejectedImport, UsageError

if TYPE_CHECKING:
    from policytrack.cli.fields import FieldOption
    from policytrack.events import Event
    from policytrack.ledger import Ledger


class EventTypes(click.RichGroup):
    """The event types as subcommands, made from their classes when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The event types, by part of life."""
        from policytrack.events import EVENT_TYPES

        return [name.replace("_", "-") for name in EVENT_TYPES]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The subcommand of an event type, under its wire name with hyphens or underscores."""
        from policytrack.events import EVENT_TYPES

        event_type = EVENT_TYPES.get(cmd_name.replace("-", "_"))
        if event_type is not None:
            return command_of(event_type)
        from policytrack.ids import near_matches

        close = [name.replace("_", "-") for name in near_matches(cmd_name.replace("-", "_"), EVENT_TYPES)]
        raise UsageError(
            f"no event type {cmd_name!r}",
            hint=f"did you mean {', '.join(close)}?" if close else "`policytrack record --help` lists the event types",
        )


@click.group(cls=EventTypes, invoke_without_command=True)
@click.pass_context
def record(ctx: click.Context) -> None:
    """Record one event. Without TYPE, on a terminal, choose from a list.

    Example:

        policytrack record project-cancelled --project-id nolans-ndpr --effective 2026-10 --dry-run
    """
    if ctx.invoked_subcommand is not None:
        return
    context = ctx.ensure_object(Context)
    types = record.list_commands(ctx)
    if not context.interactive:
        raise UsageError("name the type of the event (stdin is not a terminal)", hint=f"one of {', '.join(types)}")
    from policytrack.cli.wizard import choose_type

    command = record.get_command(ctx, choose_type(types))
    if command is not None:
        with command.make_context(command.name, [], parent=ctx) as inner:
            command.invoke(inner)


def command_of(event_type: type[Event]) -> click.Command:
    """The subcommand that records an event of this type."""
    from policytrack.cli.fields import options_of

    options = options_of(event_type)
    doing: tuple[click.Option, ...] = (
        click.Option(["--supersedes"], metavar="EVENT", help="The event that this one corrects: e14 or its id."),
        click.Option(
            ["--because"],
            type=click.Choice(["error", "revision"]),
            help="Why: we mistyped, or the source changed.",
        ),
        click.Option(["-n", "--dry-run"], is_flag=True, help="Show what it would change; write nothing."),
        click.Option(["-y", "--yes"], is_flag=True, help="Do not ask before writing."),
    )

    @pass_context
    def run(context: Context, /, **given: Any) -> None:
        record_one(context, event_type, options, given)

    text = (event_type.__doc__ or "").strip().splitlines()[0]
    if event_type.TOPIC == "event_retracted":
        doing = doing[2:]
    return click.RichCommand(
        name=event_type.TOPIC.replace("_", "-"),
        params=[*(option.option() for option in options), *doing],
        callback=run,
        help=text + "\n\nPreview with --dry-run. The fields in full: policytrack schema " + event_type.TOPIC,
        short_help=text,
    )


def record_one(context: Context, event_type: type[Event], options: list[FieldOption], given: dict[str, Any]) -> None:
    """Record one event from flags, asking for what is missing where that is possible."""
    ledger = context.ledger()
    from policytrack.cli.fields import as_flags, fields_of

    asked = _ask_missing(context, ledger, options, given)
    fields = {"type": event_type.TOPIC, **fields_of(options, given), **_superseding(ledger, given)}
    if event_type.TOPIC == "event_retracted" and "target" in fields:
        fields["target"] = str(_event_id(ledger, str(fields["target"])))
    event = _validated(ledger, event_type, fields, {option.name: option.flag for option in options})
    already = [outcome for outcome in ledger.record([event], dry_run=True) if not outcome.is_new]
    if already:
        click.echo(f"already recorded as e{already[0].position}; nothing was written", err=True)
        return
    if given["dry_run"] or (context.interactive and not given["yes"]):
        from policytrack.cli.preview import show_effect

        show_effect(context, ledger, [event])
    if given["dry_run"]:
        click.echo("dry run: nothing was written", err=True)
        return
    if context.interactive and not given["yes"] and not click.confirm("Record it?", err=True):
        click.echo("nothing was written", err=True)
        return
    outcome = ledger.record([event])[0]
    ledger.generation(notes=context.note)
    context.say(f"recorded e{outcome.position} {event_type.TOPIC}")
    if asked:
        context.say(f"same by flags: {as_flags(event)}")


def _ask_missing(context: Context, ledger: Ledger, options: list[FieldOption], given: dict[str, Any]) -> bool:
    missing = [option for option in options if option.required and given.get(option.parameter) in (None, ())]
    if not missing:
        return False
    if not context.interactive:
        flags = ", ".join(option.flag for option in missing)
        raise UsageError(f"missing {flags} (stdin is not a terminal)", hint="give the flags, or run it on a terminal")
    from policytrack.cli.wizard import ask_fields

    ask_fields(context, ledger, options, given)
    return True


def _superseding(ledger: Ledger, given: dict[str, Any]) -> dict[str, Any]:
    if "supersedes" not in given:  # a retraction has fields of its own for this
        return {}
    target, because = given["supersedes"], given["because"]
    if target is None and because is None:
        return {}
    if target is None or because is None:
        raise UsageError("--supersedes and --because go together", hint="--supersedes e14 --because revision")
    return {"supersedes": {"event_id": str(_event_id(ledger, target)), "because": because}}


def _event_id(ledger: Ledger, name: str) -> UUID:
    """The id of the event that `e14`, `14` or an id names. Raises `NotFound`."""
    import json

    from policytrack.store.reading import head

    number = name.lower().removeprefix("e")
    if number.isdecimal():
        top = head(ledger.store).position
        if not 1 <= int(number) <= top:
            raise NotFound(f"there is no event e{number}; the last is e{top}", hint="`policytrack log` lists them")
        batch = next(iter(ledger.batches(int(number) - 1, int(number))))
        return UUID(json.loads(batch["data"][0].as_py())["event_id"])
    try:
        return UUID(name)
    except ValueError:
        raise NotFound(f"{name!r} names no event", hint="name it as e14, or by its id") from None


def _validated(ledger: Ledger, event_type: type[Event], fields: dict[str, Any], flags: dict[str, str]) -> Event:
    """The event of these fields; each error names its flag. Raises the error, or `RejectedImport` for several."""
    from policytrack.journal.rows import Row
    from policytrack.journal.validation import validate

    def locate(path: tuple[str | int, ...]) -> Place:
        name = str(path[0]) if path else ""
        return Place(flags.get(name, "--" + name.replace("_", "-")) if name else event_type.TOPIC)

    def known_on_of(event_id: UUID) -> Any:
        with ledger.application() as application:
            return application.known_on(event_id)

    row = Row(fields, Place(event_type.TOPIC), locate)
    try:
        return validate(row, today=today(), known_on_of=known_on_of, new_id=lambda event: uuid4())
    except RejectedImport as rejected:
        if len(rejected.findings) == 1:
            raise rejected.findings[0] from None
        raise
    except PolicytrackError:
        raise
