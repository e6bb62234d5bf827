"""A blank read model is kept in the user's cache: used when it is what it was, made again when it is not."""

from __future__ import annotations

import multiprocessing
import os
import stat
from hashlib import sha256
from pathlib import Path

import duckdb
import pytest
from read_model_support import Record, caught_up, make_folder, random_record

from policytrack.cache_folders import user_cache
from policytrack.readmodel import empty_model
from policytrack.readmodel.building import Building
from policytrack.readmodel.folder import ReadModelFolder
from policytrack.readmodel.sql_files import Catalogue
from policytrack.resources import EVENTS, PROJECTIONS


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "policytrack" / "blank"


@pytest.fixture
def record() -> Record:
    return random_record(1, 20)


def built(root: Path, record: Record) -> Path:
    return caught_up(make_folder(root), record)


def test_a_read_model_from_the_blank_one_that_was_kept_equals_one_made_without(
    tmp_path: Path, cache: Path, record: Record
) -> None:
    first = built(tmp_path / "first", record)
    (kept,) = cache.iterdir()
    before = kept.stat().st_mtime_ns
    second = built(tmp_path / "second", record)
    assert [path.stat().st_mtime_ns for path in cache.iterdir()] == [before]
    assert ReadModelFolder.compare(first, second) == []


@pytest.mark.soak
def test_the_one_of_a_ledger_with_files_left_out_is_the_one_of_all_ledgers(tmp_path: Path, cache: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "mine.sql").write_text("SELECT 1 AS one")
    kept = []
    for folder in (None, own):
        catalogue = Catalogue.load(PROJECTIONS, folder, lambda path, text: False)
        with empty_model.start(tmp_path / "empty", catalogue, EVENTS / "reference") as building:
            building.put_away()
        kept.append(sorted(cache.iterdir()))
    assert kept[0] == kept[1]
    assert len(kept[0]) == 1


