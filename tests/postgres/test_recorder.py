"""The recorder on a real server: the library's own cases, the in-memory recorder's answers, and SQLite's digests."""

from __future__ import annotations

import random
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from eventsourcing.dcb import tests as shipped
from eventsourcing.dcb.api import DCBAppendCondition, DCBEvent, DCBQuery, DCBQueryItem
from eventsourcing.dcb.popo import InMemoryDCBRecorder
from eventsourcing.persistence import IntegrityError

from policytrack.errors import Busy, IntegrityTrouble, MalformedInput, NotFound, StorageTrouble, UsageError
from policytrack.store.anchor import read_anchor, write_anchor
from policytrack.store.postgres.address import Address
from policytrack.store.postgres.connections import Connections
from policytrack.store.postgres.recorder import PostgresDCBRecorder
from policytrack.store.postgres.store import PostgresStore
from policytrack.store.postgres.verify import verify_chain
from policytrack.store.sqlite.files import create_store
from policytrack.store.sqlite.recorder import SQLiteDCBRecorder
from policytrack.store.sqlite.store import SQLiteStore
from tests.postgres.server import MakeDatabase, Server
from tests.store.store_worker import event, with_tag
from tests.store.test_store_against_memory import TAGS, answer, appended, some_events, some_query


class TestShipped(shipped.DCBRecorderTestCase):
    @pytest.fixture(autouse=True)
    def _of_the_server(self, recorder: PostgresDCBRecorder) -> None:
        self.recorder = recorder

    def test_appends_and_reads_as_the_library_expects(self) -> None:
        self._test_append_read(self.recorder)

    def test_subscribes_as_the_library_expects(self) -> None:
        self._test_append_subscribe(self.recorder)


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(1, 20))])
def test_every_read_and_conditional_append_answers_as_the_in_memory_recorder_does(
    recorder: PostgresDCBRecorder, connections: Connections, seed: int
) -> None:
    draw, memory = random.Random(seed), InMemoryDCBRecorder()
    conflicts = 0
    for _ in range(120):
        events, query = some_events(draw), some_query(draw)
        after = draw.choice([None, draw.randrange(0, 60)])
        condition = None if query is None or draw.random() < 0.4 else DCBAppendCondition(query, after)
        expected = appended(memory, events, condition)
        assert appended(recorder, events, condition) == expected
        conflicts += expected is None
        for limit in (None, draw.randrange(1, 9)):
            assert answer(recorder, query, after, limit) == answer(memory, query, after, limit)
    assert conflicts
    report = verify_chain(connections)
    assert report.reason is None
    assert report.position == memory.read().head
    assert recorder.positions_of_tags(TAGS).keys() == {tag for one in memory.read() for tag in one.event.tags}


def test_the_same_events_have_the_same_digests_as_in_sqlite(
    recorder: PostgresDCBRecorder, connections: Connections, tmp_path: Path
) -> None:
    draw = random.Random(7)
    create_store(tmp_path / "events.db")
    other = SQLiteDCBRecorder(tmp_path / "events.db")
    for number in range(30):
        events = some_events(draw)
        instants = [number * 1_000] * len(events)
        recorder.append(events, recorder_at := None, recorded_at=instants)
        other.append(events, recorder_at, recorded_at=instants)
    many = [event(f"firm:{n}", f"project:{n % 9}", note="\t产能\\n" * (n % 5)) for n in range(4_321)]
    many[77] = DCBEvent("firm_registered", b"\xff\x00 no text", ["a\tb", "\\N", ""])
    for one in (recorder, other):  # many: the server gets them by COPY
        one.append(many, recorded_at=[40_000 + n for n in range(len(many))])
    there, here = PostgresStore(connections.address, tmp_path / "ledger.head"), SQLiteStore(tmp_path / "events.db")
    assert there.head() == here.head()
    assert list(there.digests(there.head().position)) == list(here.digests(here.head().position))
    assert list(there.checked_pages(0, 20)) == list(here.checked_pages(0, 20))
    last = here.head().position
    for position in (*range(90), *range(90, last, 199), last, last + 1):
        assert there.digest_at(position) == here.digest_at(position)
        assert there.transaction_of(position) == here.transaction_of(position)
        if (transaction := here.transaction_of(position)) is not None:
            assert there.position_at(transaction.recorded_at) == here.position_at(transaction.recorded_at)


