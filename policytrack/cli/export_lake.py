"""`export lake`: writes the tables of facts, steps and spans as Parquet files, with their manifest and views."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from policytrack.cli.run_question import rebuilding_if_damaged
from policytrack.errors import counted

if TYPE_CHECKING:
    from policytrack.cli.context import Context
    from policytrack.lake.write import Written
    from policytrack.readmodel.coordinates import Coordinates


def export_lake(context: Context, folder: Path, coordinates: Coordinates) -> None:
    """Write the lake of the ledger into a folder, or what is new of it. Raises what `write_lake` raises."""
    from policytrack.lake.write import write_lake

    ledger = context.ledger()
    ledger.check_not_rolled_back()

    def write() -> Written:
        with ledger.ask(coordinates, notes=context.note, progress=context.progress("catching up")) as session:
            return write_lake(
                session,
                folder,
                ledger=ledger.root.name,
                digest_at=ledger.store.digest_at,
                progress=context.progress("writing"),
            )

    done = rebuilding_if_damaged(context, write)
    files = f"{counted(done.changed, 'file')} of {len(done.manifest.files):,}"
    context.say(f"lake of e1–e{done.manifest.position} in {folder}: {files} new or changed")
