"""What runs in other processes: racers, and writers to be killed."""

from __future__ import annotations

from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier

from eventsourcing.dcb.api import DCBAppendCondition, DCBEvent
from eventsourcing.persistence import IntegrityError

from policytrack.errors import PolicytrackError
from policytrack.store.postgres.address import Address
from policytrack.store.postgres.connections import Connections
from policytrack.store.postgres.recorder import PostgresDCBRecorder
from tests.store.store_worker import event, with_tag


def opened(address: str) -> PostgresDCBRecorder:
    return PostgresDCBRecorder(Connections(Address.read(address)))


def race(address: str, racer: int, rounds: int, start: Barrier, results: Connection) -> None:
    """In each round, append if nobody has: the last tonnes of a lot. Send which rounds were won."""
    recorder = opened(address)
    won = []
    for number in range(rounds):
        query = with_tag(f"lot:{number}")
        after = recorder.read(query).head
        start.wait()
        try:
            recorder.append([event(f"lot:{number}", f"racer:{racer}")], DCBAppendCondition(query, after))
            won.append(number)
        except IntegrityError:
            pass
    results.send(won)


def append_many(address: str, writer: int, count: int) -> None:
    """Append single events without a condition, as fast as possible."""
    recorder = opened(address)
    for number in range(count):
        recorder.append([event(f"event:{writer}-{number}")])


def append_until_killed(address: str, writer: int, acknowledged: Connection) -> None:
    """Append single events and batches for ever; send the tag of each once it is acknowledged."""
    recorder = opened(address)
    number = 0
    while True:
        number += 1
        tag = f"batch:{writer}-{number}" if number % 3 else f"event:{writer}-{number}"
        events: list[DCBEvent] = [event(tag, note=str(n)) for n in range(300 if number % 3 else 1)]
        try:
            recorder.append(events)
        except PolicytrackError:  # the server was killed: what it had not acknowledged may be there or not
            acknowledged.send_bytes(b"")
            return
        acknowledged.send_bytes(tag.encode())
