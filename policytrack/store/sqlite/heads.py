"""Reads the head and single digests of an open event store, and compares them with its anchor."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from policytrack.errors import IntegrityTrouble
from policytrack.store.anchor import Head, check_anchor
from policytrack.store.clock import is_instant
from policytrack.store.digest import FIRST_DIGEST


def stored_head(connection: sqlite3.Connection) -> tuple[int, bytes, int | None]:
    """Return position, digest and recorded_at (microseconds) of the last event.

    Raises `sqlite3.Error`, and `IntegrityTrouble` when they are malformed.
    """
    row = connection.execute(
        "SELECT position, digest, recorded_at FROM dcb_events ORDER BY position DESC LIMIT 1"
    ).fetchone()
    if row is None:
        return 0, FIRST_DIGEST, None
    position, digest, recorded_at = row
    if not (isinstance(digest, bytes) and len(digest) == 32 and is_instant(recorded_at)):
        raise IntegrityTrouble(
            f"the last event of the event store, e{position}, is damaged",
            hint="run `policytrack verify`, then restore the file from a backup",
        )
    return position, digest, recorded_at


def stored_digest(connection: sqlite3.Connection, position: int) -> bytes | None:
    """Return the digest at a position; None beyond the head. Raises `sqlite3.Error`."""
    if position == 0:
        return FIRST_DIGEST
    row = connection.execute("SELECT digest FROM dcb_events WHERE position = ?", (position,)).fetchone()
    # Any other type means damage. Do not convert it: bytes(5) is five zero bytes.
    return None if row is None else row[0] if isinstance(row[0], bytes) else b""


def head_of(connection: sqlite3.Connection) -> Head:
    """Return the head of an open event store. Raises `sqlite3.Error`."""
    return Head.of(*stored_head(connection))


def check_head(connection: sqlite3.Connection, store: Path, head_file: Path) -> None:
    """Check that the event store still has the acknowledged head. Raises what `check_anchor` raises."""
    check_anchor(
        head_file,
        str(store),
        lambda position: stored_digest(connection, position),
        lambda: stored_head(connection)[0],
        lambda: f"restore {store} from a backup, together with {store.name}-wal if it exists",
    )
