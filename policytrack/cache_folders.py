"""Finds folders for caches: the user's cache, and one for the read model of a read-only ledger."""

from __future__ import annotations

import atexit
import os
import stat
import sys
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path

from policytrack.unfinished import temporary_folder


def unusable_in(path: Path) -> str:
    """Return a description of what keeps DuckDB from opening files at a path; empty if it can open them.

    DuckDB reads `?` as the start of options and a backslash as a slash, and it needs UTF-8.
    """
    text = str(path)
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return "bytes that are not UTF-8"
    return next((f"the character {character}" for character in "?\\" if character in text), "")


def may_write(folder: Path) -> bool:
    """Return whether files can be created in a folder; for a missing folder, whether it can be created."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return os.access(folder, os.W_OK | os.X_OK)


def user_cache(name: str) -> Path | None:
    """Create and return a cache folder of this user, below `XDG_CACHE_HOME` or the platform's place for it.

    That is `~/.cache`, on macOS `~/Library/Caches`.

    Returns None if it cannot be written, or if other users can write to it: its files become part of a read model. A
    relative `XDG_CACHE_HOME` is ignored, as the XDG Base Directory Specification requires.
    """
    try:
        configured = Path(os.environ.get("XDG_CACHE_HOME", ""))
        usual = ("Library", "Caches") if sys.platform == "darwin" else (".cache",)
        folder = (configured if configured.is_absolute() else Path.home().joinpath(*usual)) / "policytrack" / name
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        is_ours = all(is_only_ours(one) for one in (folder, folder.parent))
    except (OSError, RuntimeError):
        return None
    return folder if is_ours and may_write(folder) and not unusable_in(folder) else None


def is_only_ours(folder: Path) -> bool:
    """Return whether a folder belongs to this user and no other user can write to it."""
    if not hasattr(os, "getuid"):  # Windows: the folder is in the user's profile
        return True
    status = folder.stat(follow_symlinks=False)
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and not status.st_mode & 0o022


def other_owner(*paths: Path) -> int | None:
    """Return the user id of the first path that belongs to neither this user nor root; None when all do.

    For root, the user who called `sudo` counts as this user.
    """
    if not hasattr(os, "geteuid"):  # Windows
        return None
    ours = {0, os.geteuid()}
    if os.geteuid() == 0 and os.environ.get("SUDO_UID", "").isdecimal():
        ours.add(int(os.environ["SUDO_UID"]))
    return next((owner for owner in (path.stat().st_uid for path in paths) if owner not in ours), None)


def cache_folder(root: Path) -> Path:
    """Return the cache folder for the read model of the ledger in `root`.

    It is the same in every process, by a hash of the path. If the cache cannot be written, it is a temporary folder
    that is removed when the process ends.
    """
    folder = user_cache(f"{root.name}-{sha256(str(root.resolve()).encode()).hexdigest()[:16]}")
    if folder is not None:
        return folder
    until_the_end = ExitStack()
    atexit.register(until_the_end.close)
    return until_the_end.enter_context(temporary_folder())
