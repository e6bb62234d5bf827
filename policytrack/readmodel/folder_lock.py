"""One builder at a time: a lock on a folder, held by a process and gone with it."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from policytrack.errors import Busy, StorageTrouble

WAIT_SECONDS: Final = 30.0
_PAUSE: Final = 0.02


@contextmanager
def building_lock(folder: Path, wait_seconds: float) -> Iterator[None]:
    """Hold the build lock of a folder, which is made if it is missing.

    Raises `Busy` when somebody else holds it for longer than that, and `StorageTrouble` when the disk refuses anything
    that is done under the lock.
    """
    if folder.is_symlink():  # old files in it are removed: they would be those of another folder
        raise StorageTrouble(
            f"{folder} is a link, and a read model is not built through one",
            hint="remove the link; the folder is created again, and the read model is built from the events",
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # For reading too: that does not wait for the other end where a pipe has the name of the lock.
        with os.fdopen(os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)) as lock:
            deadline = time.monotonic() + wait_seconds
            while not _taken(lock.fileno()):
                if time.monotonic() >= deadline:
                    raise Busy(
                        f"another process has been building the read model for {wait_seconds:g} s", hint="try again"
                    )
                time.sleep(_PAUSE)
            yield
    except OSError as cause:
        raise StorageTrouble(
            f"the read model in {folder} cannot be written: {cause.strerror or cause}",
            hint="free disk space, or fix the folder's permissions; the events and the current read model are safe",
        ) from cause


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
