"""Correcting and retracting, as a user does it: what changes, why, and what the past answers since."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.cli.conftest import head_of, policytrack


def _position(ledger: Path, project: str, type_: str) -> int:
    query = f"SELECT position FROM event_log WHERE type = '{type_}' AND list_contains(subjects, 'project:{project}')"
    return int(policytrack(ledger, "sql", query).out.splitlines()[1])


def _approved(ledger: Path, known_at: str) -> Decimal:
    words = ("sql", "SELECT investment_amount FROM project WHERE project_id = 'northern-jinlong-separation'")
    return Decimal(policytrack(ledger, *words, "--as-of", "2026-11-23", "--known-at", known_at).out.splitlines()[1])


@pytest.mark.parametrize(("because", "in_december", "today"), [("revision", 470, 480), ("error", 480, 480)])
def test_a_correction_says_why_and_the_past_answers_accordingly(
    ledger: Path, because: str, in_december: int, today: int
) -> None:
    approval = _position(ledger, "northern-jinlong-separation", "project_approved")
    words = ("record", "project-approved", "--project-id", "northern-jinlong-separation", "--effective", "../2025-10-27",
             "--investment", "480 M CNY", "--supersedes", f"e{approval}", "--because", because)  # fmt: skip
    run = policytrack(ledger, *words)
    assert run.code == 0, run.err
    assert _approved(ledger, "2025-12-01") == in_december * 1_000_000
    assert _approved(ledger, "2026-11-23") == today * 1_000_000
    twice = policytrack(ledger, *words[:-4], "--note", "again", "--investment", "490 M CNY", *words[-4:])
    assert twice.code == 3
    assert f"e{approval} is already corrected by e{head_of(ledger)}" in twice.err


def test_correct_changes_what_it_is_told_and_shows_before_and_after(ledger: Path) -> None:
    approval = _position(ledger, "northern-jinlong-separation", "project_approved")
    words = (
        "correct",
        f"e{approval}",
        "--set",
        "investment=480 M CNY",
        "--set",
        "capacity=5200",
        "--because",
        "revision",
    )
    before = head_of(ledger)
    trial = policytrack(ledger, *words, "--dry-run")
    assert (trial.code, head_of(ledger)) == (0, before)
    assert "investment: 470 M CNY → 480 M CNY" in trial.out
    assert "pending_gross\t15000\t15200\t200" in trial.out
    assert policytrack(ledger, *words).code == 0
    assert _approved(ledger, "2025-12-01") == 470_000_000
    assert _approved(ledger, "2026-11-23") == 480_000_000
    shown = policytrack(ledger, "show", f"e{approval}").out
    assert f"no longer stands: e{before + 1} (revision)" in shown
    assert f"already recorded as e{before + 1}" in policytrack(ledger, *words).err
    twice = policytrack(ledger, *words, "--set", "investment=490 M CNY")
    assert (twice.code, head_of(ledger)) == (3, before + 1)
    assert f"e{approval} is already corrected by e{before + 1}" in twice.err


@pytest.mark.parametrize(
    ("words", "code", "what"),
    [
        (("--set", "colour=red"), 2, "no field 'colour'"),
        (("--set", "capacity"), 2, "FIELD=VALUE"),
        (("--set", "capacity=5 bananas"), 3, "--set capacity"),
        (("--note", "nothing else"), 2, "would leave"),
        (("--set", "products=[1"), 3, "JSON"),
    ],
)
def test_a_correction_that_says_nothing_sound_is_refused(
    ledger: Path, words: tuple[str, ...], code: int, what: str
) -> None:
    approval = _position(ledger, "northern-jinlong-separation", "project_approved")
    before = head_of(ledger)
    run = policytrack(ledger, "correct", f"e{approval}", *words, "--because", "error")
    assert (run.code, head_of(ledger)) == (code, before)
    assert what in run.err


def test_retract_takes_an_event_away_and_recording_it_again_restores_it(ledger: Path) -> None:
    cancelled = (
        "record",
        "project-cancelled",
        "--project-id",
        "northern-jinlong-separation",
        "--effective",
        "2026-11-01",
    )
    assert policytrack(ledger, *cancelled).code == 0
    position = head_of(ledger)
    retract = ("retract", f"e{position}", "--because", "error", "--reason", "another project")
    shown = f"e{position} project_cancelled of 2026-11-01 → –\nproject id: northern-jinlong-separation → –\n"
    tried = policytrack(ledger, *retract, "--dry-run")
    assert tried.out.startswith(shown)
    assert "pending_gross" in tried.out.removeprefix(shown)
    assert head_of(ledger) == position
    assert policytrack(ledger, *retract).out == shown
    again = policytrack(ledger, *retract[:-1], "for another reason")
    assert again.code == 3
    assert f"e{position} is already retracted by e{position + 1}" in again.err
    final = policytrack(ledger, "retract", f"e{position + 1}", "--because", "error", "--reason", "no")
    assert (final.code, "retraction is final" in final.err) == (3, True)
    restored = policytrack(ledger, *cancelled)
    assert f"recorded e{position + 2} project_cancelled" in restored.err
