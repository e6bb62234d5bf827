"""A clock that is probably wrong is confirmed with --yes before an event is stamped with it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from policytrack.events import EVENT_TYPES
from policytrack.ledger import Ledger
from policytrack.store.clock import clock_doubt, microseconds_of, utc_microseconds
from tests.cli.conftest import head_of, policytrack
from tests.thinning import one_in

RECORD = ("record", "firm-registered", "--firm-id", "late", "--name", "Late")
SOURCE = 'title="Report",class=analyst,publisher=SMM'
BEHIND, AHEAD = timedelta(days=3), -timedelta(days=400)


def recorded_at(folder: Path, shift: timedelta) -> Path:
    """A ledger whose one event was recorded that much later than now."""
    ledger = Ledger.create(folder)
    instant = utc_microseconds() + shift // timedelta(microseconds=1)
    with ledger.application() as application:
        application.recorder.clock = lambda: instant  # type: ignore[attr-defined] # of our recorder
        firm = {"event_id": uuid4(), "firm_id": "a", "name": "A", "effective": "2026-11-01", "known_on": "2026-11-01"}
        application.record([EVENT_TYPES["firm_registered"].model_validate(firm)])
    return folder


@pytest.mark.parametrize(("shift", "said"), one_in(2, [(BEHIND, "2 days behind"), (AHEAD, "400 days ahead of")]))
def test_a_doubtful_clock_is_refused_by_every_recording_command_until_it_is_confirmed(
    tmp_path: Path, shift: timedelta, said: str
) -> None:
    ledger = recorded_at(tmp_path, shift)
    (ledger / "new.jsonl").write_text('{"type": "firm_registered", "firm_id": "b", "name": "B"}\n', encoding="utf-8")
    commands = (
        RECORD,
        ("import", "new.jsonl"),
        ("correct", "e1", "--note", "a remark", "--because", "error"),
        ("retract", "e1", "--because", "error", "--reason", "a mistake"),
        ("claim", "e1", "--verifies", "--source", SOURCE),
        ("firm", "alias", "a", "Another"),
        ("undo", "i1"),
    )
    for command in commands:
        run = policytrack(ledger, *command)
        assert (run.code, head_of(ledger)) == (2, 1), (command, run.err)
        assert f"this computer's clock is {said} the last recorded event" in run.err
        assert "--yes" in run.err
    for number, command in enumerate(((*RECORD, "--yes"), ("import", "new.jsonl", "--yes")), 2):
        run = policytrack(ledger, *command)
        assert (run.code, head_of(ledger)) == (0, number), run.err
        if command[0] == "record" or shift == BEHIND:
            assert run.err.count("warning: this computer's clock is") == 1, run.err
    doctor = policytrack(recorded_at(tmp_path / "other", shift), "doctor", "--format", "tsv")
    assert doctor.code == 6
    assert "clock" in doctor.out


def test_a_dry_run_warns_of_a_doubtful_clock(tmp_path: Path) -> None:
    run = policytrack(recorded_at(tmp_path, AHEAD), *RECORD, "--dry-run")
    assert run.code == 0
    assert "warning: this computer's clock is 400 days ahead of" in run.err


@pytest.mark.parametrize(
    ("shift", "said"),
    one_in(
        3,
        [
            (timedelta(hours=20), ""),
            pytest.param(-timedelta(hours=23), "", marks=pytest.mark.soak),
            (
                -timedelta(days=2, minutes=1),
                "warning: this computer's clock is 2 days ahead of the last recorded event; if there",
            ),
            (
                -timedelta(days=360),
                "warning: this computer's clock is 360 days ahead of the last recorded event; if there was",
            ),
        ],
    ),
)
def test_a_clock_that_may_be_ahead_after_a_pause_warns_once_and_needs_no_confirmation(
    tmp_path: Path, shift: timedelta, said: str
) -> None:
    ledger = recorded_at(tmp_path, shift)
    run = policytrack(ledger, *RECORD)
    assert run.code == 0
    assert said in run.err if said else "clock" not in run.err
    again = policytrack(ledger, "record", "firm-registered", "--firm-id", "next", "--name", "Next")
    assert (again.code, "clock" in again.err) == (0, False)


@pytest.mark.parametrize(
    ("last", "now", "said"),
    [
        (None, "2026-12-01", None),
        (None, "1970-01-01", "was released on 2026-11-01"),
        (None, "2199-06-06", "more than 10 years after"),
        ("2026-11-27", "2199-06-06", "ahead of the last recorded event (2026-11-27)"),
        ("2026-10-01", "2026-10-01", "was released on 2026-11-01"),
        ("2035-01-01", "2035-06-01", None),
        ("2199-01-01", "2026-12-01", "behind the last recorded event"),
    ],
)
def test_the_clock_is_compared_with_the_last_event_and_with_the_day_of_the_version(
    last: str | None, now: str, said: str | None
) -> None:
    instants = [
        None if day is None else microseconds_of(datetime.fromisoformat(day).replace(tzinfo=UTC)) for day in (last, now)
    ]
    assert instants[1] is not None
    doubt = clock_doubt(instants[0], instants[1])
    assert (doubt is None) == (said is None), doubt
    assert said is None or said in str(doubt)
