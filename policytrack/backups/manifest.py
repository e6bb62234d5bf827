"""Reads and writes the manifest of a backup: what the backup holds, up to which event.

A backup is a folder::

    policytrack-backup.json                    the manifest
    events-000000000001-000000000428.jsonl     a segment: events, see `policytrack.store.segments`
    files/1b5746a3…                            a file of the ledger, named by the sha256 of its content

Segments and files never change once the manifest names them. The manifest is replaced atomically, last: whatever it
does not name is not part of the backup.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from policytrack.errors import IntegrityTrouble, NotFound, StorageTrouble
from policytrack.input_files import read_input
from policytrack.store.digest import FIRST_DIGEST

MANIFEST: Final = "policytrack-backup.json"
FILES: Final = "files"
SINGLE_FILES: Final = ("policytrack.toml",)
FOLDERS: Final = ("projections", "queries", "seals")
"""What of a ledger is backed up beside its events. The read model is not: it is rebuilt."""
_LARGEST: Final = 16 << 20
"""The largest manifest in bytes, with about 100,000 segments."""

Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Segment(_Strict):
    """A file with the events from `first` to `last`; `digest` is the digest of the last."""

    first: int = Field(ge=1)
    last: int = Field(ge=1, lt=10**18)
    digest: Hash

    @property
    def name(self) -> str:
        """Return the name of the file."""
        return f"events-{self.first:012}-{self.last:012}.jsonl"


class SavedFile(_Strict):
    """A file of the ledger: its path in it, with `/`, and the sha256 of its content."""

    path: str
    sha256: Hash


class Manifest(_Strict):
    """The content of a backup. Segments are in order and without gaps."""

    format: Literal["policytrack-backup/1"] = "policytrack-backup/1"
    ledger: str
    segments: tuple[Segment, ...] = Field(default=(), strict=False)
    files: tuple[SavedFile, ...] = Field(default=(), strict=False)

    @property
    def position(self) -> int:
        """Return the position of the last event; 0 without events."""
        return self.segments[-1].last if self.segments else 0

    @property
    def digest_hex(self) -> str:
        """Return the digest of the last event in hex."""
        return self.segments[-1].digest if self.segments else FIRST_DIGEST.hex()

    @property
    def head(self) -> str:
        """Return the head of the backup, as citations write it."""
        return f"e{self.position} sha256:{self.digest_hex}"

    def to_json(self) -> bytes:
        """Return the manifest as its file holds it."""
        return (json.dumps(self.model_dump(), ensure_ascii=False, indent=1) + "\n").encode()


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a backup.

    Raises `NotFound` when the folder is no backup, `IntegrityTrouble` for a damaged manifest, `StorageTrouble` when it
    cannot be read.
    """
    path = folder / MANIFEST
    try:
        manifest = Manifest.model_validate_json(read_input(path, _LARGEST))
    except (FileNotFoundError, NotADirectoryError) as cause:
        raise NotFound(
            f"{folder} is not a backup: it has no {MANIFEST}", hint="check the path of the backup"
        ) from cause
    except OSError as cause:
        raise StorageTrouble(
            f"cannot read {path}: {cause.strerror}", hint="check the path and its permissions"
        ) from cause
    except ValidationError as cause:
        error = cause.errors()[0]
        where = ".".join(map(str, error["loc"]))
        raise _damaged(path, f"{where}: {error['msg']}" if where else error["msg"]) from cause
    expected = 1
    for segment in manifest.segments:
        if segment.first != expected or segment.last < expected:
            raise _damaged(path, f"events are missing after e{expected - 1}")
        expected = segment.last + 1
    seen: set[str] = set()
    for file in manifest.files:
        if not _belongs_to_ledger(file.path) or file.path in seen:
            raise _damaged(path, f"{file.path!r} is not a file that a backup holds")
        seen.add(file.path)
    return manifest


def _belongs_to_ledger(name: str) -> bool:
    """Return whether a path is that of a file which a backup holds: nothing is ever restored outside these folders."""
    parts = name.split("/")
    if any(part in ("", ".", "..") or "\0" in part or "\\" in part for part in parts):
        return False
    return name in SINGLE_FILES or (len(parts) > 1 and parts[0] in FOLDERS)


def _damaged(path: Path, what: str) -> IntegrityTrouble:
    return IntegrityTrouble(
        f"{path} is damaged: {what}", hint="use another backup, or make a new one in another folder"
    )
