"""Ctrl-C at any moment: all of an import or nothing, a read model that answers, and one quiet line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest

from policytrack.ledger import Ledger
from policytrack.store.sqlite.verify import verify_chain
from tests.application.ledgers import events_shown, write_file
from tests.cli.conftest import environment, head_of
from tests.copies import copied
from tests.tally import tried

EVENTS = 6_000
OFTEN = (0.35, 0.7)
"""Seconds after the start: while modules are loaded, and while lines are read."""
SELDOM = tuple(n / 20 for n in range(4, 40))
MOMENTS = [*OFTEN, *(pytest.param(seconds, marks=pytest.mark.soak) for seconds in SELDOM)]


def _as_in_a_terminal() -> None:
    """A group of its own, which heeds interrupts whatever started the tests."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def interrupted(ledger: Path, seconds: float, *words: str) -> tuple[int, str]:
    """Run a command and interrupt it, with all that it has started, as a terminal does. Returns exit code and what it
    said."""
    process = subprocess.Popen(
        [sys.executable, "-m", "policytrack", "-C", str(ledger), *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(), preexec_fn=_as_in_a_terminal,
    )  # fmt: skip
    time.sleep(seconds)
    if process.poll() is None:
        tried("interrupts")
        os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    return process.returncode, said


@pytest.fixture(scope="module")
def some(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger of some events, with its read model."""
    folder = tmp_path_factory.mktemp("some") / "ledger"
    ledger = Ledger.create(folder)
    write_file(folder.with_name("before.jsonl"), 200)
    ledger.import_files([("before.jsonl", folder.with_name("before.jsonl"))], today=date(2026, 11, 23))
    assert events_shown(ledger) == 200
    write_file(folder.with_name("more.jsonl"), EVENTS)
    return folder


@pytest.mark.parametrize("seconds", MOMENTS)
def test_an_interrupted_import_stores_all_or_nothing(some: Path, tmp_path: Path, seconds: float) -> None:
    folder = copied(some, tmp_path / "ledger")
    code, said = interrupted(folder, seconds, "import", str(some.with_name("more.jsonl")))
    assert "Traceback" not in said
    assert head_of(folder) in ((200, EVENTS) if code else (EVENTS,))
    assert code in (0, 130, -signal.SIGINT), said
    ledger = Ledger(folder)
    verify_chain(ledger.store.path)
    assert events_shown(ledger) == head_of(folder)
    assert [path.name for path in (folder / "readmodel").glob(".*.tmp*")] == []


@pytest.mark.parametrize("seconds", MOMENTS)
def test_an_interrupted_rebuild_leaves_the_read_model_that_stands(some: Path, tmp_path: Path, seconds: float) -> None:
    folder = copied(some, tmp_path / "ledger")
    before = (folder / "readmodel" / "CURRENT").read_text(encoding="ascii")
    code, said = interrupted(folder, seconds, "rebuild")
    assert "Traceback" not in said
    assert code in (0, 130, -signal.SIGINT), said
    current = (folder / "readmodel" / "CURRENT").read_text(encoding="ascii")
    assert current == before  # the same events, made the same way, have the same name
    assert (folder / "readmodel" / current.strip()).is_file()
    assert events_shown(Ledger(folder)) == 200


def test_an_interrupt_where_python_raises_nothing_is_delivered_again_without_a_traceback() -> None:
    program = """
import time
from policytrack.cli.main import _noticed_interrupts
_noticed_interrupts()
class Dying:
    def __del__(self):
        raise KeyboardInterrupt
try:
    Dying()
    for _ in range(2_000):
        time.sleep(0.01)  # a longer one would be slept to its end
except KeyboardInterrupt:
    print("delivered")
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "delivered\n", "")
