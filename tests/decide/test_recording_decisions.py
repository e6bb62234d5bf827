"""Registrations, references, units, and what is recorded already."""

from __future__ import annotations

from typing import Any

import pytest

from policytrack.errors import AlreadyRegistered, InvalidQuantity, Refused, UnknownId
from policytrack.events import Event
from tests.examples import again, facility, firm, make, project, retraction, stated
from tests.scenario import given

PLANT, FIRM, LINE = facility(), firm(), project()


def swap(**fields: Any) -> Event:
    """A swap for `LINE`."""
    where = {"swap_id": "swap-1", "project_id": "line-2", "activity_id": "rare-earth-separation"}
    return make("capacity_swap_announced", **{**where, "build_capacity": 5, **fields})


@pytest.mark.parametrize(
    ("first", "second"),
    [(FIRM, firm(name="Another")), (PLANT, facility(name="Another")), (LINE, project(name="Another"))],
    ids=["firm", "facility", "project"],
)
def test_an_id_that_is_taken_is_refused(first: Event, second: Event) -> None:
    record = given(FIRM, PLANT, LINE)
    position = [FIRM, PLANT, LINE].index(first) + 1
    error = record.when(second).refused(AlreadyRegistered, f"is already registered by e{position}")
    assert error.hint == f"choose another id, or correct e{position}"


def test_a_swap_id_that_is_taken_is_refused() -> None:
    first, second = swap(), swap(build_capacity=6)
    given(FIRM, PLANT, LINE, first).when(second).refused(AlreadyRegistered, "swap 'swap-1' is already registered by e4")


def test_the_same_id_may_be_that_of_a_firm_and_of_a_facility() -> None:
    given(FIRM).when(facility("solvay")).then_recorded()


def test_an_id_taken_within_one_import_does_not_name_a_position_that_will_never_be() -> None:
    error = (
        given()
        .when(firm(name="One"), firm(name="Two"))
        .refused(AlreadyRegistered, "firm 'solvay' is already registered by another event recorded together with it")
    )
    assert error.hint == "choose another id"


@pytest.mark.parametrize(
    ("event", "words", "hint"),
    [
        (project(firm_id="solvey"), "project_registered.firm_id: no firm 'solvey'", "record a firm_registered event"),
        (project(facility_id="x"), "project_registered.facility_id: no facility 'x'", "record a facility_registered"),
        (project(activity_id="alchemy"), "project_registered.activity_id: no activity 'alchemy'", "FROM activity"),
        (
            make("project_cancelled", project_id="x"),
            "project_cancelled.project_id: no project 'x'",
            "project_registered",
        ),
        (
            make(
                "joint_venture_formed",
                venture_id="solvay",
                partners=[{"firm_id": "solvay", "stake_pct": 1}, {"firm_id": "nobody", "stake_pct": 1}],
            ),
            "joint_venture_formed.partners[2].firm_id: no firm 'nobody'",
            "firm_registered",
        ),
    ],
)
def test_an_unknown_id_is_refused_with_its_field_and_what_to_record(event: Event, words: str, hint: str) -> None:
    error = given(FIRM, PLANT).when(event).refused(UnknownId, words)
    assert hint in error.hint


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (facility("new", operator_id="x"), "facility_registered.operator_id: no firm 'x'"),
        (
            make("facility_transferred", facility_id="x", operator_id="solvay"),
            "facility_transferred.facility_id: no facility 'x'",
        ),
        (
            make("facility_transferred", facility_id="la-rochelle", operator_id="x"),
            "facility_transferred.operator_id: no firm 'x'",
        ),
        (
            make("facility_transferred", facility_id="la-rochelle", owner_id="x"),
            "facility_transferred.owner_id: no firm 'x'",
        ),
        (make("stake_transferred", owned_id="solvay", from_id="x", stake_pct=1), "stake_transferred.from_id: no firm"),
        (make("stake_transferred", owned_id="solvay", to_id="x", stake_pct=1), "stake_transferred.to_id: no firm 'x'"),
        (
            make(
                "capacity_retired",
                facility_id="la-rochelle",
                activity_id="rare-earth-separation",
                capacity=1,
                swap_id="x",
            ),
            "capacity_retired.swap_id: no swap 'x'",
        ),
        (swap(legs=[{"facility_id": "x", "capacity": 1}]), "legs[1].facility_id: no facility 'x'"),
        (
            swap(legs=[{"undisclosed": True, "capacity": 1}, {"firm_id": "x", "capacity": 1}]),
            "legs[2].firm_id: no firm 'x'",
        ),
    ],
)
def test_an_unknown_id_in_a_field_that_may_be_left_out_is_refused(event: Event, words: str) -> None:
    given(FIRM, PLANT, LINE).when(event).refused(UnknownId, words)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"rule_id": "r"}, "no rule 'r'"),
        ({"legs": [{"lot_id": "l", "capacity": 1}]}, "no lot 'l'"),
    ],
)
def test_a_lot_and_a_rule_must_be_registered(fields: dict[str, Any], words: str) -> None:
    given(FIRM, PLANT, LINE).when(swap(**fields)).refused(UnknownId, words)


def test_a_firm_does_not_answer_for_a_facility_of_the_same_id() -> None:
    given(firm("la-rochelle"), FIRM).when(project()).refused(UnknownId, "no facility 'la-rochelle'")