def test_a_blank_one_that_was_damaged_is_not_used(tmp_path: Path, cache: Path, record: Record) -> None:
    first = built(tmp_path / "first", record)
    (kept,) = cache.iterdir()
    content = bytearray(kept.read_bytes())
    content[len(content) // 2] ^= 1
    kept.chmod(0o644)
    kept.write_bytes(content)
    second = built(tmp_path / "second", record)
    assert ReadModelFolder.compare(first, second) == []
    (again,) = cache.iterdir()
    assert again.read_bytes() != bytes(content)


def test_without_a_cache_nothing_is_kept_and_the_answer_is_the_same(
    tmp_path: Path, cache: Path, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = built(tmp_path / "first", record)
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null/none")
    assert ReadModelFolder.compare(first, built(tmp_path / "second", record)) == []


def test_views_of_another_version_take_the_place_of_the_old_ones(tmp_path: Path, cache: Path, record: Record) -> None:
    folder = make_folder(tmp_path / "first")
    caught_up(folder, record)
    (old,) = cache.iterdir()
    view = tmp_path / "first" / "projections" / "national_capacity.sql"
    view.write_text(view.read_text() + "\n-- changed\n")
    newer = ReadModelFolder(tmp_path / "second", Catalogue.load(view.parent), folder.reference)
    caught_up(newer, record)
    (new,) = cache.iterdir()
    assert new.name != old.name


def _build_apart(root: str) -> Path:
    return str(built(Path(root), random_record(1, 20)))


@pytest.mark.soak
def test_processes_that_find_none_at_once_each_build_a_whole_one(tmp_path: Path, cache: Path, record: Record) -> None:
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        paths = pool.map(_build_apart, [str(tmp_path / f"one-{n}") for n in range(6)], chunksize=1)
    expected = built(tmp_path / "alone", record)
    assert [ReadModelFolder.compare(expected, path) for path in paths] == [[]] * len(paths)
    assert len(list(cache.glob("*.duckdb"))) >= 1
    assert list(cache.glob("*.tmp")) == []


@pytest.mark.parametrize("was_built_here", [True, False])
def test_a_changed_cache_does_not_change_a_rebuild_and_is_replaced(
    tmp_path: Path, cache: Path, record: Record, monkeypatch: pytest.MonkeyPatch, was_built_here: bool
) -> None:
    """Neither in a process that built the empty read model itself, nor in one that has only the changed file."""
    monkeypatch.setattr(empty_model, "_built_here", {})
    expected = built(tmp_path / "first", record)
    if not was_built_here:
        empty_model._built_here.clear()
    (kept,) = cache.iterdir()
    changed = tmp_path / "changed.duckdb"
    changed.write_bytes(kept.read_bytes())
    with duckdb.connect(str(changed)) as connection:
        connection.execute("CREATE OR REPLACE VIEW national_capacity AS SELECT 'CN' AS country_code, 1 AS installed")
    kept.unlink()
    named = "-".join(kept.stem.split("-")[:2])
    (cache / f"{named}-{sha256(changed.read_bytes()).hexdigest()[:32]}.duckdb").write_bytes(changed.read_bytes())
    folder = make_folder(tmp_path / "second")
    assert ReadModelFolder.compare(expected, caught_up(folder, record)) != []  # the cache is in use
    assert bool(empty_model._built_here) == was_built_here  # what was fetched is not held as built here
    assert ReadModelFolder.compare(expected, folder.rebuild(record.head, record.batches)) == []
    assert ReadModelFolder.compare(expected, built(tmp_path / "third", record)) == []


def test_a_process_builds_the_empty_read_model_once_and_again_when_a_sql_file_changes(
    tmp_path: Path, cache: Path, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(empty_model, "_built_here", {})
    built_from: list[Catalogue] = []
    create = Building.create_views
    monkeypatch.setattr(Building, "create_views", lambda self: (built_from.append(self.catalogue), create(self)))
    folder = make_folder(tmp_path / "one")
    expected = folder.rebuild(record.head, record.batches)
    again = make_folder(tmp_path / "two").rebuild(record.head, record.batches)
    assert ReadModelFolder.compare(expected, again) == [] and len(built_from) == 1
    view = tmp_path / "one" / "projections" / "national_capacity.sql"
    view.write_text(view.read_text().replace("'CN'", "'XX'"))
    changed = ReadModelFolder(tmp_path / "three", Catalogue.load(view.parent), folder.reference)
    assert ReadModelFolder.compare(expected, changed.rebuild(record.head, record.batches)) != []
    reference = tmp_path / "two" / "reference" / "activities.csv"
    reference.write_text(reference.read_text() + "rare-earth-refining,Refining,t,refine,\n")
    other = ReadModelFolder(tmp_path / "four", Catalogue.load(tmp_path / "two" / "projections"), reference.parent)
    assert ReadModelFolder.compare(expected, other.rebuild(record.head, record.batches)) != []
    assert len(built_from) == 3


@pytest.mark.soak
def test_a_process_holds_few_empty_read_models(
    tmp_path: Path, cache: Path, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(empty_model, "_built_here", {})
    for number in range(6):
        folder = make_folder(tmp_path / str(number))
        reference = folder.reference / "activities.csv"
        reference.write_text(f"{reference.read_text()}a-{number},A,t,a,\n")
        ReadModelFolder(tmp_path / f"m{number}", folder.catalogue, folder.reference).rebuild(
            record.head, record.batches
        )
    assert len(empty_model._built_here) == 4


@pytest.mark.parametrize("trouble", ["relative", "others may write", "a link"])
def test_a_cache_that_others_could_change_is_not_used(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    if trouble == "relative":
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("HOME", str(tmp_path / "home"))
        monkeypatch.setenv("XDG_CACHE_HOME", "relative")
        assert user_cache("blank") == tmp_path / "home" / ".cache" / "policytrack" / "blank"
        monkeypatch.setattr("sys.platform", "darwin")
        assert user_cache("blank") == tmp_path / "home" / "Library" / "Caches" / "policytrack" / "blank"
        assert not (tmp_path / "relative").exists()
        return
    cache.parent.mkdir(parents=True)
    if trouble == "a link":
        (tmp_path / "elsewhere").mkdir()
        cache.symlink_to(tmp_path / "elsewhere")
    else:
        cache.mkdir()
        cache.chmod(0o777)
    assert user_cache("blank") is None


def test_a_generation_may_be_read_by_those_only_whom_the_umask_allows(tmp_path: Path, record: Record) -> None:
    before = os.umask(0o077)
    try:
        first = built(tmp_path / "first", record.first(10))
        second = caught_up(make_folder(tmp_path / "first"), record)
    finally:
        os.umask(before)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (first, second)] == [0o400, 0o400]
