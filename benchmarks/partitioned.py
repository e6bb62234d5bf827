"""Rebuilds facts and steps in parts, each alone in a process of its own, and sums the parts.

    python benchmarks/partitioned.py FOLDER --events 10_000_000 --parts 16 --at-once 2

`split` gives every event to a part, by the hash of what it is about. What hangs together is in one part: a project and its
facilities, a swap with its project, its donors and its credit lots, and what a correction moves from one to another. Rules,
activities, units and other events that are about none of these are in every part. Events of firms alone (stakes, ventures,
quotas, support) are in part 0: no step depends on them.

With ``--whole``, one read model of all events is built too, and must have the same steps and spans.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, TypeVar

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.generate import SOURCE, events  # the folder is not installed
from policytrack import resources
from policytrack.events import EVENT_TYPES
from policytrack.readmodel.folder import ReadModelFolder
from policytrack.readmodel.sql_files import Catalogue
from policytrack.store.arrow import arrow_schema
from policytrack.store.upcasts import upcast_batch

T = TypeVar("T")
ROWS: Final = 50_000
"""Events in memory at a time, of a file that is written."""
BATCH: Final = 100_000
_MEMORY: Final = "1500MB"
_ID_KINDS: Final = {
    "facility_id": "facility", "project_id": "project", "swap_id": "swap", "firm_id": "firm", "operator_id": "firm",
    "owned_id": "firm", "owner_id": "firm", "venture_id": "firm",
}  # fmt: skip
_TABLES: Final = ("capacity_step", "project_span")

_TAGGED: Final = """
CREATE TABLE tagged AS
SELECT
  position, data ->> 'event_id' AS event_id,
  list_filter(tags, lambda tag: tag[:9] = 'facility:' OR tag[:8] = 'project:' OR tag[:5] = 'swap:' OR tag[:4] = 'lot:') AS things,
  list_filter(tags, lambda tag: tag[:6] = 'event:' AND tag <> 'event:' || (data ->> 'event_id')) AS targets,
  list_bool_or([tag[:5] = 'firm:' OR tag[:6] = 'quota:' OR tag[:8] = 'support:' FOR tag IN tags]) AS is_of_firms
FROM (SELECT position, data, from_json(tags, '["VARCHAR"]') AS tags FROM read_parquet($source))
"""
_TIES: Final = """
SELECT DISTINCT things[1] AS one, other FROM (SELECT things, unnest(things[2:]) AS other FROM tagged)
UNION
SELECT DISTINCT event.things[1], target.things[1]
FROM (SELECT things, unnest(targets)[7:] AS target_id FROM tagged WHERE len(targets) > 0) AS event
JOIN tagged AS target ON target.event_id = event.target_id
WHERE len(event.things) > 0 AND len(target.things) > 0 AND event.things[1] <> target.things[1]
"""
_SPLIT: Final = """
COPY (
  SELECT position, type, data, tags, recorded_at, part
  FROM read_parquet($source)
  JOIN (
    SELECT position, unnest(parts) AS part
    FROM (
      SELECT
        position,
        CASE
          WHEN len(things) > 0 THEN [hash(coalesce(place.first, things[1])) % $parts]
          WHEN is_of_firms THEN [0] ELSE range($parts::BIGINT)
        END AS parts
      FROM tagged LEFT JOIN place ON place.thing = tagged.things[1]
    )
  ) USING (position)
) TO '{folder}' (FORMAT parquet, PARTITION_BY (part), COMPRESSION zstd, OVERWRITE)
"""

_COPIES: Final = r"""
COPY (
  SELECT
    position + copy * (SELECT max(position) FROM read_parquet($source)) AS position, type,
    regexp_replace(
      regexp_replace(data, '"((?:firm|facility|project|swap)-[^"]*)"', '"\1-' || copy || '"', 'g'),
      '"event_id":"..', '"event_id":"' || printf('%02x', copy), 'g'
    ) AS data,
    regexp_replace(
      regexp_replace(tags, '"((?:firm|facility|project|swap):[^"]*)"', '"\1-' || copy || '"', 'g'),
      '"event:..', '"event:' || printf('%02x', copy), 'g'
    ) AS tags,
    recorded_at
  FROM read_parquet($source) CROSS JOIN range($copies::BIGINT) AS number (copy)
) TO '{target}' (FORMAT parquet, COMPRESSION zstd)
"""


def multiply(source: Path, target: Path, copies: int) -> None:
    """Write the events so many times, each time about firms, facilities, projects and swaps of its own."""
    with duckdb.connect(config={"memory_limit": _MEMORY, "preserve_insertion_order": "false"}) as connection:
        connection.execute(_COPIES.format(target=target), {"source": str(source), "copies": copies})


def generate(path: Path, count: int) -> None:
    """Write `count` events as an event store holds them, but without the tags of contents, which no read model reads."""
    defaults: dict[str, dict[str, Any]] = {}
    with pq.ParquetWriter(path, arrow_schema(), compression="zstd") as writer:
        rows: list[tuple[int, str, str, str]] = []
        for position, event in enumerate(events(count), 1):
            data = _complete(event, position, defaults)
            rows.append((position, event["type"], json.dumps(data, separators=(",", ":")), json.dumps(_tags(event))))
            if len(rows) == ROWS or position == count:
                columns = [*zip(*rows, strict=True), [0] * len(rows)]
                writer.write_table(
                    pa.table(
                        [pa.array(c, f.type) for c, f in zip(columns, arrow_schema(), strict=True)], arrow_schema()
                    )
                )
                rows.clear()


def _complete(event: dict[str, Any], position: int, defaults: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Add what the event's class adds when it is recorded; validating each event would take most of the time."""
    source = {**SOURCE, "state_affiliated": False, "locator": f"p. {position - 1}"}
    if event["type"] not in defaults:
        stored = json.loads(EVENT_TYPES[event["type"]].model_validate_json(json.dumps(event)).to_json())
        defaults[event["type"]] = {name: value for name, value in stored.items() if name not in event}
        defaults[event["type"]].pop("supersedes", None)
    complete = {**event, **defaults[event["type"]], "sources": [source]}
    if "legs" in event:
        complete["legs"] = [{"undisclosed": False, **leg} for leg in event["legs"]]
    return complete


