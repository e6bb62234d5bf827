"""`restore`: restores a ledger from a backup into a new folder."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from policytrack.cli.context import Context, pass_context
from policytrack.cli.paths import FolderPath
from policytrack.cli.unseen import echo
from policytrack.errors import PolicytrackError


@click.command()
@click.argument("source", type=FolderPath(), metavar="FROM")
@click.argument("to", type=FolderPath(), metavar="TO")
@pass_context
def restore(context: Context, source: Path, to: Path) -> None:
    """Restore a ledger from a backup into a folder that does not exist or is empty.

    Verifies the whole chain of digests before the ledger appears, then builds the read model. Prints the head: compare
    it with the one that `backup` printed.

    Example:

        policytrack restore /media/disk/ledger-backup ledger

    Next: policytrack verify --cited.
    """
    from policytrack.backups.restore import restore as restore_ledger

    manifest = restore_ledger(source, to, progress=context.progress("restoring"))
    context.say(f"restored {manifest.ledger!r} to {to}: {manifest.position:,} events, chain verified")
    context.folder = to
    try:
        context.ledger().generation(notes=context.note, progress=context.progress("building the read model"))
    except PolicytrackError as trouble:  # the ledger is complete: to run `restore` again would be refused
        context.warn([f"the ledger is restored, but its read model is not built: {trouble.what}; {trouble.hint}"])
    echo(manifest.head)
