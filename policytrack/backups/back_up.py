"""Backs up a ledger: appends to the backup the events that it does not have yet, while other processes may write."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from policytrack.backups.manifest import (
    FILES,
    FOLDERS,
    MANIFEST,
    SINGLE_FILES,
    Manifest,
    SavedFile,
    Segment,
    read_manifest,
)
from policytrack.durable_files import sync_folder
from policytrack.errors import Busy, IntegrityTrouble, Refused, StorageTrouble, UsageError
from policytrack.input_files import check_folder, open_input, read_input
from policytrack.store.digest import FIRST_DIGEST, Stored
from policytrack.store.segments import read_segment, write_segment
from policytrack.store.store import Store
from policytrack.unfinished import remove_left_behind, unfinished

EVENTS_PER_SEGMENT: Final = 100_000
"""After each segment the manifest is written, so that a killed first backup continues there."""
WAIT_SECONDS: Final = 30.0
_PAUSE: Final = 0.05
_BLOCK: Final = 1 << 20
_LARGEST_FILE: Final = 64 << 20
_SEGMENT_NAME: Final = re.compile(r"events-[0-9]{12,18}-[0-9]{12,18}\.jsonl")

Progress = Callable[[int, int], None]
"""Called with the number of events that were written, and the number to write."""


@dataclass(frozen=True, slots=True)
class BackedUp:
    """The result of a backup: the positions before and after it, its head, and what was left out."""

    before: int
    position: int
    head: str
    files: int
    left_out: tuple[str, ...] = ()


def back_up(
    root: Path, store: Store, to: Path, *, full_check: bool = False, progress: Progress | None = None
) -> BackedUp:
    """Bring the backup in the folder `to` up to the head of the ledger in `root`; create it if it does not exist.

    Every new event is checked against its digest, written, and read back before the manifest names it. `full_check`
    reads everything that the backup already had, too. Raises `UsageError` for a folder inside the ledger, `Refused` for
    one with other files, `IntegrityTrouble` when the backup is damaged or has events that the ledger does not have,
    `Busy` while another backup writes there, `StorageTrouble` for disk errors.
    """
    to, root = to.absolute(), root.resolve()
    if root in (resolved := to.resolve(), *resolved.parents):
        raise UsageError(f"{to} is inside the ledger {root}", hint="choose a folder outside, best on another disk")
    # A backup is readable by those who can read the event store, within the umask.
    mode = store.permissions()
    check_folder(to)
    try:
        to.mkdir(parents=True, exist_ok=True, mode=mode | (mode & 0o444) >> 2)
        with _lock(to):
            before = _existing(to, root.name)
            _check_is_prefix(before, to, store)
            if full_check:
                check_content(to, before)
            _sweep(to, before)
            return _bring_up(root, store, to, before, mode, progress)
    except OSError as cause:
        raise StorageTrouble(
            f"cannot write the backup {to}: {cause.strerror or cause}",
            hint="check the permissions and the free space of the folder; what was backed up before is unchanged",
        ) from cause


def check_content(folder: Path, manifest: Manifest) -> None:
    """Read everything that a backup holds, and check it. Raises `IntegrityTrouble` for the first damage."""
    for _ in rows_of(folder, manifest):
        pass
    for file in manifest.files:
        _check_file(folder, file)


def rows_of(folder: Path, manifest: Manifest) -> Iterator[list[Stored]]:
    """Yield all events of a backup, checked. Raises `IntegrityTrouble` and `StorageTrouble`."""
    digest = FIRST_DIGEST
    for segment in manifest.segments:
        position = segment.first - 1
        for rows in read_segment(folder / segment.name, segment.first - 1, digest):
            yield rows
            position, digest = rows[-1][0], rows[-1][5]
        if (position, digest.hex()) != (segment.last, segment.digest):
            raise IntegrityTrouble(
                f"the backup is damaged: {folder / segment.name} ends at e{position}, not at e{segment.last}"
                if position != segment.last
                else f"the backup is damaged: {folder / segment.name} does not end with the digest in {MANIFEST}",
                hint="use another backup",
            )


def _check_file(folder: Path, file: SavedFile) -> None:
    path = folder / FILES / file.sha256
    if _hash(path) != file.sha256:
        raise IntegrityTrouble(
            f"the backup is damaged: {path}, which holds {file.path}, was changed", hint="use another backup"
        )


def _bring_up(root: Path, store: Store, to: Path, before: Manifest, mode: int, progress: Progress | None) -> BackedUp:
    top = store.head()
    files, left_out = _save_files(root, to, mode)
    manifest = before.model_copy(update={"files": files})
    total = top.position - before.position

    def reached(position: int) -> None:
        if progress is not None:
            progress(position - before.position, total)

    if manifest != before or not (to / MANIFEST).exists():
        _write_manifest(to, manifest, mode)
    while manifest.position < top.position:
        last = min(manifest.position + EVENTS_PER_SEGMENT, top.position)
        manifest = _add_segment(store, to, manifest, last, mode, reached)
    return BackedUp(before.position, manifest.position, manifest.head, len(files), left_out)


def _add_segment(
    store: Store, to: Path, manifest: Manifest, last: int, mode: int, reached: Callable[[int], None]
) -> Manifest:
    segment = Segment(first=manifest.position + 1, last=last, digest=store.digest_at(last) or "")
    longer = manifest.model_copy(update={"segments": (*manifest.segments, segment)})
    path = to / segment.name
    with unfinished(path, mode=mode) as new:
        write_segment(store, manifest.position, last, new, reached=reached)
        new.replace(path)
    # Read back before the manifest names it.
    only = manifest.model_copy(update={"segments": (segment,)})
    _check_segment(to, only, bytes.fromhex(manifest.digest_hex))
    _write_manifest(to, longer, mode)
    return longer


def _check_segment(to: Path, only: Manifest, digest: bytes) -> None:
    (segment,) = only.segments
    last = b""
    for rows in read_segment(to / segment.name, segment.first - 1, digest):
        last = rows[-1][5]
    if last.hex() != segment.digest:
        raise StorageTrouble(
            f"{to / segment.name} was read back with other content than was written",
            hint="check the disk of the backup; what was backed up before is unchanged",
        )


def _save_files(root: Path, to: Path, mode: int) -> tuple[tuple[SavedFile, ...], tuple[str, ...]]:
    """Copy the settings, own SQL and seals of a ledger; return them, and the names of what was left out and why."""
    saved, left_out = [], []
    (to / FILES).mkdir(exist_ok=True, mode=mode | (mode & 0o444) >> 2)
    for path, reason in _files_of(root):
        name = path.relative_to(root).as_posix()
        if reason:
            left_out.append(f"{name} is not backed up: {reason}")
            continue
        try:
            name.encode()
            content = read_input(path, _LARGEST_FILE)
        except UnicodeEncodeError:
            left_out.append(f"{name!r} is not backed up: its name is not UTF-8")
            continue
        except OSError as cause:
            left_out.append(f"{name} is not backed up: {cause.strerror}")
            continue
        digest = sha256(content).hexdigest()
        target = to / FILES / digest
        if not target.is_file() or _hash(target) != digest:
            with unfinished(target, mode=mode) as new:
                with new.open("wb") as copy:
                    copy.write(content)
                    copy.flush()
                    os.fsync(copy.fileno())
                new.replace(target)
        saved.append(SavedFile(path=name, sha256=digest))
    sync_folder(to / FILES)
    return tuple(saved), tuple(left_out)


def _files_of(root: Path) -> Iterator[tuple[Path, str]]:
    """Yield the files to back up, each with the reason to leave it out, or an empty text.

    Links are left out, since they may lead anywhere; so are hidden files, as editors and killed writers leave them.
    """
    for name in SINGLE_FILES:
        yield root / name, ""
    for folder in FOLDERS:
        if (root / folder).is_symlink():
            yield root / folder, "it is a link"
            continue
        for path in sorted((root / folder).rglob("*")):
            if path.is_symlink():
                yield path, "it is a link"
            elif not path.is_dir() and not path.name.startswith("."):
                yield path, ""


def _hash(path: Path) -> str:
    digest = sha256()
    try:
        with open_input(path) as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    except FileNotFoundError:
        return ""
    return digest.hexdigest()


def _existing(to: Path, ledger: str) -> Manifest:
    """Return the manifest of the backup in `to`, or an empty one if the folder holds nothing but left-over files."""
    if (to / MANIFEST).exists():
        return read_manifest(to)
    if others := sorted(entry.name for entry in to.iterdir() if not _is_ours(entry)):
        raise Refused(
            f"{to} is not a backup, and has other files: {others[0]!r}",
            hint="choose a folder that is new, empty, or a backup of this ledger",
        )
    return Manifest(ledger=ledger.encode(errors="replace").decode())


def _is_ours(entry: Path) -> bool:
    """Return whether an entry of a folder without a manifest may have been left by a killed first backup."""
    if entry.name == FILES:
        return entry.is_dir() and not entry.is_symlink()
    return entry.name.startswith(f".{MANIFEST}.") and entry.name.endswith(".new")


def _check_is_prefix(manifest: Manifest, to: Path, store: Store) -> None:
    """Raise `IntegrityTrouble` unless the backup holds the first events of this ledger, and no others."""
    digest = store.digest_at(manifest.position)
    if digest == manifest.digest_hex:
        return
    what = (
        f"the backup {to} has events up to e{manifest.position}, but the ledger ends at e{store.head().position}"
        if digest is None
        else f"e{manifest.position} in the ledger is not the event in the backup {to}"
    )
    raise IntegrityTrouble(
        f"{what}: it is a backup of another ledger, or the event store was replaced by an older or changed one",
        hint="nothing was written; if the ledger is right, back it up to a new folder and keep this backup",
    )


def _sweep(to: Path, manifest: Manifest) -> None:
    """Remove what a killed backup left: half-written files, and segments that the manifest does not name."""
    remove_left_behind(to)
    remove_left_behind(to / FILES)
    named = {segment.name for segment in manifest.segments}
    for segment in manifest.segments:
        if not (to / segment.name).is_file():
            raise IntegrityTrouble(
                f"the backup is damaged: {to / segment.name} is missing",
                hint="restore the file, or make a new backup in another folder",
            )
    for path in to.glob("events-*.jsonl"):
        if path.name not in named and _SEGMENT_NAME.fullmatch(path.name) and path.is_file():
            path.unlink()


def _write_manifest(to: Path, manifest: Manifest, mode: int) -> None:
    path = to / MANIFEST
    with unfinished(path, mode=mode) as new:
        with new.open("wb") as file:
            file.write(manifest.to_json())
            file.flush()
            os.fsync(file.fileno())
        sync_folder(to)  # the segment that it names is there before it
        new.replace(path)
        sync_folder(to)


@contextmanager
def _lock(folder: Path) -> Iterator[None]:
    """Hold the lock of a backup, so that one process writes there. It ends with the process.

    A file system without locks, as some network shares are, is used without one.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError as error:
                if error.errno not in (errno.EWOULDBLOCK, errno.EAGAIN):
                    break
            if time.monotonic() >= deadline:
                raise Busy(f"another process has been writing the backup {folder}", hint="try again when it has ended")
            time.sleep(_PAUSE)
        yield
    finally:
        with suppress(OSError):
            os.close(descriptor)
