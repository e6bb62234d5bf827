"""Runs `policytrack` in copies of one process that has imported everything, which saves half a second a command.

The copies are processes like any other: own streams, own folder, own environment. Two things differ from a fresh
process: everything is imported, and the empty read model is in memory, which saves `verify` and `rebuild` two seconds.
It was built from the SQL files when the first process started, or is the one in the tests' own cache. A test that is
about either starts a fresh process.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import pkgutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO, Any, Final, NoReturn, cast

CPU_SECONDS: Final = 120
"""A command that computes longer is ended, however busy the machine is."""
WAITING_SECONDS: Final = 900
"""A command that takes longer by the clock is ended: it waits for something that does not come."""
_PRELOADED: Final = (
    *("importlib.resources.readers", "openpyxl", "pyarrow.dataset", "rapidfuzz", "rich.ansi", "rich.columns"),
    *("rich.panel", "rich.table", "rich.tree", "rich_click.rich_help_rendering", "ruamel.yaml", "xlsxwriter"),
)
"""What commands import, beside the modules of policytrack."""


def policytrack(
    words: Sequence[str], folder: Path, environment: Mapping[str, str], given: bytes = b"", *, joined: bool = False
) -> tuple[int, bytes, bytes]:
    """Run the command in a folder; its exit code (negative: the signal that ended it) and what it printed on stdout and
    stderr; if they are `joined`, all of it, in order, is in both."""
    with tempfile.TemporaryDirectory() as place:
        streams = [Path(place, name) for name in ("in", "out", "out" if joined else "err")]
        for stream, content in zip(streams, (given, b"", b""), strict=True):
            stream.write_bytes(content)
        request = {
            "words": list(words), "folder": str(folder), "environment": dict(environment),
            "streams": [str(stream) for stream in streams],
        }  # fmt: skip
        requests, answers = _server()
        requests.write(json.dumps(request).encode() + b"\n")
        requests.flush()
        code = int(answers.readline())
        return code, streams[1].read_bytes(), streams[2].read_bytes()


@cache
def _server() -> tuple[IO[bytes], IO[bytes]]:
    server = subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    atexit.register(server.communicate)  # no more requests: it ends
    return cast("IO[bytes]", server.stdin), cast("IO[bytes]", server.stdout)


def _serve() -> None:
    """The one process: a copy of it becomes each command."""
    import policytrack as package

    names = (module.name for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."))
    for name in (*_PRELOADED, *names):
        if not name.endswith("__main__"):
            importlib.import_module(name)
    _build_empty_model()
    answers = os.dup(1)
    _print_help()
    os.dup2(2, 1)
    gc.freeze()  # what is imported is for every copy, and no copy's garbage collector has to look through it
    for line in sys.stdin.buffer:
        child = os.fork()
        if child == 0:
            _become(json.loads(line))
        _, status = os.waitpid(child, 0)
        os.write(answers, f"{os.waitstatus_to_exitcode(status)}\n".encode())
    gc.unfreeze()  # to be cleared away at the end


def _build_empty_model() -> None:
    """Build the empty read model from the SQL files, in a process of its own: DuckDB's threads must not be forked."""
    from policytrack.readmodel import empty_model
    from policytrack.readmodel.generation import Fingerprint
    from policytrack.readmodel.sql_files import Catalogue
    from policytrack.resources import EVENTS, PROJECTIONS

    catalogue, reference = Catalogue.load(PROJECTIONS), EVENTS / "reference"
    made_by = Fingerprint.of(catalogue, reference)
    # The SQL files are split into tokens, which every copy finds in the cache.
    for file in (*catalogue.facts, *catalogue.steps, *catalogue.views, *catalogue.checks):
        _ = file.event_types
    with tempfile.TemporaryDirectory() as place:
        built = Path(place, "empty.duckdb")
        child = os.fork()
        if child == 0:
            # The tests have a cache of their own, in which nothing is that they did not build.
            uses_cache = "FORKED_USES_CACHE" in os.environ
            with empty_model.start(built, catalogue, reference, uses_cache=uses_cache) as building:
                building.put_away()
            os._exit(0)
        if os.waitpid(child, 0)[1] == 0:  # otherwise each command builds it, and reports what is wrong
            empty_model.remember(built, made_by)


def _print_help() -> None:
    """Print a page of help to nowhere: what parsing and printing compute once is then computed for every copy."""
    from policytrack.cli.main import main

    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    sys.argv = ["policytrack", "import", "--help"]
    with suppress(SystemExit):
        main()
    sys.stdout.flush()


def _become(request: dict[str, Any]) -> NoReturn:
    """In the copy: run the command, and end as it ends."""
    from policytrack.cli.main import main

    signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)
    signal.alarm(WAITING_SECONDS)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    for stream, (path, flags) in enumerate(
        zip(request["streams"], (os.O_RDONLY, os.O_WRONLY | os.O_APPEND, os.O_WRONLY | os.O_APPEND), strict=True)
    ):
        opened = os.open(path, flags)
        os.dup2(opened, stream)
        os.close(opened)
    sys.stdin, sys.stdout, sys.stderr = (
        os.fdopen(stream, mode, encoding="utf-8", closefd=False) for stream, mode in enumerate("rww")
    )
    sys.argv = ["policytrack", *request["words"]]
    code = 1
    try:
        main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    _serve()
