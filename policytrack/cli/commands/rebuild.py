"""`rebuild`: builds the read model again from all events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rich_click as click

from policytrack.cli.context import Context, pass_context

if TYPE_CHECKING:
    pass


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
