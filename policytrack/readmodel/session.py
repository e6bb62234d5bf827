"""Asking a read model: a read-only connection at coordinates that reaches nothing but the one file."""

from __future__ import annotations

import contextlib
import os
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from policytrack import resources
from policytrack.errors import Busy, DamagedReadModel, NotFound, QueryFailed, QueryLimit, UsageError, shortened
from policytrack.readmodel import checks
from policytrack.readmodel.arrow_types import exact, marked
from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.generation import still_there
from policytrack.readmodel.sql_files import PUBLISHED_STEPS, UNTRUSTED
from policytrack.readmodel.statements import hide_progress, interruptible

_ATTEMPTS: Final = 5
_BATCH_ROWS: Final = 65_536
_DAMAGED: Final = re.compile(
    r"checksum|corrupt|not a valid DuckDB|could not read enough|Serialization|Failed to deserialize|version number",
    re.I,
)
_OF_THE_SQL: Final = (duckdb.ProgrammingError, duckdb.DataError, duckdb.NotSupportedError)
"""What a statement is to blame for. A damaged file shows as any other class: a wrong checksum as a bare `Error`."""
_SETTINGS: Final = (
    "autoinstall_known_extensions = false",
    "autoload_known_extensions = false",
    "allow_community_extensions = false",
    "python_enable_replacements = false",
    # Of the union of all checks this pass takes a third of the planning, 0.3 s; it makes no query of ours faster, of
    # the demo ledger or of 100,000 events.
    "disabled_optimizers = 'projection_pullup'",
    "temp_directory = ''",
    # After temp_directory, which it forbids to change; the lock comes last of all.
    "enable_external_access = false",
    "lock_configuration = true",
)
_DESCRIBED: Final = """
WITH described AS (
  SELECT view_name AS name, comment, database_name
  FROM duckdb_views()
  WHERE NOT internal AND NOT starts_with(view_name, '_') AND NOT $tables
  UNION ALL
  SELECT table_name, comment, database_name
  FROM duckdb_tables()
  WHERE table_name IN ('capacity_step', 'project_span') AND $tables
)
SELECT described.name AS view, coalesce(described.comment, '') AS view_comment, shown.column_name AS name,
       shown.data_type AS type, coalesce(shown.comment, '') AS comment
FROM described
JOIN duckdb_columns() AS shown
  ON shown.table_name = described.name AND shown.database_name = described.database_name
WHERE described.database_name = current_database()
ORDER BY described.name, shown.column_index
"""
_ASKED_AT_RECORDING: Final = """
SELECT check_name FROM known_check
WHERE is_asked_at_recording
  AND ($types::VARCHAR[] IS NULL OR len(event_types) = 0 OR list_has_any(event_types, $types::VARCHAR[]))
ORDER BY check_name
"""
_OWN_CHECKS: Final = "SELECT check_name FROM known_check WHERE is_own ORDER BY check_name"
_PARTS: Final = """
SELECT query FROM check_part
WHERE len($names::VARCHAR[]) = 0 OR list_has_any(check_names, $names::VARCHAR[])
ORDER BY part
"""
_LEFT_OUT_CHECKS: Final = """
SELECT reason FROM left_out_view
WHERE contains(split_part(reason, ' is left out: ', 1), '/projections/checks/') AND NOT ends_with(reason, $untrusted)
ORDER BY reason
"""
_OWN_SECONDS: Final = "POLICYTRACK_OWN_SQL_TIMEOUT"
_USUAL_OWN_SECONDS: Final = 60
_MOST_OWN_SECONDS: Final = 3600
_LEFT_OUT: Final = "SELECT reason FROM left_out_view WHERE contains($message, 'name ' || name || ' ')"


@dataclass(frozen=True, slots=True)
class ColumnInfo:
    """A column of a view: its name, its type in DuckDB, and what it is."""

    name: str
    type: str
    comment: str


@dataclass(frozen=True, slots=True)
class ViewInfo:
    """A view: its name, what a row is, and its columns."""

    name: str
    comment: str
    columns: tuple[ColumnInfo, ...]