def _tags(event: dict[str, Any]) -> list[str]:
    tags = {f"{kind}:{event[name]}" for name, kind in _ID_KINDS.items() if name in event}
    tags |= {f"firm:{partner['firm_id']}" for partner in event.get("partners", ())}
    tags |= {f"facility:{leg['facility_id']}" for leg in event.get("legs", ()) if "facility_id" in leg}
    if "activity_id" in event:
        tags.add(f"activity:{event['activity_id']}")
    tags.add(f"event:{event['event_id']}")
    if "supersedes" in event:
        tags.add(f"event:{event['supersedes']['event_id']}")
    return sorted(tags)


def split(source: Path, folder: Path, parts: int) -> list[int]:
    """Write the events of a Parquet file to `folder`, one folder for each part; return the numbers of events."""
    with duckdb.connect(str(folder.with_suffix(".split.duckdb"))) as connection:
        connection.execute(f"SET memory_limit = '{_MEMORY}'; SET preserve_insertion_order = false; SET threads = 2")
        connection.execute(_TAGGED, {"source": str(source)})
        connection.register("places", _places(connection.sql(_TIES).to_arrow_reader(ROWS)))
        connection.execute("CREATE TABLE place AS FROM places")
        connection.execute(_SPLIT.format(folder=folder), {"source": str(source), "parts": parts})
    folder.with_suffix(".split.duckdb").unlink()
    return [pq.ParquetDataset(folder / f"part={part}").read(["position"]).num_rows for part in range(parts)]


def _places(ties: Iterable[pa.RecordBatch]) -> pa.Table:
    """For each thing that is tied to another, the first of all that hang together."""
    above: dict[str, str] = {}

    def first(thing: str) -> str:
        while (upper := above.setdefault(thing, thing)) != thing:
            above[thing] = above[upper]
            thing = above[thing]
        return thing

    for batch in ties:
        for one, other in zip(batch[0].to_pylist(), batch[1].to_pylist(), strict=True):
            low, high = sorted((first(one), first(other)))
            above[high] = low
    things = list(above)
    return pa.table({"thing": pa.array(things, pa.string()), "first": pa.array(map(first, things), pa.string())})


def build(source: str, folder: Path) -> Path:
    """Build the read model of the events in Parquet files; its positions count only them. Return its file."""
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(
        config={"memory_limit": "700MB", "threads": 1, "temp_directory": str(folder / "spill")}
    ) as reading:
        (count,) = reading.execute("SELECT count(*) FROM read_parquet($1)", [source]).fetchall()[0]

        def batches(_after: int) -> Iterator[pa.Table]:
            sql = "SELECT position, type, data, tags, recorded_at FROM read_parquet($1) ORDER BY position"
            after = 0
            for batch in reading.sql(sql, params=[source]).to_arrow_reader(BATCH):
                positions = pa.array(range(after + 1, after + batch.num_rows + 1), pa.int64())
                after += batch.num_rows
                columns = [positions, *batch.columns[1:]]
                yield upcast_batch(
                    pa.Table.from_arrays([pa.chunked_array([c]) for c in columns], schema=arrow_schema())
                )

        reference = resources.EVENTS / "reference"
        model = ReadModelFolder(
            folder / "readmodel", Catalogue.load(resources.PROJECTIONS), reference, uses_cache=False
        )
        return model.rebuild((count, ""), batches)


def build_parts(folder: Path, parts: int, at_once: int) -> list[tuple[Path, float, float]]:
    """Build each part in a process, so many at once; return its file, seconds, and its largest memory in MB."""

    def one(part: int) -> tuple[Path, float, float]:
        words = [sys.executable, __file__, str(folder), "--build", str(part)]
        done = subprocess.run(words, check=True, capture_output=True, text=True)
        path, seconds, memory = done.stdout.split("\t")
        print(f"part {part}: {float(seconds):.1f} s, {float(memory):.0f} MB", file=sys.stderr, flush=True)
        return Path(path), float(seconds), float(memory)

    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(one, range(parts)))


