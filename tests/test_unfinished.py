"""What a killed writer left is removed by the next writer of the same file, and nothing else is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from time import sleep

import pytest

from policytrack.cli.output.write import write_file
from policytrack.durable_files import replace_file
from policytrack.store.sqlite.files import copy_store, create_store
from policytrack.unfinished import temporary_folder, unfinished, unfinished_folder


@pytest.fixture(scope="module")
def gone() -> int:
    """The number of a process that has ended."""
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


def test_nothing_is_removed_but_what_a_process_that_is_gone_left_of_this_file(tmp_path: Path, gone: int) -> None:
    left = {f".out.csv.{gone}.new", f".out.csv.{gone}.1234.new", ".out.csv.99999999.new", ".out.csv.4294967297.new"}
    others = {
        f".other.csv.{gone}.new", f"out.csv.{gone}.new", f".out.csv.{gone}.new.bak", f".outXcsv.{gone}.new",
        ".out.csv.new", ".out.csv.one.new", f".out.csv.{gone}.1.2.new", f".out.csv.{os.getppid()}.new",
        f".out.csv.-{gone}.new", ".out.csv.0.new",
    }  # fmt: skip
    for name in left | others:
        (tmp_path / name).write_text("half")
    folder, link = tmp_path / f".out.csv.{gone}.7.new", tmp_path / f".out.csv.{gone}.8.new"
    folder.mkdir()
    link.symlink_to(tmp_path / ".out.csv.new")
    write_file(tmp_path / "out.csv", [b"whole"])
    assert {path.name for path in tmp_path.iterdir()} == {*others, folder.name, link.name, "out.csv"}
    assert (tmp_path / ".out.csv.new").read_text() == "half"


def back_up(path: Path) -> None:
    create_store(path.parent / "events.db")
    copy_store(path.parent / "events.db", path)


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("events.db", create_store),
        ("settings.toml", lambda path: replace_file(path, b"format = 1\n")),
        ("backup.db", back_up),
    ],
)
def test_every_writer_of_whole_files_removes_what_was_left(
    tmp_path: Path, gone: int, name: str, write: Callable[[Path], None]
) -> None:
    left = tmp_path / f".{name}.{gone}.140.new"
    left.write_bytes(b"half")
    write(tmp_path / name)
    assert (tmp_path / name).stat().st_size
    assert not list(tmp_path.glob(".*.new"))


def test_what_is_being_written_is_left_alone_even_by_a_process_that_cannot_see_its_writer(tmp_path: Path) -> None:
    with unfinished(tmp_path / "a") as ours:
        ours.rename(hidden := tmp_path / ".a.99999999.new")  # as if from another container
        write_file(tmp_path / "a", [b"other"])
        assert hidden.exists()


@pytest.mark.parametrize("make", [unfinished, unfinished_folder])
def test_writers_of_one_name_at_a_time_remove_nothing_of_each_other(
    tmp_path: Path, make: Callable[[Path], AbstractContextManager[Path]]
) -> None:
    def write(_: int) -> bool:
        with make(tmp_path / "a") as ours:
            sleep(0.001)
            return ours.exists()

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(write, range(200)))
    assert not list(tmp_path.iterdir())


def test_what_a_killed_export_left_is_removed_by_the_next(tmp_path: Path) -> None:
    program = (
        "import pathlib, sys, time; from policytrack.cli.output.write import write_file\n"
        "def parts():\n    yield b'half'\n    print('ready', flush=True)\n    time.sleep(60)\n"
        "write_file(pathlib.Path(sys.argv[1]), parts())"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "out.jsonl")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdout.readline() == b"ready\n"
        process.send_signal(signal.SIGKILL)
    assert len(list(tmp_path.glob(".out.jsonl.*.new"))) == 1
    write_file(tmp_path / "out.jsonl", [b"whole"])
    assert [path.name for path in tmp_path.iterdir()] == ["out.jsonl"]


def test_a_failure_leaves_the_file_as_it_was_and_nothing_beside_it(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("before")
    with pytest.raises(ZeroDivisionError), unfinished(tmp_path / "a") as new:
        new.write_text(str(1 // 0))
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a", "before")]


@pytest.mark.parametrize("where", ["temporary_folder()", "unfinished_folder(pathlib.Path('out').absolute())"])
def test_a_folder_of_a_killed_process_is_removed_by_the_next_and_one_in_use_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gone: int, where: str
) -> None:
    program = (
        "import pathlib, time; from policytrack.unfinished import temporary_folder, unfinished_folder\n"
        f"with {where} as folder:\n    (folder / 'copy').mkdir()\n    print(folder, flush=True)\n    time.sleep(60)\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    make = temporary_folder if where.startswith("t") else lambda: unfinished_folder(tmp_path / "out")
    others = {f"policytrack-{gone}", f".out.{gone}.new", "policytrack-abc_1234", f"policytrack-{gone}-file"}
    for name in others:
        (tmp_path / name).mkdir()
    (tmp_path / f"policytrack-{gone}-file").rmdir()
    (tmp_path / f"policytrack-{gone}-file").touch()
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        theirs = Path(process.stdout.readline().strip())
        with make() as ours:
            assert (theirs / "copy").exists() and ours.parent == theirs.parent == tmp_path
        process.send_signal(signal.SIGKILL)
    assert theirs.exists()
    with make() as ours:
        assert not theirs.exists() and ours.stat().st_mode & 0o700 == 0o700
    assert {path.name for path in tmp_path.iterdir()} == others
