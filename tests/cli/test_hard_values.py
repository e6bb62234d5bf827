"""Values and places that no one thought of: each is answered or refused with the place, and no hint leads in a circle."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from policytrack.cli.unseen import visible
from policytrack.importing.event_row import Row
from policytrack.importing.formats.json_positions import JsonLine
from policytrack.importing.formats.jsonl import read_jsonl
from policytrack.store.digest import FIRST_DIGEST, next_digest
from tests.cli.conftest import Run, policytrack
from tests.thinning import one_in

LONG = "9" * 5000
FIRM = '{"type":"firm_registered","firm_id":"a","name":"A","effective":"2020","known_on":"2020-12-31"}\n'


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A new ledger."""
    assert policytrack(tmp_path, "init", "ledger").code == 0
    return tmp_path / "ledger"


@pytest.mark.parametrize(
    ("words", "code", "part"),
    one_in(
        2,
        [
            (("show", f"e{LONG}"), 4, "e9999"),
            (("retract", f"e{LONG}", "--because", "error", "--reason", "x"), 4, "there is no event e9999"),
            (("capacity", "--head", LONG), 2, "is not an event position"),
            (("capacity", "--recorded-at", "0001-01-01T00:00+14:00"), 2, "is not an instant"),
            (("import", "f.jsonl", "-n", "-o", "none/x.jsonl"), 5, "cannot write"),
            (("import", "f.csv", "--map", "long.toml"), 3, "this is not TOML"),
        ],
    ),
)
def test_a_value_beyond_all_measure_is_refused(empty: Path, words: tuple[str, ...], code: int, part: str) -> None:
    (empty / "f.jsonl").write_text(FIRM)
    (empty / "f.csv").write_text("a,b\n1,2\n")
    (empty / "long.toml").write_text(f"a = {LONG}\n")
    done = policytrack(empty, *words)
    assert done.code == code and part in done.err and len(done.err) < 2_000


def test_a_day_that_is_set_and_is_no_date_is_refused(empty: Path) -> None:
    done = policytrack(empty, "capacity", POLICYTRACK_TODAY="garbage")
    assert done.code == 2 and "POLICYTRACK_TODAY is 'garbage'" in done.err


@pytest.mark.parametrize("content", ["x = " + "[" * 3000, f"x = {LONG}", "\xff"])
def test_settings_that_cannot_be_read_are_told(empty: Path, content: str) -> None:
    (empty / "policytrack.toml").write_bytes(content.encode("latin-1"))
    done = policytrack(empty, "status")
    assert done.code == 6 and "cannot read " in done.err and "hint: restore the file from a backup" in done.err


def test_a_pointer_with_a_name_of_any_length_is_damage_that_is_mended(empty: Path) -> None:
    (empty / "readmodel" / "CURRENT").write_text(f"g1-{'0' * 5000}-00000000-00000000.duckdb")
    assert policytrack(empty, "status").code == 0
    assert policytrack(empty, "capacity").code == 0


def test_a_stored_event_that_is_no_json_is_named(empty: Path) -> None:
    digest = next_digest(FIRST_DIGEST, 1, "firm_registered", b"xx{", "[]", 1)
    with closing(sqlite3.connect(empty / "events.db")) as store, store:
        store.execute("INSERT INTO dcb_events VALUES (1, 'firm_registered', 'xx{', '[]', 1, ?)", (digest,))
    done = policytrack(empty, "capacity")
    assert done.code == 6 and "e1 in the event store is not an event" in done.err


@pytest.mark.parametrize("name", ["what?", "back\\slash", b"n\xff"])
def test_a_folder_that_the_engine_cannot_open_is_refused_by_init_with_the_character(
    tmp_path: Path, name: str | bytes
) -> None:
    folder = name if isinstance(name, str) else name.decode(errors="surrogateescape")
    done = policytrack(tmp_path, "init", folder)
    assert done.code == 2 and "DuckDB cannot open files" in done.err and not list(tmp_path.iterdir())


def test_a_ledger_that_lies_in_such_a_folder_says_what_to_do(empty: Path) -> None:
    moved = empty.rename(empty.with_name("which one?"))
    done = policytrack(moved, "capacity")
    assert done.code == 2 and "the character ?" in done.err and "hint: rename the folder" in done.err


@pytest.mark.parametrize("name", one_in(3, ["star*x", "br[a]x", "per%41 #x", "q\"'x", "new\nline"]))
def test_other_odd_folders_work(tmp_path: Path, name: str) -> None:
    assert policytrack(tmp_path, "init", name).code == 0
    assert policytrack(tmp_path / name, "capacity").code == 0


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = policytrack(tmp_path, "init", "file/ledger")
    assert done.code == 2 and "'file' is a file, not a folder" in done.err


def test_verify_says_what_to_do_with_a_damaged_anchor(empty: Path) -> None:
    assert policytrack(empty, "record", "firm-registered", "--firm-id", "a", "--name", "A").code == 0
    (empty / "ledger.head").write_text("")
    sent = policytrack(empty, "capacity")
    assert sent.code == 6 and "run `policytrack verify`" in sent.err
    done = policytrack(empty, "verify")
    assert done.code == 6 and "complete up to e1" in done.err and "run `policytrack verify`" not in done.err
    (empty / "ledger.head").unlink()
    assert policytrack(empty, "verify").code == 0


@pytest.mark.parametrize(
    ("id_", "thing"), [("e2", "an event's position"), ("e007", "an event's position"), ("i3", "an import")]
)
def test_an_id_that_reads_as_an_event_or_an_import_is_refused(empty: Path, id_: str, thing: str) -> None:
    done = policytrack(empty, "record", "firm-registered", "--firm-id", id_, "--name", "A")
    assert done.code == 3 and f"{id_!r} has the form of {thing}" in done.err and f"firm-{id_}" in done.err
    (empty / "f.jsonl").write_text(FIRM.replace('"a"', f'"{id_}"'))
    assert policytrack(empty, "import", "f.jsonl").code == 3


def test_the_places_of_a_line_are_worked_out_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    worked_out: list[int] = []
    node = JsonLine.node
    monkeypatch.setattr(JsonLine, "node", lambda self: (worked_out.append(1), node(self))[1])
    (tmp_path / "f.jsonl").write_text(json.dumps({"type": "x", "names": [{"name": ""}] * 50}) + "\n")
    with (tmp_path / "f.jsonl").open("rb") as file:
        (row,) = read_jsonl(file, "f.jsonl")
    assert isinstance(row, Row)
    assert len({row.locate(("names", index, "name")).column for index in range(50)}) == 50
    assert worked_out == [1]


def test_what_steers_a_terminal_is_shown_not_sent(ask: Callable[..., Run]) -> None:
    done = ask("sql", "SELECT chr(27) || '[31mred' || chr(8238) AS x", "--format", "table")
    assert "\\x1b[31mred\\u202e" in done.out and "\x1b" not in done.out
    assert visible("two\nlines\tand 宝") == "two\nlines\tand 宝"
