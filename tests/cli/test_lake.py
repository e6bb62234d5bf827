"""`export lake` and `export sqlite`: other engines get the same rows as the read model."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from policytrack.errors import Refused
from policytrack.lake.manifest import MANIFEST, read_manifest
from policytrack.lake.write import PART, write_lake
from policytrack.ledger import Ledger
from policytrack.output.sqlite import stored
from policytrack.readmodel.coordinates import Coordinates
from tests.cli.conftest import policytrack
from tests.copies import copied

Days = tuple[date | None, date | None]
DAYS: list[Days] = [(date(2026, 6, 1), date(2025, 10, 31)), (None, None), (date(2025, 1, 31), date(2025, 1, 31))]
CHOSEN = {"national_capacity", "pending_project", "event_log", "stake"}
TODAY = date(2026, 6, 1)
NOT_IN_A_LAKE = ("meta", "left_out_view", "check_part")


@pytest.fixture(scope="module")
def corrected(demo_ledger: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo ledger, with an early event retracted."""
    folder = copied(demo_ledger, tmp_path_factory.mktemp("corrected") / "ledger")
    assert policytrack(folder, "retract", "e120", "--because", "error", "--reason", "a test", "-y").code == 0
    return folder


def written(ledger: Path, lake: Path, *, head: int | None = None, part: int = PART) -> int:
    """Write the lake; return the number of files that were new or changed."""
    opened = Ledger(ledger)
    with opened.ask(Coordinates(TODAY, TODAY, head=head), notes=print) as session:
        done = write_lake(session, lake, ledger="demo", digest_at=opened.store.digest_at, part=part)
    return done.changed


