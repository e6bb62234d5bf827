"""The user's own SQL: what reads is answered; what writes, reaches out, or eats the machine is refused."""

from __future__ import annotations

import os
import time
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from read_model_support import Record, caught_up, make_folder

from policytrack.errors import NotFound, QueryFailed, UsageError
from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.sandbox import run_sql
from tests.thinning import one_in

DAY = date(2026, 2, 1)
NOW = Coordinates(DAY, DAY)
UNREADABLE = "what-nobody-may-read"

READING = [
    "FROM national_capacity",
    "SELECT * FROM national_capacity_at(DATE '2026-01-01', DATE '2026-01-31')",
    "WITH x AS (SELECT 1 AS a) SELECT a FROM x;",
    "VALUES (1), (2)",
    "DESCRIBE national_capacity",
    "SHOW TABLES",
    "SUMMARIZE event",
    "EXPLAIN FROM national_capacity",
    "EXPLAIN ANALYZE FROM national_capacity",
    "PIVOT event ON type USING count(*)",
    "PIVOT event ON type IN ('capacity_stated') USING count(*)",
    "SELECT max(i) FROM range(1000000) AS t (i)",
    "SELECT 'DROP TABLE event; COPY event TO x' AS words",
]
HOSTILE = [
    "SELECT * FROM read_text('{secret}')",
    "SELECT * FROM read_csv('{secret}')",
    "SELECT * FROM read_blob('{folder}/*')",
    "SELECT * FROM read_json('{secret}')",
    "SELECT * FROM read_parquet('{secret}')",
    "SELECT * FROM '{secret}'",
    "SELECT * FROM sniff_csv('{secret}')",
    "SELECT * FROM glob('{folder}/*')",
    "SELECT * FROM query('FROM read_text(''{secret}'')')",
    "EXPLAIN ANALYZE SELECT * FROM read_text('{secret}')",
    "COPY event TO '{target}'",
    "COPY (SELECT 1) TO '{target}' (FORMAT parquet)",
    "EXPLAIN ANALYZE COPY event TO '{target}'",
    "WITH x AS (COPY event TO '{target}') SELECT 1",
    "WITH x AS (INSERT INTO meta SELECT * FROM meta RETURNING *) FROM x",
    "WITH x AS (DELETE FROM event RETURNING *) FROM x",
    "WITH x AS (UPDATE event SET known_to = NULL RETURNING *) FROM x",
    "EXPORT DATABASE '{target}'",
    "IMPORT DATABASE '{folder}'",
    "ATTACH '{target}' AS other",
    "ATTACH ':memory:' AS other",
    "DETACH memory",
    "INSTALL httpfs",
    "LOAD httpfs",
    "LOAD '{secret}'",
    "SET enable_external_access = true",
    "SET lock_configuration = false",
    "SET memory_limit = '100GB'",
    "SET VARIABLE as_of = DATE '1900-01-01'",
    "RESET ALL",
    "PRAGMA memory_limit = '100GB'",
    "PRAGMA table_info('event')",
    "CALL enable_logging(storage = 'file')",
    "FROM enable_logging(storage = 'file')",
    "CALL force_checkpoint()",
    "CHECKPOINT",
    "CREATE TABLE mine (a INTEGER)",
    "CREATE TEMP TABLE mine AS SELECT 1",
    "CREATE MACRO as_of() AS DATE '1900-01-01'",
    "DROP VIEW national_capacity",
    "INSERT INTO meta SELECT * FROM meta",
    "DELETE FROM event",
    "TRUNCATE event",
    "PREPARE mine AS SELECT 1",
    "BEGIN",
    "USE memory",
    "connect '{target}'",
    "SELECT 1; SELECT 2",
    "SELECT 1; COPY event TO '{target}'",
    "SELECT * FROM secret_variable",
    "SELECT getenv('HOME')",
    "",
    "-- nothing",
    "SELEC 1",
    "SELECT (CASE WHEN i = 90000 THEN 'x' ELSE '1' END)::INTEGER FROM range(100000) AS t (i)",
]
BOMBS = [
    "SELECT length(repeat('x', 4000000000))",
    "SELECT len(range(400000000))",
    "SELECT list_sum(range(800000000))",
    "SELECT array_agg(i) FROM range(1000000000) AS t (i)",
    "SELECT count(*) FROM range(100000000000)",
    "SELECT count(*) FROM range(1000000) AS a, range(1000000) AS b WHERE a.range + b.range = 3",
    "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t",
    "SELECT repeat('x', 50000000) AS a FROM range(100)",
]


