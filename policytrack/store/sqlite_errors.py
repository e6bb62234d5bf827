"""What an error of SQLite means to the user: wait, look at the disk, or look at the file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from policytrack.errors import Busy, IntegrityTrouble, PolicytrackError, StorageTrouble

WAIT_SECONDS: Final = 30.0
"""How long a writer waits for others before it gives up."""

_LOCKED: Final = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_PERMISSIONS: Final = "the folder and its files must be readable and writable; to read an archive, copy it first"
_DISK: Final = {
    sqlite3.SQLITE_FULL: "free some space, then run the same command again",
    sqlite3.SQLITE_READONLY: _PERMISSIONS,
    sqlite3.SQLITE_CANTOPEN: _PERMISSIONS,
    sqlite3.SQLITE_PERM: _PERMISSIONS,
    sqlite3.SQLITE_IOERR: "look at the disk (space, quota, cable), then run the same command again",
    sqlite3.SQLITE_TOOBIG: "split the event: SQLite holds texts up to one gigabyte",
}
_RESTORE: Final = "run `policytrack verify`; if it finds damage, restore the file from a backup"


def explained(
    error: sqlite3.Error | UnicodeDecodeError, path: Path, doing: str, wait_seconds: float
) -> PolicytrackError:
    """The error to show for an error of SQLite; `doing` completes "while …"."""
    # Errors that the Python module makes itself (text that is not UTF-8) carry no code of SQLite.
    code = getattr(error, "sqlite_errorcode", None)
    primary = None if code is None else code & 0xFF
    if primary in _LOCKED:
        return Busy(
            f"another process has kept {path} locked for {wait_seconds:g} s, while {doing}",
            hint="try again when it has finished",
        )
    if primary in _DISK:
        return StorageTrouble(f"the disk refused, while {doing} in {path}: {error}", hint=_DISK[primary])
    return IntegrityTrouble(f"{path} is damaged or not what it was, while {doing}: {error}", hint=_RESTORE)


@contextmanager
def storage_errors(path: Path, doing: str, wait_seconds: float = WAIT_SECONDS) -> Iterator[None]:
    """Turn the errors of SQLite that are raised inside into ours.

    Raises `Busy` for a lock held by others, `StorageTrouble` for what the disk or its permissions refuse, and
    `IntegrityTrouble` for a file that cannot be what was written. A mistake in a call stays what it is.
    """
    try:
        yield
    except sqlite3.ProgrammingError:
        raise
    except (sqlite3.Error, UnicodeDecodeError) as error:
        # The module decodes names and messages of SQLite too, which in a damaged file may hold any bytes.
        raise explained(error, path, doing, wait_seconds) from error