def test_pages_of_events_are_those_of_sqlite(
    recorder: PostgresDCBRecorder, connections: Connections, tmp_path: Path
) -> None:
    events = [event(f"firm:{n}", note="产能" * n) for n in range(40)]
    recorder.append(events, recorded_at=[5] * 40)
    store = PostgresStore(connections.address, tmp_path / "ledger.head")
    copy = store.copy_to(tmp_path / "copy.db")
    assert copy.head() == store.head()
    for arguments in ((0, 7), (3, 100), (39, 1), (40, 5)):
        assert [b.to_pylist() for b in store.arrow_batches(*arguments)] == [
            b.to_pylist() for b in copy.arrow_batches(*arguments)
        ]
    assert store.arrow_rows([40, 3, 3, 99]) == copy.arrow_rows([40, 3, 3, 99])


def test_an_append_stamps_later_than_the_last_one_and_remembers_the_head(
    recorder: PostgresDCBRecorder, connections: Connections
) -> None:
    recorder.append([event("a")], recorded_at=[9_000_000_000_000_000])
    recorder.append([event("b"), event("c")])
    assert recorder.clock_warning is not None
    assert recorder.clock_warning.is_backwards
    assert recorder.clock_doubt()
    with connections.transaction("looking") as connection:
        rows = connection.execute("SELECT recorded_at FROM policytrack.dcb_events ORDER BY position").fetchall()
    assert [instant for (instant,) in rows] == [9_000_000_000_000_000, *[9_000_000_000_000_001] * 2]
    assert recorder.head_file is not None
    anchor = read_anchor(recorder.head_file)
    assert anchor is not None
    assert (anchor[0], anchor[1].hex()) == (3, recorder.head().digest_hex)


def test_what_cannot_be_stored_is_refused_and_nothing_is_stored(recorder: PostgresDCBRecorder) -> None:
    for wrong in (DCBEvent("a\0b", b"{}", []), DCBEvent("a", b"{}", ["x\0y"]), DCBEvent("a", b"{}", ["\ud800"])):
        with pytest.raises(MalformedInput):
            recorder.append([event("good"), wrong])
    recorder.append([event("good")], recorded_at=[10])
    with pytest.raises(MalformedInput, match="earlier"):
        recorder.append([event("good"), event("good")], recorded_at=[12, 11])
    assert recorder.head().position == 1


def test_a_query_with_thousands_of_items_is_answered(recorder: PostgresDCBRecorder) -> None:
    recorder.append([event(f"project:{n}", f"firm:{n % 7}") for n in range(500)])
    items = [DCBQueryItem(types=["project_approved"], tags=[f"project:{n}"]) for n in range(0, 5_000, 2)]
    items += [DCBQueryItem(tags=[f"project:{n}", f"firm:{n % 7}"]) for n in range(1, 250)]
    found = {sequenced.position - 1 for sequenced in recorder.read(DCBQuery(items))}
    assert found == {n for n in range(500) if n % 2 == 0 or n < 250}
    with pytest.raises(IntegrityError):
        recorder.append([event("x")], DCBAppendCondition(DCBQuery(items), after=498))
    assert recorder.append([event("x")], DCBAppendCondition(DCBQuery(items), after=499)) == 501


