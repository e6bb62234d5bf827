"""The SQL files of a read model: facts, functions and views, in the order in which they can be created.

Nothing here imports DuckDB: every command loads the catalogue to see whether the read model is current.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Final

from policytrack.errors import QueryFailed

FORMAT: Final = "1"
"""Changes when the loader itself makes other tables from the same files."""
_COMMENT: Final = re.compile(r"/\*.*?\*/|--[^\n]*", re.DOTALL)
_REFERENCE: Final = re.compile(r"\b(\w+)_at\s*\(")
_PARAMETER: Final = re.compile(r"\bp_(?:as_of|known_at)\b")
_COLUMN: Final = re.compile(r"^\s*(?:.*[\s.(])?(\w+),?\s+--\s+(.+)$")


@dataclass(frozen=True, slots=True)
class SqlFile:
    """One SQL file: its name, its SELECT, what a row is, and what each column is."""

    name: str
    sql: str
    path: Path

    @property
    def code(self) -> str:
        """The SQL without comments."""
        return _COMMENT.sub(" ", self.sql)

    @property
    def comment(self) -> str:
        """What a row is: the opening comment, on one line."""
        opening = re.match(r"\s*/\*(.*?)\*/", self.sql, re.DOTALL)
        return " ".join(opening[1].split()) if opening else ""

    @property
    def column_comments(self) -> dict[str, str]:
        """What each output column is: the comments at the ends of the lines of the last SELECT list."""
        _, _, last = self.sql.rpartition("\nSELECT\n")
        comments = {}
        for line in last.splitlines():
            if match := _COLUMN.match(line):
                comments[match[1]] = match[2].strip()
        return comments

    @property
    def is_internal(self) -> bool:
        """Whether it is for other views only."""
        return self.name.startswith("_")

    @property
    def takes_dates(self) -> bool:
        """Whether it is written over p_as_of and p_known_at; a user's own view need not be."""
        return bool(_PARAMETER.search(self.code)) or bool(_REFERENCE.search(self.code))


@dataclass(frozen=True)
class Catalogue:
    """The files of a read model: `functions` first, then `facts`, then `views` in their order; `own` are the user's."""

    functions: str
    facts: tuple[SqlFile, ...]
    views: tuple[SqlFile, ...]
    own: tuple[SqlFile, ...]
    fingerprint: str

    @classmethod
    def load(cls, projections: Path, extra: Path | None = None, reference: Path | None = None) -> Catalogue:
        """Read the SQL files of a folder, and of the user's own.

        Raises `QueryFailed`, naming the file, for a view that refers to one that is not there, or to itself.
        """
        functions = (projections / "functions.sql").read_text(encoding="utf-8")
        facts = tuple(_files(projections / "facts"))
        views = tuple(file for file in _files(projections) if file.name != "functions")
        own = tuple(_files(extra)) if extra is not None and extra.is_dir() else ()
        facts = tuple(sorted(facts, key=lambda file: (file.name != "event", file.name)))
        digest = hashlib.sha256(f"{FORMAT}\n{functions}".encode())
        for file in (*facts, *views, *own):
            digest.update(f"\n-- {file.name}\n{file.sql}".encode())
        for table in sorted(reference.glob("*.csv")) if reference is not None else ():
            digest.update(f"\n-- {table.name}\n".encode() + table.read_bytes())
        return cls(functions, facts, tuple(_ordered(views, {})), own, digest.hexdigest())

    def own_in_order(self) -> list[SqlFile]:
        """The user's views in the order in which they can be created; raises `QueryFailed` as `load` does."""
        return _ordered(self.own, {file.name: file for file in self.views})


def _files(folder: Path) -> Iterator[SqlFile]:
    for path in sorted(folder.glob("*.sql")):
        yield SqlFile(path.stem, path.read_text(encoding="utf-8"), path)


def _ordered(files: tuple[SqlFile, ...], given: Mapping[str, SqlFile]) -> list[SqlFile]:
    by_name = {file.name: file for file in files}
    needs: dict[str, set[str]] = {}
    for file in files:
        wanted = set(_REFERENCE.findall(file.code)) - {"known"}
        unknown = wanted - by_name.keys() - given.keys()
        if unknown:
            raise QueryFailed(
                f"{file.path} refers to {', '.join(sorted(unknown))}, which is no view",
                hint="mend or remove the file",
            )
        needs[file.name] = wanted & by_name.keys()
    try:
        return [by_name[name] for name in TopologicalSorter(needs).static_order()]
    except CycleError as cycle:
        raise QueryFailed(
            f"these views refer to each other in a circle: {', '.join(cycle.args[1])}",
            hint="break the circle",
        ) from cycle
