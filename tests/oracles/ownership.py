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
    for (what, owned, owner, kind), percent in answer.stakes.items():
        if kind in answer.kinds:
            shares[what, owner, owned] += percent
    edges = {
        (owner, owned): percent for (what, owner, owned), percent in shares.items() if what == "firm" and percent > 0
    }
    of_facility = {key[1:]: percent for key, percent in shares.items() if key[0] == "facility" and percent > 0}
    things = _things(answer)
    holders = [
        {owner: Fraction(percent) / 100 for (owner, where), percent in of_facility.items() if where == thing.facility}
        if thing.facility in answer.shared
        else {thing.operator: Fraction(1)}
        for thing in things
    ]
    firms = sorted(
        {firm for pair in edges for firm in pair}
        | {firm for shared in holders for firm in shared}
        | {thing.operator for thing in things if thing.operator}
        | {firm for pair in answer.control_words for firm in pair}
    )
    groups = {firm: _group(firm, firms, edges, answer.control_words) for firm in firms}
    found: Holding = defaultdict(Fraction)
    unknowns: Unknowns = Counter()
    for thing, shared in zip(things, holders, strict=True):
        if thing.is_inexact:
            place = (thing.activity, thing.status)
            holding = {firm for firm, share in shared.items() if share > 0}
            while above := {owner for owner, owned in edges if owned in holding} - holding:
                holding |= above
            unknowns.update((firm, *place, "attributable") for firm in holding)
            unknowns.update((firm, *place, "controlled") for firm in firms if _is_under(groups[firm], shared))
            unknowns[thing.operator, *place, "operated"] += 1
    for activity, status in {(thing.activity, thing.status) for thing in things}:
        own: dict[str, Fraction] = defaultdict(Fraction)
        for thing, shared in zip(things, holders, strict=True):
            if (thing.activity, thing.status) == (activity, status):
                found[thing.operator, activity, status, "operated"] += thing.capacity
                for firm, share in shared.items():
                    own[firm] += share * thing.capacity
                for firm in firms:
                    if _is_under(groups[firm], shared):
                        found[firm, activity, status, "controlled"] += thing.capacity
        for firm, capacity in _solved(firms, edges, own).items():
            found[firm, activity, status, "attributable"] += capacity
    exact = {key: capacity for key, capacity in found.items() if key[0] and capacity}
    return exact, Counter({key: count for key, count in unknowns.items() if key[0]})


def _is_under(group: set[str], shared: dict[str, Fraction]) -> bool:
    """Whether a group holds more than half of something."""
    return sum(share for owner, share in shared.items() if owner in group) > Fraction(1, 2)


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


def _solved(
    firms: list[str], edges: dict[tuple[str, str], Decimal], direct: dict[str, Fraction]
) -> dict[str, Fraction]:
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
