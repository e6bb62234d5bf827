"""The user's cache, and a ledger in a folder in which nothing can be written: where its read model is kept instead."""

from __future__ import annotations

import atexit
import os
import shutil
import stat
import tempfile
from hashlib import sha256
from pathlib import Path


def unusable_in(path: Path) -> str:
    """Return what in a path DuckDB cannot open files with, in words; empty when nothing is.

    It takes `?` for the start of options and a backslash for a slash, and it needs UTF-8.
    """
    text = str(path)
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return "bytes that are not UTF-8"
    return next((f"the character {character}" for character in "?\\" if character in text), "")


def may_write(folder: Path) -> bool:
    """Whether files can be made in a folder, or the folder itself where it is missing."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return os.access(folder, os.W_OK | os.X_OK)


def user_cache(name: str) -> Path | None:
    """A folder of this user below `XDG_CACHE_HOME` or `~/.cache`.

    None where it cannot be written, or where others could write to it: what is cached becomes part of a read model. A
    relative `XDG_CACHE_HOME` is ignored, as the XDG Base Directory Specification asks.
    """
    try:
        given = Path(os.environ.get("XDG_CACHE_HOME", ""))
        folder = (given if given.is_absolute() else Path.home() / ".cache") / "policytrack" / name
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        is_ours = all(_is_only_ours(one) for one in (folder, folder.parent))
    except (OSError, RuntimeError):
        return None
    return folder if is_ours and may_write(folder) and not unusable_in(folder) else None


def _is_only_ours(folder: Path) -> bool:
    """Whether a folder belongs to this user and no other user can write to it."""
    if not hasattr(os, "getuid"):  # Windows: the folder lies in the user's profile
        return True
    found = folder.stat(follow_symlinks=False)
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o022


def cache_folder(root: Path) -> Path:
    """A folder of this user for the read model of the ledger in `root`: the same each time. Where the cache cannot be
    written either, one that is removed when the process ends.
    """
    folder = user_cache(f"{root.name}-{sha256(str(root.resolve()).encode()).hexdigest()[:16]}")
    if folder is not None:
        return folder
    temporary = Path(tempfile.mkdtemp(prefix="policytrack-"))
    atexit.register(shutil.rmtree, temporary, ignore_errors=True)
    return temporary
