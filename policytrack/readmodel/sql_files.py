"""The SQL files of a read model: facts, functions and views, in the order in which they can be created.

Nothing here imports DuckDB: every command loads the catalogue to see whether the read model is current.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Final

from policytrack.errors import Place, QueryFailed
from policytrack.readmodel import checks, sql_tokens

_PARAMETERS: Final = frozenset({"p_as_of", "p_known_at"})
_SUFFIX: Final = "_at"
PUBLISHED_STEPS: Final = {
    "capacity_step": "(kind = 'facility' AND coalesce(id, '') IN (FROM step_facility))"
    " OR (kind = 'project' AND id IN (FROM step_project))",
    "project_span": "project_id IN (FROM step_project)",
}
"""The files of steps that make tables of the read model, and which of their rows new events replace."""
UNTRUSTED: Final = "you do not trust it yet; read it, then run `policytrack --trust status`"
"""Why a file is left out that the ledger came with, or that changed since it was trusted."""
LARGEST_OWN: Final = 1024 * 1024
"""Bytes that a SQL file of a ledger's own may have."""
_VIEW_NAME: Final = re.compile("[a-z_][a-z0-9_]*")


@dataclass(frozen=True)
class SqlFile:
    """One SQL file: its name, its SELECT, and whether it is the user's own.

    Without a `text`, it is read when it is needed: most commands need few of the files.
    """

    path: Path
    text: str | None = None
    is_own: bool = False

    @cached_property
    def sql(self) -> str:
        """The text of the file. Raises `QueryFailed`, naming the file, when it cannot be read."""
        return _text(self.path) if self.text is None else self.text

    @property
    def name(self) -> str:
        """The name of the table or view: the file's name."""
        return self.path.stem

    @property
    def comment(self) -> str:
        """What a row is: the opening comment, on one line."""
        return sql_tokens.opening_comment(self.sql)

    @property
    def column_comments(self) -> dict[str, str]:
        """What each output column is."""
        return sql_tokens.column_comments(self.sql)

    @cached_property
    def event_types(self) -> frozenset[str]:
        """Of a facts file: the types of the events that it takes, by its ``WHERE type``; empty when it takes all."""
        return sql_tokens.types_taken(self.sql)

    @property
    def is_internal(self) -> bool:
        """Whether it is there for other views only."""
        return self.name.startswith("_")

    @property
    def takes_dates(self) -> bool:
        """Whether it is written over p_as_of and p_known_at. A user's own view need not be."""
        return not self.is_own or bool(sql_tokens.names(self.sql) & _PARAMETERS)


@dataclass(frozen=True)
class LeftOut:
    """A view of the user's that is not made, and why."""

    name: str
    path: Path
    reason: str

    def __str__(self) -> str:
        return f"{self.path} is left out: {self.reason}"


