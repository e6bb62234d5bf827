"""The head of a store, and the anchor beside it that remembers the last acknowledged one.

SQLite opens a store whose write-ahead log was lost or cut as if nothing had happened, with fewer events. The
anchor, `ledger.head`, is how that is noticed: one line, ``e12 sha256:…``, with the position and the digest of
the last event that somebody was told is stored.
"""

from __future__ import annotations

import os
import re
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from policytrack.errors import IntegrityTrouble, StorageTrouble
from policytrack.store.clock import instant_of, is_instant
from policytrack.store.digest import FIRST_DIGEST
from policytrack.store.files import unfinished_name

HEAD_FILE: Final = "ledger.head"
LEDGER_STORE: Final = "events.db"
_LINE: Final = re.compile(r"e(0|[1-9][0-9]{0,17}) sha256:([0-9a-f]{64})\n")


@dataclass(frozen=True, slots=True)
class Head:
    """The last event of a store: its position, its digest in hex, and when it was recorded (UTC, without a
    zone).

    A store without events has position 0, the digest that the first event will be chained to, and no instant.
    """

    position: int
    digest_hex: str
    recorded_at: datetime | None

    def __str__(self) -> str:
        return f"e{self.position} sha256:{self.digest_hex}"


def stored_head(connection: sqlite3.Connection) -> tuple[int, bytes, int | None]:
    """Position, digest and recorded_at (microseconds) of the last event.

    Raises `sqlite3.Error`, and `IntegrityTrouble` when they are not what was ever written.
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
    """The digest at a position, None beyond the head. Raises `sqlite3.Error`."""
    if position == 0:
        return FIRST_DIGEST
    row = connection.execute("SELECT digest FROM dcb_events WHERE position = ?", (position,)).fetchone()
    return None if row is None else bytes(row[0])


def head_of(connection: sqlite3.Connection) -> Head:
    """The head of an open store. Raises `sqlite3.Error`."""
    position, digest, recorded_at = stored_head(connection)
    return Head(position, digest.hex(), None if recorded_at is None else instant_of(recorded_at))


def head_file_beside(store: Path) -> Path:
    """Where the anchor of a store lies: `ledger.head` for the `events.db` of a ledger.

    Any other file, such as a backup in the same folder, has an anchor of its own: `NAME.head`.
    """
    return store.parent / (HEAD_FILE if store.name == LEDGER_STORE else f"{store.name}.head")


def write_anchor(head_file: Path, position: int, digest: bytes) -> None:
    """Remember the last acknowledged event, unless a later one is remembered already.

    The file holds the old line or the new one, never less. Two processes may still overtake each other between
    reading and writing, and leave the older line: the anchor may lag behind the truth, it must only never be
    ahead of it. Raises `OSError`, and what `read_anchor` raises.
    """
    remembered = read_anchor(head_file)
    if remembered is not None and remembered[0] >= position:
        return
    unfinished = unfinished_name(head_file)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    try:
        os.write(descriptor, f"e{position} sha256:{digest.hex()}\n".encode("ascii"))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    # The folder is not made durable: a crash may bring back the line before, and lagging is allowed.
    unfinished.replace(head_file)


def read_anchor(head_file: Path) -> tuple[int, bytes] | None:
    """Position and digest of the last acknowledged event; None when nothing is remembered.

    Raises `IntegrityTrouble` when the file is not what was written, `StorageTrouble` when it cannot be read.
    """
    try:
        line = head_file.read_bytes().decode("ascii", errors="replace")
    except FileNotFoundError:
        return None
    except OSError as cause:
        raise StorageTrouble(f"{head_file} cannot be read: {cause.strerror}") from cause
    match = _LINE.fullmatch(line)
    if match is None:
        raise IntegrityTrouble(
            f"{head_file} is damaged",
            hint=f"run `policytrack verify`; if the record is whole, remove {head_file}",
        )
    return int(match[1]), bytes.fromhex(match[2])


def check_anchor(connection: sqlite3.Connection, store: Path, head_file: Path) -> None:
    """Refuse a store that has lost or changed what was acknowledged.

    Raises `IntegrityTrouble`, saying what is missing and what to do, and `sqlite3.Error`.
    """
    anchor = read_anchor(head_file)
    if anchor is None:
        return
    position, digest = anchor
    found = stored_digest(connection, position)
    if found == digest:
        return
    last, _, _ = stored_head(connection)
    if found is None:
        missing = f"e{position}" if last + 1 == position else f"e{last + 1} to e{position}"
        what = f"{store} ends at e{last}, but e{position} was acknowledged: {missing} lost"
    else:
        what = f"e{position} in {store} is not the event that was acknowledged"
    raise IntegrityTrouble(
        what,
        hint=f"restore {store} from a backup, together with {store.name}-wal if there is one. "
        f"Only if you accept the loss: keep a copy of the folder, then remove {head_file}",
    )