def test_a_writer_copies_many_events_in_and_rows_that_others_left_are_not_appended(
    server: Server, make_database: MakeDatabase, tmp_path: Path
) -> None:
    database = make_database()
    server.execute(
        "postgres",
        "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'copier') THEN"
        " CREATE ROLE copier LOGIN IN ROLE policytrack_writer; END IF; END $$",
    )
    left = "INSERT INTO policytrack.incoming (place, type, data, tags, recorded_at{}) VALUES (0, 'left', '{{}}', '[]', 1{})"
    server.execute(database, left.format("", ""), user="copier")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        server.execute(database, left.format(", copied_in", ", pg_current_xact_id()"), user="copier")
    connections = Connections(Address.read(server.address(database, "copier")))
    with closing(PostgresDCBRecorder(connections, head_file=tmp_path / "ledger.head")) as recorder:
        condition = DCBAppendCondition(with_tag("lot:1"))
        many = [event(f"lot:{n}") for n in range(5_000)]
        assert recorder.append(many, condition) == 5_000
        assert len(list(recorder.read())) == 5_000
        with pytest.raises(IntegrityError, match="position 2 matches"):
            recorder.append(many, condition)
        with pytest.raises(MalformedInput, match="event 151 is earlier"):
            recorder.append(many[:200], recorded_at=[2**52] * 150 + [2**52 - 1] * 50)
        assert recorder.append(many[:200]) == 5_200
        assert verify_chain(connections).reason is None
        with connections.transaction("counting") as connection:
            assert connection.execute("SELECT count(*) FROM policytrack.incoming").fetchone() == (0,)


def test_an_import_does_not_wait_for_a_backup_of_the_database(recorder: PostgresDCBRecorder, address: str) -> None:
    with psycopg.connect(address) as dumping:  # as pg_dump, which reads all tables in one transaction
        dumping.execute("LOCK TABLE policytrack.incoming, policytrack.dcb_events IN ACCESS SHARE MODE")
        assert recorder.append([event(f"firm:{n}") for n in range(4_500)]) == 4_500
    assert recorder.append([event(f"firm:{n}") for n in range(4_500)]) == 9_000
    assert verify_chain(recorder.connections).position == 9_000
    with psycopg.connect(address) as connection:
        assert connection.execute("SELECT count(*) FROM policytrack.incoming").fetchone() == (0,)


def test_stored_events_cannot_be_changed_and_what_an_owner_changes_is_found(
    recorder: PostgresDCBRecorder, connections: Connections, server: Server
) -> None:
    recorder.append([event(f"firm:{n}") for n in range(5)])
    database = connections.address.url.split("/")[3].split("?")[0]
    for statement in (
        "UPDATE policytrack.dcb_events SET data = '{}'",
        "DELETE FROM policytrack.dcb_events WHERE position = 5",
        "TRUNCATE policytrack.dcb_tags",
        "INSERT INTO policytrack.dcb_events SELECT 9, type, data, other, tags, 9, digest FROM policytrack.dcb_events"
        " WHERE position = 5",
        "INSERT INTO policytrack.dcb_events SELECT position - 5, type, data, other, tags, 9, digest"
        " FROM policytrack.dcb_events",
    ):
        with pytest.raises(psycopg.Error, match=r"immutable|next position"):
            server.execute(database, statement)
    assert verify_chain(connections).reason is None
    server.execute(
        database,
        "ALTER TABLE policytrack.dcb_events DISABLE TRIGGER dcb_events_immutable",
        """UPDATE policytrack.dcb_events SET data = '{"note":"x"}' WHERE position = 3""",
    )
    report = verify_chain(connections)
    assert (report.first_bad_position, report.events) == (3, 2)
    with pytest.raises(IntegrityTrouble, match="e3 in postgresql://"):
        list(recorder.read(with_tag("firm:2")))
    server.execute(database, """UPDATE policytrack.dcb_events SET data = '{"note":""}' WHERE position = 3""")
    report = verify_chain(connections)
    assert report.reason is not None
    assert "dcb_events_immutable" in report.reason


