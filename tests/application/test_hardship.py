"""Processes that race, are killed, or run out of disk: nothing is lost, torn, or told wrongly."""

from __future__ import annotations

import os
import random
import re
import resource
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from policytrack.ledger import Ledger
from policytrack.resources import activity_units
from policytrack.store.sqlite.verify import verify_chain
from tests.application.ledgers import (
    EVENTS_OF_A_FILE,
    command,
    events_shown,
    length,
    race_for_an_id,
    racing,
    run,
    write_file,
)
from tests.examples import firm
from tests.tally import tried

RACERS = 4


@pytest.mark.parametrize("rounds", [4, pytest.param(500, marks=pytest.mark.soak)])
def test_of_processes_that_register_one_firm_id_exactly_one_wins_and_the_others_name_it(
    ledger: Ledger, rounds: int
) -> None:
    context = racing()
    start = context.Barrier(RACERS)
    pipes = [context.Pipe(duplex=False) for _ in range(RACERS)]
    racers = [
        context.Process(target=race_for_an_id, args=(ledger.root, activity_units(), racer, rounds, start, sending))
        for racer, (_, sending) in enumerate(pipes)
    ]
    for racer in racers:
        racer.start()
    for _, sending in pipes:
        sending.close()  # so that a racer that dies ends the waiting for its results
    results = [receiving.recv() for receiving, _ in pipes]
    for racer in racers:
        racer.join(10)
        racer.close()
    for receiving, _ in pipes:
        receiving.close()
    for number, of_round in enumerate(zip(*results, strict=True)):
        (winner,) = (words for what, words in of_round if what == "recorded")
        lost = [result for result in of_round if result[0] != "recorded"]
        assert lost == [("AlreadyRegistered", f"firm 'firm-{number}' is already registered by {winner}")] * (RACERS - 1)
    assert length(ledger) == events_shown(ledger) == rounds


@pytest.fixture(scope="module")
def file_of_events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("file") / "firms.jsonl"
    write_file(path)
    return path


@pytest.fixture(scope="module")
def file_of_few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("file") / "firms.jsonl"
    write_file(path, 1_000)
    return path


@pytest.mark.parametrize("kills", [1, pytest.param(200, marks=pytest.mark.soak)])
def test_an_import_killed_at_any_moment_leaves_all_or_nothing(
    ledger: Ledger, file_of_events: Path, tmp_path: Path, kills: int
) -> None:
    ledger.record([firm()])
    assert events_shown(ledger) == 1
    clean = tmp_path / "clean"
    shutil.copytree(ledger.root, clean)
    draw = random.Random(kills)
    for kill in range(kills):
        shutil.rmtree(ledger.root)
        shutil.copytree(clean, ledger.root)
        # Two of three are killed while they read and decide, one while it appends, commits or builds the read model.
        once_writing = kill % 3 == 2
        import_and_kill(ledger, file_of_events, draw.uniform(0, 0.8 if once_writing else 2), once_writing=once_writing)
        verified = run(ledger.root, "verify", "--quick")
        assert verified.returncode == 0, verified.stderr
        assert length(ledger) in {1, 1 + EVENTS_OF_A_FILE}
        assert events_shown(ledger) == length(ledger)
    assert run(ledger.root, "import", str(file_of_events)).returncode == 0
    assert events_shown(ledger) == length(ledger) == 1 + EVENTS_OF_A_FILE


def import_and_kill(ledger: Ledger, path: Path, seconds: float, *, once_writing: bool) -> None:
    """Kill an import so many seconds after its start, or after its first write, unless it has ended by then."""
    log = ledger.root / "events.db-wal"
    process = subprocess.Popen(
        command(ledger.root, "import", str(path)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while once_writing and process.poll() is None and not (log.exists() and log.stat().st_size):
        time.sleep(0.005)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        tried("kills")
        process.kill()
        process.wait()


def import_within(root: Path, path: Path, largest_file: int) -> subprocess.CompletedProcess[str]:
    """Import on a disk on which no file may grow beyond so many bytes."""
    return subprocess.run(
        command(root, "import", str(path)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file)),
    )


@pytest.mark.parametrize(
    "largest_file", [pytest.param(0, marks=pytest.mark.soak), 40_000, pytest.param(600_000, marks=pytest.mark.soak)]
)
def test_a_disk_that_fills_while_events_are_stored_is_told_and_nothing_is_stored(
    ledger: Ledger, file_of_few: Path, largest_file: int
) -> None:
    ledger.record([firm()])
    done = import_within(ledger.root, file_of_few, largest_file)
    assert done.returncode == 5, done.stderr
    assert "error PT502: disk error while" in done.stderr
    assert largest_file == 0 or re.search("; (it is not|nothing was) stored", done.stderr)
    assert verify_chain(ledger.store.path).reason is None
    assert length(ledger) == 1
    assert ledger.record([firm("other")])[0].position == 2


@pytest.mark.soak
def test_a_disk_that_fills_while_the_read_model_is_built_is_told_and_the_events_are_stored(
    ledger: Ledger, file_of_few: Path
) -> None:
    ledger.record([firm()])
    done = import_within(ledger.root, file_of_few, 900_000)
    assert done.returncode == 0, done.stderr
    assert "warning: stored as e2–e1001; the read model is behind" in done.stderr
    assert "the events are safe" in done.stderr
    assert verify_chain(ledger.store.path).reason is None
    assert events_shown(ledger) == length(ledger) == 1_001


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write to whatever is read-only")
def test_a_folder_that_may_not_be_written_is_told(ledger: Ledger, file_of_few: Path) -> None:
    modes = {each: each.stat().st_mode for each in (ledger.root, *ledger.root.iterdir())}
    for each, mode in modes.items():
        each.chmod(mode & ~0o222)
    try:
        done = run(ledger.root, "import", str(file_of_few))
    finally:
        for each, mode in modes.items():
            each.chmod(mode)
    assert done.returncode == 5, done.stderr
    assert length(ledger) == 0
