"""Revisions of the world's reactors (GeoNuclearData, ODbL 1.0) as events: what each revision says new, and takes back.

A file says of a reactor: its country, status, capacity in MW, and the days its operation began and ended. A revision
is turned into the claims that it makes about what has happened by its commit day:

* a reactor that is listed is registered;
* one that is Operational, Suspended Operation or Shutdown, with a capacity, has had that capacity since its first day;
* one of these that is Suspended Operation stands idle, one that is Shutdown has retired its capacity.

A day that the file leaves out is some day within the bounds that the file gives: a start lies before the end, or before
the commit; an end or a suspension lies between the start and the commit. A start or an end after the commit is a plan
and claims nothing. A capacity that is left out claims no figure.

A claim of one revision that the next repeats makes no event; one that differs corrects the event, one that is missing
retracts it, both because of a revision of the source.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid5

from policytrack.events import EVENT_TYPES, Event

ACTIVITY: Final = "nuclear-power"
BUILT: Final = frozenset({"Operational", "Suspended Operation", "Shutdown"})
NOT_BUILT: Final = frozenset(
    {
        "Cancelled Construction",
        "Never Commissioned",
        "Planned",
        "Suspended Construction",
        "Under Construction",
        "Unknown",
    }
)
COUNTRIES: Final = {
    "Argentina": "AR",
    "Armenia": "AM",
    "Austria": "AT",
    "Bangladesh": "BD",
    "Belarus": "BY",
    "Belgium": "BE",
    "Brazil": "BR",
    "Bulgaria": "BG",
    "Canada": "CA",
    "China": "CN",
    "Czech Republic": "CZ",
    "Czechia": "CZ",
    "Egypt": "EG",
    "Finland": "FI",
    "France": "FR",
    "Germany": "DE",
    "Hungary": "HU",
    "India": "IN",
    "Indonesia": "ID",
    "Iran": "IR",
    "Italy": "IT",
    "Japan": "JP",
    "Kazakhstan": "KZ",
    "Korea, Republic of": "KR",
    "Lithuania": "LT",
    "Mexico": "MX",
    "Netherlands": "NL",
    "Pakistan": "PK",
    "People's Republic of China": "CN",
    "Romania": "RO",
    "Russia": "RU",
    "Russian Federation": "RU",
    "Slovakia": "SK",
    "Slovenia": "SI",
    "South Africa": "ZA",
    "South Korea": "KR",
    "Spain": "ES",
    "Sweden": "SE",
    "Switzerland": "CH",
    "Taiwan": "TW",
    "Taiwan, Province of China": "TW",
    "Turkey": "TR",
    "Ukraine": "UA",
    "United Arab Emirates": "AE",
    "United Kingdom": "GB",
    "United Kingdom of Great Britain and Northern Ireland": "GB",
    "United States": "US",
}
"""ISO 3166-1 of the names in the files; those of 2020-06-06 and later give the code as well."""

_NAMESPACE: Final = UUID("6c1f0a52-2f0b-5d0e-9a35-5b6f7f3d5a10")

Row = dict[str, str]
Key = tuple[str, str]
"""A reactor's facility id and the wire name of what is claimed of it."""


@dataclass(frozen=True)
class Revision:
    """One version of the file, and the day it was committed (UTC)."""

    name: str
    day: date
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Claim:
    """What a revision says has happened to a reactor, and when; a bound that is None is not given.

    Without a last day it is the commit day of the revision that first says so.
    """

    first: date | None
    last: date | None
    said: tuple[tuple[str, object], ...]

    def effective(self, known_on: date) -> str:
        """The bounds as a vague date that had happened by that day."""
        last = self.last or known_on
        return last.isoformat() if self.first == last else f"{self.first or '..'}/{last}"


def revisions(folder: Path) -> list[Revision]:
    """The versions in the order of their commits; a file is named `<commit time>_<commit>.csv`."""
    found = []
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as lines:
            rows = tuple(csv.DictReader(lines))
        found.append(Revision(path.stem, date.fromisoformat(path.stem[:10]), rows))
    return found


