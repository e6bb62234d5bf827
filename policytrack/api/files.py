"""Writes the files of answers: atomically, and never over a file of a ledger."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path

from policytrack.errors import StorageTrouble, UsageError
from policytrack.ledger_settings import READ_MODEL, SETTINGS
from policytrack.unfinished import unfinished


def write_file(target: Path, parts: Iterable[bytes]) -> None:
    """Write a file atomically: a temporary file beside it replaces it at the end. Symbolic links are followed.

    A pipe or device cannot be replaced, so it is written to directly. Raises `StorageTrouble` if writing fails, and
    `UsageError` for a file that a ledger consists of.
    """
    target = target.resolve()
    refuse_file_of_a_ledger(target)
    is_replaced = not target.exists() or target.is_file()
    try:
        with unfinished(target) if is_replaced else nullcontext(target) as written:
            with written.open("wb") as file:
                file.writelines(parts)
            if is_replaced:
                written.replace(target)
    except OSError as cause:
        raise StorageTrouble(
            f"cannot write {target}: {cause.strerror}", hint="check the path, its permissions and the disk space"
        ) from cause


def refuse_file_of_a_ledger(target: Path) -> None:
    """Raise `UsageError` for a file of a ledger: `-o events.db` would replace all its events."""
    from policytrack.store.anchor import HEAD_FILE, LEDGER_STORE  # most answers go to the terminal

    store = (LEDGER_STORE, f"{LEDGER_STORE}-wal", f"{LEDGER_STORE}-shm", f"{LEDGER_STORE}-journal")
    is_of_ledger = target.name in (*store, HEAD_FILE, SETTINGS) and (target.parent / SETTINGS).exists()
    is_of_read_model = target.parent.name == READ_MODEL and (target.parent.parent / SETTINGS).exists()
    if is_of_ledger or is_of_read_model:
        raise UsageError(f"{target.name} is a file of the ledger {target.parent}", hint="choose another name")
