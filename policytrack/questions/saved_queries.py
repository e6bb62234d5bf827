"""Named queries: the SQL files in the `queries/` folder of a ledger, each with what it answers and its parameters."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from policytrack.errors import NotFound, Place, QueryFailed
from policytrack.input_files import read_input
from policytrack.readmodel import sql_tokens

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_QUERY: Final = 1 << 20
"""Bytes of a file with a query."""
_GIVEN: Final = frozenset({"as_of", "known_at"})
"""Parameters that the coordinates fill."""


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """A named query: its file's name, where it stands, and its SQL."""

    name: str
    path: Path
    sql: str

    @property
    def meaning(self) -> str:
        """What a row is: the comment that the file opens with; empty when there is none."""
        return sql_tokens.opening_comment(self.sql)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names to give with -p, in the order in which they stand."""
        code = [token for token in sql_tokens.tokens(self.sql) if token.kind != "comment"]
        found = (
            name.text
            for mark, name in pairwise(code)
            if mark.kind == "mark" and mark.text == "$" and name.kind == "name" and name.start == mark.start + 1
        )
        return tuple(name for name in dict.fromkeys(found) if name not in _GIVEN)


def saved_queries(folder: Path) -> list[SavedQuery]:
    """The queries of a folder, by name. Raises `QueryFailed`, naming the file, for one that is not text."""
    return [_read(path) for path in sorted(folder.glob("*.sql"))]


def saved_query(folder: Path, name: str) -> SavedQuery:
    """The query of a name. Raises `NotFound` with near matches, and what `saved_queries` raises."""
    files = {path.stem: path for path in folder.glob("*.sql")}
    if name in files:
        return _read(files[name])
    from policytrack.values.ids import near_matches

    close = near_matches(name, files)
    raise NotFound(
        f"there is no query {name!r} in {folder}",
        hint=f"similar: {', '.join(close)}"
        if close
        else f"`policytrack sql --list` lists them; make {folder / name}.sql",
        candidates=close,
    )


def _read(path: Path) -> SavedQuery:
    try:
        return SavedQuery(path.stem, path, read_input(path, LARGEST_QUERY).decode())
    except (OSError, UnicodeDecodeError) as cause:
        raise QueryFailed(
            f"the query cannot be read: {cause}", place=Place(str(path)), hint="write it in UTF-8"
        ) from cause
