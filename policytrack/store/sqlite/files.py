"""Creates, opens, checkpoints and copies the file of an event store.

Opening never creates a file. An opened file must have policytrack's `application_id`, a known `user_version` and the
expected tables. Durability settings are set and read back, because their defaults depend on how SQLite was compiled.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from policytrack.durable_files import sync_file, sync_folder
from policytrack.errors import Busy, IntegrityTrouble, NotFound, Refused, StorageTrouble
from policytrack.store.sqlite.errors import WAIT_SECONDS, storage_errors
from policytrack.store.sqlite.schema import APPLICATION_ID, FORMAT, STATEMENTS, differences
from policytrack.unfinished import unfinished

_DURABLE: Final = {
    "journal_mode": ("WAL", "wal"),
    "synchronous": ("FULL", 2),
    "recursive_triggers": ("ON", 1),
}
_CACHE_KIBIBYTES: Final = 64 * 1024
CHECKPOINT_WAIT_SECONDS: Final = 0.2


def create_store(path: Path) -> None:
    """Create a new, empty event store, atomically even if several processes try.

    Raises `Refused` when the file exists, `StorageTrouble` for disk errors.
    """
    path = path.absolute()
    try:
        with unfinished(path, mode=0o644) as new:
            with (
                storage_errors(path, "creating the event store"),
                closing(_connect(new, "rw")) as connection,
            ):
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version = {FORMAT}")
                _make_durable(connection, path)
                connection.execute("BEGIN IMMEDIATE")
                for statement in STATEMENTS.values():
                    connection.execute(statement)
                connection.execute("COMMIT")
            # A link, unlike a rename, does not replace a file that another process created in the meantime.
            path.hardlink_to(new)
            sync_folder(path.parent)
    except FileExistsError as cause:
        raise Refused(f"{path} already exists", hint="choose another folder") from cause
    except OSError as cause:
        raise StorageTrouble(
            f"cannot create the event store {path}: {cause.strerror}",
            hint="check the permissions and the free space of the folder",
        ) from cause


def open_store(path: Path, *, read_only: bool = False, wait_seconds: float = WAIT_SECONDS) -> sqlite3.Connection:
    """Open an existing event store; return a connection for use from any thread, in autocommit mode.

    Raises `NotFound` when the file is missing, `IntegrityTrouble` when it is empty, damaged or not an event store,
    `StorageTrouble` for disk and permission errors, `Busy` when it stays locked.
    """
    path = path.absolute()
    _refuse_what_is_no_file(path)
    with storage_errors(path, "opening the event store", wait_seconds):
        if read_only and _is_archive(path):
            connection = _connect(path, "ro&immutable=1", wait_seconds)
        else:
            connection = _connect(path, "ro" if read_only else "rw", wait_seconds)
        try:
            _check_identity(connection, path)
            if not read_only:
                _make_durable(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


def _is_archive(path: Path) -> bool:
    """Return whether an event store lies in a read-only folder and no process has it open.

    SQLite normally needs to create a `-shm` file to read a database in WAL mode. It opens such an archive as immutable.
    """
    logs = (path.with_name(f"{path.name}{ending}") for ending in ("-wal", "-shm"))
    return not os.access(path.parent, os.W_OK) and not any(log.exists() for log in logs)


def checkpoint(path: Path) -> bool:
    """Move committed events from the write-ahead log into the file, and empty the log; return whether it worked.

    It returns False when another process reads or writes, or the disk is full: committed events stay in the log until a
    later checkpoint. Raises `NotFound` and `IntegrityTrouble` as `open_store` does.
    """
    try:
        with (
            closing(open_store(path, wait_seconds=CHECKPOINT_WAIT_SECONDS)) as connection,
            storage_errors(path, "checkpointing the event store", CHECKPOINT_WAIT_SECONDS),
        ):
            (busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except (Busy, StorageTrouble):
        return False
    return not busy


def copy_store(path: Path, target: Path) -> None:
    """Copy a snapshot of the event store atomically, while other processes may write. Plain `cp` would lose the log.

    Raises `Refused` when the target exists, and what `open_store` raises.
    """
    target = target.absolute()
    if target.exists():
        raise Refused(f"{target} already exists", hint="choose another name for the copy")
    try:
        with unfinished(target, mode=0o644) as new:
            with (
                closing(open_store(path, read_only=True)) as connection,
                storage_errors(target, "copying the event store"),
            ):
                connection.execute("VACUUM INTO ?", (str(new),))
            sync_file(new)
            new.replace(target)
            sync_folder(target.parent)
    except OSError as cause:
        raise StorageTrouble(
            f"cannot write the copy {target}: {cause.strerror}",
            hint="check the permissions and the free space of the folder",
        ) from cause


def _connect(path: Path, mode: str, wait_seconds: float = WAIT_SECONDS) -> sqlite3.Connection:
    # In a URI no file name is special (":memory:", "a?b"), and the mode prevents creating a file.
    connection = sqlite3.connect(
        f"{path.as_uri()}?mode={mode}",
        uri=True,
        timeout=wait_seconds,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.execute("PRAGMA trusted_schema = OFF")  # the file may come from a stranger
    return connection


def _refuse_what_is_no_file(path: Path) -> None:
    try:
        size = path.stat().st_size if path.is_file() else None
    except OSError as cause:
        raise StorageTrouble(
            f"cannot access {path}: {cause.strerror}", hint="check the permissions of the folder"
        ) from cause
    if size is None:
        raise NotFound(
            f"there is no event store at {path}",
            hint="create a ledger with `policytrack init DIR`, or name one with -C DIR",
        )
    if size == 0:
        raise IntegrityTrouble(f"{path} is empty, so it is damaged", hint="restore the file from a backup")
    # SQLite opens these without a look at what they are, and waits for the other end of a pipe.
    stored = path.resolve()
    for beside in (stored.with_name(f"{stored.name}{ending}") for ending in ("-wal", "-shm", "-journal")):
        if os.path.lexists(beside) and (beside.is_symlink() or not beside.is_file()):
            raise StorageTrouble(
                f"{beside} is not a regular file",
                hint="remove it: SQLite did not make it. If recent events are then missing, restore a backup",
            )


def _check_identity(connection: sqlite3.Connection, path: Path) -> None:
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application_id != APPLICATION_ID:
        raise IntegrityTrouble(
            f"{path} is not an event store of policytrack",
            hint="check the path; if the file belonged to a ledger, restore it from a backup",
        )
    if version != FORMAT:
        raise IntegrityTrouble(
            f"{path} is an event store of format {version}; this version of policytrack supports format {FORMAT}",
            hint="upgrade policytrack; if this is the newest version, restore the file from a backup",
        )
    if changed := differences(connection):
        raise IntegrityTrouble(
            f"the tables or triggers of {path} were changed: {', '.join(changed)}",
            hint="restore the file from a backup",
        )


def _make_durable(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIBIBYTES}")
    for pragma, (setting, expected) in _DURABLE.items():
        connection.execute(f"PRAGMA {pragma} = {setting}")
        (actual,) = connection.execute(f"PRAGMA {pragma}").fetchone()
        if actual != expected:
            raise StorageTrouble(
                f"{path}: SQLite did not apply {pragma} = {setting}; it reports {actual}",
                hint="move the ledger to a local disk with working locks, not a network share",
            )


_ASKED: Final = ("journal_mode", "synchronous", "application_id", "user_version")
_SYNCHRONOUS: Final = {0: "off", 1: "normal", 2: "full", 3: "extra"}


def condition(path: Path, *, read_only: bool = False) -> dict[str, str]:
    """Return the settings of an event store as SQLite reports them, by name.

    Raises what `open_store` raises; opened for writing, this includes settings that SQLite did not apply.
    """
    with closing(open_store(path, read_only=read_only)) as connection, storage_errors(path, "reading the settings"):
        values = {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in _ASKED}
    return {**{name: str(value) for name, value in values.items()}, "synchronous": _SYNCHRONOUS[values["synchronous"]]}
