"""A failure after the events are stored is a warning that names them: exit 0, and the next command catches up."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run, head_of, policytrack
from tests.cli.tracker import Tracker, table
from tests.thinning import one_in

SOURCE = 'title="Report",class=analyst,publisher=SMM'
WRITING = {
    "record": ("record", "firm-registered", "--firm-id", "new-firm", "--name", "New"),
    "import": ("import", "new.jsonl"),
    "correct": ("correct", "e1", "--note", "a remark", "--because", "error"),
    "retract": ("retract", "{last}", "--because", "error", "--reason", "a mistake"),
    "undo": ("undo", "i1", "--cascade", "--yes"),
    "claim": ("claim", "e1", "--verifies", "--source", SOURCE),
    "firm alias": ("firm", "alias", "northern-rare-earth", "Nordisches Selten", "--language", "de"),
}
NEW = '{"type": "firm_registered", "firm_id": "new-firm", "name": "New"}\n'


def blocked(ledger: Path) -> Path:
    """Let the read model be readable, but impossible to build: a folder is where the lock was."""
    lock = ledger / "readmodel" / ".lock"
    lock.unlink()
    lock.mkdir()
    return lock


def said_as_stored(run: Run, first: int, last: int) -> None:
    name = f"e{first}" if first == last else f"e{first}–e{last}"
    assert run.code == 0, run.err
    assert f"warning: stored as {name}; the read model is behind: the read model in" in run.err
    assert "; the next command catches up" in run.err
    recorded = next(line for line in run.err.splitlines() if line.startswith("recorded "))
    assert run.err.index(recorded) < run.err.index("warning: stored as")


@pytest.mark.parametrize("command", one_in(4, WRITING))
def test_a_catch_up_that_fails_is_a_warning_that_names_the_stored_events(ledger: Path, command: str) -> None:
    before = head_of(ledger)
    (ledger / "new.jsonl").write_text(NEW, encoding="utf-8")
    lock = blocked(ledger)
    run = policytrack(ledger, *(word.format(last=f"e{before}") for word in WRITING[command]))
    assert head_of(ledger) > before
    said_as_stored(run, before + 1, head_of(ledger))
    lock.rmdir()
    after = policytrack(ledger, "capacity")
    assert after.code == 0, after.err
    assert '"read_model_behind": 0,' in policytrack(ledger, "status", "--json").out


def test_a_snapshot_that_cannot_be_compared_stores_nothing(tmp_path: Path) -> None:
    tracker = Tracker(tmp_path / "ledger")
    assert policytrack(tracker.folder, "capacity").code == 0
    blocked(tracker.folder)
    said_as_stored(policytrack(tracker.folder, *WRITING["record"], "-y"), 1, 1)
    run = tracker.take("2024-06-30", table())  # the read model must catch up first, and cannot
    assert (run.code, head_of(tracker.folder)) == (5, 1), run.err


def test_init_of_the_demo_reports_its_events_when_the_read_model_cannot_be_built(tmp_path: Path) -> None:
    (tmp_path / "L" / "readmodel" / ".lock").mkdir(parents=True)
    run = policytrack(tmp_path, "init", "L", "--demo")
    said_as_stored(run, 1, head_of(tmp_path / "L"))


def test_quiet_a_stored_event_is_no_error(ledger: Path) -> None:
    blocked(ledger)
    run = policytrack(ledger, "-q", *WRITING["record"])
    assert (run.code, run.err) == (0, "")
