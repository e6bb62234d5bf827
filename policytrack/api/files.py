"""Writes the files of answers: atomically, and never over a file of a ledger."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from policytrack.errors import StorageTrouble, UsageError
from policytrack.input_files import kind_of
from policytrack.ledger_settings import READ_MODEL, SEALS, SETTINGS, WATCH
from policytrack.unfinished import unfinished


def write_file(target: Path, parts: Iterable[bytes]) -> None:
    """Write a file atomically: a temporary file beside it replaces it at the end. Symbolic links are followed.

    A pipe that is read, a terminal or a device such as /dev/null cannot be replaced, so it is written to directly.
    Raises `StorageTrouble` if writing fails, also for a pipe that is not read, and `UsageError` for a file that a
    ledger consists of.
    """
    try:
        if is_special(target):
            with _opened_directly(target) as file:
                file.writelines(parts)
            return
        target = Path(os.path.realpath(target))
        refuse_file_of_a_ledger(target)
        with unfinished(target) as written:
            with written.open("wb") as file:
                file.writelines(parts)
            written.replace(target)
    except OSError as cause:
        raise StorageTrouble(
            f"cannot write {target}: {cause.strerror}", hint="check the path, its permissions and the disk space"
        ) from cause


def is_special(target: Path) -> bool:
    """Return whether there is something that is not a regular file. Raises `OSError`, as for links in a circle."""
    try:
        return not stat.S_ISREG(target.stat().st_mode)
    except FileNotFoundError:
        return False


def _opened_directly(target: Path) -> BinaryIO:
    """Open a pipe or a device without waiting. Raises `OSError`, whose `strerror` completes "cannot write"."""
    mode = target.stat().st_mode
    if not (stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)):
        raise OSError(errno.EINVAL, f"it is {kind_of(mode)}")
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_NONBLOCK)
    except OSError as cause:
        if cause.errno == errno.ENXIO and stat.S_ISFIFO(mode):
            raise OSError(errno.ENXIO, "it is a named pipe that no process reads") from cause
        raise
    os.set_blocking(descriptor, True)
    return os.fdopen(descriptor, "wb")


def refuse_file_of_a_ledger(target: Path) -> None:
    """Raise `UsageError` for a file of a ledger: `-o events.db` would replace all its events."""
    from policytrack.store.anchor import HEAD_FILE, LEDGER_STORE  # most answers go to the terminal

    store = (LEDGER_STORE, f"{LEDGER_STORE}-wal", f"{LEDGER_STORE}-shm", f"{LEDGER_STORE}-journal")
    is_of_ledger = target.name in (*store, HEAD_FILE, SETTINGS) and (target.parent / SETTINGS).exists()
    inner = {READ_MODEL, SEALS, WATCH}
    is_of_inner_folder = any(each.name in inner and (each.parent / SETTINGS).exists() for each in target.parents)
    if is_of_ledger or is_of_inner_folder:
        raise UsageError(f"{target.name} is a file of the ledger {target.parent}", hint="choose another name")
