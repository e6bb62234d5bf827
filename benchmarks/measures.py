"""The measurements: each yields rows of (what, ours, yardstick, ratio, to reach, reached)."""

from __future__ import annotations

import gc
import json
import shutil
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from benchmarks.generate import lines
from benchmarks.owners import write_owners
from policytrack import resources
from policytrack.events import EVENT_TYPES
from policytrack.journal.reading import load_events
from policytrack.ledger import Ledger
from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.session import Session

Found = tuple[str, str, str, str, str, bool | None]
RAW_TABLES = """
CREATE TABLE events (position INTEGER PRIMARY KEY, type TEXT, data TEXT, tags TEXT, recorded_at INTEGER, digest BLOB);
CREATE TABLE tags (tag TEXT, position INTEGER, PRIMARY KEY (tag, position)) WITHOUT ROWID;
"""


def timed(action: Callable[[], object]) -> float:
    """Seconds that an action takes, the collector kept out."""
    gc.collect()
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def one_record(folder: Path, _count: int) -> Iterator[Found]:
    """One durable event: validated, boundary read, decided, appended; against a bare insert of the same bytes."""
    ledger = Ledger.create(folder / "one")
    texts = list(lines(1_000))
    events = [EVENT_TYPES[json.loads(text)["type"]].model_validate_json(text) for text in texts]
    raw = _raw_store(folder / "one-raw.db")
    ours, theirs = [], []
    with ledger.application() as application:
        application.record(events[:400])
        for event in events[400:800]:
            if event.supersedes is None:
                ours.append(timed(lambda event=event: application.record([event])))  # type: ignore[misc]
                rows = _raw_rows([event])
                theirs.append(timed(lambda rows=rows: _raw_insert(raw, rows)))  # type: ignore[misc]
    mine, yard = 1 / statistics.median(ours), 1 / statistics.median(theirs)
    yield (
        "one durable record",
        f"{mine:,.0f}/s",
        f"raw sqlite3 insert {yard:,.0f}/s",
        f"{mine / yard:.2f}x",
        ">= 0.4x",
        mine / yard >= 0.4,
    )


def bulk_import(folder: Path, count: int) -> Iterator[Found]:
    """JSON Lines, validated and all or nothing, against a bare insert of the same rows."""
    file = folder / "events.jsonl"
    file.write_text("\n".join(lines(count)) + "\n", encoding="utf-8")
    ledger = Ledger.create(folder / "bulk")
    day = date(2026, 1, 1)

    def ours() -> None:
        events, places = load_events([("events.jsonl", file)], today=day, known_on_of=lambda _: None)
        ledger.record(events, places=places)

    mine = timed(ours)
    events, _ = load_events([("events.jsonl", file)], today=day, known_on_of=lambda _: None)
    raw = _raw_store(folder / "bulk-raw.db")
    rows = _raw_rows(events)
    yard = timed(lambda: _raw_insert(raw, rows))
    ratio = yard / mine
    yield (
        f"bulk import of {count:,}",
        f"{count / mine:,.0f}/s",
        f"raw sqlite3 insert {count / yard:,.0f}/s",
        f"{ratio:.2f}x",
        ">= 0.4x",
        ratio >= 0.4,
    )


def rebuild(folder: Path, count: int) -> Iterator[Found]:
    """The read model from the first event, against the library's own runner and against bare JSON decoding."""
    ledger = Ledger(folder / "bulk")
    fresh = folder / "fresh"
    fresh.mkdir()
    mine = timed(lambda: ledger.fresh_read_model(fresh))
    batches = list(ledger.batches(0))
    yard = timed(lambda: _decode_only(batches))
    runner = _library_runner(folder, ledger, 3_000)
    yield (
        f"rebuild of {count:,}",
        f"{count / mine:,.0f}/s",
        f"library's ProjectionRunner {runner:,.0f}/s",
        f"{count / mine / runner:.0f}x",
        ">= 60x",
        count / mine / runner >= 60,
    )
    yield (
        "same",
        f"{mine:.2f} s",
        f"DuckDB from_json of the same bytes {yard:.2f} s",
        f"{yard / mine:.2f}x",
        ">= 0.4x",
        yard / mine >= 0.4,
    )


