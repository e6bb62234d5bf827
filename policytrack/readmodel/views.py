"""Create policytrack's own views and checks in a read model; those of a ledger are created by `own_sql`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from policytrack.readmodel import checks, view_inlining
from policytrack.readmodel.sql_files import Catalogue, SqlFile
from policytrack.readmodel.statements import Statements, identifier, quoted

PUT_TOGETHER: Final = frozenset(
    (
        "_capacity_account",
        "_facility_term",
        "_held_thing",
        "_planned_term",
        "_project_replaced",
        "_project_row",
        "_project_setting",
        "_project_term",
        "_swap_figure",
        "capacity_swap",
        "project",
        "unattributed_capacity",
    )
)
"""The views that need the same parts several times over: made of shared parts, they are planned several times faster.
The others call these, and what they need else, as macros: whoever opens the file reads the text of all."""
_VIEWS: Final = "SELECT view_name FROM duckdb_views() WHERE NOT internal AND database_name = 'read_model'"
_MACROS: Final = (
    "SELECT DISTINCT function_name FROM duckdb_functions()"
    " WHERE NOT internal AND database_name = 'read_model' AND function_type = 'table_macro'"
)

_HAS_OWN_CHECKS: Final = "SELECT EXISTS (FROM known_check WHERE is_own)"
_NO_LEFT_OUT: Final = "CREATE OR REPLACE TABLE left_out_view (name VARCHAR, reason VARCHAR)"


def create(sql: Statements, catalogue: Catalogue) -> None:
    """Make the views and checks of policytrack, in place of all that there are."""
    sql.run("BEGIN")
    for (name,) in sql.run(_VIEWS):
        sql.run(f'DROP VIEW "{name}"')
    for (name,) in sql.run(_MACROS):
        sql.run(f'DROP MACRO TABLE "{name}"')
    list_checks(sql, catalogue, catalogue.checks)
    _list_parts(sql, catalogue.checks, [file for file in catalogue.views if not file.is_own])
    for file, shared in ours(catalogue):
        _create_view(sql, file, shared)
    for file in catalogue.checks:
        if checks.is_asked_at_recording(file.comment):
            _create_doubt(sql, file)
    sql.run(_NO_LEFT_OUT)
    sql.run("COMMIT")


def ours(catalogue: Catalogue) -> Iterator[tuple[SqlFile, Mapping[str, str]]]:
    """The views of policytrack in the order in which they can be made, each with the parts that it is made of."""
    files = [file for file in catalogue.views if not file.is_own]
    # What the checks find is left a macro: the user's checks are added to it afterwards.
    shared = {file.name: file.sql for file in files if file.name != checks.FINDINGS}
    for file in files:
        yield file, shared if file.name in PUT_TOGETHER else {}


def remove_own(sql: Statements, catalogue: Catalogue) -> None:
    """Remove the ledger's own views and checks, and the list of those left out.

    The views and checks of policytrack must be those of the catalogue's files.
    """
    files = [file for file in catalogue.views if not file.is_own]
    views = {file.name for file in files if not file.is_internal}
    macros = {f"{file.name}_at" for file in files if file.takes_dates} | {
        f"{checks.doubt(file.name)}_at" for file in catalogue.checks if checks.is_asked_at_recording(file.comment)
    }
    sql.run("BEGIN")
    for (name,) in sql.run(_VIEWS):
        if name not in views:
            sql.run(f"DROP VIEW {identifier(name)}")
    for (name,) in sql.run(_MACROS):
        if name not in macros:
            sql.run(f"DROP MACRO TABLE {identifier(name)}")
    if sql.run(_HAS_OWN_CHECKS)[0][0]:
        (findings,) = (file for file in files if file.name == checks.FINDINGS)
        sql.run(f"DROP MACRO TABLE {findings.name}_at")
        _create_view(sql, findings, {})
        list_checks(sql, catalogue, catalogue.checks)
    sql.run(_NO_LEFT_OUT)
    sql.run("COMMIT")


def _list_parts(sql: Statements, files: Iterable[SqlFile], ours: Iterable[SqlFile]) -> None:
    """Store policytrack's checks as queries that are run one after the other, in a table."""
    sql.run("CREATE OR REPLACE TABLE check_part (part INTEGER, check_names VARCHAR[], query VARCHAR)")
    sql.run(
        "COMMENT ON TABLE check_part IS 'One row per query of checks that run together: a SELECT like check_result.'"
    )
    views = {file.name: file.sql for file in ours}
    for number, (names, query) in enumerate(checks.parts({file.name: file.sql for file in files}, views)):
        sql.run(
            "INSERT INTO check_part VALUES ($part, $names, $query)", {"part": number, "names": names, "query": query}
        )


def _create_view(sql: Statements, file: SqlFile, shared: Mapping[str, str]) -> None:
    for statement in statements_of(file, shared):
        sql.run_file(file, statement)
    if file.takes_dates:
        sql.run(f"COMMENT ON MACRO TABLE {file.name}_at IS {quoted(file.comment)}")
    if not file.is_internal:
        sql.comment("VIEW", file)


def statements_of(file: SqlFile, shared: Mapping[str, str]) -> Iterator[str]:
    """The statements that make a view, and its macro over both dates."""
    source = file.sql
    if file.takes_dates:
        text = view_inlining.composed(file.sql, shared)
        yield f"CREATE MACRO {file.name}_at(p_as_of, p_known_at) AS TABLE\n{text}"
        source = f"FROM {file.name}_at(as_of(), known_at())"
    if not file.is_internal:
        yield f"CREATE VIEW {file.name} AS\n{source}"


def _create_doubt(sql: Statements, file: SqlFile) -> None:
    sql.run_file(file, doubt_macro(file))


def doubt_macro(file: SqlFile) -> str:
    """The statement that makes the macro which is asked of one check when events are recorded."""
    return f"CREATE MACRO {checks.doubt(file.name)}_at(p_as_of, p_known_at) AS TABLE {checks.shaped(file.sql)}"


def list_checks(sql: Statements, catalogue: Catalogue, files: Iterable[SqlFile]) -> None:
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
