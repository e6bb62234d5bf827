"""The user's own SQL, with ill will: detours to files, the network, the engine's state and the process itself."""

from __future__ import annotations

import errno
import os
import socket
import time
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from read_model_support import Record, caught_up, make_folder

from policytrack.errors import QueryFailed
from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.sandbox import run_sql
from tests.thinning import one_in

DAY = date(2026, 2, 1)
NOW = Coordinates(DAY, DAY)

FILES = [
    'SELECT * FROM "{file}"',
    "FROM '{folder}/*.csv'",
    "FROM read_csv_auto('{file}')",
    "FROM read_text(['{file}'])",
    "FROM read_ndjson_objects('{file}')",
    "FROM parquet_metadata('{file}')",
    "FROM read_duckdb('{file}')",
    "FROM query_table('{file}')",
    "PIVOT (FROM read_text('{file}')) ON filename USING count(*)",
    "SUMMARIZE FROM read_csv('{file}')",
    "DESCRIBE FROM '{file}'",
    "EXPLAIN FROM read_text('{file}')",
    "SELECT (SELECT content FROM read_text('{file}'))",
    "COPY meta FROM '{file}'",
    "EXPLAIN ANALYZE ATTACH '{file}' AS other",
    "EXPLAIN ANALYZE LOAD '{file}'",
]
NETWORK = [
    "FROM 'http://127.0.0.1:{port}/x.csv'",
    "FROM read_text('http://127.0.0.1:{port}/x')",
    "ATTACH 'http://127.0.0.1:{port}/x.duckdb' AS other",
    "INSTALL httpfs FROM 'http://127.0.0.1:{port}'",
]
OTHERS = [
    "EXPLAIN COPY event TO '{target}'",
    "EXPLAIN ANALYZE DELETE FROM event",
    "EXPLAIN ANALYZE EXPORT DATABASE '{target}'",
    "WITH x AS (DELETE FROM event RETURNING *) PIVOT x ON type USING count(*)",
    "PIVOT event ON type USING count(*); COPY event TO '{target}'",
    "/* SELECT */ COPY event TO '{target}'",
    "MERGE INTO meta USING (SELECT 1 AS a) ON true WHEN MATCHED THEN DELETE",
    "ALTER TABLE event ADD COLUMN x INTEGER",
    "FROM duckdb_secrets()",
    "FORCE INSTALL httpfs",
    "UPDATE EXTENSIONS",
    "PRAGMA profiling_output = '{target}'",
    "FROM enable_profiling()",
    "FROM force_checkpoint()",
    "FROM request",
    "FROM pandas_scan(140000000000000)",
    "FROM arrow_scan(140000000000000, 140000000000000, 140000000000000)",
    ".read {target}",
    "SELECT '\ud800'",
    pytest.param("SELECT " + "(" * 50_000 + "1" + ")" * 50_000, id="brackets"),
    pytest.param("SELECT 1" + " + 1" * 50_000, id="sums"),
    pytest.param("SELECT " + "NOT " * 50_000 + "true", id="nots"),
]
READING = [
    ("SELECT sum(installed) FROM facility", [Decimal("13.125")]),
    ("FROM facility SELECT installed ORDER BY 1", [Decimal(5), Decimal("8.125")]),
    ("VALUES (1), (NULL)", [1, None]),
    ("WITH a AS (SELECT 2 AS n), b AS (SELECT n * n AS m FROM a) FROM b", [4]),
    ("WITH RECURSIVE t (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 4) SELECT sum(n) FROM t", [10]),
    ("SELECT installed FROM facility_at(DATE '2026-01-10', DATE '2026-01-10')", [Decimal(5)]),
    (
        "SELECT n FROM (VALUES (DATE '2026-01-01'), (DATE '2026-01-20')) AS day (d),"
        " LATERAL (SELECT count(*) AS n FROM facility_at(day.d, day.d)) ORDER BY day.d",
        [0, 2],
    ),
    ("SELECT facility_count FROM (DESCRIBE national_capacity), national_capacity LIMIT 1", [2]),
    ("SELECT name FROM (SHOW TABLES) WHERE name = 'facility'", ["facility"]),
    ("SELECT column_name FROM (SUMMARIZE facility) WHERE column_name = 'installed'", ["installed"]),
    ("SELECT value FROM (UNPIVOT (SELECT 1 AS a, 2 AS b) ON a, b) ORDER BY value", [1, 2]),
    ("SELECT capacity_stated FROM (PIVOT event ON type IN ('capacity_stated') USING count(*) GROUP BY because)", [2]),
    ("SELECT as_of() = $as_of AND known_at() = $known_at", [True]),
    ("SELECT list_transform(range(3), lambda i: i + 1)", [[1, 2, 3]]),
    ("SELECT row_number() OVER (ORDER BY installed DESC) FROM facility QUALIFY installed > 6", [1]),
    ("\ufeffSELECT 'ä\x00;--' -- a comment; COPY", ["ä\x00;--"]),
    ("SELECT position FROM event WHERE false", []),
]


