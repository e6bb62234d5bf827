"""What a shared ledger says when a server is lost, full, read-only or behind, and that nothing is half done."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from policytrack.errors import PolicytrackError, Refused, StorageTrouble
from policytrack.store.postgres.address import Address
from policytrack.store.postgres.connections import Connections
from policytrack.store.postgres.recorder import PostgresDCBRecorder
from policytrack.store.postgres.schema import create
from policytrack.store.postgres.verify import verify_chain
from tests.cli.conftest import policytrack as run
from tests.postgres.relay import Relay
from tests.postgres.server import MakeDatabase, Server, account
from tests.postgres.test_shared_ledger import CELLS, FIRM
from tests.store.store_worker import event


def test_a_standby_that_lacks_the_last_events_is_refused_by_every_command(
    server: Server, make_database: MakeDatabase, tmp_path: Path
) -> None:
    database = make_database()
    (tmp_path / "cells.yaml").write_text(CELLS)
    assert run(tmp_path, "init", "anna", "--store", server.address(database)).code == 0
    assert run(tmp_path, "-C", "anna", "import", "cells.yaml").code == 0
    server.execute(  # connections of others may still be about to end
        "postgres", f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'"
    )
    standby = f"{database}_standby"
    server.execute("postgres", f"CREATE DATABASE {standby} TEMPLATE {database}")
    assert run(tmp_path, "-C", "anna", *FIRM).code == 0
    assert run(tmp_path, "-C", "anna", *FIRM[:3], "other", *FIRM[4:]).code == 0
    assert run(tmp_path, "-C", "anna", "capacity").code == 0  # its read model has e4 and e5
    moved = {"POLICYTRACK_STORE": server.address(standby)}
    for words in (
        ("capacity",),
        ("status",),
        ("log",),
        ("pending",),
        (*FIRM[:3], "third", *FIRM[4:]),
        ("import", "cells.yaml"),
    ):
        refused = run(tmp_path, "-C", "anna", *words, **moved)
        assert (refused.code, refused.out) == (6, ""), refused.err
        assert "ends at e3, but e5 was reported as stored: e4 to e5 lost" in refused.err
        assert "what the server has ends at 20" in refused.err
    (tmp_path / "anna" / "ledger.head").unlink()
    ahead = run(tmp_path, "-C", "anna", "capacity", **moved)
    assert (ahead.code, ahead.out) == (6, "")
    assert "ends at e3, but the read model was built from events up to e5" in ahead.err
    assert "ask who runs the server" in ahead.err
    assert run(tmp_path, "-C", "anna", "rebuild", **moved).code == 0
    assert run(tmp_path, "-C", "anna", "capacity", **moved).code == 0


@pytest.mark.parametrize(
    ("passes_commit", "closes", "outcome", "stored"),
    [
        (True, False, "it is stored as e1", True),
        (False, False, "it is not stored", False),
        (True, True, "whether it is stored is unknown: run the same command again, it records no event twice", True),
        (False, True, "whether it is stored is unknown: run the same command again, it records no event twice", False),
    ],
)
def test_a_connection_that_breaks_at_the_commit_is_answered_with_whether_it_is_stored(
    server: Server,
    make_database: MakeDatabase,
    tmp_path: Path,
    passes_commit: bool,
    closes: bool,
    outcome: str,
    stored: bool,
) -> None:
    database = make_database()
    assert run(tmp_path, "init", "anna", "--store", server.address(database)).code == 0
    with closing(PostgresDCBRecorder(Connections(Address.read(server.address(database))))) as recorder:
        relay = Relay(server, passes_commit=passes_commit, closes=closes)
        try:
            broken = run(tmp_path, "-C", "anna", *FIRM, POLICYTRACK_STORE=relay.address(database))
        finally:
            relay.stop()
        assert relay.broke, broken.err
        assert (broken.code, outcome in broken.err) == (5, True), broken.err
        assert bool(recorder.positions_of_tags(["firm:acme"])) == stored
        again = run(tmp_path, "-C", "anna", *FIRM)
        assert again.code == 0, again.err
        assert len(list(recorder.read())) == 1


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A folder on a file system of 24 MB, which the server's account owns."""
    folder = Path(tempfile.mkdtemp(prefix="small", dir="/tmp"))
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode:
        folder.rmdir()
        pytest.skip("a file system can be mounted only by root")
    user = account()
    assert user is not None
    shutil.chown(folder, user)
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
    folder.rmdir()


