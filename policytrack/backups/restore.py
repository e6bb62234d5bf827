"""Restores a ledger from a backup, into a folder that does not exist or is empty."""

from __future__ import annotations

import os
import stat
from hashlib import sha256
from pathlib import Path

from policytrack.backups.back_up import Progress, rows_of
from policytrack.backups.manifest import FILES, MANIFEST, SINGLE_FILES, Manifest, SavedFile, read_manifest
from policytrack.durable_files import replace_file, sync_file, sync_folder
from policytrack.errors import IntegrityTrouble, Refused, StorageTrouble, UsageError
from policytrack.input_files import open_input
from policytrack.ledger_settings import SETTINGS, first_settings, read_settings
from policytrack.store.sqlite.copying import write_store
from policytrack.store.sqlite.verify import verify_chain
from policytrack.unfinished import unfinished_folder


def restore(source: Path, to: Path, *, progress: Progress | None = None) -> Manifest:
    """Restore the ledger that a backup holds to the folder `to`; return the manifest of the backup.

    The ledger is written beside `to`, its whole chain is verified there, and then it appears at once. Raises `Refused`
    when `to` exists and is not empty, `NotFound` when `source` is no backup, `IntegrityTrouble` when it is damaged,
    `StorageTrouble` for disk errors.
    """
    manifest = read_manifest(source)
    to = to.absolute()
    _check_target(to)
    if not any(file.path in SINGLE_FILES for file in manifest.files):
        raise IntegrityTrouble(f"the backup {source} is incomplete: it has no settings", hint="use another backup")
    mode = stat.S_IMODE((source / MANIFEST).stat().st_mode) & 0o666
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        with unfinished_folder(to) as new:
            _write_events(source, manifest, new / "events.db", mode, progress)
            for file in manifest.files:
                _write_file(source, file, new, mode)
            _make_local(new / SETTINGS)
            for folder in ("projections/checks", "queries", "readmodel"):
                (new / folder).mkdir(exist_ok=True, parents=True)
            _finish_folders(new, mode | (mode & 0o444) >> 2)
            new.rename(to)  # fails if another process has filled the folder meanwhile
            sync_folder(to.parent)
    except OSError as cause:
        raise StorageTrouble(
            f"cannot restore to {to}: {cause.strerror or cause}",
            hint="choose a folder that does not exist, on a disk with free space; nothing was restored",
        ) from cause
    return manifest


def _check_target(to: Path) -> None:
    if not os.path.lexists(to):
        return
    if to.is_symlink() or not to.is_dir() or any(to.iterdir()):
        raise Refused(f"{to} exists and is not an empty folder", hint="choose a folder that does not exist")
    if to.resolve() == Path.cwd():
        raise UsageError(f"{to} is the current folder, and it would be replaced", hint="choose another folder")


def _write_events(source: Path, manifest: Manifest, store: Path, mode: int, progress: Progress | None) -> None:
    def reached(position: int) -> None:
        if progress is not None:
            progress(position, manifest.position)

    written = write_store(store, rows_of(source, manifest), mode=mode | 0o600, reached=reached)
    report = verify_chain(store)
    if report.reason is not None or written != (manifest.position, bytes.fromhex(manifest.digest_hex)):
        raise IntegrityTrouble(
            f"the backup {source} does not give a valid event store: e{report.first_bad_position}: {report.reason}",
            hint="use another backup; nothing was restored",
        )


def _write_file(source: Path, file: SavedFile, new: Path, mode: int) -> None:
    try:
        with open_input(source / FILES / file.sha256) as stored:
            content = stored.read()
    except FileNotFoundError:
        content = b""
    if sha256(content).hexdigest() != file.sha256:
        raise IntegrityTrouble(
            f"the backup is damaged: {source / FILES / file.sha256} ({file.path}) was changed or is missing",
            hint="use another backup; nothing was restored",
        )
    target = new / file.path
    target.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as written:
        written.write(content)
        written.flush()
        os.fsync(written.fileno())


def _make_local(settings: Path) -> None:
    """Let the restored ledger use the restored events, if its own were on a server."""
    if read_settings(settings) is not None:
        replace_file(settings, first_settings(None).encode())


def _finish_folders(top: Path, mode: int) -> None:
    """Give folders at most the permissions of the backup's files, and wait until their names are on the disk."""
    sync_file(top / "events.db")
    for name, _, _ in os.walk(top):
        folder = Path(name)
        folder.chmod(stat.S_IMODE(folder.stat().st_mode) & mode)
        sync_folder(folder)
