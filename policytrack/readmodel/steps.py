"""Figures as tables of changes in two times: which files make them, and how they follow new events.

The files in `projections/steps/` are one SELECT each. Two make tables of the read model, `capacity_step` and
`project_span`; the others make working tables, each from facts and from those before it. After a batch only the
facilities and projects that the new events touch are worked out again, in the transaction of the batch.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from policytrack.readmodel import corrections_sql
from policytrack.readmodel.sql_files import PUBLISHED_STEPS, Catalogue, SqlFile
from policytrack.readmodel.sql_tokens import read_from
from policytrack.readmodel.statements import Statements

_DRIVEN_BY: Final = {
    "project_place": "project_registration",
    "project_stand": "project_place",
    "facility_stand": "facility_place",
    "account": "step_facility",
    "account_event": "account",
    "account_row": "account_event",
    "unit_account": "account",
    "unit_figure": "unit_account",
    "crowded_figure": "account_row WHERE NOT is_alone",
    "crowded_corner": "crowded_figure UNION ALL FROM unit_figure",
    "account_corner": "account_event",
    "step_swap": "step_project",
    "step_dates": "step_project",
    "project_event": "step_dates",
    "crowded_state": "project_event WHERE NOT is_in_order",
    "project_state": "project_event",
    "swap_event": "step_swap WHERE NOT is_coupled",
    "plain_swap": "swap_event",
    "coupled_swap": "step_swap WHERE is_coupled",
    "project_corner": "project_state",
    "project_span": "project_state",
}
"""What has no rows when another has none: such a statement is not planned. Planning them all takes longer than a small
ledger takes to read."""
_SCOPE: Final = ("step_facility", "step_project")
"""The working tables of what is to be worked out: read to the end."""
_SHAPES: Final = """
SELECT table_name, string_agg('"' || column_name || '" ' || data_type, ', ' ORDER BY column_index)
FROM duckdb_columns() WHERE database_name = 'temp' GROUP BY table_name
"""


def create(sql: Statements, catalogue: Catalogue) -> None:
    """Create the tables of steps, empty, and remember the columns of the working tables."""
    if not catalogue.steps:
        return
    sql.run("SET VARIABLE steps_after = 0")
    sql.run(corrections_sql.LINK, {"after": 0})
    for file in catalogue.steps:
        if file.name in PUBLISHED_STEPS:
            sql.run_file(file, f"CREATE TABLE {file.name} AS FROM (\n{file.sql}\n) LIMIT 0")
            sql.comment("TABLE", file)
        else:
            sql.run_file(file, _working(file))
    sql.run("CREATE TABLE step_shape (name VARCHAR, columns VARCHAR)")
    sql.run("COMMENT ON TABLE step_shape IS 'One row per working table of the steps: its columns.'")
    working = [file.name for file in catalogue.steps if file.name not in PUBLISHED_STEPS]
    shapes = dict(sql.run(_SHAPES))
    for name in working:
        sql.run("INSERT INTO step_shape VALUES ($name, $columns)", {"name": name, "columns": shapes[name]})
        sql.run(f"DROP TABLE temp.{name}")


def update(sql: Statements, catalogue: Catalogue, after: int, types: Collection[str]) -> None:
    """Work out again the steps of what the events after a position, and those that they supersede, are about.

    `types` are the types of these events. `corrections_sql.LINK` must have been run for the same position.
    """
    if not catalogue.steps or _types_read(catalogue).isdisjoint(types):
        return
    sql.run("SET VARIABLE steps_after = $after::BIGINT", {"after": after})
    shapes = dict(sql.run("FROM step_shape"))
    last_reader = _last_readers(catalogue.steps)
    filled: dict[str, bool] = {}
    for file in catalogue.steps:
        is_idle = _is_idle(sql, file.name, filled)
        if file.name in PUBLISHED_STEPS:
            _replace(sql, file, is_first=after == 0, is_idle=is_idle)
        elif is_idle:
            sql.run(f"CREATE TEMP TABLE {file.name} ({shapes[file.name]})")
            filled[file.name] = False
        else:
            sql.run_file(file, _working(file))
            filled[file.name] = _has_rows(sql, file.name)
        if all(name in filled and not filled[name] for name in _SCOPE):
            break
        for name in filled:
            if last_reader[name] == file.name:
                sql.run(f"DROP TABLE temp.{name}")
    for name in filled:
        sql.run(f"DROP TABLE IF EXISTS temp.{name}")


def _types_read(catalogue: Catalogue) -> frozenset[str]:
    """The types of the events that may change a step. A correction has the type of what it corrects."""
    tables = frozenset().union(*(read_from(file.sql) for file in catalogue.steps))
    facts = (file.event_types for file in catalogue.facts if file.name in tables)
    return frozenset(("event_retracted",)).union(*facts)


def _working(file: SqlFile) -> str:
    return f"CREATE TEMP TABLE {file.name} AS FROM (\n{file.sql}\n)"


def _is_idle(sql: Statements, name: str, filled: dict[str, bool]) -> bool:
    """Whether what drives a statement has no rows."""
    driver = _DRIVEN_BY.get(name)
    if driver is None:
        return False
    return not filled[driver] if driver in filled else not _has_rows(sql, driver)


def _has_rows(sql: Statements, table: str) -> bool:
    return bool(sql.run(f"SELECT EXISTS (FROM {table})")[0][0])  # names of our files


def _replace(sql: Statements, file: SqlFile, *, is_first: bool, is_idle: bool) -> None:
    if not is_first:
        sql.run(f"DELETE FROM {file.name} WHERE {PUBLISHED_STEPS[file.name]}")  # noqa: S608 # a constant of this module
    if not is_idle:
        sql.run_file(file, f"INSERT INTO {file.name} FROM (\n{file.sql}\n)")


def _last_readers(files: tuple[SqlFile, ...]) -> dict[str, str]:
    """Which file is the last to read each working table: of a large ledger they are large, and dropped after it."""
    last = {}
    for file in files:
        last[file.name] = file.name
        for name in read_from(file.sql) | {_DRIVEN_BY.get(file.name, "").partition(" ")[0]}:
            last[name] = file.name
    return last | dict.fromkeys(_SCOPE, "")
