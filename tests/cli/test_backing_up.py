"""`backup` and `restore` at the command line: what they print, and what a rolled-back ledger is told."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.cli.conftest import policytrack


def test_a_ledger_is_backed_up_restored_and_answers_the_same(demo_ledger: Path, tmp_path: Path) -> None:
    first = policytrack(demo_ledger, "backup", str(tmp_path / "B"))
    assert (first.code, first.err) == (0, f"backed up to {tmp_path / 'B'}: 428 new events and 1 file\n")
    again = policytrack(demo_ledger, "backup", str(tmp_path / "B"), "--verify")
    assert again.err == f"backed up to {tmp_path / 'B'}: no new events; all of the backup was read and checked\n"
    restored = policytrack(tmp_path, "restore", "B", "R")
    assert (restored.code, restored.out) == (0, first.out), restored.err
    assert first.out == again.out
    assert first.out.startswith("e428 sha256:")
    assert (tmp_path / "R" / "readmodel" / "CURRENT").exists()
    assert policytrack(tmp_path / "R", "verify", "--quick", "--cited", *first.out.split()).code == 0
    asked = ("capacity", "--country", "CN", "--json")
    assert policytrack(tmp_path / "R", *asked).out == policytrack(demo_ledger, *asked).out
    assert policytrack(tmp_path, "restore", "B", "R").code == 3
    assert policytrack(tmp_path, "restore", "R", "S").code == 4


def test_a_ledger_that_was_rolled_back_is_not_backed_up(ledger: Path, tmp_path: Path) -> None:
    older = {name: (ledger / name).read_bytes() for name in ("events.db", "ledger.head")}
    recorded = policytrack(
        ledger, "record", "firm-registered", "--firm-id", "x", "--name", "X", "--effective", "2026-01-01", "--yes"
    )
    assert recorded.code == 0, recorded.err
    for name, content in older.items():
        (ledger / name).write_bytes(content)
    refused = policytrack(ledger, "backup", str(tmp_path / "B"))
    assert refused.code == 6
    assert "an older event store was restored" in refused.err
    assert not (tmp_path / "B").exists()
    shutil.rmtree(ledger / "readmodel")
    assert policytrack(ledger, "backup", str(tmp_path / "B")).code == 0


def test_restore_refuses_the_current_folder(demo_ledger: Path, tmp_path: Path) -> None:
    assert policytrack(demo_ledger, "backup", str(tmp_path / "B")).code == 0
    (tmp_path / "here").mkdir()
    refused = policytrack(tmp_path / "here", "restore", "../B", ".")
    assert refused.code == 2
    assert "is the current folder" in refused.err