def test_a_reference_is_satisfied_by_a_later_row_of_the_same_import() -> None:
    given().when(stated("5,000 t REO/yr"), project(), FIRM, PLANT).then_recorded()


def test_a_reference_is_satisfied_by_a_row_that_was_retracted_and_is_recorded_again() -> None:
    given(FIRM, PLANT, retraction(FIRM)).when(project(), FIRM).then_recorded()


def test_a_reference_is_not_satisfied_by_a_row_that_the_same_import_retracts() -> None:
    removal = retraction(FIRM)
    given(FIRM, PLANT, removal).when(FIRM, removal, project()).refused(UnknownId, "no firm 'solvay'")


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (stated("600 MW"), "'600 MW' has another dimension than t REO/yr"),
        (stated("5 t NdPr/yr"), "'5 t NdPr/yr' has another substance than t REO/yr"),
        (stated("5,000 t REO/yr", activity_id="coal-power"), "has another dimension than MW"),
        (make("project_approved", project_id="line-2", capacity="600 MW"), "'600 MW' has another dimension"),
        (make("project_completed", project_id="line-2", capacity="600 MW"), "'600 MW' has another dimension"),
        (swap(build_capacity="600 MW"), "'600 MW' has another dimension"),
        (swap(legs=[{"undisclosed": True, "capacity": "600 MW"}]), "'600 MW' has another dimension"),
    ],
)
def test_a_unit_of_another_dimension_is_refused(event: Event, words: str) -> None:
    given(FIRM, PLANT, LINE).when(event).refused(InvalidQuantity, words)


def test_a_unit_of_another_dimension_is_refused_before_the_project_is_registered_by_the_same_import() -> None:
    approval = make("project_approved", project_id="line-2", capacity="600 MW")
    answers = given(FIRM, PLANT).when(approval, project()).answers
    assert [type(answer) for answer in answers] == [InvalidQuantity, type(None)]


@pytest.mark.parametrize("capacity", ["5,000 t REO/yr", "5 kt/a", "0.5万吨/年", 5000, "unknown", ">= 100", "withheld"])
def test_a_unit_of_the_activity_is_recorded(capacity: object) -> None:
    given(FIRM, PLANT, LINE).when(stated(capacity)).then_recorded()


def test_the_same_event_id_with_the_same_content_is_a_no_op() -> None:
    given(PLANT, FIRM).when(FIRM).then_already(2)


def test_the_same_event_id_with_another_content_is_refused() -> None:
    error = (
        given(PLANT, FIRM)
        .when(firm(name="Another", event_id=FIRM.event_id))
        .refused(Refused, f"event id {FIRM.event_id} already belongs to e2, whose content differs")
    )
    assert error.hint == "leave event_id out to record a new event, or use `supersedes` to correct the recorded one"


def test_the_same_content_from_the_same_source_is_a_no_op_under_another_id() -> None:
    claim = stated("5,000 t REO/yr")
    given(PLANT, claim).when(again(claim, known_on="2025-12-01", note="seen again")).then_already(2)


def test_the_same_content_from_another_source_is_recorded() -> None:
    claim = stated("5,000 t REO/yr")
    other = {"title": "Notice 2", "class": "regulator"}
    given(PLANT, claim).when(again(claim, sources=[other])).then_recorded()


def test_every_refusal_of_an_import_is_found() -> None:
    answers = given(FIRM).when(firm(name="Another"), project(), facility()).answers
    # The facility comes later in the import, so the project lacks nothing.
    assert [type(answer) for answer in answers] == [AlreadyRegistered, type(None), type(None)]
    answers = given(FIRM).when(firm(name="Another"), project(facility_id="x"), stated(1)).answers
    assert [type(answer) for answer in answers] == [AlreadyRegistered, UnknownId, UnknownId]


LOT = make("credit_lot_recognised", lot_id="lot-1", facility_id="la-rochelle", activity_id="crude-steel", capacity=9)
SWAP = swap(legs=[{"undisclosed": True, "capacity": 5}])


@pytest.mark.parametrize(
    ("event", "field"),
    [
        (make("quota_issued", quota_id="q", jurisdiction="CN", stage="mining", material="all", year=2024,
              activity_id="crude-steel", amount="5 MW"), "amount"),
        (make("credit_lot_transferred", lot_id="lot-1", to_id="solvay", capacity="5 MW"), "capacity"),
        (make("credit_lot_returned", lot_id="lot-1", swap_id="swap-1", capacity="5 MW"), "capacity"),
        (make("capacity_swap_amended", swap_id="swap-1", build_capacity="5 MW"), "build_capacity"),
        (make("capacity_swap_amended", swap_id="swap-1", legs=[{"undisclosed": True, "capacity": 5},
              {"undisclosed": True, "capacity": "5 MW"}]), "legs.1.capacity"),
    ],
)  # fmt: skip
def test_an_amount_is_checked_against_the_unit_of_its_activity_lot_or_swap(event: Event, field: str) -> None:
    record = given(FIRM, PLANT, LINE, LOT, SWAP)
    assert record.when(event).refused(InvalidQuantity, "'5 MW' has another dimension than t").field == field
