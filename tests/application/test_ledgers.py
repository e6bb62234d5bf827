"""Ledgers on disk: made once, found from inside, refused when damaged."""

from __future__ import annotations

from pathlib import Path

import pytest

from policytrack.api.preview import what_if
from policytrack.errors import IntegrityTrouble, NotFound, PolicytrackError, UsageError
from policytrack.ledger import Ledger
from policytrack.ledger_settings import SETTINGS
from tests.application.ledgers import events_shown, length, run
from tests.examples import firm


def test_a_new_ledger_is_empty_and_whole(ledger: Ledger) -> None:
    assert sorted(path.name for path in ledger.root.iterdir() if path.is_dir()) == [
        "projections",
        "queries",
        "readmodel",
    ]
    assert (ledger.root / SETTINGS).is_file()
    assert length(ledger) == events_shown(ledger) == 0
    assert run(ledger.root, "verify").returncode == 0


def test_a_ledger_is_made_once(ledger: Ledger) -> None:
    ledger.record([firm()])
    with pytest.raises(UsageError, match="is already a ledger"):
        Ledger.create(ledger.root)
    assert length(ledger) == 1


def test_a_ledger_is_made_in_a_folder_that_holds_other_things(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    Ledger.create(tmp_path).record([firm()])
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_ledger_is_found_from_a_folder_inside_it(ledger: Ledger) -> None:
    inside = ledger.root / "queries" / "of" / "mine"
    inside.mkdir(parents=True)
    assert Ledger.find(inside).root == ledger.root.resolve()


def test_the_nearest_ledger_is_found(ledger: Ledger) -> None:
    inner = Ledger.create(ledger.root / "inner")
    assert Ledger.find(inner.queries).root == inner.root.resolve()


def test_where_there_is_no_ledger_the_cure_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no ledger in") as caught:
        Ledger.find(tmp_path)
    assert "policytrack init" in caught.value.hint
    done = run(tmp_path, "status")
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.startswith("policytrack: error PT401: no ledger in ")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (b"format = ", "cannot read .*policytrack.toml"),
        (b"\xff\xfe", "cannot read .*policytrack.toml"),
        (b"format = 2\n", "has format 2; this version of policytrack reads format 1"),
        (b"", "has no line .format = 1.: it is damaged"),
        (b'format = "1"\n', "has format 1; this version of policytrack reads format 1"),
    ],
)
def test_damaged_settings_are_refused(ledger: Ledger, settings: bytes, words: str) -> None:
    (ledger.root / SETTINGS).write_bytes(settings)
    with pytest.raises(IntegrityTrouble, match=words):
        Ledger.find(ledger.root)
    assert run(ledger.root, "status").returncode == 6


@pytest.mark.parametrize("damage", ["missing", "empty", "text"])
def test_a_store_that_is_not_there_or_is_no_store_is_refused_and_none_is_made(ledger: Ledger, damage: str) -> None:
    ledger.record([firm()])
    for path in ledger.root.glob("events.db*"):
        path.unlink()
    content = {"empty": b"", "text": b"not a database, but a text that is long enough to look at" * 20}.get(damage)
    if content is not None:
        ledger.store.path.write_bytes(content)
    with pytest.raises(PolicytrackError) as caught:
        ledger.record([firm("other")])
    assert caught.value.exit_code in {4, 6}
    assert (ledger.store.path.read_bytes() if ledger.store.exists() else None) == content


def test_a_replay_past_the_end_is_refused(ledger: Ledger) -> None:
    ledger.record([firm()])
    with pytest.raises(NotFound, match="there is no event e2; the last is e1"):
        ledger.replay(2, notes=lambda _: None)


def test_a_preview_touches_nothing_of_the_ledger(ledger: Ledger) -> None:
    ledger.record([firm()])
    assert events_shown(ledger) == 1

    def contents() -> dict[Path, bytes]:
        # SQLite's shared memory notes who reads; it is no part of the record.
        files = (path for path in ledger.root.rglob("*") if path.is_file() and path.suffix != ".db-shm")
        return {path: path.read_bytes() for path in files}

    before = contents()
    with what_if(ledger, lambda copy: copy.record([firm("other")]), notes=lambda _: None) as path:
        assert path.is_file()
    assert contents() == before
    assert length(ledger) == 1
