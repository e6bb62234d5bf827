"""Correcting and retracting, as a user does it: what changes, why, and what the past answers since."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from policytrack.ledger import Ledger
from tests.cli.conftest import head_of, policytrack, rows_of
from tests.thinning import one_in


def _position(ledger: Path, project: str, type_: str) -> int:
    query = f"SELECT position FROM event_log WHERE type = '{type_}' AND list_contains(subjects, 'project:{project}')"
    (row,) = rows_of(ledger, query)
    return int(row["position"])


def _approved(ledger: Path, known_at: str) -> Decimal:
    query = "SELECT investment_amount FROM project WHERE project_id = 'northern-jinlong-separation'"
    (row,) = rows_of(ledger, query, "2026-11-23", known_at)
    return Decimal(row["investment_amount"])


@pytest.mark.parametrize(("because", "in_december", "today"), one_in(2, [("revision", 470, 480), ("error", 480, 480)]))
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
    assert f"superseded by: e{before + 1} (revision)" in shown
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
        ((), 2, "no change: e"),
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
    assert (final.code, "retractions are final" in final.err) == (3, True)
    restored = policytrack(ledger, *cancelled)
    assert f"recorded e{position + 2} project_cancelled" in restored.err


def _stored(ledger: Path, position: int) -> dict[str, Any]:
    (line,) = list(Ledger(ledger).lines())[position - 1 : position]
    fields: dict[str, Any] = json.loads(line)
    return fields


@pytest.mark.soak
def test_known_on_or_the_note_alone_is_corrected_and_everything_else_stays(ledger: Path) -> None:
    works = _stored(ledger, _position(ledger, "northern-jinlong-separation", "project_registered"))["facility_id"]
    plant = ("--facility-id", works, "--activity-id", "rare-earth-separation", "--effective", "2020")
    given = ("--capacity", "7", "--assertion", "confirmed", "--note", "table 2", "--known-on", "2021-02-03")
    twice = ("--acknowledge", "repeated_statement", "the second line")
    assert policytrack(ledger, "record", "capacity-stated", *plant, *given, *twice).code == 0
    first = head_of(ledger)
    moved = policytrack(ledger, "correct", f"e{first}", "--known-on", "2021-02-13", "--because", "error")
    assert (moved.code, moved.out) == (0, "known on: 2021-02-03 → 2021-02-13\n")
    noted = policytrack(ledger, "correct", f"e{first + 1}", "--note", "table 3", "--because", "error")
    assert (noted.code, noted.out) == (0, "note: table 2 → table 3\n")
    gone = policytrack(ledger, "correct", f"e{first + 2}", "--unset", "acknowledged", "--because", "error", "--dry-run")
    assert "no longer acknowledged: repeated_statement: the second line" in gone.out
    own = {"event_id", "supersedes", "recorded_at", "position"}
    before, after = (
        {name: value for name, value in _stored(ledger, position).items() if name not in own}
        for position in (first, first + 2)
    )
    assert after == {**before, "known_on": "2021-02-13", "note": "table 3"}


@pytest.mark.soak
def test_a_day_after_today_is_warned_of_and_needs_yes(ledger: Path, tmp_path: Path) -> None:
    before = head_of(ledger)
    cancelled = (
        "record",
        "project-cancelled",
        "--project-id",
        "northern-jinlong-separation",
        "--effective",
        "2026-11-01",
    )
    late = (*cancelled, "--known-on", "2062-06-10")
    run = policytrack(ledger, *late)
    assert (run.code, head_of(ledger)) == (2, before)
    assert "known_on 2062-06-10 is after today" in run.err
    file = tmp_path / "late.yaml"
    fields = "type: project_cancelled, project_id: northern-jinlong-separation, effective: 2026-11-01"
    file.write_text(f"events:\n  - {{{fields}, known_on: 2062-06-10}}\n", encoding="utf-8")
    run = policytrack(ledger, "import", str(file))
    assert (run.code, head_of(ledger)) == (3, before)
    assert f"{file}:2:" in run.err and "is after today" in run.err
    run = policytrack(ledger, "import", str(file), "--yes")
    assert (run.code, head_of(ledger)) == (0, before + 1)
    assert "warning: 1 event is known only after today" in run.err
    found = policytrack(ledger, "check", "event_from_the_future")
    assert (found.code, "project:northern-jinlong-separation" in found.out) == (1, True)
    mended = policytrack(ledger, "correct", f"e{before + 1}", "--known-on", "2026-11-02", "--because", "error")
    assert mended.code == 0
    assert policytrack(ledger, "check", "event_from_the_future").code == 0


@pytest.mark.soak
def test_one_part_of_a_list_is_corrected_and_the_others_stay(tmp_path: Path) -> None:
    owners = [{"firm_id": "alfa", "stake_pct": "0.6"}, {"firm_id": "beta", "stake_pct": "0.4"}]
    lines = [
        *({"type": "firm_registered", "firm_id": firm, "name": firm.title()} for firm in ("venture", "alfa", "beta")),
        {"type": "joint_venture_formed", "venture_id": "venture", "partners": owners, "effective": "2021-05-01"},
    ]
    text = "".join(json.dumps(line | {"known_on": "2021-05-02"}) + "\n" for line in lines)
    (tmp_path / "events.jsonl").write_text(text, encoding="utf-8")
    assert policytrack(tmp_path, "init", ".").code == 0
    imported = policytrack(tmp_path, "import", "events.jsonl")
    assert "--set partners.1.stake_pct=60" in imported.err
    changes = ("--set", "partners.1.stake_pct=60", "--set", "partners.2.stake_pct=40")
    run = policytrack(tmp_path, "correct", "e4", *changes, "--because", "error", "-y")
    assert run.code == 0, run.err
    stakes = rows_of(tmp_path, "SELECT owner_id, stake_pct FROM stake ORDER BY ALL")
    assert stakes == [{"owner_id": "alfa", "stake_pct": 60}, {"owner_id": "beta", "stake_pct": 40}]
    for change, cure in (("partners.3.stake_pct=1", "1 to 2"), ("partners.1.share=1", "firm_id, stake_pct")):
        refused = policytrack(tmp_path, "correct", "e5", "--set", change, "--because", "error", "-y")
        assert (refused.code, cure in refused.err) == (2, True), refused.err