def test_a_server_that_lost_acknowledged_events_is_refused(
    recorder: PostgresDCBRecorder, connections: Connections, tmp_path: Path
) -> None:
    recorder.append([event("a")])
    write_anchor(tmp_path / "seen.head", 3, bytes(32))
    with pytest.raises(IntegrityTrouble, match="ends at e1, but e3 was reported as stored: e2 to e3 lost"):
        PostgresStore(connections.address, tmp_path / "seen.head").head()
    with pytest.raises(IntegrityTrouble, match="e2 to e3 lost"):
        PostgresDCBRecorder(connections, head_file=tmp_path / "seen.head")


def test_readers_do_not_wait_for_a_writer_and_another_writer_waits_and_is_told(
    recorder: PostgresDCBRecorder, address: str
) -> None:
    with closing(PostgresDCBRecorder(Connections(Address.read(address), wait_seconds=1))) as impatient:
        with recorder.writing() as writing:
            writing.add([("firm_registered", "{}", "[]")])
            assert impatient.head().position == 0
            with pytest.raises(Busy, match="locked for 1 s"):
                impatient.append([event("x")])
        assert impatient.append([event("x")]) == 2


@pytest.mark.parametrize(("version", "hint"), [(1, "with the version that made it"), (99, "upgrade policytrack")])
def test_an_event_store_of_another_format_is_refused(
    server: Server, make_database: MakeDatabase, version: int, hint: str
) -> None:
    database = make_database()
    server.execute(database, f"UPDATE policytrack.format SET version = {version}")
    with pytest.raises(IntegrityTrouble, match=f"format {version}; this version of policytrack supports") as refused:
        PostgresDCBRecorder(Connections(Address.read(server.address(database)))).head()
    assert hint in str(refused.value.hint)


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://anna:secret@host/db",
        "postgresql://anna@host/db?password=secret",
        "mysql://host/db",
        "postgresql://host:port/db",
        "postgresql://host/db#part",
        "/var/lib/events.db",
        "postgresql://ho st/db",
    ],
)
def test_an_address_with_a_password_or_of_something_else_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        Address.read(text)
    assert "secret" not in str(refused.value) + str(refused.value.hint)


def test_a_server_that_is_gone_or_has_no_event_store_is_named(server: Server, empty_database: str) -> None:
    with pytest.raises(NotFound, match=empty_database):
        PostgresDCBRecorder(Connections(Address.read(server.address(empty_database)))).head()
    with pytest.raises(NotFound, match="nowhere"):
        PostgresDCBRecorder(Connections(Address.read(server.address("nowhere")))).head()
    with pytest.raises(StorageTrouble, match=r"cannot reach postgresql://anna@127\.0\.0\.1:1/db"):
        PostgresDCBRecorder(Connections(Address.read("postgresql://anna@127.0.0.1:1/db"))).head()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE policytrack.dcb_events SET data = replace(data, 'one', 'two') WHERE position = 3",
        "INSERT INTO policytrack.dcb_events SELECT 4, type, data, other, tags, recorded_at, digest"
        " FROM policytrack.dcb_events WHERE position = 3",
    ],
)
def test_nothing_is_appended_to_an_event_that_was_changed(
    recorder: PostgresDCBRecorder, connections: Connections, change: str
) -> None:
    recorder.append([event(f"event:{n}", note="one") for n in range(3)])
    with connections.transaction("changing events") as connection:
        connection.execute("ALTER TABLE policytrack.dcb_events DISABLE TRIGGER ALL")
        connection.execute(change)
        connection.execute("ALTER TABLE policytrack.dcb_events ENABLE TRIGGER ALL")
    with pytest.raises(IntegrityTrouble, match="does not match its digest"):
        recorder.append([event("event:new")])
    with pytest.raises(IntegrityTrouble, match="does not match its digest"), recorder.writing():
        pytest.fail("an import begins")
