"""`rebuild`: rebuilds the read model from all events."""

from __future__ import annotations

import rich_click as click

from policytrack.cli.context import Context, pass_context


@click.command()
@pass_context
def rebuild(context: Context) -> None:
    """Rebuild the read model from the events.

    Example:

        policytrack rebuild

    Next: policytrack verify.
    """
    ledger = context.ledger()
    path = ledger.rebuild(notes=context.note, progress=context.progress("rebuilding"))
    context.say(f"read model rebuilt: {path.name}")
