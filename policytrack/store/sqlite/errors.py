"""Translates SQLite errors into messages: wait for a lock, check the disk, or restore the file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from policytrack.errors import Busy, IntegrityTrouble, PolicytrackError, StorageTrouble

WAIT_SECONDS: Final = 30.0
"""The time in seconds that a writer waits for a lock before it fails with `Busy`."""

_LOCKED: Final = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_PERMISSIONS: Final = "make the folder and its files readable and writable; to read an archive, copy it first"
_DISK: Final = {
    sqlite3.SQLITE_FULL: "free disk space, then run the same command again",
    sqlite3.SQLITE_READONLY: _PERMISSIONS,
    sqlite3.SQLITE_CANTOPEN: _PERMISSIONS,
    sqlite3.SQLITE_PERM: _PERMISSIONS,
    sqlite3.SQLITE_IOERR: "check the disk (space, quota, cable), then run the same command again",
    sqlite3.SQLITE_TOOBIG: "split the event: SQLite stores texts of up to one gigabyte",
}
_RESTORE: Final = "run `policytrack verify`; if it finds damage, restore the file from a backup"


def explained(
    error: sqlite3.Error | UnicodeDecodeError, path: Path, doing: str, wait_seconds: float
) -> PolicytrackError:
    """Return the error to show for a SQLite error; `doing` completes "while …"."""
    # Errors raised by Python's sqlite3 module itself (text that is not UTF-8) have no SQLite code.
    code = getattr(error, "sqlite_errorcode", None)
    # The lower byte is the primary code; the upper ones are details such as SQLITE_IOERR_WRITE.
    primary = None if code is None else code & 0xFF
    if primary in _LOCKED:
        return Busy(
            f"another process kept {path} locked for {wait_seconds:g} s, while {doing}",
            hint="run the command again when the other process has finished",
        )
    if primary in _DISK:
        return StorageTrouble(f"disk error while {doing} in {path}: {error}", hint=_DISK[primary])
    return IntegrityTrouble(f"{path} is damaged or was changed, while {doing}: {error}", hint=_RESTORE)


@contextmanager
def storage_errors(path: Path, doing: str, wait_seconds: float = WAIT_SECONDS) -> Iterator[None]:
    """Translate SQLite errors raised in the `with` block.

    Raises `Busy` for a lock of another process, `StorageTrouble` for disk and permission errors, and `IntegrityTrouble`
    for a damaged file. A programming error is raised unchanged.
    """
    try:
        yield
    except sqlite3.ProgrammingError:
        raise
    except (sqlite3.Error, UnicodeDecodeError) as error:
        # UnicodeDecodeError: sqlite3 decodes names and texts, which can be any bytes in a damaged file.
        raise explained(error, path, doing, wait_seconds) from error
