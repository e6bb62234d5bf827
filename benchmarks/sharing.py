"""Measurements of a ledger on a PostgreSQL server, beside bare psycopg and beside an event store in a file."""

from __future__ import annotations

import json
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.importing import TODAY, StoredRow, file_of
from benchmarks.rows import Row, median_ratio, timed
from policytrack.events import EVENT_TYPES, Event
from policytrack.ledger import Ledger

if TYPE_CHECKING:
    import psycopg

    from tests.postgres.server import Server

_SHARED: Final = 20_000
"""Events of the ledger on a server: its cost for each event does not depend on their number."""
_RECORDED: Final = 200
_TURNS: Final = 3
_PAGE: Final = 8_192
_TABLES: Final = """
CREATE TABLE events (position bigint PRIMARY KEY, type text, data text, tags text, recorded_at bigint, digest bytea);
CREATE TABLE tags (tag text COLLATE "C", position bigint, PRIMARY KEY (tag, position));
"""


def shared_store(folder: Path, _count: int) -> Iterator[Row]:
    """Recording, importing and catching up with a durable PostgreSQL server of our own."""
    with _postgres(folder) as (server, reason):
        if server is None:
            yield Row("ledger on a PostgreSQL server", "–", reason)
            return
        imports, catch_ups = _Times(), _Times()
        for turn in range(_TURNS):
            server.execute("postgres", f"CREATE DATABASE shared_{turn}", f"CREATE DATABASE raw_{turn}")
            raw = _Raw(server.address(f"raw_{turn}"))
            at_server = Ledger.create(folder / f"at-server-{turn}", address=server.address(f"shared_{turn}"))
            in_file = Ledger.create(folder / f"in-file-{turn}")
            imports.ours.append(_import(folder, at_server))
            imports.files.append(_import(folder, in_file))
            rows = _rows_of(in_file)
            imports.bare.append(timed(lambda raw=raw, rows=rows: raw.copy(rows)))  # type: ignore[misc]
            catch_ups.ours.append(_catch_up(at_server))
            catch_ups.files.append(_catch_up(in_file))
            catch_ups.bare.append(timed(lambda raw=raw: raw.read(_SHARED)))  # type: ignore[misc]
        yield from imports.rows(f"import of {_SHARED:,}", "COPY", _SHARED)
        yield from catch_ups.rows(f"catch-up with {_SHARED:,}", "SELECT in pages", _SHARED)
        yield from _records(at_server, in_file, raw).rows("one durable record", "INSERT", 1)
        raw.connection.close()


@dataclass
class _Times:
    """Seconds of one measure, taken in turn: on the server, with bare psycopg, and with an event store in a file."""

    ours: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    files: list[float] = field(default_factory=list)

    def rows(self, what: str, how: str, events: int) -> Iterator[Row]:
        """A row beside bare psycopg, and one beside a file; each time is that of so many events."""
        rate = events / statistics.median(self.ours)
        for name, others in ((f"bare psycopg, {how}", self.bare), ("event store in a file", self.files)):
            ratio = 1 / median_ratio(self.ours, others)
            yard = events / statistics.median(others)
            yield Row(f"PostgreSQL: {what}", f"{rate:,.0f}/s", f"{name} {yard:,.0f}/s", f"{ratio:.2f}x")


def _import(folder: Path, ledger: Ledger) -> float:
    return timed(lambda: ledger.import_files([("events.jsonl", file_of(folder, _SHARED))], today=TODAY))


def _catch_up(ledger: Ledger) -> float:
    return timed(lambda: ledger.generation(notes=lambda _: None))


def _rows_of(ledger: Ledger) -> list[StoredRow]:
    pages = ledger.store.checked_pages(0, _SHARED)
    return [(kind.decode(), data.decode(), tags.decode()) for page in pages for _, kind, data, tags, _, _ in page]


def _records(at_server: Ledger, in_file: Ledger, raw: _Raw) -> _Times:
    times = _Times()
    with at_server.application() as server, in_file.application() as file:
        for event in _events():
            row = (event.TOPIC, event.to_json(), json.dumps(event.tags()))
            fresh, again = event.model_copy(), event.model_copy()  # without what was worked out for the row
            times.ours.append(timed(lambda fresh=fresh: server.record([fresh])))  # type: ignore[misc]
            times.bare.append(timed(lambda row=row: raw.insert(row)))  # type: ignore[misc]
            times.files.append(timed(lambda again=again: file.record([again])))  # type: ignore[misc]
    return times


class _Raw:
    """What bare psycopg does with the same bytes: no validation, no condition, no digest, no anchor."""

    def __init__(self, address: str) -> None:
        import psycopg

        self.connection: psycopg.Connection[Any] = psycopg.connect(address, autocommit=True)
        self.connection.execute(_TABLES)
        self._next = 1

    def insert(self, row: StoredRow) -> None:
        """Insert an event and its tags in a transaction of their own."""
        with self.connection.transaction(), self.connection.cursor() as cursor:
            cursor.execute("INSERT INTO events VALUES (%s, %s, %s, %s, 0, %s)", [self._next, *row, bytes(32)])
            cursor.executemany("INSERT INTO tags VALUES (%s, %s)", [(tag, self._next) for tag in json.loads(row[2])])
        self._next += 1

    def copy(self, rows: list[StoredRow]) -> None:
        """Copy events and their tags, sorted, in one transaction."""
        with self.connection.transaction(), self.connection.cursor() as cursor:
            with cursor.copy("COPY events FROM STDIN") as copy:
                for position, row in enumerate(rows, 1):
                    copy.write_row((position, *row, 0, bytes(32)))
            with cursor.copy("COPY tags FROM STDIN") as copy:
                for pair in sorted((tag, n) for n, row in enumerate(rows, 1) for tag in set(json.loads(row[2]))):
                    copy.write_row(pair)
        self._next = len(rows) + 1

    def read(self, count: int) -> None:
        """Read all columns of the events, in pages, in binary format."""
        for after in range(0, count, _PAGE):
            with self.connection.cursor(binary=True) as cursor:
                cursor.execute(
                    "SELECT * FROM events WHERE position > %s AND position <= %s ORDER BY position",
                    [after, after + _PAGE],
                ).fetchall()


def _events() -> Iterator[Event]:
    """Statements for facilities that the generator registers, each with a source of its own."""
    for number in range(_RECORDED):
        fields = {
            "type": "capacity_stated", "event_id": f"00000000-0000-4000-9000-{number:012}", "effective": "2025-06-30",
            "known_on": "2025-07-01", "sources": [{"title": f"Record {number}", "class": "regulator"}],
            "facility_id": f"facility-{number}", "activity_id": "crude-steel", "capacity": "7",
        }  # fmt: skip
        yield EVENT_TYPES["capacity_stated"].model_validate(fields)


@contextmanager
def _postgres(folder: Path) -> Iterator[tuple[Server | None, str]]:
    """A durable server of our own; or none, and why."""
    try:
        from tests.postgres.server import Server, programs  # it needs the driver
    except ImportError:
        yield None, "the PostgreSQL driver is not installed here"
        return
    if programs() is None:
        yield None, "PostgreSQL is not installed here"
        return
    server = Server(Path(tempfile.mkdtemp(dir=folder)))
    try:
        server.start(is_durable=True)
        yield server, ""
    finally:
        server.stop()
