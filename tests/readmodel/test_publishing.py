"""Publishing: what a builder in trouble, or two of them at once, do to the generation that stands."""

from __future__ import annotations

import multiprocessing
import os
import resource
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from read_model_support import caught_up, make_folder, quiet, random_record

from policytrack.errors import StorageTrouble
from policytrack.readmodel.folder import ReadModelFolder
from tests.thinning import one_in


def _names(folder: ReadModelFolder) -> list[str]:
    """The files of the folder; whether FINGERPRINT is among them depends on how old the SQL files are."""
    return sorted(path.name for path in folder.path.iterdir() if path.name != "FINGERPRINT")


def test_what_a_killed_builder_left_behind_is_swept_away(tmp_path: Path) -> None:
    record, folder = random_record(1, 20), make_folder(tmp_path)
    caught_up(folder, record.first(10))
    (folder.path / ".g9-aa-11111111-22222222.tmp").write_bytes(b"half a file")
    (folder.path / ".g9-aa-11111111-22222222.tmp.wal").write_bytes(b"its log")
    (folder.path / ".CURRENT.tmp").write_text("g9")
    spill = folder.path / ".g9-aa-11111111-22222222.tmp.spill"
    spill.mkdir()
    (spill / "block").write_bytes(bytes(100))
    first, second = folder.current(), caught_up(folder, record)
    assert first is not None
    assert _names(folder) == sorted([".lock", "CURRENT", first.path.name, second.name])


def test_files_of_the_users_in_the_folder_are_left_alone(tmp_path: Path) -> None:
    record, folder = random_record(1, 20), make_folder(tmp_path)
    caught_up(folder, record.first(10))
    for name in ("mine.duckdb", "g-notes.duckdb", "notes.tmp"):
        (folder.path / name).write_text("mine")
    caught_up(folder, record)
    assert {"mine.duckdb", "g-notes.duckdb", "notes.tmp"} < set(_names(folder))


def test_a_rebuild_of_the_same_head_takes_the_place_of_the_file_under_its_readers(tmp_path: Path) -> None:
    record, folder = random_record(1, 20), make_folder(tmp_path)
    path = caught_up(folder, record)
    before = path.stat().st_ino
    with duckdb.connect(str(path), read_only=True) as reader:
        assert folder.rebuild(record.head, record.batches, notes=quiet) == path
        assert path.stat().st_ino != before
        assert reader.execute("SELECT count(*), max(position) FROM event").fetchall() == [(20, 20)]


def test_nobody_can_write_into_a_published_file_by_mistake(tmp_path: Path) -> None:
    path = caught_up(make_folder(tmp_path), random_record(1, 20))
    assert path.stat().st_mode & 0o222 == 0


def test_at_most_two_generations_are_kept_and_the_last_is_the_one_that_stands(tmp_path: Path) -> None:
    record, folder, paths = random_record(3, 40), make_folder(tmp_path), []
    for reached in range(0, 41, 8):
        paths.append(caught_up(folder, record.first(reached)))
        assert len(list(folder.path.glob("*.duckdb"))) == min(2, len(paths))
    assert sorted(folder.path.glob("*.duckdb")) == sorted(paths[-2:])
    standing = folder.current()
    assert standing is not None
    assert standing.path == paths[-1]


def test_the_clock_is_the_one_that_was_given(tmp_path: Path) -> None:
    made = make_folder(tmp_path)
    at = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC).replace(tzinfo=None)
    folder = ReadModelFolder(made.path, made.catalogue, made.reference, clock=lambda: at)
    with duckdb.connect(str(caught_up(folder, random_record(1, 3))), read_only=True) as connection:
        assert connection.execute("SELECT built_at FROM meta").fetchall() == [(at,)]


def _build_in_little_room(root: str, room: int, answers: multiprocessing.Queue[str]) -> None:
    """Catch up where no file may grow beyond so many bytes, as on a disk that is full."""
    folder, record = make_folder(Path(root)), random_record(5, 600)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    try:
        caught_up(folder, record, (200,))
    except StorageTrouble as trouble:
        answers.put(f"{trouble.what} · {trouble.hint}")
    else:
        answers.put("built")


