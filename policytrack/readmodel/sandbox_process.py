"""What the process of a user's query does: limits itself, opens the read model, checks and runs the one statement.

Read-only, without external access and with the configuration locked, the engine keeps files, extensions and settings
out of reach. That does not bound a single expression, so the process bounds itself: address space, processor time,
and no file may grow. The request comes as a line of JSON on standard input; the answer leaves as an Arrow stream on
standard output, or an error as JSON on standard error. Standard input stays open as long as the process that asked
lives: when it ends, so does this one, whatever the query is doing.
"""

from __future__ import annotations

import json
import math
import os
import re
import resource
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa

from policytrack.errors import PolicytrackError, QueryFailed, UsageError
from policytrack.readmodel.arrow_types import exact, marked
from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.session import connect, explained, first_line

_ROWS: Final = 16_384
_PART: Final = 4 << 20
"""Bytes of a batch that leaves at once: the process that asked makes text of it, several times as large."""
_LARGEST_ROW: Final = 64 << 20
_READ: Final[dict[str, Callable[[str], Any]]] = {
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "Decimal": Decimal,
}
_HEADROOM: Final = 1 << 30
"""Address space beyond the query's memory: threads and the allocator reserve much that they never use."""
_ALLOWED: Final = frozenset({"SELECT", "EXPLAIN"})
_PIVOT_STARTS: Final = ("PIVOT", "FROM", "WITH", "SELECT", "(")
_MEMORY: Final = re.compile("out of memory|bad_?alloc|bad allocation|could not allocate", re.IGNORECASE)
_HINT: Final = "one SELECT, EXPLAIN, DESCRIBE, SHOW or SUMMARIZE; recording is done with `policytrack record`"


def main() -> int:
    """Answer one request. 0 when it is answered, 1 when an error was told."""
    request = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    memory = int(request["memory"])
    try:
        _limit_process(memory, float(request["seconds"]))
        _answer(request, memory)
    except PolicytrackError as error:
        return _tell(type(error).__name__, error.what, error.hint)
    except (MemoryError, duckdb.OutOfMemoryException, pa.ArrowMemoryError):
        return _tell("QueryLimit", f"the query needed more memory than {memory >> 20} MiB", "ask for less at a time")
    return 0


def _tell(error: str, what: str, hint: str) -> int:
    sys.stderr.write(json.dumps({"error": error, "what": what, "hint": hint}) + "\n")
    return 1


def _end_with_parent() -> None:
    """Kill this process when standard input ends; read without Python's buffer, whose lock would be held at exit."""
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGKILL)


def _limit_process(memory: int, seconds: float) -> None:
    statm = Path("/proc/self/statm")
    if statm.exists():
        used = int(statm.read_text(encoding="ascii").split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + memory + _HEADROOM,) * 2)
    processor = math.ceil(2 * seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (processor, processor))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _answer(request: dict[str, Any], memory: int) -> None:
    coordinates = Coordinates(
        date.fromisoformat(request["as_of"]),
        date.fromisoformat(request["known_at"]),
        request["dates"],
        tuple(request["include"]),
        perimeter=date.fromisoformat(request["perimeter"]) if request["perimeter"] else None,
    )
    connection = connect(Path(request["path"]), coordinates, memory_limit=f"{memory >> 20}MiB")
    parameters = {name: _received(value) for name, value in request["parameters"].items()}
    with _told(), explained(connection):
        bound = _checked(connection, request["sql"], parameters, coordinates)
        _set_today(connection, date.fromisoformat(request["today"]))
        if request["since"] is not None:
            connection.execute("SET VARIABLE since = $since::BIGINT", {"since": request["since"]}).fetchall()
        relation, numbers = exact(connection.sql(request["sql"], params=bound))
        reader = relation.to_arrow_reader(_ROWS)
        schema = marked(_named_apart(reader.schema), numbers)
        with pa.ipc.new_stream(sys.stdout.buffer, schema) as writer:
            for batch in _bounded(reader, request["limit"], request["answer"]):
                for part in _parts(batch):
                    writer.write_batch(pa.RecordBatch.from_arrays(part.columns, schema=schema))


def _set_today(connection: duckdb.DuckDBPyConnection, today: date) -> None:
    """Let `current_date` and `today()` be the day that --as-of defaults to: macros hide the engine's own functions."""
    for name in ("current_date", "today"):
        connection.execute(f"CREATE TEMP MACRO {name}() AS DATE '{today}'").fetchall()


