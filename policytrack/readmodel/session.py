"""Asking a read model: a read-only connection at coordinates, which touches no other file."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from policytrack.errors import DamagedReadModel, QueryFailed
from policytrack.readmodel.coordinates import Coordinates


@dataclass(frozen=True, slots=True)
class ColumnInfo:
    """A column of a view: its name, type and meaning."""

    name: str
    type: str
    comment: str


@dataclass(frozen=True, slots=True)
class ViewInfo:
    """A view: its name, what a row is, and its columns."""

    name: str
    comment: str
    columns: tuple[ColumnInfo, ...]


_VIEWS = """
SELECT view_name, coalesce(duckdb_views.comment, '') AS view_comment, column_name, data_type,
       coalesce(duckdb_columns.comment, '') AS column_comment
FROM duckdb_views()
JOIN duckdb_columns() ON table_name = view_name AND duckdb_columns.schema_name = duckdb_views.schema_name
WHERE NOT duckdb_views.internal AND duckdb_views.database_name = current_database()
  AND duckdb_columns.database_name = current_database()
ORDER BY view_name, column_index
"""


def connect(path: Path, coordinates: Coordinates) -> duckdb.DuckDBPyConnection:
    """A read-only connection that reaches nothing but the file, with the coordinates set.

    Settings are given one by one and locked last. Raises `DamagedReadModel` when the file cannot be opened.
    """
    try:
        connection = duckdb.connect(str(path), read_only=True)
    except duckdb.Error as cause:
        raise DamagedReadModel(
            f"the read model {path.name} cannot be opened: {str(cause).splitlines()[0]}",
            hint="`policytrack rebuild` makes it again from the events",
        ) from cause
    for name, (kind, value) in coordinates.variables().items():
        connection.execute(f"SET VARIABLE {name} = $value::{kind}", {"value": value}).fetchall()
    for setting in (
        "threads = 2",
        "autoinstall_known_extensions = false",
        "autoload_known_extensions = false",
        "allow_community_extensions = false",
        "python_enable_replacements = false",
        "temp_directory = ''",
        "enable_external_access = false",
        "lock_configuration = true",
    ):
        connection.execute(f"SET {setting}").fetchall()
    return connection


class Session:
    """A read model at coordinates. Use as a context manager."""

    def __init__(self, path: Path, coordinates: Coordinates) -> None:
        self.path, self.coordinates = path, coordinates
        self._connection: duckdb.DuckDBPyConnection | None = None

    def __enter__(self) -> Session:
        self._connection = connect(self.path, self.coordinates)
        return self

    def __exit__(self, *_: object) -> None:
        if self._connection is not None:
            self._connection.close()

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The open connection; a session is entered before it is asked."""
        if self._connection is None:
            raise QueryFailed("the session is not open", hint="use it in a with statement")
        return self._connection

    def query(self, sql: str, parameters: Mapping[str, object] | None = None) -> pa.Table:
        """The answer to one SELECT with named parameters bound. Raises `QueryFailed` with the engine's own words."""
        return fetch(self.connection, sql, parameters or {})

    def views(self) -> list[ViewInfo]:
        """The public views with their columns and what they mean."""
        views: dict[str, tuple[str, list[ColumnInfo]]] = {}
        for row in self.query(_VIEWS).to_pylist():
            _, columns = views.setdefault(row["view_name"], (row["view_comment"], []))
            columns.append(ColumnInfo(row["column_name"], row["data_type"], row["column_comment"]))
        return [ViewInfo(name, comment, tuple(columns)) for name, (comment, columns) in views.items()]


def fetch(connection: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, object]) -> pa.Table:
    """Run one statement and fetch all of it as an Arrow table. Raises `QueryFailed`, or `DamagedReadModel`."""
    try:
        result = connection.execute(sql, dict(parameters)) if parameters else connection.execute(sql)
        with warnings.catch_warnings():
            # It advises con.sql(), which binds no named parameters and runs only some kinds of statement.
            warnings.filterwarnings("ignore", message="Arrow output on a DB-API result")
            return result.to_arrow_table()
    except (
        duckdb.IOException,
        duckdb.SerializationException,
        duckdb.InternalException,
        duckdb.FatalException,
    ) as cause:
        raise DamagedReadModel(
            f"the read model cannot be read: {str(cause).splitlines()[0]}", hint="`policytrack rebuild` makes it again"
        ) from cause
    except duckdb.Error as cause:
        first, _, rest = str(cause).partition("\n")
        raise QueryFailed(first, hint=_hint(rest)) from cause


def _hint(rest: str) -> str:
    """What the engine suggests in the lines after the first, on one line."""
    lines = [line.strip() for line in rest.splitlines()]
    return next(
        (line for line in lines if line.startswith(("Did you mean", "Candidate"))),
        "policytrack schema lists the views and columns",
    )


def is_sound(path: Path, position: int) -> bool:
    """Whether a generation opens and holds the record up to the position that its name says."""
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            rows = connection.execute("SELECT position, (SELECT count(*) FROM event) FROM meta").fetchall()
    except duckdb.Error:
        return False
    return rows == [(position, position)]
