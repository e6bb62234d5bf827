"""Own SQL of a ledger that a stranger sent: it is not used until the user trusts it, and asked about when it changes."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from pathlib import Path

import duckdb
import pytest

from tests.cli.conftest import Run, policytrack

VIEW = "/* One row. */\nSELECT 42 AS answer\n"
CHECK = "/* Something is wrong. Severity: warning. One row. */\nSELECT 'firm:a' AS subject, 'odd' AS message, [1] AS positions\n"
FILES = {"projections/mine.sql": VIEW, "projections/checks/odd.sql": CHECK, "queries/named.sql": "SELECT 1 AS one\n"}


def write_sql(ledger: Path, files: dict[str, str] = FILES) -> None:
    for name, text in files.items():
        (ledger / name).write_text(text)


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with own SQL, made here."""
    folder = tmp_path_factory.mktemp("sent")
    assert policytrack(folder, "init", "L").code == 0
    ledger = folder / "L"
    assert policytrack(ledger, "record", "firm-registered", "--firm-id", "a", "--name", "A").code == 0
    write_sql(ledger)
    return ledger


@pytest.fixture
def received(sent: Path, tmp_path: Path) -> Path:
    """The same as another user receives it: unpacked, with the read model of its maker."""
    assert policytrack(sent, "sql", "FROM mine").out == "answer\n42\n"
    return shutil.copytree(sent, tmp_path / "L")


def is_used(ledger: Path, *words: str, **more: str) -> tuple[bool, bool, bool]:
    """Whether the view, the check and the query are used."""
    view, check, query = (
        policytrack(ledger, *words, *asked, **more)
        for asked in (("sql", "FROM mine"), ("check", "--list"), ("sql", "--named", "named"))
    )
    return view.code == 0, "odd" in check.out, query.code == 0


def warning(run: Run) -> str:
    (line,) = [line for line in run.err.splitlines() if line.startswith("warning:")]
    return line


def test_a_ledger_that_the_user_made_uses_his_files_and_his_edits_without_a_word(sent: Path) -> None:
    assert is_used(sent) == (True, True, True)
    run = policytrack(sent, "capacity")
    assert "warning" not in run.err
    assert json.loads(policytrack(sent, "status", "--json").out)["untrusted_sql"] == 0


def test_a_received_ledger_answers_without_its_files_and_one_warning_names_them(received: Path) -> None:
    assert is_used(received) == (False, False, False)
    run = policytrack(received, "capacity")
    assert run.code == 0
    assert all(name in warning(run) for name in (*FILES, "--trust"))
    assert json.loads(policytrack(received, "status", "--json").out)["untrusted_sql"] == 3
    doctor = {row["check"]: row for row in json.loads(policytrack(received, "doctor", "--json").out)}
    assert doctor["own SQL"]["state"] == "note"
    assert all(name in doctor["own SQL"]["found"] for name in FILES)
    named = policytrack(received, "sql", "--named", "named")
    assert (named.code, "--trust" in named.err) == (1, True)
    assert "\nmine\t" not in policytrack(received, "schema").out
    listed = policytrack(received, "sql", "--list")
    assert (listed.code, "named" in listed.out) == (0, True)
    assert "mine" not in policytrack(received, "schema", "mine").out


@pytest.mark.soak
def test_trust_is_said_once_and_said_again_of_what_changes(received: Path) -> None:
    trusted = policytrack(received, "--trust", "status")
    assert "trusted as they are now" in trusted.err
    assert is_used(received) == (True, True, True)
    assert "warning" not in policytrack(received, "capacity").err
    write_sql(received, {"projections/mine.sql": VIEW.replace("42", "43")})
    assert is_used(received) == (False, True, True)
    run = policytrack(received, "capacity")
    assert "projections/mine.sql" in warning(run)
    assert "queries/named.sql" not in run.err


@pytest.mark.soak
def test_a_file_as_it_was_is_trusted_again_and_the_environment_trusts_too(received: Path) -> None:
    assert policytrack(received, "--trust", "status").code == 0
    write_sql(received, {"projections/mine.sql": VIEW.replace("42", "43")})
    assert is_used(received) == (False, True, True)
    write_sql(received, {"projections/mine.sql": VIEW})
    assert policytrack(received, "sql", "FROM mine").out == "answer\n42\n"
    write_sql(received, {"projections/mine.sql": VIEW.replace("42", "44")})
    assert policytrack(received, "sql", "FROM mine", POLICYTRACK_TRUST="1").out == "answer\n44\n"
    assert policytrack(received, "sql", "FROM mine").out == "answer\n44\n"