def connect(path: Path, coordinates: Coordinates, *, memory_limit: str | None = None) -> duckdb.DuckDBPyConnection:
    """A read-only connection with the coordinates set, everything else out of reach and the configuration locked.

    If a newer generation took the place of the file meanwhile, that one is opened. Raises `NotFound` when the file is
    not there, `DamagedReadModel` when it is damaged, `Busy` when another program holds it open for writing.
    """
    connection = _opened(path)
    try:
        for name, (kind, value) in coordinates.variables().items():
            connection.execute(f"SET VARIABLE {name} = $value::{kind}", {"value": value}).fetchall()
        limit = () if memory_limit is None else (f"memory_limit = '{memory_limit}'", "threads = 2")
        # Sessions of one process on one file share an instance of the engine: the first has locked it for all.
        is_locked = connection.execute("SELECT current_setting('lock_configuration')").fetchall()[0][0]
        if not is_locked:
            hide_progress(connection)
        for setting in () if is_locked else (*limit, *_SETTINGS):
            connection.execute(f"SET {setting}").fetchall()
    except BaseException:
        connection.close()
        raise
    return connection


class Session:
    """A read model at coordinates. Use as a context manager; entering raises what `connect` does."""

    def __init__(self, path: Path, coordinates: Coordinates) -> None:
        self.path, self.coordinates = path, coordinates
        self._connection: duckdb.DuckDBPyConnection | None = None

    def __enter__(self) -> Session:
        self._connection = connect(self.path, self.coordinates)
        return self

    def __exit__(self, *_: object) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def query(self, sql: str, parameters: Mapping[str, object] | None = None) -> pa.Table:
        """The answer to one SELECT, its parameters (``$name``) bound.

        Raises `QueryFailed` with the engine's own words, and `DamagedReadModel` when the file is damaged.
        """
        connection = self._open_connection()
        with explained(connection):
            with warnings.catch_warnings():
                # Of a copy of the rows. A relation would make none, but have the engine plan the query twice.
                ignore_copies()
                answer: pa.Table = connection.execute(sql, dict(parameters or {})).to_arrow_table()
            return answer

    def exactly(self, sql: str, parameters: Mapping[str, object] | None = None) -> pa.Table:
        """The answer as `query` has it, every column in a type that Arrow holds exactly.

        The engine plans the query twice.
        """
        connection = self._open_connection()
        with explained(connection):
            relation, numbers = exact(connection.sql(sql, params=dict(parameters or {})))
            answer: pa.Table = relation.to_arrow_table()
        return answer.cast(marked(answer.schema, numbers)) if numbers else answer

    @contextlib.contextmanager
    def batches(self, sql: str, parameters: Mapping[str, object] | None = None) -> Iterator[pa.RecordBatchReader]:
        """The answer to one SELECT in batches, in the types of `exactly`: memory holds one of them."""
        connection = self._open_connection()
        with explained(connection):
            relation, _ = exact(connection.sql(sql, params=dict(parameters or {})))
            reader = relation.to_arrow_reader(_BATCH_ROWS)
            try:
                yield reader
            finally:
                reader.close()  # a result that is not drained keeps the connection busy

    def of_checks(self, sql: str, parameters: Mapping[str, object] | None = None, since: int | None = None) -> pa.Table:
        """The answer to a query over what the checks find.

        If the ledger has checks of its own, a process with limits of time and memory gives it. Raises `QueryLimit` when
        it exceeds them.
        """
        own = self.query(_OWN_CHECKS)["check_name"].to_pylist()
        if own:
            return self._limited(sql, parameters, f"own checks: {', '.join(own)}", since)
        if since is not None:
            self._open_connection().execute("SET VARIABLE since = $since::BIGINT", {"since": since}).fetchall()
        return self.query(sql, parameters)

    def of_results(self, sql: str, parameters: Mapping[str, object], names: Sequence[str]) -> pa.Table:
        """The answer to a query over `check_result`, of some checks (`names`) or of all.

        The checks run one after the other, which takes half the memory of one query. If the ledger has checks of its
        own, all run in a process with limits, as one query.
        """
        parts = self.query(_PARTS, {"names": list(names)})["query"].to_pylist()
        if not parts or self.query(_OWN_CHECKS).num_rows:
            return self.of_checks(sql, parameters)
        connection = self._open_connection()
        with self.temporary(checks.RESULTS, parts[0]):  # it hides the view of that name from the query
            with explained(connection):
                for part in parts[1:]:
                    connection.execute(f"INSERT INTO temp.{checks.RESULTS} {part}").fetchall()
            return self.query(sql, parameters)

    @contextlib.contextmanager
    def temporary(self, name: str, sql: str, parameters: Mapping[str, object] | None = None) -> Iterator[None]:
        """Store the answer to one SELECT as a temporary table of that name for the queries inside.

        The engine knows how many rows a table has. A view asked for each row of a common table expression took 14 GB
        and 15 s for the 2,000 pairs of dates of the demo ledger; for each row of a table, 0.2 GB and 1 s.
        """
        connection = self._open_connection()
        with explained(connection):
            connection.execute(f"CREATE TEMP TABLE {name} AS {sql}", dict(parameters or {})).fetchall()
        try:
            yield
        finally:
            connection.execute(f"DROP TABLE temp.{name}").fetchall()

    def left_out_checks(self) -> list[str]:
        """Return which of the ledger's own checks are left out, and why; not those that the user does not trust."""
        reasons: list[str] = self.query(_LEFT_OUT_CHECKS, {"untrusted": UNTRUSTED})["reason"].to_pylist()
        return reasons

    def of_view(self, view: str, sql: str) -> pa.Table:
        """The answer to a query over the view `$view`, as `exactly` has it; a view of the ledger's own has limits."""
        if _is_ours(view):
            return self.exactly(sql, {"view": view})
        return self._limited(sql, {"view": view}, f"own view: {view}")

    @contextlib.contextmanager
    def batches_of_view(self, view: str, sql: str) -> Iterator[Iterable[pa.RecordBatch]]:
        """The answer of `of_view` in batches. A view of the ledger's own, which has limits, is held in memory."""
        if not _is_ours(view):
            yield self.of_view(view, sql).to_batches()
            return
        with self.batches(sql, {"view": view}) as reader:
            yield reader

    def _limited(
        self, sql: str, parameters: Mapping[str, object] | None, what: str, since: int | None = None
    ) -> pa.Table:
        from policytrack.readmodel.sandbox import run_sql

        try:
            return run_sql(
                self.path, self.coordinates, sql, parameters=parameters, timeout_seconds=own_sql_seconds(), since=since
            )
        except QueryLimit as limit:
            raise QueryLimit(
                f"{limit.what} ({what})",
                hint=f"simplify it or move it out of projections/; for more time set {_OWN_SECONDS}=SECONDS",
            ) from limit

    def narrow_to(self, root: str) -> None:
        """Let `ownership_path` show only the chains from this firm: of a large record there are too many."""
        self._open_connection().execute("SET VARIABLE root = $root", {"root": root}).fetchall()

    @contextlib.contextmanager
    def of_holders(self, firm_ids: Sequence[str]) -> Iterator[None]:
        """Restrict the views of holdings to these firms and the firms below them. An empty list restricts nothing."""
        with self.narrowed({"holders": firm_ids} if firm_ids else {}):
            yield

    @contextlib.contextmanager
    def narrowed(self, to: Mapping[str, Sequence[str] | str]) -> Iterator[None]:
        """Set variables to ids, or lists of ids: the queries inside compute only what those are about."""
        connection = self._open_connection()
        try:
            for name, ids in to.items():
                type_, value = ("VARCHAR", ids) if isinstance(ids, str) else ("VARCHAR[]", list(ids))
                connection.execute(f"SET VARIABLE {name} = $value::{type_}", {"value": value}).fetchall()
            yield
        finally:
            for name in to:
                connection.execute(f"RESET VARIABLE {name}").fetchall()

    def doubts(self, since: int, types: Sequence[str] | None = None) -> pa.Table:
        """What the checks that are asked at recording find about the events after a position, without what is
        acknowledged; only those checks that depend on events of these types, if some are given."""
        names = self.query(_ASKED_AT_RECORDING, {"types": None if types is None else list(types)})
        return self.of_checks(checks.doubts(names["check_name"].to_pylist()), {"since": since}, since)

    def views(self) -> list[ViewInfo]:
        """The public views, in the order of their names, with their columns and what they mean."""
        return self._described(tables=False)

    def step_tables(self) -> list[ViewInfo]:
        """The public tables: figures and projects as tables of changes, which take no coordinates."""
        return self._described(tables=True)

    def _described(self, *, tables: bool) -> list[ViewInfo]:
        found: dict[str, tuple[str, list[ColumnInfo]]] = {}
        for row in self.query(_DESCRIBED, {"tables": tables}).to_pylist():
            _, columns = found.setdefault(row["view"], (row["view_comment"], []))
            columns.append(ColumnInfo(row["name"], row["type"], row["comment"]))
        return [ViewInfo(name, comment, tuple(columns)) for name, (comment, columns) in found.items()]

    def view_columns(self, view: str) -> tuple[ColumnInfo, ...]:
        """The columns of one view. Raises `NotFound` when there is none of that name."""
        for known in self.views():
            if known.name == view:
                return known.columns
        raise NotFound(f"there is no view {view!r}", hint="`policytrack schema` lists the views")

    def _open_connection(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            raise QueryFailed("the session is not open", hint="use it in a with statement")
        return self._connection


def _is_ours(view: str) -> bool:
    """Whether a view is policytrack's, not the ledger's own."""
    return view in PUBLISHED_STEPS or (resources.PROJECTIONS / f"{view}.sql").is_file()


def ignore_copies() -> None:
    """Ignore the engine's warning that rows are copied, in the whole process.

    `Session.query` does so for itself, which Python cannot do in several threads at a time: a program with threads
    calls this at its start.
    """
    warnings.filterwarnings("ignore", "Arrow output on a DB-API result", UserWarning)


def own_sql_seconds() -> int:
    """Return the time limit of a ledger's own SQL, in seconds. Raises `UsageError` for a wrong setting of it."""
    given = os.environ.get(_OWN_SECONDS, "")
    if not given:
        return _USUAL_OWN_SECONDS
    if not given.isascii() or not given.isdecimal() or len(given) > 4 or not 1 <= int(given) <= _MOST_OWN_SECONDS:
        raise UsageError(
            f"{_OWN_SECONDS} is {shortened(given)!r}",
            hint=f"set it to a number of seconds from 1 to {_MOST_OWN_SECONDS}",
        )
    return int(given)


@contextlib.contextmanager
def explained(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Turn an error of the engine into ours: its first line, and what it suggests as the hint."""
    try:
        with interruptible():
            yield
    except duckdb.Error as cause:
        message = str(cause)
        if not isinstance(cause, _OF_THE_SQL) and _DAMAGED.search(message):
            raise _damaged(message) from cause
        raise QueryFailed(first_line(message), hint=_suggestion(connection, cause)) from cause


def _opened(path: Path) -> duckdb.DuckDBPyConnection:
    for attempt in range(_ATTEMPTS):
        published = still_there(path)
        try:
            return duckdb.connect(str(published), read_only=True)
        except duckdb.Error as cause:
            message = str(cause)
            if published.exists():
                if "Could not set lock" in message:
                    raise Busy(
                        f"another program has the read model open for writing: {first_line(message)}",
                        hint="open generations read-only",
                    ) from cause
                raise _damaged(message) from cause
            if attempt == _ATTEMPTS - 1:
                raise NotFound(
                    f"there is no read model {path}", hint="ask again; it is built when it is missing"
                ) from cause
    raise AssertionError("not reached")


def _damaged(message: str) -> DamagedReadModel:
    return DamagedReadModel(
        f"the read model is damaged: {first_line(message)}",
        hint="`policytrack rebuild` builds it again from the events, which are not touched",
    )


def _suggestion(connection: duckdb.DuckDBPyConnection, cause: duckdb.Error) -> str:
    message = str(cause)
    if isinstance(cause, duckdb.OutOfMemoryException):
        return "choose a part of the ledger, as with --country and --activity, or ask where there is more memory"
    if isinstance(cause, duckdb.CatalogException):
        with contextlib.suppress(duckdb.Error):
            rows = connection.execute(_LEFT_OUT, {"message": message}).fetchall()
            if rows:
                return str(rows[0][0])
    for line in message.splitlines()[1:]:
        if line.startswith(("Did you mean", "Candidate")):
            return line.strip()
    if isinstance(cause, duckdb.CatalogException | duckdb.BinderException):
        return "`policytrack schema` lists the views and their columns"
    return "check the syntax, the casts and the calculations of the query"


def first_line(message: str) -> str:
    return message.strip().splitlines()[0] if message.strip() else "no reason was given"
