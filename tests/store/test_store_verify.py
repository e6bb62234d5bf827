"""Verifying: whatever is changed in the file is found, and the place with it."""

from __future__ import annotations

import random
import sqlite3
import textwrap
from contextlib import closing
from pathlib import Path

import pytest
from eventsourcing.dcb.api import DCBEvent, DCBQuery, DCBQueryItem

from policytrack.errors import NotFound, PolicytrackError
from policytrack.store import digest as digest_module
from policytrack.store.digest import FIRST_DIGEST
from policytrack.store.sqlite.recorder import SQLiteDCBRecorder
from policytrack.store.sqlite.schema import STATEMENTS
from policytrack.store.sqlite.verify import verify_chain
from tests.store.store_worker import event, with_tag
from tests.tally import tried

COUNT = 200


@pytest.fixture
def filled(store: Path) -> Path:
    with closing(SQLiteDCBRecorder(store)) as recorder:
        recorder.append(
            [
                event(f"event:{n}", f"firm:{n % 5}", name=f"type_{n % 3}", note=f"产能 {n} " + "x" * (n % 90))
                for n in range(COUNT)
            ]
        )
    return store


def tamper(store: Path, *statements: str) -> None:
    """Change the store as its owner can, and put everything that guards it back afterwards."""
    with closing(sqlite3.connect(store, isolation_level=None)) as connection:
        triggers = [name for name, sql in STATEMENTS.items() if sql.startswith("CREATE TRIGGER")]
        for name in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
        for name in triggers:
            connection.execute(STATEMENTS[name])


def test_a_whole_store_verifies_with_its_head_and_tells_how_far_it_is(filled: Path) -> None:
    steps: list[tuple[int, int]] = []
    report = verify_chain(filled, lambda done, total: steps.append((done, total)))
    with closing(SQLiteDCBRecorder(filled)) as recorder:
        assert (report.position, report.digest_hex) == (COUNT, recorder.head().digest_hex)
    assert (report.events, report.first_bad_position, report.reason) == (COUNT, None, None)
    assert steps[-1] == (COUNT, COUNT)


def test_an_empty_store_verifies(store: Path) -> None:
    report = verify_chain(store)
    assert (report.events, report.digest_hex, report.first_bad_position) == (0, FIRST_DIGEST.hex(), None)


