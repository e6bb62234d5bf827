"""`export sqlite`: writes the views at the coordinates as a SQLite database."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from policytrack.api.files import refuse_file_of_a_ledger
from policytrack.cli.run_question import rebuilding_if_damaged
from policytrack.errors import StorageTrouble, UsageError, counted
from policytrack.input_files import check_folder
from policytrack.unfinished import unfinished

if TYPE_CHECKING:
    from policytrack.cli.context import Context
    from policytrack.output.sqlite import DatabaseTable
    from policytrack.readmodel.coordinates import Coordinates
    from policytrack.readmodel.session import Session


def export_sqlite(context: Context, target: Path, coordinates: Coordinates) -> None:
    """Write all views into a SQLite file, which replaces what has its name at the end.

    Raises `UsageError` for a folder, a device or a file of a ledger, and `StorageTrouble` if writing fails.
    """
    from policytrack.output.sqlite import write_database
    from policytrack.questions.citation import Citation, head_of

    given, target = target, Path(os.path.realpath(target))
    check_folder(target.parent)
    refuse_file_of_a_ledger(target)
    if target.exists() and not target.is_file():
        raise UsageError(f"{target} is not a file", hint="choose another name")
    ledger = context.ledger()

    def write() -> int:
        with (
            ledger.ask(coordinates, notes=context.note, progress=context.progress("catching up")) as session,
            unfinished(target) as new,
        ):
            citation = Citation(ledger.root.name, coordinates, *head_of(session))
            count = write_database(new, _tables(session), citation.parts().items())
            new.replace(target)
        return count

    try:
        count = rebuilding_if_damaged(context, write)
    except (OSError, sqlite3.Error) as cause:
        reason = cause.strerror if isinstance(cause, OSError) else str(cause)
        raise StorageTrouble(
            f"cannot write {target}: {reason}", hint="check the path, its permissions and the disk space"
        ) from cause
    context.say(f"{counted(count, 'view')} written to {given}")


def _tables(session: Session) -> Iterator[DatabaseTable]:
    from policytrack.output.sqlite import DatabaseTable
    from policytrack.questions.ask import question_sql

    sql = question_sql("view")
    for view in session.views():
        with session.batches_of_view(view.name, sql) as batches:
            yield DatabaseTable(view.name, tuple((column.name, column.comment) for column in view.columns), batches)