def test_a_full_disk_of_the_server_stores_nothing_and_the_same_append_succeeds_later(
    server: Server, make_database: MakeDatabase, small_disk: Path
) -> None:
    made = make_database()
    server.execute(
        "postgres",
        f"CREATE TABLESPACE small LOCATION '{small_disk}'",
        f"CREATE DATABASE full_{made} TEMPLATE {made} TABLESPACE small",
    )
    connections = Connections(Address.read(server.address(f"full_{made}")))
    draw = random.Random(1)  # a text that does not compress
    many = [event(f"firm:{n}", note=f"{draw.getrandbits(12_000):x}") for n in range(6_000)]
    with closing(PostgresDCBRecorder(connections)) as recorder:
        recorder.append(many[:1])
        with pytest.raises(StorageTrouble, match="the disk or memory of the server is full, while appending events"):
            recorder.append(many)
        assert recorder.head().position == 1
        assert verify_chain(connections).reason is None
        subprocess.run(["mount", "-o", "remount,size=200m", str(small_disk)], check=True)
        assert recorder.append(many) == 6_001
        assert verify_chain(connections).reason is None
    server.execute("postgres", f"DROP DATABASE full_{made} WITH (FORCE)", "DROP TABLESPACE small")


def test_of_several_that_create_the_event_store_at_once_one_does(server: Server, empty_database: str) -> None:
    address = Address.read(server.address(empty_database))
    outcomes: list[PolicytrackError | None] = []

    def one() -> None:
        try:
            create(Connections(address))
            outcomes.append(None)
        except PolicytrackError as error:
            outcomes.append(error)

    threads = [threading.Thread(target=one) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    refusals = [str(error) for error in outcomes if isinstance(error, Refused)]
    assert (outcomes.count(None), len(refusals)) == (1, 4)
    assert all("there is already an event store" in refusal for refusal in refusals)
    with closing(PostgresDCBRecorder(Connections(address))) as recorder:
        assert recorder.append([event("x")]) == 1


def test_a_standby_answers_queries_and_refuses_to_record(
    server: Server, make_database: MakeDatabase, tmp_path: Path
) -> None:
    database = make_database()
    (tmp_path / "cells.yaml").write_text(CELLS)
    assert run(tmp_path, "init", "anna", "--store", server.address(database)).code == 0
    assert run(tmp_path, "-C", "anna", "import", "cells.yaml").code == 0
    server.execute("postgres", f"ALTER DATABASE {database} SET default_transaction_read_only = on")
    assert "2000000" in run(tmp_path, "-C", "anna", "capacity", "--country", "SE").out
    refused = run(tmp_path, "-C", "anna", *FIRM)
    assert refused.code == 5
    assert "is read-only" in refused.err
    assert "name the primary server" in refused.err


def test_without_the_server_the_last_read_model_answers_and_says_how_old_it_is(
    server: Server, make_database: MakeDatabase, tmp_path: Path
) -> None:
    address = server.address(make_database())
    (tmp_path / "cells.yaml").write_text(CELLS)
    for name in ("anna", "ben"):
        assert run(tmp_path, "init", name, "--store", address).code == 0
    assert run(tmp_path, "-C", "anna", "import", "cells.yaml").code == 0
    question = ("capacity", "--country", "SE", "--format", "csv")
    online = run(tmp_path, "-C", "anna", *question)
    (generation,) = (tmp_path / "anna" / "readmodel").glob("g3-*.duckdb")
    os.utime(generation, (time.time() - 3 * 3_600 - 5, time.time() - 3 * 3_600 - 5))
    gone = {"POLICYTRACK_STORE": "postgresql://anna@127.0.0.1:1/desk"}
    offline = run(tmp_path, "-C", "anna", *question, **gone)
    assert (offline.code, offline.out) == (0, online.out), offline.err
    assert "cannot reach postgresql://anna@127.0.0.1:1/desk" in offline.err
    assert "The figures are of the events up to e3, as this folder had them on 20" in offline.err
    assert "(3 h ago); later events are missing" in offline.err
    for folder, words in (
        ("ben", question),
        ("anna", FIRM),
        ("anna", ("verify",)),
        ("anna", (*question, "--head", "e1")),
    ):
        refused = run(tmp_path, "-C", folder, *words, **gone)
        assert (refused.code, refused.out) == (5, ""), refused.err


def test_a_client_that_lost_its_connection_inside_an_import_stores_nothing(server: Server, address: str) -> None:
    database = address.split("/")[3].split("?")[0]

    def losing(recorder: PostgresDCBRecorder) -> None:
        with recorder.writing() as writing:
            writing.add([("firm_registered", "{}", "[]")])
            server.execute(
                "postgres",
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                f" WHERE datname = '{database}' AND state = 'idle in transaction'",
            )
            writing.add([("firm_registered", "{}", "[]")])

    with closing(PostgresDCBRecorder(Connections(Address.read(address)))) as recorder:
        with pytest.raises(StorageTrouble, match="while appending events"):
            losing(recorder)
        assert recorder.head().position == 0
        assert recorder.append([event("x")]) == 1
