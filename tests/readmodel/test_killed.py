"""Builders that are killed, and several at once: readers always find a whole generation."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from building_process import EVENTS
from read_model_support import Oracle, Record, caught_up, make_folder, random_record
from step_building_process import folder_of

from policytrack.errors import Busy
from policytrack.events import Event
from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.folder import ReadModelFolder
from policytrack.readmodel.folder_lock import building_lock
from policytrack.readmodel.session import Session
from tests.oracles.step_histories import step_history
from tests.tally import tried


def check_what_stands(folder: ReadModelFolder) -> int:
    """Read the generation that stands, whole, and compare it with the oracle; returns its position.

    All is read in one session: a builder may replace the generation meanwhile, and the next session then opens the newer.
    """
    standing = folder.current()
    if standing is None:
        return 0
    assert standing.agrees_with(random_record(7, EVENTS).first(standing.position).head[1])
    with Session(standing.path, Coordinates(date(2020, 2, 10), date(2020, 2, 20))) as session:
        (row,) = session.query(
            "SELECT (SELECT position FROM meta) AS held, (SELECT digest FROM meta) AS digest,"
            " (SELECT count(*) FROM event) AS events, (SELECT max(position) FROM capacity_statement) AS last"
        ).to_pylist()
        installed_now = {each["facility_id"]: each["installed"] for each in session.query("FROM facility").to_pylist()}
    record = random_record(7, EVENTS).first(row["held"])
    assert (row["held"], row["digest"], row["events"]) == (*record.head, record.head[0])
    assert installed_now == Oracle(record).installed("2020-02-10", "2020-02-20")
    position: int = row["held"]
    return position


def kill_builders(root: Path, rounds: int, seed: int) -> None:
    """Kill a builder at random moments, and read after each."""
    dice, folder, position = random.Random(seed), make_folder(root), 0
    for _ in range(rounds):
        with subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("building_process.py")), str(root), str(position)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        ) as builder:
            assert builder.stdout is not None
            builder.stdout.readline()
            for _ in range(dice.randrange(4)):
                check_what_stands(folder)
            time.sleep(dice.random() * 0.12)
            tried("kills")
            builder.kill()
        position = check_what_stands(folder)
    record = random_record(7, EVENTS)
    path = caught_up(folder, record)
    assert folder.compare(path, caught_up(make_folder(root, "fresh"), record)) == []
    assert list(folder.path.glob(".*tmp*")) == []


def test_a_builder_that_is_killed_leaves_a_whole_generation(tmp_path: Path) -> None:
    kill_builders(tmp_path, 2, seed=1)


@pytest.mark.soak
def test_builders_that_are_killed_hundreds_of_times_leave_whole_generations(tmp_path: Path) -> None:
    kill_builders(tmp_path, 400, seed=int(time.time()))


def recorded(events: Sequence[Event]) -> Record:
    """A record of these events."""
    record = Record()
    for position, one in enumerate(events, 1):
        at = datetime(2026, 1, 1) + timedelta(seconds=position)  # noqa: DTZ001 # as the store hands it over
        record.rows.append((position, one.TOPIC, one.to_json(), json.dumps(one.tags()), at))
        record.digests.append(hashlib.sha256(f"{record.digests[-1]}{one.to_json()}".encode()).hexdigest())
    return record


def kill_builders_of_steps(root: Path, rounds: int, seed: int) -> None:
    """Kill a builder of a read model with steps at random moments; what remains equals a rebuild, row for row."""
    dice = random.Random(seed)
    record = recorded(step_history(seed))
    record.write(root / "events.json")
    folder, position, stood = folder_of(root / "readmodel"), 0, set()
    for turn in range(rounds):
        script = Path(__file__).with_name("step_building_process.py")
        with subprocess.Popen(
            [sys.executable, str(script), str(folder.path), str(root / "events.json"), str(position)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        ) as builder:
            assert builder.stdout is not None
            builder.stdout.readline()
            time.sleep(dice.random() * 0.6)
            tried("kills")
            builder.kill()
        standing = folder.current()
        assert standing is not None
        position = standing.position
        stood.add(position)
        if turn % 5 == 0 or position == len(record.rows):
            fresh = folder_of(root / f"fresh-{turn}")
            assert folder.compare(standing.path, caught_up(fresh, record.first(position))) == [], (turn, position)
        if position == len(record.rows):
            folder.discard_current()
            position = 0
    print(f"{rounds} builders killed, at {len(stood)} positions")


@pytest.mark.soak
def test_builders_of_steps_that_are_killed_leave_what_a_rebuild_makes(tmp_path: Path) -> None:
    kill_builders_of_steps(tmp_path, 200, seed=3)


def _follow(root: str, seed: int) -> None:
    folder, dice = make_folder(Path(root)), random.Random(seed)
    for reached in sorted(dice.sample(range(1, 120), 12)):
        whole = random_record(7, EVENTS)
        folder.catch_up(whole.first(reached).head, whole.digest_at, whole.batches)


@pytest.mark.soak
def test_several_builders_at_once_never_go_back_and_never_break_a_reader(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    # A process of its own each: the children of a fork would share the locks of the engine.
    context = multiprocessing.get_context("spawn")
    builders = [context.Process(target=_follow, args=(str(tmp_path), seed)) for seed in (1, 2, 3)]
    for builder in builders:
        builder.start()
    seen = [0]
    while any(builder.is_alive() for builder in builders):
        seen.append(check_what_stands(folder))
    for builder in builders:
        builder.join()
    assert [builder.exitcode for builder in builders] == [0, 0, 0]
    assert seen == sorted(seen)
    assert len([*folder.path.glob("g*.duckdb")]) <= 2


def test_a_builder_that_has_to_wait_too_long_says_so(tmp_path: Path) -> None:
    made = make_folder(tmp_path)
    folder = ReadModelFolder(made.path, made.catalogue, made.reference, wait_seconds=0.1)
    with building_lock(folder.path, 1), pytest.raises(Busy):
        caught_up(folder, random_record(1, 5))


def test_an_open_reader_keeps_its_generation_while_newer_ones_are_published(tmp_path: Path) -> None:
    folder, record = make_folder(tmp_path), random_record(7, 60)
    first = caught_up(folder, record.first(10))
    with Session(first, Coordinates(date(2030, 1, 1), date(2030, 1, 1))) as session:
        for reached in (20, 30, 40, 50, 60):
            caught_up(folder, record.first(reached))
            assert session.query("SELECT count(*) AS n FROM event").to_pylist() == [{"n": 10}]
    assert not first.exists()
