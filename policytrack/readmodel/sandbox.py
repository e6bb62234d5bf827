"""The user's own SQL: one reading statement, run by a process of its own that can do nothing else.

This side starts the process, gives it the query, and ends it when its time is over. What it does is in
`policytrack.readmodel.sandbox_process`.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import policytrack
from policytrack import errors
from policytrack.errors import PolicytrackError, QueryFailed, QueryLimit, UsageError
from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.query_process import Overtime, ProcessFailed, QueryProcess, started

if TYPE_CHECKING:
    import pyarrow as pa

MEMORY_BYTES: Final = 2 << 30
"""What a query may use, beside the process itself. Less makes good queries fail now and then."""


@dataclass(frozen=True)
class QueryRows:
    """The rows of a query: their schema, and record batches that come from the query's process as they are read."""

    schema: pa.Schema
    batches: Iterator[pa.RecordBatch]


def run_sql(
    path: Path,
    coordinates: Coordinates,
    sql: str,
    *,
    parameters: Mapping[str, object] | None = None,
    limit: int | None = None,
    timeout_seconds: float = 60,
    memory_bytes: int = MEMORY_BYTES,
    answer_bytes: int | None = None,
    today: date | None = None,
    since: int | None = None,
) -> pa.Table:
    """The whole answer of `stream_sql`, as a table of at most `answer_bytes`: half the memory unless given."""
    import pyarrow as pa

    with stream_sql(
        path, coordinates, sql, parameters=parameters, limit=limit, timeout_seconds=timeout_seconds,
        memory_bytes=memory_bytes, answer_bytes=answer_bytes or memory_bytes // 2, today=today, since=since,
    ) as rows:  # fmt: skip
        return pa.Table.from_batches(rows.batches, rows.schema)


@contextmanager
def stream_sql(
    path: Path,
    coordinates: Coordinates,
    sql: str,
    *,
    parameters: Mapping[str, object] | None = None,
    limit: int | None = None,
    timeout_seconds: float = 60,
    memory_bytes: int = MEMORY_BYTES,
    answer_bytes: int | None = None,
    today: date | None = None,
    since: int | None = None,
) -> Iterator[QueryRows]:
    """The answer to one SELECT, EXPLAIN, DESCRIBE, SHOW or SUMMARIZE over a generation, at most `limit` rows of it.

    `parameters` are bound to ``$name``; ``$as_of`` and ``$known_at`` are the coordinates unless they are given.
    `today` is what `current_date` is, the coordinates' `as_of` if it is not given, and `since` the position after which
    an event is new. The time limit binds the waiting for
    the query and the work on its rows in this process; waiting for whoever reads our output does not count.
    Raises `UsageError` for a parameter too few or too many; `QueryFailed` when the statement is another, fails, runs
    longer than the time, needs more than the memory, or answers with more than `answer_bytes`; and what opening the
    generation raises: when entered, or while the batches are read.
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
        "answer": answer_bytes,
        "seconds": timeout_seconds,
        "memory": memory_bytes,
        "today": (today or coordinates.as_of).isoformat(),
        "since": since,
    }
    limits = (timeout_seconds, memory_bytes)
    with started("policytrack.readmodel.sandbox_process", _environment(), timeout_seconds) as process:
        with _explained(*limits):
            reader = process.reader(json.dumps(request).encode() + b"\n")
        yield QueryRows(reader.schema, _read(process, reader, *limits))


def _read(
    process: QueryProcess, reader: pa.RecordBatchReader, timeout_seconds: float, memory_bytes: int
) -> Iterator[pa.RecordBatch]:
    with _explained(timeout_seconds, memory_bytes):
        yield from process.batches(reader)


@contextmanager
def _explained(timeout_seconds: float, memory_bytes: int) -> Iterator[None]:
    try:
        yield
    except Overtime as over:
        raise _too_long(timeout_seconds) from over
    except ProcessFailed as failed:
        raise _failure(failed.code, failed.told, timeout_seconds, memory_bytes) from failed


def _environment() -> dict[str, str]:
    """Nothing of ours but where Python finds policytrack and what it needs."""
    found = [str(Path(policytrack.__file__).absolute().parent.parent)]
    found += [entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
    zone = {"TZ": os.environ["TZ"]} if "TZ" in os.environ else {}
    return {"PYTHONPATH": os.pathsep.join(found), "LANG": "C.UTF-8", "HOME": "/nonexistent", **zone}


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
        return QueryLimit(
            f"the query was ended by the system ({signal.Signals(-code).name}):"
            f" it needed more memory than {memory_bytes >> 20} MiB",
            hint="ask for less at a time",
        )
    return QueryFailed(f"the query's process failed: {lines[-1] if lines else f'status {code}'}")


def _too_long(timeout_seconds: float) -> QueryLimit:
    return QueryLimit(
        f"the query ran longer than {timeout_seconds:g} s", hint="ask for less, or give more time with --timeout"
    )
