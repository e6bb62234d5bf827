"""`schema`: lists the public views and their columns, or prints the JSON Schema of an event type."""

from __future__ import annotations

import rich_click as click

from policytrack.cli.context import Context, pass_context, today
from policytrack.cli.output.write import write, write_text
from policytrack.cli.shell_completion import event_types, names, views
from policytrack.errors import NotFound
from policytrack.output.answer import Answer


@click.command()
@click.argument("name", required=False, metavar="[VIEW|EVENT]", shell_complete=names(views, event_types))
@click.option("--events", is_flag=True, help="List the event types instead of the views.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["table", "csv", "tsv", "json", "jsonl", "markdown"]),
    help="Format of the rows. [default: table on a terminal, tsv on a pipe]",
)
@click.option("--json", "as_json", is_flag=True, help="Same as --format json.")
@pass_context
def schema(context: Context, name: str | None, events: bool, format_: str | None, as_json: bool) -> None:
    """Show the views and their columns, or an event type as JSON Schema.

    Examples:

        policytrack schema

        policytrack schema national_capacity

        policytrack schema project_approved

    Next: policytrack sql.
    """
    import pyarrow as pa

    from policytrack.events import EVENT_TYPES
    from policytrack.events.catalogue import GROUPS, json_schema_text, meaning_of
    from policytrack.values.ids import near_matches

    format_ = "json" if as_json else format_
    key = (name or "").replace("-", "_")
    if key in EVENT_TYPES:  # the same in every ledger: no ledger is opened
        write_text(json_schema_text(EVENT_TYPES[key]))
        return
    if events:
        rows = [
            {
                "group": group,
                "event": event_type.TOPIC,
                "meaning": meaning_of(event_type),
            }
            for group, members in GROUPS.items()
            for event_type in members
        ]
        write(Answer(pa.Table.from_pylist(rows), "Event types"), context, format_, None)
        return
    from policytrack.readmodel.coordinates import Coordinates

    with context.ledger().ask(Coordinates(as_of=today(), known_at=today()), notes=context.note) as session:
        views = sorted([*session.views(), *session.step_tables()], key=lambda view: view.name)
    if name is None:
        rows = [{"view": view.name, "columns": str(len(view.columns)), "meaning": view.comment} for view in views]
        write(Answer(pa.Table.from_pylist(rows), "Views"), context, format_, None)
        return
    chosen = next((view for view in views if view.name == key), None)
    if chosen is None:
        close = near_matches(key, [*EVENT_TYPES, *(view.name for view in views)])
        listed = "list the views with `policytrack schema`, the event types with `policytrack schema --events`"
        raise NotFound(f"no view or event type {name!r}", hint=f"similar: {', '.join(close)}" if close else listed)
    rows = [{"column": column.name, "type": column.type, "meaning": column.comment} for column in chosen.columns]
    write(Answer(pa.Table.from_pylist(rows), f"{chosen.name}: {chosen.comment}"), context, format_, None)
