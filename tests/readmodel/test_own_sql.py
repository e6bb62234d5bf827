"""SQL files of a ledger that a stranger sent: they reach no file and no second statement, and stop no command."""

from __future__ import annotations

import os
from datetime import date
from functools import partial
from pathlib import Path

import pytest
from read_model_support import Record, write_catalogue

from policytrack.errors import StorageTrouble
from policytrack.readmodel import own_sql, own_sql_limits
from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.folder import ReadModelFolder
from policytrack.readmodel.session import Session
from policytrack.readmodel.sql_files import LARGEST_OWN, Catalogue
from tests.thinning import one_in

DAY = date(2026, 2, 1)
CHECK = "/* Something is wrong. Severity: warning. One row. */\n"
WRITING = {
    "an E text": "SELECT E'\\'' AS a; COPY (SELECT 1) TO $$TARGET$$; --'",
    "a tagged dollar text": "SELECT $q$ ' $q$ AS a; COPY (SELECT 1) TO $z$TARGET$z$; --'",
    "a comment on a column": """SELECT 1 AS a, 2 AS "a IS 'x'; COPY (SELECT 1) TO 'TARGET'; --" -- words""",
    "an opening comment": "/* it's '; COPY (SELECT 1) TO 'TARGET'; -- */ SELECT 1 AS a",
    "a closed bracket": "SELECT 1 AS a) TO 'TARGET'; COPY (SELECT 1",
    "a nested comment": "/* /* */ SELECT 1 AS a; COPY (SELECT 1) TO 'TARGET'; -- */",
    "another statement": "COPY (SELECT 1) TO 'TARGET'",
    "an attached file": "ATTACH 'TARGET' AS other",
    "a setting": "SET VARIABLE as_of = DATE '2000-01-01'",
    "a change of a table": "WITH gone AS (DELETE FROM event RETURNING *) SELECT * FROM gone",
}
READING = {
    "text": "SELECT content FROM read_text('SECRET')",
    "csv": "SELECT * FROM read_csv('SECRET')",
    "a file as a table": "SELECT * FROM 'SECRET'",
    "by a query": "SELECT * FROM query('FROM read_text(''SECRET'')')",
    "names of files": "SELECT * FROM glob('FOLDER/*')",
    "another database": "SELECT * FROM read_duckdb('SECRET', table_name = 't')",
    "over dates": "SELECT p_as_of AS day, content FROM read_text('SECRET')",
}


LIMITED = own_sql_limits.create