@pytest.mark.soak
def test_what_cannot_be_remembered_is_trusted_for_one_run(received: Path) -> None:
    nowhere = {"XDG_STATE_HOME": "/dev/null/none"}
    run = policytrack(received, "--trust", "sql", "FROM mine", **nowhere)
    assert run.out == "answer\n42\n"
    assert "XDG_STATE_HOME" in run.err
    assert is_used(received, **nowhere) == (False, False, False)


@pytest.mark.soak
def test_a_folder_with_sql_that_is_made_a_ledger_does_not_become_trusted(tmp_path: Path) -> None:
    (tmp_path / "L" / "projections").mkdir(parents=True)
    (tmp_path / "L" / "projections" / "mine.sql").write_text(VIEW)
    made = policytrack(tmp_path, "init", "L")
    assert made.code == 0
    assert "projections/mine.sql" in warning(made)
    assert policytrack(tmp_path / "L", "sql", "FROM mine").code == 1


@pytest.mark.soak
def test_a_ledger_unpacked_in_the_place_of_ones_own_is_not_trusted(sent: Path, tmp_path: Path) -> None:
    assert policytrack(tmp_path, "init", "L").code == 0
    shutil.rmtree(tmp_path / "L")
    shutil.copytree(sent, tmp_path / "L")
    assert is_used(tmp_path / "L") == (False, False, False)
    shutil.rmtree(tmp_path / "L")


def test_a_file_of_another_user_in_ones_own_ledger_is_not_trusted(tmp_path: Path) -> None:
    assert policytrack(tmp_path, "init", "L").code == 0
    path = tmp_path / "L" / "projections" / "mine.sql"
    path.write_text(VIEW)
    assert policytrack(tmp_path / "L", "sql", "FROM mine").code == 0
    path.chmod(0o666)
    assert policytrack(tmp_path / "L", "sql", "FROM mine").code == 1
    path.chmod(0o644)
    if os.geteuid() == 0:
        os.chown(path, 12345, -1)
        assert policytrack(tmp_path / "L", "sql", "FROM mine").code == 1


def test_the_state_folder_is_the_users_alone(tmp_path: Path) -> None:
    state = {"XDG_STATE_HOME": str(tmp_path / "state")}
    assert policytrack(tmp_path, "init", "L", **state).code == 0
    made = [tmp_path / "state" / "policytrack", *(tmp_path / "state" / "policytrack").rglob("*")]
    assert {oct(path.stat().st_mode & 0o777) for path in made} == {"0o700", "0o600"}
    (tmp_path / "L" / "projections" / "mine.sql").write_text(VIEW)
    (tmp_path / "state" / "policytrack").chmod(0o777)
    assert policytrack(tmp_path / "L", "sql", "FROM mine", **state).code == 1


@pytest.mark.soak
def test_a_read_model_that_came_with_the_ledger_is_built_again(received: Path, tmp_path: Path) -> None:
    model = received / "readmodel" / (received / "readmodel" / "CURRENT").read_text().strip()
    model.chmod(0o644)
    with duckdb.connect(str(model)) as forged:
        forged.execute("CREATE OR REPLACE VIEW firm AS SELECT 'forged' AS firm_id")
        forged.execute("CREATE OR REPLACE MACRO firm_at(a, b) AS TABLE SELECT 'forged' AS firm_id")
    unremembered = shutil.copytree(received, tmp_path / "M")
    assert "forged" not in policytrack(received, "sql", "FROM firm").out
    assert policytrack(received, "-v", "capacity").err.count("built again") == 0
    nowhere = {"XDG_STATE_HOME": "/dev/null/none"}
    assert "forged" not in policytrack(unremembered, "sql", "FROM firm", **nowhere).out
    assert (unremembered / "readmodel" / model.name).exists()


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TRIGGER evil AFTER INSERT ON dcb_events BEGIN SELECT 1; END",
        "CREATE TRIGGER evil BEFORE INSERT ON dcb_tags BEGIN SELECT RAISE(IGNORE); END",
        "CREATE TABLE t (a); CREATE TRIGGER evil AFTER INSERT ON t BEGIN DELETE FROM dcb_tags; END",
        "CREATE VIEW evil AS SELECT * FROM dcb_events",
        "CREATE TRIGGER evil AFTER INSERT ON dcb_events BEGIN SELECT 1; END; PRAGMA writable_schema = ON;"
        " UPDATE sqlite_master SET name = 'sqlite_evil', tbl_name = 'x' WHERE name = 'evil'",
    ],
)
def test_an_event_store_with_anything_of_a_stranger_that_acts_is_refused(received: Path, sql: str) -> None:
    with sqlite3.connect(received / "events.db") as store:
        store.executescript(sql)
    store.close()
    run = policytrack(received, "record", "firm-registered", "--firm-id", "b", "--name", "B")
    assert run.code == 6
