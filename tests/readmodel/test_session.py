"""Asking: at coordinates, with the engine's words on a mistake, here and from any other client of DuckDB."""

from __future__ import annotations

import warnings
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from read_model_support import Record, caught_up, make_folder

from policytrack.errors import DamagedReadModel, NotFound, QueryFailed
from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.session import Session, explained

DAY = date(2026, 2, 1)
NOW = Coordinates(DAY, DAY)


@pytest.fixture
def generation(tmp_path: Path) -> Path:
    record = Record()
    record.state("a", 5, "2026-01-01", "2026-01-10")
    record.state("a", 8, "2026-01-20", "2026-01-20")
    return caught_up(make_folder(tmp_path), record)


def test_parameters_are_bound_and_no_warning_is_given(generation: Path) -> None:
    with warnings.catch_warnings(), Session(generation, NOW) as session:
        warnings.simplefilter("error")
        table = session.query(
            "SELECT facility_id, $number AS n, $day AS d FROM facility WHERE list_contains($ids::VARCHAR[], facility_id)",
            {"ids": ["a", "'; DROP TABLE event"], "number": Decimal("1.5"), "day": DAY},
        )
        assert (
            session.query("FROM facility WHERE list_contains($ids::VARCHAR[], facility_id)", {"ids": []}).num_rows == 0
        )
    assert table.to_pylist() == [{"facility_id": "a", "n": Decimal("1.5"), "d": DAY}]


def test_two_sessions_do_not_share_their_coordinates(generation: Path) -> None:
    early = Coordinates(date(2026, 1, 15), date(2026, 1, 15))
    with Session(generation, NOW) as one, Session(generation, early) as other:
        first, second = (session.query("FROM facility").to_pylist()[0]["installed"] for session in (one, other))
    assert (first, second) == (8, 5)


def test_all_four_coordinates_reach_the_views(generation: Path) -> None:
    given = Coordinates(date(2026, 1, 2), DAY, "earliest", ("planned", "option"))
    with Session(generation, given) as session:
        (row,) = session.query(
            "SELECT as_of() AS a, known_at() AS k, getvariable('dates') AS d, getvariable('include') AS i"
        ).to_pylist()
    assert row == {"a": date(2026, 1, 2), "k": DAY, "d": "earliest", "i": ["planned", "option"]}


def test_a_mistake_is_told_in_one_line_with_what_the_engine_suggests(generation: Path) -> None:
    with Session(generation, NOW) as session:
        with pytest.raises(QueryFailed) as refused:
            session.query("FROM nationalcapacity")
        assert "nationalcapacity" in refused.value.what
        assert "\n" not in refused.value.what
        assert "national_capacity" in refused.value.hint
        with pytest.raises(QueryFailed) as refused:
            session.query("SELECT instaled FROM facility")
        assert "installed" in refused.value.hint


def test_views_and_columns_are_listed_with_their_comments(generation: Path) -> None:
    with Session(generation, NOW) as session:
        views = session.views()
        assert [view.name for view in views] == ["facility", "national_capacity"]
        assert views[1].comment == 'One row per country; it\'s "exact".'
        assert [(column.name, column.comment) for column in session.view_columns("national_capacity")] == [
            ("country_code", "ISO 3166-1, the country's code"),
            ("installed", "t/yr"),
            ("facility_count", "facilities with a statement"),
        ]
        assert session.view_columns("facility")[1].type == "DECIMAL(18,3)"
        with pytest.raises(NotFound):
            session.view_columns("nosuch")


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE x (a INT)",
        "SELECT * FROM read_text('/etc/hostname')",
        "SET threads = 1",
        "COPY event TO '/tmp/x.csv'",
    ],
)
def test_a_session_reaches_nothing_but_its_file(generation: Path, statement: str) -> None:
    with Session(generation, NOW) as session, pytest.raises(QueryFailed):
        session.query(statement)


def test_a_damaged_file_is_told_and_so_is_a_missing_one(generation: Path, tmp_path: Path) -> None:
    with pytest.raises(NotFound), Session(tmp_path / "nosuch.duckdb", NOW):
        pass
    generation.chmod(0o644)
    content = bytearray(generation.read_bytes())
    content[16:4096] = bytes(4080)
    generation.write_bytes(content)
    with pytest.raises(DamagedReadModel), Session(generation, NOW):
        pass


def test_a_generation_that_was_replaced_meanwhile_is_found(tmp_path: Path) -> None:
    record, folder, paths = Record(), make_folder(tmp_path), []
    for capacity in range(4):
        record.state("a", capacity, "2026-01-01", "2026-01-01")
        paths.append(caught_up(folder, record))
    assert [path.exists() for path in paths] == [False, False, True, True]
    with Session(paths[0], NOW) as session:
        assert session.query("FROM facility").to_pylist()[0]["installed"] == 3


def test_another_client_sets_variables_and_calls_the_dated_forms(generation: Path) -> None:
    with duckdb.connect(str(generation), read_only=True) as connection:
        assert connection.execute("FROM national_capacity_at(DATE '2026-01-15', DATE '2026-01-15')").fetchall() == [
            ("CN", Decimal(5), 1)
        ]
        connection.execute(
            "SET VARIABLE as_of = DATE '2026-01-25'; SET VARIABLE known_at = DATE '2026-01-25'"
        ).fetchall()
        assert connection.execute("FROM national_capacity").fetchall() == [("CN", Decimal(8), 1)]
        rows = connection.execute(
            "SELECT day.d, n.installed FROM (VALUES (DATE '2026-01-15'), (DATE '2026-01-25')) AS day (d),"
            " LATERAL (SELECT * FROM national_capacity_at(day.d, day.d)) AS n ORDER BY 1"
        ).fetchall()
    assert rows == [(date(2026, 1, 15), Decimal(5)), (date(2026, 1, 25), Decimal(8))]


def test_another_client_may_attach_a_generation_under_a_name(generation: Path) -> None:
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"ATTACH '{generation}' AS policy (READ_ONLY)").fetchall()
        connection.execute(
            "SET VARIABLE as_of = DATE '2026-01-25'; SET VARIABLE known_at = DATE '2026-01-25'"
        ).fetchall()
        assert connection.execute("FROM policy.national_capacity").fetchall() == [("CN", Decimal(8), 1)]


def test_a_query_that_needs_too_much_memory_is_not_said_to_be_wrong() -> None:
    connection = duckdb.connect(config={"memory_limit": "20MB", "temp_directory": ""})
    with connection, pytest.raises(QueryFailed, match="Out of Memory") as refused, explained(connection):
        connection.execute("SELECT list(n) FROM range(100_000_000) AS t(n)").fetchall()
    assert refused.value.hint is not None
    assert "choose a part of the ledger" in refused.value.hint
