"""`show`: prints one event, or a firm, facility, project, swap, lot, rule or quota with its events and sources."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from policytrack.cli.context import Context, pass_context
from policytrack.cli.options import query_options
from policytrack.cli.output.write import write
from policytrack.cli.run_question import LOG_SHOWN, UNIT_SHOWN, Output, footer, run_query
from policytrack.cli.shell_completion import EVERYTHING, ids
from policytrack.cli.unseen import echo
from policytrack.errors import NotFound, shortened
from policytrack.output.answer import Answer
from policytrack.values.edtf import readable

if TYPE_CHECKING:
    from policytrack.readmodel.coordinates import Coordinates
    from policytrack.readmodel.session import Session


KINDS = ("project", "firm", "facility", "swap", "lot", "rule", "quota")


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="EVENT|ID…", shell_complete=ids(*EVERYTHING))
@query_options()
@pass_context
def show(
    context: Context,
    names: tuple[str, ...],
    coordinates: Coordinates,
    filters: dict[str, list[str]],
    output: Output,
) -> None:
    """Show an event (e14), or a firm, facility, project, swap, lot, rule or quota, with sources and events.

    Examples:

        policytrack show e14

        policytrack show northern-jinlong-separation

    Next: policytrack why, policytrack log.
    """
    del filters  # show has none
    for name in names:

        def shown(session: Session, name: str = name) -> None:
            show_one(context, session, name, footer(context, coordinates), output)

        run_query(context, coordinates, shown)


def show_one(
    context: Context,
    session: Session,
    name: str,
    footer: str,
    output: tuple[str | None, Path | None],
    kinds: tuple[str, ...] = KINDS,
) -> None:
    """Print the event, or the thing of one of these kinds, that an id or a name means.

    `kind:id`, such as ``project:nolans``, means a thing of that kind only. One id may belong to several kinds: then the
    first is printed, and a note lists the others. Raises `NotFound` with near matches.
    """
    from policytrack.questions import ask, resolve_event
    from policytrack.questions.ask import folded
    from policytrack.values.ids import near_matches

    kind, colon, id_ = name.partition(":")
    if colon and kind in kinds:
        kinds, name = (kind,), id_.strip()
    # `firm show` passes its kind: a mistyped id must not print an event.
    event = resolve_event(session, name) if kinds == KINDS else None
    if event is not None and not name.isdecimal():
        _show_event(context, session, event, footer, output)
        return
    # Each view folds all events of its kind: only those of which the id is known are read.
    known = set(ask(session, "kinds_of_id", {"id": name})["kind"].to_pylist())
    tables = {kind: ask(session, kind, {"id": name}) for kind in kinds if kind in known}
    kinds_with_id = [kind for kind, table in tables.items() if table.num_rows]
    if event is not None and not kinds_with_id:
        _show_event(context, session, event, footer, output)
        return
    if kinds_with_id:
        first, *others = kinds_with_id
        if event is not None:
            context.say(f"note: {name} is also an event: policytrack show e{event['position']}")
        if others:
            context.say(
                f"note: {name} is also the id of a {' and of a '.join(others)}: policytrack show {others[0]}:{name}"
            )
        _show_thing(context, session, first, name, tables[first], footer, output)
        return
    rows = [row for row in ask(session, "registered").to_pylist() if row["kind"] in kinds]
    with_name = {row["id"] for row in rows if folded(name) in map(folded, (row["name"], *row["names"]))}
    if len(with_name) == 1:
        (id_,) = with_name
        context.say(f"{name} is {id_}")
        show_one(context, session, id_, footer, output, kinds)
        return
    near = {text: row["id"] for row in rows for text in (row["id"], row["name"], *row["names"])}
    raise _not_found(
        name, tuple(sorted(with_name)) or tuple(dict.fromkeys(near[text] for text in near_matches(name, near)))
    )


def _show_event(
    context: Context,
    session: Session,
    event: dict[str, Any],
    footer: str,
    output: tuple[str | None, Path | None],
) -> None:
    import pyarrow as pa

    from policytrack.questions import ask

    if output != (None, None):
        write(Answer(pa.Table.from_pylist([event]), "", footer), context, *output)
        return
    position = event["position"]
    stored = _stored(context, position)
    echo(f"e{position}  {event['type']}  {event['summary']}")
    recorded_at = f"{event['recorded_at'].isoformat(sep=' ')}Z"
    _fields({**stored, "recorded_at": recorded_at, "position": f"e{position}", "import": _import_of(context, position)})
    if event["superseded_by"]:
        echo(f"superseded by: e{event['superseded_by']} ({event['because']})")
    sources = ask(session, "event_sources", {"position": position})
    from policytrack.cli.output.table import print_table

    claims = ask(session, "event_claims", {"event_id": event["event_id"]})
    if claims.num_rows:
        print_table(Answer(claims, "Claims about it"), context)
    print_table(Answer(sources, f"Sources ({sources.num_rows})", footer, (), "no source is named"), context)


def _import_of(context: Context, position: int) -> str | None:
    """Return the id and the positions of the import that recorded an event: ``i17 (e17–e20)``."""
    transaction = context.ledger().store.transaction_of(position)
    return transaction and f"{transaction.name} (e{transaction.first}–e{transaction.last})"


def _stored(context: Context, position: int) -> dict[str, Any]:
    """Return the fields of an event as stored, without those that `show` prints elsewhere."""
    import json

    batch = next(iter(context.ledger().batches(position - 1, position)))
    event = json.loads(batch["data"][0].as_py())
    return {key: value for key, value in event.items() if key not in {"sources", "type", "schema_version"}}


def _show_thing(
    context: Context,
    session: Session,
    kind: str,
    name: str,
    table: Any,
    footer: str,
    output: tuple[str | None, Path | None],
) -> None:
    from policytrack.cli.output.table import print_table
    from policytrack.questions import ask

    if output != (None, None):
        write(Answer(table, "", footer), context, *output)
        return
    echo(f"{kind} {name}")
    _fields(table.to_pylist()[0])
    if kind in ("firm", "facility", "project"):
        own = ask(session, "fields_of_thing", {"thing_kind": kind, "id": name})
        if own.num_rows:
            print_table(Answer(own, "Custom fields", "", ("field", "value", "unit")), context)
    if kind == "firm":
        print_table(Answer(ask(session, "owners", {"id": name}), "Stakes", "", (), "no stake is recorded"), context)
        control = ask(session, "control", {"id": name})
        print_table(Answer(control, "Control", "", (), "no control is recorded"), context)
        held = ask(session, "holdings", {"firm": [name]})
        print_table(
            Answer(held, "Holdings", "", ("activity_id", "status", "basis", "capacity", "unit"), "none"),
            context,
        )
    if kind == "facility":
        units = ask(session, "capacity_by_unit", {"facility": [name]})
        print_table(Answer(units, "Capacity", "", UNIT_SHOWN[1:], "no capacity is recorded"), context)
        successions = ask(session, "successions", {"id": name})
        if successions.num_rows:
            print_table(Answer(successions, "Mergers and splits"), context)
    if kind == "project" and (phases := ask(session, "phases", {"id": name})).num_rows:
        print_table(Answer(phases, "Phases"), context)
    events = ask(session, "log", {"subject": [f"{kind}:{name}"]})
    print_table(Answer(events, "Events", "", LOG_SHOWN, "no event is known by this knowledge date"), context)
    sources = ask(session, "subject_sources", {"subject_id": f"{kind}:{name}"})
    print_table(Answer(sources, "Sources", footer, (), "no source is named"), context)


def _fields(row: dict[str, Any]) -> None:
    from policytrack.output.pretty import shown_field

    widest = max(len(key) for key in row)
    for key, value in row.items():
        if value is None or value == [] or value == "":
            continue
        if isinstance(value, dict):  # a date or quantity: as the source wrote it, if that is stored
            value = (
                value.get("written")
                or (value.get("edtf") and readable(value["edtf"]))
                or " ".join(str(part) for part in value.values())
            )
        echo(f"  {key.replace('_', ' '):<{widest}}  {shown_field(key, value)}")


def _not_found(name: str, candidates: tuple[str, ...]) -> NotFound:
    """Return the error for a name that the ledger does not have, or that several things have."""
    hint = (
        f"similar: {', '.join(candidates)}; nothing was chosen for you"
        if candidates
        else "list the events with `policytrack log`"
    )
    return NotFound(f"no event, id or name {shortened(name)!r}", hint=hint, candidates=candidates)
