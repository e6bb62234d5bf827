"""Measurements of the read model: building it, asking it, and seeing what is new."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import duckdb

from benchmarks.generate import NEAR
from benchmarks.importing import TODAY, file_of, ledger_of
from benchmarks.owners import write_owners
from benchmarks.rows import Row, median_ratio, share, timed
from benchmarks.runner import run as run_library
from policytrack import resources
from policytrack.events import EVENT_TYPES
from policytrack.ledger import Ledger
from policytrack.readmodel.building import Building
from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.generation import Fingerprint
from policytrack.readmodel.session import Session
from policytrack.readmodel.sql_files import Catalogue
from policytrack.readmodel.statements import Statements
from policytrack.store.sqlite.reading import head

DATES = tuple(date(year, 6, 30) for year in (2007, 2010, 2013, 2016, 2019, 2022, 2024, 2026))
BARE = """
SELECT country_code, activity_id, sum(installed), sum(idle), sum(owed), sum(pending_gross), sum(pending_retiring),
       sum(accounts)
FROM capacity_step GROUP BY ALL
"""
"""The yardstick of questions: six sums of all steps, without dates."""


def rebuild(folder: Path, count: int) -> Iterator[Row]:
    """The read model from the first event, against the library's own runner and against bare JSON decoding."""
    ledger = ledger_of(folder, count)
    ours, theirs = [], []
    parts: dict[str, float] = {}
    for n in range(3 if count <= 200_000 else 1):
        fresh = folder / f"fresh-{n}"
        fresh.mkdir()
        ours.append(timed(lambda fresh=fresh: ledger.fresh_read_model(fresh)))  # type: ignore[misc]
        theirs.append(_decode_only(ledger))
        if n == 0:
            parts = _where_it_goes(ledger, fresh / "watched.duckdb", ledger.read_model.catalogue)
        shutil.rmtree(fresh)
    without = replace(ledger.read_model.catalogue, step_files=())
    bare_path = folder / "without-steps.duckdb"
    bare = _facts_alone(ledger, bare_path, without)
    bare_path.unlink()
    runner = run_library(folder, ledger, 3_000)
    for name, seconds, reach, note in (
        (f"rebuild of {count:,}", statistics.median(ours), 40, share(parts)),
        ("the tables of facts alone, without steps", bare, 60, ""),
    ):
        ratio = count / seconds / runner
        yield Row(
            name,
            f"{count / seconds:,.0f}/s",
            f"library's ProjectionRunner {runner:,.0f}/s",
            f"{ratio:.0f}x",
            f">= {reach}x",
            ratio >= reach,
            note,
        )
    ratio = 1 / median_ratio(ours, theirs)
    yield Row(
        f"rebuild of {count:,}",
        f"{statistics.median(ours):.2f} s",
        f"DuckDB from_json of the same bytes {statistics.median(theirs):.2f} s",
        f"{ratio:.2f}x",
        ">= 0.4x",
        ratio >= 0.4,
    )