@pytest.fixture(autouse=True)
def _in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Create own SQL without a process of its own, which takes half a second; the tests of the limits start one."""
    monkeypatch.setattr(own_sql_limits, "create", own_sql.create)


def build(tmp_path: Path, files: dict[str, str | bytes]) -> tuple[Path, list[str]]:
    """A read model with these own files, and what was warned of while it was built."""
    projections, reference = write_catalogue(tmp_path)
    own = tmp_path / "own"
    for name, text in files.items():
        (own / name).parent.mkdir(parents=True, exist_ok=True)
        (own / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    record, notes = Record(), []
    record.state("a", 5, "2026-01-01", "2026-01-01")
    folder = ReadModelFolder(tmp_path / "readmodel", Catalogue.load(projections, own), reference, warn=notes.append)
    path = folder.catch_up(record.head, record.digest_at, record.batches)
    with Session(path, Coordinates(DAY, DAY)) as session:
        assert session.query("SELECT installed FROM national_capacity").to_pylist() == [{"installed": 5}]
        assert session.query("SELECT count(*) AS n FROM event").to_pylist() == [{"n": 1}]
    return path, notes


@pytest.mark.tries("escapes")
@pytest.mark.parametrize("text", one_in(6, (pytest.param(text, id=name) for name, text in WRITING.items())))
@pytest.mark.parametrize("name", ["mine.sql", "_mine.sql", "checks/mine.sql"])
def test_a_file_that_would_write_is_left_out_and_writes_nothing(tmp_path: Path, name: str, text: str) -> None:
    target = tmp_path / "written"
    opening = CHECK if name.startswith("checks") else ""
    build(tmp_path, {name: opening + text.replace("TARGET", str(target))})
    assert not target.exists()


@pytest.mark.tries("escapes")
@pytest.mark.parametrize("text", one_in(6, (pytest.param(text, id=name) for name, text in READING.items())))
@pytest.mark.parametrize("name", ["mine.sql", "_mine.sql", "checks/mine.sql"])
def test_a_file_that_would_read_another_file_is_left_out(tmp_path: Path, name: str, text: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text("TOP-SECRET\n")
    select = text.replace("SECRET", str(secret)).replace("FOLDER", str(tmp_path))
    if name.startswith("checks"):
        select = f"{CHECK}SELECT 'a' AS subject, 'b' AS message, [1] AS positions FROM ({select})"
    path, notes = build(tmp_path, {name: select})
    assert any("mine.sql is left out" in note for note in notes)
    with Session(path, Coordinates(DAY, DAY)) as session:
        assert "TOP-SECRET" not in str(session.views())
        assert session.query("SELECT name FROM left_out_view").to_pylist() == [
            {"name": "mine" if name != "_mine.sql" else "_mine"}
        ]


def test_what_editors_and_other_systems_leave_behind_stops_nothing(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / ".#mine.sql").symlink_to("user@host.1:2")
    (own / "folder.sql").mkdir()
    os.mkfifo(own / "pipe.sql")
    (tmp_path / "elsewhere.sql").write_text("SELECT 'TOP-SECRET' AS a")
    (own / "link.sql").symlink_to(tmp_path / "elsewhere.sql")
    path, notes = build(
        tmp_path,
        {
            "._mac.sql": b"Mac OS X\xff\xfe",
            "binary.sql": b"\xff\xfe\x00",
            "large.sql": "SELECT 1 AS a --" + " " * LARGEST_OWN,
            "gone.sql": "SELECT * FROM read_csv('/nowhere/gone.csv')",
            "checks/binary.sql": b"\xff\xfe\x00",
            "good.sql": "SELECT installed AS mine FROM national_capacity",
        },
    )
    with Session(path, Coordinates(DAY, DAY)) as session:
        assert session.query("FROM good").to_pylist() == [{"mine": 5}]
    for name in (".#mine", "folder", "pipe", "link", "._mac", "binary", "large", "gone", "checks/binary"):
        assert sum(f"own/{name}.sql is left out" in note for note in notes) == 1, name
    assert "TOP-SECRET" not in str(notes)


def doubling(count: int) -> dict[str, str | bytes]:
    """Views of which each calls the one before twice: the last calls the first 2 ** count times."""
    files: dict[str, str | bytes] = {"v00.sql": "SELECT p_as_of AS day"}
    for number in range(1, count):
        before = f"v{number - 1:02}_at(p_as_of, p_known_at)"
        files[f"v{number:02}.sql"] = f"SELECT a.day FROM {before} AS a, {before} AS b"
    return files


@pytest.mark.soak
def test_views_that_take_the_engine_for_ever_to_plan_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_sql_limits, "create", partial(LIMITED, seconds=2))
    files = {**doubling(40), "a_good.sql": "SELECT installed AS mine FROM national_capacity"}
    path, notes = build(tmp_path, files)
    assert any("takes more than 2 s or 2 GiB to create" in note for note in notes)
    with Session(path, Coordinates(DAY, DAY)) as session:
        reasons = session.query("SELECT name FROM left_out_view")["name"].to_pylist()
    assert "v39" in reasons


def test_a_mistake_of_the_process_that_creates_own_sql_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_sql_limits, "create", LIMITED)
    monkeypatch.setattr(own_sql_limits, "_PROGRAM", "raise SystemExit('no such thing')")
    with pytest.raises(StorageTrouble, match="no such thing"):
        build(tmp_path, {"mine.sql": "SELECT 1 AS a"})
