"""A facility that moves within its country, and a project that moves to another facility."""

from __future__ import annotations

import pytest

from policytrack.errors import PolicytrackError, UnknownId
from policytrack.events import Event
from policytrack.ledger import Ledger
from tests.examples import correction, facility, firm, make, project, retraction


def moved(**fields: str) -> object:
    return make("facility_moved", **{"facility_id": "la-rochelle", "region": "FR-ARA", **fields})


def test_a_move_stays_in_the_country_and_needs_a_registered_facility(ledger: Ledger) -> None:
    with pytest.raises(UnknownId, match="no facility 'la-rochelle'"):
        ledger.record([moved()])  # type: ignore[list-item] # an event
    ledger.record([facility()])
    with pytest.raises(PolicytrackError, match="is in FR, and DE-BY is a region of another country"):
        ledger.record([moved(region="DE-BY")])  # type: ignore[list-item]
    with pytest.raises(ValueError, match="region"):
        moved(region="Bavaria")


def test_a_move_is_corrected_and_retracted_as_any_event(ledger: Ledger) -> None:
    move = moved()
    ledger.record([facility(), move])  # type: ignore[list-item]
    again = correction(move, "error", region="FR-BRE")  # type: ignore[arg-type]
    ledger.record([again])
    with pytest.raises(PolicytrackError, match="another country"):
        ledger.record([correction(again, "error", region="BE-VLG")])
    ledger.record([retraction(again)])
    with pytest.raises(PolicytrackError, match="already retracted"):
        ledger.record([retraction(again, reason="once more")])


STATED = {"activity_id": "rare-earth-separation", "effective": "2020-01-01", "known_on": "2020-01-01"}
MOVED = {"project_id": "line-1", "facility_id": "narva", "effective": "2022-01-01", "known_on": "2022-01-01"}


def completed(capacity: str, day: str) -> Event:
    return make("project_completed", project_id="line-1", capacity=capacity, effective=day, known_on=day)


def retired(facility_id: str, capacity: str) -> Event:
    when = {"effective": "2024-01-01", "known_on": "2024-01-01"}
    return make("capacity_retired", **{**STATED, **when}, facility_id=facility_id, capacity=capacity)


@pytest.mark.parametrize("in_one_transaction", [True, False])
def test_what_a_project_completes_can_be_retired_only_where_it_was_on_that_day(
    ledger: Ledger, in_one_transaction: bool
) -> None:
    places = [firm(), facility("paris"), facility("narva"), project("line-1", facility_id="paris")]
    built = [completed("100", "2021-01-01"), completed("30", "2022-01-01"), completed("5", "2023-01-01")]
    past = [make("project_announced", project_id="line-1", capacity="400"), make("project_moved", **MOVED), *built]
    ledger.record(places)
    if not in_one_transaction:
        ledger.record(past)
        past = []
    for where, too_much, installed in (("paris", "101", "100"), ("narva", "36", "35")):
        with pytest.raises(PolicytrackError, match=f"at {where}: only {installed} is installed"):
            ledger.record([*past, retired(where, too_much)])
    ledger.record([*past, retired("paris", "100"), retired("narva", "35")])


def test_a_project_moves_only_to_a_registered_facility_which_is_then_in_use(ledger: Ledger) -> None:
    move = make("project_moved", **MOVED)
    with pytest.raises(PolicytrackError, match="no project 'line-1'"):
        ledger.record([move])
    ledger.record([firm(), facility("paris"), project("line-1", facility_id="paris")])
    with pytest.raises(UnknownId, match="no facility 'narva'"):
        ledger.record([move])
    there = facility("narva")
    ledger.record([there, move])
    with pytest.raises(PolicytrackError, match="registers facility narva, which 1 other event uses"):
        ledger.record([retraction(there)])
    ledger.record([correction(move, "revision", facility_id="paris"), retraction(there)])


def test_a_swap_is_judged_by_the_region_of_the_day_also_where_the_move_was_recorded_before(ledger: Ledger) -> None:
    where = {"activity_id": "rare-earth-separation"}
    strict = make("rule_enacted", rule_id="strict", title="Measures", kind="replacement_ratio", jurisdiction="FR",
                  activities=[where["activity_id"]], regions=["FR-NAQ"], ratio_min="1.5",
                  effective="2021-01-01", in_force_from="2021-01-01", known_on="2021-01-01")  # fmt: skip
    ledger.record([firm(), facility("works", region="FR-IDF"), project("line-1", facility_id="works"), strict])
    ledger.record([make("facility_moved", facility_id="works", region="FR-NAQ", effective="2024-01-01")])
    announced = {"swap_id": "swap", "project_id": "line-1", **where, "build_capacity": "100", "ratio": "1"}
    with pytest.raises(PolicytrackError, match=r"1\.5"):
        ledger.record([make("capacity_swap_announced", **announced)])
    ledger.record([make("capacity_swap_announced", **announced, effective="2023-12-31")])
