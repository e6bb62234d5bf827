"""What firms hold on the three bases, by exact linear algebra instead of sums over chains."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from tests.oracles.oracle import Answer, Span

Holding = dict[tuple[str, str, str, str], Fraction]
"""Firm, activity, status (operating, pending) and basis to capacity."""
Unknowns = Counter[tuple[str, str, str, str]]
"""The same, to the number of facilities and projects whose capacity is not exact."""


def holdings(answer: Answer) -> tuple[Holding, Unknowns]:
    """Every firm's holdings, those of nothing left out, and how many of its things are not exact."""
    world = _world(answer)
    of_firms, things, holders, firms, groups = world.of_firms, world.things, world.holders, world.firms, world.groups
    edges = {pair: edge.counted for pair, edge in of_firms.items() if edge.counted}
    found: Holding = defaultdict(Fraction)
    unknowns: Unknowns = Counter()
    for thing, shared in zip(things, holders, strict=True):
        place = (thing.activity, thing.status)
        if thing.is_inexact or thing.capacity:
            unknowns.update((firm, *place, "attributable") for firm in _unsure(thing.is_inexact, shared, of_firms))
        if thing.is_inexact:
            unknowns.update((firm, *place, "controlled") for firm in firms if _is_under(groups[firm], shared))
            unknowns[thing.operator, *place, "operated"] += 1
    for activity, status in {(thing.activity, thing.status) for thing in things}:
        own: dict[str, Fraction] = defaultdict(Fraction)
        for thing, shared in zip(things, holders, strict=True):
            if (thing.activity, thing.status) == (activity, status):
                found[thing.operator, activity, status, "operated"] += thing.capacity
                for firm, edge in shared.items():
                    own[firm] += Fraction(edge.counted) / 100 * thing.capacity
                for firm in firms:
                    if _is_under(groups[firm], shared):
                        found[firm, activity, status, "controlled"] += thing.capacity
        for firm, capacity in solved(firms, edges, own).items():
            found[firm, activity, status, "attributable"] += capacity
    exact = {key: capacity for key, capacity in found.items() if key[0] and capacity}
    return exact, Counter({key: count for key, count in unknowns.items() if key[0]})


@dataclass(frozen=True)
class Edge:
    """A share: what counts of it, whether a source gave no exact percentage, what it is at least and at most, and the say
    that it gives, in percent."""

    counted: Decimal
    is_vague: bool
    low: Decimal
    high: Decimal | None
    vote: Decimal


def _edge(counted: Decimal, said: list[str | Span]) -> Edge:
    """The shares of one owner together: those that are exact, and what else is said, kind by kind."""
    spans = [Span(Decimal(50 * (one == "majority")), None) if isinstance(one, str) else one for one in said]
    low = counted + sum((span.low for span in spans), Decimal(0))
    highs = [span.high for span in spans if span.high is not None]
    most = max(Decimal(100), counted)
    high = min(most, counted + sum(highs, Decimal(0))) if len(highs) == len(spans) else None
    return Edge(counted, bool(said), min(most, low), high, low + (Decimal("0.000001") if "majority" in said else 0))


def _edges(
    what: str, shares: dict[tuple[str, str, str], Decimal], words: dict[tuple[str, str, str], list[str | Span]]
) -> dict[tuple[str, str], Edge]:
    """The shares by owner and owned, without those of nothing."""
    found = {}
    for kind, owner, owned in shares.keys() | words.keys():
        counted, said = (
            max(shares.get((kind, owner, owned), Decimal(0)), Decimal(0)),
            words.get((kind, owner, owned), []),
        )
        if kind == what and (counted or said):
            found[owner, owned] = _edge(counted, said)
    return found


def _is_vague(edge: Edge) -> bool:
    return edge.is_vague


def _is_open(edge: Edge) -> bool:
    return edge.high is None


def _unsure(
    is_unsure: bool,
    shared: dict[str, Edge],
    of_firms: dict[tuple[str, str], Edge],
    doubts: Callable[[Edge], bool] = _is_vague,
) -> set[str]:
    """The firms that have a part of a thing which is not sure: by the thing itself, or by a share on the way to them."""
    reached = {(firm, is_unsure or doubts(edge)) for firm, edge in shared.items()}
    while True:
        above = {
            (owner, is_unsure or doubts(edge))
            for (owner, owned), edge in of_firms.items()
            for firm, is_unsure in reached
            if firm == owned
        }
        if above <= reached:
            return {firm for firm, is_unsure in reached if is_unsure}
        reached |= above


@dataclass(frozen=True)
class _World:
    """Who holds what: shares of firms, things with their holders, and the group that each firm controls."""

    of_firms: dict[tuple[str, str], Edge]
    things: list[Thing]
    holders: list[dict[str, Edge]]
    firms: list[str]
    groups: dict[str, set[str]]


def _world(answer: Answer) -> _World:
    shares: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    words: dict[tuple[str, str, str], list[str | Span]] = defaultdict(list)
    for (what, owned, owner, kind), share in answer.stakes.items():
        if kind not in answer.kinds:
            continue
        if isinstance(share, Decimal):
            shares[what, owner, owned] += share
        else:
            words[what, owner, owned].append(share)
    of_firms, of_facilities = _edges("firm", shares, words), _edges("facility", shares, words)
    things = _things(answer)
    holders = [
        {owner: edge for (owner, where), edge in of_facilities.items() if where == thing.facility}
        if thing.facility in answer.shared
        else {thing.operator: _edge(Decimal(100), [])}
        for thing in things
    ]
    firms = sorted(
        {firm for pair in of_firms for firm in pair}
        | {firm for shared in holders for firm in shared}
        | {thing.operator for thing in things if thing.operator}
        | {firm for pair in answer.control_words for firm in pair}
    )
    votes = {pair: edge.vote for pair, edge in of_firms.items()}
    groups = {firm: _group(firm, firms, votes, answer.control_words) for firm in firms}
    return _World(of_firms, things, holders, firms, groups)


