"""What firms hold on the three bases, by exact linear algebra instead of sums over chains."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from tests.oracles.oracle import Answer

Holding = dict[tuple[str, str, str, str], Fraction]
"""Firm, activity, status (operating, pending) and basis to capacity."""
Unknowns = Counter[tuple[str, str, str, str]]
"""The same, to the number of facilities and projects whose capacity is not exact."""


def holdings(answer: Answer) -> tuple[Holding, Unknowns]:
    """Every firm's holdings, those of nothing left out, and how many of its things are not exact."""
    shares: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    words: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for (what, owned, owner, kind), share in answer.stakes.items():
        if kind not in answer.kinds:
            continue
        if isinstance(share, str):
            words[what, owner, owned].add(share)
        else:
            shares[what, owner, owned] += share
    of_firms, of_facilities = _edges("firm", shares, words), _edges("facility", shares, words)
    edges = {pair: edge.counted for pair, edge in of_firms.items() if edge.counted}
    things = _things(answer)
    holders = [
        {owner: edge for (owner, where), edge in of_facilities.items() if where == thing.facility}
        if thing.facility in answer.shared
        else {thing.operator: Edge(Decimal(100), is_vague=False, vote=Decimal(100))}
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
    found: Holding = defaultdict(Fraction)
    unknowns: Unknowns = Counter()
    for thing, shared in zip(things, holders, strict=True):
        place = (thing.activity, thing.status)
        if thing.is_inexact or thing.capacity:
            unknowns.update((firm, *place, "attributable") for firm in _unsure(thing, shared, of_firms))
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
    """A share: what counts of it, whether a source gave no percentage, and the say that it gives, in percent."""

    counted: Decimal
    is_vague: bool
    vote: Decimal


def _edges(
    what: str, shares: dict[tuple[str, str, str], Decimal], words: dict[tuple[str, str, str], set[str]]
) -> dict[tuple[str, str], Edge]:
    """The shares by owner and owned, without those of nothing."""
    found = {}
    for kind, owner, owned in shares.keys() | words.keys():
        counted, said = (
            max(shares.get((kind, owner, owned), Decimal(0)), Decimal(0)),
            words.get((kind, owner, owned), set()),
        )
        if kind == what and (counted or said):
            found[owner, owned] = Edge(
                counted, bool(said), counted + (Decimal("50.000001") if "majority" in said else 0)
            )
    return found


def _unsure(thing: Thing, shared: dict[str, Edge], of_firms: dict[tuple[str, str], Edge]) -> set[str]:
    """The firms that have a part of a thing which is not exact: by its capacity, or by a share on the way to them."""
    reached = {(firm, thing.is_inexact or edge.is_vague) for firm, edge in shared.items()}
    while True:
        above = {
            (owner, is_unsure or edge.is_vague)
            for (owner, owned), edge in of_firms.items()
            for firm, is_unsure in reached
            if firm == owned
        }
        if above <= reached:
            return {firm for firm, is_unsure in reached if is_unsure}
        reached |= above


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


def _things(answer: Answer) -> list[Thing]:
    things = []
    for (facility, activity), plant in answer.plants.items():
        operator, operating = answer.operators.get(facility) or "", Fraction(plant.counted - plant.counted_idle)
        things.append(Thing(facility, operator, activity, "operating", operating, plant.operating is None))
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