@dataclass(frozen=True)
class Catalogue:
    """The SQL files of a read model. Whether they fit together is seen when something is built: every command loads the
    catalogue, and few build."""

    functions: SqlFile
    fact_files: tuple[SqlFile, ...]
    view_files: tuple[SqlFile, ...]
    own_files: tuple[SqlFile, ...]
    check_files: tuple[SqlFile, ...] = ()
    own_check_files: tuple[SqlFile, ...] = ()
    unreadable: tuple[LeftOut, ...] = ()
    """Files of the ledger's own that are no text, no regular file, or lie elsewhere."""
    step_files: tuple[SqlFile, ...] = ()
    untrusted: tuple[SqlFile, ...] = ()
    """Those of `unreadable` that are only left out because the user does not trust them."""

    @classmethod
    def load(
        cls,
        projections: Path,
        extra: Path | None = None,
        is_trusted: Callable[[Path, str], bool] | None = None,
        plugins: Iterable[Path] = (),
    ) -> Catalogue:
        """List the SQL files of a folder and read, from `extra` and the folders of plugins, the user's own.

        One of the user's that cannot be read, or whose path and text are not trusted, is left out. A plugin is trusted:
        the user installed it. Of a name, the ledger's own file is used.
        """
        views = [path for path in sorted(projections.glob("*.sql")) if path.stem != "functions"]
        facts = sorted((projections / "facts").glob("*.sql"), key=lambda path: (path.stem != "event", path.stem))
        folders: list[tuple[Path, Callable[[Path, str], bool] | None]]
        folders = [(extra, is_trusted)] if extra is not None else []
        folders += [(folder / "projections", None) for folder in plugins]
        views_found = _each_name_once([_own_files(folder, trusted) for folder, trusted in folders])
        checks_found = _each_name_once([_own_files(folder / "checks", trusted) for folder, trusted in folders])
        found = (views_found, checks_found)
        own, own_checks = (files for files, _, _ in found)
        return cls(
            SqlFile(projections / "functions.sql"),
            tuple(SqlFile(path) for path in facts),
            tuple(SqlFile(path) for path in views),
            own,
            _check_files(projections),
            own_checks,
            tuple(left for _, unreadable, _ in found for left in unreadable),
            tuple(SqlFile(path) for path in sorted((projections / "steps").glob("*.sql"))),
            tuple(file for _, _, untrusted in found for file in untrusted),
        )

    @cached_property
    def steps(self) -> tuple[SqlFile, ...]:
        """The files of the steps, each after those that it reads.

        Raises `QueryFailed`, naming the file, for one that is not one SELECT.
        """
        files = {file.name: _checked(file) for file in self.step_files}
        needs = {name: sql_tokens.read_from(file.sql) & files.keys() - {name} for name, file in files.items()}
        return tuple(files[name] for name in TopologicalSorter(needs).static_order())

    @cached_property
    def facts(self) -> tuple[SqlFile, ...]:
        """The facts files, `event` first. Raises `QueryFailed`, naming the file, for one that is not one SELECT."""
        if not self.fact_files or self.fact_files[0].name != "event":
            raise QueryFailed("there is no facts file event.sql", place=Place(str(self.functions.path.parent)))
        return tuple(_checked(file) for file in self.fact_files)

    @property
    def views(self) -> tuple[SqlFile, ...]:
        """The views in the order in which they can be created, the user's own last.

        Raises `QueryFailed`, naming the file, for a mistake in policytrack's own: not one SELECT, a reference to no
        view, views in a circle. A view of the user's with a mistake, and whatever needs it, is `left_out`.
        """
        return self._sorted_out[0]

    @property
    def view_names(self) -> list[str]:
        """The names of the public views and tables, the user's own views among them as far as they can be created."""
        files = self.views if self.own_files else self.view_files  # the first reads every text, which takes 0.3 s
        return [file.name for file in files if not file.is_internal] + list(PUBLISHED_STEPS)

    @property
    def own_views(self) -> tuple[SqlFile, ...]:
        """The user's views that can be made, in that order."""
        return tuple(file for file in self.views if file.is_own) if self.own_files else ()

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """The user's views and checks that cannot be made, with the reasons."""
        if not self.own_files and not self.own_check_files:
            return self.unreadable  # without putting policytrack's own in order: an empty read model has them
        return self.unreadable + self._sorted_out[1] + self._own_checks[1]

    @property
    def checks(self) -> tuple[SqlFile, ...]:
        """The checks of policytrack. Raises `QueryFailed`, naming the file, for one that says no severity."""
        return self._checks

    @property
    def own_checks(self) -> tuple[SqlFile, ...]:
        """The user's checks, as far as their text shows that they can be asked."""
        return self._own_checks[0]

    @cached_property
    def facts_digest(self) -> str:
        """sha256, in hex, of all SQL that decides what the tables hold."""
        return _digest((self.functions, *self.fact_files, *self.step_files))

    @cached_property
    def fingerprint(self) -> str:
        """sha256, in hex, of all SQL text."""
        files = (*self.fact_files, *self.step_files, *self.view_files, *self._own, *self.check_files)
        return _digest((self.functions, *files))

    def without_own(self) -> Catalogue:
        """Return the catalogue of policytrack's files only: without the ledger's own, and without those left out."""
        return replace(self, own_files=(), own_check_files=(), unreadable=(), untrusted=())

    @property
    def own_digest(self) -> str:
        """sha256, in hex, of the SQL text of the ledger's own files."""
        return _digest(self._own)

    @property
    def _own(self) -> tuple[SqlFile, ...]:
        unreadable = (SqlFile(left.path, str(left)) for left in self.unreadable)
        return (*self.own_files, *self.own_check_files, *unreadable)

    def all_findings(self, own: tuple[SqlFile, ...]) -> SqlFile:
        """The view of what all checks find: those of policytrack, and these of the user's."""
        return self._findings((*self.checks, *own), self._sorted_out[0])

    def _findings(self, asked: tuple[SqlFile, ...], views: Iterable[SqlFile]) -> SqlFile:
        text = checks.union({file.name: file.sql for file in asked}, {file.name: file.sql for file in views})
        return SqlFile(self.functions.path.parent / "checks" / f"{checks.FINDINGS}.sql", text)

    @cached_property
    def _checks(self) -> tuple[SqlFile, ...]:
        found = tuple(_checked(file) for file in self.check_files)
        for file in found:
            if reason := checks.fault(file.comment):
                raise QueryFailed(reason, place=Place(str(file.path)))
        return found

    @cached_property
    def _own_checks(self) -> tuple[tuple[SqlFile, ...], tuple[LeftOut, ...]]:
        """The user's checks, and those left out: misnamed, or reading in a circle what the checks find."""
        ours = {file.name for file in self.check_files}
        accepted, left_out = [], []
        for file in self.own_check_files:
            try:
                given = _checked(file)
            except QueryFailed as failed:
                left_out.append(LeftOut(file.name, file.path, failed.what))
                continue
            reason = checks.fault(file.comment)
            if file.name in ours:
                reason = f"policytrack has a check {file.name}; choose another name"
            elif checks.reads_findings(file.sql, {one.name: one.sql for one in self.own_files}):
                reason = "a check cannot read what the checks find"
            if reason:
                left_out.append(LeftOut(file.name, file.path, reason))
            else:
                accepted.append(given)
        return tuple(accepted), tuple(left_out)

    @cached_property
    def _sorted_out(self) -> tuple[tuple[SqlFile, ...], tuple[LeftOut, ...]]:
        given = sql_tokens.macros_created(self.functions.sql)
        ours = {file.name: _checked(file) for file in self.view_files}
        if self.check_files:
            findings = self._findings(self.checks, ours.values())
            ours[findings.name] = findings
        views = _ordered(ours, frozenset(), given)
        names = frozenset(file.name for file in views)
        taken = names | {file.name for file in self.fact_files} | PUBLISHED_STEPS.keys()
        theirs, left_out = _accepted(self.own_files, taken, names, given)
        return (*views, *theirs), left_out


