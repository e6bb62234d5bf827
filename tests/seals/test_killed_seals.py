"""Sealing that is killed at any moment: every seal that exists is whole, and nothing else is left after the next."""

from __future__ import annotations

import multiprocessing
import random
import shutil
import time
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from policytrack.ledger import Ledger
from policytrack.seals.in_ledger import check_in_chain, newest_seal, store_seal, store_timestamp
from policytrack.seals.seal import read_seal
from tests.seals.support import key, of_events, sealed
from tests.tally import tried


def seal_until_killed(root: Path, begun: Connection) -> None:
    ledger = Ledger.find(root)
    begun.send_bytes(b"begun")
    while True:
        store_timestamp(store_seal(root, sealed(ledger), ledger.store.permissions()), b"answer" * 1_000)


@pytest.mark.parametrize("kills", [3, pytest.param(200, marks=pytest.mark.soak)])
def test_sealing_killed_at_any_moment_leaves_whole_seals(tmp_path: Path, kills: int) -> None:
    ledger, draw = of_events(tmp_path / "L", 200), random.Random(kills)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.seals.test_killed_seals"])
    seals = 0
    for _ in range(kills):
        receiving, sending = context.Pipe(duplex=False)
        process = context.Process(target=seal_until_killed, args=(ledger.root, sending))
        process.start()
        sending.close()
        receiving.recv_bytes()
        time.sleep(draw.uniform(0, 0.1))
        tried("kills")
        process.kill()
        process.join()
        process.close()
        receiving.close()
        last = store_seal(ledger.root, sealed(ledger), ledger.store.permissions())
        assert newest_seal(ledger.root) == last
        for path in last.parent.iterdir():
            if path.suffix == ".tsr":
                assert path.read_bytes() == b"answer" * 1_000
            else:
                seal = read_seal(path)  # also fails for what is left over
                seal.check_signed_by(key().public)
                check_in_chain(ledger.store, seal)
                seals += 1
        shutil.rmtree(last.parent)
    assert seals > kills
