"""Files and folders that appear whole or not at all: written under another name beside their place, then renamed.

The name is ``.NAME.PROCESS.THREAD.new``. A writer that is killed leaves such a file; the next that writes the same NAME
there removes it.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import stat
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def unfinished(path: Path, *, mode: int = 0o666) -> Iterator[Path]:
    """Return a new, empty file beside `path`, to be written and then renamed to `path`. It is locked while it is used,
    and removed at the end if it still has its name. What killed writers of `path` left is removed before.

    Raises `OSError` when the file cannot be made.
    """
    remove_left_behind(path.parent, path.name)
    name = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.new")
    name.unlink(missing_ok=True)
    descriptor = _locked(lambda: os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL, mode), name)
    try:
        yield name
    finally:
        # Removed while it is locked: who gets the lock next finds the name gone, and removes no later file of it.
        with suppress(OSError):
            name.unlink(missing_ok=True)
        os.close(descriptor)


def _locked(create: Callable[[], int], name: Path) -> int:
    """Return the locked descriptor of what `create` makes under a name.

    Another thread, or a process in another container, may take it for left behind and remove it before it is locked;
    it is then made once more.
    """
    while True:
        descriptor = create()
        try:
            with suppress(OSError):  # a file system without locks: the number of the process has to do
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            if _is_named(descriptor, name):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _is_named(descriptor: int, name: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.lstat(name))
    except FileNotFoundError:
        return False


def remove_left_behind(folder: Path, name: str | None = None) -> None:
    """Remove what killed writers of a file, or with None of any file, left in a folder.

    Only a regular file of this user whose name has the whole form, whose process is gone, and which no process has
    locked: numbers of processes mean nothing to a process in another container, locks do.
    """
    form = re.compile(rf"\.{'.+' if name is None else re.escape(name)}\.([0-9]{{1,10}})(?:\.[0-9]{{1,20}})?\.new")
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            found = form.fullmatch(entry.name)
            if found is not None and _is_gone(int(found[1])):
                with suppress(OSError):
                    _remove_unlocked(Path(entry.path))


def _is_gone(process: int) -> bool:
    """Whether there is no such process, or it is this one, whose files are locked."""
    if process == os.getpid():
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return True
    except OSError:
        return False
    return False


def _remove_unlocked(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        found = os.fstat(descriptor)
        if stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid():
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_named(descriptor, path):
                path.unlink()
    finally:
        os.close(descriptor)


@contextmanager
def unfinished_folder(path: Path) -> Iterator[Path]:
    """Return a new, empty folder beside `path`, to be filled and then renamed to `path`, as `unfinished` does for a
    file.

    Raises `OSError` when the folder cannot be created.
    """
    _remove_folders(path.parent, rf"\.{re.escape(path.name)}\.([0-9]{{1,10}})\.[0-9]{{1,20}}\.new")
    name = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.new")
    with _locked_folder(name, name.mkdir):
        yield name


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Return a new folder among the temporary files that only this user can read; it is removed at the end.

    Those that killed processes of this user left are removed before: each may hold a copy of a ledger. Raises `OSError`
    when the folder cannot be created.
    """
    _remove_folders(Path(tempfile.gettempdir()), r"policytrack-([0-9]{1,10})-[^.]+")
    name = Path(tempfile.mkdtemp(prefix=f"policytrack-{os.getpid()}-"))
    with _locked_folder(name, lambda: name.mkdir(mode=0o700, exist_ok=True)):
        yield name


@contextmanager
def _locked_folder(name: Path, make: Callable[[], None]) -> Iterator[None]:
    """Make a folder, hold its lock, and remove it at the end."""

    def create() -> int:
        while True:
            make()
            with suppress(FileNotFoundError):  # removed in between
                return os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)

    descriptor = _locked(create, name)
    try:
        yield
    finally:
        shutil.rmtree(name, ignore_errors=True)
        os.close(descriptor)


def _remove_folders(folder: Path, form: str) -> None:
    """Remove the folders of this user in a folder whose name has a form with the number of a process that is gone."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            found = re.fullmatch(form, entry.name)
            if found is not None and _is_gone(int(found[1])):
                with suppress(OSError):
                    _remove_unlocked_folder(Path(entry.path))


def _remove_unlocked_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY)
    try:
        if os.fstat(descriptor).st_uid == os.geteuid():
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_named(descriptor, path):
                shutil.rmtree(path)
    finally:
        os.close(descriptor)
