"""The user's own SQL: one reading statement, in a process of its own that can do nothing else.

The database is opened read-only with external access off and the configuration locked; that keeps files, extensions
and settings out of reach. It does not bound a single expression, so the process has limits of its own: address space,
file size zero, processor time; and it is ended when its time is over.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal, cast

import duckdb
import pyarrow as pa

from policytrack.errors import DamagedReadModel, PolicytrackError, QueryFailed
from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.session import connect, fetch

MEMORY_BYTES: Final = 3 << 30
ALLOWED: Final = frozenset({"SELECT", "EXPLAIN"})


def run_sql(
    path: Path,
    coordinates: Coordinates,
    sql: str,
    *,
    parameters: Mapping[str, object] | None = None,
    limit: int | None = None,
    timeout_seconds: int = 60,
    memory_bytes: int = MEMORY_BYTES,
) -> pa.Table:
    """The answer to one SELECT over the read model.

    Raises `QueryFailed` when it is not one, fails, or runs past its time or memory.
    """
    request = {
        "path": str(path),
        "as_of": coordinates.as_of.isoformat(),
        "known_at": coordinates.known_at.isoformat(),
        "dates": coordinates.dates,
        "include": list(coordinates.include),
        "sql": sql,
        "parameters": dict(parameters or {}),
        "limit": limit,
        "seconds": timeout_seconds,
        "memory": memory_bytes,
    }
    try:
        done = subprocess.run(
            [sys.executable, "-m", "policytrack.readmodel.sandbox"],
            input=json.dumps(request).encode(),
            capture_output=True,
            timeout=timeout_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as over:
        raise QueryFailed(
            f"the query ran longer than {timeout_seconds} s",
            hint="ask for less, or give more time with --timeout",
        ) from over
    if done.returncode == 0:
        return pa.ipc.open_stream(done.stdout).read_all()
    raise _failure(done.returncode, done.stderr, memory_bytes)


def _failure(code: int, stderr: bytes, memory_bytes: int) -> PolicytrackError:
    try:
        told = json.loads(stderr.decode().strip().splitlines()[-1])
        kind = DamagedReadModel if told.get("damaged") else QueryFailed
        return kind(told["what"], hint=told["hint"])
    except (ValueError, IndexError, KeyError, TypeError):
        return QueryFailed(
            f"the query was ended (status {code}): it needed more than {memory_bytes >> 20} MiB or more time",
            hint="ask for less at a time",
        )


def _child(request: dict[str, Any]) -> pa.Table:
    """What the process of its own does."""
    used = (
        int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize() if Path("/proc").is_dir() else 0
    )
    resource.setrlimit(resource.RLIMIT_AS, (used + request["memory"],) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (2 * request["seconds"] + 1,) * 2)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    coordinates = Coordinates(
        date.fromisoformat(request["as_of"]),
        date.fromisoformat(request["known_at"]),
        cast(Literal["latest", "earliest"], request["dates"]),
        tuple(request["include"]),
    )
    with connect(Path(request["path"]), coordinates) as connection:
        _check_statement(connection, request["sql"])
        table = fetch(connection, request["sql"], request["parameters"])
    return table if request["limit"] is None else table.slice(0, request["limit"])


def _check_statement(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    try:
        statements = connection.extract_statements(sql)
        kinds = [statement.type.name for statement in statements]
    except duckdb.Error as cause:
        raise QueryFailed(str(cause).splitlines()[0], hint="policytrack schema lists the views and columns") from cause
    except ValueError as cause:
        # The engine's binding has no name for some kinds of statement; none of them reads.
        raise QueryFailed(
            "only one SELECT may be asked here", hint="recording is done with `policytrack record`"
        ) from cause
    if len(kinds) != 1:
        raise QueryFailed(f"give one statement, not {len(kinds)}", hint="ask one after the other")
    if kinds[0] not in ALLOWED:
        raise QueryFailed(
            f"only SELECT may be asked here, not {kinds[0]}",
            hint="recording is done with `policytrack record`",
        )


def _main() -> int:
    request = json.loads(sys.stdin.buffer.read())
    try:
        table = _child(request)
        with pa.ipc.new_stream(sys.stdout.buffer, table.schema) as writer:
            writer.write_table(table)
    except PolicytrackError as error:
        damaged = isinstance(error, DamagedReadModel)
        sys.stderr.write(json.dumps({"what": error.what, "hint": error.hint, "damaged": damaged}) + "\n")
        return 1
    except (MemoryError, pa.ArrowException):
        limit = request["memory"] >> 20
        told = {"what": f"the query needed more than {limit} MiB", "hint": "ask for less at a time"}
        sys.stderr.write(json.dumps(told) + "\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(_main())
