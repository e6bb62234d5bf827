"""Runs a command in the process of the tests: without a new process, and on a read model that is open already.

Opening a read model takes longer than most queries. Only for commands that read a ledger which no test changes: the
instance of the engine that is held open does not notice a file that was changed under it.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tests.projections.world import hold

QUERIES = frozenset(
    [
        "asof",
        "capacity",
        "diff",
        "firm",
        "forecast",
        "help",
        "holdings",
        "log",
        "lots",
        "news",
        "pending",
        "plot",
        "policies",
        "quotas",
        "schema",
        "series",
        "show",
        "support",
        "swaps",
        "why",
    ]
)
"""Commands that read the read model and nothing else that a test may look at."""


def run(folder: Path, words: Sequence[str], environment: Mapping[str, str]) -> tuple[int, bytes, bytes]:
    """Run the command in a folder: its exit code, and what it printed on stdout and stderr."""
    from policytrack.cli.main import main

    code = 1
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, _as_a_process(folder, words, environment):
        with _streams(out, err):
            try:
                main()
            except SystemExit as ended:
                code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
        _hold_current(folder)
        printed = []
        for stream in (out, err):
            stream.seek(0)
            printed.append(stream.read())
    return code, printed[0], printed[1]


def _hold_current(folder: Path) -> None:
    """Hold the read model of the folder open for the next command."""
    from policytrack.readmodel.generation import read_pointer

    current = read_pointer(folder / "readmodel")[0]
    if current is not None:
        hold(current.path)


@contextmanager
def _as_a_process(folder: Path, words: Sequence[str], environment: Mapping[str, str]) -> Iterator[None]:
    """Set what a process has: arguments, environment, folder, signals, and Python's own filters of warnings."""
    before = dict(os.environ), Path.cwd(), sys.argv, sys.unraisablehook, signal.getsignal(signal.SIGINT)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = ["policytrack", *words]
    try:
        with warnings.catch_warnings():
            warnings.resetwarnings()
            for category in (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning):
                warnings.simplefilter("ignore", category)
            yield
    finally:
        os.environ.clear()
        os.environ.update(before[0])
        os.chdir(before[1])
        sys.argv, sys.unraisablehook = before[2:4]
        signal.signal(signal.SIGINT, before[4])


@contextmanager
def _streams(out: IO[bytes], err: IO[bytes]) -> Iterator[None]:
    """Let the descriptors 0, 1 and 2, and Python's streams on them, be nothing and these files."""
    streams = sys.stdin, sys.stdout, sys.stderr
    kept = [os.dup(descriptor) for descriptor in range(3)]
    with Path(os.devnull).open("rb") as nothing:
        for descriptor, file in enumerate((nothing, out, err)):
            os.dup2(file.fileno(), descriptor)
    sys.stdin, sys.stdout, sys.stderr = (
        os.fdopen(descriptor, mode, encoding="utf-8", closefd=False) for descriptor, mode in enumerate("rww")
    )
    try:
        yield
    finally:
        sys.stdin, sys.stdout, sys.stderr = streams
        for descriptor, copy in enumerate(kept):
            os.dup2(copy, descriptor)
            os.close(copy)
