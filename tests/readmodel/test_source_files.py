"""The fingerprint of the SQL files is known without reading them, and never when one of them changed."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from policytrack import resources
from policytrack.errors import Busy
from policytrack.readmodel import source_files
from policytrack.readmodel.folder import ReadModelFolder
from policytrack.readmodel.generation import Fingerprint
from policytrack.readmodel.sql_files import Catalogue
from tests.readmodel.read_model_support import Record, caught_up, write_catalogue

clock = time.time_ns


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path, Path]:
    """SQL files and reference tables as they look ten seconds after the last change, and a folder for a read model."""
    monkeypatch.setattr(time, "time_ns", lambda: clock() + 10_000_000_000)
    projections, reference = write_catalogue(tmp_path)
    folder = tmp_path / "readmodel"
    folder.mkdir()
    return projections, reference, folder


def read(projections: Path, reference: Path, folder: Path) -> tuple[Fingerprint, bool]:
    """The fingerprint, and whether files were read for it."""
    catalogue = Catalogue.load(projections)
    found = source_files.fingerprint(folder, catalogue, reference)
    assert found == Fingerprint.of(Catalogue.load(projections), reference)
    return found, "sql" in catalogue.functions.__dict__


def test_the_files_are_read_once(sources: tuple[Path, Path, Path]) -> None:
    first, was_read = read(*sources)
    assert was_read
    assert read(*sources) == (first, False)


def test_a_change_that_keeps_size_and_time_is_seen(sources: tuple[Path, Path, Path]) -> None:
    projections, reference, _ = sources
    for path in (
        next((projections / "facts").glob("*.sql")),
        next(projections.glob("n*.sql")),
        *reference.glob("*.csv"),
    ):
        before, _ = read(*sources)
        times = path.stat()
        text = path.read_text()
        path.write_text(text[:-1] + ("\t" if text[-1] != "\t" else " "))
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
        after, was_read = read(*sources)
        assert was_read
        assert after != before


def test_files_changed_a_moment_ago_are_read_each_time(
    sources: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: clock() - 3_600_000_000_000)  # however slow the computer
    assert [read(*sources)[1] for _ in range(2)] == [True, True]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"../../elsewhere ../.. ../..\n", b"0" * 64 + b"\n"])
def test_a_damaged_file_is_not_used(sources: tuple[Path, Path, Path], content: bytes) -> None:
    first, _ = read(*sources)
    (sources[2] / source_files.STORED).write_bytes(content)
    assert read(*sources) == (first, True)
    assert read(*sources) == (first, False)


def test_nothing_is_built_from_files_that_change_meanwhile(sources: tuple[Path, Path, Path]) -> None:
    projections, reference, path = sources
    read(*sources)
    folder = ReadModelFolder(path, Catalogue.load(projections), reference)
    view = next(projections.glob("n*.sql"))
    view.write_text(view.read_text() + "\n")
    with pytest.raises(Busy, match="changed while they were read"):
        caught_up(folder, Record())
    assert caught_up(ReadModelFolder(path, Catalogue.load(projections), reference), Record()).exists()


def test_every_sql_file_of_the_project_is_looked_at() -> None:
    catalogue = Catalogue.load(resources.PROJECTIONS)
    looked_at = set(source_files._files(catalogue, resources.EVENTS))
    assert looked_at >= set(resources.PROJECTIONS.rglob("*.sql"))