@pytest.fixture(scope="module")
def generation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    record = Record()
    record.state("a", 5, "2026-01-01", "2026-01-10")
    record.state("b", "8.125", "2026-01-20", "2026-01-20")
    return caught_up(make_folder(tmp_path_factory.mktemp("ledger")), record)


@pytest.mark.parametrize("sql", one_in(6, READING))
def test_what_reads_is_answered(generation: Path, sql: str) -> None:
    assert run_sql(generation, NOW, sql).num_rows > 0


@pytest.mark.tries("escapes")
@pytest.mark.parametrize("sql", one_in(8, HOSTILE))
def test_what_does_not_only_read_is_refused_and_leaves_nothing(generation: Path, tmp_path: Path, sql: str) -> None:
    secret, target = tmp_path / "secret.txt", tmp_path / "target"
    secret.write_text(UNREADABLE)
    before = generation.read_bytes()
    with pytest.raises(QueryFailed) as refused:
        run_sql(generation, NOW, sql.format(secret=secret, target=target, folder=tmp_path))
    assert UNREADABLE not in f"{refused.value.what} {refused.value.hint}"
    assert "\n" not in refused.value.what
    assert refused.value.hint
    assert [path.name for path in tmp_path.iterdir()] == ["secret.txt"]
    assert generation.read_bytes() == before
    assert sorted(path.name for path in generation.parent.iterdir()) == sorted([".lock", "CURRENT", generation.name])


@pytest.mark.tries("escapes")
@pytest.mark.parametrize("sql", one_in(4, BOMBS))
def test_what_eats_time_or_memory_is_ended(generation: Path, sql: str) -> None:
    started = time.monotonic()
    with pytest.raises(QueryFailed, match=r"memory|longer|larger"):
        run_sql(generation, NOW, sql, timeout_seconds=1.5, memory_bytes=1 << 30)
    assert time.monotonic() - started < 30


def test_a_limit_stops_reading_early(generation: Path) -> None:
    table = run_sql(generation, NOW, "FROM range(100000000000) AS t (i)", limit=70_000, timeout_seconds=20)
    assert table["i"].to_pylist() == list(range(70_000))


def test_types_arrive_as_they_are(generation: Path) -> None:
    table = run_sql(
        generation,
        NOW,
        "SELECT installed, NULL AS nothing, [1, 2] AS list, DATE '2026-01-01' AS day FROM facility ORDER BY 1",
    )
    assert table.to_pylist()[1] == {
        "installed": Decimal("8.125"),
        "nothing": None,
        "list": [1, 2],
        "day": date(2026, 1, 1),
    }


def test_parameters_and_coordinates_are_bound(generation: Path) -> None:
    table = run_sql(
        generation,
        NOW,
        "SELECT $text AS t, $day AS d, $figure AS f, $ids::VARCHAR[] AS i, $as_of AS a, $known_at AS k",
        parameters={"text": "'; DROP", "day": DAY, "figure": Decimal("1.10"), "ids": ["x"]},
    )
    assert table.to_pylist() == [{"t": "'; DROP", "d": DAY, "f": Decimal("1.10"), "i": ["x"], "a": DAY, "k": DAY}]


@pytest.mark.parametrize(("sql", "given"), one_in(3, [("SELECT $a", {}), ("SELECT ?", {}), ("SELECT 1", {"a": 1})]))
def test_a_parameter_too_few_or_too_many_is_named(generation: Path, sql: str, given: dict[str, object]) -> None:
    with pytest.raises(UsageError, match=r"\$"):
        run_sql(generation, NOW, sql, parameters=given)


def test_nothing_beside_the_current_folder_or_in_the_environment_reaches_the_query(
    generation: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("duckdb", "json", "pyarrow", "policytrack"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('taken from the current folder')")
    monkeypatch.chdir(tmp_path)
    assert run_sql(generation, NOW, "SELECT 1 AS a").to_pylist() == [{"a": 1}]


def test_a_relative_path_is_that_of_the_asker(generation: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(generation.parent)
    assert run_sql(Path(generation.name), NOW, "FROM facility").num_rows == 2
    with pytest.raises(NotFound):
        run_sql(Path("nosuch.duckdb"), NOW, "FROM facility")


def test_no_process_is_left_after_the_time_is_over(generation: Path) -> None:
    with pytest.raises(QueryFailed, match="longer than 1 s"):
        run_sql(generation, NOW, "SELECT count(*) FROM range(100000000000)", timeout_seconds=1)
    tasks = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    children = [child for task in tasks for child in task.read_text().split()]
    words = [Path(f"/proc/{child}/cmdline").read_bytes() for child in children]
    assert [told for told in words if b"sandbox" in told] == []
