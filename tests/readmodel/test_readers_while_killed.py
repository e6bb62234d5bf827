"""Readers that open what stands all the time, in processes of their own, while one builder after another is killed."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from read_model_support import caught_up, make_folder, random_record

from tests.tally import tried

EVENTS = 400
READERS = 2


def _start(script: str, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name(script)), *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


def _kill_builders_under_readers(root: Path, rounds: int, seed: int) -> None:
    dice, folder, record = random.Random(seed), make_folder(root), random_record(7, EVENTS)
    caught_up(folder, record.first(3))
    readers = [_start("reading_process.py", str(root)) for _ in range(READERS)]
    killed = 0
    while killed < rounds:
        standing = folder.current()
        with _start("building_process.py", str(root), str(standing.position if standing else 0)) as builder:
            assert builder.stdout is not None
            assert builder.stdout.readline(), builder.stderr and builder.stderr.read()
            time.sleep(dice.random() * 0.3)
            tried("kills")
            builder.kill()
            killed += 1
    told = [reader.communicate(timeout=60) for reader in readers]
    assert [reader.returncode for reader in readers] == [0] * READERS, [words for _, words in told]
    for answer, _ in told:
        reads, positions = map(int, answer.split())
        assert reads > rounds
        assert positions > 2
    path = caught_up(folder, record)
    assert folder.compare(path, caught_up(make_folder(root, "fresh"), record)) == []
    assert list(folder.path.glob(".*tmp*")) == []


@pytest.mark.soak
def test_no_reader_ever_meets_half_a_generation(tmp_path: Path) -> None:
    _kill_builders_under_readers(tmp_path, 2, seed=1)


@pytest.mark.soak
def test_no_reader_ever_meets_half_a_generation_in_hundreds_of_kills(tmp_path: Path) -> None:
    _kill_builders_under_readers(tmp_path, 400, seed=int(time.time()))
