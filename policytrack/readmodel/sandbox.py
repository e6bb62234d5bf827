"""The user's own SQL: one reading statement, run by a process of its own that can do nothing else.

This side starts the process, gives it the query, and ends it when its time is over. What it does is in
`policytrack.readmodel.sandboxed`.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import policytrack
from policytrack import errors
from policytrack.errors import PolicytrackError, QueryFailed, UsageError
from policytrack.readmodel.coordinates import Coordinates

if TYPE_CHECKING:
    import pyarrow as pa

MEMORY_BYTES: Final = 2 << 30
"""What a query may use, beside the process itself. Less makes good queries fail now and then."""


def run_sql(
    path: Path,
    coordinates: Coordinates,
    sql: str,
    *,
    parameters: Mapping[str, object] | None = None,
    limit: int | None = None,
    timeout_seconds: float = 60,
    memory_bytes: int = MEMORY_BYTES,
) -> pa.Table:
    """The answer to one SELECT, EXPLAIN, DESCRIBE, SHOW or SUMMARIZE over a generation, at most `limit` rows of it.

    `parameters` are bound to ``$name``; ``$as_of`` and ``$known_at`` are the coordinates unless they are given.
    Raises `UsageError` for a parameter too few or too many; `QueryFailed` when the statement is another, fails, runs
    longer than the time, or needs more than the memory;
    and what opening the generation raises.
    """
    _check_text("the query", sql)
    request = {
        "path": str(path.resolve()),
        "as_of": coordinates.as_of.isoformat(),
        "known_at": coordinates.known_at.isoformat(),
        "dates": coordinates.dates,
        "include": list(coordinates.include),
        "perimeter": coordinates.perimeter.isoformat() if coordinates.perimeter else None,
        "sql": sql,
        "parameters": {name: _sendable(name, value) for name, value in (parameters or {}).items()},
        "limit": limit,
        "seconds": timeout_seconds,
        "memory": memory_bytes,
    }
    code, answer, told = _run(json.dumps(request).encode(), timeout_seconds)
    if code != 0:
        raise _failure(code, told, timeout_seconds, memory_bytes)
    import pyarrow as pa

    return pa.ipc.open_stream(pa.py_buffer(answer)).read_all()


def _run(request: bytes, timeout_seconds: float) -> tuple[int, bytes, bytes]:
    # -P: nothing in the folder that the command was started in is imported. A session of its own: Ctrl-C ends it by us.
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "policytrack.readmodel.sandboxed"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=_environment(),
        cwd="/",
        start_new_session=True,
    ) as process:
        try:
            answer, told = process.communicate(request, timeout=timeout_seconds)
        except subprocess.TimeoutExpired as over:
            raise _too_long(timeout_seconds) from over
        finally:
            process.kill()
    return process.returncode, answer, told


def _environment() -> dict[str, str]:
    """Nothing of ours but where Python finds policytrack and what it needs."""
    found = [str(Path(policytrack.__file__).absolute().parent.parent)]
    found += [entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
    return {"PYTHONPATH": os.pathsep.join(found), "LANG": "C.UTF-8", "HOME": "/nonexistent"}


def _sendable(name: str, value: object) -> Any:
    """A parameter as JSON: what JSON has no form for becomes an object with the type's name."""
    if isinstance(value, str):
        _check_text(f"parameter {name}", value)
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, datetime | date | Decimal):
        return {type(value).__name__: str(value)}
    if isinstance(value, list | tuple):
        return [_sendable(name, item) for item in value]
    raise UsageError(
        f"parameter {name} is a {type(value).__name__}", hint="give text, a number, a date or a list of these"
    )


def _check_text(what: str, text: str) -> None:
    """Raise `QueryFailed` for bytes of the command line that are no UTF-8: Python hands them over as half characters,
    which the engine does not take."""
    try:
        text.encode()
    except UnicodeEncodeError as cause:
        raise QueryFailed(
            f"{what} is not text: character {cause.start + 1} is none", hint="write it in UTF-8"
        ) from cause


def _failure(code: int, told: bytes, timeout_seconds: float, memory_bytes: int) -> PolicytrackError:
    lines = told.decode(errors="replace").strip().splitlines()
    if code > 0 and lines and lines[-1].startswith("{"):
        report = json.loads(lines[-1])
        kind = getattr(errors, report["error"])
        failure: PolicytrackError = kind(report["what"], hint=report["hint"])
        return failure
    if -code == signal.SIGXCPU:
        return _too_long(timeout_seconds)
    if code < 0:
        return QueryFailed(
            f"the query was ended by the system ({signal.Signals(-code).name}):"
            f" it needed more memory than {memory_bytes >> 20} MiB",
            hint="ask for less at a time",
        )
    return QueryFailed(f"the query's process failed: {lines[-1] if lines else f'status {code}'}")


def _too_long(timeout_seconds: float) -> QueryFailed:
    return QueryFailed(
        f"the query ran longer than {timeout_seconds:g} s", hint="ask for less, or give more time with --timeout"
    )
