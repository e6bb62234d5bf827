"""A shared ledger through PgBouncer in transaction mode: every command works, and a follower sees new events."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from eventsourcing.dcb.api import DCBAppendCondition
from eventsourcing.persistence import IntegrityError

from policytrack.errors import Busy
from policytrack.store.postgres.address import Address
from policytrack.store.postgres.connections import Connections
from policytrack.store.postgres.recorder import PostgresDCBRecorder
from policytrack.store.postgres.verify import verify_chain
from tests.cli.conftest import environment
from tests.cli.conftest import policytrack as run
from tests.postgres.pooler import Pooler, program
from tests.postgres.server import MakeDatabase, Server
from tests.postgres.test_shared_ledger import CELLS, FIRM
from tests.store.store_worker import event, with_tag


@pytest.fixture
def pooler(server: Server) -> Iterator[Pooler]:
    if program() is None:
        pytest.skip("PgBouncer is not installed")
    pooler = Pooler(server)
    yield pooler
    pooler.stop()


def test_every_command_works_through_a_pooler(
    pooler: Pooler, empty_database: str, make_database: MakeDatabase, tmp_path: Path
) -> None:
    def ok(*words: str) -> str:
        done = run(tmp_path, *words)
        assert done.code == 0, done.err
        return done.out

    more = [
        f"- {{type: firm_registered, firm_id: firm-{n}, name: Firm {n}, country: SE, known_on: 2025-01-01}}\n"
        for n in range(150)
    ]
    (tmp_path / "cells.yaml").write_text(CELLS + "".join(more))  # many: they are copied
    for name in ("anna", "ben"):
        ok("init", name, "--store", pooler.address(empty_database))
    ok("-C", "anna", "import", "cells.yaml")
    assert "2000000" in ok("-C", "ben", "capacity", "--country", "SE", "--format", "csv")
    words = [sys.executable, "-m", "policytrack", "-C", "ben", "log", "--follow", "--format", "jsonl"]
    with subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, env=environment()) as follower:
        assert follower.stdout is not None
        try:
            for _ in range(153):
                follower.stdout.readline()
            ok("-C", "anna", *FIRM)
            recorded = time.monotonic()
            assert json.loads(follower.stdout.readline())["position"] == 154
            assert time.monotonic() - recorded < 20  # it looks twice a second; the machine may be busy
            follower.send_signal(signal.SIGINT)
            assert follower.wait(20) == 130
        finally:
            follower.kill()
    ok("-C", "ben", "correct", "e3", "--set", "capacity=3 Mt/yr", "--because", "error", "--yes")
    assert "3000000" in ok("-C", "anna", "capacity", "--country", "SE", "--format", "csv")
    ok("-C", "anna", "undo", "i155", "--reason", "test", "--yes")
    ok("-C", "anna", "verify", "--quick")
    assert "PostgreSQL" in ok("-C", "anna", "doctor")
    ok("init", "copy", "--store", pooler.address(make_database()))
    assert ok("copy-store", "anna", "copy").split()[1] == ok("-C", "ben", "backup", "saved").split()[1]


def test_limits_and_conditions_hold_through_a_pooler_and_leave_nothing_behind(
    pooler: Pooler, make_database: MakeDatabase
) -> None:
    address = Address.read(pooler.address(make_database()))
    with (
        closing(PostgresDCBRecorder(Connections(address))) as recorder,
        closing(PostgresDCBRecorder(Connections(address, wait_seconds=1))) as impatient,
    ):
        with recorder.writing() as writing:
            writing.add([("firm_registered", "{}", "[]")] * 300)
            with pytest.raises(Busy, match="locked for 1 s"):
                impatient.append([event("x")])
        assert impatient.append([event("x")], DCBAppendCondition(with_tag("x"))) == 301
        with pytest.raises(IntegrityError, match="position 301"):
            recorder.append([event("x")], DCBAppendCondition(with_tag("x")))
        assert verify_chain(recorder.connections).position == 301
        for _ in range(4):  # either connection of the pool
            with psycopg.connect(address.url, autocommit=True, prepare_threshold=None) as connection:
                assert connection.execute("SHOW lock_timeout").fetchone() == ("0",)
                assert connection.execute("SHOW jit").fetchone() == ("on",)
