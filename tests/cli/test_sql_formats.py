"""`sql` answers of any type and size, through the process of a query, in each format."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as parquet
import pytest

from tests.cli.conftest import Run, environment, policytrack

TYPES = """SELECT 'nan'::DOUBLE AS nan, '-inf'::DOUBLE AS infinite, INTERVAL 14 MONTH AS late, TIME '24:00' AS t,
 '\\xFF'::BLOB AS b, '101'::BIT AS bits, 340282366920938463463374607431768211455::UHUGEINT AS u,
 '-170141183460469231731687303715884105728'::HUGEINT AS h, '123456789012345678.9012345678'::DECIMAL(38,10) AS d,
 [NULL, 'nan'::DOUBLE] AS l, MAP {'k': INTERVAL 1 DAY} AS m, {'a': DATE 'infinity'} AS s, DATE '-infinity' AS day,
 TIMESTAMPTZ '2026-01-01 10:00:00+02' AS instant, TIMESTAMP_NS '2026-01-01 10:00:00.123456789' AS ns, NULL AS nothing,
 union_value(n := 1) AS either, 0.1::FLOAT AS single"""
AS_JSON = (
    '{"nan": null, "infinite": null, "late": "1 year 2 months", "t": "24:00:00", "b": "\\\\xFF", "bits": "101", '
    '"u": 340282366920938463463374607431768211455, "h": -170141183460469231731687303715884105728, '
    '"d": 123456789012345678.9012345678, "l": [null, null], "m": {"k": "1 day"}, "s": {"a": "infinity"}, '
    '"day": "-infinity", "instant": "2026-01-01T08:00:00Z", "ns": "2026-01-01 10:00:00.123456789Z", "nothing": null, '
    '"either": "1", "single": 0.1}\n'
)


def test_every_type_has_an_exact_form_in_json(ask: Callable[..., Run]) -> None:
    done = ask("sql", TYPES, "--format", "jsonl")
    assert done.out == AS_JSON, done.err


@pytest.mark.soak
def test_a_view_of_the_user_goes_out_as_exactly(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    assert policytrack(tmp_path, "init", "ledger").code == 0
    view = "/* One row per odd value. */\nSELECT 12::UHUGEINT AS u, -- a number\n  INTERVAL 1 DAY AS i -- a time\n"
    (ledger / "projections" / "odd.sql").write_text(view)
    assert policytrack(ledger, "export", "odd", "--json").out == '[{"u": 12, "i": "1 day"}]\n'
    assert policytrack(ledger, "export", "odd", "-o", "odd.parquet").code == 0
    assert parquet.read_table(ledger / "odd.parquet").to_pylist() == [{"u": "12", "i": "1 day"}]


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", pytest.param("Etc/GMT+12", marks=pytest.mark.soak)])
def test_today_in_sql_is_the_day_that_as_of_defaults_to(demo_ledger: Path, zone: str) -> None:
    sql = "SELECT current_date = as_of() AND today() = as_of() AND now()::DATE = as_of() AS same"
    command = [sys.executable, "-m", "policytrack", "sql", sql, "--json"]
    given = {name: value for name, value in environment(TZ=zone).items() if name != "POLICYTRACK_TODAY"}
    done = subprocess.run(command, cwd=demo_ledger, env=given, capture_output=True, text=True, timeout=60, check=False)
    assert json.loads(done.stdout) == [{"same": True}], done.stderr


def test_today_in_sql_is_the_day_that_was_set(ask: Callable[..., Run]) -> None:
    answer = ask(
        "sql",
        "SELECT current_date AS day, today() AS also",
        "--json",
        "--as-of",
        "2020",
        POLICYTRACK_TODAY="2026-11-23",
    )
    assert json.loads(answer.out) == [{"day": "2026-11-23", "also": "2026-11-23"}]


def test_an_answer_larger_than_a_table_for_the_eye_is_refused_with_the_way(ask: Callable[..., Run]) -> None:
    done = ask("sql", "FROM range(9000000)", "--format", "table")
    assert done.code == 1 and "larger than 64 MiB" in done.err and "--limit" in done.err and not done.out


def test_an_answer_is_cut_at_the_limit_in_a_format_that_streams(ask: Callable[..., Run]) -> None:
    done = ask("sql", "FROM range(100000)", "--limit", "20000", "--format", "csv")
    assert done.out.splitlines()[-1] == "19999" and "more than 20000 rows" in done.err


def test_an_error_in_the_midst_of_an_answer_leaves_no_file(ask: Callable[..., Run], tmp_path: Path) -> None:
    done = ask(
        "sql",
        "SELECT 1 / (200000 - range)::DECIMAL(9,0) + ('x' || range)[9:]::INT FROM range(300000)",
        "-o",
        str(tmp_path / "f.csv"),
    )
    assert done.code == 1 and done.err.startswith("policytrack: error PT101") and not list(tmp_path.iterdir())


@pytest.mark.soak
@pytest.mark.parametrize("format_", ["csv", "tsv", "json", "jsonl", "markdown", "parquet", "arrow"])
def test_twenty_million_rows_take_bounded_memory_in_parent_and_child(demo_ledger: Path, format_: str) -> None:
    # Python's resource module counts the largest of the children of a process, and of their children.
    code = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True);"
    code += " print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    words = ["-m", "policytrack", "sql", "FROM range(20000000)", "--format", format_, "--timeout", "600"]
    command = [sys.executable, "-c", code, sys.executable, *words]
    done = subprocess.run(command, cwd=demo_ledger, env=environment(), capture_output=True, text=True, check=True)
    assert int(done.stdout) < 250 << 10


@pytest.mark.soak
def test_the_process_of_a_query_ends_with_its_parent(demo_ledger: Path) -> None:
    command = [sys.executable, "-m", "policytrack", "sql", "SELECT sleep_ms(60000)"]
    parent = subprocess.Popen(command, cwd=demo_ledger, env=environment(), stdout=subprocess.DEVNULL)
    child = _wait_for(lambda: _child_of(parent.pid))
    parent.kill()
    parent.wait()
    assert child is not None
    assert _wait_for(lambda: not Path(f"/proc/{child}").exists() or None)


def _child_of(parent: int) -> int | None:
    path = Path(f"/proc/{parent}/task/{parent}/children")
    if not path.exists():
        pytest.skip("no list of the children of a process on this system")
    found = path.read_text().split()
    asleep = found and "sandbox_process" in Path(f"/proc/{found[0]}/cmdline").read_text()
    return int(found[0]) if asleep else None


def _wait_for(look: Callable[[], Any]) -> Any:
    for _ in range(600):
        if (found := look()) is not None:
            return found
        time.sleep(0.05)
    return None
