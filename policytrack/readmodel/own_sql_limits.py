"""Creates a ledger's own views and checks within limits of time and memory, in a process of its own.

Creating a view plans its SELECT, and a few short files that call each other twice take the engine a time that doubles
with each file. Nothing but ending the process stops it.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import duckdb

import policytrack
from policytrack.errors import StorageTrouble
from policytrack.readmodel import own_sql
from policytrack.readmodel.sql_files import Catalogue, LeftOut, SqlFile

SECONDS: Final = 10
"""Processor time for creating all own SQL of a ledger; most views take a hundredth of a second."""
MEMORY_BYTES: Final = 2 << 30
_WAITING: Final = 10
"""How much longer than that the process may take on a busy machine."""
_ATTEMPTS: Final = 2
_PROGRAM: Final = (
    "import sys; sys.modules['numpy'] = None; from policytrack.readmodel.own_sql_limits import main; main()"
)


def create(path: Path, catalogue: Catalogue, *, seconds: int = SECONDS) -> tuple[LeftOut, ...]:
    """Create them as `own_sql.create` does, and leave out a file that takes longer than `seconds` or too much memory.

    Raises `StorageTrouble` when the process fails otherwise, and `duckdb.Error` when the file is damaged.
    """
    if not (catalogue.own_files or catalogue.own_check_files):
        return own_sql.create(path, catalogue) if catalogue.left_out else ()  # nothing of them is planned
    for attempt in range(_ATTEMPTS):
        left_out, culprit = _attempt(path, catalogue, seconds)
        if left_out is not None:
            return left_out
        path.with_name(f"{path.name}.wal").unlink(missing_ok=True)  # what was created before it is created again
        if culprit is None or attempt == _ATTEMPTS - 1:
            break
        catalogue = _without(catalogue, lambda file, one=culprit: str(file.path) == one, seconds)
    return own_sql.create(path, _without(catalogue, lambda _: True, seconds))


def _without(catalogue: Catalogue, is_left: Any, seconds: int) -> Catalogue:
    """The catalogue without some of the own files."""
    reason = f"it takes more than {seconds} s or {MEMORY_BYTES >> 30} GiB to create, alone or with others; simplify it"
    files = (*catalogue.own_files, *catalogue.own_check_files)
    return replace(
        catalogue,
        own_files=tuple(file for file in catalogue.own_files if not is_left(file)),
        own_check_files=tuple(file for file in catalogue.own_check_files if not is_left(file)),
        unreadable=(*catalogue.unreadable, *(LeftOut(one.name, one.path, reason) for one in files if is_left(one))),
    )


def _attempt(path: Path, catalogue: Catalogue, seconds: int) -> tuple[tuple[LeftOut, ...] | None, str | None]:
    """Those left out; or None and the path of the file at which the process ended, if it had begun with one."""
    request = {
        "path": str(path.resolve()),
        "projections": str(catalogue.functions.path.parent.resolve()),
        "views": [(str(file.path), file.sql) for file in catalogue.own_files],
        "checks": [(str(file.path), file.sql) for file in catalogue.own_check_files],
        "left_out": [(left.name, str(left.path), left.reason) for left in catalogue.unreadable],
        "seconds": seconds,
    }
    command = [sys.executable, "-P", "-c", _PROGRAM]
    places = [str(Path(policytrack.__file__).absolute().parent.parent), os.environ.get("PYTHONPATH", "")]
    environment = {"PYTHONPATH": os.pathsep.join(filter(None, places)), "LANG": "C.UTF-8", "HOME": "/nonexistent"}
    given = json.dumps(request).encode()
    try:
        done = subprocess.run(
            command, input=given, capture_output=True, env=environment, cwd="/", timeout=_WAITING * seconds, check=False
        )
        told, errors, code = done.stdout, done.stderr, done.returncode
    except subprocess.TimeoutExpired as late:
        told, errors, code = late.stdout or b"", b"", -1
    lines = [json.loads(line) for line in told.splitlines() if line.endswith((b'"', b"]"))]
    if code == 0 and lines and isinstance(lines[-1], list):
        return tuple(LeftOut(name, Path(place), reason) for name, place, reason in lines[-1]), None
    if errors.startswith(b"damaged: "):
        raise duckdb.IOException(errors.decode(errors="replace").strip())
    if code > 0 and b"MemoryError" not in errors and b"bad_alloc" not in errors:
        last = errors.decode(errors="replace").strip().splitlines()[-1:]
        raise StorageTrouble(f"the own SQL could not be created: {''.join(last)}", hint="run `policytrack rebuild`")
    return None, str(lines[-1]) if lines else None


def main() -> None:
    """Answer one request on standard input: a line with the path of each file before it, and those left out."""
    request = json.loads(sys.stdin.buffer.read())
    seconds = int(request["seconds"])
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (2 * MEMORY_BYTES, 2 * MEMORY_BYTES))
    catalogue = replace(
        Catalogue.load(Path(request["projections"])),
        own_files=tuple(SqlFile(Path(place), text, is_own=True) for place, text in request["views"]),
        own_check_files=tuple(SqlFile(Path(place), text, is_own=True) for place, text in request["checks"]),
        unreadable=tuple(LeftOut(name, Path(place), reason) for name, place, reason in request["left_out"]),
    )

    def starting(file: SqlFile) -> None:
        sys.stdout.write(json.dumps(str(file.path)) + "\n")
        sys.stdout.flush()

    try:
        left_out = own_sql.create(Path(request["path"]), catalogue, starting)
    except duckdb.OutOfMemoryException as cause:
        raise MemoryError from cause
    except duckdb.Error as cause:
        sys.stderr.write(f"damaged: {cause}\n")
        sys.exit(1)
    sys.stdout.write(json.dumps([(left.name, str(left.path), left.reason) for left in left_out]) + "\n")