def national(folder: Path, count: int) -> Iterator[Found]:
    """National capacity as of eight dates, against a GROUP BY over the same columns."""
    path = Ledger(folder / "bulk").generation(notes=lambda _: None)
    ours, theirs = [], []
    copy = shutil.copy(path, folder / "bare.duckdb")  # one process opens a file with one configuration only
    with duckdb.connect(str(copy), read_only=True) as bare:
        bare.execute("SET threads = 2").fetchall()
        for year in (2007, 2010, 2013, 2016, 2019, 2022, 2024, 2026):
            day = date(year, 6, 30)
            with Session(path, Coordinates(day, day)) as session:
                for _ in range(3):
                    ours.append(timed(lambda: session.query("FROM national_capacity")))  # called at once
                    theirs.append(timed(lambda: _bare_group_by(bare, day)))  # noqa: B023 # called at once
    mine, yard = statistics.median(ours), statistics.median(theirs)
    yield (
        f"national capacity, {count:,} events",
        f"{mine * 1000:.0f} ms",
        f"bare GROUP BY {yard * 1000:.0f} ms",
        f"{mine / yard:.1f}x",
        "<= 3x",
        mine / yard <= 3,
    )


def visible(folder: Path, count: int) -> Iterator[Found]:
    """One more event, from its commit to a new reader that sees it."""
    ledger = Ledger(folder / "bulk")
    waits = []
    for text in list(lines(count + 5, seed=8))[-5:]:
        event = EVENT_TYPES["capacity_stated"].model_validate(_statement(json.loads(text)))
        ledger.record([event])
        waits.append(timed(lambda: _see(ledger)))
    wait = statistics.median(waits)
    yield f"one new event visible, {count:,} events", f"{wait:.2f} s", "–", "–", "<= 0.15 s", wait <= 0.15


ACTIVITY_OF_FACILITY_1 = "crude-steel"


def _statement(event: dict[str, Any]) -> dict[str, Any]:
    kept = {name: event[name] for name in ("event_id", "schema_version", "effective", "known_on", "sources", "note")}
    return {
        **kept,
        "type": "capacity_stated",
        "facility_id": "facility-1",
        "activity_id": ACTIVITY_OF_FACILITY_1,
        "capacity": "7",
    }


def _see(ledger: Ledger) -> None:
    day = date(2026, 1, 1)
    with Session(ledger.generation(notes=lambda _: None), Coordinates(day, day)) as session:
        session.query("SELECT count(*) FROM event")


def holdings(folder: Path, _count: int) -> Iterator[Found]:
    """All firms' holdings on all bases: 10,000 firms, 50,000 stakes, cycles among them."""
    path = folder / "owners.duckdb"
    write_owners(path)
    day = date(2026, 1, 1)
    with Session(path, Coordinates(day, day)) as session:
        seconds = statistics.median(timed(lambda: session.query("FROM firm_holding")) for _ in range(3))
    yield "holdings, 10,000 firms, 50,000 stakes", f"{seconds:.2f} s", "–", "–", "<= 0.35 s", seconds <= 0.35


def cold_start(folder: Path, _count: int) -> Iterator[Found]:
    """Whole commands from a cold start, against a Python that does nothing."""
    small = Ledger.create(folder / "small")
    events, places = load_events(
        [("events.jsonl", _file(folder, 10_000))], today=date(2026, 1, 1), known_on_of=lambda _: None
    )
    small.record(events, places=places)
    small.generation(notes=lambda _: None)
    nothing, help_, capacity = [], [], []
    for _ in range(5):
        nothing.append(timed(lambda: _command("-c", "pass")))
        help_.append(timed(lambda: _command("-m", "policytrack", "--help")))
        capacity.append(timed(lambda: _command("-m", "policytrack", "-C", str(small.root), "capacity")))
    base = statistics.median(nothing)
    for name, times, reach in (("policytrack --help", help_, 0.15), ("capacity on 10,000 events", capacity, 0.5)):
        seconds = statistics.median(times)
        yield (
            f"{name}, cold",
            f"{seconds:.2f} s",
            f"python -c pass {base:.2f} s",
            f"{seconds / base:.1f}x",
            f"<= {reach} s",
            seconds <= reach,
        )