def _check_files(folder: Path) -> tuple[SqlFile, ...]:
    return tuple(SqlFile(path) for path in sorted((folder / "checks").glob("*.sql")))


_Found = tuple[tuple["SqlFile", ...], tuple["LeftOut", ...], tuple["SqlFile", ...]]
"""The files of a folder, those left out, and of these the untrusted."""


def _each_name_once(parts: Iterable[_Found]) -> _Found:
    """Join what folders have. Of several files of one name, the first is used and the others are left out."""
    files: dict[str, SqlFile] = {}
    left_out: list[LeftOut] = []
    untrusted: list[SqlFile] = []
    for own, left, distrusted in parts:
        left_out += left
        untrusted += distrusted
        for file in own:
            if (first := files.setdefault(file.name, file)) is not file:
                left_out.append(LeftOut(file.name, file.path, f"{first.path} has the same name"))
    return tuple(files.values()), tuple(left_out), tuple(untrusted)


def _own_files(folder: Path, is_trusted: Callable[[Path, str], bool] | None) -> _Found:
    """The SQL files of a ledger's own in a folder, those that cannot be read or used, and of these the untrusted."""
    found: list[SqlFile] = []
    left_out: list[LeftOut] = []
    untrusted: list[SqlFile] = []
    for path in sorted(folder.glob("*.sql")):
        text = ""
        try:
            reason = _unfit(path)
            if not reason:
                text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as cause:
            reason = f"it cannot be read: {cause.strerror if isinstance(cause, OSError) else 'it is not text in UTF-8'}"
        file = SqlFile(path, text, is_own=True)
        if not reason and is_trusted is not None and not is_trusted(path, text):
            untrusted.append(file)
            reason = UNTRUSTED
        if reason:
            left_out.append(LeftOut(path.stem, path, reason))
        else:
            found.append(file)
    return tuple(found), tuple(left_out), tuple(untrusted)


