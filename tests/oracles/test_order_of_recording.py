"""The order in which history is recorded makes no difference where the days differ on which it was known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Final

import pytest

from policytrack.events import Event
from policytrack.events.meta import EventRetracted
from tests.oracles import policy, questions
from tests.oracles.histories import history
from tests.oracles.policy_histories import policy_history
from tests.projections.world import read_model

POLICY: Final = {
    view: (keys, ", ".join(column for column in figures.split(", ") if column != "position"))
    for view, (keys, figures) in policy.COLUMNS.items()
    if keys != "position"
}
CAPACITY: Final = {view: columns for view, columns in questions.COLUMNS.items() if columns[0] != "position"}
SOME: Final = {view: CAPACITY[view] for view in ("facility_capacity", "national_capacity", "project", "firm_holding")}


def on_days_of_their_own(events: Sequence[Event]) -> list[Event]:
    """The events that supersede nothing, no two of them known on one day; what is effective on one day stays so."""
    taken = set()
    found = []
    for one in events:
        if not one.supersedes and not isinstance(one, EventRetracted):
            known_on = one.known_on
            while known_on in taken:
                known_on += timedelta(days=1)
            taken.add(known_on)
            found.append(one.model_copy(update={"known_on": known_on}))
    return found


@pytest.mark.parametrize(
    ("make", "columns", "seed", "count"),
    [
        pytest.param(history, SOME, 1, 3, id="capacity and owners", marks=pytest.mark.soak),
        pytest.param(policy_history, POLICY, 2, 20, id="policy"),
        *(
            pytest.param(make, columns, seed, 40, marks=pytest.mark.soak)
            for make, columns in ((history, CAPACITY), (policy_history, POLICY))
            for seed in range(1, 30)
        ),
    ],
)
def test_answers_do_not_depend_on_what_was_recorded_first(
    tmp_path: Path,
    make: Callable[[int], list[Event]],
    columns: Mapping[str, tuple[str, str]],
    seed: int,
    count: int,
) -> None:
    events = on_days_of_their_own(make(seed))
    shuffled = list(events)
    Random(seed).shuffle(shuffled)
    assert shuffled != events
    paths = read_model(tmp_path / "one.duckdb", events), read_model(tmp_path / "other.duckdb", shuffled)
    asked = questions.coordinates(events, seed, count)
    # One read model after the other: opening one takes longer than a query.
    one, other = ({view: dict(questions.from_views(path, view, asked, columns)) for view in columns} for path in paths)
    for view in columns:
        assert one[view] == other[view], view
        assert any(one[view].values()), view