def ends(answer: Answer) -> dict[tuple[str, str, str, str], tuple[Fraction, Fraction | None]]:
    """What every firm has of pending projects at least and at most; None when nothing bounds it."""
    world = _world(answer)
    least = {pair: edge.low for pair, edge in world.of_firms.items() if edge.low}
    most = {
        pair: high for pair, edge in world.of_firms.items() if (high := edge.low if edge.high is None else edge.high)
    }
    lows: dict[tuple[str, str, str, str], Fraction] = defaultdict(Fraction)
    highs: dict[tuple[str, str, str, str], Fraction | None] = defaultdict(Fraction)
    pending = [pair for pair in zip(world.things, world.holders, strict=True) if pair[0].status == "pending"]
    for activity in {thing.activity for thing, _ in pending}:
        own_low: dict[str, Fraction] = defaultdict(Fraction)
        own_high: dict[str, Fraction] = defaultdict(Fraction)
        unbounded: set[str] = set()
        for thing, shared in pending:
            if thing.activity != activity:
                continue
            for firm, edge in shared.items():
                own_low[firm] += Fraction(edge.low) / 100 * thing.low
                own_high[firm] += Fraction(edge.low if edge.high is None else edge.high) / 100 * (thing.high or 0)
            is_there = thing.is_inexact or thing.capacity != 0
            unbounded |= _unsure(thing.high is None, shared, world.of_firms, _is_open) if is_there else set()
            under = [(firm, "controlled") for firm in world.firms if _is_under(world.groups[firm], shared)]
            for firm, basis in [*under, (thing.operator, "operated")]:
                key = firm, activity, "pending", basis
                lows[key] += thing.low
                highs[key] = None if thing.high is None or highs[key] is None else highs[key] + thing.high
        for firm, low in solved(world.firms, least, own_low).items():
            lows[firm, activity, "pending", "attributable"] = low
        for firm, high in solved(world.firms, most, own_high).items():
            highs[firm, activity, "pending", "attributable"] = None if firm in unbounded else high
    return {key: (lows[key], highs[key]) for key in lows.keys() | highs.keys() if key[0]}


def _is_under(group: set[str], shared: dict[str, Edge]) -> bool:
    """Whether a group has more than half of the say in something."""
    return sum(edge.vote for owner, edge in shared.items() if owner in group) > 50


@dataclass(frozen=True)
class Thing:
    """A facility's operating capacity of one activity, or a pending project."""

    facility: str
    operator: str
    activity: str
    status: str
    capacity: Fraction
    is_inexact: bool
    low: Fraction
    high: Fraction | None


def _things(answer: Answer) -> list[Thing]:
    things = []
    for (facility, activity), plant in answer.plants.items():
        operator, operating = answer.operators.get(facility) or "", Fraction(plant.counted - plant.counted_idle)
        is_inexact = plant.operating is None
        things.append(Thing(facility, operator, activity, "operating", operating, is_inexact, operating, operating))
    for id_, scheme in answer.projects.items():
        registered = answer.projects_registered[id_]
        if scheme.is_pending:
            builder = answer.builders.get(id_) or ""
            remaining = Fraction(scheme.remaining or 0)
            things.append(
                Thing(
                    registered.facility_id,
                    builder,
                    registered.activity_id,
                    "pending",
                    remaining,
                    scheme.remaining is None,
                    Fraction(scheme.low),
                    None if scheme.high is None else Fraction(scheme.high),
                )
            )
    return things


def _group(
    firm: str, firms: list[str], edges: dict[tuple[str, str], Decimal], words: dict[tuple[str, str], bool]
) -> set[str]:
    """A firm and all that it controls: one firm after the other is let in, until none is left to let in."""

    def says(owner: str, owned: str) -> Decimal:
        word = words.get((owner, owned))
        return edges.get((owner, owned), Decimal(0)) if word is None else Decimal(100 * word)

    group = {firm}
    while True:
        wanting = [
            other
            for other in firms
            if other not in group
            and words.get((firm, other)) is not False
            and sum(says(member, other) for member in group) > 50
        ]
        if not wanting:
            return group
        group.add(wanting[0])


def solved(firms: list[str], edges: dict[tuple[str, str], Decimal], direct: dict[str, Fraction]) -> dict[str, Fraction]:
    """The solution of: what a firm has = its own + its share of what each firm has that it owns (Gauss-Jordan)."""
    size = len(firms)
    matrix = [
        [
            Fraction(row == column) - Fraction(edges.get((firms[row], firms[column]), Decimal(0))) / 100
            for column in range(size)
        ]
        + [direct.get(firms[row], Fraction(0))]
        for row in range(size)
    ]
    for at in range(size):
        pivot = next(row for row in range(at, size) if matrix[row][at])
        matrix[at], matrix[pivot] = matrix[pivot], matrix[at]
        matrix[at] = [value / matrix[at][at] for value in matrix[at]]
        for row in range(size):
            if row != at and matrix[row][at]:
                factor = matrix[row][at]
                matrix[row] = [mine - factor * theirs for mine, theirs in zip(matrix[row], matrix[at], strict=True)]
    return {firm: matrix[row][size] for row, firm in enumerate(firms)}
