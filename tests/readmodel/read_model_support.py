"""A miniature catalogue, and records to build read models from."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pyarrow as pa

from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.folder import ReadModelFolder
from policytrack.readmodel.session import Session
from policytrack.readmodel.sql_files import Catalogue

FILES = {
    "functions.sql": """
/* Read the session variables. */
CREATE MACRO as_of() AS coalesce(getvariable('as_of')::DATE, current_date);
CREATE MACRO known_at() AS coalesce(getvariable('known_at')::DATE, current_date);
CREATE MACRO effective_day(p_earliest, p_latest) AS
  CASE WHEN coalesce(getvariable('dates'), 'latest') = 'earliest' THEN p_earliest ELSE p_latest END;
""",
    "facts/event.sql": """/* One row per event. */
SELECT
  position, -- ledger position
  (data->>'event_id')::UUID AS event_id, -- id
  type, -- wire name
  data->>'effective' AS effective, -- when
  (data->>'effective')::DATE AS effective_earliest, -- first day
  least((data->>'effective')::DATE, (data->>'known_on')::DATE) AS effective_latest, -- last day
  (data->>'known_on')::DATE AS known_on, -- day it was public
  recorded_at, -- instant
  'reported' AS assertion, -- how sure
  0 AS source_count, -- sources
  from_json(tags, '["VARCHAR"]') AS subjects, -- about
  'said' AS summary, -- words
  coalesce(data->>'$.supersedes.event_id', data->>'target')::UUID AS supersedes_id, -- target
  coalesce(data->>'$.supersedes.because', data->>'because') AS because -- error or revision
FROM batch
""",
    "facts/capacity_statement.sql": """/* One row per stated capacity,
   in the unit of its activity. */
SELECT position, (data->>'known_on')::DATE AS order_known_on, order_position,
  (data->>'effective')::DATE AS effective_earliest,
  least((data->>'effective')::DATE, (data->>'known_on')::DATE) AS effective_latest, (data->>'known_on')::DATE AS known_on,
  known_to, -- first day on which it no longer stood
  data->>'facility_id' AS facility_id, -- the facility
  (data->>'capacity')::DECIMAL(18, 3) AS capacity -- t/yr
FROM batch_event
WHERE type = 'capacity_stated'
""",
    "_stated.sql": """/* The last statement of each facility. */
SELECT facility_id,
  arg_max(capacity, (effective_day(effective_earliest, effective_latest), order_known_on, order_position)) AS capacity
FROM capacity_statement
WHERE effective_day(effective_earliest, effective_latest) <= p_as_of AND known_on <= p_known_at AND known_to > p_known_at
GROUP BY facility_id
""",
    "national_capacity.sql": """/* One row per country; it's "exact". */
WITH stated AS (
  SELECT 'CN' AS country_code, -- not the comment of a column
    capacity FROM _stated_at(p_as_of, p_known_at)
)
SELECT
  country_code, -- ISO 3166-1, the country's code
  sum(capacity)::DECIMAL(18, 3) AS installed, -- t/yr
  count(*) AS facility_count -- facilities with a statement
FROM stated GROUP BY country_code
""",
    "facility.sql": """/* One row per facility. */
SELECT facility_id, -- id
  capacity AS installed -- t/yr
FROM _stated_at(p_as_of, p_known_at)
""",
}
REFERENCE = 'activity_id,name,unit,stage,note\nrare-earth-mining,Mining,t,mine,\nna,NA,NULL,007,"a, b"\n'


def _write(path: Path, text: str) -> None:
    """Write a file unless it is there: other processes of a test may be reading it."""
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def write_catalogue(root: Path) -> tuple[Path, Path]:
    """The miniature `projections/` and `reference/`, below a folder."""
    for name, text in FILES.items():
        path = root / "projections" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, text)
    reference = root / "reference"
    reference.mkdir(exist_ok=True)
    _write(reference / "activities.csv", REFERENCE)
    return root / "projections", reference


def make_folder(root: Path, name: str = "readmodel") -> ReadModelFolder:
    """A read model's folder over the miniature catalogue."""
    projections, reference = write_catalogue(root)
    return ReadModelFolder(root / name, Catalogue.load(projections), reference)