def memory(folder: Path, count: int) -> Iterator[Found]:
    """The largest resident set of a rebuild, in a process of its own."""
    code = (
        "import resource; from pathlib import Path; from policytrack.ledger import Ledger;"
        f"Ledger(Path({str(folder / 'bulk')!r})).rebuild(notes=lambda _: None);"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    megabytes = int(done.stdout) / 1024
    yield f"memory to rebuild {count:,}", f"{megabytes:,.0f} MB", "–", "–", "<= 2 GB at 10M", None


def _file(folder: Path, count: int) -> Path:
    file = folder / f"{count}.jsonl"
    file.write_text("\n".join(lines(count)) + "\n", encoding="utf-8")
    return file


def _command(*words: str) -> None:
    subprocess.run([sys.executable, *words], capture_output=True, check=True)


def _raw_store(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.executescript(RAW_TABLES)
    return connection


Rows = tuple[list[tuple[str, str, str]], list[list[str]]]


def _raw_rows(events: list[Any]) -> Rows:
    """What a bare insert needs, made beforehand: only the insert is the yardstick."""
    tags = [event.tags() for event in events]
    return [(event.TOPIC, event.to_json(), json.dumps(own)) for event, own in zip(events, tags, strict=True)], tags


def _raw_insert(connection: sqlite3.Connection, rows: Rows) -> None:
    events, tags = rows
    connection.execute("BEGIN IMMEDIATE")
    start = connection.execute("SELECT coalesce(max(position), 0) FROM events").fetchone()[0] + 1
    stored = ((start + n, *event, 0, bytes(32)) for n, event in enumerate(events))
    connection.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)", stored)
    pairs = ((tag, start + n) for n, own in enumerate(tags) for tag in own)
    connection.executemany("INSERT INTO tags VALUES (?, ?)", pairs)
    connection.execute("COMMIT")


def _decode_only(batches: list[pa.Table]) -> None:
    sql = (resources.PROJECTIONS / "facts" / "capacity_statement.sql").read_text(encoding="utf-8")
    shape = sql[sql.index("from_json(data, '") + len("from_json(data, '") : sql.index("') AS e")]
    with duckdb.connect() as connection:
        connection.execute("SET threads = 2").fetchall()
        for batch in batches:
            connection.register("batch", batch)
            for _ in range(2):  # the envelope, and the fields of the type
                connection.execute(
                    f"CREATE OR REPLACE TABLE decoded AS SELECT position, type, from_json(data, '{shape}') AS e FROM batch"
                ).fetchall()


def _bare_group_by(connection: duckdb.DuckDBPyConnection, day: date) -> None:
    connection.execute(
        "SELECT facility_id, activity_id, sum(capacity) FROM (SELECT facility_id, activity_id, capacity FROM"
        " capacity_statement WHERE effective_latest <= $day AND known_on <= $day AND known_to > $day UNION ALL"
        " SELECT coalesce(facility_id, project_id), activity_id, installed_change FROM capacity_move"
        " WHERE effective_latest <= $day AND known_on <= $day AND known_to > $day) GROUP BY ALL",
        {"day": day},
    ).fetchall()


def _library_runner(folder: Path, ledger: Ledger, count: int) -> float:
    """Events a second of the library's own ProjectionRunner with its SQLite view, on the first events of the ledger."""
    from benchmarks.runner import run

    return run(folder, ledger, count)
