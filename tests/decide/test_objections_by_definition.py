"""Running sums object to the same as the definition, which lets every event look at all the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal

import pytest

from policytrack.decide import Known, tags_of
from policytrack.decide.capacity_checks import Objection, checks_of
from policytrack.decide.events_in_force import swap_record
from policytrack.decide.objections import Objections
from policytrack.events import Event
from tests.decide.objections_by_definition import by_definition
from tests.oracles.histories import history
from tests.oracles.policy_histories import policy_history
from tests.scenario import REGION_SETS, UNITS

OF_TERMS = {"legs_below_required", "ratio_below_rule", "swap_in_moratorium"}
"""Checks that look at one swap alone, and add nothing up."""


def known(events: list[Event]) -> Known:
    found = Known(dict(UNITS), region_sets=REGION_SETS)
    for position, event in enumerate(events, 1):
        found.learn(position, event, tags_of(event, found), is_new=True)
    return found


@pytest.mark.parametrize("histories", [history, policy_history])
def test_running_sums_object_to_what_the_definition_does(histories: Callable[[int, int], list[Event]]) -> None:
    seen: Counter[str] = Counter()
    for seed in range(25):
        everything = known(histories(seed, 140))
        record = swap_record(everything)
        of_swaps = Objections(record, everything)
        of_capacity: dict[int, list[Objection]] = {}
        for position, objection in checks_of(everything).objections():
            of_capacity.setdefault(position, []).append(objection)
        for recorded in everything.events.values():
            found = [one for one in of_swaps.to(recorded) if one.check not in OF_TERMS]
            found += of_capacity.pop(recorded.position, [])
            wanted = list(by_definition(recorded, record, everything))
            assert sorted(one.check for one in found) == sorted(check for check, _ in wanted)
            for check, figures in wanted:  # of a split, in any order
                said = [one for one in found if one.check == check and all(_shown(it) in one.message for it in figures)]
                assert said, (found, figures)
                found.remove(said[0])
            seen.update(check for check, _ in wanted)
        assert not of_capacity
    of_swaps = {"lot_overdrawn", "lot_expired"}
    of_projects = {"completion_beyond_plan", "completion_of_cancelled", "retirement_beyond_installed"}
    assert set(seen) == (of_projects if histories is history else of_swaps)


def _shown(figure: object) -> str:
    return f"{figure.normalize():,f}" if isinstance(figure, Decimal) else str(figure)
