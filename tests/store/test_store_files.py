"""The file: made once, opened only if it is ours, durable, copied whole; and what is said when the disk refuses."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from eventsourcing.dcb.persistence import DCBInfrastructureFactory

import policytrack
from policytrack.errors import Busy, IntegrityTrouble, NotFound, PolicytrackError, Refused, UsageError
from policytrack.store.sqlite.files import checkpoint, copy_store, create_store, open_store
from policytrack.store.sqlite.reading import head
from policytrack.store.sqlite.recorder import SQLiteDCBRecorder
from policytrack.store.sqlite.verify import verify_chain
from tests.store.store_worker import event

NOBODY = 65534


def run_elsewhere(program: str, *arguments: Path) -> str:
    """What a program printed that ran in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-B", "-c", program, *map(str, arguments)],
        env={"PYTHONPATH": os.pathsep.join([str(Path(policytrack.__file__).parents[1]), str(Path(__file__).parent)])},
        cwd="/",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_missing_store_is_not_found_and_not_made(tmp_path: Path) -> None:
    for path in (tmp_path / "events.db", tmp_path / "no" / "events.db", tmp_path):
        with pytest.raises(NotFound, match="no event store"):
            SQLiteDCBRecorder(path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["events.db", ":memory:", "a?b=c#d%20.db", "产能.db"])