@pytest.fixture(scope="module")
def generation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    record = Record()
    record.state("a", 5, "2026-01-01", "2026-01-10")
    record.state("b", "8.125", "2026-01-20", "2026-01-20")
    return caught_up(make_folder(tmp_path_factory.mktemp("ledger")), record)


@pytest.fixture
def port() -> Iterator[int]:
    """A port of this machine at which somebody listens; in the end nobody must have called."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield listening.getsockname()[1]
        with pytest.raises(BlockingIOError):
            listening.accept()


@pytest.mark.tries("escapes")
@pytest.mark.parametrize("sql", one_in(7, FILES))
def test_a_file_is_not_even_opened(generation: Path, tmp_path: Path, sql: str) -> None:
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    # Whoever opens a pipe that nobody writes to waits until the time is over.
    with pytest.raises(QueryFailed) as refused:
        run_sql(generation, NOW, sql.format(file=pipe, folder=tmp_path), timeout_seconds=20)
    assert "longer than" not in refused.value.what
    with pytest.raises(OSError) as nobody_reads:
        os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
    assert nobody_reads.value.errno == errno.ENXIO


@pytest.mark.tries("escapes")
@pytest.mark.parametrize("sql", one_in(2, NETWORK))
def test_nobody_is_called(generation: Path, port: int, sql: str) -> None:
    with pytest.raises(QueryFailed):
        run_sql(generation, NOW, sql.format(port=port))


@pytest.mark.tries("escapes")
@pytest.mark.parametrize("sql", one_in(8, OTHERS))
def test_other_detours_are_refused_in_words_and_leave_nothing(generation: Path, tmp_path: Path, sql: str) -> None:
    before = generation.read_bytes()
    with pytest.raises(QueryFailed) as refused:
        run_sql(generation, NOW, sql.replace("{target}", str(tmp_path / "target")))
    # It is the check or the engine that refuses: the process neither breaks nor is ended.
    assert "process failed" not in refused.value.what
    assert "ended by the system" not in refused.value.what
    assert "longer than" not in refused.value.what
    assert list(tmp_path.iterdir()) == []
    assert generation.read_bytes() == before
    assert sorted(path.name for path in generation.parent.iterdir()) == sorted([".lock", "CURRENT", generation.name])


@pytest.mark.parametrize(("sql", "values"), one_in(7, READING))
def test_what_reads_is_answered_exactly(generation: Path, sql: str, values: list[object]) -> None:
    assert run_sql(generation, NOW, sql).column(0).to_pylist() == values


@pytest.mark.soak  # `test_sandbox` ends some in the suite
@pytest.mark.parametrize(
    "sql",
    [
        "WITH RECURSIVE t (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t",
        "SELECT count(*) FROM range(10000000) AS a, range(10000000) AS b WHERE hash(a.range, b.range) = 7",
    ],
)
def test_a_query_without_end_is_ended_when_its_time_is_over(generation: Path, sql: str) -> None:
    started = time.monotonic()
    with pytest.raises(QueryFailed, match=r"longer than 2 s|memory"):
        run_sql(generation, NOW, sql, timeout_seconds=2)
    assert time.monotonic() - started < 6


def test_two_columns_of_one_name_are_told_apart(generation: Path) -> None:
    table = run_sql(generation, NOW, "SELECT 1 AS a, 2 AS A, 3 AS a_1, 4 AS a")
    assert table.to_pylist() == [{"a": 1, "A_2": 2, "a_1": 3, "a_3": 4}]


@pytest.mark.parametrize("text", ["\ud800", "a\udcffb"])
def test_a_parameter_that_is_no_text_is_refused(generation: Path, text: str) -> None:
    with pytest.raises(QueryFailed, match="text"):
        run_sql(generation, NOW, "SELECT $name", parameters={"name": text})
    with pytest.raises(QueryFailed, match="text"):
        run_sql(generation, NOW, "SELECT $names", parameters={"names": ["a", text]})
