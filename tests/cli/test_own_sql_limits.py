"""Own views and checks of a ledger have limits: they stop no command for longer, and the hint says what to do."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.cli.conftest import policytrack
from tests.thinning import one_in

FOREVER = "(SELECT count(*) FROM range(10000000) AS a, range(10000000) AS b WHERE hash(a.range, b.range) = 7)"
LIMIT = {"POLICYTRACK_OWN_SQL_TIMEOUT": "1"}


@pytest.fixture(scope="module")
def endless(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with a view and a check of its own that take for ever."""
    folder = tmp_path_factory.mktemp("endless")
    assert policytrack(folder, "init", "L").code == 0
    ledger = folder / "L"
    assert policytrack(ledger, "record", "firm-registered", "--firm-id", "a", "--name", "A").code == 0
    (ledger / "projections" / "slow.sql").write_text(f"/* One row. */\nSELECT {FOREVER} AS n\n")
    (ledger / "projections" / "checks" / "slow_check.sql").write_text(
        "/* Something is slow. Severity: warning. Asked at recording. One row. */\n"
        f"SELECT 'firm:a' AS subject, concat({FOREVER}) AS message, [2] AS positions WHERE is_new(2)\n"
    )
    return ledger


@pytest.mark.parametrize("words", one_in(2, [("export", "slow"), ("check",)], of_one=True))
@pytest.mark.soak
def test_own_sql_is_stopped_at_its_limit_and_named(endless: Path, words: tuple[str, ...]) -> None:
    started = time.monotonic()
    run = policytrack(endless, *words, **LIMIT)
    assert run.code == 1
    assert "ran longer than 1 s (own " in run.err
    assert "slow" in run.err
    assert "POLICYTRACK_OWN_SQL_TIMEOUT=SECONDS" in run.err
    assert time.monotonic() - started < 60


@pytest.mark.soak
def test_the_page_of_a_date_is_printed_without_what_own_checks_did_not_find_in_time(endless: Path) -> None:
    run = policytrack(endless, "asof", **LIMIT)
    assert run.code == 0
    assert "not checked: the query ran longer than 1 s (own checks: slow_check)" in " ".join(run.out.split())


@pytest.mark.soak
def test_a_recording_is_stored_though_own_checks_take_too_long(endless: Path) -> None:
    run = policytrack(endless, "record", "firm-registered", "--firm-id", "b", "--name", "B", **LIMIT)
    assert run.code == 0
    assert "recorded e2" in run.err
    assert "longer than 1 s" in run.err


@pytest.mark.soak
def test_own_checks_and_views_that_end_answer_as_before(tmp_path: Path) -> None:
    assert policytrack(tmp_path, "init", "L").code == 0
    ledger = tmp_path / "L"
    (ledger / "projections" / "mine.sql").write_text(
        "/* One row. */\nSELECT 1.50::DECIMAL(9, 2) AS amount, p_as_of AS day\n"
    )
    (ledger / "projections" / "checks" / "odd.sql").write_text(
        "/* A firm is odd. Severity: warning. Asked at recording. One row per firm. */\n"
        "SELECT 'firm:' || firm_id AS subject, 'odd' AS message, [position] AS positions\n"
        "FROM event, (SELECT * FROM firm_at(p_as_of, p_known_at)) AS f WHERE type = 'firm_registered' AND is_new(position)\n"
    )
    recorded = policytrack(ledger, "record", "firm-registered", "--firm-id", "a", "--name", "A")
    assert "odd: firm:a: odd" in recorded.err
    (row,) = json.loads(policytrack(ledger, "check", "--json").out)
    assert (row["check_name"], row["subject"], row["events"]) == ("odd", "firm:a", "e1")
    assert json.loads(policytrack(ledger, "export", "mine", "--json").out)[0]["amount"] in (1.5, "1.50")


@pytest.mark.parametrize("given", one_in(3, ["0", "x", "-1", "9999999", "1.5"]))
def test_a_wrong_limit_is_refused(endless: Path, given: str) -> None:
    run = policytrack(endless, "check", POLICYTRACK_OWN_SQL_TIMEOUT=given)
    assert run.code == 2
    assert "POLICYTRACK_OWN_SQL_TIMEOUT" in run.err


@pytest.mark.soak
def test_own_sql_that_is_left_out_is_warned_of(tmp_path: Path) -> None:
    assert policytrack(tmp_path, "init", "L").code == 0
    own = tmp_path / "L" / "projections"
    (own / "lost.sql").write_text("FROM gone", encoding="utf-8")
    (own / "checks" / "blind.sql").write_text(
        "/* Never seen. Severity: error. One row. */ SELECT nothing FROM gone", encoding="utf-8"
    )
    built = policytrack(tmp_path / "L", "capacity")
    assert (built.code, built.err.count("is left out: failed: Catalog Error")) == (0, 2), built.err
    assert policytrack(tmp_path / "L", "capacity").err == ""
    checked = policytrack(tmp_path / "L", "check")
    assert checked.code == 0
    assert checked.err.startswith(f"warning: {own / 'checks' / 'blind.sql'} is left out"), checked.err
