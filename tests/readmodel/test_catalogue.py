"""The SQL files: what is read out of their text, their order, and mistakes that name the file."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from read_model_support import Record, caught_up, write_catalogue

from policytrack import resources
from policytrack.errors import QueryFailed
from policytrack.readmodel import sql_tokens
from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.folder import ReadModelFolder
from policytrack.readmodel.session import Session
from policytrack.readmodel.sql_files import Catalogue

DAY = "DATE '2026-01-01'"


def test_column_comments_are_those_of_the_last_list_outside_brackets() -> None:
    sql = """/* Opening,
    on two lines. */
WITH inner AS (SELECT a, -- not this
  b FROM t)
SELECT
  -- nor this
  a, -- the first, with 'quotes'
  CASE WHEN b THEN ')' -- nor this
    ELSE 'x--y' END AS c, -- the second
  sum(d) AS "e" -- the last
FROM inner -- nor this
"""
    assert sql_tokens.opening_comment(sql) == "Opening, on two lines."
    assert sql_tokens.column_comments(sql) == {"a": "the first, with 'quotes'", "c": "the second", "e": "the last"}


def test_names_in_comments_and_texts_are_no_references() -> None:
    assert sql_tokens.called("SELECT f(1), 'g(2)' -- h(3)\n/* i(4) */ FROM j_at (5)") == {"f", "j_at"}


@pytest.mark.parametrize(
    ("sql", "types"),
    [
        ("SELECT 1 FROM batch_event WHERE type = 'a_b' AND c = 'd'", {"a_b"}),
        (
            "WITH t AS (SELECT 1 FROM b WHERE type IN (\n 'a', 'b' -- 'c'\n)) SELECT 'e' FROM t WHERE x = 'f'",
            {"a", "b"},
        ),
        ("SELECT CASE WHEN type = 'a' THEN 1 END FROM batch_event", set()),
    ],
)
def test_the_types_that_a_facts_file_takes_are_read_from_its_text(sql: str, types: set[str]) -> None:
    assert sql_tokens.types_taken(sql) == types


@pytest.mark.parametrize(
    "sql", ["SELECT 1; SELECT 2", "DROP TABLE event", "", "-- nothing", "SELECT 1; --x\n DELETE FROM t"]
)
def test_a_file_that_is_not_one_select_is_refused(sql: str) -> None:
    with pytest.raises(ValueError, match=r"SELECT|statement"):
        sql_tokens.single_select(sql)


def test_a_semicolon_at_the_end_is_left_out() -> None:
    assert sql_tokens.single_select("SELECT ';' ; -- end\n") == "SELECT ';'  -- end\n"


def test_views_come_after_those_they_read(tmp_path: Path) -> None:
    projections, _ = write_catalogue(tmp_path)
    names = [file.name for file in Catalogue.load(projections).views]
    assert names.index("_stated") < names.index("national_capacity")


def test_a_circle_names_the_files(tmp_path: Path) -> None:
    projections, _ = write_catalogue(tmp_path)
    (projections / "one.sql").write_text("SELECT * FROM two_at(p_as_of, p_known_at)")
    (projections / "two.sql").write_text("SELECT * FROM one_at(p_as_of, p_known_at)")
    with pytest.raises(QueryFailed, match=r"circle.*(one|two)\.sql"):
        _ = Catalogue.load(projections).views


def test_an_unknown_view_is_named_with_the_file_and_a_near_match(tmp_path: Path) -> None:
    projections, _ = write_catalogue(tmp_path)
    (projections / "one.sql").write_text("SELECT * FROM facilty_at(p_as_of, p_known_at)")
    with pytest.raises(QueryFailed, match=r"facilty.*one\.sql") as refused:
        _ = Catalogue.load(projections).views
    assert "facility_at" in refused.value.hint


def test_a_column_comment_for_no_column_names_the_file(tmp_path: Path) -> None:
    projections, reference = write_catalogue(tmp_path)
    (projections / "one.sql").write_text(
        "/* One. */\nSELECT\n  1 AS a, -- a\n  2 AS b -- b\nUNION ALL SELECT\n 1 AS a,\n 2 AS x -- x\n"
    )
    folder = ReadModelFolder(tmp_path / "readmodel", Catalogue.load(projections), reference)
    with pytest.raises(QueryFailed, match=r"one\.sql"):
        caught_up(folder, Record())


def test_the_fingerprint_changes_with_every_file(tmp_path: Path) -> None:
    projections, reference = write_catalogue(tmp_path)
    own = tmp_path / "own"
    own.mkdir()
    (own / "mine.sql").write_text("SELECT 1 AS a")
    seen = set()
    for path in (None, *projections.rglob("*.sql"), *reference.iterdir(), *own.iterdir()):
        if path is not None:
            path.write_text(path.read_text() + " ")
        seen.add(ReadModelFolder(tmp_path, Catalogue.load(projections, own), reference).fingerprint)
    assert len(seen) == 1 + len([*projections.rglob("*.sql"), *reference.iterdir(), *own.iterdir()])


def test_own_views_work_and_those_with_a_mistake_are_left_out_with_a_note(tmp_path: Path) -> None:
    projections, reference = write_catalogue(tmp_path)
    own = tmp_path / "own"
    own.mkdir()
    texts = {
        "plain": "/* Mine. */ SELECT country_code, installed * 2 AS twice FROM national_capacity",
        "above": "SELECT twice FROM plain",
        "dated": "SELECT p_as_of AS day, sum(installed) AS total FROM facility_at(p_as_of, p_known_at)",
        "facility": "SELECT 1 AS taken",
        "several": "SELECT 1; DROP TABLE event",
        "circle": "SELECT * FROM circle",
        "misspelt": "SELECT instaled FROM national_capacity",
        "needs_misspelt": "SELECT * FROM misspelt",
    }
    for name, text in texts.items():
        (own / f"{name}.sql").write_text(text)
    notes: list[str] = []
    folder = ReadModelFolder(tmp_path / "readmodel", Catalogue.load(projections, own), reference, warn=notes.append)
    record = Record()
    record.state("a", 5, "2026-01-01", "2026-01-01")
    path = folder.catch_up(record.head, record.digest_at, record.batches)
    for name in ("facility", "several", "circle", "misspelt", "needs_misspelt"):
        assert sum(f"/{name}.sql is left out" in note for note in notes) == 1, name
    day = date(2026, 2, 1)
    with Session(path, Coordinates(day, day)) as session:
        assert session.query("SELECT twice FROM above").to_pylist() == [{"twice": 10}]
        assert session.query(f"SELECT total FROM dated_at({DAY}, {DAY})").to_pylist() == [{"total": 5}]
        with pytest.raises(QueryFailed) as missing:
            session.query("FROM misspelt")
    assert "misspelt.sql is left out" in missing.value.hint


def test_the_catalogue_of_the_project_builds_and_every_view_and_column_has_a_comment(tmp_path: Path) -> None:
    folder = ReadModelFolder(tmp_path, Catalogue.load(resources.PROJECTIONS), resources.EVENTS / "reference")
    path = caught_up(folder, Record())
    day = date(2026, 2, 1)
    with Session(path, Coordinates(day, day)) as session:
        views = session.views()
        for view in views:
            assert session.query(f"FROM {view.name}").num_rows >= 0
            assert (
                session.query(
                    f"SELECT * FROM (VALUES ({DAY})) AS day (d), LATERAL (SELECT * FROM {view.name}_at(d, d))"
                ).num_rows
                >= 0
            )
    assert views
    assert [view.name for view in views if not view.comment] == []
    assert [f"{view.name}.{column.name}" for view in views for column in view.columns if not column.comment] == []
