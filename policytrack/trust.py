"""Remembers, outside of every ledger, whose SQL this user runs on this machine.

A ledger may come from a stranger, and nothing inside it can tell: its files can say anything. So two things are
remembered below `XDG_STATE_HOME`:

* `ledgers/`: the ledgers that this user made with `init`, and those whose read model this user built. A ledger is known
  by the inode and the time of change of its settings file. A copy, and what is unpacked in its place, has others; the
  time of change cannot be set.
* `sql/`: the digests of SQL files that the user trusted with `--trust`, each with the path of its ledger. A file that
  changes is another file. In the same way, the address of a server that the user chose with `init` or `--trust`.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable
from contextlib import suppress
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Final

from policytrack.cache_folders import is_only_ours, may_write, other_owner

MADE: Final = "made"
"""This user made the ledger with `init`: its SQL files are this user's own."""
OPENED: Final = "opened"
"""This user built its read model. Its SQL files may be anyone's."""
_SERVER: Final = "store"
"""The name under which the address of a server is remembered. No SQL file has it."""
_MOST_LEDGERS: Final = 1000
"""Ledgers remembered before those are forgotten whose folders are gone."""
_OF_OTHERS: Final = stat.S_IWOTH


def state_folder(name: str) -> Path | None:
    """Create and return a folder of this user's state, mode 0700.

    It is below `XDG_STATE_HOME` or the platform's place for it: `~/.local/state`, on macOS `~/Library/Application
    Support`. Returns None if it cannot be written, or if other users can write to it.
    """
    try:
        configured = Path(os.environ.get("XDG_STATE_HOME", ""))
        usual = ("Library", "Application Support") if sys.platform == "darwin" else (".local", "state")
        base = configured if configured.is_absolute() else Path.home().joinpath(*usual)
        folder = base / "policytrack" / name
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        is_ours = all(is_only_ours(one) for one in (folder, folder.parent))
    except (OSError, RuntimeError):
        return None
    return folder if is_ours and may_write(folder) else None


class Trust:
    """What this user trusts of one ledger. `settings` is its settings file."""

    def __init__(self, settings: Path) -> None:
        self._settings = settings
        self._for_this_run: set[str] = set()

    @cached_property
    def kind(self) -> str:
        """`made`, `opened`, or empty for a ledger that is not known."""
        folder, name = state_folder("ledgers"), _identity(self._settings)
        if folder is None or not name:
            return ""
        try:
            kind = (folder / name).read_text(encoding="utf-8").partition("\n")[0]
        except (OSError, UnicodeDecodeError):
            return ""
        return kind if kind in {MADE, OPENED} else ""

    def assume_made(self) -> None:
        """Take a temporary ledger as made by this user, without remembering it."""
        self.__dict__["kind"] = MADE

    def remember(self, kind: str) -> bool:
        """Remember the ledger as made or opened by this user; return whether that could be done."""
        self.__dict__.pop("kind", None)
        folder, name = state_folder("ledgers"), _identity(self._settings)
        if folder is None or not name:
            return False
        with suppress(OSError):
            _forget_missing(folder)
            return _write(folder / name, f"{kind}\n{self._settings.resolve()}\n")
        return False

    def is_trusted(self, path: Path, name: str, text: str) -> bool:
        """Return whether this user trusts a SQL file, whose name in the ledger is `name`, with this text.

        In a ledger that this user made, those are the files that belong to this user and that no other user can write.
        """
        digest = self._digest(name, text)
        if digest in self._for_this_run or (self.kind == MADE and _is_own(path)):
            return True
        folder = state_folder("sql")
        return folder is not None and (folder / digest).is_file()

    def trust(self, files: Iterable[tuple[str, str]]) -> bool:
        """Trust SQL files, each a name in the ledger and a text; return whether that is remembered after this run."""
        digests = [self._digest(name, text) for name, text in files]
        self._for_this_run.update(digests)
        folder = state_folder("sql")
        if folder is None:
            return False
        with suppress(OSError):
            return all(_write(folder / digest, "") for digest in digests)
        return False

    def choose(self, address: str) -> bool:
        """Remember that this user chose the server of the ledger; return whether that could be done.

        Unlike `kind`, it outlasts a change of the settings.
        """
        return self.trust([(_SERVER, address)])

    def has_chosen(self, address: str) -> bool:
        """Return whether this user chose the server of the ledger."""
        digest, folder = self._digest(_SERVER, address), state_folder("sql")
        return digest in self._for_this_run or (folder is not None and (folder / digest).is_file())

    def _digest(self, name: str, text: str) -> str:
        return sha256(os.fsencode(f"{self._settings.resolve().parent}\0{name}\0{text}")).hexdigest()


def _identity(settings: Path) -> str:
    """Return what a settings file has that no copy of it has; empty when the file is missing."""
    with suppress(OSError):
        found = settings.stat(follow_symlinks=False)
        return f"{found.st_ino:x}-{found.st_ctime_ns:x}"
    return ""


def _is_own(path: Path) -> bool:
    with suppress(OSError):
        found = path.stat()
        folder = path.parent.stat()
        return other_owner(path, path.parent) is None and not (found.st_mode | folder.st_mode) & _OF_OTHERS
    return False


def _write(path: Path, text: str) -> bool:
    """Write a file of a few bytes, mode 0600; one that exists is overwritten."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)
    return True


def _forget_missing(folder: Path) -> None:
    """Forget ledgers that are gone, once there are many: ledgers in temporary folders would add up."""
    entries = list(folder.iterdir())
    for entry in entries if len(entries) > _MOST_LEDGERS else ():
        with suppress(OSError, UnicodeDecodeError):
            _, _, settings = entry.read_text(encoding="utf-8").partition("\n")
            if _identity(Path(settings.rstrip("\n"))) != entry.name:
                entry.unlink()
