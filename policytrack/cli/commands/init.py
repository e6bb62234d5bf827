"""`init`: creates a ledger, empty or with the curated events."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from policytrack.cli.context import Context, pass_context, today
from policytrack.cli.paths import FolderPath

if TYPE_CHECKING:
    from policytrack.ledger import Ledger


@click.command()
@click.argument("folder", type=FolderPath(), required=False, metavar="[DIR]")
@click.option("--demo", is_flag=True, help="Import the curated events: real events with their sources.")
@click.option(
    "--store",
    "address",
    metavar="ADDRESS",
    help="Keep the events on a PostgreSQL server, as postgresql://USER@HOST/DATABASE; join an existing event store.",
)
@click.option("--print-sql", is_flag=True, help="Print the tables and roles for an administrator, and create nothing.")
@pass_context
def init(context: Context, folder: Path | None, demo: bool, address: str | None, print_sql: bool) -> None:
    """Create a ledger in a folder.

    With --store, several people share the events: each makes a folder of their own with the same address. Passwords
    come from ~/.pgpass, a service file or PGPASSWORD.

    Examples:

        policytrack init ledger

        policytrack init demo --demo

        policytrack init desk --store postgresql://anna@db.example.org/policytrack

    Next: policytrack record, policytrack import.
    """
    from policytrack.cli.import_events import import_files
    from policytrack.ledger import Ledger
    from policytrack.resources import EVENTS

    if print_sql:
        from policytrack.cli.output.write import write_text
        from policytrack.store.postgres.statements import schema_sql

        write_text(schema_sql())
        return
    folder = context.folder if folder is None else context.folder / folder
    ledger = _left_without_events(folder) if demo else None
    if ledger is None:
        ledger = Ledger.create(folder, address=address)
        context.done |= {"ledger": str(ledger.root), "head": ledger.store.head().position}
        context.say(f"created ledger {folder}")
        if address is not None:
            top = ledger.store.head().position
            context.say(f"its events are at {ledger.store.name}, {f'up to e{top}' if top else 'none yet'}")
    context.consider_own_sql(ledger)
    if demo:
        stories = tuple(str(story) for story in sorted((EVENTS / "log").glob("*.yaml")))
        context.say(f"importing {len(stories)} files of curated events")
        import_files(context, ledger, stories, known_on=today(), yes=True)
        option = "" if folder == Path() else f" -C {folder}"
        context.say(f"next: policytrack{option} asof · policytrack{option} pending · policytrack{option} holdings")


def _left_without_events(folder: Path) -> Ledger | None:
    """Return the ledger in a folder if it has no events, as a killed `init --demo` leaves it."""
    from policytrack.ledger import Ledger
    from policytrack.ledger_settings import SETTINGS

    settings = folder / SETTINGS
    if not settings.is_file() or not settings.stat().st_size:  # `Ledger.create` completes it
        return None
    ledger = Ledger.find(folder)
    return ledger if ledger.store.head().position == 0 else None
