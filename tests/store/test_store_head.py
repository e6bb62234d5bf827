"""The anchor: a store that has lost or changed what was acknowledged is refused."""

from __future__ import annotations

import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from policytrack.errors import IntegrityTrouble
from policytrack.store.anchor import head_file_beside, read_anchor, write_anchor
from policytrack.store.digest import FIRST_DIGEST
from policytrack.store.sqlite.files import checkpoint, copy_store, create_store
from policytrack.store.sqlite.reading import arrow_batches, digest_at, head
from policytrack.store.sqlite.recorder import SQLiteDCBRecorder
from policytrack.store.sqlite.verify import verify_chain
from tests.store.store_worker import event
from tests.store.test_store_verify import tamper


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
    assert str(recorder.head()) in anchor.read_text()
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
        with pytest.raises(
            IntegrityTrouble, match=r"ends at e\d+, but e20 was reported as stored: .*e20 lost"
        ) as refusal:
            opening()
        assert "restore" in refusal.value.hint
        assert str(head_file_beside(copy)) in refusal.value.hint


def test_another_event_at_the_anchored_position_is_refused(recorder: SQLiteDCBRecorder, store: Path) -> None:
    recorder.append([event(), event()])
    head_file_beside(store).write_text(f"e1 sha256:{'0' * 64}\n")
    with pytest.raises(IntegrityTrouble, match=r"e1 .* is not the event that was reported as stored"):
        opened(store)


def test_an_anchor_that_lags_behind_is_fine(recorder: SQLiteDCBRecorder, store: Path) -> None:
    recorder.append([event()])
    one = head_file_beside(store).read_text()
    assert len(one) == 8192
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
    with pytest.raises(IntegrityTrouble, match="ends at e0, but e1 was reported as stored: e1 lost"):
        opened(store)


@pytest.mark.parametrize("text", ["", "e1", "e1 sha256:00\n", "e01 sha256:" + "0" * 64 + "\n", "\xff" * 80])
def test_a_damaged_anchor_is_refused(store: Path, text: str) -> None:
    head_file_beside(store).write_text(text)
    with pytest.raises(IntegrityTrouble, match=r"ledger\.head is damaged"):
        opened(store)


def test_a_write_of_the_anchor_that_is_cut_short_leaves_the_line_before(
    recorder: SQLiteDCBRecorder, store: Path
) -> None:
    anchor = head_file_beside(store)
    for _ in range(3):
        recorder.append([event()])
    whole = anchor.read_bytes()
    three, two = whole[:4096], whole[4096:]
    assert three.startswith(b"e3 ")
    assert two.startswith(b"e2 ")
    for cut in (0, 1, 40, 80, 100, 4000):
        anchor.write_bytes(three[:cut] + b"e1 sha256:".ljust(4096 - cut) + two)
        assert read_anchor(anchor) == (2, digest_of(store, 2))
        recorder.append([event()])
        assert read_anchor(anchor) == (recorder.head().position, bytes.fromhex(recorder.head().digest_hex))
    anchor.write_bytes(bytes(8192))
    with pytest.raises(IntegrityTrouble, match=r"ledger\.head is damaged"):
        opened(store)


def test_the_anchor_of_an_earlier_version_is_read_and_written_on(recorder: SQLiteDCBRecorder, store: Path) -> None:
    recorder.append([event()])
    head_file_beside(store).write_text(f"{recorder.head()}\n")
    recorder.append([event()])
    assert read_anchor(head_file_beside(store)) == (2, bytes.fromhex(recorder.head().digest_hex))


def digest_of(store: Path, position: int) -> bytes:
    found = digest_at(store, position)
    assert found is not None
    return bytes.fromhex(found)


def test_an_anchor_that_cannot_be_written_does_not_deny_that_the_event_is_stored(store: Path) -> None:
    nowhere = store.parent / "missing" / "ledger.head"
    with closing(SQLiteDCBRecorder(store, head_file=nowhere)) as recorder:
        assert recorder.append([event()]) == 1
        assert recorder.anchor_warning is not None
        assert str(nowhere) in recorder.anchor_warning


def test_an_anchor_damaged_meanwhile_does_not_deny_that_the_event_is_stored(
    recorder: SQLiteDCBRecorder, store: Path
) -> None:
    head_file_beside(store).write_text("e1")
    assert recorder.append([event()]) == 1
    assert "ledger.head is damaged" in str(recorder.anchor_warning)


def test_a_backup_in_the_same_folder_is_a_store_with_an_anchor_of_its_own(
    recorder: SQLiteDCBRecorder, store: Path
) -> None:
    copy = store.with_name("events-2026.db")
    recorder.append([event()])
    copy_store(store, copy)
    recorder.append([event()])
    assert head(copy).position == 1
    with closing(opened(copy)) as other:
        other.append([event("event:other")])
    assert read_anchor(head_file_beside(store)) == (2, bytes.fromhex(recorder.head().digest_hex))
    assert read_anchor(head_file_beside(copy)) == (2, bytes.fromhex(head(copy).digest_hex))
    assert head(store).position == 2


def test_an_anchor_is_not_moved_back_by_a_writer_that_was_overtaken(recorder: SQLiteDCBRecorder, store: Path) -> None:
    recorder.append([event(), event()])
    slower = digest_at(store, 1)
    assert slower is not None
    write_anchor(head_file_beside(store), 1, bytes.fromhex(slower))
    assert read_anchor(head_file_beside(store)) == (2, bytes.fromhex(recorder.head().digest_hex))


@pytest.mark.parametrize("change", ["digest = 'text'", "digest = x'00'", "recorded_at = 'now'", "recorded_at = -1"])
def test_a_damaged_head_is_reported_and_nothing_is_chained_to_it(store: Path, change: str) -> None:
    with closing(SQLiteDCBRecorder(store)) as recorder:
        recorder.append([event(), event()])
    tamper(store, f"UPDATE dcb_events SET {change} WHERE position = 2")
    with closing(SQLiteDCBRecorder(store)) as recorder:
        for asking in (lambda: head(store), lambda: recorder.append([event()])):
            with pytest.raises(IntegrityTrouble, match="e2, is damaged"):
                asking()
    assert verify_chain(store).first_bad_position == 2


def test_asking_for_the_head_loads_neither_arrow_nor_the_library_of_events(
    recorder: SQLiteDCBRecorder, store: Path
) -> None:
    recorder.append([event()])
    program = (
        "import sys\nfrom pathlib import Path\nfrom policytrack.store.sqlite.reading import head\n"
        f"print(head(Path({str(store)!r})).position, {{'pyarrow', 'eventsourcing', 'pydantic'}} & set(sys.modules))"
    )
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert printed.stdout == "1 set()\n"
