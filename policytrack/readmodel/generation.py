"""Generations: the immutable files of a read model, and the pointer to the one that stands.

What a generation holds is in its name, so that seeing whether it is current needs no database.
"""

from __future__ import annotations

import importlib.util
import os
import re
import sys
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

import policytrack
from policytrack.errors import StorageTrouble
from policytrack.input_files import open_input
from policytrack.readmodel.sql_files import Catalogue

FORMAT: Final = "6"
"""Changes when the loader makes other tables from the same files."""
POINTER: Final = "CURRENT"
_NAME: Final = re.compile(r"g([0-9]{1,18})-([0-9a-f]{0,64})-([0-9a-f]{8})-([0-9a-f]{8})\.duckdb")
_DIGEST_LENGTH: Final = 16
_LONGEST_POINTER: Final = 4096


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a read model is made by: `facts` decides the rows of its tables, `views` the views over them."""

    facts: str
    views: str

    @classmethod
    def of(cls, catalogue: Catalogue, reference: Path) -> Fingerprint:
        """The fingerprint of these SQL files, these reference tables, this policytrack and this DuckDB."""
        return cls(cls.of_facts(catalogue, reference), catalogue.fingerprint)

    @staticmethod
    def of_facts(catalogue: Catalogue, reference: Path) -> str:
        """The part of the fingerprint that decides the rows of the tables; the views are not read for it."""
        facts = sha256(f"{FORMAT}\n{policytrack.__version__}\n{duckdb_version()}\n{catalogue.facts_digest}".encode())
        for table in sorted(reference.glob("*.csv")):
            facts.update(f"\n{table.name}\n".encode() + sha256(table.read_bytes()).digest())
        return facts.hexdigest()

    def of_counted(self, key: str) -> Fingerprint:
        """The fingerprint of a read model that folds only some events; `key` says which."""
        return Fingerprint(sha256(f"{self.facts}\n{key}".encode()).hexdigest(), self.views)


@dataclass(frozen=True, slots=True)
class Generation:
    """A file of a read model: it holds the first `position` events of the record whose digest there is `digest`.

    `digest`, `facts` and `views` are the first digits of the whole ones, in hex.
    """

    path: Path
    position: int
    digest: str
    facts: str
    views: str

    @classmethod
    def at(cls, folder: Path, position: int, digest: str, made_by: Fingerprint) -> Generation:
        """The generation of a folder that would hold this much, whether it is there or not."""
        short = digest[:_DIGEST_LENGTH]
        facts, views = made_by.facts[:8], made_by.views[:8]
        return cls(folder / f"g{position}-{short}-{facts}-{views}.duckdb", position, short, facts, views)

    @classmethod
    def named(cls, path: Path) -> Generation | None:
        """The generation of that name; None when it is no such name."""
        match = _NAME.fullmatch(path.name)
        return cls(path, int(match[1]), match[2], match[3], match[4]) if match else None

    def agrees_with(self, digest: str | None) -> bool:
        """Whether the record's digest at this position is the one that the generation was made from."""
        return digest is not None and digest[:_DIGEST_LENGTH] == self.digest


def read_pointer(folder: Path) -> tuple[Generation | None, str]:
    """The generation that stands, and an empty text; or None and what is wrong, if anything is."""
    try:
        with open_input(folder / POINTER) as file:
            name = file.read(_LONGEST_POINTER).decode("ascii").strip()
    except FileNotFoundError:
        return None, ""
    except UnicodeDecodeError:
        return None, f"{POINTER} is damaged"
    except OSError as cause:
        raise StorageTrouble(
            f"the read model in {folder} cannot be read: {cause.strerror}", hint="check the permissions of the folder"
        ) from cause
    generation = Generation.named(folder / name) if Path(name).name == name else None
    if generation is None:
        return None, f"{POINTER} names no generation"
    return (generation, "") if generation.path.is_file() else (None, f"{name} is missing")


def generations(folder: Path) -> list[Generation]:
    """The generations whose files are in a folder, published or not, those of the most events first."""
    with suppress(OSError), os.scandir(folder) as entries:
        found = [Generation.named(Path(entry.path)) for entry in entries]
        return sorted((one for one in found if one is not None), key=lambda one: one.position, reverse=True)
    return []


def write_pointer(folder: Path, generation: Generation) -> None:
    """Let a generation be the one that stands, atomically and durably."""
    unfinished = folder / f".{POINTER}.tmp"
    unfinished.write_text(f"{generation.path.name}\n", encoding="ascii")
    sync(unfinished)
    unfinished.replace(folder / POINTER)
    sync(folder)


def sync(path: Path) -> None:
    """Wait until a file's content, or a folder's names, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def begin_writing(path: Path) -> None:
    """Let the system begin to write a file to the disk, so that `sync` has less to wait for later."""
    if hasattr(os, "posix_fadvise"):  # not everywhere; without it, `sync` waits for all of it
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(descriptor)


def still_there(path: Path) -> Path:
    """The file itself or, if a newer generation took its place meanwhile, that one."""
    if Generation.named(path) is not None and not path.exists():
        newer, _ = read_pointer(path.parent)
        if newer is not None:
            return newer.path
    return path


def duckdb_version() -> str:
    """The version of DuckDB that is installed, found without importing it (0.1 s) where that can be."""
    if "duckdb" not in sys.modules:
        found = importlib.util.find_spec("duckdb")
        for place in (found.submodule_search_locations or ()) if found else ():
            for info in Path(place).parent.glob("duckdb-*.dist-info"):
                return info.name.removeprefix("duckdb-").removesuffix(".dist-info")
    import duckdb

    return str(duckdb.__version__)
