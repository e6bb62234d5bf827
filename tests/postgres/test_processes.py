"""Several processes on one server: one winner each round, a reader that misses nothing, and kills."""

from __future__ import annotations

import random
import threading
import time
from pathlib import Path

import pytest

from policytrack.store.postgres.address import Address
from policytrack.store.postgres.connections import Connections
from policytrack.store.postgres.recorder import PostgresDCBRecorder
from policytrack.store.postgres.schema import create
from policytrack.store.postgres.store import PostgresStore
from policytrack.store.postgres.verify import verify_chain
from tests.postgres.server import Server
from tests.postgres.workers import append_many, append_until_killed, race
from tests.store.store_worker import processes
from tests.tally import tried


@pytest.mark.parametrize(("racers", "rounds"), [(4, 15), pytest.param(8, 1_250, marks=pytest.mark.soak)])
def test_of_racing_processes_exactly_one_wins_each_round(
    address: str, connections: Connections, racers: int, rounds: int
) -> None:
    tried("races", rounds)
    context = processes()
    start, channels, started = context.Barrier(racers), [], []
    for racer in range(racers):
        receiving, sending = context.Pipe(duplex=False)
        started.append(context.Process(target=race, args=(address, racer, rounds, start, sending)))
        channels.append(receiving)
    for process in started:
        process.start()
    won = [number for channel in channels for number in channel.recv()]
    for process in started:
        process.join()
    assert sorted(won) == list(range(rounds))
    report = verify_chain(connections)
    assert (report.position, report.reason) == (rounds, None)


@pytest.mark.parametrize(("writers", "count"), [(3, 40), pytest.param(6, 600, marks=pytest.mark.soak)])
def test_a_reader_that_follows_six_writers_misses_no_event(
    address: str, recorder: PostgresDCBRecorder, writers: int, count: int
) -> None:
    context = processes()
    started = [context.Process(target=append_many, args=(address, writer, count)) for writer in range(writers)]
    seen: list[int] = []
    subscription = recorder.subscribe()
    stop = threading.Timer(300, subscription.stop)
    stop.start()
    for process in started:
        process.start()
    with subscription:
        for sequenced in subscription:
            seen.append(sequenced.position)
            if len(seen) == writers * count:
                break
    stop.cancel()
    for process in started:
        process.join()
    assert seen == list(range(1, writers * count + 1))


@pytest.mark.parametrize("kills", [4, pytest.param(200, marks=pytest.mark.soak)])
def test_a_killed_client_leaves_what_it_acknowledged_and_whole_batches(
    address: str, connections: Connections, kills: int
) -> None:
    context, draw = processes(), random.Random(kills)
    acknowledged: list[str] = []
    for writer in range(kills):
        receiving, sending = context.Pipe(duplex=False)
        process = context.Process(target=append_until_killed, args=(address, writer, sending))
        process.start()
        sending.close()
        acknowledged.append(receiving.recv_bytes().decode())
        time.sleep(draw.uniform(0, 0.15))
        tried("kills")
        process.kill()
        process.join()
        while receiving.poll():
            try:
                acknowledged.append(receiving.recv_bytes().decode())
            except EOFError:
                break
        receiving.close()
    _check(connections, acknowledged)


@pytest.mark.parametrize("kills", [1, pytest.param(20, marks=pytest.mark.soak)])
def test_a_server_killed_while_three_write_has_lost_nothing_that_it_acknowledged(
    server: Server, tmp_path: Path, kills: int
) -> None:
    own = Server(tmp_path)
    own.start(is_durable=True)
    try:
        own.execute("postgres", "CREATE DATABASE desk")
        address = own.address("desk")
        connections = Connections(Address.read(address))
        create(connections)
        context, draw = processes(), random.Random(kills)
        acknowledged: list[str] = []
        for kill in range(kills):
            channels, started = [], []
            for writer in range(3):
                receiving, sending = context.Pipe(duplex=False)
                process = context.Process(target=append_until_killed, args=(address, kill * 3 + writer, sending))
                process.start()
                sending.close()
                channels.append(receiving)
                started.append(process)
            acknowledged += [channel.recv_bytes().decode() for channel in channels]
            time.sleep(draw.uniform(0, 0.3))
            tried("kills")
            own.kill()
            for channel, process in zip(channels, started, strict=True):
                while tag := channel.recv_bytes().decode():
                    acknowledged.append(tag)
                process.join()
            own.start(is_durable=True)
        _check(connections, acknowledged)
        connections.close()
    finally:
        own.stop()


def _check(connections: Connections, acknowledged: list[str]) -> None:
    """Check that every acknowledged tag is there, no batch is in part, and the chain is whole."""
    assert verify_chain(connections).reason is None
    with connections.transaction("counting", is_snapshot=True) as connection:
        rows = connection.execute("SELECT tag, count(*) FROM policytrack.dcb_tags GROUP BY tag").fetchall()
    counts = dict(rows)
    assert set(acknowledged) <= counts.keys()
    assert all(count == (300 if tag.startswith("batch") else 1) for tag, count in counts.items())
    assert PostgresStore(connections.address, Path("nowhere/ledger.head")).head().position == sum(counts.values())
