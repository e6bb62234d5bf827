"""Writes files so that they survive a crash: a file is either the old one or the new one, and on the disk."""

from __future__ import annotations

import os
from pathlib import Path

from policytrack.errors import StorageTrouble
from policytrack.unfinished import unfinished


def replace_file(path: Path, content: bytes) -> None:
    """Write a small file atomically and durably. Raises `StorageTrouble` for disk errors."""
    try:
        with unfinished(path) as new:
            with new.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            new.replace(path)
            sync_folder(path.parent)
    except OSError as cause:
        raise StorageTrouble(f"cannot write {path}: {cause.strerror}", hint="choose another folder") from cause


def sync_file(path: Path) -> None:
    """Wait until the content of a file is on the disk."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk. Windows has no such call, and needs none."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
