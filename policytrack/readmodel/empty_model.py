"""A read model of no events, with all its views: the same for every ledger, made once and kept in the user's cache.

Binding some eighty views takes longer than most ledgers take to read. What is kept is named by what it is made by and
by its own content, so that one that was damaged is not used.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from policytrack.cache_folders import user_cache
from policytrack.readmodel.building import Building
from policytrack.readmodel.generation import Fingerprint, sync
from policytrack.readmodel.sql_files import Catalogue
from policytrack.unfinished import remove_left_behind, unfinished


def start(path: Path, catalogue: Catalogue, reference: Path, *, uses_cache: bool = True) -> Building:
    """Begin a read model at `path`: its tables, and the views and checks of policytrack. `own_sql.create` adds those of
    the ledger. Raises what `Building` does.

    Without the cache everything comes from the SQL files, and what is cached is replaced: the content of a cached file
    proves that it is undamaged, not that this policytrack made it.
    """
    ours = replace(catalogue, own_files=(), own_check_files=())
    folder = user_cache("blank")
    name = _name(Fingerprint.of(ours, reference))
    if folder is None or not uses_cache or not _fetched(folder, name, path):
        with Building(path, ours) as building:
            building.create(reference)
            building.create_views()
            building.put_away()
        if folder is not None:
            _keep(path, folder, name)
    return Building(path, catalogue)


def _name(made_by: Fingerprint) -> str:
    return f"{made_by.facts[:16]}-{made_by.views[:16]}"


def _fetched(folder: Path, name: str, path: Path) -> bool:
    """Whether a file that is kept under the name, and whose content is what it was, was copied to `path`."""
    for kept in folder.glob(f"{name}-*.duckdb"):
        with suppress(OSError):  # another process may have put its own in its place meanwhile
            shutil.copyfile(kept, path)
            if kept.stem.removeprefix(f"{name}-") == _digest(path):
                return True
    path.unlink(missing_ok=True)
    return False


def _keep(path: Path, folder: Path, name: str) -> None:
    """Keep a copy of the file, in place of those of other versions. Where the disk refuses, nothing is kept."""
    with suppress(OSError):
        remove_left_behind(folder)
        with unfinished(folder / f"{name}.duckdb") as new:
            shutil.copyfile(path, new)
            sync(new)
            for old in folder.glob("*.duckdb"):
                old.unlink(missing_ok=True)
            new.replace(folder / f"{name}-{_digest(path)}.duckdb")


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()[:32]
