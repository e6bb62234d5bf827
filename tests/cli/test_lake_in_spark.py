"""Spark's answers over a lake, by the queries of docs/how-to/spark.md, are those of policytrack."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from policytrack.lake.write import write_lake
from policytrack.ledger import Ledger
from policytrack.readmodel.coordinates import Coordinates
from tests.cli.test_lake import model_of

PAGE = Path(__file__).parents[2] / "docs/how-to/spark.md"
PAIRS = 50
# The same question in the read model, with the columns of the page's query.
OURS = {
    "national.sql": """SELECT country_code, activity_id, installed, idle, operating, owed_retirement, net, pending_gross,
        pending_retiring, pending_net, unknown_count FROM national_capacity""",
    "pending.sql": """SELECT project_id, activity_id, status, capacity_planned, capacity_completed, capacity_remaining
        FROM pending_project""",
    "series.sql": """WITH month AS (
          SELECT last_day(first_day::DATE) AS day
          FROM generate_series(date_trunc('month', getvariable('as_of')::DATE) - INTERVAL 59 MONTH,
            getvariable('as_of')::DATE, INTERVAL 1 MONTH) AS months(first_day)
        )
        SELECT day, country_code, activity_id, operating
        FROM month, LATERAL (FROM national_capacity_at(day, getvariable('known_at')::DATE)) AS nation""",
}

pytestmark = [
    pytest.mark.soak,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning", "ignore::FutureWarning"),
]


@pytest.fixture(scope="module")
def lake(demo_ledger: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("spark") / "lake"
    opened = Ledger(demo_ledger)
    with opened.ask(Coordinates(date(2026, 6, 1), date(2026, 6, 1)), notes=print) as session:
        write_lake(session, folder, ledger="demo", digest_at=opened.store.digest_at)
    return folder


@pytest.fixture(scope="module")
def spark(lake: Path) -> Iterator[Any]:
    sessions = pytest.importorskip("pyspark.sql", reason="Spark is not installed: `make soak` installs it")
    if shutil.which("java") is None:
        pytest.skip("Java is not installed")
    opening = re.search(r"```python\n(from pyspark.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert opening is not None
    local = sessions.SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    local.config("spark.driver.host", "127.0.0.1").config("spark.driver.bindAddress", "127.0.0.1").config(
        "spark.sql.shuffle.partitions", "2"
    ).getOrCreate()
    names: dict[str, Any] = {}
    exec(opening[1].replace('f"lake/', f'f"{lake}/'), names)  # noqa: S102 - the block of the page, as a reader runs it
    yield names["spark"]
    names["spark"].stop()


def query(name: str) -> str:
    found = re.search(rf"```sql {re.escape(name)}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


def pairs(name: str) -> list[tuple[date, date]]:
    chance = random.Random(name)
    some = [(date(2025, 10, 31), date(2025, 10, 31)), (date(2025, 1, 31), date(2025, 1, 31))]
    while len(some) < (PAIRS if name != "series.sql" else 5):
        some.append(
            (date(2012, 1, 1) + timedelta(chance.randrange(5600)), date(2012, 1, 1) + timedelta(chance.randrange(5600)))
        )
    return some


@pytest.mark.parametrize("name", sorted(OURS))
def test_answers_are_those_of_policytrack(spark: Any, demo_ledger: Path, name: str) -> None:
    compared = 0
    with closing(model_of(demo_ledger)) as model:
        for as_of, known_at in pairs(name):
            theirs = spark.sql(query(name), args={"as_of": as_of, "known_at": known_at}).collect()
            ours = expected(model, name, as_of, known_at)
            assert sorted(map(plain, theirs)) == sorted(map(plain, ours)), (name, as_of, known_at)
            compared += len(ours)
    assert compared > 100


def expected(model: duckdb.DuckDBPyConnection, name: str, as_of: date, known_at: date) -> list[Any]:
    for variable, day in (("as_of", as_of), ("known_at", known_at)):
        model.execute(f"SET VARIABLE {variable} = $day::DATE", {"day": day}).fetchall()
    return model.execute(OURS[name]).fetchall()


def plain(row: Any) -> tuple[str, ...]:
    """Figures without the zeros that the width of a type adds; to be sorted also where a value is missing."""
    return tuple(str(value.normalize() + 0) if isinstance(value, Decimal) else str(value) for value in row)
