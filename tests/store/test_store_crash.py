"""Processes killed at any moment, and processes that race: nothing acknowledged is lost, exactly one wins."""

from __future__ import annotations

import random
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from policytrack.store.anchor import head_file_beside
from policytrack.store.sqlite.files import create_store
from policytrack.store.sqlite.recorder import SQLiteDCBRecorder
from policytrack.store.sqlite.verify import verify_chain
from tests.store.store_worker import BATCH, append_until_killed, processes, race
from tests.tally import tried

KILLS_PER_STORE = 5
RACERS = 8


def kill_a_writer(store: Path, writer: int, seconds: float) -> list[str]:
    """The tags that a writer had acknowledged when it was killed, some time after its first."""
    context = processes()
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=append_until_killed, args=(store, writer, sending))
    process.start()
    sending.close()
    acknowledged = [receiving.recv_bytes().decode()]
    time.sleep(seconds)
    tried("kills")
    process.kill()
    process.join()
    process.close()
    try:
        while True:
            acknowledged.append(receiving.recv_bytes().decode())
    except EOFError:
        receiving.close()
    return acknowledged


def torn_batches(store: Path) -> list[tuple[str, int]]:
    with closing(sqlite3.connect(store)) as connection:
        return connection.execute(
            "SELECT tag, count(*) FROM dcb_tags WHERE tag LIKE 'batch:%' GROUP BY tag HAVING count(*) <> ?",
            (BATCH,),
        ).fetchall()


@pytest.mark.parametrize("kills", [10, pytest.param(1_000, marks=pytest.mark.soak)])
def test_writers_killed_at_random_moments_lose_nothing_and_tear_nothing(tmp_path: Path, kills: int) -> None:
    draw = random.Random(kills)
    batches = 0
    for number in range(kills // KILLS_PER_STORE):
        store = tmp_path / str(number) / "events.db"
        store.parent.mkdir()
        create_store(store)
        everything: list[str] = []
        for writer in range(number * KILLS_PER_STORE, (number + 1) * KILLS_PER_STORE):
            everything += kill_a_writer(store, writer, draw.uniform(0, 0.15))
            with closing(SQLiteDCBRecorder(store, head_file=head_file_beside(store))) as recorder:
                assert recorder.positions_of_tags(everything).keys() == set(everything)
            assert torn_batches(store) == []
        assert verify_chain(store).reason is None
        batches += sum(tag.startswith("batch:") for tag in everything)
        store.unlink()
    assert batches > 0


@pytest.mark.parametrize("rounds", [20, pytest.param(1_000, marks=pytest.mark.soak)])
def test_of_processes_that_race_for_one_lot_exactly_one_wins_each_round(store: Path, rounds: int) -> None:
    tried("races", rounds)
    context = processes()
    start = context.Barrier(RACERS)
    pipes = [context.Pipe(duplex=False) for _ in range(RACERS)]
    racers = [
        context.Process(target=race, args=(store, racer, rounds, start, sending))
        for racer, (_, sending) in enumerate(pipes)
    ]
    for racer in racers:
        racer.start()
    for _, sending in pipes:
        # With this end closed, a racer that dies ends the waiting for its results.
        sending.close()
    won = [number for receiving, _ in pipes for number in receiving.recv()]
    for racer in racers:
        racer.join(10)
        racer.close()
    for receiving, _ in pipes:
        receiving.close()
    assert sorted(won) == list(range(rounds))
    report = verify_chain(store)
    assert (report.events, report.reason) == (rounds, None)