def memory(folder: Path, count: int) -> Iterator[Row]:
    """The largest resident set of a rebuild, in a process of its own."""
    ledger_of(folder, count)
    # Of the process's own memory: `ru_maxrss` begins with that of the process which started it.
    code = (
        "from pathlib import Path; from policytrack.ledger import Ledger;"
        f"Ledger(Path({str(folder / 'bulk')!r})).rebuild(notes=lambda _: None);"
        "print(*(line for line in Path('/proc/self/status').read_text().splitlines() if line.startswith('VmHWM')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    megabytes = int(done.stdout.split()[1]) / 1024
    yield Row(
        f"memory to rebuild {count:,}",
        f"{megabytes:,.0f} MB",
        reach="<= 2 GB at 10M",
        reached=megabytes <= 2_000 if count >= 10_000_000 else None,
    )


def national(folder: Path, count: int) -> Iterator[Row]:
    """National capacity as of eight dates, against a GROUP BY of the steps without dates."""
    mine, yard = (
        [seconds for of_day in times.values() for seconds in of_day]
        for times in _national(ledger_of(folder, count), folder, BARE)
    )
    ratio, median, near = median_ratio(mine, yard), statistics.median(mine), 30e-9 * count
    yield Row(
        f"national capacity, {count:,} events",
        f"{median * 1000:.0f} ms",
        f"bare GROUP BY of the steps {statistics.median(yard) * 1000:.0f} ms",
        f"{ratio:.1f}x",
        "<= 2x",
        ratio <= 2,
        f"planning the query {_planning(folder) * 1000:.0f} ms, whatever the ledger holds",
    )
    yield Row("same, the median", f"{median * 1000:.0f} ms", reach=f"<= {near * 1000:.0f} ms", reached=median <= near)


def national_by_date(folder: Path, count: int) -> Iterator[Row]:
    """That an answer takes as long for any date, and however far back corrections reach."""
    (ours,) = _national(ledger_of(folder, count), folder)
    by_date = {day.year: statistics.median(seconds) * 1000 for day, seconds in ours.items()}
    shown = ", ".join(f"{year} {milliseconds:.0f} ms" for year, milliseconds in by_date.items())
    most = max(by_date.values()) / by_date[2026]
    yield Row("national capacity, slowest date against the last", shown, "as of 2026", f"{most:.2f}x")
    size = min(count, 100_000)
    of_reach: dict[str, float] = {}
    for name, near in ((f"the last {NEAR:,} events", NEAR), ("any event", 10**9)):
        ledger = Ledger.create(folder / f"near-{near}")
        ledger.import_files([("events.jsonl", file_of(folder, size, near))], today=TODAY)
        (times,) = _national(ledger, folder)
        of_reach[name] = statistics.median(seconds for of_day in times.values() for seconds in of_day) * 1000
    (near_name, near_time), (far_name, far_time) = of_reach.items()
    yield Row(
        f"national capacity, {size:,} events, corrections of {far_name}",
        f"{far_time:.0f} ms",
        f"corrections of {near_name} {near_time:.0f} ms",
        f"{far_time / near_time:.2f}x",
    )


def visible(folder: Path, count: int) -> Iterator[Row]:
    """One more event, from its commit to a new reader that sees it: one that no step depends on, and one that does."""
    ledger = ledger_of(folder, count)
    ledger.generation(notes=lambda _: None)
    kinds: tuple[tuple[str, float, dict[str, str]], ...] = (
        ("of a share", 0.15, {"type": "stake_stated", "owned_id": "firm-1", "owner_id": "firm-2", "stake_pct": "7"}),
        ("of capacity", 0.25, {
            "type": "capacity_stated", "facility_id": "facility-1", "activity_id": "crude-steel", "capacity": "7",
        }),
    )  # fmt: skip
    for name, reach, of_kind in kinds:
        waits = []
        for n in range(9):
            fields = {
                "event_id": str(uuid4()), "effective": f"2025-06-{n + 1:02}", "known_on": "2025-07-01",
                "sources": [{"title": f"Notice {n}", "class": "regulator"}], "note": str(uuid4()), **of_kind,
            }  # fmt: skip
            ledger.record([EVENT_TYPES[of_kind["type"]].model_validate(fields)])
            waits.append(_until_seen(ledger))
        wait = statistics.median(waits)
        yield Row(
            f"one new event {name} visible, {count:,} events",
            f"{wait:.2f} s",
            reach=f"<= {reach} s",
            reached=wait <= reach,
        )


def holdings(folder: Path, _count: int) -> Iterator[Row]:
    """All firms' holdings on all bases: 10,000 firms, 50,000 stakes, cycles among them."""
    path = folder / "owners.duckdb"
    write_owners(path)
    with Session(path, Coordinates(TODAY, TODAY)) as session:
        seconds = statistics.median(timed(lambda: session.query("FROM firm_holding")) for _ in range(3))
    yield Row("holdings, 10,000 firms, 50,000 stakes", f"{seconds:.2f} s", reach="<= 0.35 s", reached=seconds <= 0.35)


Times = dict[date, list[float]]


def _national(ledger: Ledger, folder: Path, *yardsticks: str) -> list[Times]:
    """Seconds of national capacity by date, then those of each yardstick, taken by turns."""
    path = ledger.generation(notes=lambda _: None)
    taken: list[Times] = [{day: [] for day in DATES} for _ in range(1 + len(yardsticks))]
    copy = shutil.copy(path, folder / "bare.duckdb")  # one process opens a file with one configuration only
    with duckdb.connect(str(copy), read_only=True) as bare:
        bare.execute("SET threads = 2").fetchall()
        for day in DATES:
            with Session(path, Coordinates(day, day)) as session:
                session.query("FROM national_capacity")  # the pages of the file come into memory
                for _ in range(5):
                    taken[0][day].append(timed(lambda: session.query("FROM national_capacity")))  # called at once
                    for times, sql in zip(taken[1:], yardsticks, strict=True):
                        times[day].append(timed(lambda: bare.sql(sql).to_arrow_table()))  # noqa: B023
    (folder / "bare.duckdb").chmod(0o644)
    (folder / "bare.duckdb").unlink()
    return taken


def _planning(folder: Path) -> float:
    """Seconds that national capacity takes of a ledger without events."""
    ledger = Ledger.create(folder / "empty")
    with Session(ledger.generation(notes=lambda _: None), Coordinates(TODAY, TODAY)) as session:
        return statistics.median(timed(lambda: session.query("FROM national_capacity")) for _ in range(5))


def _until_seen(ledger: Ledger) -> float:
    """Seconds until a new reader has an answer that counts what was recorded."""
    begin = time.perf_counter()
    with Session(ledger.generation(notes=lambda _: None), Coordinates(TODAY, TODAY)) as session:
        (counted,) = session.query("SELECT count(*) AS events FROM event")["events"].to_pylist()
        seconds = time.perf_counter() - begin
    assert counted == head(ledger.store.path).position, "the reader sees all that was recorded"
    return seconds


def _where_it_goes(ledger: Ledger, path: Path, catalogue: Catalogue) -> dict[str, float]:
    """Build the tables of a read model. Return seconds by what they are spent on: reading the event store, and the
    statements of each SQL file."""
    parts: dict[str, float] = {}

    def spent(on: str, begin: float) -> None:
        parts[on] = parts.get(on, 0) + time.perf_counter() - begin

    def watched(statements: Statements, sql: str, parameters: Mapping[str, object] | None = None) -> list[Any]:
        begin = time.perf_counter()
        rows = run(statements, sql, parameters)
        words = sql.split()
        named = words[2] if words[0] == "INSERT" else words[3] if words[:3] == ["CREATE", "TEMP", "TABLE"] else ""
        spent(named or ("event" if "batch_resolved AS" in sql else words[0].lower()), begin)
        return rows

    begin = time.perf_counter()
    for _ in ledger.batches(0):
        pass
    spent("reading the store", begin)
    run = Statements.run
    with _with_tables(path, catalogue) as building, patch.object(Statements, "run", watched):
        _fill(building, ledger, catalogue)
    return parts


def _facts_alone(ledger: Ledger, path: Path, catalogue: Catalogue) -> float:
    """Return the seconds from the first event to the checkpoint of a read model of this catalogue, tables made before."""
    with _with_tables(path, catalogue) as building:
        return timed(lambda: _fill(building, ledger, catalogue))


@contextmanager
def _with_tables(path: Path, catalogue: Catalogue) -> Iterator[Building]:
    with Building(path, catalogue) as building:
        building.create(resources.EVENTS / "reference")
        yield building


def _fill(building: Building, ledger: Ledger, catalogue: Catalogue) -> None:
    """Load all events of the ledger into the tables, and write the file."""
    last = ledger.store.head().position
    for _ in building.take(ledger.batches(0), 0, last):
        pass
    made_by = Fingerprint.of(catalogue, resources.EVENTS / "reference")
    building.finish(last, "0" * 64, made_by, datetime(2026, 1, 1, tzinfo=UTC))


def _decode_only(ledger: Ledger) -> float:
    """Seconds that DuckDB takes to decode what every event has and what a type has of the same bytes, and no more."""
    sql = (resources.PROJECTIONS / "facts" / "capacity_statement.sql").read_text(encoding="utf-8")
    shape = sql[sql.index("from_json(data, '") + len("from_json(data, '") : sql.index("') AS e")]
    decode = f"CREATE OR REPLACE TABLE decoded AS SELECT position, type, from_json(data, '{shape}') AS e FROM batch"
    seconds = 0.0
    with duckdb.connect() as connection:
        connection.execute("SET threads = 2").fetchall()
        for batch in ledger.batches(0):
            connection.register("batch", batch)
            for _ in range(2):
                seconds += timed(lambda: connection.execute(decode).fetchall())
    return seconds
