"""Reads the head and single digests of an event store, and compares them with this user's anchor."""

from __future__ import annotations

from pathlib import Path

from policytrack.errors import IntegrityTrouble
from policytrack.store.anchor import Head, check_anchor
from policytrack.store.clock import instant_of, is_instant
from policytrack.store.digest import FIRST_DIGEST
from policytrack.store.postgres.connections import Connection


def stored_head(connection: Connection, name: str) -> tuple[int, bytes, int | None]:
    """Return position, digest and recorded_at (microseconds) of the last event."""
    row = connection.execute(
        "SELECT position, digest, recorded_at FROM policytrack.dcb_events ORDER BY position DESC LIMIT 1"
    ).fetchone()
    if row is None:
        return 0, FIRST_DIGEST, None
    position, digest, recorded_at = row
    if not is_instant(recorded_at):
        raise IntegrityTrouble(
            f"the last event of {name}, e{position}, is damaged",
            hint="run `policytrack verify`, then restore the database from a backup",
        )
    return position, digest, recorded_at


def stored_digest(connection: Connection, position: int) -> bytes | None:
    """Return the digest at a position; None beyond the head."""
    if position == 0:
        return FIRST_DIGEST
    row = connection.execute("SELECT digest FROM policytrack.dcb_events WHERE position = %s", [position]).fetchone()
    return None if row is None else bytes(row[0])


def head_of(connection: Connection, name: str) -> Head:
    """Return the head of the event store."""
    return Head.of(*stored_head(connection, name))


def check_head(connection: Connection, name: str, head_file: Path) -> None:
    """Check that the event store still has the head that this user has seen. Raises what `check_anchor` raises.

    A server that was restored from a backup, or took over before the last commits reached it, has less.
    """
    check_anchor(
        head_file,
        name,
        lambda position: stored_digest(connection, position),
        lambda: stored_head(connection, name)[0],
        lambda: _hint_for_lost(connection, name),
    )


def _hint_for_lost(connection: Connection, name: str) -> str:
    _, _, recorded_at = stored_head(connection, name)
    since = (
        "" if recorded_at is None else f"what the server has ends at {instant_of(recorded_at):%Y-%m-%d %H:%M:%S} UTC; "
    )
    return (
        f"{since}ask who runs the server: an older backup was restored, or a standby took over without the last"
        " commits. Backups and exports of analysts may have the events"
    )
