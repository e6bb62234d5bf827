"""A command opens the event store once, and reads only the SQL files that it needs; what is recorded is decided once."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest
import rich_click

from policytrack import resources
from policytrack.application import PolicyTrack
from policytrack.cli.context import Context
from policytrack.cli.recording import write_event
from policytrack.errors import NeedsAcknowledgement
from policytrack.events import EVENT_TYPES, Event
from policytrack.ledger import Ledger
from policytrack.store.sqlite.reading import head
from tests.cli.conftest import environment, policytrack
from tests.copies import copied

COUNTING: Final = """
import atexit, collections, json, sys
counts = collections.Counter()
def hook(event, arguments):
    if event == "sqlite3.connect":
        counts[str(arguments[0]).rpartition("/")[2].partition("?")[0]] += 1
    elif event == "open" and str(arguments[0]).endswith(".sql"):
        counts["sql"] += 1
sys.addaudithook(hook)
from policytrack.cli.main import main
atexit.register(lambda: print(json.dumps(counts), file=sys.stderr))
main()
"""
RECORD: Final = ("record", "project-suspended", "--project-id", "northern-jinlong-separation", "--effective", "2026-10")


def counted(ledger: Path, *words: str) -> dict[str, int]:
    """Run a command in a process of its own; how often it opened each SQLite file, and SQL files."""
    program = [sys.executable, "-c", COUNTING, *words]
    run = subprocess.run(program, cwd=ledger, env=environment(), capture_output=True, text=True, check=True)
    found: dict[str, int] = json.loads(run.stderr.splitlines()[-1])
    return found


@dataclass(frozen=True)
class Counts:
    """What commands opened, one after the other, and the ledger after them."""

    ledger: Path
    asked: dict[str, int]
    recorded: dict[str, int]
    has_fingerprint: bool


@pytest.fixture(scope="module")
def counts(demo_ledger: Path, tmp_path_factory: pytest.TempPathFactory) -> Counts:
    """Counted when a query was asked again, and then an event recorded."""
    ledger = copied(demo_ledger, tmp_path_factory.mktemp("counted") / "ledger")
    assert policytrack(ledger, "pending").code == 0
    has_fingerprint = (ledger / "readmodel" / "FINGERPRINT").exists()
    return Counts(ledger, counted(ledger, "pending"), counted(ledger, *RECORD, "-y"), has_fingerprint)


def test_the_event_store_is_opened_once_by_a_command(counts: Counts) -> None:
    ledger = counts.ledger
    assert (counts.asked["events.db"], counts.recorded["events.db"]) == (1, 1)
    position = f"e{head(ledger / 'events.db').position}"
    # The event is read first, by a connection that cannot write.
    corrected = counted(ledger, "correct", position, "--set", "effective=2026-09", "--because", "error", "-y")
    assert corrected["events.db"] == 2
    assert not (ledger / "events.db-wal").exists()


def test_only_the_sql_files_that_are_needed_are_read(counts: Counts) -> None:
    if not counts.has_fingerprint:
        pytest.skip("the SQL files of policytrack were changed seconds ago")
    assert counts.asked["sql"] <= 2  # the question, and the names of what is registered
    needed = [*(resources.PROJECTIONS / "facts").glob("*.sql"), *(resources.PROJECTIONS / "steps").glob("*.sql")]
    assert counts.recorded["sql"] == len(needed) + 1  # the functions that the facts call


@pytest.fixture
def asked_to_confirm(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A terminal at which the user confirms; what was printed on standard error."""
    printed: list[str] = []
    monkeypatch.setenv("POLICYTRACK_TODAY", "2026-11-23")
    monkeypatch.setattr(Context, "interactive", property(lambda self: True))
    monkeypatch.setattr(Context, "say", lambda self, text: printed.append(text))
    return printed


def event(type_: str, **fields: Any) -> Event:
    common = {"event_id": str(uuid4()), "effective": "2026-10", "known_on": "2026-11-01", "project_id": "nolans-ndpr"}
    return EVENT_TYPES[type_].model_validate({"type": type_, **common, **fields})


def test_what_the_preview_shows_is_what_is_recorded(
    ledger: Path, asked_to_confirm: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    decisions = []
    decide = PolicyTrack.decide
    monkeypatch.setattr(rich_click, "confirm", lambda *_, **__: True)
    monkeypatch.setattr(PolicyTrack, "decide", lambda *given, **how: decisions.append(1) or decide(*given, **how))
    before = head(ledger / "events.db").position
    recorded = write_event(Context(ledger), Ledger.find(ledger), event("project_cancelled"), dry_run=False, yes=False)
    assert recorded == before + 1
    assert len(decisions) == 1


@pytest.mark.soak
def test_an_event_recorded_while_the_user_reads_the_preview_is_taken_into_account(
    ledger: Path, asked_to_confirm: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    other = Ledger.find(ledger)
    questions = []

    def confirm(text: str, **_: Any) -> bool:
        questions.append(text)
        if len(questions) == 1:
            other.record([event("project_completed", capacity="50 t NdPr/yr")])
        return True

    monkeypatch.setattr(rich_click, "confirm", confirm)
    before = head(ledger / "events.db").position
    completed = event("project_completed", capacity="100 t NdPr/yr")
    recorded = write_event(Context(ledger), Ledger.find(ledger), completed, dry_run=False, yes=False)
    assert recorded == before + 2
    assert questions == ["Record it?"] * 2
    assert [text for text in asked_to_confirm if "meanwhile" in text] == [
        f"recorded meanwhile: e{before + 1} project_completed; checking again"
    ]
    shown = [line for line in capsys.readouterr().out.splitlines() if "installed" in line]
    assert len(shown) == 2
    assert shown[0] != shown[1]


def test_an_event_that_is_impossible_since_the_preview_is_refused(
    ledger: Path, asked_to_confirm: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Ledger.find(ledger)

    def confirm(text: str, **_: Any) -> bool:
        other.record([event("project_cancelled")])
        return True

    monkeypatch.setattr(rich_click, "confirm", confirm)
    before = head(ledger / "events.db").position
    completed = event("project_completed", capacity="100 t NdPr/yr")
    with pytest.raises(NeedsAcknowledgement):
        write_event(Context(ledger), Ledger.find(ledger), completed, dry_run=False, yes=False)
    assert head(ledger / "events.db").position == before + 1
