"""Finds a ledger's own SQL, that is its views, checks and named queries, and whether the user trusts it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from policytrack.errors import Place, QueryFailed, shortened
from policytrack.plugins import plugin_folders
from policytrack.questions.saved_queries import SavedQuery, read_query, saved_queries, saved_query
from policytrack.readmodel.sql_files import Catalogue

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from policytrack.trust import Trust


class OwnSql:
    """The SQL files in the folder `root` of a ledger. `ours` is the folder of policytrack's own SQL files."""

    def __init__(self, root: Path, ours: Path, trust: Trust) -> None:
        self._root, self._ours, self._trust = root, ours, trust
        self.projections, self.queries = root / "projections", root / "queries"

    @cached_property
    def catalogue(self) -> Catalogue:
        """policytrack's SQL, that of plugins, and those of the ledger's own views and checks that the user trusts."""
        return Catalogue.load(self._ours, self.projections, self._is_trusted, plugin_folders())

    def files(self) -> list[Path]:
        """Return the SQL files of the ledger."""
        folders = (self.projections, self.projections / "checks", self.queries)
        return [path for folder in folders for path in sorted(folder.glob("*.sql"))]

    def named_queries(self) -> tuple[list[SavedQuery], list[str]]:
        """Return the named queries of the ledger and of plugins, and why others cannot be read."""
        found, unreadable = saved_queries(self.queries)
        names = {query.name for query in found}
        for folder in plugin_folders():
            more, faults = saved_queries(folder / "queries")
            found += [query for query in more if query.name not in names]
            names.update(query.name for query in more)
            unreadable += faults
        return found, unreadable

    def query(self, name: str) -> str:
        """Return the SQL of a named query.

        Raises `QueryFailed` if the user does not trust it, and what `saved_query` raises.
        """
        if not (self.queries / f"{name}.sql").is_file():
            for folder in plugin_folders():
                if (path := folder / "queries" / f"{name}.sql") in folder.glob("queries/*.sql"):
                    return read_query(path).sql
        found = saved_query(self.queries, name)
        if not self._is_trusted(found.path, found.sql):
            raise QueryFailed(
                f"the query {shortened(name)!r} came with the ledger, or changed since you trusted it",
                place=Place(str(found.path)),
                hint="read it, then run the command again with --trust",
            )
        return found.sql

    def untrusted(self) -> dict[str, str]:
        """Return the text of each SQL file that the user does not trust, by its name in the ledger."""
        found: Iterable[tuple[Path, str]] = [
            *((file.path, file.sql) for file in self.catalogue.untrusted),
            *((query.path, query.sql) for query in saved_queries(self.queries)[0]),
        ]
        return {self._name(path): text for path, text in found if not self._is_trusted(path, text)}

    def trust_all(self) -> tuple[list[str], bool]:
        """Trust the SQL files as they are now. Call it before anything that uses them.

        Returns the names of those that were not trusted before, and whether that is remembered after this run.
        """
        files = self.untrusted()
        is_remembered = not files or self._trust.trust(files.items())
        self.__dict__.pop("catalogue", None)
        return list(files), is_remembered

    def _is_trusted(self, path: Path, text: str) -> bool:
        return self._trust.is_trusted(path, self._name(path), text)

    def _name(self, path: Path) -> str:
        """Return the name of a file in its ledger, such as `projections/checks/x.sql`."""
        return path.relative_to(self._root).as_posix()