def test_no_name_of_a_file_is_special(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    create_store(path)
    with closing(SQLiteDCBRecorder(path)) as recorder:
        recorder.append([event()])
    assert [entry.name for entry in tmp_path.iterdir()] == [name]
    assert head(path).position == 1


def test_an_empty_or_foreign_file_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    empty, text, other, newer = (tmp_path / name for name in ("empty", "text", "other", "newer"))
    empty.touch()
    text.write_text("position,type\n" * 1_000)
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE dcb_events (position INTEGER PRIMARY KEY)")
    create_store(newer)
    with closing(sqlite3.connect(newer)) as connection:
        connection.execute("PRAGMA user_version = 2")
    for path, reason in (
        (empty, "is empty"),
        (text, "not a database"),
        (other, "not an event store"),
        (newer, "of format 2"),
    ):
        before = path.read_bytes()
        with pytest.raises(IntegrityTrouble, match=reason):
            SQLiteDCBRecorder(path)
        assert path.read_bytes() == before


def test_a_store_without_one_of_its_triggers_is_refused(store: Path) -> None:
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("DROP TRIGGER dcb_events_no_delete")
    with pytest.raises(IntegrityTrouble, match="dcb_events_no_delete"):
        SQLiteDCBRecorder(store)


@pytest.mark.parametrize("attempt", range(10))
def test_a_store_is_made_once_however_many_try(tmp_path: Path, attempt: int) -> None:
    del attempt  # the race is not the same twice
    path = tmp_path / "events.db"
    answers: list[str] = []

    def create() -> None:
        try:
            create_store(path)
        except Refused as refusal:
            answers.append(refusal.what)
        else:
            answers.append("made")

    threads = [threading.Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == sorted(["made", *[f"{path} already exists"] * 7])
    assert [entry.name for entry in tmp_path.iterdir()] == ["events.db"]
    assert head(path).position == 0


def test_durability_is_set_on_every_connection(store: Path) -> None:
    with closing(open_store(store)) as connection:
        values = {
            pragma: connection.execute(f"PRAGMA {pragma}").fetchone()[0]
            for pragma in ("journal_mode", "synchronous", "recursive_triggers", "busy_timeout")
        }
    assert values == {"journal_mode": "wal", "synchronous": 2, "recursive_triggers": 1, "busy_timeout": 30_000}


def test_a_lock_that_is_not_released_is_busy_after_the_wait_and_nothing_is_written(store: Path) -> None:
    recorder = SQLiteDCBRecorder(store, wait_seconds=0.2)
    with closing(sqlite3.connect(store, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Busy, match=r"locked for 0\.2 s"):
            recorder.append([event()])
        assert list(recorder.read()) == []
    assert recorder.append([event()]) == 1
    recorder.close()


def test_the_environment_names_the_store_and_whether_it_may_be_made(tmp_path: Path) -> None:
    env = {
        "PERSISTENCE_MODULE": "policytrack.store.sqlite.factory",
        "SQLITE_DBNAME": str(tmp_path / "events.db"),
        "CREATE_TABLE": "no",
    }
    with pytest.raises(NotFound):
        DCBInfrastructureFactory.construct(env).dcb_recorder()
    for name, value in (("SQLITE_DBNAME", ""), ("SQLITE_LOCK_TIMEOUT", "long")):
        with pytest.raises(UsageError, match=name):
            DCBInfrastructureFactory.construct({**env, "CREATE_TABLE": "yes", name: value}).dcb_recorder()
    with DCBInfrastructureFactory.construct({**env, "LEDGER_HEAD": "no"}) as factory:
        factory.dcb_recorder().append([event()])
        factory.close()
    assert not (tmp_path / "ledger.head").exists()
    with DCBInfrastructureFactory.construct(env) as factory:
        factory.dcb_recorder().append([event()])
        factory.close()
    assert (tmp_path / "ledger.head").read_text().startswith("e2 sha256:")


def test_a_checkpoint_empties_the_log(recorder: SQLiteDCBRecorder, store: Path) -> None:
    recorder.append([event()])
    log = store.with_name("events.db-wal")
    assert log.stat().st_size > 0
    assert checkpoint(store)
    assert log.stat().st_size == 0


def test_a_checkpoint_that_others_prevent_is_no_error(recorder: SQLiteDCBRecorder, store: Path) -> None:
    recorder.append([event()])
    with recorder.connections.transaction("BEGIN", "reading") as reader:
        reader.execute("SELECT * FROM dcb_events").fetchall()
        recorder.append([event()])
        assert not checkpoint(store)
    assert recorder.head().position == 2


def test_a_backup_holds_what_is_only_in_the_log_and_verifies(
    recorder: SQLiteDCBRecorder, store: Path, tmp_path: Path
) -> None:
    recorder.append([event(f"event:{n}") for n in range(300)])
    target = tmp_path / "copies" / "events.db"
    target.parent.mkdir()
    copy_store(store, target)
    assert [entry.name for entry in target.parent.iterdir()] == ["events.db"]
    assert verify_chain(target).digest_hex == recorder.head().digest_hex
    with closing(SQLiteDCBRecorder(target)) as copy:
        assert copy.append([event("event:new")]) == 301
    with pytest.raises(Refused):
        copy_store(store, target)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users can reach, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="policytrack-test-", dir="/tmp"))  # the suite's own is private
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_a_read_only_folder_is_explained_and_changes_nothing(open_folder: Path) -> None:
    path = open_folder / "events.db"
    create_store(path)
    path.chmod(0o644)
    with closing(SQLiteDCBRecorder(path)) as recorder:
        recorder.append([event("event:1")])
    before = path.read_bytes()
    open_folder.chmod(0o555)
    printed = run_elsewhere(
        "import os, sys\n"
        "from pathlib import Path\n"
        "from tests.store.store_worker import event\n"
        "from policytrack.errors import StorageTrouble\n"
        "from policytrack.store.sqlite.files import create_store\n"
        "from policytrack.store.sqlite.recorder import SQLiteDCBRecorder\n"
        "path = Path(sys.argv[1])\n"
        # To the superuser no folder is read-only. Here, not at the start: nobody may not read the modules.
        f"if os.geteuid() == 0: os.setuid({NOBODY})\n"
        "try: SQLiteDCBRecorder(path).append([event('event:2')])\n"
        "except StorageTrouble as trouble: print(trouble.exit_code, trouble.what, '|', trouble.hint)\n"
        "try: create_store(path.with_name('other.db'))\n"
        "except StorageTrouble as trouble: print(trouble.exit_code, trouble.what)\n",
        path,
    )
    assert "5 disk error while opening the event store" in printed
    assert "readable and writable" in printed
    assert "other.db" in printed
    assert path.read_bytes() == before


def test_a_full_disk_is_explained_and_nothing_acknowledged_is_lost(store: Path) -> None:
    printed = run_elsewhere(
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from tests.store.store_worker import event\n"
        "from policytrack.errors import StorageTrouble\n"
        "from policytrack.store.sqlite.recorder import SQLiteDCBRecorder\n"
        "recorder = SQLiteDCBRecorder(Path(sys.argv[1]))\n"
        "recorder.append([event('event:before')])\n"
        "_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))\n"
        "try: recorder.append([event(f'event:{n}', note='x' * 100) for n in range(5_000)])\n"
        "except StorageTrouble as trouble: print(trouble.exit_code, trouble.what)\n"
        "print(sorted(recorder.positions_of_tags(['event:before', 'event:0', 'event:4999'])))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))\n"
        "print(recorder.append([event('event:after')]))\n",
        store,
    )
    assert printed.splitlines()[0].startswith("5 disk error while")
    assert printed.splitlines()[1:] == ["['event:before']", "2"]
    assert verify_chain(store).events == 2


def test_names_that_are_no_text_are_damage(store: Path) -> None:
    # SQLite quotes the name in its message, which Python then cannot decode.
    named = store.read_bytes().replace(b"dcb_events_type", b"dcb_events\xc2type")
    store.write_bytes(named.replace(b"CREATE INDEX", b"CREATE XNDEX"))
    with pytest.raises(IntegrityTrouble, match="damaged"):
        SQLiteDCBRecorder(store)
    assert verify_chain(store).first_bad_position == 1


def test_no_damage_shows_anything_but_an_error_of_ours(store: Path) -> None:
    with closing(SQLiteDCBRecorder(store)) as recorder:
        recorder.append([event(f"event:{n}", note="x" * 200) for n in range(200)])
    whole = store.read_bytes()
    for length in range(1, len(whole), len(whole) // 40):
        store.write_bytes(whole[:length])
        try:
            with closing(SQLiteDCBRecorder(store)) as cut:
                found = [sequenced.position for sequenced in cut.read()]
        except PolicytrackError:
            pass
        else:
            assert found != list(range(1, 201)) or verify_chain(store).reason
        assert verify_chain(store).first_bad_position is not None
