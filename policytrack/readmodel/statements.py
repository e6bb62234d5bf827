"""Statements on the connection of a read model that is being built."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import duckdb

from policytrack.errors import Place, QueryFailed
from policytrack.readmodel.sql_files import SqlFile

# What says that the file or the disk is at fault, and not the SQL.
_MACHINE: Final = (duckdb.IOException, duckdb.FatalException, duckdb.InternalException, duckdb.OutOfMemoryException)


@contextmanager
def interruptible() -> Iterator[None]:
    """Let an interrupt be one: the engine makes an error of its own of what it notices itself, and of what Python
    raises while it is asked for the rows of a batch."""
    try:
        yield
    except (RuntimeError, duckdb.Error) as cause:
        if str(cause) == "Query interrupted" or str(cause).rstrip(": \n").endswith("KeyboardInterrupt"):
            raise KeyboardInterrupt from cause
        raise


def hide_progress(connection: duckdb.DuckDBPyConnection) -> None:
    """Turn off the engine's progress bar, which it prints on standard output, among the rows.

    In Jupyter without the package `ipywidgets` it is off, and the engine refuses to change it.
    """
    if connection.execute("SELECT current_setting('enable_progress_bar')").fetchall()[0][0]:
        connection.execute("SET enable_progress_bar = false").fetchall()


class Statements:
    """Runs statements, each to its end."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def run(self, sql: str, parameters: Mapping[str, object] | None = None) -> list[tuple[Any, ...]]:
        """The rows of a statement: a result that is not fetched keeps the connection busy."""
        with interruptible():
            result = self._connection.execute(sql, parameters) if parameters else self._connection.execute(sql)
            rows: list[tuple[Any, ...]] = result.fetchall()
        return rows

    def run_file(self, file: SqlFile, sql: str, over: str = "") -> None:
        """Run a statement made of a SQL file. Raises `QueryFailed`, naming the file, when the SQL fails."""
        try:
            self.run(sql)
        except _MACHINE:
            raise
        except duckdb.Error as cause:
            raise QueryFailed(f"failed{over}: {str(cause).splitlines()[0]}", place=Place(str(file.path))) from cause

    def comment(self, kind: str, file: SqlFile) -> None:
        """Say what a row of the file's table or view is, and what its columns are."""
        self.run(f"COMMENT ON {kind} {file.name} IS {quoted(file.comment)}")
        for column, text in file.column_comments.items():
            self.run_file(file, f"COMMENT ON COLUMN {file.name}.{column} IS {quoted(text)}")


def identifier(name: str) -> str:
    """A name as SQL writes it, whatever characters it has."""
    return '"' + name.replace('"', '""') + '"'


def quoted(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"
