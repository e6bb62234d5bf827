"""Reading pages of events as Arrow tables, and the head, without writing to the store."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pyarrow as pa
import pytest
from eventsourcing.dcb.api import DCBEvent

from policytrack.errors import IntegrityTrouble, NotFound
from policytrack.store.arrow import arrow_schema
from policytrack.store.digest import FIRST_DIGEST
from policytrack.store.sqlite.files import checkpoint
from policytrack.store.sqlite.reading import arrow_batches, digest_at, head, position_at
from policytrack.store.sqlite.recorder import SQLiteDCBRecorder
from tests.store.store_worker import event
from tests.store.test_store_verify import tamper

START = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)
MICROSECONDS = 1_795_435_200_123_456


@pytest.fixture
def five_thousand(store: Path) -> Path:
    """Events that were recorded two at a time, a second apart."""
    with closing(SQLiteDCBRecorder(store)) as recorder:
        recorder.append(
            [event(f"event:{n}", note=f"产能 {n}") for n in range(5_000)],
            recorded_at=[MICROSECONDS + n // 2 * 1_000_000 for n in range(5_000)],
        )
    return store


@pytest.mark.parametrize(
    ("after", "size", "upto", "sizes"),
    [
        (0, 5_000, None, [5_000]),
        (0, 2_000, None, [2_000, 2_000, 1_000]),
        (1_999, 2_500, 4_600, [2_500, 101]),
        (10, 1, 12, [1, 1]),
        (0, 3_000, 9_999, [3_000, 2_000]),
        (5_000, 10, None, []),
        (7_000, 10, None, []),
        (4, 10, 3, []),
    ],
)
def test_pages_hold_every_event_once_and_in_order(
    five_thousand: Path, after: int, size: int, upto: int | None, sizes: list[int]
) -> None:
    batches = list(arrow_batches(five_thousand, after, size, upto))
    assert [batch.num_rows for batch in batches] == sizes
    positions = [position for batch in batches for position in batch["position"].to_pylist()]
    assert positions == list(range(after + 1, after + 1 + sum(sizes)))


@pytest.mark.parametrize(
    ("after", "size", "first", "sizes"),
    [
        (0, 2_000, 300, [300, 600, 1_200, 2_000, 900]),
        (4_900, 2_000, 300, [100]),
        (0, 2_000, 9_000, [2_000, 2_000, 1_000]),
        (5_000, 2_000, 300, []),
    ],
)
def test_pages_may_begin_small_and_grow(
    five_thousand: Path, after: int, size: int, first: int, sizes: list[int]
) -> None:
    batches = list(arrow_batches(five_thousand, after, size, first=first))
    assert [batch.num_rows for batch in batches] == sizes
    positions = [position for batch in batches for position in batch["position"].to_pylist()]
    assert positions == list(range(after + 1, after + 1 + sum(sizes)))


def test_a_page_has_the_stored_texts_and_instants(five_thousand: Path) -> None:
    (batch,) = arrow_batches(five_thousand, 3_000, 1, upto=3_001)
    assert batch.schema == arrow_schema()
    assert batch.to_pylist() == [
        {
            "position": 3_001,
            "type": "project_approved",
            "data": '{"note":"产能 3000"}',
            "tags": '["event:3000"]',
            "recorded_at": (START + timedelta(seconds=1_500)).replace(tzinfo=None),
        }
    ]


def test_events_that_arrive_during_the_reading_are_left_for_the_next(five_thousand: Path) -> None:
    batches = arrow_batches(five_thousand, 0, 4_000)
    first = next(batches)
    with closing(SQLiteDCBRecorder(five_thousand)) as recorder:
        recorder.append([event()])
    assert pa.concat_tables([first, *batches]).num_rows == 5_000


def test_a_slow_reader_does_not_keep_the_log_from_being_emptied(five_thousand: Path) -> None:
    batches = arrow_batches(five_thousand, 0, 100)
    next(batches)
    with closing(SQLiteDCBRecorder(five_thousand)) as recorder:
        recorder.append([event()])
        assert checkpoint(five_thousand)
    assert sum(batch.num_rows for batch in batches) == 4_900


@pytest.mark.parametrize("gone", [1, 2_048, 2_049, 3_000])
def test_a_missing_event_is_never_skipped(five_thousand: Path, gone: int) -> None:
    tamper(five_thousand, f"DELETE FROM dcb_events WHERE position = {gone}")
    with pytest.raises(IntegrityTrouble, match="events are missing"):
        list(arrow_batches(five_thousand, 0, 4_000))


def test_data_that_is_not_text_is_reported_with_its_place(store: Path) -> None:
    with closing(SQLiteDCBRecorder(store)) as recorder:
        recorder.append([event(), DCBEvent("a", b"\xff\xfe")])
    with pytest.raises(IntegrityTrouble, match="between e1 and e2"):
        list(arrow_batches(store, 0, 10))


def test_the_head_is_the_last_event(five_thousand: Path) -> None:
    with closing(SQLiteDCBRecorder(five_thousand)) as recorder:
        assert head(five_thousand) == recorder.head()
    top = head(five_thousand)
    assert (top.position, top.digest_hex) == (5_000, digest_at(five_thousand, 5_000))
    assert top.recorded_at == (START + timedelta(seconds=2_499)).replace(tzinfo=None)
    assert str(top) == f"e5000 sha256:{top.digest_hex}"


def test_the_head_of_an_empty_store_is_what_the_first_event_is_chained_to(store: Path) -> None:
    top = head(store)
    assert (top.position, top.digest_hex, top.recorded_at) == (0, FIRST_DIGEST.hex(), None)
    assert digest_at(store, 0) == FIRST_DIGEST.hex()
    assert digest_at(store, 1) is None
    assert position_at(store, START) == 0


@pytest.mark.parametrize(
    ("instant", "position"),
    [
        (START - timedelta(microseconds=1), 0),
        (START, 2),
        (START.replace(tzinfo=None), 2),
        (START.astimezone(timezone(timedelta(hours=8))), 2),
        (START + timedelta(seconds=1) - timedelta(microseconds=1), 2),
        (START + timedelta(seconds=1), 4),
        (START + timedelta(seconds=1_234.5), 2_470),
        (START + timedelta(days=9), 5_000),
    ],
)
def test_the_head_at_an_instant_counts_what_was_recorded_then(
    five_thousand: Path, instant: datetime, position: int
) -> None:
    assert position_at(five_thousand, instant) == position


def test_reading_makes_no_store(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        head(tmp_path / "events.db")
    assert list(tmp_path.iterdir()) == []


def test_tags_read_back_as_the_list_that_was_appended(store: Path) -> None:
    tags = ["firm:北方", 'a"b\\', "firm:北方"]
    with closing(SQLiteDCBRecorder(store)) as recorder:
        recorder.append([event(*tags)])
    (batch,) = arrow_batches(store, 0, 10)
    assert json.loads(batch["tags"][0].as_py()) == tags