@pytest.mark.parametrize("room", one_in(3, [4096, 0, 300_000]))
def test_a_full_disk_leaves_what_stands_and_says_so(tmp_path: Path, room: int) -> None:
    folder, record = make_folder(tmp_path), random_record(5, 600)
    before = caught_up(folder, record.first(50))
    content, names = before.read_bytes(), _names(folder)
    context = multiprocessing.get_context("spawn")
    answers: multiprocessing.Queue[str] = context.Queue()
    builder = context.Process(target=_build_in_little_room, args=(str(tmp_path), room, answers))
    builder.start()
    answer = answers.get(timeout=60)
    builder.join(60)
    assert builder.exitcode == 0
    assert "the events and the current read model are safe" in answer
    assert (before.read_bytes(), _names(folder)) == (content, names)
    assert folder.compare(caught_up(folder, record), caught_up(make_folder(tmp_path, "other"), record)) == []


def _build_together(root: str, answers: multiprocessing.Queue[tuple[str, int]]) -> None:
    folder, record = make_folder(Path(root)), random_record(7, 200)
    taken: list[int] = []
    path = folder.catch_up(record.head, record.digest_at, record.batches, progress=lambda done, _: taken.append(done))
    answers.put((path.name, sum(taken)))


def test_of_builders_that_want_the_same_one_builds_and_the_others_take_it(tmp_path: Path) -> None:
    make_folder(tmp_path)
    context = multiprocessing.get_context("spawn")
    answers: multiprocessing.Queue[tuple[str, int]] = context.Queue()
    builders = [context.Process(target=_build_together, args=(str(tmp_path), answers)) for _ in range(3)]
    for builder in builders:
        builder.start()
    found = [answers.get(timeout=60) for _ in builders]
    for builder in builders:
        builder.join(60)
    assert len({name for name, _ in found}) == 1
    assert sorted(taken for _, taken in found) == [0, 0, 200]


def test_a_folder_that_cannot_be_written_is_storage_trouble_and_what_stands_is_still_read(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root writes everywhere")
    record, folder = random_record(1, 20), make_folder(tmp_path)
    before = caught_up(folder, record.first(10))
    folder.path.chmod(0o555)
    try:
        with pytest.raises(StorageTrouble):
            caught_up(folder, record)
        assert caught_up(folder, record.first(10)) == before
    finally:
        folder.path.chmod(0o755)


def _rebuilt(folder: ReadModelFolder) -> Path:
    return folder.rebuild((0, ""), lambda _after: iter(()))


def _replayed(folder: ReadModelFolder) -> Path:
    return folder.replay((0, ""), lambda _after, _upto: iter(()))


def test_a_read_model_is_not_built_through_a_link_and_nothing_behind_a_link_is_removed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (outside / ".a.tmp").mkdir(parents=True)
    (outside / ".a.tmp" / "precious").write_text("precious")
    for inside in ("", "replay"):
        folder = make_folder(tmp_path / f"ledger{inside}")
        (folder.path / inside).parent.mkdir(parents=True, exist_ok=True)
        (folder.path / inside).symlink_to(outside)
        built = _replayed if inside else _rebuilt
        with pytest.raises(StorageTrouble, match="is a link"):
            built(folder)
    folder = make_folder(tmp_path / "links")
    folder.path.mkdir(parents=True)
    (folder.path / ".b.tmp").symlink_to(outside)
    (folder.path / ".CURRENT.tmp").symlink_to(outside / ".a.tmp" / "precious")
    _rebuilt(folder)
    (folder.path / ".lock").unlink()
    (folder.path / ".lock").symlink_to(outside / "made")
    with pytest.raises(StorageTrouble):
        _rebuilt(folder)
    assert [path.name for path in outside.rglob("*")] == [".a.tmp", "precious"]
    assert (outside / ".a.tmp" / "precious").read_text() == "precious"