def _build_one(source: str, folder: Path) -> None:
    start = time.perf_counter()
    path = build(source, folder)
    seconds = time.perf_counter() - start
    status = Path("/proc/self/status").read_text().splitlines()
    memory = next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))
    print(path, seconds, memory, sep="\t")


def union(paths: list[Path]) -> duckdb.DuckDBPyConnection:
    """Return a connection in which `capacity_step` and `project_span` are those of all the read models together.

    Positions are left out: in a part, they count the part's own events.
    """
    connection = duckdb.connect(config={"memory_limit": _MEMORY})
    for number, path in enumerate(paths):
        connection.execute(f"ATTACH '{path}' AS part_{number} (READ_ONLY)")
    for table in _TABLES:
        rows = " UNION ALL ".join(
            f"SELECT COLUMNS(lambda name: name NOT LIKE '%position') FROM part_{number}.{table}"
            for number in range(len(paths))
        )
        connection.execute(f"CREATE VIEW {table} AS {rows}")
    return connection


NATIONAL: Final = """
SELECT
  country_code, activity_id, sum(installed), sum(installed_low), sum(installed_high), sum(idle), sum(owed), sum(pending_gross),
  sum(pending_retiring), sum(facilities), sum(projects), sum(unknowns)
FROM capacity_step
WHERE dates <> 'earliest' AND effective_on <= $as_of AND known_on <= $known_at
GROUP BY ALL HAVING sum(accounts) > 0 ORDER BY ALL
"""
PAIRS: Final = [
    (f"{as_of}-06-30", f"{known_at}-06-30") for as_of in range(2006, 2027, 4) for known_at in (as_of, as_of + 1, 2030)
]
"""Dates at which the sum of the parts is asked."""


def differing(parts: duckdb.DuckDBPyConnection, whole: Path) -> dict[str, int]:
    """Return for each table how many rows only one side has: the parts together, or the read model of all events."""
    parts.execute(f"ATTACH '{whole}' AS whole (READ_ONLY)")
    found = {}
    for table in _TABLES:
        ours, theirs = f"FROM {table}", f"SELECT COLUMNS(lambda name: name NOT LIKE '%position') FROM whole.{table}"
        sql = f"SELECT count(*) FROM (({ours} EXCEPT ALL {theirs}) UNION ALL ({theirs} EXCEPT ALL {ours}))"
        (found[table],) = parts.execute(sql).fetchall()[0]
    return found


def main() -> None:
    """Generate, split, build and sum; print what each took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--parts", type=int, default=16)
    parser.add_argument("--copies", type=int, default=1, help="Generate a share of the events, and copy it so often.")
    parser.add_argument("--at-once", type=int, default=2)
    parser.add_argument("--whole", action="store_true", help="Build one read model of all events too, and compare.")
    parser.add_argument("--build", help=argparse.SUPPRESS)
    given = parser.parse_args()
    folder: Path = given.folder
    source, split_in = folder / "events.parquet", folder / "parts"
    if given.build is not None:
        name = given.build
        _build_one(
            str(source if name == "whole" else split_in / f"part={name}" / "*.parquet"), folder / f"model-{name}"
        )
        return
    folder.mkdir(parents=True, exist_ok=True)
    if not source.exists():
        once = folder / "once.parquet" if given.copies > 1 else source
        _report("generate", lambda: generate(once, given.events // given.copies))
        if given.copies > 1:
            _report("copy", lambda: multiply(once, source, given.copies))
    sizes = _report("split", lambda: split(source, split_in, given.parts))
    print(f"events in a part: {min(sizes):,} to {max(sizes):,}; in all {sum(sizes):,}")
    built = _report("build", lambda: build_parts(folder, given.parts, given.at_once))
    seconds, memory = [one[1] for one in built], [one[2] for one in built]
    print(
        f"a part: {min(seconds):.1f} to {max(seconds):.1f} s, {sum(seconds):.0f} s in all; memory {max(memory):.0f} MB at most"
    )
    with union([path for path, _, _ in built]) as parts:
        for as_of, known_at in PAIRS:
            start = time.perf_counter()
            rows = parts.execute(NATIONAL, {"as_of": as_of, "known_at": known_at}).fetchall()
            print(f"national as of {as_of}, known {known_at}: {len(rows)} rows, {time.perf_counter() - start:.2f} s")
        if given.whole:
            words = [sys.executable, __file__, str(folder), "--build", "whole"]
            path, taken, used = subprocess.run(words, check=True, capture_output=True, text=True).stdout.split("\t")
            print(
                f"whole: {float(taken):.1f} s, {float(used):.0f} MB; rows that differ: {differing(parts, Path(path))}"
            )


def _report(what: str, action: Callable[[], T]) -> T:
    start = time.perf_counter()
    result = action()
    print(f"{what}: {time.perf_counter() - start:.1f} s", flush=True)
    return result


if __name__ == "__main__":
    main()
