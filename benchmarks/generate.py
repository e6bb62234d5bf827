"""Makes realistic ledgers for measurements: firms, facilities, projects with their lives, stakes, late corrections.

The same seed gives the same events, to the byte.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

COUNTRIES = ("CN", "US", "AU", "MY", "FR", "EE", "IN", "JP", "BR", "CA")
ACTIVITIES = ("rare-earth-separation", "crude-steel", "primary-aluminium", "coal-power", "li-ion-cells", "flat-glass")
FIRST = date(2005, 1, 1)
DAYS = 7_500
SOURCE = {"title": "A notice of an authority", "publisher": "An authority", "class": "regulator"}


NEAR = 2_000
"""Of how many events before it a correction corrects one."""


def events(count: int, seed: int = 7, near: int = NEAR) -> Iterator[dict[str, Any]]:
    """`count` events as an import would have them: about one facility for twenty events."""
    chance = random.Random(seed)
    facilities = max(10, count // 20)
    firms = max(5, facilities // 4)
    made = 0
    recent: list[dict[str, Any]] = []
    for event in _all(chance, firms, facilities):
        yield event
        made += 1
        if made == count:
            return
    while made < count:
        event = _life(chance, facilities, recent, near)
        yield event
        made += 1


def _all(chance: random.Random, firms: int, facilities: int) -> Iterator[dict[str, Any]]:
    for n in range(firms):
        yield _event(
            chance, "firm_registered", FIRST, firm_id=f"firm-{n}", name=f"Firm {n}", country=chance.choice(COUNTRIES)
        )
    for n in range(facilities):
        yield _event(
            chance, "facility_registered", FIRST, facility_id=f"facility-{n}", name=f"Facility {n}",
            country=COUNTRIES[n % len(COUNTRIES)], operator_id=f"firm-{n % firms}",
        )  # fmt: skip
        yield _event(
            chance, "project_registered", FIRST, project_id=f"project-{n}", name=f"Project {n}",
            facility_id=f"facility-{n}", activity_id=ACTIVITIES[n % len(ACTIVITIES)], firm_id=f"firm-{n % firms}",
        )  # fmt: skip


def _life(chance: random.Random, facilities: int, recent: list[dict[str, Any]], near: int) -> dict[str, Any]:
    n = chance.randrange(facilities)
    day = FIRST + timedelta(days=chance.randrange(DAYS))
    activity = ACTIVITIES[n % len(ACTIVITIES)]
    draw = chance.random()
    amount = {"value": str(chance.randrange(1, 5000)), "bound": "exact"}
    if draw < 0.03 and recent:
        target = recent.pop(chance.randrange(len(recent)))
        changed = {**target, "event_id": _id(chance), "capacity": amount}
        known_on = date.fromisoformat(target["known_on"]) + timedelta(days=chance.randrange(1, 400))
        because = "revision" if chance.random() < 0.7 else "error"
        supersedes = {"event_id": target["event_id"], "because": because}
        return {**changed, "known_on": known_on.isoformat(), "supersedes": supersedes}
    if draw < 0.45:
        event = _event(
            chance, "capacity_stated", day, facility_id=f"facility-{n}", activity_id=activity, capacity=amount
        )
    elif draw < 0.60:
        event = _event(chance, "project_completed", day, project_id=f"project-{n}", capacity=amount)
    elif draw < 0.70:
        event = _event(
            chance, "capacity_retired", day, facility_id=f"facility-{n}", activity_id=activity, capacity=amount
        )
    elif draw < 0.85:
        event = _event(
            chance, "project_approved", day, project_id=f"project-{n}", capacity=amount, replacement="none",
            due={"edtf": "2027", "earliest": "2027-01-01", "latest": "2027-12-31"},
        )  # fmt: skip
    else:
        event = _event(
            chance, "capacity_idled", day, facility_id=f"facility-{n}", activity_id=activity, capacity=amount
        )
    recent.append(event)
    if len(recent) > near:
        recent.pop(0)
    return event


def _event(chance: random.Random, type_: str, day: date, **fields: Any) -> dict[str, Any]:
    known_on = day + timedelta(days=int(chance.expovariate(1 / 60)))
    return {
        "event_id": _id(chance),
        "type": type_,
        "schema_version": 1,
        "effective": {"edtf": day.isoformat(), "earliest": day.isoformat(), "latest": day.isoformat()},
        "known_on": known_on.isoformat(),
        "sources": [SOURCE],
        "assertion": "reported",
        "note": str(chance.randrange(10**9)),
        **fields,
    }


def _id(chance: random.Random) -> str:
    return str(UUID(int=chance.getrandbits(128), version=4))


def lines(count: int, seed: int = 7, near: int = NEAR) -> Iterator[str]:
    """The events as JSON Lines. Each statement names its own source page, so that no two say the same."""
    for number, event in enumerate(events(count, seed, near)):
        yield json.dumps({**event, "sources": [{**SOURCE, "locator": f"p. {number}"}]}, ensure_ascii=False)
