"""Small worlds to ask about: events in few words, a read model made of them, and the rows of an answer."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal
from uuid import UUID

import pyarrow as pa

from policytrack.events import EVENT_TYPES, Event
from policytrack.readmodel import empty_model, own_sql
from policytrack.readmodel.building import BATCH
from policytrack.readmodel.coordinates import Coordinates, Counted
from policytrack.readmodel.generation import Fingerprint
from policytrack.readmodel.session import Session
from policytrack.readmodel.sql_files import Catalogue
from policytrack.resources import EVENTS, PROJECTIONS

SEPARATION: Final = "rare-earth-separation"
Dates = Literal["latest", "earliest"]

_numbers = itertools.count(1)


def event(wire_name: str, /, effective: str, known_on: str | None = None, **fields: Any) -> Event:
    """An event; public on its effective day when `known_on` is not given."""
    known = known_on or effective
    given = {"event_id": UUID(int=next(_numbers)), "effective": effective, "known_on": known, **fields}
    return EVENT_TYPES[wire_name].model_validate(given)


def corrected(target: Event, because: str, known_on: str | None = None, **changes: Any) -> Event:
    """The same event with other fields, in place of `target`; known when that was, if nothing is said."""
    fields = target.model_dump(mode="json", by_alias=True, exclude={"event_id", "supersedes"}, exclude_none=True)
    superseding = {
        "supersedes": {"event_id": target.event_id, "because": because},
        "event_id": UUID(int=next(_numbers)),
    }
    if known_on:
        superseding["known_on"] = known_on
    return type(target).model_validate({**fields, **superseding, **changes})


def retracted(target: Event, because: str, known_on: str) -> Event:
    """What takes an event back."""
    return event("event_retracted", known_on, target=target.event_id, because=because, reason="it was not so")


def claim(
    target: Event, stance: str, known_on: str, sources: Sequence[Mapping[str, Any]] = (), **differing: str
) -> Event:
    """What another source says of an event; an analyst nobody else cites when none is given."""
    said_by = list(sources) or [{"title": "A note", "publisher": "an analyst", "class": "analyst"}]
    parts = [{"field": field, "value": value} for field, value in differing.items()]
    given = {"target": target.event_id, "stance": stance, "sources": said_by, "differing": parts}
    return event("claim_recorded", known_on, **given)


def firm(firm_id: str, known_on: str = "2000-01-01", **fields: Any) -> Event:
    """A registered firm."""
    return event("firm_registered", known_on, firm_id=firm_id, **{"name": firm_id, **fields})


def facility(facility_id: str, operator: str | None = None, known_on: str = "2000-01-01", **fields: Any) -> Event:
    """A registered facility, in China when nothing else is said."""
    given = {"name": facility_id, "country": "CN", "operator_id": operator, **fields}
    return event("facility_registered", known_on, facility_id=facility_id, **given)


def project(project_id: str, where: str, builder: str, known_on: str = "2000-01-01", **fields: Any) -> Event:
    """A registered project, of rare-earth separation when nothing else is said."""
    given = {"name": project_id, "facility_id": where, "firm_id": builder, "activity_id": SEPARATION, **fields}
    return event("project_registered", known_on, project_id=project_id, **given)


def stated(where: str, capacity: object, effective: str, known_on: str | None = None, **fields: Any) -> Event:
    """A stated capacity of a facility, of rare-earth separation when nothing else is said."""
    given = {"facility_id": where, "activity_id": SEPARATION, "capacity": capacity, **fields}
    return event("capacity_stated", effective, known_on, **given)


def moved(verb: str, where: str, capacity: object, effective: str, known_on: str | None = None, **fields: Any) -> Event:
    """Capacity that was idled, restarted or retired at a facility."""
    given = {"facility_id": where, "activity_id": SEPARATION, "capacity": capacity, **fields}
    return event(f"capacity_{verb}", effective, known_on, **given)


def batches(events: Sequence[Event], sizes: Sequence[int] = (100_000,)) -> Iterator[pa.Table]:
    """The events as the event store hands them over, in batches of these sizes, over and over."""
    turn = itertools.cycle(sizes)
    start = 0
    while start < len(events):
        part = events[start : start + next(turn)]
        yield pa.table(
            [pa.array(column, field.type) for column, field in zip(_columns(part, start), BATCH, strict=True)], BATCH
        )
        start += len(part)


def read_model(
    path: Path,
    events: Sequence[Event],
    sizes: Sequence[int] = (100_000,),
    *,
    projections: Path = PROJECTIONS,
    own: Path | None = None,
    left_out: int = 0,
    counted: Counted | None = None,
) -> Path:
    """A read model file of these events, made without an event store; of the user's files so many are left out."""
    let_go(path)
    catalogue = Catalogue.load(projections, own)
    with empty_model.start(path, catalogue, EVENTS / "reference") as building:
        building.counted = counted
        for _ in building.take(batches(events, sizes), 0, len(events)):
            pass
        made_by = Fingerprint.of(catalogue, EVENTS / "reference")
        building.finish(len(events), "0" * 64, made_by, datetime(2026, 1, 1, tzinfo=UTC))
    assert len(own_sql.create(path, catalogue)) == left_out
    return path


def rows(
    path: Path, sql: str, as_of: str, known_at: str | None = None, dates: Dates = "latest", include: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """The rows of an answer; known at the day it is asked about when `known_at` is not given."""
    days = date.fromisoformat(as_of), date.fromisoformat(known_at or as_of)
    hold(path)
    with Session(path, Coordinates(*days, dates, tuple(include))) as session:
        found: list[dict[str, Any]] = session.query(sql).to_pylist()
    return found


def found_by(model: Path, name: str, as_of: str, known_at: str | None = None) -> list[dict[str, Any]]:
    """What one check finds. Planning all of them takes longer than building a small read model."""
    text = (PROJECTIONS / "checks" / f"{name}.sql").read_text(encoding="utf-8")
    return rows(model, text.replace("p_as_of", "as_of()").replace("p_known_at", "known_at()"), as_of, known_at)


HELD: Final = 3
"""Read models that stay open. Opening one takes longer than most queries, and tests compare two or three."""
_held: Final[dict[Path, Session]] = {}


def hold(path: Path) -> None:
    """Hold a read model open, with those used last: sessions of one process on one file share what loading its views
    takes."""
    session = _held.pop(path, None) or Session(path, Coordinates(date.max, date.max)).__enter__()
    _held[path] = session
    while len(_held) > HELD:
        let_go(next(iter(_held)))


def let_go(path: Path) -> None:
    """Close a read model that is held open, before another file takes its place."""
    if (session := _held.pop(path, None)) is not None:
        session.__exit__()


def row(
    path: Path, sql: str, as_of: str, known_at: str | None = None, dates: Dates = "latest", include: Sequence[str] = ()
) -> dict[str, Any]:
    """The one row of an answer; an error when there are more or none."""
    (only,) = rows(path, sql, as_of, known_at, dates, include)
    return only


def _columns(events: Sequence[Event], start: int) -> tuple[list[Any], ...]:
    stamps = [datetime(2026, 1, 1) + timedelta(seconds=start + n) for n in range(len(events))]  # noqa: DTZ001 # as stored
    return (
        list(range(start + 1, start + 1 + len(events))),
        [one.TOPIC for one in events],
        [one.to_json() for one in events],
        [json.dumps(one.tags()) for one in events],
        stamps,
    )
