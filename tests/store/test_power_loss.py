"""The power goes at any moment: nothing acknowledged is lost, and a published read model is whole."""

from __future__ import annotations

import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random

import duckdb
import pytest

from policytrack.errors import PolicytrackError
from policytrack.ledger import Ledger
from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.generation import read_pointer
from policytrack.readmodel.session import Session
from policytrack.store.anchor import head_file_beside
from policytrack.store.sqlite.files import create_store
from policytrack.store.sqlite.recorder import SQLiteDCBRecorder
from policytrack.store.sqlite.verify import verify_chain
from tests.readmodel.ledger_support import opening
from tests.store.power_loss import Disk, traced
from tests.tally import tried

pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(shutil.which("strace") is None, reason="strace traces what is written"),
]
LOSSES = 1_500
APPENDS = """
import os, sys
from pathlib import Path
from policytrack.store.anchor import head_file_beside
from policytrack.store.sqlite import files
from policytrack.store.sqlite.recorder import SQLiteDCBRecorder
from tests.store.store_worker import event

{weakened}
store = Path(sys.argv[1])
for opening in range(3):
    recorder = SQLiteDCBRecorder(store, head_file=head_file_beside(store))
    for number in range(40):
        tag = f"event:{{opening}}-{{number}}"
        recorder.append([event(tag, note="x" * (37 * number)) for _ in range(1 + 29 * (number % 10 == 5))])
        os.write(1, f"{{tag}} ".encode())
    recorder.close()
"""
NORMAL = 'files._DURABLE["synchronous"] = ("NORMAL", 1)'


def lost_after(disk: Disk, acknowledged: list[str], place: Path, random: Random) -> str:
    """Why a store is not right after the loss of power; empty when all that was acknowledged is in it."""
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    for name, content in disk.after_the_loss(random).items():
        if not name.endswith("-shm"):  # SQLite makes it again
            (place / name).write_bytes(content)
    store = place / "events.db"
    try:
        with closing(SQLiteDCBRecorder(store, head_file=head_file_beside(store))) as recorder:
            missing = set(acknowledged) - recorder.positions_of_tags(acknowledged).keys() if acknowledged else set()
        return f"lost {missing}" if missing else verify_chain(store).reason or ""
    except (PolicytrackError, sqlite3.Error) as failure:
        return repr(failure)


def losses(tmp_path: Path, weakened: str, times: int) -> Iterator[str]:
    """What is wrong after each of so many losses of power."""
    folder = tmp_path / "L"
    folder.mkdir()
    create_store(folder / "events.db")
    disk = Disk(folder)
    program = APPENDS.format(weakened=weakened)
    calls = traced([sys.executable, "-c", program, str(folder / "events.db")], tmp_path / "trace")
    random = Random(20261128)
    moments = sorted(random.randrange(len(calls)) for _ in range(times))
    acknowledged: list[str] = []
    done = 0
    for moment in moments:
        for call in calls[done:moment]:
            acknowledged += disk.apply(*call).decode().split()
        done = moment
        tried("losses of power")
        yield lost_after(disk, acknowledged, tmp_path / "after", random)


def test_no_acknowledged_event_is_lost(tmp_path: Path) -> None:
    wrong = [reason for reason in losses(tmp_path, "", LOSSES) if reason]
    assert not wrong, (len(wrong), wrong[:3])


def test_it_would_notice_a_store_that_does_not_wait_for_the_disk(tmp_path: Path) -> None:
    assert any("lost" in reason for reason in losses(tmp_path, NORMAL, LOSSES // 5))


PUBLISHES = """
import shutil, sys
from pathlib import Path
from policytrack.ledger import Ledger
from policytrack.readmodel import folder, generation
from tests.readmodel.ledger_support import stated

shutil._USE_CP_SENDFILE = False  # so that a copy is traced as writes
{weakened}
ledger = Ledger.find(Path(sys.argv[1]))
ledger.trust.assume_made()
for number in range(2):
    ledger.record([stated(10 + number, "baotou", 9000 + number)])
    ledger.generation(notes=lambda _: None)
ledger.rebuild(notes=lambda _: None)
"""
UNSYNCED = "folder.sync = generation.sync = lambda path: None"
FIGURES = "SELECT (SELECT count(*) FROM event) AS events, sum(installed) AS installed FROM national_capacity"
NOW = Coordinates(as_of=date(2026, 1, 1), known_at=date(2026, 1, 1))


def figures(generation: Path) -> tuple[int, Decimal]:
    with Session(generation, NOW) as session:
        (row,) = session.query(FIGURES).to_pylist()
    return row["events"], row["installed"]


def published_after(tmp_path: Path, weakened: str, times: int) -> tuple[set[int], list[str]]:
    """The numbers of events in the published read models after so many losses of power, and what is wrong of others."""
    root = tmp_path / "L"
    ledger = Ledger.create(root, is_temporary=True)
    ledger.record(opening())
    ledger.generation(notes=lambda _: None)
    disk = Disk(root)
    calls = traced([sys.executable, "-c", PUBLISHES.format(weakened=weakened), str(root)], tmp_path / "trace")
    right = {4: Decimal(12000), 5: Decimal(17000), 6: Decimal(17001)}
    random = Random(20261128)
    near = [number for number, (call, _, _) in enumerate(calls) if call in {"fsync", "rename", "unlink"}]
    moments = sorted(min(len(calls), random.choice(near) + random.randint(-2, 3)) for _ in range(times))
    found, wrong, done = set(), [], 0
    for moment in moments:
        for call in calls[done:moment]:
            disk.apply(*call)
        done = max(done, moment)
        tried("losses of power")
        after = tmp_path / "after" / "readmodel"
        shutil.rmtree(after, ignore_errors=True)
        after.mkdir(parents=True)
        for name, content in disk.after_the_loss(random).items():
            if name.startswith("readmodel/") and name.count("/") == 1:
                (after.parent / name).write_bytes(content)
        try:
            generation, damage = read_pointer(after)
            assert generation is not None, damage
            events, installed = figures(generation.path)
            assert (events, installed) == (generation.position, right[events])
            found.add(events)
        except (PolicytrackError, duckdb.Error, AssertionError) as failure:
            wrong.append(repr(failure))
    return found, wrong


def test_the_published_read_model_is_whole(tmp_path: Path) -> None:
    found, wrong = published_after(tmp_path, "", 400)
    assert not wrong, (len(wrong), wrong[:3])
    assert found == {4, 5, 6}


def test_it_would_notice_a_read_model_that_is_published_before_it_is_on_the_disk(tmp_path: Path) -> None:
    assert published_after(tmp_path, UNSYNCED, 60)[1]
