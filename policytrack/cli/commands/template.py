"""`template`: writes a file to fill in with an editor or a spreadsheet program, from the fields of event classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rich_click as click

from policytrack.cli.context import Context, pass_context, today
from policytrack.cli.options import OutputFile
from policytrack.cli.output.write import write_parts
from policytrack.errors import NotFound, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from policytrack.events import Event


@click.command()
@click.argument("types", nargs=-1, metavar="TYPE…")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["yaml", "csv", "xlsx"]),
    help="Format. [default: by the extension of FILE, or yaml]",
)
@click.option("-o", "--output", type=OutputFile(), metavar="FILE", help="Write to a new file. `-` is stdout.")
@click.option("--schema", is_flag=True, help="Write the JSON Schema of event files, for completion in an editor.")
@pass_context
def template(
    context: Context, /, types: tuple[str, ...], format_: str | None, output: Path | None, schema: bool
) -> None:
    """Write a file to fill in and import: YAML with comments, CSV, or XLSX with drop-down lists.

    Inside a ledger, the drop-down lists offer the registered ids, and registrations have its custom fields.

    Examples:

        policytrack template project-approved > october.yaml

        policytrack template project-registered project-announced -o projects.xlsx
    """
    from policytrack.cli import template_tables, template_yaml

    if schema:
        context.done = {"types": [], "format": "json-schema"}
        _write(context, template_yaml.schema_text().encode(), output)
        return
    if not types:
        raise UsageError("no event type is given", hint="list the types with `policytrack schema --events`")
    chosen = [event_type_of(name) for name in types]
    wanted = format_ or _by_ending(output)
    context.done = {"types": [event_type.TOPIC for event_type in chosen], "format": wanted}
    has_fields = any("fields" in event_type.model_fields for event_type in chosen)
    declared = _of_ledger(context, "custom_fields") if has_fields else []
    if wanted == "yaml":
        _write(context, template_yaml.yaml_text(chosen, today(), declared=declared).encode(), output)
        context.note(f"for completion in an editor: policytrack template --schema -o {template_yaml.SCHEMA}")
    elif wanted == "csv":
        _write(context, template_tables.csv_text(chosen, declared).encode(), output)
    elif output is None:
        raise UsageError("xlsx needs an output file", hint=f"use -o {chosen[0].TOPIC}.xlsx")
    else:
        _write(context, template_tables.book(chosen, _registered(context), declared), output)


def _by_ending(output: Path | None) -> str:
    known = {".yaml": "yaml", ".yml": "yaml", ".csv": "csv", ".xlsx": "xlsx"}
    ending = output.suffix.lower() if output is not None else ".yaml"
    if ending not in known:
        raise UsageError(
            f"the extension of {output} is not a format of templates", hint=f"use {', '.join(known)}, or --format"
        )
    return known[ending]


def event_type_of(name: str) -> type[Event]:
    """Return the event type of a name with hyphens or underscores. Raises `UsageError` with near matches."""
    from policytrack.events import EVENT_TYPES
    from policytrack.values.ids import near_matches

    topic = name.replace("-", "_")
    if topic in EVENT_TYPES:
        return EVENT_TYPES[topic]
    close = near_matches(topic, EVENT_TYPES)
    hint = f"did you mean {', '.join(close)}?" if close else "list the types with `policytrack schema --events`"
    raise UsageError(f"no event type {name!r}", hint=hint)


def _write(context: Context, content: bytes, output: Path | None) -> None:
    context.done["file"] = None if output is None else str(output)
    if output is None:
        if context.output is not None:  # --json: the content is a part of the object
            context.done["content"] = content.decode()
            return
        write_parts([content], None)
        return
    try:
        with output.open("xb") as file:  # x: never overwrite a template that the user has filled in
            file.write(content)
    except FileExistsError:
        raise UsageError(f"{output} already exists", hint="choose another name, or remove the file") from None
    except OSError as trouble:
        raise UsageError(f"cannot write {output}: {trouble.strerror}", hint="choose another folder") from trouble
    context.say(f"wrote {output}; fill it in, then: policytrack import {output} --dry-run")


def _of_ledger(context: Context, question: str) -> list[dict[str, Any]]:
    """Return the rows of a query about today; none outside a ledger."""
    from policytrack.questions import ask
    from policytrack.readmodel.coordinates import Coordinates

    try:
        ledger = context.ledger()
    except NotFound:
        return []
    with ledger.ask(Coordinates(as_of=today(), known_at=today()), notes=context.note) as session:
        rows: list[dict[str, Any]] = ask(session, question).to_pylist()
    return rows


def _registered(context: Context) -> dict[str, list[str]]:
    """Return the registered ids, sorted, by kind; an empty dict outside a ledger."""
    known: dict[str, list[str]] = {}
    for row in _of_ledger(context, "registered"):
        known.setdefault(row["kind"], []).append(row["id"])
    return {kind: sorted(ids) for kind, ids in known.items()}
