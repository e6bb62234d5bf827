"""`copy-store`: copies the events of one ledger to another, from a file to a server or back."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from policytrack.cli.context import Context, pass_context
from policytrack.cli.paths import FolderPath
from policytrack.cli.unseen import echo
from policytrack.errors import IntegrityTrouble, UsageError, counted


@click.command()
@click.argument("source", type=FolderPath(exists=True), metavar="FROM")
@click.argument("to", type=FolderPath(exists=True), metavar="TO")
@pass_context
def copy_store(context: Context, source: Path, to: Path) -> None:
    """Copy the events of the ledger FROM to the ledger TO, with the same positions, times and digests.

    FROM and TO are folders of ledgers, each with its events in a file or on a server. TO must be empty, or have the
    first events of FROM: an interrupted copy is continued. The whole chain of TO is verified at the end. Prints the
    head, which is that of FROM.

    Examples:

        policytrack init desk --store postgresql://anna@db.example.org/policytrack

        policytrack copy-store ledger desk

    Next: policytrack verify --cited.
    """
    from policytrack.ledger import Ledger

    origin, target = Ledger.find(source), Ledger.find(to)
    if origin.root == target.root or origin.store.name == target.store.name:
        raise UsageError("FROM and TO are the same ledger", hint="create the other one with `policytrack init`")
    origin.check_not_rolled_back()
    top = origin.store.head()
    report = context.progress("copying")
    pages = origin.store.checked_pages(0, top.position)
    try:
        new = target.append_stored(
            pages, origin.store.name, progress=lambda position: report and report(position, top.position)
        )
    finally:
        context.end_progress()
    found = target.store.verify(context.progress("verifying"))
    if found.reason is not None or found.digest_hex != top.digest_hex:
        raise IntegrityTrouble(
            f"the copy is damaged at e{found.first_bad_position}: {found.reason}",
            hint="remove the copy and its event store, and copy again",
        )
    context.say(f"{counted(new, 'new event')} copied; chain verified")
    echo(str(top))
