"""A clock that runs behind, an anchor that is gone, a folder in which nothing can be written: told, and answered."""

from __future__ import annotations

import ctypes
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from policytrack.store.anchor import head_file_beside
from policytrack.store.clock import utc_microseconds
from policytrack.store.sqlite.recorder import SQLiteDCBRecorder
from tests.cli.conftest import Run, environment, head_of, policytrack

SUSPENDED = ("record", "project-suspended", "--project-id", "northern-jinlong-separation", "--effective", "2026-11-01")


def test_a_clock_behind_the_record_is_told_and_the_event_is_recorded(ledger: Path) -> None:
    assert "warning" not in policytrack(ledger, *SUSPENDED).err
    store = ledger / "events.db"
    ahead = utc_microseconds() + 3 * 24 * 3_600 * 1_000_000 + 60_000_000
    with closing(SQLiteDCBRecorder(store, head_file=head_file_beside(store), clock=lambda: ahead)) as recorder:
        last = next(iter(recorder.read(after=head_of(ledger) - 1))).event
        last.tags = ["event:another"]
        last.data = last.data.replace(b"2026-11-01", b"2026-11-02")
        recorder.append([last])
    resumed = ("record", "project-resumed", *SUSPENDED[2:-1], "2026-11-03")
    refused = policytrack(ledger, *resumed)
    assert refused.code == 2 and "hint: set the clock" in refused.err
    run = policytrack(ledger, *resumed, "--yes")
    assert run.code == 0, run.err
    assert (
        "warning: this computer's clock is 3 days behind the last recorded event; new events get that event" in run.err
    )


@pytest.mark.soak
def test_a_head_file_that_is_gone_is_warned_of_until_the_next_recording(ledger: Path) -> None:
    (ledger / "ledger.head").unlink()
    for words in (("capacity",), ("verify", "--quick"), ("status",), ("sql", "SELECT 1")):
        run = policytrack(ledger, *words)
        assert (run.code, run.err.count("warning: ledger.head is missing")) == (0, 1), run.err
    assert policytrack(ledger, "-q", "capacity").err == ""
    assert "warning" in policytrack(ledger, *SUSPENDED).err
    assert "warning" not in policytrack(ledger, "capacity").err


def test_a_new_ledger_without_events_is_not_warned_of(tmp_path: Path) -> None:
    assert policytrack(tmp_path, "init", "new").code == 0
    assert "warning" not in policytrack(tmp_path / "new", "capacity").err


def without_privileges() -> None:
    """Let the modes of files hold for root too: called in a new process before it becomes another program."""
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in (1, 2, 3):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER
        if libc.prctl(24, capability, 0, 0, 0):  # PR_CAPBSET_DROP
            raise OSError(ctypes.get_errno(), "root cannot be bound by the modes of files here")


def bound_by_modes(folder: Path, *words: str, **more: str) -> Run:
    """Run the command as somebody for whom the modes of files hold."""
    done = subprocess.run(
        [sys.executable, "-m", "policytrack", *words], cwd=folder, capture_output=True, timeout=120, check=False,
        env=environment(**more), preexec_fn=without_privileges if os.geteuid() == 0 else None,
    )  # fmt: skip
    run = Run(done.returncode, done.stdout.decode(), done.stderr.decode())
    assert "Traceback" not in run.err and "PT999" not in run.err, run.err
    return run


@pytest.fixture
def archive(ledger: Path) -> Iterator[Path]:
    """The demo ledger where everybody may read and nobody write."""
    may_not_write(ledger)
    try:
        bound_by_modes(ledger, "--version")
    except subprocess.SubprocessError:
        pytest.skip("root may write to whatever is read-only")
    yield ledger
    may_write_again(ledger)


def may_not_write(root: Path) -> None:
    for path in (root, *root.rglob("*")):
        path.chmod(stat.S_IMODE(path.stat().st_mode) & ~0o222 | (0o555 if path.is_dir() else 0o444))


def may_write_again(root: Path) -> None:
    for path in (root, *root.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


@pytest.mark.soak
def test_a_ledger_in_which_nothing_can_be_written_answers_as_ever(archive: Path, demo_ledger: Path) -> None:
    before = sorted(archive.rglob("*"))
    for words in (("capacity",), ("sql", "FROM project ORDER BY ALL"), ("verify", "--quick")):
        run = bound_by_modes(archive, *words)
        assert run.code == 0, run.err
        assert run.out == policytrack(demo_ledger, *words).out
    assert sorted(archive.rglob("*")) == before


@pytest.mark.soak
def test_files_that_sqlite_left_beside_the_store_do_not_matter(archive: Path) -> None:
    expected = policytrack(archive, "capacity").out
    assert (archive / "events.db-shm").exists(), "a reader who may write leaves it"
    run = bound_by_modes(archive, "capacity")
    assert (run.code, run.out) == (0, expected), run.err


@pytest.mark.soak
def test_a_read_model_that_is_missing_there_is_kept_in_the_cache_of_the_user(archive: Path, tmp_path: Path) -> None:
    expected = policytrack(archive, "pending", "--json").out
    may_write_again(archive)
    shutil.rmtree(archive / "readmodel")
    may_not_write(archive)
    cache = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    # With the empty read model that this process's cache has: one without it is built for `elsewhere` below.
    shutil.copytree(Path(os.environ["XDG_CACHE_HOME"], "policytrack", "blank"), tmp_path / "cache/policytrack/blank")
    first = bound_by_modes(archive, "-v", "pending", "--json", **cache)
    assert (first.code, first.out) == (0, expected), first.err
    assert f"its read model is cached in {tmp_path}/cache/policytrack/ledger-" in first.err
    (kept,) = (tmp_path / "cache" / "policytrack").glob("ledger-*/g*.duckdb")
    again = bound_by_modes(archive, "pending", "--json", **cache)
    assert (again.out, kept.exists()) == (expected, True)
    replayed = bound_by_modes(archive, "capacity", "--json", "--head", "e118", **cache)
    assert replayed.code == 0, replayed.err
    elsewhere = bound_by_modes(archive, "pending", "--json", XDG_CACHE_HOME="/dev/null/none", HOME="/dev/null")
    assert (elsewhere.code, elsewhere.out) == (0, expected), elsewhere.err


def test_recording_there_is_refused_and_says_why(archive: Path) -> None:
    before = head_of(archive)
    run = bound_by_modes(archive, *SUSPENDED)
    assert run.code == 5, run.err
    assert "readable and writable" in run.err or "permission" in run.err.lower()
    assert head_of(archive) == before
