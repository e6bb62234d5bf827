"""`correct`: records a corrected event that supersedes another."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import rich_click as click

from policytrack.api.recording import stored_event
from policytrack.api.written import NOT_KEPT, changes_between
from policytrack.cli.context import Context, pass_context
from policytrack.cli.options import BECAUSE, DRY_RUN, YES, Day
from policytrack.cli.recording import ACKNOWLEDGE, acknowledged, validated, write_event
from policytrack.cli.shell_completion import ids
from policytrack.cli.unseen import echo
from policytrack.errors import MalformedInput, UsageError, shortened

if TYPE_CHECKING:
    from datetime import date

    from policytrack.cli.event_options import FieldOption


@click.command()
@click.argument("event", metavar="EVENT", shell_complete=ids("event"))
@click.option("--set", "changes", multiple=True, metavar="FIELD=VALUE", help="Set a field to its right value.")
@click.option("--unset", multiple=True, metavar="FIELD", help="Remove a field.")
@BECAUSE
@click.option(
    "--source", "sources", multiple=True, metavar="PART=VALUE,…", help="Replace the sources. [default: as before]"
)
@click.option(
    "--known-on",
    type=Day(),
    metavar="DATE",
    help="Day on which the revision was public. [default: today; for an error, as before]",
)
@click.option("--note", metavar="TEXT", help="Replace the note. [default: as before]")
@click.option("--acknowledge", **ACKNOWLEDGE)
@DRY_RUN
@YES
@pass_context
def correct(
    context: Context,
    event: str,
    changes: tuple[str, ...],
    unset: tuple[str, ...],
    because: str,
    sources: tuple[str, ...],
    known_on: date | None,
    note: str | None,
    acknowledge: tuple[tuple[str, str], ...],
    dry_run: bool,
    yes: bool,
) -> None:
    """Correct an event: record an event of the same type that supersedes it.

    Fields that you do not set keep their values, also sources, note and acknowledged checks.

    Examples:

        policytrack correct e168 --set capacity=7200 --because revision --source "title=Report,class=regulator"

        policytrack correct e12 --set partners.1.stake_pct=51 --because error

        policytrack correct e12 --set fields.node="22 nm" --because revision

        policytrack correct e168 --known-on 2025-06-10 --because error
    """
    from policytrack.cli.event_options import options_of, read_parts
    from policytrack.events import EVENT_TYPES

    ledger = context.ledger()
    position, stored = stored_event(ledger, event)
    if stored["type"] == "event_retracted":
        raise UsageError(
            f"cannot correct e{position}: it is a retraction, and retractions are final",
            hint="to restore the retracted event, record it again",
        )
    event_type = EVENT_TYPES[stored["type"]]
    options = {option.name: option for option in options_of(event_type)}
    fields = {name: value for name, value in stored.items() if name not in NOT_KEPT}
    for name in unset:
        is_acknowledged = name.strip() == "acknowledged"  # set by --acknowledge, so --set has no option for it
        fields.pop("acknowledged" if is_acknowledged else _known_field(name, options, event_type.TOPIC).name, None)
    for change in changes:
        name, value = _part_change(change, options, fields) or _change(change, options, event_type.TOPIC)
        fields[name] = value
    if sources:
        option = options["sources"]
        fields["sources"] = [read_parts(option, option.part, text) for text in sources if option.part]
    if known_on is not None:
        fields["known_on"] = known_on.isoformat()
    if note is not None:
        fields["note"] = note
    if acknowledge:
        added = acknowledged(acknowledge)["acknowledged"]
        checks = {one["check"] for one in added}
        fields["acknowledged"] = [one for one in fields.get("acknowledged", []) if one["check"] not in checks] + added
    is_known_on_given = "known_on" in fields
    fields["supersedes"] = {"event_id": stored["event_id"], "because": because}
    corrected = validated(ledger, event_type, fields, {name: f"--set {name}" for name in options})
    changed = _show_changes(stored, json.loads(corrected.to_json()))
    # A revision gets today as `known_on` by default: alone, that is not a change.
    if not changed - (set() if is_known_on_given else {"known_on"}):
        raise UsageError(
            f"no change: e{position} already has these values", hint="use --set FIELD=VALUE, --known-on or --note"
        )
    write_event(context, ledger, corrected, dry_run=dry_run, yes=yes)


def _known_field(name: str, options: dict[str, FieldOption], event_type: str) -> FieldOption:
    from policytrack.values.ids import near_matches

    option = options.get(name.strip().replace("-", "_"))
    if option is None:
        close = ", ".join(near_matches(name, options))
        hint = f"did you mean {close}?" if close else f"list its fields with `policytrack schema {event_type}`"
        raise UsageError(f"{event_type} has no field {name!r}", hint=hint)
    return option


def _part_change(change: str, options: dict[str, FieldOption], fields: dict[str, Any]) -> tuple[str, Any] | None:
    """Return ``partners.1.stake_pct=60`` as the field and its value with this part changed; None without a part.

    Items count from 1, as in tables. ``fields.node=28 nm`` sets a custom field, and ``fields.node=`` removes it.
    Raises `UsageError` for an item or a part that the field does not have.
    """
    from policytrack.events.custom_fields import FieldValue

    path, equals, text = change.partition("=")
    name, *steps = path.strip().split(".")
    option = options.get(name)
    if not equals or not steps or option is None or option.part is None:
        return None
    items = list(fields.get(name) or ()) if option.many else [fields.get(name) or {}]
    if option.part is FieldValue and len(steps) == 1 and not steps[0].isdecimal():  # fields.node=28 nm
        values = {one["field_id"]: one["value"] for one in items} | {steps[0]: text}
        return name, [{"field_id": id_, "value": value} for id_, value in values.items() if value]
    number = steps.pop(0) if option.many else "1"
    if not number.isdecimal() or not 1 <= int(number) <= len(items):
        had = f"it has 1 to {len(items)}" if items else "it has none"
        raise UsageError(f"--set {change!r}: {name} has no item {number!r}", hint=f"{had}; for instance {name}.1")
    parts = [info.alias or part for part, info in option.part.model_fields.items()]
    if len(steps) != 1 or steps[0] not in parts:
        raise UsageError(f"--set {change!r}: {name} has no part {'.'.join(steps)!r}", hint=f"it has {', '.join(parts)}")
    items[int(number) - 1] = {
        **items[int(number) - 1],
        steps[0]: {"true": True, "false": False}.get(text.lower(), text),
    }
    return name, items if option.many else items[0]


def _change(change: str, options: dict[str, FieldOption], event_type: str) -> tuple[str, Any]:
    """Return ``capacity=7200`` as a field and its value. Lists and parts are JSON, or ``part=value,part=value``.

    Raises `UsageError` for another form or an unknown field, `MalformedInput` for invalid JSON.
    """
    from policytrack.cli.event_options import read_parts

    name, equals, text = change.partition("=")
    if not equals:
        raise UsageError(f"--set {change!r} is not FIELD=VALUE", hint="for instance --set capacity=7200")
    option = _known_field(name, options, event_type)
    if text.startswith(("[", "{")):
        try:
            return option.name, json.loads(text, parse_float=str)
        except (ValueError, RecursionError) as cause:  # the second for what is nested too deeply
            raise MalformedInput(
                f"--set {shortened(change)!r} is not JSON: {cause}", hint="correct the brackets and quotes"
            ) from cause
    if option.part is not None:
        parts = read_parts(option, option.part, text)
        return option.name, [parts] if option.many else parts
    if option.is_bool:
        return option.name, {"true": True, "false": False}.get(text.lower(), text)
    return option.name, [text] if option.many else text


def _show_changes(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    """Print each field that changes, with its old and new value, and return the names of these fields."""
    changes = changes_between(before, after)
    for one in changes:
        if one.field != "acknowledged":
            echo(f"{one.field.replace('_', ' ')}: {one.before} → {one.after}")
        elif one.before == "–":
            echo(f"acknowledged: {one.after}")
        else:
            echo(f"no longer acknowledged: {one.before}")
    return {one.field for one in changes}
