"""Activities of the ledger: registered once, with a unit that does not change under figures."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from policytrack.errors import AlreadyRegistered, InvalidQuantity, Refused, UnknownId
from policytrack.events import Event
from tests.examples import again, correction, facility, firm, make, project, retraction, stated
from tests.scenario import given

PLANT, FIRM = facility(), firm()


def activity(activity_id: str = "castings", unit: str = "t/yr", **fields: Any) -> Event:
    return make("activity_registered", activity_id=activity_id, **{"name": "Castings", "unit": unit, **fields})


CASTINGS = activity()
LINE = project(activity_id="castings")
ANNOUNCED = make("project_announced", project_id="line-2", capacity="5 kt/yr")


def test_a_capacity_is_checked_against_the_unit_of_a_registered_activity() -> None:
    record = given(PLANT, CASTINGS)
    record.when(stated("5 kt", activity_id="castings")).then_recorded()
    record.when(stated("5 MW", activity_id="castings")).refused(InvalidQuantity, "has another dimension than t/yr")
    record.when(stated("5 kt", activity_id="casting")).refused(UnknownId, "no activity 'casting'")
    project_known = given(FIRM, PLANT, CASTINGS, LINE)
    project_known.when(ANNOUNCED).then_recorded()
    project_known.when(again(ANNOUNCED, capacity="5 MW")).refused(InvalidQuantity, "another dimension than t/yr")


def test_a_registration_and_what_rests_on_it_may_come_in_any_order() -> None:
    given(PLANT).when(stated("5 kt", activity_id="castings"), CASTINGS).then_recorded()
    given(FIRM, PLANT).when(ANNOUNCED, LINE, CASTINGS).then_recorded()
    given(FIRM, PLANT).when(CASTINGS, LINE, again(ANNOUNCED, capacity="5 MW")).refused(InvalidQuantity, "dimension")


def test_an_id_is_registered_once_and_never_over_a_built_in_activity() -> None:
    record = given(CASTINGS)
    record.when(again(CASTINGS)).then_already(1)
    record.when(activity(unit="MW")).refused(
        AlreadyRegistered, "activity 'castings' is already registered by e1 in t/yr, not in MW"
    )
    record.when(activity(name="Other")).refused(AlreadyRegistered, "activity 'castings' is already registered by e1")
    error = record.when(activity("crude-steel")).refused(AlreadyRegistered, "activity 'crude-steel' is built in")
    assert "in t/yr, or choose another id" in error.hint


def test_the_unit_does_not_change_while_figures_rest_on_it() -> None:
    in_megawatts = correction(CASTINGS, "error", unit="MW")
    given(CASTINGS).when(in_megawatts).then_recorded()
    record = given(PLANT, CASTINGS, stated("5 kt", activity_id="castings"))
    words = "cannot change the unit of activity castings: 1 event uses it: e3 capacity_stated of 2025-10-01"
    error = record.when(in_megawatts).refused(Refused, words)
    assert error.hint.endswith("the right unit")
    record.when(correction(CASTINGS, name="Body castings")).then_recorded()


def test_figures_that_name_only_a_project_of_the_activity_count_too() -> None:
    in_megawatts = correction(CASTINGS, "error", unit="MW")
    given(FIRM, PLANT, CASTINGS, LINE).when(in_megawatts).then_recorded()
    record = given(FIRM, PLANT, CASTINGS, LINE, ANNOUNCED)
    record.when(in_megawatts).refused(Refused, "unit of activity castings: 1 event uses it: e5 project_announced")
    record.when(retraction(ANNOUNCED), in_megawatts).then_recorded()


def test_after_a_correction_of_the_unit_the_new_one_counts() -> None:
    corrected = given(PLANT, CASTINGS, correction(CASTINGS, "error", unit="MW"))
    corrected.when(stated("5 MW", activity_id="castings")).then_recorded()
    corrected.when(stated("5 kt", activity_id="castings")).refused(InvalidQuantity, "dimension")


def test_a_registration_is_not_retracted_under_what_names_it() -> None:
    figure = stated("5 kt", activity_id="castings")
    record = given(PLANT, CASTINGS, figure)
    record.when(retraction(CASTINGS)).refused(Refused, "e2 registers activity castings, which 1 other event uses: e3")
    record.when(retraction(CASTINGS), retraction(figure)).then_recorded()
    given(PLANT, CASTINGS, retraction(CASTINGS)).when(figure).refused(UnknownId, "no activity 'castings'")
    given(PLANT, CASTINGS, retraction(CASTINGS)).when(activity(unit="MW")).then_recorded()


def test_a_part_has_the_unit_of_the_whole() -> None:
    record = given(CASTINGS)
    record.when(activity("die-castings", part_of="castings")).then_recorded()
    record.when(activity("arc", part_of="crude-steel")).then_recorded()
    words = "die-castings has the unit MW, and castings has t/yr"
    assert record.when(activity("die-castings", "MW", part_of="castings")).refused(Refused, words).field == "part_of"
    record.when(activity("x", part_of="y")).refused(UnknownId, "activity_registered.part_of: no activity 'y'")
    part = activity("die-castings", part_of="castings")
    given(CASTINGS, part).when(correction(CASTINGS, "error", unit="MW")).refused(Refused, "1 event uses it: e2")


def test_two_activities_are_never_parts_of_each_other() -> None:
    part, deeper = activity("die", part_of="castings"), activity("thin", part_of="die")
    record = given(CASTINGS, part, deeper)
    record.when(correction(CASTINGS, part_of="thin")).refused(Refused, "thin is itself a part of castings")
    given().when(activity("a", part_of="b"), activity("b", part_of="a")).refused(Refused, "itself a part of b")
    with pytest.raises(ValidationError, match="a part of itself"):
        activity("a", part_of="a")


@pytest.mark.parametrize(
    ("unit", "stored"),
    [("t/a", "t/yr"), ("t nickel/yr", "t Ni/yr"), ("cars/yr", "vehicles/yr"), ("bpd", "bbl/d"), ("MW", "MW")],
)
def test_a_unit_is_stored_in_its_usual_spelling(unit: str, stored: str) -> None:
    assert activity(unit=unit).unit == stored  # type: ignore[attr-defined] # of this type


@pytest.mark.parametrize(
    ("unit", "hint"),
    [
        ("kt/yr", "write t/yr: figures may still be stated in kt/yr"),
        ("wafers/month", "write wafers/yr"),
        ("GWh", "write MWh"),
        ("mt", "write a base unit"),
        ("furlongs", "write a base unit"),
        ("", "write a base unit"),
    ],
)
def test_a_unit_that_is_not_a_base_unit_is_refused(unit: str, hint: str) -> None:
    with pytest.raises(ValidationError) as invalid:
        activity(unit=unit)
    [error] = invalid.value.errors()
    assert error["loc"] == ("unit",)
    assert hint in error["ctx"]["hint"]
