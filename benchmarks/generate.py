"""Makes realistic ledgers for measurements: firms, facilities, projects with their lives, ventures, stakes, capacity swaps,
and late corrections.

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
        yield _event(
            chance, "capacity_stated", FIRST, facility_id=f"facility-{n}", activity_id=ACTIVITIES[n % len(ACTIVITIES)],
            capacity=_amount(chance, "capacity_stated"),
        )  # fmt: skip


AMOUNTS = {
    "capacity_stated": (1_000, 5_000), "project_completed": (1, 60), "capacity_retired": (1, 40), "capacity_idled": (1, 40),
    "project_approved": (3_000, 5_000),
}  # fmt: skip
"""From and to how much an event states: what is built stays below what is planned, what goes below what stands."""
KINDS = (
    ("capacity_stated", 0.42), ("project_completed", 0.14), ("capacity_retired", 0.10), ("project_approved", 0.14),
    ("capacity_idled", 0.12), ("construction_started", 0.03), ("stake_stated", 0.025), ("joint_venture_formed", 0.005),
    ("capacity_swap_announced", 0.02),
)  # fmt: skip
CORRECTED = 0.03
"""How many of the events correct one before them, late; seven in ten because the source changed its mind."""


def _life(chance: random.Random, facilities: int, recent: list[dict[str, Any]], near: int) -> dict[str, Any]:
    if recent and chance.random() < CORRECTED:
        target = recent.pop(chance.randrange(len(recent)))
        known_on = date.fromisoformat(target["known_on"]) + timedelta(days=chance.randrange(1, 400))
        because = "revision" if chance.random() < 0.7 else "error"
        return {
            **target, "event_id": _id(chance), "capacity": _amount(chance, target["type"]), "known_on": known_on.isoformat(),
            "supersedes": {"event_id": target["event_id"], "because": because},
        }  # fmt: skip
    type_ = chance.choices([name for name, _ in KINDS], [share for _, share in KINDS])[0]
    day = FIRST + timedelta(days=chance.randrange(DAYS))
    event = _event(chance, type_, day, **_fields(chance, type_, facilities))
    if type_ in AMOUNTS:
        recent.append(event)
        if len(recent) > near:
            recent.pop(0)
    return event


def _fields(chance: random.Random, type_: str, facilities: int) -> dict[str, Any]:
    """What an event of the type says of some facility, its project, or the firms."""
    n, firms = chance.randrange(facilities), max(5, facilities // 4)
    project = {"project_id": f"project-{n}"}
    at_facility = {"facility_id": f"facility-{n}", "activity_id": ACTIVITIES[n % len(ACTIVITIES)]}
    if type_ in ("stake_stated", "joint_venture_formed"):
        owned, *owners = (f"firm-{firm}" for firm in chance.sample(range(firms), 3))
        if type_ == "stake_stated":
            return {"owned_id": owned, "owner_id": owners[0], "stake_pct": str(chance.randrange(1, 20))}
        shares = zip(owners, ("51", "49"), strict=True)
        return {"venture_id": owned, "partners": [{"firm_id": firm, "stake_pct": share} for firm, share in shares]}
    if type_ == "capacity_swap_announced":
        amount = {"value": str(chance.randrange(10, 500)), "bound": "exact"}
        donor = (n + len(ACTIVITIES)) % facilities
        leg = {"undisclosed": True} if chance.random() < 0.3 else {"facility_id": f"facility-{donor}"}
        return {
            **project, "swap_id": f"swap-{_id(chance)[:13]}", "activity_id": at_facility["activity_id"],
            "build_capacity": amount, "ratio": "1", "legs": [{**leg, "capacity": amount}],
        }  # fmt: skip
    if type_ == "construction_started":
        return project
    if type_ == "project_completed":
        return {**project, "capacity": _amount(chance, type_)}
    if type_ == "project_approved":
        due = {"edtf": "2027", "earliest": "2027-01-01", "latest": "2027-12-31"}
        return {**project, "capacity": _amount(chance, type_), "replacement": "none", "due": due}
    return {**at_facility, "capacity": _amount(chance, type_)}


def _amount(chance: random.Random, type_: str) -> dict[str, str]:
    return {"value": str(chance.randrange(*AMOUNTS[type_])), "bound": "exact"}


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


def crowded_lines(count: int, seed: int = 7) -> Iterator[dict[str, Any]]:
    """`count` events in which one facility has 2,000, one project 500, and one firm 5,000 stakes, known in any order."""
    chance = random.Random(seed + 1)  # ids of its own
    firms = max(5, (count - 7_500) // 20 // 4)
    made = [*events(count - 7_500, seed)]
    place = {"facility_id": "facility-1", "activity_id": ACTIVITIES[1]}
    for number, day in enumerate(chance.sample(range(DAYS), 2_000)):
        kind = "capacity_stated" if number % 2 else chance.choice(("capacity_retired", "capacity_idled"))
        made.append(_event(chance, kind, FIRST + timedelta(days=day), **place, capacity=_amount(chance, kind)))
    for number, day in enumerate(chance.sample(range(DAYS), 500)):
        kind = "project_approved" if number % 2 else "construction_started" if number % 50 else "project_completed"
        fields: dict[str, Any] = {"project_id": "project-1"}
        if kind != "construction_started":
            fields["capacity"] = _amount(chance, kind)
        if kind == "project_approved":
            fields["replacement"] = "none"
        made.append(_event(chance, kind, FIRST + timedelta(days=day), **fields))
    for number in range(5_000):
        owned, turn = number % (firms - 1), number // (firms - 1)
        # Each turn has days of its own: a source that states a share twice for one day is refused.
        day = FIRST + timedelta(days=(turn * 300 + chance.randrange(300)) % DAYS)
        stake = {
            "owned_id": f"firm-{owned + (owned >= 1)}",
            "owner_id": "firm-1",
            "stake_pct": str(chance.randrange(1, 20)),
        }
        made.append(_event(chance, "stake_stated", day, **stake))
    for number, event in enumerate(made):
        yield {**event, "sources": [{**SOURCE, "locator": f"p. {number}"}]}
