"""Writes stored rows of another event store or a backup to a new file: the same positions, bytes and digests."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Final

from policytrack.store.anchor import head_file_beside, write_anchor
from policytrack.store.digest import FIRST_DIGEST, Stored
from policytrack.store.rows import stored_form
from policytrack.store.sqlite.errors import storage_errors
from policytrack.store.sqlite.files import create_store, open_store
from policytrack.store.sqlite.schema import INSERT_EVENT

# As `bulk_append` does: sorted, so that each page of the tag index is written once.
_TAGS: Final = (
    "INSERT INTO dcb_tags SELECT DISTINCT tag.value, event.position FROM dcb_events AS event, "
    "json_each(event.tags) AS tag ORDER BY 1, 2"
)


def write_store(
    path: Path, rows: Iterable[list[Stored]], *, mode: int, reached: Callable[[int], None]
) -> tuple[int, bytes]:
    """Create an event store at `path` that holds these checked rows and its anchor; return its position and digest.

    Both files have at most the permissions of `mode`, as the log that SQLite writes beside a store has.
    Raises what `create_store` and `open_store` raise.
    """
    create_store(path)
    path.chmod(path.stat().st_mode & mode)
    position, digest = 0, FIRST_DIGEST
    with closing(open_store(path)) as connection, storage_errors(path, "restoring events"):
        connection.execute("BEGIN IMMEDIATE")
        for page in rows:
            connection.executemany(INSERT_EVENT, map(_stored_row, page))
            position, digest = page[-1][0], page[-1][5]
            reached(position)
        connection.execute(_TAGS)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if position:
        anchor = head_file_beside(path)
        write_anchor(anchor, position, digest)
        anchor.chmod(anchor.stat().st_mode & mode)
    return position, digest


def _stored_row(row: Stored) -> tuple[int, str, str | bytes, str, int, bytes]:
    position, event_type, data, tags, recorded_at, digest = row
    return position, event_type.decode(), stored_form(data), tags.decode(), recorded_at, digest
