"""Commands that keep a ledger: init, status, verify, rebuild, schema."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from policytrack.cli.cells import to_json
from policytrack.cli.completing import event_types, names, views
from policytrack.cli.context import Context, pass_context, today
from policytrack.cli.output import Answer, write, write_text
from policytrack.errors import IntegrityTrouble, NotFound

if TYPE_CHECKING:
    from policytrack.store.verify import ChainReport


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), required=False, metavar="[DIR]")
@click.option("--demo", is_flag=True, help="Fill it with the curated record: real events with their sources.")
@pass_context
def init(context: Context, folder: Path | None, demo: bool) -> None:
    """Make a new ledger in a folder.

    Examples:

        policytrack init ledger

        policytrack init demo --demo
    """
    from policytrack.cli.bring import bring
    from policytrack.ledger import Ledger
    from policytrack.resources import EVENTS

    folder = context.folder if folder is None else context.folder / folder
    ledger = Ledger.create(folder)
    context.say(f"created ledger {folder}")
    if demo:
        stories = tuple(str(story) for story in sorted((EVENTS / "log").glob("*.yaml")))
        context.say(f"importing {len(stories)} stories of the curated record")
        bring(context, ledger, stories, known_on=today(), yes=True)
        there = "" if folder == Path() else f" -C {folder}"
        context.say(f"next: policytrack{there} asof · policytrack{there} pending · policytrack{there} holdings")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@pass_context
def status(context: Context, as_json: bool) -> None:
    """Show the state of the ledger: events, head, read model.

    Example:

        policytrack status --json
    """
    from policytrack.store.reading import head

    ledger = context.ledger()
    top = head(ledger.store)
    current = ledger.read_model.current()
    try:
        ledger.check_not_rolled_back()
    except IntegrityTrouble as trouble:
        context.warn([f"{trouble.what}; {trouble.hint}"])
    behind = top.position - (current.position if current else 0)
    facts: dict[str, Any] = {
        "ledger": str(ledger.root),
        "events": top.position,
        "head": f"e{top.position}",
        "digest": f"sha256:{top.digest_hex}",
        "last_recorded_at": top.recorded_at.isoformat() + "Z" if top.recorded_at else None,
        "store_bytes": ledger.store.stat().st_size,
        "read_model": str(current.path.name) if current else None,
        "read_model_behind": behind,
        "read_model_bytes": current.path.stat().st_size if current else 0,
    }
    if as_json:
        write_text(to_json(facts) + "\n")
        return
    widest = max(map(len, facts))
    for name, value in facts.items():
        shown = f"{value:,}" if isinstance(value, int) else value
        click.echo(f"{name.replace('_', ' '):<{widest}}  {shown if value is not None else '–'}")


@click.command()
@click.option("--quick", is_flag=True, help="Only the digest chain; do not rebuild the read model.")
@click.option(
    "--cited",
    nargs=2,
    multiple=True,
    metavar="EVENT DIGEST",
    help="Prove that this head is in the chain: --cited e428 sha256:…  [several times: several heads]",
)
@click.option("--against", multiple=True, metavar="TEXT", help="The same for the head in a citation or a footer.")
@pass_context
def verify(context: Context, quick: bool, cited: tuple[tuple[str, str], ...], against: tuple[str, ...]) -> None:
    """Recompute the digest chain, and compare the read model with a rebuild.

    Silent on stdout and exit 0 when all is well, exit 6 when not. The digests in a store prove that it is whole. They
    do not prove that it is the store that was cited: a user who can write the file can compute them again. A head that
    was written down elsewhere proves it, for the events up to that head.

    Examples:

        policytrack verify

        policytrack verify --quick --cited e428 sha256:1b5746a311cc…
    """
    import tempfile

    from policytrack.store.cited import check_cited, read_cited
    from policytrack.store.verify import verify_chain

    heads = [read_cited(f"{name} {digest}") for name, digest in cited] + [read_cited(text) for text in against]
    ledger = context.ledger()
    report = verify_chain(ledger.store, context.progress("verifying"))
    if report.first_bad_position is not None:
        raise IntegrityTrouble(
            f"the event store is damaged or was changed at e{report.first_bad_position}: {report.reason}",
            hint="keep the file as it is, and restore a backup; events before that position are as they were recorded",
        )
    _check_anchor_file(ledger.store, report)
    context.say(f"events: {report.events:,} verified, head e{report.position} sha256:{report.digest_hex}")
    for head in heads:
        check_cited(ledger.store, head)
        context.say(f"cited: {head} is in the chain")
    if quick:
        return
    path = ledger.generation(notes=context.note, progress=context.progress("catching up"))
    with tempfile.TemporaryDirectory(prefix="policytrack-") as folder:
        fresh = ledger.fresh_read_model(Path(folder), progress=context.progress("rebuilding"))
        differing = ledger.read_model.compare(path, fresh)
    if differing:
        raise IntegrityTrouble(
            f"the read model differs from a rebuild in {', '.join(differing)}",
            hint="`policytrack rebuild` replaces it; please report how this came about",
        )
    context.say("read model: equal to a rebuild")


def _check_anchor_file(store: Path, report: ChainReport) -> None:
    """Raise `IntegrityTrouble` when `ledger.head` is damaged: other commands send the user here for what to do."""
    from policytrack.store.head import head_file_beside, read_anchor

    try:
        read_anchor(head_file_beside(store))
    except IntegrityTrouble as damage:
        raise IntegrityTrouble(
            f"{damage.what}; the events are complete up to e{report.position} sha256:{report.digest_hex}",
            hint=f"if no later event was acknowledged, remove {head_file_beside(store)}: the next recording writes it"
            " again; else restore the ledger from a backup",
        ) from damage


@click.command()
@pass_context
def rebuild(context: Context) -> None:
    """Build the read model again from the events.

    Example:

        policytrack rebuild
    """
    ledger = context.ledger()
    path = ledger.rebuild(notes=context.note, progress=context.progress("rebuilding"))
    context.say(f"read model rebuilt: {path.name}")


@click.command()
@click.argument("name", required=False, metavar="[VIEW|EVENT]", shell_complete=names(views, event_types))
@click.option("--events", is_flag=True, help="List the event types instead of the views.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["table", "csv", "tsv", "json", "jsonl", "markdown"]),
    help="[default: table on a terminal, tsv on a pipe]",
)
@pass_context
def schema(context: Context, name: str | None, events: bool, format_: str | None) -> None:
    """Show the views and their columns, or an event type as JSON Schema.

    Examples:

        policytrack schema

        policytrack schema national_capacity

        policytrack schema project_approved
    """
    import pyarrow as pa

    from policytrack.events import EVENT_TYPES
    from policytrack.events.catalogue import GROUPS, json_schema_text
    from policytrack.ids import near_matches

    key = (name or "").replace("-", "_")
    if key in EVENT_TYPES:
        write_text(json_schema_text(EVENT_TYPES[key]))
        return
    if events:
        rows = [
            {
                "group": group,
                "event": event_type.TOPIC,
                "meaning": (event_type.__doc__ or "").strip().splitlines()[0],
            }
            for group, members in GROUPS.items()
            for event_type in members
        ]
        write(Answer(pa.Table.from_pylist(rows), "Event types"), context, format_, None)
        return
    from policytrack.readmodel.coordinates import Coordinates

    with context.ledger().ask(Coordinates(as_of=today(), known_at=today()), notes=context.note) as session:
        views = session.views()
    if name is None:
        rows = [{"view": view.name, "columns": str(len(view.columns)), "meaning": view.comment} for view in views]
        write(Answer(pa.Table.from_pylist(rows), "Views"), context, format_, None)
        return
    chosen = next((view for view in views if view.name == key), None)
    if chosen is None:
        close = near_matches(key, [*EVENT_TYPES, *(view.name for view in views)])
        listed = "`policytrack schema` lists the views, `policytrack schema --events` the event types"
        raise NotFound(f"no view or event type {name!r}", hint=f"close: {', '.join(close)}" if close else listed)
    rows = [{"column": column.name, "type": column.type, "meaning": column.comment} for column in chosen.columns]
    write(Answer(pa.Table.from_pylist(rows), f"{chosen.name}: {chosen.comment}"), context, format_, None)
