"""Random histories of quotas, rules, support, credit lots and firms, with corrections and retractions."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any, Final

from policytrack.events import Event
from policytrack.events.policy import SupportAwarded
from tests.oracles.histories import DAYS, START
from tests.projections.world import corrected, event, facility, firm, project, retracted

FIRMS: Final = ("north", "south", "west", "east")
LOTS: Final = ("furnaces", "smelter")
SWAPS: Final = ("s1", "s2", "s3", "s4")
RULES: Final = ("ratio", "pause", "export")
STEEL: Final = {"activity_id": "crude-steel"}


def policy_history(seed: int, length: int = 120) -> list[Event]:
    """A history of so many events, with corrections and retractions; the same for the same seed."""
    dice = Random(seed)
    events = [firm(name, _day(dice)) for name in FIRMS]
    events += [facility("works", "north"), project("line", "works", "north", **STEEL)]
    standing: list[Event] = []
    makers = (_quota, _quota, _rule, _ending, _support, _lot, _swap, _lot_move, _lot_move, _firm)
    while len(events) < length:
        chance = dice.random()
        if standing and chance < 0.2:
            target = standing.pop(dice.randrange(len(standing)))
            because = dice.choice(("error", "revision"))
            known = (target.known_on + timedelta(days=dice.choice((0, 1, 30)))).isoformat()
            if chance < 0.06:
                events.append(retracted(target, because, known))
                continue
            name = next((one for one in ("capacity", "amount") if hasattr(target, one)), None)
            is_figure = name and not isinstance(target, SupportAwarded)
            changes = {name: _figure(dice)} if name and is_figure else _when(dice)
            if "known_on" not in changes and because == "revision":
                changes["known_on"] = known
            events.append(corrected(target, because, changes.pop("known_on", None), **changes))
        else:
            events.append(dice.choice(makers)(dice))
        standing.append(events[-1])
    return events


def _day(dice: Random) -> str:
    return (START + timedelta(days=dice.randrange(0, DAYS, dice.choice((1, 30, 30))))).isoformat()


def _when(dice: Random) -> dict[str, Any]:
    day = date.fromisoformat(_day(dice))
    form = dice.choices((day.isoformat(), f"{day:%Y-%m}", f"../{day}", f"{day}/.."), (8, 1, 1, 1))[0]
    return {"effective": form, "known_on": (day + timedelta(days=dice.choice((0, 0, 5, 60)))).isoformat()}


def _figure(dice: Random) -> str:
    return dice.choices((str(dice.randrange(1, 90) * 100), ">= 100", "unknown", "withheld"), (16, 1, 1, 1))[0]


def _quota(dice: Random) -> Event:
    holder = dice.choice((*FIRMS, None))
    batch, year = dice.choice(("B1", "B2", "FY", None)), dice.choice((2020, 2021))
    others = [name for name in FIRMS if name != holder]
    fields = {
        "quota_id": f"q-{holder or 'nation'}-{year}-{(batch or 'none').lower()}-{dice.randrange(2)}",
        "jurisdiction": "CN", "activity_id": "rare-earth-mining-quota", "stage": "mining",
        "material": dice.choice(("light", "ionic")), "year": year, "batch": batch, "holder_id": holder,
        "amount": _figure(dice), "includes": [dice.choice(others)] if holder and dice.random() < 0.1 else [],
    }  # fmt: skip
    return event("quota_issued", **_when(dice), **fields)


def _vague(dice: Random) -> str:
    day = _day(dice)
    return dice.choices((day, f"../{day}", f"{day}/..", day[:7]), (5, 1, 1, 1))[0]


def _rule(dice: Random) -> Event:
    id_ = dice.choice(RULES)
    kind = {"ratio": "replacement_ratio", "pause": "moratorium", "export": "export_control"}[id_]
    fields: dict[str, Any] = {"rule_id": id_, "title": id_, "jurisdiction": "CN", "kind": kind}
    fields["activities"] = dice.choice(([], ["crude-steel"], ["crude-steel", "ironmaking"]))
    if id_ == "ratio":
        fields["ratio_min"] = dice.choice(("1", "1.25", "1.333333"))
    fields["in_force_from"] = _vague(dice)
    if dice.random() < 0.3:
        fields["in_force_to"] = (START + timedelta(days=DAYS + dice.randrange(60))).isoformat()
    return event("rule_enacted", **_when(dice), **fields)


def _ending(dice: Random) -> Event:
    fields: dict[str, Any] = {"rule_id": dice.choice(RULES)}
    when = _when(dice)
    later = date.fromisoformat(when["known_on"]) + timedelta(days=dice.randrange(60))
    if dice.random() < 0.4:
        return event("rule_repealed", **when, **fields, **_maybe(dice, in_force_to=later.isoformat()))
    return event("rule_suspended", **when, **fields, **_maybe(dice, until=later.isoformat()))


def _maybe(dice: Random, **fields: str) -> dict[str, str]:
    return fields if dice.random() < 0.6 else {}


def _support(dice: Random) -> Event:
    fields: dict[str, Any] = {"support_id": dice.choice(("a", "b")), "jurisdiction": "US", "instrument": "grant"}
    fields["recipient_id"] = dice.choice((*FIRMS, None))
    fields["stage"] = dice.choice(("announced", "awarded", "disbursed", "clawed_back"))
    if dice.random() < 0.8:
        figure = dice.randrange(1, 500)
        forms = (
            f"USD {figure}.5",
            f"USD {figure}.5",
            f"USD {figure}-{figure + 9}",
            f"up to USD {figure}",
            f"> USD {figure}",
        )
        fields["amount"] = dice.choice((*forms, f"about USD {figure}"))
    return event("support_awarded", **_when(dice), **fields)


def _lot(dice: Random) -> Event:
    fields: dict[str, Any] = {"lot_id": dice.choice(LOTS), "facility_id": "works", "capacity": _figure(dice), **STEEL}
    fields["holder_id"] = dice.choice((*FIRMS, None))
    return event("credit_lot_recognised", **_when(dice), **fields, **_maybe(dice, expires_on=_day(dice)))


def _legs(dice: Random) -> list[dict[str, Any]]:
    givers = ({"lot_id": "furnaces"}, {"lot_id": "smelter"}, {"undisclosed": True})
    return [{**dice.choice(givers), "capacity": _figure(dice)} for _ in range(dice.randrange(1, 4))]


def _swap(dice: Random) -> Event:
    id_ = dice.choice(SWAPS)
    kind = dice.choices(("announced", "amended", "revoked"), (4, 1, 1))[0]
    if kind == "revoked":
        return event("capacity_swap_revoked", **_when(dice), swap_id=id_, reason="counted twice")
    fields: dict[str, Any] = {"swap_id": id_, "legs": _legs(dice)}
    if kind == "announced":
        fields |= {"project_id": "line", "build_capacity": _figure(dice), **STEEL}
    return event(f"capacity_swap_{kind}", **_when(dice), **fields)


def _lot_move(dice: Random) -> Event:
    fields: dict[str, Any] = {"lot_id": dice.choice(LOTS), "capacity": _figure(dice)}
    kind = dice.choice(("transferred", "returned", "retired"))
    if kind == "retired":
        return event("capacity_retired", **_when(dice), facility_id="works", **STEEL, **fields)
    if kind == "returned":
        return event("credit_lot_returned", **_when(dice), **fields, swap_id=dice.choice(SWAPS))
    seller, buyer = dice.sample(FIRMS, 2)
    return event("credit_lot_transferred", **_when(dice), **fields, from_id=dice.choice((seller, None)), to_id=buyer)


def _firm(dice: Random) -> Event:
    gone, stays = dice.sample(FIRMS, 2)
    if dice.random() < 0.3:
        return event("firm_merged", **_when(dice), firm_id=gone, into_firm_id=stays)
    return event("firm_renamed", **_when(dice), firm_id=gone, name=f"{gone} {dice.randrange(9)}")
