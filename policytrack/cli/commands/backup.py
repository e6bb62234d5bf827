"""`backup`: backs up the ledger to a folder, while other processes may write."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from policytrack.cli.context import Context, pass_context
from policytrack.cli.paths import FolderPath
from policytrack.cli.unseen import echo


@click.command()
@click.argument("to", type=FolderPath(), metavar="TO")
@click.option(
    "--verify", "full_check", is_flag=True, help="Read and check everything that the backup has already, too."
)
@pass_context
def backup(context: Context, to: Path, full_check: bool) -> None:
    """Back up the ledger to a folder: events, settings, own SQL and seals.

    Other processes may record meanwhile. A second backup to the same folder appends only what is new. It is refused if
    the backup has events that this ledger does not have. Prints the head of the backup: note it elsewhere, to prove the
    past with verify --cited.

    Examples:

        policytrack backup /media/disk/ledger-backup

        policytrack backup /media/disk/ledger-backup --verify

    Next: policytrack restore FROM TO.
    """
    from policytrack.backups.back_up import back_up
    from policytrack.errors import counted

    ledger = context.ledger()
    ledger.check_not_rolled_back()
    done = back_up(ledger.root, ledger.store, to, full_check=full_check, progress=context.progress("backing up"))
    context.warn(list(done.left_out))
    new = done.position - done.before
    what = f"{counted(new, 'new event')} and {counted(done.files, 'file')}" if new else "no new events"
    context.say(f"backed up to {to}: {what}{'; all of the backup was read and checked' if full_check else ''}")
    echo(done.head)
