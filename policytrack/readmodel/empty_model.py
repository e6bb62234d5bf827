"""A read model of no events, with all its views: the same for every ledger, built once and cached.

Binding some eighty views takes longer than most ledgers take to read. The user's cache serves all processes: a file
there is named by what it was built from and by its own content, so that a damaged one is not used. What a process has
built itself also stays in its memory: that alone serves a build that may not trust the disk.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Final

from policytrack.cache_folders import user_cache
from policytrack.readmodel.building import Building
from policytrack.readmodel.generation import Fingerprint, sync
from policytrack.readmodel.sql_files import Catalogue
from policytrack.unfinished import remove_left_behind, unfinished

_MOST_IN_MEMORY: Final = 4
"""Read models, of 1.3 MB each. One is enough unless the SQL files change while the process runs."""
_built_here: Final[dict[Fingerprint, bytes]] = {}
"""The content of the empty read models that this process built from the SQL files, the newest last."""


def start(path: Path, catalogue: Catalogue, reference: Path, *, uses_cache: bool = True) -> Building:
    """Begin a read model at `path`: its tables, and the views and checks of policytrack. `own_sql.create` adds those of
    the ledger. Raises what `Building` does.

    Without the cache everything comes from the SQL files, now or earlier in this process, and what is cached on disk is
    replaced: the content of a cached file proves that it is undamaged, not that this policytrack built it.
    """
    ours = catalogue.without_own()
    folder = user_cache("blank")
    made_by = Fingerprint.of(ours, reference)
    name = _name(made_by)
    if folder is None or not uses_cache or not _fetched(folder, name, path):
        if made_by in _built_here:
            path.write_bytes(_built_here[made_by])
        else:
            with Building(path, ours) as building:
                building.create(reference)
                building.create_views()
                building.put_away()
            remember(path, made_by)
        if folder is not None:
            _keep(path, folder, name)
    return Building(path, catalogue)


def remember(path: Path, made_by: Fingerprint) -> None:
    """Hold the empty read model in the file in memory, for later builds from the same SQL files by this process.

    The caller vouches that the file was built from them, and not fetched from the cache.
    """
    _built_here[made_by] = path.read_bytes()
    while len(_built_here) > _MOST_IN_MEMORY:
        del _built_here[next(iter(_built_here))]


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
