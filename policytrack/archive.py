"""The user's cache, and a ledger in a folder in which nothing can be written: where its read model is kept instead."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from hashlib import sha256
from pathlib import Path


def may_write(folder: Path) -> bool:
    """Whether files can be made in a folder, or the folder itself where it is missing."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return os.access(folder, os.W_OK | os.X_OK)


def user_cache(name: str) -> Path | None:
    """A folder of this user below `XDG_CACHE_HOME` or `~/.cache`; None where that cannot be written."""
    try:
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "policytrack" / name
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (OSError, RuntimeError):
        return None
    return folder if may_write(folder) else None


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
