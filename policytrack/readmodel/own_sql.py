"""Create a ledger's own views and checks in a read model file.

A ledger may come from a stranger, so its SQL files are data until proved otherwise: DuckDB's own parser must find
exactly one SELECT in each, and they are bound on a connection of their own that reaches no file but the read model, no
network and no setting. What does not pass is left out with the reason; it never stops a command.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import duckdb

from policytrack.errors import Place, QueryFailed
from policytrack.readmodel import checks, views
from policytrack.readmodel.sql_files import Catalogue, LeftOut, SqlFile
from policytrack.readmodel.statements import Statements, hide_progress, identifier, quoted

_CONFINED: Final = (
    "autoinstall_known_extensions = false",
    "autoload_known_extensions = false",
    "allow_community_extensions = false",
    "python_enable_replacements = false",
    "memory_limit = '500MB'",
    "threads = 1",
    "temp_directory = ''",
    # After temp_directory, which it forbids to change; the lock comes last of all.
    "enable_external_access = false",
    "lock_configuration = true",
)
_COLUMNS: Final = "SELECT column_name FROM duckdb_columns() WHERE table_name = $view AND NOT internal"


def create(path: Path, catalogue: Catalogue, starting: Callable[[SqlFile], None] | None = None) -> tuple[LeftOut, ...]:
    """Create the ledger's own views and checks in the file of a read model that holds policytrack's.

    Calls `starting` before each. Returns those that are left out, with the reasons. Raises `duckdb.Error` when the file
    is damaged or the disk refuses.
    """
    left_out = list(catalogue.left_out)
    if not (left_out or catalogue.own_views or catalogue.own_checks):
        return ()
    with duckdb.connect(str(path)) as connection:
        hide_progress(connection)
        for setting in _CONFINED:
            connection.execute(f"SET {setting}").fetchall()
        statements = _Confined(connection)
        for file in catalogue.own_views:
            if starting is not None:
                starting(file)
            try:
                _create_view(statements, file)
            except QueryFailed as failed:
                left_out.append(LeftOut(file.name, file.path, failed.what))
        left_out += _add_checks(statements, catalogue, starting)
        for left in left_out:
            statements.run(
                "INSERT INTO left_out_view VALUES ($name, $reason)", {"name": left.name, "reason": str(left)}
            )
        statements.run("CHECKPOINT")
    return tuple(left_out)


class _Confined(Statements):
    """Runs statements made of a stranger's SELECT."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        super().__init__(connection)
        self._parser = connection

    def check_select(self, file: SqlFile) -> None:
        """Raise `QueryFailed` unless DuckDB reads exactly one SELECT in the file."""
        if self._kinds(file, file.sql) != ["SELECT"]:
            raise QueryFailed("is not one SELECT", place=Place(str(file.path)))

    def run_made(self, file: SqlFile, sql: str) -> None:
        """Run one CREATE statement around the SELECT of a file. Raises `QueryFailed` for anything else."""
        if self._kinds(file, sql) != ["CREATE"]:
            raise QueryFailed("is not one SELECT", place=Place(str(file.path)))
        self.run_file(file, sql)

    def _kinds(self, file: SqlFile, sql: str) -> list[str]:
        try:
            return [statement.type.name for statement in self._parser.extract_statements(sql)]
        except duckdb.Error as cause:
            raise QueryFailed(f"failed: {str(cause).splitlines()[0]}", place=Place(str(file.path))) from cause
        except ValueError:
            return []  # DuckDB's Python binding has no name for some kinds of statement; none of them reads


def _create_view(statements: _Confined, file: SqlFile) -> None:
    statements.check_select(file)
    statements.run("BEGIN")
    try:
        source = file.sql
        if file.takes_dates:
            statements.run_made(file, f"CREATE MACRO {file.name}_at(p_as_of, p_known_at) AS TABLE\n{file.sql}")
            statements.run(f"COMMENT ON MACRO TABLE {file.name}_at IS {quoted(file.comment)}")
            source = f"FROM {file.name}_at(as_of(), known_at())"
        # Creating the view binds the SELECT, also that of an internal one, whose view is dropped again.
        statements.run_made(file, f"CREATE VIEW {file.name} AS\n{source}")
        if file.is_internal:
            statements.run(f"DROP VIEW {file.name}")
        else:
            _comment(statements, file)
    except QueryFailed:
        statements.run("ROLLBACK")
        raise
    statements.run("COMMIT")


def _comment(statements: _Confined, file: SqlFile) -> None:
    statements.run(f"COMMENT ON VIEW {file.name} IS {quoted(file.comment)}")
    columns = {name for (name,) in statements.run(_COLUMNS, {"view": file.name})}
    for column, text in file.column_comments.items():
        if column in columns:
            statements.run(f"COMMENT ON COLUMN {file.name}.{identifier(column)} IS {quoted(text)}")


def _add_checks(
    statements: _Confined, catalogue: Catalogue, starting: Callable[[SqlFile], None] | None
) -> list[LeftOut]:
    added: list[SqlFile] = []
    left_out: list[LeftOut] = []
    for file in catalogue.own_checks:
        if starting is not None:
            starting(file)
        try:
            statements.check_select(file)
            statements.run_made(
                file, f"CREATE MACRO _one_check_at(p_as_of, p_known_at) AS TABLE {checks.shaped(file.sql)}"
            )
            statements.run_made(file, "CREATE VIEW _one_check AS FROM _one_check_at(as_of(), known_at())")
        except QueryFailed as failed:
            left_out.append(LeftOut(file.name, file.path, failed.what))
        else:
            added.append(file)
            if checks.is_asked_at_recording(file.comment):
                statements.run_made(file, views.doubt_macro(file))
        statements.run("DROP VIEW IF EXISTS _one_check")
        statements.run("DROP MACRO TABLE IF EXISTS _one_check_at")
    if added:
        _extend_findings(statements, catalogue, added)
    return left_out


def _extend_findings(statements: _Confined, catalogue: Catalogue, added: Iterable[SqlFile]) -> None:
    found = catalogue.all_findings(tuple(added))
    statements.run_made(found, f"CREATE OR REPLACE MACRO {found.name}_at(p_as_of, p_known_at) AS TABLE\n{found.sql}")
    views.list_checks(statements, catalogue, (*catalogue.checks, *added))
