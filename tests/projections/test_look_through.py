"""Attributable capacity against a dense linear solve, over random graphs of ownership with cycles."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.session import Session
from tests.projections.world import event, facility, firm, read_model, stated

Graph = tuple[list[int], dict[tuple[int, int], int], dict[int, int]]
"""Capacity of each firm's plant, share of the first firm in the second in millionths of a percent, and shares of the
first firm's plant itself."""
DAY = date(2020, 6, 1)
WHOLE = 100_000_000


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Firms that own each other: of each at most 97 % is held, so that nothing goes round for ever."""
    size = draw(st.integers(1, 9))
    capacity = [draw(st.integers(0, 10**7)) for _ in range(size)]
    shares: dict[tuple[int, int], int] = {}
    for owned in range(size):
        left = 97_000_000
        for owner in draw(st.lists(st.integers(0, size - 1), max_size=4, unique=True)):
            part = draw(st.integers(0, left))
            if owner != owned and part:
                shares[owner, owned] = part
                left -= part
    of_plant = {}
    if draw(st.booleans()):
        left = WHOLE
        for owner in draw(st.lists(st.integers(0, size - 1), min_size=1, max_size=3, unique=True)):
            of_plant[owner] = draw(st.integers(1, left // 2))
            left -= of_plant[owner]
    return capacity, shares, of_plant


def percent(millionths: int) -> str:
    return f"{millionths / 1_000_000:.6f}"


def events_of(graphs: list[Graph]) -> list[object]:
    events = []
    for number, (capacity, shares, of_plant) in enumerate(graphs):
        for at, amount in enumerate(capacity):
            name = f"g{number}-f{at}"
            events += [firm(name), facility(f"{name}-plant", name), stated(f"{name}-plant", amount, "2020-01-01")]
        for (owner, owned), part in shares.items():
            pair = {"owner_id": f"g{number}-f{owner}", "owned_id": f"g{number}-f{owned}", "stake_pct": percent(part)}
            events.append(event("stake_stated", "2020-01-01", **pair))
        for owner, part in of_plant.items():
            pair = {"owner_id": f"g{number}-f{owner}", "facility_id": f"g{number}-f0-plant", "stake_pct": percent(part)}
            events.append(event("facility_stake_stated", "2020-01-01", **pair))
    return events


def solved(graph: Graph) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What each firm has directly, what is attributed to it, and the part of it that no firm of the graph holds."""
    capacity, shares, of_plant = graph
    matrix, direct = np.zeros((len(capacity),) * 2), np.array(capacity, dtype=float)
    for (owner, owned), part in shares.items():
        matrix[owner, owned] = part / WHOLE
    if of_plant:
        direct[0] = 0
        for owner, part in of_plant.items():
            direct[owner] += capacity[0] * part / WHOLE
    return direct, np.linalg.solve(np.eye(len(capacity)) - matrix, direct), 1 - matrix.sum(axis=0)


# Without shrinking: each try makes a read model, and the error names the graph.
@settings(max_examples=2, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(st.lists(graphs(), min_size=8, max_size=20))
def test_what_is_attributed_is_the_solution_of_the_linear_system(found: list[Graph]) -> None:
    with TemporaryDirectory() as folder:
        path = read_model(Path(folder) / "graphs.duckdb", events_of(found))  # type: ignore[arg-type] # all are events
        with Session(path, Coordinates(DAY, DAY)) as session:
            query = "FROM _holding_at(as_of(), known_at()) WHERE basis = 'attributable'"
            held = {one["firm_id"]: one for one in session.query(query).to_pylist()}
    for number, graph in enumerate(found):
        direct, expected, external = solved(graph)
        firms = [held.get(f"g{number}-f{at}") for at in range(len(expected))]
        assert not any(one["is_endless"] for one in firms if one)
        attributed = np.array([one["unrounded"] if one else 0.0 for one in firms])
        np.testing.assert_allclose(attributed, expected, rtol=1e-12, atol=1e-6)
        # However much is counted twice within the graph, what its outer owners have is what there is.
        np.testing.assert_allclose((external * attributed).sum(), direct.sum(), rtol=1e-12, atol=1e-5)
        shown = np.array([float(one["capacity"]) if one else 0.0 for one in firms])
        np.testing.assert_allclose(shown, expected, rtol=0, atol=0.000501 + 1e-12 * expected.max())


def test_half_a_thousandth_is_rounded_up_although_doubles_are_added(tmp_path: Path) -> None:
    events: list[object] = []
    expected: dict[str, Decimal] = {}
    for number in range(40):
        parent, exact = f"p{number}", Decimal(0)
        events.append(firm(parent))
        for at, part in enumerate((12_300_000, 33_700_000, 7_100_000, 100_000, 48_900_000)):
            plant, owner, amount = f"{parent}-{at}", f"{parent}-{at}-owner", 1001 + 20 * number + 1234 * at
            events += [firm(plant), firm(owner), facility(f"{plant}-plant", plant)]
            events.append(stated(f"{plant}-plant", amount, "2020-01-01"))
            for above, owned, share in ((owner, plant, part), (parent, owner, 50_000_000)):
                pair = {"owner_id": above, "owned_id": owned, "stake_pct": percent(share)}
                events.append(event("stake_stated", "2020-01-01", **pair))
            exact += Decimal(amount) * part / WHOLE / 2
        assert exact % Decimal("0.001") == Decimal("0.0005")
        expected[parent] = exact.quantize(Decimal("0.001"), ROUND_HALF_UP)
    path = read_model(tmp_path / "halves.duckdb", events)  # type: ignore[arg-type] # all are events
    with Session(path, Coordinates(DAY, DAY)) as session:
        query = "FROM _holding_at(as_of(), known_at()) WHERE basis = 'attributable'"
        held = {one["firm_id"]: one["capacity"] for one in session.query(query).to_pylist()}
    assert {name: held[name] for name in expected} == expected
