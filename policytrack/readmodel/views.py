"""Making the views and checks of a read model: those of policytrack, then those of the user's over them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from policytrack.errors import QueryFailed
from policytrack.readmodel import checks, composing
from policytrack.readmodel.catalogue import Catalogue, LeftOut, SqlFile
from policytrack.readmodel.statements import Statements, quoted

PUT_TOGETHER: Final = frozenset(
    ("_capacity_account", "_held_thing", "_national_term", "capacity_swap", "project", "unattributed_capacity")
)
"""The views that need the same parts several times over: made of shared parts, they are planned several times faster.
The others call these, and what they need else, as macros: whoever opens the file reads the text of all."""
_VIEWS: Final = "SELECT view_name FROM duckdb_views() WHERE NOT internal AND database_name = 'read_model'"
_MACROS: Final = (
    "SELECT DISTINCT function_name FROM duckdb_functions()"
    " WHERE NOT internal AND database_name = 'read_model' AND function_type = 'table_macro'"
)


def create(sql: Statements, catalogue: Catalogue) -> None:
    """Make the views and checks of policytrack, in place of all that there are."""
    sql.run("BEGIN")
    for (name,) in sql.run(_VIEWS):
        sql.run(f'DROP VIEW "{name}"')
    for (name,) in sql.run(_MACROS):
        sql.run(f'DROP MACRO TABLE "{name}"')
    _list_checks(sql, catalogue, catalogue.checks)
    ours = [file for file in catalogue.views if not file.is_own]
    # What the checks find is left a macro: the user's checks are added to it afterwards.
    shared = {file.name: file.sql for file in ours if file.name != checks.FINDINGS}
    for file in ours:
        _create_view(sql, file, shared if file.name in PUT_TOGETHER else {})
    for file in catalogue.checks:
        if checks.is_asked_at_recording(file.comment):
            _create_doubt(sql, file)
    sql.run("COMMIT")


def create_own(sql: Statements, catalogue: Catalogue) -> tuple[LeftOut, ...]:
    """Make the user's views and checks, which may read any view. Returns those that cannot be made."""
    left_out = list(catalogue.left_out)
    for file in catalogue.own_views:
        sql.run("BEGIN")
        try:
            _create_view(sql, file, {})
        except QueryFailed as failed:
            sql.run("ROLLBACK")
            left_out.append(LeftOut(file.name, file.path, failed.what))
        else:
            sql.run("COMMIT")
    left_out += _add_own_checks(sql, catalogue)
    sql.run("CREATE OR REPLACE TABLE left_out_view (name VARCHAR, reason VARCHAR)")
    for left in left_out:
        sql.run("INSERT INTO left_out_view VALUES ($name, $reason)", {"name": left.name, "reason": str(left)})
    return tuple(left_out)


def _create_view(sql: Statements, file: SqlFile, shared: Mapping[str, str]) -> None:
    source = file.sql
    if file.takes_dates:
        text = composing.composed(file.sql, shared)
        sql.run_file(file, f"CREATE MACRO {file.name}_at(p_as_of, p_known_at) AS TABLE\n{text}")
        sql.run(f"COMMENT ON MACRO TABLE {file.name}_at IS {quoted(file.comment)}")
        source = f"FROM {file.name}_at(as_of(), known_at())"
    if not file.is_internal:
        sql.run_file(file, f"CREATE VIEW {file.name} AS\n{source}")
        sql.comment("VIEW", file)


def _create_doubt(sql: Statements, file: SqlFile) -> None:
    text = checks.shaped(file.sql)
    sql.run_file(file, f"CREATE MACRO {checks.doubt(file.name)}_at(p_as_of, p_known_at) AS TABLE {text}")


def _list_checks(sql: Statements, catalogue: Catalogue, files: Iterable[SqlFile]) -> None:
    """Say which checks there are, in a table that `check_result` reads."""
    sql.run(
        "CREATE OR REPLACE TABLE known_check (check_name VARCHAR, severity VARCHAR, sentence VARCHAR, is_own BOOLEAN,"
        " is_asked_at_recording BOOLEAN, event_types VARCHAR[])"
    )
    sql.run("COMMENT ON TABLE known_check IS 'One row per check: what it says is wrong, and how much that matters.'")
    facts = {file.name: file.event_types for file in catalogue.facts}
    views = {file.name: file.sql for file in catalogue.views}
    for file in files:
        sentence, severity, _ = checks.described(file.comment)
        is_asked = checks.is_asked_at_recording(file.comment)
        types = sorted(checks.types_read(file.sql, facts, views)) if is_asked else []
        sql.run(
            "INSERT INTO known_check VALUES ($name, $severity, $sentence, $own, $asked, $types)",
            {
                "name": file.name,
                "severity": severity,
                "sentence": sentence,
                "own": file.is_own,
                "asked": is_asked,
                "types": types,
            },
        )


def _add_own_checks(sql: Statements, catalogue: Catalogue) -> list[LeftOut]:
    """Let the user's own checks find things too. Returns those that cannot."""
    added: list[SqlFile] = []
    left_out: list[LeftOut] = []
    for file in catalogue.own_checks:
        try:
            sql.run_file(file, f"CREATE MACRO _one_check_at(p_as_of, p_known_at) AS TABLE {checks.shaped(file.sql)}")
        except QueryFailed as failed:
            left_out.append(LeftOut(file.name, file.path, failed.what))
        else:
            added.append(file)
            if checks.is_asked_at_recording(file.comment):
                _create_doubt(sql, file)
        sql.run("DROP MACRO TABLE IF EXISTS _one_check_at")
    if added:
        found = catalogue.all_findings(tuple(added))
        sql.run_file(found, f"CREATE OR REPLACE MACRO {found.name}_at(p_as_of, p_known_at) AS TABLE\n{found.sql}")
        _list_checks(sql, catalogue, (*catalogue.checks, *added))
    return left_out
