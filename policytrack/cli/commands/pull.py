"""`pull`: appends the new events of a backup or of a published file, with their times and digests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from policytrack.cli.context import Context, pass_context
from policytrack.cli.recording import finish_recording
from policytrack.cli.unseen import echo
from policytrack.errors import counted

if TYPE_CHECKING:
    from policytrack.store.digest import Stored


@click.command()
@click.argument("source", type=click.Path(path_type=Path, exists=True), metavar="FILE|DIR")
@pass_context
def pull(context: Context, source: Path) -> None:
    """Append the new events of a backup, or of a file written by `export events --verbatim`.

    For the readers of a published ledger: this ledger must be empty or have the first events of the other
    one, and gets the same head, so that a citation of one holds for both. Events of your own would differ: `import`
    merges events, `pull` never does.

    Examples:

        policytrack pull published/events.verbatim.jsonl

        policytrack pull /media/disk/ledger-backup

    Next: policytrack news, policytrack verify --cited.
    """
    ledger = context.ledger()
    before = ledger.store.head().position
    new = ledger.append_stored(_pages(source), str(source), progress=lambda _: None)
    if not new:
        context.say("nothing to do: the ledger has all of these events")
    else:
        positions = (before + 1, before + new)
        finish_recording(
            context, ledger, f"{counted(new, 'new event')} pulled", positions, (), is_checked=True, shows_progress=True
        )
    echo(str(ledger.store.head()))


def _pages(source: Path) -> Iterator[list[Stored]]:
    from policytrack.store.digest import FIRST_DIGEST
    from policytrack.store.segments import read_segment

    if source.is_dir():
        from policytrack.backups.back_up import rows_of
        from policytrack.backups.manifest import read_manifest

        return rows_of(source, read_manifest(source))
    return read_segment(source, 0, FIRST_DIGEST)
