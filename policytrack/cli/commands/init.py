"""`init`: creates a ledger, empty or filled with the curated record."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from policytrack.cli.context import Context, pass_context, today

if TYPE_CHECKING:
    pass


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
    from policytrack.cli.import_events import import_files
    from policytrack.ledger import Ledger
    from policytrack.resources import EVENTS

    folder = context.folder if folder is None else context.folder / folder
    ledger = Ledger.create(folder)
    context.say(f"created ledger {folder}")
    if demo:
        stories = tuple(str(story) for story in sorted((EVENTS / "log").glob("*.yaml")))
        context.say(f"importing {len(stories)} stories of the curated record")
        import_files(context, ledger, stories, known_on=today(), yes=True)
        there = "" if folder == Path() else f" -C {folder}"
        context.say(f"next: policytrack{there} asof · policytrack{there} pending · policytrack{there} holdings")
