"""The recorder against the library's in-memory one: the same random calls, the same answers."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from eventsourcing.dcb.api import DCBAppendCondition, DCBEvent, DCBQuery, DCBQueryItem, DCBRecorder
from eventsourcing.dcb.popo import InMemoryDCBRecorder
from eventsourcing.persistence import IntegrityError

from policytrack.store.sqlite.files import create_store
from policytrack.store.sqlite.recorder import SQLiteDCBRecorder
from policytrack.store.sqlite.verify import verify_chain
from tests.store.store_worker import event

TYPES = ["project_approved", "capacity_stated", "stake_stated", "Zürich 产能", "a'b\"c"]
TAGS = [*(f"firm:f-{n}" for n in range(6)), *(f"project:p-{n}" for n in range(6)), "置换:x", "a'b\"c\\", ""]
Answer = tuple[list[tuple[int, str, bytes, list[str]]], int | None]


def some_events(draw: random.Random) -> list[DCBEvent]:
    return [
        DCBEvent(draw.choice(TYPES), draw.choice((b"{}", b"\xff\x00binary", "产能".encode(), b"a\0b", b"")), tags)
        for _ in range(draw.choice((1, 1, 1, 2, 5)))
        for tags in [draw.choices(TAGS, k=draw.randrange(4))]
    ]


def some_query(draw: random.Random) -> DCBQuery | None:
    if draw.random() < 0.05:
        return None
    items = [
        DCBQueryItem(
            types=draw.choices([*TYPES, "unheard of"], k=draw.choice((0, 1, 1, 2))),
            tags=draw.choices([*TAGS, "nobody's"], k=draw.choice((0, 1, 1, 1, 2, 3))),
        )
        for _ in range(draw.choice((0, 1, 1, 2, 4, 30)))
    ]
    # Items without types and tags match everything; few of them, or nothing else is tried.
    kept = [item for item in items if item.types or item.tags or draw.random() < 0.1]
    return DCBQuery(kept)


def answer(recorder: DCBRecorder, query: DCBQuery | None, after: int | None, limit: int | None) -> Answer:
    response = recorder.read(query, after=after, limit=limit)
    found = [(s.position, s.event.type, s.event.data, s.event.tags) for s in response]
    return found, response.head


def appended(recorder: DCBRecorder, events: list[DCBEvent], condition: DCBAppendCondition | None) -> int | None:
    try:
        return recorder.append(events, condition)
    except IntegrityError:
        return None


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(1, 20))])
def test_every_read_and_conditional_append_answers_as_the_in_memory_recorder_does(tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    path = tmp_path / "events.db"
    create_store(path)
    ours, theirs = SQLiteDCBRecorder(path), InMemoryDCBRecorder()
    conflicts = 0
    for _ in range(1_000):
        head = theirs.events[-1].position if theirs.events else 0
        after = draw.choice((None, 0, head, max(0, head - 3), draw.randint(0, head)))
        condition = None if draw.random() < 0.1 else DCBAppendCondition(some_query(draw) or DCBQuery(), after)
        events = some_events(draw)
        position = appended(theirs, events, condition)
        assert appended(ours, events, condition) == position, condition
        conflicts += position is None
        query, limit = some_query(draw), draw.choice((None, None, 0, 1, 5))
        after = draw.choice((None, draw.randint(0, head)))
        assert answer(ours, query, after, limit) == answer(theirs, query, after, limit), (query, after, limit)
    ours.close()
    assert 100 < conflicts < 900
    assert verify_chain(path).events == len(theirs.events)


def test_a_boundary_of_tens_of_thousands_of_items_of_every_kind_is_answered(
    recorder: SQLiteDCBRecorder,
) -> None:
    recorder.append([event(f"project:{n}", f"firm:{n % 7}", name=TYPES[n % 2]) for n in range(2_000)])
    items = [DCBQueryItem(types=[f"type {n}"], tags=[f"project:{n}"]) for n in range(1_000)]
    items += [DCBQueryItem(types=[TYPES[0]], tags=[f"project:{n}"]) for n in range(20_000)]
    items += [DCBQueryItem(tags=[f"project:{n}", f"firm:{n % 7}"]) for n in range(1, 1_000)]
    items += [DCBQueryItem(types=[f"type {n}"]) for n in range(1_000)]
    found = {sequenced.position - 1 for sequenced in recorder.read(DCBQuery(items))}
    assert found == {n for n in range(2_000) if n % 2 == 0 or n < 1_000}
    with pytest.raises(IntegrityError):
        recorder.append([event("x")], DCBAppendCondition(DCBQuery(items), after=1_998))
    assert recorder.append([event("x")], DCBAppendCondition(DCBQuery(items), after=1_999)) == 2_001