def over(lake: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET VARIABLE lake = $lake", {"lake": str(lake)})
    connection.execute((lake / "views.sql").read_text(encoding="utf-8"))
    return connection


def model_of(ledger: Path) -> duckdb.DuckDBPyConnection:
    assert policytrack(ledger, "status").code == 0
    current = (ledger / "readmodel" / "CURRENT").read_text(encoding="utf-8").split()[0]
    return duckdb.connect(str(ledger / "readmodel" / current), read_only=True)


def rows_at(connection: duckdb.DuckDBPyConnection, table: str, days: Days) -> Any:
    for name, day in zip(("as_of", "known_at"), days, strict=True):
        connection.execute(f"SET VARIABLE {name} = $day::DATE", {"day": day}).fetchall()
    found = connection.execute(f'SELECT * FROM "{table}" ORDER BY ALL')
    return [column[:2] for column in found.description or ()], found.fetchall()


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.soak  # `test_a_database_has_the_rows_of_every_view` compares another export in the suite
def test_every_table_and_view_over_a_lake_has_the_rows_of_the_read_model(corrected: Path, tmp_path: Path) -> None:
    equal(corrected, tmp_path, CHOSEN, DAYS[:1])


@pytest.mark.soak
def test_every_view_at_several_dates(corrected: Path, tmp_path: Path) -> None:
    equal(corrected, tmp_path, None, DAYS)


def equal(ledger: Path, folder: Path, chosen: set[str] | None, days_of_views: list[Days]) -> None:
    """Compare all tables, and the chosen or all views, with those of the read model."""
    written(ledger, folder / "lake", part=100)
    with closing(over(folder / "lake")) as lake, closing(model_of(ledger)) as model:
        names = [row[0] for row in model.execute("SELECT table_name FROM information_schema.tables").fetchall()]
        views = {row[0] for row in model.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()}
        left_out = {*NOT_IN_A_LAKE} | (set() if chosen is None else views - chosen)
        for name in sorted({*names} - left_out):
            for days in days_of_views if name in views else DAYS[:1]:
                assert rows_at(lake, name, days) == rows_at(model, name, days), (name, days)


def test_full_parts_never_change_and_the_same_head_gives_the_same_bytes(corrected: Path, tmp_path: Path) -> None:
    grown, whole = tmp_path / "grown", tmp_path / "whole"
    written(corrected, grown, head=310, part=100)
    before = digests(grown)
    assert "facts/event/part-000000000301.parquet" in before
    assert written(corrected, grown, part=100) > 0
    after = digests(grown)
    full = [path for path in before if path.endswith(("part-000000000001.parquet", "part-000000000101.parquet"))]
    assert full
    assert all(before[path] == after[path] for path in full)
    assert before["superseded.parquet"] != after["superseded.parquet"]  # e120, retracted by a later event
    assert written(corrected, grown, part=100) == 0
    written(corrected, whole, part=100)
    assert digests(whole) == after


@pytest.mark.soak
def test_a_part_that_was_altered_is_written_again(corrected: Path, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    written(corrected, lake, part=100)
    before = digests(lake)
    (lake / "facts/event/part-000000000001.parquet").write_bytes(b"other")
    (lake / "facts/claim/part-000000000001.parquet").unlink()
    assert written(corrected, lake, part=100) == 2
    assert digests(lake) == before


def test_the_manifest_names_the_head_and_every_file(corrected: Path, tmp_path: Path) -> None:
    written(corrected, tmp_path, part=100)
    manifest = json.loads((tmp_path / MANIFEST).read_text(encoding="utf-8"))
    assert manifest["digest"] == Ledger(corrected).store.digest_at(manifest["position"])
    assert {one["path"]: one["sha256"] for one in manifest["files"]} == {
        path: digest for path, digest in digests(tmp_path).items() if path != MANIFEST
    }


@pytest.mark.soak
def test_an_export_that_was_killed_is_continued(corrected: Path, tmp_path: Path) -> None:
    def killed(done: int, of: int) -> None:
        raise KeyboardInterrupt(f"{done} of {of}")

    opened = Ledger(corrected)
    with opened.ask(Coordinates(TODAY, TODAY), notes=print) as session, pytest.raises(KeyboardInterrupt):
        write_lake(session, tmp_path, ledger="demo", digest_at=opened.store.digest_at, progress=killed, part=100)
    whole = tmp_path.with_name("whole")
    written(corrected, whole, part=100)
    written(corrected, tmp_path, part=100)
    assert digests(tmp_path) == digests(whole)


@pytest.mark.soak
def test_a_lake_of_another_ledger_or_a_later_head_is_refused(corrected: Path, tmp_path: Path) -> None:
    written(corrected, tmp_path, head=20)
    before = digests(tmp_path)
    with pytest.raises(Refused, match="ends at e10"):
        written(corrected, tmp_path, head=10)
    assert digests(tmp_path) == before
    manifest = (tmp_path / MANIFEST).read_text(encoding="utf-8")
    digest = json.loads(manifest)["digest"]
    (tmp_path / MANIFEST).write_text(manifest.replace(digest, digest[::-1]), encoding="utf-8")
    with pytest.raises(Refused, match="another ledger: its event e20 has another digest"):
        written(corrected, tmp_path)


@pytest.mark.parametrize("path", ["../x", "facts/../../x", "/etc/x", ".x", "facts//x", "a/.hidden"])
def test_a_manifest_cannot_name_files_outside_the_folder(tmp_path: Path, path: str) -> None:
    file = {"path": path, "rows": 0, "size": 0, "sha256": "0" * 64}
    content = {"ledger": "x", "position": 1, "digest": "0" * 64, "tables": "", "files": [file]}
    (tmp_path / MANIFEST).write_text(json.dumps({"format": "policytrack-lake/1", **content}), encoding="utf-8")
    with pytest.raises(Exception, match="is not the manifest of a lake: files"):
        read_manifest(tmp_path)


def test_the_command_writes_a_lake_and_refuses_what_does_not_apply(demo_ledger: Path, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    run = policytrack(demo_ledger, "export", "lake", str(lake))
    assert run.code == 0, run.err
    assert f"lake of e1–e428 in {lake}: " in run.err
    again = policytrack(demo_ledger, "export", "lake", str(lake))
    assert ": 0 files of " in again.err
    for words, says in (
        (("--as-of", "2025-01-01"), "--as-of does not apply to a lake"),
        (("--format", "csv"), "--format does not apply to lake"),
        (("--verbatim",), "--verbatim does not apply to lake"),
    ):
        refused = policytrack(demo_ledger, "export", "lake", str(tmp_path / "no"), *words)
        assert (refused.code, says in refused.err) == (2, True), refused.err
    assert not (tmp_path / "no").exists()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").touch()
    assert "holds other files" in policytrack(demo_ledger, "export", "lake", str(tmp_path / "full")).err
    assert "is a ledger" in policytrack(demo_ledger, "export", "lake", str(demo_ledger)).err


@pytest.fixture(scope="module")
def database(demo_ledger: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    file = tmp_path_factory.mktemp("sqlite") / "brief.sqlite"
    run = policytrack(demo_ledger, "export", "sqlite", str(file), "--as-of", "2025-10-31", "--known-at", "2025-10-31")
    assert run.code == 0, run.err
    with closing(sqlite3.connect(file)) as opened:
        yield opened


def test_a_database_has_the_rows_of_every_view(demo_ledger: Path, database: sqlite3.Connection) -> None:
    with closing(model_of(demo_ledger)) as model:
        views = [row[0] for row in model.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()]
        tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        assert {name for (name,) in tables} == {*views, "column_meaning", "coordinate"}
        for view in CHOSEN:
            columns, rows = rows_at(model, view, (date(2025, 10, 31), date(2025, 10, 31)))
            found = database.execute(f'SELECT * FROM "{view}"').fetchall()
            assert len(found) == len(rows), view
            flat = [place for place, (_, type_) in enumerate(columns) if not str(type_).startswith(("STRUCT", "LIST"))]
            flat = [place for place in flat if "[" not in str(columns[place][1])]
            expected = [tuple(_plainly(row[place]) for place in flat) for row in rows]
            assert [tuple(row[place] for place in flat) for row in found] == expected, view


def _plainly(value: Any) -> Any:
    return str(value) if type(value).__name__ == "UUID" else stored(value)


def test_a_database_says_where_it_stands_and_what_its_columns_are(database: sqlite3.Connection) -> None:
    stands = dict(database.execute("SELECT name, value FROM coordinate"))
    assert (stands["as_of"], stands["known_at"], stands["head"]) == ("2025-10-31", "2025-10-31", "e428")
    meanings = database.execute("SELECT view, column, meaning FROM column_meaning").fetchall()
    assert ("national_capacity", "net", "installed minus owed retirement: what counts once all swaps are carried out")[
        :2
    ] in {row[:2] for row in meanings}
    assert all(meaning for _, _, meaning in meanings)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal("45800.000"), 45800),
        (Decimal("0.125"), 0.125),
        (Decimal("123456789012.345"), 123456789012.345),
        (Decimal("12345678901234567.125"), "12345678901234567.125"),
        (Decimal(10) ** 19, "10000000000000000000"),
        (True, 1),
        (None, None),
        (date(2025, 1, 31), "2025-01-31"),
        ([{"language": "zh", "name": "包钢"}], '[{"language": "zh", "name": "包钢"}]'),
    ],
)
def test_a_value_is_stored_exactly(value: Any, expected: Any) -> None:
    assert stored(value) == expected
    assert type(stored(value)) is type(expected)


@pytest.mark.skipif(os.name == "nt", reason="files have no FIFO there")
def test_a_database_replaces_no_folder_no_device_and_no_event_store(demo_ledger: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for target, says in ((tmp_path, "is not a file"), (tmp_path / "pipe", "is not a file")):
        run = policytrack(demo_ledger, "export", "sqlite", str(target))
        assert (run.code, says in run.err) == (2, True), run.err
    run = policytrack(demo_ledger, "export", "sqlite", str(demo_ledger / "events.db"))
    assert (run.code, "is a file of the ledger" in run.err) == (2, True), run.err
    run = policytrack(demo_ledger, "export", "sqlite", str(tmp_path / "no" / "x.sqlite"))
    assert (run.code, "cannot write" in run.err) == (5, True), (run.code, run.err)
