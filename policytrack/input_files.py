"""Opens files that a user or a ledger names, and checks folders.

Only regular files are read: a pipe or a device would be waited for, for ever.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO, Final

from policytrack.errors import UsageError

_KINDS: Final = (
    (stat.S_ISREG, "a file"),
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def open_input(path: Path) -> BinaryIO:
    """Open a file for reading in bytes, without waiting.

    What a shell passes as ``/dev/stdin`` or ``/dev/fd/63`` is opened as it is, because its writer exists. Raises
    `OSError`, also for what is no regular file; its `strerror` completes "cannot be read: …".
    """
    if path.parts[:2] == ("/", "dev") and (path.name == "stdin" or path.parent.name == "fd"):
        return path.open("rb")
    _check_regular(path, path.stat().st_mode)
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        _check_regular(path, os.fstat(descriptor).st_mode)  # another file may have taken its place
        os.set_blocking(descriptor, True)
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def read_input(path: Path, most: int) -> bytes:
    """The content of a file of at most so many bytes. Raises `OSError` as `open_input` does, and for a larger one."""
    with open_input(path) as stream:
        content = stream.read(most + 1)
    if len(content) > most:
        raise OSError(errno.EFBIG, f"it has more than {most:,} bytes", str(path))
    return content


def check_folder(path: Path) -> None:
    """Raise `UsageError` for a path that exists and is not a folder, or lies below such a path."""
    for each in (path, *path.parents):
        try:
            mode = each.stat().st_mode
        except OSError as cause:
            if cause.errno == errno.ELOOP:
                raise UsageError(
                    f"{str(each)!r} is a link in a circle", hint="choose a folder, or a new name"
                ) from None
            continue  # missing, or below a file: then the next one above says so
        if not stat.S_ISDIR(mode):
            raise UsageError(f"{str(each)!r} is {kind_of(mode)}, not a folder", hint="choose a folder, or a new name")
        return


def _check_regular(path: Path, mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, f"it is {kind_of(mode)}, not a regular file", str(path))


def kind_of(mode: int) -> str:
    """Return what a file is, of its mode: a folder, a named pipe and so on."""
    return next((name for is_kind, name in _KINDS if is_kind(mode)), "something else")
