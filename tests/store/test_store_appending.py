"""Appending: all or nothing, dense positions, instants that never run backwards, nothing ever changed."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from eventsourcing.dcb.api import DCBAppendCondition, DCBEvent
from eventsourcing.persistence import IntegrityError, ProgrammingError

from policytrack.errors import IntegrityTrouble, MalformedInput
from policytrack.store.sqlite.files import create_store
from policytrack.store.sqlite.recorder import SQLiteDCBRecorder
from policytrack.store.sqlite.verify import verify_chain
from tests.store.store_worker import event, with_tag
from tests.store.test_store_verify import tamper

DAY = 24 * 60 * 60 * 1_000_000
NOON = 1_790_000_000_000_000


def instants(store: Path) -> list[int]:
    connection = sqlite3.connect(store)
    rows = connection.execute("SELECT recorded_at FROM dcb_events ORDER BY position").fetchall()
    connection.close()
    return [instant for (instant,) in rows]


def recorder_at(store: Path, *clock: int) -> SQLiteDCBRecorder:
    readings = iter(clock)
    return SQLiteDCBRecorder(store, clock=lambda: next(readings))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE dcb_events SET data = '{}' WHERE position = 2",
        "UPDATE dcb_tags SET tag = 'other' WHERE position = 2",
        "DELETE FROM dcb_events WHERE position = 3",
        "DELETE FROM dcb_tags",
        "INSERT OR REPLACE INTO dcb_events SELECT position, type, '{}', tags, recorded_at, digest "
        "FROM dcb_events WHERE position = 2",
        "REPLACE INTO dcb_events SELECT * FROM dcb_events WHERE position = 3",
        "INSERT INTO dcb_events SELECT position + 5, type, data, tags, recorded_at, digest FROM dcb_events",
        "INSERT INTO dcb_events (type, data, tags, recorded_at, digest) VALUES ('a', '{}', '[]', 1, x'00')",
    ],
)
@pytest.mark.parametrize("recursive", ["ON", "OFF"])
def test_a_foreign_connection_cannot_update_delete_or_replace(
    recorder: SQLiteDCBRecorder, statement: str, recursive: str
) -> None:
    recorder.append([event(f"event:{n}", note=str(n)) for n in range(3)])
    before = list(recorder.read())
    connection = sqlite3.connect(recorder.path, isolation_level=None)
    connection.execute(f"PRAGMA recursive_triggers = {recursive}")
    with pytest.raises(sqlite3.IntegrityError):
        connection.execute(statement)
    connection.close()
    assert list(recorder.read()) == before


def test_our_own_connections_cannot_replace_a_row_of_the_tags(recorder: SQLiteDCBRecorder) -> None:
    recorder.append([event("event:1")])
    with (
        pytest.raises(IntegrityTrouble, match="immutable"),
        recorder.connections.transaction("BEGIN", "replacing a tag") as connection,
    ):
        connection.execute("REPLACE INTO dcb_tags SELECT * FROM dcb_tags")


def test_a_refused_append_leaves_no_gap_in_the_positions(recorder: SQLiteDCBRecorder) -> None:
    recorder.append([event("lot:1")])
    with pytest.raises(IntegrityError):
        recorder.append([event("lot:1")] * 10, DCBAppendCondition(with_tag("lot:1")))
    assert recorder.append([event("lot:1")]) == 2


def test_an_append_larger_than_a_chunk_is_one_append(store: Path) -> None:
    recorder = SQLiteDCBRecorder(store)
    assert recorder.append([event(f"event:{n}", "firm:f") for n in range(50_001)]) == 50_001
    assert recorder.positions_of_tags(["event:0", "event:49999", "event:50000", "firm:f", "event:-1"]) == {
        "event:0": 1,
        "event:49999": 50_000,
        "event:50000": 50_001,
        "firm:f": 1,
    }
    recorder.close()
    assert verify_chain(store).events == 50_001
    assert len(set(instants(store))) == 1


def test_an_append_that_fails_half_way_leaves_nothing(recorder: SQLiteDCBRecorder) -> None:
    events = [event(f"event:{n}") for n in range(60_000)]
    events[-1] = event("event:\ud800")
    with pytest.raises(MalformedInput):
        recorder.append(events)
    assert recorder.head().position == 0
    assert recorder.positions_of_tags(["event:0"]) == {}


@pytest.mark.parametrize("bad", [event("a\0b"), event(name="a\0b"), event("\udfff"), event(name="\ud800")])
def test_text_that_other_programs_would_cut_or_refuse_is_refused(recorder: SQLiteDCBRecorder, bad: DCBEvent) -> None:
    with pytest.raises(MalformedInput):
        recorder.append([event(), bad])
    assert recorder.head().position == 0


def test_a_tag_that_only_looks_like_an_escaped_nul_is_kept(recorder: SQLiteDCBRecorder) -> None:
    recorder.append([event("a\\u0000b")])
    assert [s.event.tags for s in recorder.read(with_tag("a\\u0000b"))] == [["a\\u0000b"]]


def test_data_is_text_for_every_client_when_it_is_text(recorder: SQLiteDCBRecorder, store: Path) -> None:
    recorder.append([DCBEvent("a", '{"名":"北方"}'.encode()), DCBEvent("b", b"\xff"), DCBEvent("c", b"a\0b")])
    connection = sqlite3.connect(store)
    rows = connection.execute("SELECT data FROM dcb_events ORDER BY position").fetchall()
    connection.close()
    assert rows == [('{"名":"北方"}',), (b"\xff",), (b"a\0b",)]


def test_no_events_are_no_append(recorder: SQLiteDCBRecorder) -> None:
    with pytest.raises(ProgrammingError):
        recorder.append([])
    with pytest.raises(ProgrammingError):
        recorder.append([event()], recorded_at=[1, 2])


def test_each_append_is_later_than_the_last_even_when_the_clock_runs_backwards(store: Path) -> None:
    recorder = recorder_at(store, NOON, NOON - 5, NOON - 2 * DAY, NOON + 1)
    warnings = []
    for _ in range(4):
        recorder.append([event()])
        warnings.append(recorder.clock_warning)
    recorder.close()
    assert instants(store) == [NOON, NOON + 1, NOON + 2, NOON + 3]
    assert [warning is not None for warning in warnings] == [False, False, True, False]
    assert str(warnings[2]) == "this computer's clock is 2 days behind the last recorded event"
    assert verify_chain(store).reason is None


def test_a_clock_far_ahead_is_kept_and_warned_about(store: Path) -> None:
    recorder = recorder_at(store, NOON, NOON + 3 * DAY)
    recorder.append([event()])
    recorder.append([event()])
    recorder.close()
    assert instants(store) == [NOON, NOON + 3 * DAY]
    assert recorder.clock_warning is not None
    assert not recorder.clock_warning.is_backwards


def test_an_exported_record_comes_back_with_its_instants_and_the_same_digest(store: Path, tmp_path: Path) -> None:
    first = recorder_at(store, NOON, NOON + 7)
    first.append([event("event:1"), event("event:2")])
    first.append([event("event:3")])
    copy = tmp_path / "copy" / "events.db"
    copy.parent.mkdir()
    create_store(copy)
    second = SQLiteDCBRecorder(copy)
    second.append([sequenced.event for sequenced in first.read()], recorded_at=instants(store))
    assert second.head() == first.head()
    first.close()
    second.close()


@pytest.mark.parametrize("recorded_at", [[NOON, NOON - 1], [NOON - DAY, NOON]])
def test_an_imported_instant_before_the_last_one_is_refused(store: Path, recorded_at: list[int]) -> None:
    recorder = recorder_at(store, NOON - 10)
    recorder.append([event()])
    with pytest.raises(MalformedInput, match="of 2 is earlier"):
        recorder.append([event(), event()], recorded_at=recorded_at)
    assert recorder.head().position == 1
    recorder.close()


@pytest.mark.parametrize("instant", [-1, 253_402_300_800_000_000, 2**63])
def test_an_imported_instant_that_no_calendar_holds_is_refused(recorder: SQLiteDCBRecorder, instant: int) -> None:
    with pytest.raises(MalformedInput, match="is not an instant"):
        recorder.append([event()], recorded_at=[instant])
    assert recorder.head().position == 0


def test_events_and_head_are_of_one_moment_while_others_append(store: Path) -> None:
    recorder = SQLiteDCBRecorder(store)
    stop = threading.Event()

    def append_pairs() -> None:
        while not stop.is_set():
            recorder.append([event(), event()])

    writer = threading.Thread(target=append_pairs)
    writer.start()
    last = 0
    try:
        for _ in range(8_000):
            response = recorder.read(after=last)
            positions = [sequenced.position for sequenced in response]
            assert len(positions) % 2 == 0
            assert (response.head or 0) == (positions[-1] if positions else last)
            last = response.head or 0
    finally:
        stop.set()
        writer.join()
        recorder.close()
    assert last > 0


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE dcb_events SET data = replace(data, 'one', 'two') WHERE position = 3",
        "UPDATE dcb_events SET recorded_at = recorded_at + 1 WHERE position = 3",
        "UPDATE dcb_events SET tags = '[]' WHERE position = 3",
        "INSERT INTO dcb_events SELECT 4, type, data, tags, recorded_at, digest FROM dcb_events WHERE position = 3",
        "INSERT INTO dcb_events SELECT 9, type, data, tags, recorded_at, digest FROM dcb_events WHERE position = 3",
    ],
)
def test_nothing_is_appended_to_an_event_that_was_changed(store: Path, change: str) -> None:
    with closing(SQLiteDCBRecorder(store)) as recorder:
        recorder.append([event(f"event:{n}", note="one") for n in range(3)])
        tamper(store, change)
        before = recorder.head()
        with pytest.raises(IntegrityTrouble, match="does not match its digest"):
            recorder.append([event("event:new")])
        with pytest.raises(IntegrityTrouble, match="does not match its digest"), recorder.writing():
            pytest.fail("an import begins")
        assert recorder.head() == before
