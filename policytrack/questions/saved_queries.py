"""Reads named queries: the SQL files in the `queries/` folder of a ledger, with their meaning and parameters."""

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
"""The largest size of a query file in bytes."""
_GIVEN: Final = frozenset({"as_of", "known_at"})
"""Parameters whose values come from the coordinates."""


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """A named query: its name, path and SQL."""

    name: str
    path: Path
    sql: str

    @property
    def meaning(self) -> str:
        """Return the meaning of a row: the opening comment of the file; empty when there is none."""
        return sql_tokens.opening_comment(self.sql)

    @property
    def parameters(self) -> tuple[str, ...]:
        """Return the names of the parameters for -p, in the order of their first use."""
        code = [token for token in sql_tokens.tokens(self.sql) if token.kind != "comment"]
        found = (
            name.text
            for mark, name in pairwise(code)
            if mark.kind == "mark" and mark.text == "$" and name.kind == "name" and name.start == mark.start + 1
        )
        return tuple(name for name in dict.fromkeys(found) if name not in _GIVEN)


def saved_queries(folder: Path) -> tuple[list[SavedQuery], list[str]]:
    """Return the queries of a folder, sorted by name, and why others cannot be read."""
    found, unreadable = [], []
    for path in sorted(folder.glob("*.sql")):
        try:
            found.append(read_query(path))
        except QueryFailed as failed:
            unreadable.append(f"{path} is left out: {failed.what}")
    return found, unreadable


def saved_query(folder: Path, name: str) -> SavedQuery:
    """Return a query by name. Raises `NotFound` with similar names, `QueryFailed` for a file that is not text."""
    files = {path.stem: path for path in folder.glob("*.sql")}
    if name in files:
        return read_query(files[name])
    from policytrack.values.ids import near_matches

    close = near_matches(name, files)
    raise NotFound(
        f"there is no query {name!r} in {folder}",
        hint=f"similar: {', '.join(close)}"
        if close
        else f"`policytrack sql --list` lists them; make {folder / name}.sql",
        candidates=close,
    )


def read_query(path: Path) -> SavedQuery:
    """Return the query in a file. Raises `QueryFailed` for a file that is not text."""
    try:
        return SavedQuery(path.stem, path, read_input(path, LARGEST_QUERY).decode())
    except (OSError, UnicodeDecodeError) as cause:
        reason = cause.strerror if isinstance(cause, OSError) else cause
        raise QueryFailed(
            f"cannot read the query: {reason}", place=Place(str(path)), hint="save the file as UTF-8"
        ) from cause