def test_what_is_not_there_cannot_be_verified(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        verify_chain(tmp_path / "events.db")


def test_the_program_in_the_documentation_of_the_digest_verifies_a_store(
    filled: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert digest_module.__doc__ is not None
    program = textwrap.dedent(digest_module.__doc__.split("::\n")[1])
    monkeypatch.chdir(filled.parent)
    exec(program, {})  # noqa: S102 # it is the documentation that is tested
    assert capsys.readouterr().out.strip() == verify_chain(filled).digest_hex
    tamper(filled, "UPDATE dcb_events SET recorded_at = recorded_at + 1 WHERE position = 77")
    with pytest.raises(AssertionError, match="77"):
        exec(program, {})  # noqa: S102 # as above


@pytest.mark.parametrize(
    ("statement", "position", "reason"),
    [
        ("UPDATE dcb_events SET data = replace(data, '产能', '产量') WHERE position = 50", 50, "digest"),
        ("UPDATE dcb_events SET type = 'other' WHERE position = 50", 50, "digest"),
        ("UPDATE dcb_events SET tags = '[]' WHERE position = 50", 50, "digest"),
        ("UPDATE dcb_events SET recorded_at = recorded_at - 1 WHERE position = 50", 50, "digest"),
        ("UPDATE dcb_events SET digest = zeroblob(32) WHERE position = 50", 50, "digest"),
        ("UPDATE dcb_events SET data = CAST(data AS BLOB) WHERE position = 50", 50, "another type"),
        ("DELETE FROM dcb_events WHERE position = 50", 50, "missing"),
        ("UPDATE dcb_events SET position = 999 WHERE position = 50", 50, "missing"),
        ("UPDATE dcb_events SET position = 0 WHERE position = 1", 1, "missing"),
        ("DELETE FROM dcb_tags WHERE position = 50 AND tag LIKE 'firm:%'", 50, "tags"),
        ("DELETE FROM dcb_tags WHERE position = 1", 1, "tags"),
        ("DELETE FROM dcb_tags WHERE position = 200", 200, "tags"),
        ("INSERT INTO dcb_tags VALUES ('firm:new', 50)", 50, "tags"),
        ("INSERT INTO dcb_tags VALUES ('firm:new', -3)", 1, "tags"),
        ("INSERT INTO dcb_tags VALUES ('firm:new', 201)", 201, "tags"),
        ("UPDATE dcb_tags SET tag = 'firm:x' WHERE position = 50 AND tag LIKE 'firm:%'", 50, "tags"),
        ("DROP INDEX dcb_events_type", 1, "dcb_events_type"),
        ("CREATE TRIGGER more AFTER INSERT ON dcb_events BEGIN SELECT 1; END", 1, "more"),
    ],
)
def test_a_change_by_the_owner_of_the_file_is_found(filled: Path, statement: str, position: int, reason: str) -> None:
    tamper(filled, statement)
    report = verify_chain(filled)
    assert report.first_bad_position == position
    assert reason in str(report.reason)
    assert report.events == position - 1


def test_an_instant_that_runs_backwards_is_found_even_with_a_right_digest(filled: Path) -> None:
    with closing(sqlite3.connect(filled)) as connection:
        previous, last = connection.execute(
            "SELECT digest, recorded_at FROM dcb_events ORDER BY position DESC LIMIT 1"
        ).fetchone()
    forged = digest_module.next_digest(previous, COUNT + 1, "a", b"{}", "[]", last - 1)
    tamper(filled, f"INSERT INTO dcb_events VALUES ({COUNT + 1}, 'a', '{{}}', '[]', {last - 1}, x'{forged.hex()}')")
    report = verify_chain(filled)
    assert (report.first_bad_position, report.reason) == (
        COUNT + 1,
        "its recorded_at is earlier than that of the event before it",
    )


def test_an_index_that_hides_an_event_is_found(filled: Path) -> None:
    whole = filled.read_bytes()
    # The types of the index come in order of the type; those of the table in order of the position.
    at = whole.rindex(b"type_1type_1"[:6])
    assert whole.count(b"type_2") == len([n for n in range(COUNT) if n % 3 == 2]) * 2
    found = set()
    place = whole.find(b"type_2")
    while place >= 0:
        filled.write_bytes(whole[:place] + b"type_9" + whole[place + 6 :])
        report = verify_chain(filled)
        assert report.reason
        found.add("an index is damaged" in str(report.reason))
        place = whole.find(b"type_2", place + 1)
    assert found == {True, False}
    assert at > 0


def every_answer(store: Path) -> list[list[tuple[int, DCBEvent]]]:
    """What a reader gets from all events, from each type and from each tag."""
    queries = [DCBQuery(), *(DCBQuery([DCBQueryItem(types=[f"type_{n}"])]) for n in range(3))]
    queries += [with_tag(f"firm:{n}") for n in range(5)] + [with_tag(f"event:{n}") for n in range(0, COUNT, 7)]
    with closing(SQLiteDCBRecorder(store)) as recorder:
        return [[(s.position, s.event) for s in recorder.read(query)] for query in queries]


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.soak)])
def test_every_flipped_bit_that_changes_an_answer_is_found(filled: Path, seed: int) -> None:
    draw = random.Random(seed)
    whole, answers = filled.read_bytes(), every_answer(filled)
    found = 0
    for _ in range(200 if seed == 1 else 4_000):
        tried("flipped bits")
        place, bit = draw.randrange(len(whole)), 1 << draw.randrange(8)
        filled.write_bytes(whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :])
        if verify_chain(filled).reason:
            found += 1
            continue
        try:
            assert every_answer(filled) == answers, (place, bit)
        except PolicytrackError:
            found += 1
    assert found > 100


@pytest.mark.parametrize("tags", ["null", "5", '["a",1]', "x", "[" * 100_000])
def test_tags_that_are_no_list_of_texts_are_reported_at_their_event(filled: Path, tags: str) -> None:
    with closing(sqlite3.connect(filled)) as connection, connection:
        (before,) = connection.execute("SELECT digest FROM dcb_events WHERE position = ?", (COUNT,)).fetchone()
        row = (COUNT + 1, "a", "{}", tags, 1 << 52)
        digest = digest_module.next_digest(before, row[0], row[1], row[2].encode(), *row[3:])
        connection.execute("INSERT INTO dcb_events VALUES (?, ?, ?, ?, ?, ?)", (*row, digest))
    report = verify_chain(filled)
    assert (report.first_bad_position, report.reason) == (COUNT + 1, "its tags are not a list of texts")
