"""The anchor: a store that has lost or changed what was acknowledged is refused."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import pytest
from store_worker import event

from policytrack.errors import IntegrityTrouble
from policytrack.store.digest import FIRST_DIGEST
from policytrack.store.files import checkpoint, create_store
from policytrack.store.head import head_file_beside, read_anchor, write_anchor
from policytrack.store.reading import arrow_batches, head
from policytrack.store.recorder import SQLiteDCBRecorder


def opened(store: Path) -> SQLiteDCBRecorder:
    return SQLiteDCBRecorder(store, head_file=head_file_beside(store))


def as_the_crash_left_it(recorder: SQLiteDCBRecorder, folder: Path) -> Path:
    """A copy of the files as they are while the writer still has them open, its log not checkpointed."""
    folder.mkdir()
    for file in recorder.path.parent.glob("[!.]*.*"):
        shutil.copy(file, folder)
    return folder / recorder.path.name


def test_the_anchor_is_the_last_acknowledged_event(recorder: SQLiteDCBRecorder, store: Path) -> None:
    anchor = head_file_beside(store)
    assert read_anchor(anchor) is None
    for position in (1, 2):
        recorder.append([event()])
        assert read_anchor(anchor) == (position, bytes.fromhex(recorder.head().digest_hex))
    assert anchor.read_text() == f"{recorder.head()}\n"
    assert sorted(entry.name for entry in store.parent.iterdir() if "-" not in entry.name) == [
        "events.db",
        "ledger.head",
    ]


def test_a_log_that_is_whole_opens_after_a_crash(recorder: SQLiteDCBRecorder, tmp_path: Path) -> None:
    recorder.append([event("event:1")])
    copy = as_the_crash_left_it(recorder, tmp_path / "copy")
    with closing(opened(copy)) as again:
        assert again.head() == recorder.head()


@pytest.mark.parametrize("kept", [0, 0.3, 0.9, 0.999])
def test_a_truncated_log_is_refused_with_what_is_missing(
    recorder: SQLiteDCBRecorder, tmp_path: Path, kept: float
) -> None:
    for number in range(20):
        recorder.append([event(f"event:{number}", note="x" * 500)])
    copy = as_the_crash_left_it(recorder, tmp_path / "copy")
    log = copy.with_name(f"{copy.name}-wal")
    with log.open("rb+") as file:
        file.truncate(int(log.stat().st_size * kept))
    copy.with_name(f"{copy.name}-shm").unlink()
    for opening in (lambda: opened(copy), lambda: head(copy), lambda: next(arrow_batches(copy, 0, 10))):
        with pytest.raises(IntegrityTrouble, match=r"ends at e\d+, but e20 was acknowledged: .*e20 lost") as refusal:
            opening()
        assert "restore" in refusal.value.hint
        assert str(head_file_beside(copy)) in refusal.value.hint


def test_another_event_at_the_anchored_position_is_refused(recorder: SQLiteDCBRecorder, store: Path) -> None:
    recorder.append([event(), event()])
    write_anchor(head_file_beside(store), 1, bytes(32))
    with pytest.raises(IntegrityTrouble, match=r"e1 .* is not the event that was acknowledged"):
        opened(store)


def test_an_anchor_that_lags_behind_is_fine(recorder: SQLiteDCBRecorder, store: Path) -> None:
    recorder.append([event()])
    one = head_file_beside(store).read_text()
    recorder.append([event()])
    for text in (one, f"e0 sha256:{FIRST_DIGEST.hex()}\n"):
        head_file_beside(store).write_text(text)
        with closing(opened(store)) as again:
            assert again.head().position == 2


def test_a_new_store_beside_the_anchor_of_a_lost_one_is_refused(recorder: SQLiteDCBRecorder, store: Path) -> None:
    recorder.append([event()])
    recorder.close()
    assert checkpoint(store)
    store.unlink()
    create_store(store)
    with pytest.raises(IntegrityTrouble, match="ends at e0, but e1 was acknowledged: e1 lost"):
        opened(store)


@pytest.mark.parametrize("text", ["", "e1", "e1 sha256:00\n", "e01 sha256:" + "0" * 64 + "\n", "\xff" * 80])
def test_a_damaged_anchor_is_refused(store: Path, text: str) -> None:
    head_file_beside(store).write_text(text)
    with pytest.raises(IntegrityTrouble, match=r"ledger\.head is damaged"):
        opened(store)


def test_an_anchor_that_cannot_be_written_does_not_deny_that_the_event_is_stored(store: Path) -> None:
    nowhere = store.parent / "missing" / "ledger.head"
    with closing(SQLiteDCBRecorder(store, head_file=nowhere)) as recorder:
        assert recorder.append([event()]) == 1
        assert recorder.anchor_warning is not None
        assert str(nowhere) in recorder.anchor_warning
