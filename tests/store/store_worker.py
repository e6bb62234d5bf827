"""What runs in other processes: writers to be killed, racers, and makers of events."""

from __future__ import annotations

import multiprocessing
import random
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from multiprocessing.synchronize import Barrier
from pathlib import Path

from eventsourcing.dcb.api import DCBAppendCondition, DCBEvent, DCBQuery, DCBQueryItem
from eventsourcing.persistence import IntegrityError

from policytrack.store.anchor import head_file_beside
from policytrack.store.sqlite.recorder import SQLiteDCBRecorder

BATCH = 10_000


def processes() -> ForkServerContext:
    """Processes that start fast, because a server has imported everything already."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.store.store_worker"])
    return context


def event(*tags: str, name: str = "project_approved", note: str = "") -> DCBEvent:
    return DCBEvent(name, f'{{"note":"{note}"}}'.encode(), list(tags))


def with_tag(tag: str) -> DCBQuery:
    return DCBQuery([DCBQueryItem(tags=[tag])])


def append_until_killed(store: Path, writer: int, acknowledged: Connection) -> None:
    """Append single events and large batches for ever; send the tag of each once it is acknowledged."""
    draw = random.Random(writer)
    recorder = SQLiteDCBRecorder(store, head_file=head_file_beside(store))
    number = 0
    while True:
        number += 1
        # Every other writer begins with two batches: one is acknowledged on the slowest of machines, and the
        # moment of the kill often lies in the second.
        if (writer % 2 and number <= 2) or draw.random() < 0.1:
            tag = f"batch:{writer}-{number}"
            recorder.append([event(tag, note=str(n)) for n in range(BATCH)])
        else:
            tag = f"event:{writer}-{number}"
            recorder.append([event(tag, "firm:f")])
        acknowledged.send_bytes(tag.encode())


def race(store: Path, racer: int, rounds: int, start: Barrier, results: Connection) -> None:
    """In each round try to draw the same lot; send the rounds that were won."""
    recorder = SQLiteDCBRecorder(store, head_file=head_file_beside(store))
    won = []
    for number in range(rounds):
        lot = f"lot:{number}"
        start.wait(60)
        try:
            recorder.append([event(lot, f"racer:{racer}")], DCBAppendCondition(with_tag(lot)))
        except IntegrityError:
            continue
        except BaseException:
            # The others would wait for this racer at the next start.
            start.abort()
            raise
        won.append(number)
    results.send(won)