def _unfit(path: Path) -> str:
    """Why a file is not opened at all: a device would block, and a link would show what lies outside the ledger."""
    if path.name.startswith("."):
        return "it is hidden, as editors name the files they work with"
    if not path.resolve().is_relative_to(path.parent.resolve()):
        return "it is a link to a file outside the folder"
    if not path.is_file():
        return "it is not a file"
    if path.stat().st_size > LARGEST_OWN:
        return f"it has more than {LARGEST_OWN:,} bytes"
    return ""


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as cause:
        raise QueryFailed(f"the file cannot be read: {cause}", place=Place(str(path))) from cause


def _checked(file: SqlFile) -> SqlFile:
    place = Place(str(file.path))
    if not _VIEW_NAME.fullmatch(file.name):
        raise QueryFailed(
            f"{file.name!r} is no name for a view", place=place, hint="use a-z, 0-9 and _ in the file's name"
        )
    try:
        return replace(file, text=sql_tokens.single_select(file.sql))
    except ValueError as cause:
        raise QueryFailed(f"the file {cause}", place=place, hint="one SELECT a file") from cause


def _accepted(
    files: tuple[SqlFile, ...], taken: frozenset[str], views: frozenset[str], given: frozenset[str]
) -> tuple[tuple[SqlFile, ...], tuple[LeftOut, ...]]:
    """The user's views in order; those that cannot be made, and whatever needs them, are left out."""
    accepted: dict[str, SqlFile] = {}
    left_out: list[LeftOut] = []
    for file in files:
        if file.name in taken:
            left_out.append(LeftOut(file.name, file.path, f"policytrack has a {file.name}; choose another name"))
            continue
        try:
            accepted[file.name] = _checked(file)
        except QueryFailed as failed:
            left_out.append(LeftOut(file.name, file.path, failed.what))
    while True:
        try:
            return tuple(_ordered(accepted, views, given)), tuple(left_out)
        except QueryFailed as failed:
            left_out += [LeftOut(name, accepted.pop(name).path, failed.what) for name in failed.candidates]


def _ordered(files: Mapping[str, SqlFile], others: frozenset[str], given: frozenset[str]) -> list[SqlFile]:
    """The views so that each comes after those it reads. The error names the files at fault as its candidates."""
    needs: dict[str, list[str]] = {}  # sorted, so that the order is the same in every process
    for name, file in files.items():
        known = files.keys() | others
        wanted = {
            called.removesuffix(_SUFFIX)
            for called in sql_tokens.called(file.sql)
            if called.endswith(_SUFFIX) and called not in given
        }
        if unknown := sorted(wanted - known):
            close = difflib.get_close_matches(unknown[0], known, 1)
            raise QueryFailed(
                f"refers to {unknown[0]}_at, and there is no view {unknown[0]}",
                hint=f"did you mean {close[0]}_at?" if close else "",
                place=Place(str(file.path)),
                candidates=(name,),
            )
        plain = set() if file.takes_dates else sql_tokens.read_from(file.sql) & files.keys()
        needs[name] = sorted((wanted & files.keys()) | plain)
    try:
        return [files[name] for name in TopologicalSorter(needs).static_order()]
    except CycleError as cycle:
        circle = tuple(dict.fromkeys(cycle.args[1]))
        raise QueryFailed(
            f"views refer to each other in a circle: {' -> '.join(cycle.args[1])}",
            place=Place(str(files[circle[0]].path)),
            candidates=circle,
        ) from cycle


def _digest(files: Iterable[SqlFile]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.name}\0{len(file.sql)}\0{file.sql}".encode())
    return digest.hexdigest()
