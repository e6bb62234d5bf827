"""Importing in parts decides as recording at once does: the same record, to the byte, or the same refusals."""

from __future__ import annotations

import io
import json
import shutil
import sqlite3
from collections.abc import Callable
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest

from policytrack.decide import boundary_of
from policytrack.errors import PolicytrackError, RejectedImport
from policytrack.events import EVENT_TYPES, Event
from policytrack.importing.bulk import parallel
from policytrack.importing.bulk.fast_path import draft_of
from policytrack.ledger import Ledger
from policytrack.store.sqlite.verify import verify_chain
from tests.application.ledgers import run, write_file
from tests.events.every_type import full
from tests.examples import correction, facility, stated
from tests.oracles.histories import history
from tests.thinning import one_in

TODAY = date(2026, 11, 23)


def stored(ledger: Ledger) -> list[tuple[Any, ...]]:
    """All that the store holds but when it was recorded."""
    with sqlite3.connect(ledger.store.path) as connection:
        events = connection.execute("SELECT position, type, data, tags FROM dcb_events ORDER BY 1").fetchall()
        tags = connection.execute("SELECT tag, position FROM dcb_tags ORDER BY 1, 2").fetchall()
    return [*events, *tags]


def at_once(ledger: Ledger, lines: list[str]) -> list[str]:
    """Record as commands do: all events in memory. Returns what is refused."""
    files = [("stdin", io.BytesIO("\n".join(lines).encode()))]
    with ledger.read_files(files, today=TODAY, format_="jsonl") as spool, ledger.application() as application:
        events, places = spool.events()
        refused: list[PolicytrackError] = []
        try:
            application.record(events, places=places, dry_run=bool(spool.findings))
        except RejectedImport as rejected:
            refused = rejected.findings
        return in_words(lambda: spool.raise_findings(refused))


def in_parts(ledger: Ledger, lines: list[str]) -> list[str]:
    """Record as JSON Lines are recorded. Returns what is refused."""
    return in_words(lambda: ledger.import_files([("stdin", io.BytesIO("\n".join(lines).encode()))], today=TODAY))


def in_words(action: Callable[[], object]) -> list[str]:
    """What an action refuses. `PolicyTrack.record` knows one place for each event id, so that places, and with them the
    order, differ where several events have the same."""
    try:
        action()
    except RejectedImport as rejected:
        return sorted({f"{found.what} {found.hint}" for found in rejected.findings})
    return []


def without(event: Event, *names: str, **changed: Any) -> str:
    """The line of an event without some fields, others changed."""
    fields = {**json.loads(event.to_json()), **changed}
    return json.dumps({name: value for name, value in fields.items() if name not in names})


def disturbed(events: list[Event], dice: Random) -> list[str]:
    """Lines that hold the events, now and then with one of the things that can be wrong or said twice."""
    lines: list[str] = []
    often = dice.choice((0.02, 0.06))
    for event in events:
        lines.append(event.to_json())
        other = dice.choice(events)
        disturbance: list[Callable[[], str]] = [
            lambda other=other: other.to_json(),
            lambda other=other: without(other, "event_id"),
            lambda other=other: without(other, "event_id", "supersedes"),
            lambda other=other: without(other, note="said again"),
            lambda event=event: without(event, activity_id="no-such-activity"),
            lambda event=event: without(event, "event_id", facility_id="nowhere"),
            lambda event=event: without(event, "event_id", capacity="5 MW", note="MW"),
            lambda other=other: without(
                other,
                "event_id",
                "known_on",
                note="x",
                supersedes={"event_id": str(other.event_id), "because": "error"},
            ),
        ]
        if dice.random() < often:
            lines.append(dice.choice(disturbance)())
    if dice.random() < 0.3:
        dice.shuffle(lines)
    return lines


@pytest.mark.parametrize("seed", one_in(4, range(24)))
def test_an_import_in_parts_is_the_same_as_all_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    dice = Random(seed)
    monkeypatch.setattr(parallel, "PART", dice.choice((300, 3_000, 500_000)))
    monkeypatch.setattr(parallel, "FIRST", 10**9)
    events = history(seed, 60)
    one = Ledger.create(tmp_path / "one")
    recorded = dice.choice((0, 0, 20, 40))
    at_once(one, [event.to_json() for event in events[:recorded]] or [events[0].to_json()])
    other = Ledger(shutil.copytree(tmp_path / "one", tmp_path / "other"))
    lines = [event.to_json() for event in events] if seed % 4 == 0 else disturbed(events, dice)
    refused = at_once(one, lines)
    assert in_parts(other, lines) == refused
    assert stored(other) == stored(one)
    assert verify_chain(other.store.path).first_bad_position is None
    if not refused:
        assert in_parts(other, lines) == at_once(one, lines) == []
        assert stored(other) == stored(one)


@pytest.mark.parametrize("type_", EVENT_TYPES)
def test_a_draft_knows_every_event_that_its_decision_depends_on(type_: str) -> None:
    event = full(type_)
    draft = draft_of(event)
    own = {f"event:{event.event_id}", *event.content_tags()}
    assert {part.tag for part in boundary_of([event]) if not part.types} - own <= set(draft.about)


@pytest.mark.soak
def test_several_processes_give_the_events_in_the_order_of_the_file(ledger: Ledger, tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    write_file(file, 4_000)
    shown = run(ledger.root, "import", str(file))
    assert shown.returncode == 0, shown.stderr
    assert "4000 events read · 4000 new" in shown.stderr
    names = [json.loads(row[2])["firm_id"] for row in stored(ledger)[:4_000]]
    assert names == [f"firm-{n}" for n in range(4_000)]
    again = run(ledger.root, "import", str(file))
    assert "4000 already recorded (e1, e2, e3, e4, e5 …)" in again.stderr
    assert not list(ledger.root.glob("tmp*"))


def test_an_error_far_down_is_found_at_its_line_and_nothing_is_written(ledger: Ledger, tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    write_file(file, 4_000)
    lines = file.read_text(encoding="utf-8").splitlines()
    lines[3_500] = lines[3_500].replace('"firm_id": "firm-3500"', '"firm_id": "Firm 3500"')
    lines[3_700] = "x" * (parallel.LONGEST_LINE + 10)
    file.write_text("\n".join(lines), encoding="utf-8")
    shown = run(ledger.root, "import", str(file))
    assert shown.returncode == 3
    assert f"{file}:3501:" in shown.stderr
    assert f"{file}:3701:1" in shown.stderr
    assert not stored(ledger)


def test_the_drafts_of_a_dry_run_are_recorded_as_those_of_a_first_run(ledger: Ledger) -> None:
    """A preview shows the effect by recording the same drafts in a copy."""
    first = stated(5)
    events = [facility(), first, correction(first, "error", capacity=6)]
    lines = "\n".join(event.to_json() for event in events)
    with ledger.read_files([("stdin", io.BytesIO(lines.encode()))], today=TODAY, format_="jsonl") as spool:
        tried = ledger.record_drafts(spool, dry_run=True)
        recorded = ledger.record_drafts(spool)
    assert (recorded.new, recorded.last) == (tried.new, len(events))