def country(row: Row) -> str:
    """The ISO 3166-1 code of a reactor. Raises `ValueError` for a name that is not in the table, or another code."""
    code = COUNTRIES.get(row["Country"])
    if code is None or row.get("CountryCode", code) != code:
        raise ValueError(
            f"{row['Country']!r} with code {row.get('CountryCode')!r} does not agree with {code!r} in the table"
        )
    return code


def claims(revision: Revision) -> dict[Key, Claim]:
    """All that a revision says has happened by its commit day, reactor by reactor, first things first.

    Raises `ValueError` for a country or a status that is not known.
    """
    return {
        (f"reactor-{row['Id']}", kind): claim for row in revision.rows for kind, claim in _of_reactor(row, revision.day)
    }


def _of_reactor(row: Row, known_on: date) -> Iterator[tuple[str, Claim]]:
    status = row["Status"]
    if status not in BUILT | NOT_BUILT:
        raise ValueError(f"status {status!r} of {row['Name']!r} is not known")
    yield "facility_registered", Claim(None, None, (("name", row["Name"]), ("country", country(row))))
    began, ended = (
        date.fromisoformat(text) if text else None for text in (row["OperationalFrom"], row["OperationalTo"])
    )
    if status not in BUILT or not row["Capacity"] or (began and began > known_on):
        return
    said = (("activity_id", ACTIVITY), ("capacity", Decimal(row["Capacity"])))
    is_shut = status == "Shutdown" and not (ended and ended > known_on)
    yield "capacity_stated", Claim(began, began or (ended if is_shut else None), said)
    if status == "Suspended Operation":
        yield "capacity_idled", Claim(began, None, said)
    if is_shut:
        yield "capacity_retired", Claim(ended or began, ended, said)


class Record:
    """The events so far, and which of them stands for which claim."""

    def __init__(self) -> None:
        self._standing: dict[Key, tuple[Claim, UUID]] = {}

    def take(self, revision: Revision) -> list[Event]:
        """The events by which a revision differs from the one before."""
        said = claims(revision)
        events = [self._retract(key, revision) for key in reversed(list(self._standing)) if key not in said]
        restated: set[tuple[str, str]] = set()
        for key, claim in said.items():
            before = self._standing.get(key)
            # Of one day, what is known later counts later: a move of the day on which a statement is revised is
            # revised with it, or it would come before it.
            of_day = key[0], claim.effective(revision.day)[-10:]
            if before is None or before[0] != claim or of_day in restated:
                events.append(self._state(key, claim, revision, before[1] if before else None))
                if key[1] == "capacity_stated":
                    restated.add(of_day)
        return events

    def _state(self, key: Key, claim: Claim, revision: Revision, corrected: UUID | None) -> Event:
        facility_id, kind = key
        fields = {"facility_id": facility_id, "effective": claim.effective(revision.day), **dict(claim.said)}
        if kind == "facility_registered":
            fields["effective"] = revision.day
        if corrected:
            fields["supersedes"] = {"event_id": corrected, "because": "revision"}
        event = _event(kind, f"{revision.name} {facility_id}", revision, fields)
        self._standing[key] = claim, event.event_id
        return event

    def _retract(self, key: Key, revision: Revision) -> Event:
        _, target = self._standing.pop(key)
        reason = "the source says so no longer"
        fields = {"effective": revision.day, "target": target, "because": "revision", "reason": reason}
        return _event("event_retracted", f"{revision.name} {target}", revision, fields)


def _event(kind: str, name: str, revision: Revision, fields: dict[str, Any]) -> Event:
    source = {"title": f"GeoNuclearData, {revision.name}", "class": "aggregator"}
    own = {"event_id": uuid5(_NAMESPACE, f"{kind} {name}"), "known_on": revision.day, "sources": [source]}
    return EVENT_TYPES[kind].model_validate({**own, **fields})


def events_by_revision(found: Iterable[Revision]) -> list[list[Event]]:
    """The events that each revision adds, in order; together they are the ledger."""
    record = Record()
    return [record.take(revision) for revision in found]