def _named_apart(schema: pa.Schema) -> pa.Schema:
    """The columns of an answer, a second `a` as `a_1`: as the engine names them in a subquery.

    Whoever shows the rows does so by name, and would lose one of two columns of one name.
    """
    taken = {name.lower() for name in schema.names}
    seen: set[str] = set()
    fields = []
    for field in schema:
        name, number = field.name, 0
        if name.lower() in seen:
            while name.lower() in taken:
                number += 1
                name = f"{field.name}_{number}"
        taken.add(name.lower())
        seen.add(name.lower())
        fields.append(field.with_name(name))
    return pa.schema(fields, metadata=schema.metadata)


@contextmanager
def _told() -> Iterator[None]:
    """Give an error of the engine the form of ours; one in the midst of an answer comes wrapped by Arrow."""
    try:
        yield
    except (QueryFailed, pa.ArrowException, OSError) as failed:
        message = failed.what if isinstance(failed, QueryFailed) else str(failed)
        if isinstance(failed.__cause__, duckdb.OutOfMemoryException) or _MEMORY.search(message):
            raise MemoryError from failed
        if isinstance(failed, QueryFailed):
            raise
        raise QueryFailed(first_line(message), hint="check the casts and the calculations of the query") from failed


def _bounded(reader: pa.RecordBatchReader, limit: int | None, largest: int | None) -> Iterator[pa.RecordBatch]:
    """The batches of the answer up to a number of rows, of an answer up to a number of bytes."""
    left, size = limit, 0
    for batch in reader:
        wanted = batch if left is None else batch.slice(0, left)
        size += wanted.nbytes
        if largest is not None and size > largest:
            raise QueryFailed(
                f"the answer is larger than {largest >> 20} MiB", hint="choose columns and rows, or give --limit"
            )
        yield wanted
        if left is not None:
            left -= wanted.num_rows
            if left == 0:
                return


def _parts(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """The rows of a batch in parts of bounded size."""
    if batch.nbytes <= _PART or batch.num_rows <= 1:
        if batch.nbytes > _LARGEST_ROW:
            raise QueryFailed(f"a row of the answer is larger than {_LARGEST_ROW >> 20} MiB", hint="choose columns")
        yield batch
    else:
        half = batch.num_rows // 2
        yield from _parts(batch.slice(0, half))
        yield from _parts(batch.slice(half))


def _checked(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: dict[str, Any], coordinates: Coordinates
) -> dict[str, Any]:
    """The parameters to bind, if the text is one statement that may be run.

    Raises `QueryFailed` if it is not, `UsageError` for a parameter too few or too many.
    """
    try:
        statements = connection.extract_statements(sql)
        kinds = [statement.type.name for statement in statements]
    except ValueError as cause:
        # The engine's binding has no name for some kinds of statement; none of them reads.
        raise QueryFailed("only reading is allowed here", hint=_HINT) from cause
    if len(kinds) != 1:
        raise QueryFailed(f"give one statement, not {len(kinds)}", hint=_HINT)
    # A PIVOT over values that are not listed is several statements to the engine, all of them reading.
    is_pivot = kinds[0] == "MULTI" and sql.lstrip().upper().startswith(_PIVOT_STARTS)
    if kinds[0] not in _ALLOWED and not is_pivot:
        raise QueryFailed(f"only reading is allowed here, not {kinds[0]}", hint=_HINT)
    wanted = statements[0].named_parameters
    given = {"as_of": coordinates.as_of, "known_at": coordinates.known_at, **parameters}
    if missing := sorted(wanted - given.keys()):
        raise UsageError(f"no value is given for ${missing[0]}", hint=f"-p {missing[0]}=VALUE")
    if unused := sorted(parameters.keys() - wanted):
        known = ", ".join(f"${name}" for name in sorted(wanted)) or "none"
        raise UsageError(f"the query has no ${unused[0]}; its parameters: {known}", hint=f"leave out -p {unused[0]}=…")
    return {name: given[name] for name in wanted}


def _received(value: Any) -> Any:
    if isinstance(value, dict):
        ((kind, text),) = value.items()
        return _READ[kind](text)
    return [_received(item) for item in value] if isinstance(value, list) else value


if __name__ == "__main__":
    sys.exit(main())
