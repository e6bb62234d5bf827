"""Random histories for steps: swaps with lots and rules of a project that goes on, moves and loses its registration."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any, Final

from policytrack.events import Event
from policytrack.events.policy import RuleEnacted
from tests.oracles.histories import START
from tests.oracles.policy_histories import LOTS, SWAPS, policy_history
from tests.projections.world import corrected, event, facility, project, retracted

STEEL: Final = {"activity_id": "crude-steel"}
PLACES: Final = ("works", "yard", "nowhere")
"""Facilities; nobody registers the last one."""


def step_history(seed: int, length: int = 80) -> list[Event]:
    """A history of policies, and so many events more, woven in: the life of the project that swaps, a second one that
    is registered late or never, and the plants where they stand; the same for the same seed."""
    dice = Random(seed + 1_000_000)
    more: list[Event] = [facility("yard", "north", _day(dice), country="US", region="US-CA")]
    if dice.random() < 0.7:
        more.append(project("other", dice.choice(PLACES), "south", _day(dice), **STEEL))
    standing = list(more)
    while len(more) < length:
        chance = dice.random()
        if chance < 0.25:
            more.append(_changed(dice, standing))
        else:
            more.append(
                dice.choice((_step, _step, _completed, _capacity, _retired, _relocated, _resited, _handed_over))(dice)
            )
            standing.append(more[-1])
    woven = policy_history(seed)
    registered = [one for one in woven if one.type == "project_registered" or one.type == "facility_registered"]
    standing += registered
    last = max(woven.index(one) for one in registered)
    for one in more:
        at = dice.randrange(last + 1, len(woven) + 1)
        woven.insert(at, one)
    return [*(_for_regions(one, dice) for one in _in_order(woven)), _moved(dice, registered)]


def _for_regions(one: Event, dice: Random) -> Event:
    """A rule on ratios, in half of the cases of some regions only: then the moves of a plant change the ratio."""
    if not isinstance(one, RuleEnacted) or one.kind != "replacement_ratio" or dice.random() < 0.5:
        return one
    return one.model_copy(update={"regions": ("CN-HE",), "outside_regions": dice.random() < 0.5})


def _in_order(events: list[Event]) -> list[Event]:
    """The events so that what is superseded comes before what supersedes it: weaving may have put it after."""
    placed: list[Event] = []
    waiting = list(events)
    known: set[Any] = set()
    every = {one.event_id for one in events}
    while waiting:
        for one in waiting:
            target = getattr(one, "target", None) or (one.supersedes.event_id if one.supersedes else None)
            if target is None or target in known or target not in every:
                placed.append(one)
                known.add(one.event_id)
                waiting.remove(one)
                break
    return placed


def _day(dice: Random) -> str:
    return (START + timedelta(days=dice.randrange(0, 120, dice.choice((1, 30))))).isoformat()


def _when(dice: Random) -> dict[str, Any]:
    day = START + timedelta(days=dice.randrange(0, 120, dice.choice((1, 30))))
    form = dice.choices((day.isoformat(), f"{day:%Y-%m}", f"../{day}"), (8, 1, 1))[0]
    return {"effective": form, "known_on": (day + timedelta(days=dice.choice((0, 0, 5, 60)))).isoformat()}


def _amount(dice: Random) -> str:
    figure = f"{dice.randrange(1, 60) * 100}.{dice.choice(('0', '125', '333'))}"
    return dice.choices((figure, f">= {figure}", f"<= {figure}", "unknown"), (20, 1, 1, 1))[0]


def _step(dice: Random) -> Event:
    kinds = ("project_announced", "project_approved", "project_approved", "construction_started", "construction_completed",
             "scope_revised", "project_suspended", "project_resumed", "project_cancelled")  # fmt: skip
    kind = dice.choice(kinds)
    fields: dict[str, Any] = {"project_id": dice.choice(("line", "line", "other"))}
    if kind in ("project_announced", "project_approved", "scope_revised"):
        fields["capacity"] = _amount(dice)
    if kind == "project_approved":
        fields["replacement"] = dice.choice(("none", "equal", "reduced"))
    return event(kind, **_when(dice), **fields)


def _completed(dice: Random) -> Event:
    fields = {"project_id": dice.choice(("line", "line", "other")), "is_final": dice.random() < 0.1}
    return event("project_completed", **_when(dice), **fields, capacity=_amount(dice))


def _capacity(dice: Random) -> Event:
    share = {"idle_share_pct": dice.choice(("0", "12.5", "100"))} if dice.random() < 0.4 else {}
    place = dice.choice(PLACES)
    return event("capacity_stated", **_when(dice), facility_id=place, **STEEL, capacity=_amount(dice), **share)


def _retired(dice: Random) -> Event:
    """What pays a swap, draws on a lot, or only stands still for a while."""
    fields: dict[str, Any] = {"facility_id": dice.choice(PLACES), **STEEL, "capacity": _amount(dice)}
    if dice.random() < 0.3:
        return event(f"capacity_{dice.choice(('idled', 'restarted'))}", **_when(dice), **fields)
    if dice.random() < 0.7:
        fields["swap_id"] = dice.choice(SWAPS)
    if dice.random() < 0.5:
        fields["lot_id"] = dice.choice(LOTS)
    return event("capacity_retired", **_when(dice), **fields)


def _handed_over(dice: Random) -> Event:
    """Capacity goes to another plant, be it registered or not, in one part or two."""
    whole, *others = dice.sample(PLACES, dice.choice((2, 3)))
    line = {**STEEL, "capacity": _amount(dice), **({"idle": "75"} if dice.random() < 0.4 else {})}
    if dice.random() < 0.5:
        given = {"facility_id": whole, "into_facility_id": others[0], "capacities": [line]}
        return event("facility_merged", **_when(dice), **given)
    parts = [{"facility_id": one, **line} for one in others]
    return event("facility_split", **_when(dice), facility_id=whole, parts=parts)


def _relocated(dice: Random) -> Event:
    region = dice.choice(("US-NV", "US-TX", "CN-HE"))
    return event("facility_moved", **_when(dice), facility_id=dice.choice(PLACES[:2]), region=region)


def _resited(dice: Random) -> Event:
    """A project moves, also to a facility that no event registers."""
    project_id = dice.choice(("line", "line", "other"))
    return event("project_moved", **_when(dice), project_id=project_id, facility_id=dice.choice(PLACES))


def _changed(dice: Random, standing: list[Event]) -> Event:
    target = standing.pop(dice.randrange(len(standing)))
    because = dice.choice(("error", "revision"))
    known = (target.known_on + timedelta(days=dice.choice((0, 1, 30)))).isoformat()
    if dice.random() < 0.3:
        return retracted(target, because, known)
    changes: dict[str, Any] = {}
    if target.type == "project_registered":
        changes = {"facility_id": dice.choice(PLACES)}
    elif target.type == "facility_registered":
        changes = {"country": dice.choice(("CN", "US")), "region": None}
    elif getattr(target, "capacity", None) is not None:
        changes = {"capacity": _amount(dice)}
    standing.append(corrected(target, because, known if because == "revision" else None, **changes))
    return standing[-1]


def _moved(dice: Random, registered: list[Event]) -> Event:
    """The project that swaps turns out to stand elsewhere, or a plant in another country."""
    target = dice.choice(registered)
    because = dice.choice(("error", "revision"))
    known = (target.known_on + timedelta(days=30)).isoformat() if because == "revision" else None
    if target.type == "project_registered":
        return corrected(target, because, known, facility_id="yard")
    return corrected(target, because, known, country="US", region="US-CA")
