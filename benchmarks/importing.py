"""Measurements of recording: one event, and files of many."""

from __future__ import annotations

import json
import resource
import shutil
import sqlite3
import statistics
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.generate import NEAR, lines
from benchmarks.rows import Row, median_ratio, timed
from policytrack.events import EVENT_TYPES
from policytrack.ledger import Ledger

TODAY = date(2026, 1, 1)
PLAIN = ("capacity_stated", "capacity_idled", "project_approved")
RAW_TABLES = """
CREATE TABLE events (position INTEGER PRIMARY KEY, type TEXT, data TEXT, tags TEXT, recorded_at INTEGER, digest BLOB);
CREATE TABLE tags (tag TEXT, position INTEGER, PRIMARY KEY (tag, position)) WITHOUT ROWID;
"""
CHUNK = 50_000
StoredRow = tuple[str, str, str]
"""Type, data and tags (JSON) of an event, as our store holds them."""


def one_record(folder: Path, _count: int) -> Iterator[Row]:
    """One durable event: validated, boundary read, decided, appended; against a bare insert of the same bytes."""
    ledger = Ledger.create(folder / "one")
    events = [EVENT_TYPES[json.loads(text)["type"]].model_validate_json(text) for text in lines(2_000)]
    registrations = [event for event in events if event.IS_REGISTRATION]
    statements = [event for event in events if event.TOPIC in PLAIN and event.supersedes is None][:500]
    raw = RawStore(folder / "one-raw.db")
    ours, theirs = [], []
    with ledger.application() as application:
        application.record(registrations)
        for event in statements:
            rows = [(event.TOPIC, event.to_json(), json.dumps(event.tags()))]
            fresh = event.model_copy()  # nothing that was worked out for the rows is left in it
            ours.append(timed(lambda fresh=fresh: application.record([fresh])))  # type: ignore[misc]
            theirs.append(timed(lambda rows=rows: raw.insert(rows)))  # type: ignore[misc]
    ratio = 1 / median_ratio(ours, theirs)
    yield Row(
        "one durable record",
        f"{1 / statistics.median(ours):,.0f}/s",
        f"raw sqlite3 insert {1 / statistics.median(theirs):,.0f}/s",
        f"{ratio:.2f}x",
        ">= 0.4x",
        ratio >= 0.4,
        "two waits for the disk, the store's and that of ledger.head, where the bare insert has one",
    )


def bulk_import(folder: Path, count: int) -> Iterator[Row]:
    """JSON Lines, validated and all or nothing, against a bare insert of the same rows. Leaves the ledger `bulk`."""
    file = file_of(folder, count)
    ours, theirs, recording = [], [], []
    largest = 0.0
    for n in range(3 if count <= 200_000 else 1):
        shutil.rmtree(folder / "bulk", ignore_errors=True)
        ledger = Ledger.create(folder / "bulk")
        started: list[float] = []

        def note(_done: int, _of: int, started: list[float] = started) -> None:
            started.append(time.perf_counter())

        begin = time.perf_counter()
        ledger.import_files([("events.jsonl", file)], today=TODAY, recording=note)
        ours.append(time.perf_counter() - begin)
        largest = largest or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        recording.append(ours[-1] - (started[0] - begin))
        theirs.append(insert_raw(ledger, folder / f"bulk-raw-{n}.db"))
    ratio = 1 / median_ratio(ours, theirs)
    yield Row(
        f"bulk import of {count:,}",
        f"{count / statistics.median(ours):,.0f}/s",
        f"raw sqlite3 insert {count / statistics.median(theirs):,.0f}/s",
        f"{ratio:.2f}x",
        ">= 0.4x",
        ratio >= 0.4,
        f"deciding and storing {100 * statistics.median(recording) / statistics.median(ours):.0f} %, the rest is reading and"
        " validating on all cores",
    )
    yield Row(
        f"memory to import {count:,}",
        f"{largest:,.0f} MB",
        reach="<= 2 GB at 10M",
        reached=largest <= 2_000 if count >= 10_000_000 else None,
    )


class RawStore:
    """What a bare `sqlite3` does with the same bytes: our pragmas, no validation, no digest, no anchor."""

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None)
        for pragma in ("journal_mode = WAL", "synchronous = FULL", f"cache_size = {-64 * 1024}"):
            self.connection.execute(f"PRAGMA {pragma}")
        self.connection.executescript(RAW_TABLES)

    def insert(self, rows: list[StoredRow]) -> None:
        """Insert rows in a transaction of their own."""
        self.connection.execute("BEGIN IMMEDIATE")
        start = self.connection.execute("SELECT coalesce(max(position), 0) FROM events").fetchone()[0] + 1
        self.add(rows, [json.loads(tags) for _, _, tags in rows], start)
        self.connection.execute("COMMIT")

    def add(self, rows: list[StoredRow], tags: list[Any], start: int) -> None:
        """Insert rows in the transaction that is open."""
        stored = ((start + n, *row, 0, bytes(32)) for n, row in enumerate(rows))
        self.connection.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)", stored)
        pairs = ((tag, start + n) for n, own in enumerate(tags) for tag in own)
        self.connection.executemany("INSERT INTO tags VALUES (?, ?)", pairs)


def insert_raw(ledger: Ledger, path: Path) -> float:
    """Seconds that a bare insert of a ledger's rows takes, in one transaction; reading them is not counted."""
    raw = RawStore(path)
    seconds = timed(lambda: raw.connection.execute("BEGIN IMMEDIATE"))
    start = 1
    with sqlite3.connect(ledger.store.path) as source:
        cursor = source.execute("SELECT type, data, tags FROM dcb_events ORDER BY position")
        while rows := cursor.fetchmany(CHUNK):
            tags = [json.loads(own) for _, _, own in rows]
            seconds += timed(lambda rows=rows, tags=tags, start=start: raw.add(rows, tags, start))  # type: ignore[misc]
            start += len(rows)
    seconds += timed(lambda: raw.connection.execute("COMMIT"))
    raw.connection.close()
    for part in path.parent.glob(f"{path.name}*"):
        part.unlink()
    return seconds


def ledger_of(folder: Path, count: int) -> Ledger:
    """The ledger that `bulk_import` leaves, or one like it."""
    if not (folder / "bulk").exists():
        Ledger.create(folder / "bulk").import_files([("events.jsonl", file_of(folder, count))], today=TODAY)
    return Ledger(folder / "bulk")


def file_of(folder: Path, count: int, near: int = NEAR) -> Path:
    """A JSON Lines file of so many events; each correction is of one of the `near` events before it."""
    file = folder / f"{count}-{near}.jsonl"
    if not file.exists():
        with file.open("w", encoding="utf-8") as out:
            out.writelines(f"{line}\n" for line in lines(count, near=near))
    return file