@dataclass
class Record:
    """A record in memory: rows as the event store hands them over, and the digest at each position."""

    rows: list[tuple[int, str, str, str, datetime]] = field(default_factory=list)
    digests: list[str] = field(default_factory=lambda: ["0" * 64])

    def add(self, kind: str, **data: object) -> UUID:
        """Append an event; returns its id."""
        position = len(self.rows) + 1
        event_id = UUID(int=position)
        text = json.dumps({"event_id": str(event_id), **data}, default=str)
        at = datetime(2026, 1, 1) + timedelta(seconds=position)  # noqa: DTZ001 # as the store hands it over
        self.rows.append((position, kind, text, '["facility:a"]', at))
        self.digests.append(hashlib.sha256(f"{self.digests[-1]}{kind}{text}".encode()).hexdigest())
        return event_id

    def state(self, facility: str, capacity: object, effective: str, known_on: str, **more: object) -> UUID:
        """Append a stated capacity."""
        return self.add(
            "capacity_stated",
            effective=effective,
            known_on=known_on,
            facility_id=facility,
            capacity=str(capacity),
            **more,
        )

    def correct(
        self, target: UUID, because: str, facility: str, capacity: object, effective: str, known_on: str
    ) -> UUID:
        """Append a correction of a stated capacity."""
        supersedes = {"event_id": str(target), "because": because}
        return self.state(facility, capacity, effective, known_on, supersedes=supersedes)

    def retract(self, target: UUID, because: str, known_on: str) -> UUID:
        """Append a retraction."""
        return self.add("event_retracted", effective=known_on, known_on=known_on, target=str(target), because=because)

    @property
    def head(self) -> tuple[int, str]:
        """The last position and the digest there."""
        return len(self.rows), self.digests[-1]

    def digest_at(self, position: int) -> str | None:
        """The digest at a position."""
        return self.digests[position] if position < len(self.digests) else None

    def batches(self, after: int, sizes: Sequence[int] = (1000,)) -> Iterator[pa.Table]:
        """The events after a position, in batches of these sizes, over and over."""
        turn = 0
        while after < len(self.rows):
            rows = self.rows[after : after + sizes[turn % len(sizes)]]
            yield table_of(rows)
            after += len(rows)
            turn += 1

    def write(self, path: Path) -> None:
        """Write the record to a file, for another process."""
        rows = [(*row[:4], row[4].isoformat()) for row in self.rows]
        path.write_text(json.dumps({"rows": rows, "digests": self.digests}), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Record:
        """The record that `write` wrote."""
        read = json.loads(path.read_text(encoding="utf-8"))
        return cls([(*row[:4], datetime.fromisoformat(row[4])) for row in read["rows"]], read["digests"])

    def first(self, count: int) -> Record:
        """The record as it was at a position."""
        return Record(self.rows[:count], self.digests[: count + 1])


def table_of(rows: Sequence[tuple[int, str, str, str, datetime]]) -> pa.Table:
    """Rows of a record as an Arrow table."""
    names = ["position", "type", "data", "tags", "recorded_at"]
    types = [pa.int64(), pa.string(), pa.string(), pa.string(), pa.timestamp("us")]
    columns = list(zip(*rows, strict=True)) or [()] * 5
    return pa.table([pa.array(column, kind) for column, kind in zip(columns, types, strict=True)], names=names)


def random_record(seed: int, count: int) -> Record:
    """A record with late arrivals, ties, chains of corrections and retractions, each target superseded once."""
    dice = random.Random(seed)
    record = Record()
    standing: list[tuple[UUID, str]] = []
    start = date(2020, 1, 1)
    for _ in range(count):
        effective = start + timedelta(days=dice.randrange(60))
        known_on = effective + timedelta(days=dice.randrange(40))
        days = effective.isoformat(), known_on.isoformat()
        choice = dice.random()
        if standing and choice < 0.35:
            # Mostly the newest, so that chains grow within a batch and across batches.
            index = len(standing) - 1 if dice.random() < 0.6 else dice.randrange(len(standing))
            target, facility = standing.pop(index)
            because = dice.choice(["error", "revision"])
            standing.append((record.correct(target, because, facility, dice.randrange(1000), *days), facility))
        elif standing and choice < 0.45:
            target, _ = standing.pop(dice.randrange(len(standing)))
            record.retract(target, dice.choice(["error", "revision"]), known_on.isoformat())
        else:
            facility = dice.choice("abc")
            standing.append((record.state(facility, dice.randrange(1000), *days), facility))
    return record


class Oracle:
    """What the miniature catalogue must answer, computed event by event in Python, without SQL."""

    def __init__(self, record: Record) -> None:
        self.events = [(position, kind, json.loads(data)) for position, kind, data, _, _ in record.rows]
        by_id = {event["event_id"]: position for position, _, event in self.events}
        self.order: dict[int, tuple[str, int]] = {}
        self.known_to: dict[int, str] = {}
        for position, kind, event in self.events:
            self.order[position], self.known_to[position] = (event["known_on"], position), "9999-12-31"
            supersedes = event.get("supersedes") or {"event_id": event.get("target"), "because": event.get("because")}
            target = by_id.get(supersedes["event_id"])
            if target is not None:
                until = "0001-01-01" if supersedes["because"] == "error" else event["known_on"]
                self.known_to[target] = min(self.known_to[target], until)
                if kind != "event_retracted" and supersedes["because"] == "error":
                    self.order[position] = self.order[target]

    def installed(self, as_of: str, known_at: str) -> dict[str, Decimal]:
        """Facility to capacity."""
        last: dict[str, tuple[tuple[str, tuple[str, int]], Decimal]] = {}
        for position, kind, event in self.events:
            latest = min(event["effective"], event["known_on"])
            seen = event["known_on"] <= known_at < self.known_to[position] and latest <= as_of
            if kind == "capacity_stated" and seen:
                key = (latest, self.order[position])
                if event["facility_id"] not in last or last[event["facility_id"]][0] < key:
                    last[event["facility_id"]] = (key, Decimal(event["capacity"]))
        return {facility: capacity for facility, (_, capacity) in last.items()}


def installed(path: Path, as_of: str, known_at: str) -> dict[str, Decimal]:
    """Facility to capacity, as a read model answers."""
    with Session(path, Coordinates(date.fromisoformat(as_of), date.fromisoformat(known_at))) as session:
        rows = session.query("FROM facility").to_pylist()
    return {row["facility_id"]: row["installed"] for row in rows}


def quiet(_: str) -> None:
    """Take a note and forget it."""


def caught_up(folder: ReadModelFolder, record: Record, sizes: Sequence[int] = (1000,)) -> Path:
    """The generation of a folder that holds a record."""
    return folder.catch_up(record.head, record.digest_at, lambda after: record.batches(after, sizes), notes=quiet)
