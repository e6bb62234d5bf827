"""The published file of the demo ledger: what Session answers is what any client of DuckDB reads in it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from policytrack.ledger import Ledger
from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.session import Session

DAYS = (date(2021, 12, 31), date(2025, 1, 31), date(2025, 10, 31))
EVERY_VIEW = "SELECT view_name FROM duckdb_views() WHERE NOT internal ORDER BY 1"


@pytest.fixture(scope="module")
def generation(demo_ledger: Path) -> Path:
    return Ledger.find(demo_ledger).generation(notes=lambda _: None)


def _rows(table: pa.Table) -> list[str]:
    """The rows without their order."""
    return sorted(map(repr, table.to_pylist()))


@pytest.mark.soak  # `test_views_contract` does so with every view of a smaller ledger
@pytest.mark.parametrize(("day", "known"), [(DAYS[1], DAYS[2]), *((day, day) for day in DAYS)])
def test_variables_a_session_and_the_dated_form_answer_the_same(generation: Path, day: date, known: date) -> None:
    with Session(generation, Coordinates(day, known)) as session:
        views = [view.name for view in session.views()]
        answers = {view: _rows(session.query(f"FROM {view}")) for view in views}
    assert answers["national_capacity"]
    with duckdb.connect(str(generation), read_only=True) as plain:
        plain.execute(f"SET VARIABLE as_of = DATE '{day}'; SET VARIABLE known_at = DATE '{known}'").fetchall()
        assert [row[0] for row in plain.execute(EVERY_VIEW).fetchall()] == views
        for view in views:
            assert _rows(plain.sql(f"FROM {view}").to_arrow_table()) == answers[view], view
    with duckdb.connect(str(generation), read_only=True) as plain:
        for view in views:
            dated = f"FROM {view}_at(DATE '{day}', DATE '{known}')"
            assert _rows(plain.sql(dated).to_arrow_table()) == answers[view], view


def test_the_two_clocks_are_not_the_same_variable(generation: Path) -> None:
    sql = "SELECT count(*) AS n FROM event_log"
    with (
        Session(generation, Coordinates(DAYS[2], DAYS[0])) as early,
        Session(generation, Coordinates(DAYS[2], DAYS[2])) as late,
    ):
        known_early, known_late = (session.query(sql).to_pylist()[0]["n"] for session in (early, late))
    assert 0 < known_early < known_late


def test_one_lateral_query_answers_for_many_dates(generation: Path) -> None:
    series = (
        "SELECT day.d::DATE AS d, n.* FROM (SELECT unnest($days::DATE[]) AS d) AS day,"
        " LATERAL (FROM national_capacity_at(day.d, day.d)) AS n"
    )
    with Session(generation, Coordinates(DAYS[2], DAYS[2])) as session:
        together = session.query(series, {"days": list(DAYS)})
    for day in DAYS:
        with Session(generation, Coordinates(day, day)) as session:
            alone = _rows(session.query("FROM national_capacity"))
        mask = pc.equal(together["d"], day)
        assert _rows(together.filter(mask).drop_columns(["d"])) == alone, day
    assert together.num_rows


def test_every_view_and_every_column_of_the_published_file_has_a_comment(generation: Path) -> None:
    with duckdb.connect(str(generation), read_only=True) as plain:
        without = plain.execute(
            "SELECT view_name AS name FROM duckdb_views() WHERE NOT internal AND coalesce(comment, '') = ''"
            " UNION ALL SELECT table_name FROM duckdb_tables()"
            " WHERE NOT internal AND coalesce(comment, '') = '' AND table_name <> 'left_out_view'"
            " UNION ALL SELECT shown.table_name || '.' || shown.column_name FROM duckdb_columns() AS shown"
            " JOIN duckdb_views() AS view ON view.view_name = shown.table_name AND NOT view.internal"
            " WHERE coalesce(shown.comment, '') = ''"
        ).fetchall()
    assert without == []
