"""What firms hold on the three bases, by exact linear algebra instead of sums over chains."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction

from tests.oracles.oracle import Answer

Holding = dict[tuple[str, str, str, str], Fraction]
"""Firm, activity, status (operating, pending) and basis to capacity."""


def holdings(answer: Answer) -> Holding:
    """Every firm's holdings; those of nothing are left out."""
    edges: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for (owned, owner, kind), percent in answer.stakes.items():
        if kind in answer.kinds:
            edges[owner, owned] += percent
    counted = {pair: percent for pair, percent in edges.items() if percent > 0}
    own = _own(answer)
    firms = sorted({firm for pair in counted for firm in pair} | {firm for firm, _, _ in own})
    found: Holding = {}
    for activity, status in {(activity, status) for _, activity, status in own}:
        direct = {firm: own.get((firm, activity, status), Fraction(0)) for firm in firms}
        attributed = _solved(firms, counted, direct)
        for firm in firms:
            controlled = sum((direct[other] for other in _controlled(firm, counted)), Fraction(0))
            bases = {"operated": direct[firm], "controlled": controlled, "attributable": attributed[firm]}
            for basis, capacity in bases.items():
                if capacity:
                    found[firm, activity, status, basis] = capacity
    return found


def _own(answer: Answer) -> dict[tuple[str, str, str], Fraction]:
    """What each firm runs or builds itself."""
    own: dict[tuple[str, str, str], Fraction] = defaultdict(Fraction)
    for (facility, activity), plant in answer.plants.items():
        registered = answer.facilities_registered.get(facility)
        operator = answer.goes_on(registered.operator_id) if registered else None
        if operator:
            own[operator, activity, "operating"] += Fraction(plant.operating)
    for id_, scheme in answer.projects.items():
        builder = answer.goes_on(answer.projects_registered[id_].firm_id)
        if scheme.is_pending and scheme.remaining and builder:
            own[builder, answer.projects_registered[id_].activity_id, "pending"] += Fraction(scheme.remaining)
    return own


def _controlled(firm: str, edges: dict[tuple[str, str], Decimal]) -> set[str]:
    """A firm and all that it reaches by majorities."""
    reached, waiting = {firm}, [firm]
    while waiting:
        at = waiting.pop()
        for (owner, owned), percent in edges.items():
            if owner == at and percent > 50 and owned not in reached:
                reached.add(owned)
                waiting.append(owned)
    return reached


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
        + [direct[firms[row]]]
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
