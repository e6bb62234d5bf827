"""Subscriptions: what is there, then what comes, from any process; and an end that is prompt."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from eventsourcing.dcb.api import DCBSequencedEvent
from eventsourcing.dcb.persistence import DCBListenNotifySubscription

from policytrack.errors import IntegrityTrouble
from policytrack.store.sqlite.recorder import SQLiteDCBRecorder
from tests.store.store_worker import event, with_tag
from tests.store.test_store_verify import tamper


def taken(subscription: DCBListenNotifySubscription[SQLiteDCBRecorder], count: int) -> list[DCBSequencedEvent]:
    return [next(subscription) for _ in range(count)]


def test_past_events_come_first_and_then_those_of_other_writers(recorder: SQLiteDCBRecorder, store: Path) -> None:
    recorder.append([event("firm:f", note=str(n)) for n in range(1_200)])
    with closing(SQLiteDCBRecorder(store)) as other, recorder.subscribe(after=100) as subscription:
        positions = [sequenced.position for sequenced in taken(subscription, 1_100)]
        for _ in range(20):
            other.append([event()])
            recorder.append([event()])
            positions += [sequenced.position for sequenced in taken(subscription, 2)]
    assert positions == list(range(101, 1_241))


def test_a_query_decides_what_comes(recorder: SQLiteDCBRecorder) -> None:
    with recorder.subscribe(with_tag("firm:f")) as subscription:
        recorder.append([event("firm:f"), event("firm:g"), event("firm:f")])
        assert [sequenced.position for sequenced in taken(subscription, 2)] == [1, 3]


def test_stopping_ends_the_iteration_and_the_thread_at_once(recorder: SQLiteDCBRecorder) -> None:
    before = threading.active_count()
    subscription = recorder.subscribe()
    received: list[DCBSequencedEvent] = []
    reader = threading.Thread(target=lambda: received.extend(subscription))
    reader.start()
    time.sleep(0.05)
    assert threading.active_count() == before + 2
    started = time.monotonic()
    subscription.stop()
    reader.join(5)
    subscription._pull_thread.join(5)
    assert time.monotonic() - started < 1
    assert threading.active_count() == before
    assert received == []


def test_stopping_while_the_reader_is_behind_ends_too(recorder: SQLiteDCBRecorder) -> None:
    recorder.append([event(note=str(n)) for n in range(8_000)])
    subscription = recorder.subscribe()
    next(subscription)
    subscription.stop()
    subscription._pull_thread.join(5)
    assert not subscription._pull_thread.is_alive()


def test_an_error_while_watching_reaches_whoever_iterates(recorder: SQLiteDCBRecorder, store: Path) -> None:
    recorder.append([event()])
    tamper(store, "UPDATE dcb_events SET tags = '[' WHERE position = 1")
    subscription = recorder.subscribe()
    with pytest.raises(IntegrityTrouble, match="e1"):
        next(subscription)
    subscription._pull_thread.join(5)
