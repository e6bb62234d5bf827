"""Catching up: the same read model whatever the batches, and a rebuild whenever what stands does not fit."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from read_model_support import (
    Oracle,
    Record,
    caught_up,
    installed,
    make_folder,
    quiet,
    random_record,
    table_of,
    write_catalogue,
)

from policytrack.errors import IntegrityTrouble, QueryFailed, StorageTrouble
from policytrack.readmodel.building import Building, memory_limit
from policytrack.readmodel.folder import ReadModelFolder
from policytrack.readmodel.sql_files import Catalogue
from tests.thinning import one_in


def test_an_empty_record_has_a_read_model(tmp_path: Path) -> None:
    assert installed(caught_up(make_folder(tmp_path), Record()), "2026-01-01", "2026-01-01") == {}


def test_a_revision_counts_from_the_day_it_was_known_and_an_error_for_every_day(tmp_path: Path) -> None:
    record = Record()
    first = record.state("a", 8000, "2026-02-20", "2026-03-02")
    record.correct(first, "revision", "a", 7200, "2026-02-20", "2026-05-18")
    wrong = record.state("b", 80, "2026-02-20", "2026-03-02")
    record.correct(wrong, "error", "b", 72, "2026-02-20", "2026-03-02")
    path = caught_up(make_folder(tmp_path), record, (1,))
    assert installed(path, "2026-12-31", "2026-04-01") == {"a": Decimal(8000), "b": Decimal(72)}
    assert installed(path, "2026-12-31", "2026-06-01") == {"a": Decimal(7200), "b": Decimal(72)}


@pytest.mark.parametrize("size", [1, 2, 10])
def test_a_correction_of_a_correction_keeps_the_place_of_the_first(tmp_path: Path, size: int) -> None:
    record = Record()
    first = record.state("a", 1, "2026-01-01", "2026-01-01")
    record.state("a", 2, "2026-01-01", "2026-01-01")
    second = record.correct(first, "error", "a", 3, "2026-01-01", "2026-01-01")
    record.correct(second, "error", "a", 4, "2026-01-01", "2026-01-01")
    path = caught_up(make_folder(tmp_path), record, (size,))
    assert installed(path, "2026-02-01", "2026-02-01") == {"a": Decimal(2)}
    with duckdb.connect(str(path), read_only=True) as connection:
        rows = connection.execute("SELECT order_position, superseded_by FROM event ORDER BY position").fetchall()
    assert rows == [(1, 3), (2, None), (1, 4), (1, None)]


def test_an_event_that_names_a_later_one_or_itself_supersedes_nothing(tmp_path: Path) -> None:
    record = Record()
    later = "00000000-0000-0000-0000-000000000002"
    record.state("a", 1, "2026-01-01", "2026-01-01", supersedes={"event_id": later, "because": "error"})
    record.state("b", 2, "2026-01-01", "2026-01-01", supersedes={"event_id": later, "because": "error"})
    path = caught_up(make_folder(tmp_path), record)
    assert installed(path, "2026-02-01", "2026-02-01") == {"a": Decimal(1), "b": Decimal(2)}


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(1, 30))])
def test_catching_up_in_any_batches_equals_a_rebuild_and_the_oracle(tmp_path: Path, seed: int) -> None:
    record, dice = random_record(seed, 150), random.Random(seed)
    rebuilt = caught_up(make_folder(tmp_path, "rebuilt"), record)
    folder = make_folder(tmp_path, "followed")
    reached = 0
    while reached < len(record.rows):
        reached = min(len(record.rows), reached + dice.randrange(1, 40))
        followed = caught_up(folder, record.first(reached), (dice.randrange(1, 9), dice.randrange(1, 30)))
    assert folder.compare(followed, rebuilt) == []
    oracle = Oracle(record)
    for _ in range(15):
        as_of, known_at = ((date(2020, 1, 1) + timedelta(days=dice.randrange(110))).isoformat() for _ in range(2))
        assert installed(followed, as_of, known_at) == oracle.installed(as_of, known_at), (as_of, known_at)


def test_a_difference_in_one_row_is_named(tmp_path: Path) -> None:
    record, other = random_record(1, 20), random_record(1, 20)
    other.state("a", 1, "2026-01-01", "2026-01-01")
    record.state("a", 2, "2026-01-01", "2026-01-01")
    folder = make_folder(tmp_path)
    paths = caught_up(folder, record), caught_up(make_folder(tmp_path, "other"), other)
    assert "capacity_statement" in folder.compare(*paths)
    assert "reference_activities" not in folder.compare(*paths)


def test_what_is_current_is_neither_opened_nor_read_again(tmp_path: Path) -> None:
    record, folder = random_record(1, 20), make_folder(tmp_path)
    path = caught_up(folder, record)
    path.chmod(0o644)
    path.write_bytes(bytes(path.stat().st_size))

    def never(after: int) -> object:
        raise AssertionError(after)

    assert folder.catch_up(record.head, record.digest_at, never, notes=quiet) == path  # type: ignore[arg-type]


def test_only_the_events_after_what_stands_are_asked_for(tmp_path: Path) -> None:
    record, folder, asked = random_record(1, 20), make_folder(tmp_path), []
    caught_up(folder, record.first(15))

    def batches(after: int) -> object:
        asked.append(after)
        return record.batches(after)

    folder.catch_up(record.head, record.digest_at, batches, notes=quiet)  # type: ignore[arg-type]
    assert asked == [15]


def test_events_recorded_after_the_head_was_read_are_not_taken(tmp_path: Path) -> None:
    record, folder = random_record(1, 30), make_folder(tmp_path)
    early = record.first(20)
    path = folder.catch_up(early.head, record.digest_at, record.batches, notes=quiet)
    assert folder.compare(path, caught_up(make_folder(tmp_path, "early"), early)) == []


def test_a_record_with_another_past_is_built_from_the_first_event_with_a_note(tmp_path: Path) -> None:
    folder, notes = make_folder(tmp_path), []
    caught_up(folder, random_record(1, 20))
    other = random_record(2, 30)
    path = folder.catch_up(other.head, other.digest_at, other.batches, notes=notes.append)
    assert "another record" in notes[0]
    assert folder.compare(path, caught_up(make_folder(tmp_path, "other"), other)) == []


def test_a_shorter_record_after_a_restore_replaces_what_stands(tmp_path: Path) -> None:
    record, folder = random_record(1, 30), make_folder(tmp_path)
    caught_up(folder, record)
    path = caught_up(folder, record.first(10))
    assert folder.current() is not None
    assert folder.compare(path, caught_up(make_folder(tmp_path, "short"), record.first(10))) == []


def test_a_process_that_read_an_older_head_does_not_replace_a_newer_generation(tmp_path: Path) -> None:
    record, folder = random_record(1, 30), make_folder(tmp_path)
    newer = caught_up(folder, record)
    older = record.first(20)
    assert folder.catch_up(older.head, record.digest_at, record.batches, notes=quiet) == newer


@pytest.mark.parametrize("damage", one_in(3, ["truncated", "flipped", "empty", "deleted", "pointer"]))
def test_a_damaged_read_model_is_built_again_with_a_note(tmp_path: Path, damage: str) -> None:
    record, folder, notes = random_record(1, 300), make_folder(tmp_path), []
    path = caught_up(folder, record.first(290))
    content = path.read_bytes()
    path.chmod(0o644)
    if damage == "truncated":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "flipped":
        path.write_bytes(bytes(byte ^ 0xFF for byte in content))
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "deleted":
        path.unlink()
    else:
        (folder.path / "CURRENT").write_bytes(b"\xff\x00nothing")
    built = folder.catch_up(record.head, record.digest_at, record.batches, notes=notes.append)
    assert len(notes) == 1
    assert folder.compare(built, caught_up(make_folder(tmp_path, "other"), record)) == []


@pytest.mark.parametrize("change", ["facts", "reference"])
def test_other_facts_or_reference_tables_make_a_rebuild(tmp_path: Path, change: str) -> None:
    record, folder = random_record(1, 20), make_folder(tmp_path)
    before, notes = caught_up(folder, record), []
    projections, reference = write_catalogue(tmp_path)
    changed = projections / "facts/capacity_statement.sql" if change == "facts" else reference / "activities.csv"
    changed.write_text(changed.read_text() + ("-- changed\n" if change == "facts" else "x,X,t,mine,\n"))
    folder = ReadModelFolder(folder.path, Catalogue.load(projections), reference)
    path = folder.catch_up(record.head, record.digest_at, record.batches, notes=notes.append)
    assert path != before
    assert len(notes) == 1


def test_other_views_are_made_over_the_tables_that_stand(tmp_path: Path) -> None:
    record, folder = random_record(1, 20), make_folder(tmp_path)
    caught_up(folder, record)
    projections, reference = write_catalogue(tmp_path)
    (projections / "facility.sql").write_text("/* One. */\nSELECT 'x' AS facility_id, 7 AS installed")
    folder, asked = ReadModelFolder(folder.path, Catalogue.load(projections), reference), []

    def batches(after: int) -> object:
        asked.append(after)
        return record.batches(after)

    path = folder.catch_up(record.head, record.digest_at, batches, notes=quiet)  # type: ignore[arg-type]
    assert installed(path, "2020-02-01", "2020-02-01") == {"x": 7}
    assert asked == []


def test_batches_that_miss_events_are_refused_and_what_stands_stays(tmp_path: Path) -> None:
    record, folder = random_record(1, 20), make_folder(tmp_path)
    before = caught_up(folder, record.first(10))
    with pytest.raises(IntegrityTrouble):
        folder.catch_up(record.head, record.digest_at, lambda _: iter([table_of(record.rows[10:15])]), notes=quiet)
    assert folder.current() is not None
    assert folder.current().path == before
    assert [path.name for path in folder.path.glob(".*tmp*")] == []


def test_a_value_that_a_facts_file_cannot_read_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    record = Record()
    record.state("a", "many", "2026-01-01", "2026-01-01")
    with pytest.raises(QueryFailed, match="capacity_statement"):
        caught_up(make_folder(tmp_path), record)


def test_a_replay_holds_the_first_events_and_nothing_of_what_came_later(tmp_path: Path) -> None:
    record, folder = random_record(3, 60), make_folder(tmp_path)
    caught_up(folder, record)

    def batches(after: int, upto: int) -> Iterator[pa.Table]:
        return record.first(upto).batches(after)

    head = record.first(25).head
    replay = folder.replay(head, batches, notes=quiet)
    assert folder.compare(replay, caught_up(make_folder(tmp_path, "early"), record.first(25))) == []
    before = replay.stat().st_ino
    assert folder.replay(head, batches, notes=quiet).stat().st_ino == before
    assert folder.current() is not None
    assert folder.current().position == 60


def test_what_a_generation_holds_is_in_its_meta_table(tmp_path: Path) -> None:
    record = random_record(1, 20)
    path = caught_up(make_folder(tmp_path), record)
    with duckdb.connect(str(path), read_only=True) as connection:
        (row,) = connection.execute("SELECT position, digest, duckdb_version FROM meta").fetchall()
    assert row == (*record.head, duckdb.__version__)


def test_reference_tables_are_text_and_an_empty_cell_is_unknown(tmp_path: Path) -> None:
    path = caught_up(make_folder(tmp_path), Record())
    with duckdb.connect(str(path), read_only=True) as connection:
        rows = connection.execute("FROM reference_activities ORDER BY unit").fetchall()
    assert rows == [("na", "NA", "NULL", "007", "a, b"), ("rare-earth-mining", "Mining", "t", "mine", None)]


def test_a_disk_that_refuses_leaves_what_stands(tmp_path: Path) -> None:
    record, folder = random_record(1, 20), make_folder(tmp_path)
    before = caught_up(folder, record.first(10))
    blocked = ReadModelFolder(tmp_path / "catalogue.txt" / "below", folder.catalogue, folder.reference)
    (tmp_path / "catalogue.txt").write_text("a file where a folder has to be")
    with pytest.raises(StorageTrouble):
        caught_up(blocked, record)
    assert before.exists()


def test_the_engine_prints_no_progress_among_the_rows(tmp_path: Path) -> None:
    projections, _ = write_catalogue(tmp_path)
    with Building(tmp_path / "any.duckdb", Catalogue.load(projections)) as building:
        assert building._sql.run("SELECT current_setting('enable_progress_bar')") == [(False,)]


@pytest.mark.parametrize(
    ("events", "limit"), [(0, "500MB"), (999_999, "500MB"), (5_000_000, "1000MB"), (10**8, "1200MB")]
)
def test_the_memory_of_a_build_grows_with_the_events_up_to_a_limit(events: int, limit: str) -> None:
    assert memory_limit(events) == limit
