"""`record --edit` and `record --from`: an event begun by another, by flags or by a template, finished in an editor."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run, head_of, policytrack


def editor(folder: Path, program: str) -> str:
    """An editor that changes the text of its file by a Python expression over `text`."""
    script = folder / "editor.py"
    script.write_text(
        "import pathlib, re, sys\npath = pathlib.Path(sys.argv[-1])\ntext = path.read_text(encoding='utf-8')\n"
        f"path.write_text({program}, encoding='utf-8')\n",
        encoding="utf-8",
    )
    return f"{sys.executable} {script}"


def edited(ledger: Path, program: str, *words: str) -> Run:
    return policytrack(ledger, "record", *words, "--edit", EDITOR=editor(ledger, program), VISUAL="")


def newest(ledger: Path) -> dict[str, object]:
    stored: dict[str, object] = json.loads(policytrack(ledger, "show", f"e{head_of(ledger)}", "--json").out)
    return stored


DONE = "'events:\\n- {type: project_cancelled, project_id: northern-jinlong-separation, effective: 2026-10, reason: Demand}\\n'"


def test_what_is_written_in_the_editor_is_recorded(ledger: Path) -> None:
    before = head_of(ledger)
    run = edited(ledger, DONE, "project-cancelled")
    assert (run.code, head_of(ledger)) == (0, before + 1), run.err
    again = edited(ledger, DONE, "project-cancelled")
    assert again.code == 0 and f"already recorded as e{before + 1}" in again.err


def test_flags_are_filled_in_and_the_rest_is_a_comment(ledger: Path) -> None:
    program = "(pathlib.Path('seen.yaml').write_text(text, encoding='utf-8'), text)[1]"
    words = ("project-approved", "--project-id", "northern-jinlong-separation", "--capacity", "0.5万吨/年")
    run = edited(ledger, program, *words)
    assert run.code == 3
    seen = (ledger / "seen.yaml").read_text(encoding="utf-8")
    assert '    project_id: "northern-jinlong-separation"\n' in seen
    assert '    capacity: "0.5万吨/年"\n' in seen
    assert "    # due: " in seen
    # What stands for text that nobody wrote is not recorded.
    assert "the placeholder … is not filled in" in run.err
    kept = re.search(r"kept in (\S+)", run.err)
    assert kept is not None and Path(kept[1]).read_text(encoding="utf-8") == seen


def test_nothing_is_written_when_nothing_was_changed(ledger: Path) -> None:
    before = head_of(ledger)
    run = edited(ledger, "text", "project-cancelled")
    assert (run.code, head_of(ledger)) == (0, before)
    assert "the file was not changed" in run.err


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("'- {type: project_cancelled, project_id: p, effective: 2025-13}'", "'2025-13' is not a date"),
        ("'- {'", "this is not YAML"),
        ("''", "the file holds no event"),
        ("'- {type: firm_registered, firm_id: a, name: A}\\n' * 2", "2 events instead of one"),
        ("chr(0)", "a NUL byte"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place_and_kept(ledger: Path, text: str, what: str) -> None:
    before = head_of(ledger)
    run = edited(ledger, text, "project-cancelled")
    assert (run.code, head_of(ledger)) == (3, before)
    assert what in run.err and "is kept in" in run.err and "project_cancelled.yaml" in run.err


def test_an_event_like_another_begins_with_its_fields(ledger: Path) -> None:
    log = json.loads(policytrack(ledger, "log", "--type", "project_announced", "--json").out)
    position = log[0]["position"]
    before = head_of(ledger)
    same = policytrack(ledger, "record", "project-announced", "--from", f"e{position}", "--yes")
    assert (same.code, head_of(ledger)) == (0, before) and f"already recorded as e{position}" in same.err
    other = policytrack(ledger, "record", "project-announced", "--from", f"e{position}", "--note", "n", "--due", "2033")
    assert (other.code, head_of(ledger)) == (0, before + 1), other.err
    stored, like = newest(ledger), json.loads(policytrack(ledger, "show", f"e{position}", "--json").out)
    text, origin = json.dumps(stored), json.dumps(like)
    assert "2033" in text and "2033" not in origin
    wrong = policytrack(ledger, "record", "project-approved", "--from", f"e{position}")
    assert wrong.code == 2 and f"policytrack record project-announced --from e{position}" in wrong.err
    assert policytrack(ledger, "record", "project-announced", "--from", "e99999").code == 4


def test_an_event_like_another_can_be_edited(ledger: Path) -> None:
    log = json.loads(policytrack(ledger, "log", "--type", "capacity_stated", "--json").out)
    before = head_of(ledger)
    program = "re.sub('effective: .*', 'effective: 2026-11', text)"
    run = edited(ledger, program, "capacity-stated", "--from", f"e{log[0]['position']}")
    assert (run.code, head_of(ledger)) == (0, before + 1), run.err


@pytest.mark.soak
def test_the_type_of_an_event_like_another_need_not_be_said(ledger: Path) -> None:
    log = json.loads(policytrack(ledger, "log", "--type", "capacity_stated", "--json").out)
    event, before = f"e{log[0]['position']}", head_of(ledger)
    run = edited(ledger, "re.sub('effective: .*', 'effective: 2026-11', text)", "--from", event)
    assert (run.code, head_of(ledger)) == (0, before + 1), run.err
    assert "capacity_stated" in json.dumps(newest(ledger))
    by_flags = policytrack(ledger, "record", f"--from={event}", "--note", "n", "--effective", "2026-11-02", "--yes")
    assert (by_flags.code, head_of(ledger)) == (0, before + 2), by_flags.err
    assert "already recorded" in policytrack(ledger, "record", "--from", event).err
    assert policytrack(ledger, "record", "--from", "e99999").code == 4
    assert policytrack(ledger, "record", "--from").code == 2
