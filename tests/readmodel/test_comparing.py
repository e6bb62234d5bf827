"""Comparing two read models: a row that changed, is missing or is there twice, another view, another reference table."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest
from read_model_support import caught_up, make_folder, random_record

from policytrack.errors import IntegrityTrouble
from policytrack.readmodel.compare import differing
from tests.thinning import one_in

CHANGED = "UPDATE capacity_statement SET capacity = capacity + 0.001 WHERE position = (SELECT min(position) FROM capacity_statement)"
MISSING = "DELETE FROM capacity_statement WHERE position = (SELECT max(position) FROM capacity_statement)"
TWICE = "INSERT INTO capacity_statement FROM capacity_statement LIMIT 1"
INSTEAD = (
    "UPDATE capacity_statement SET known_to = NULL WHERE position = (SELECT min(position) FROM capacity_statement)"
)


@pytest.fixture(scope="module")
def generation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return caught_up(make_folder(tmp_path_factory.mktemp("ledger")), random_record(3, 60))


def _changed(generation: Path, beside: Path, *statements: str) -> Path:
    """A copy of a generation, in which somebody has run these statements."""
    copy = beside / "copy.duckdb"
    shutil.copyfile(generation, copy)
    copy.chmod(0o644)
    with duckdb.connect(str(copy)) as connection:
        for statement in statements:
            connection.execute(statement).fetchall()
    return copy


@pytest.mark.parametrize(
    "statement", one_in(2, [CHANGED, MISSING, TWICE, INSTEAD]), ids=["changed", "missing", "twice", "unknown"]
)
def test_one_row_that_is_not_the_same_is_found_from_both_sides(
    generation: Path, tmp_path: Path, statement: str
) -> None:
    copy = _changed(generation, tmp_path, statement)
    assert differing(generation, copy) == ["capacity_statement"]
    assert differing(copy, generation) == ["capacity_statement"]


@pytest.mark.parametrize(
    ("statement", "name"),
    one_in(
        3,
        [
            ("UPDATE event SET superseded_by = 99 WHERE position = 1", "event"),
            ("DROP TABLE capacity_statement CASCADE", "capacity_statement"),
            ("CREATE TABLE added AS SELECT 1 AS a", "added"),
            ("CREATE VIEW added AS SELECT 1 AS a", "added"),
            ("CREATE MACRO added(a) AS a + 1", "added"),
            ("CREATE OR REPLACE VIEW facility AS SELECT 'x' AS facility_id, 1 AS installed", "facility"),
            ("CREATE OR REPLACE MACRO effective_day(p_earliest, p_latest) AS p_latest", "effective_day"),
            ("ALTER TABLE reference_activities RENAME COLUMN note TO remark", "reference_activities"),
            ("ALTER TABLE reference_activities ADD COLUMN more VARCHAR", "reference_activities"),
            ("UPDATE reference_activities SET note = '' WHERE note IS NULL", "reference_activities"),
        ],
    ),
)
def test_what_else_differs_is_named(generation: Path, tmp_path: Path, statement: str, name: str) -> None:
    assert differing(generation, _changed(generation, tmp_path, statement)) == [name]


def test_the_order_of_rows_and_the_day_of_the_build_make_no_difference(generation: Path, tmp_path: Path) -> None:
    copy = _changed(
        generation,
        tmp_path,
        "CREATE TEMP TABLE kept AS FROM capacity_statement",
        "DELETE FROM capacity_statement",
        "INSERT INTO capacity_statement FROM kept ORDER BY position DESC",
        "UPDATE meta SET built_at = TIMESTAMP '2001-01-01'",
    )
    assert differing(generation, copy) == []


@pytest.mark.parametrize("content", [b"", b"no database", None])
def test_a_file_that_cannot_be_read_is_integrity_trouble(
    generation: Path, tmp_path: Path, content: bytes | None
) -> None:
    other = tmp_path / "other.duckdb"
    if content is not None:
        other.write_bytes(content)
    with pytest.raises(IntegrityTrouble, match="cannot be compared"):
        differing(generation, other)


def test_the_order_of_excluded_columns_is_no_difference(tmp_path: Path) -> None:
    columns = ("a", "b", "c", "d")
    for name, order in (("one", columns), ("other", columns[::-1])):
        with duckdb.connect(str(tmp_path / name)) as connection:
            connection.execute("CREATE TABLE t (a INTEGER, b INTEGER, c INTEGER, d INTEGER, e INTEGER)")
            connection.execute(f"CREATE MACRO m() AS TABLE SELECT * EXCLUDE ({', '.join(order)}) FROM t")
    assert differing(tmp_path / "one", tmp_path / "other") == []
    with duckdb.connect(str(tmp_path / "other")) as connection:
        connection.execute("CREATE OR REPLACE MACRO m() AS TABLE SELECT * EXCLUDE (a, b, c) FROM t")
    assert differing(tmp_path / "one", tmp_path / "other") == ["m"]
