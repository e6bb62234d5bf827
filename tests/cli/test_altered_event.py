"""An event that was changed in the store is noticed by whatever reads it: nothing is answered or built from it."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from policytrack.errors import IntegrityTrouble
from policytrack.store.digest import FIRST_DIGEST, check_chain, next_digest
from policytrack.store.sqlite.reading import arrow_batches, arrow_rows
from tests.cli.conftest import policytrack
from tests.copies import copied
from tests.thinning import one_in

REGISTER = ("record", "firm-registered", "--firm-id")
ALTERATIONS = {
    "data": "data = replace(data, 'Honest b', 'Forged b')",
    "type": "type = 'facility_registered'",
    "tags": "tags = replace(tags, 'firm:b', 'firm:x')",
    "instant": "recorded_at = recorded_at + 1",
    "digest": "digest = zeroblob(32)",
    "digest as a number": "digest = 1000000000000",
    "digest as text": "digest = 'sha256'",
}


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger of three firms, caught up."""
    folder = tmp_path_factory.mktemp("three") / "L"
    assert policytrack(folder.parent, "init", "L").code == 0
    for name in "abc":
        assert policytrack(folder, *REGISTER, name, "--name", f"Honest {name}").code == 0
    return folder


@pytest.fixture
def three(original: Path, tmp_path: Path) -> Path:
    """A copy of it, to be changed."""
    copied(original, tmp_path / "L")
    return tmp_path / "L"


def alter(ledger: Path, change: str, position: int = 2) -> None:
    """Change an event in the file, as another program can; its digest stays."""
    with sqlite3.connect(ledger / "events.db") as store:
        triggers = store.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            store.execute(f"DROP TRIGGER {name}")
        changed = store.execute(f"UPDATE dcb_events SET {change} WHERE position = ?", (position,))
        assert changed.rowcount == 1
        for _, sql in triggers:
            store.execute(sql)


@pytest.mark.parametrize("what", one_in(4, ALTERATIONS))
def test_a_rebuild_over_an_altered_event_is_refused_and_the_published_read_model_stays(three: Path, what: str) -> None:
    current = (three / "readmodel" / "CURRENT").read_text()
    alter(three, ALTERATIONS[what])
    run = policytrack(three, "rebuild")
    assert run.code == 6, run.err
    assert "e2 in" in run.err and "does not match its digest" in run.err
    assert (three / "readmodel" / "CURRENT").read_text() == current
    assert not list((three / "readmodel").glob(".*.tmp*"))
    asked = policytrack(three, "firm", "list")
    if "digest" in what:  # the name of an older read model beside it has the digest of e2
        assert (asked.code, asked.out) == (6, "")
        assert "e2 in the event store is not the event from which the read model was" in asked.err
    else:
        assert asked.out.count("Honest") == 3
    assert policytrack(three, "verify").code == 6


@pytest.mark.parametrize(
    "command",
    one_in(
        2,
        [
            ("firm", "list"),
            ("capacity", "--head", "2"),
            ("export", "events", "-o", "out.jsonl"),
            ("export", "events"),
            ("correct", "e2", "--set", "name=Other", "--because", "error"),
            ("retract", "e2", "--because", "error", "--reason", "a mistake"),
            (*REGISTER, "b", "--name", "Another b"),
            ("import", "again.jsonl"),
            ("undo", "i2"),
            ("claim", "e2", "--verifies", "--source", 'title="R",class=analyst,publisher=S'),
        ],
        of_one=True,
    ),
    ids=lambda command: " ".join(command[:2]),
)
def test_every_command_that_reads_an_altered_event_names_it(three: Path, command: tuple[str, ...]) -> None:
    (three / "again.jsonl").write_text(
        '{"type": "firm_registered", "firm_id": "b", "name": "New b"}\n', encoding="utf-8"
    )
    alter(three, ALTERATIONS["data"])
    if command == ("firm", "list"):  # otherwise it is answered from the read model, which holds what was recorded
        shutil.rmtree(three / "readmodel")
    run = policytrack(three, *command)
    assert run.code == 6, (run.out, run.err)
    assert "e2 in" in run.err and "does not match its digest" in run.err
    assert "Forged" not in run.out
    assert not (three / "out.jsonl").exists()
    with sqlite3.connect(three / "events.db") as store:
        assert store.execute("SELECT count(*) FROM dcb_events").fetchall() == [(3,)]


def test_a_catch_up_does_not_take_in_an_event_that_was_altered_before_it_was_read(three: Path, original: Path) -> None:
    assert policytrack(three, *REGISTER, "d", "--name", "Honest d").code == 0
    shutil.rmtree(three / "readmodel")
    shutil.copytree(original / "readmodel", three / "readmodel")
    alter(three, "data = replace(data, 'Honest', 'Forged')", position=4)
    for command in (("capacity",), ("firm", "list"), ("sql", "FROM firm")):
        run = policytrack(three, *command)
        assert run.code == 6
        assert "e4 in" in run.err


def test_the_first_and_the_last_event_of_a_page_are_checked_too(three: Path) -> None:
    for position in (1, 2, 3):
        folder = three.parent / f"L{position}"
        copied(three, folder)
        alter(folder, "data = replace(data, 'Honest', 'Forged')", position=position)
        for size in (1, 2, 100):
            with pytest.raises(IntegrityTrouble, match=f"e{position} in .* does not match its digest"):
                list(arrow_batches(folder / "events.db", 0, size))
        with pytest.raises(IntegrityTrouble, match=f"e{position} in "):
            arrow_rows(folder / "events.db", [position])
        whole = [other for other in (1, 2, 3) if other != position]
        assert arrow_rows(folder / "events.db", whole).num_rows == 2


def test_the_fast_chain_is_the_chain(tmp_path: Path) -> None:
    digest, rows = FIRST_DIGEST, []
    for position, size in enumerate((0, 1, 4095, 4096, 70_000), 1):
        data, tags = b"x" * size, '["é"]' * (size // 8)
        digest = next_digest(digest, position, "firm_registered", data, tags, 10**position)
        rows.append((position, b"firm_registered", data, tags.encode(), 10**position, digest))
    check_chain(FIRST_DIGEST, rows, tmp_path)
    with pytest.raises(IntegrityTrouble, match="e2 in"):
        check_chain(rows[0][5], [(*rows[1][:5], digest)], tmp_path)
