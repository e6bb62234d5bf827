"""A registration that others rest on: not retracted without them, not given an activity of another unit."""

from __future__ import annotations

import pytest

from policytrack.errors import Refused
from policytrack.events import Event
from tests.examples import correction, facility, firm, make, project, retraction, stated
from tests.scenario import given

FIRM, PLANT, LINE = firm(), facility(operator_id="solvay"), project()
STATED, DONE = stated("5,000"), make("project_completed", project_id="line-2", capacity=100)
RECORD = (FIRM, PLANT, LINE, STATED, DONE)


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (FIRM, "e1 registers firm solvay, which 2 other events use: e2 facility_registered of 2025-10-01, e3 "),
        (PLANT, "e2 registers facility la-rochelle, which 2 other events use: e3 project_registered of"),
        (LINE, "e3 registers project line-2, which 1 other event uses: e5 project_completed of 2025-10-01"),
    ],
)
def test_a_registration_that_others_name_is_not_retracted(event: Event, words: str) -> None:
    error = given(*RECORD).when(retraction(event)).refused(Refused, words)
    assert error.hint == "correct the registration instead, or add --cascade to retract these events too"


def test_it_is_retracted_together_with_them_in_any_order() -> None:
    together = [retraction(event) for event in RECORD]
    given(*RECORD).when(*together).then_recorded()
    given(*RECORD).when(*together[::-1]).then_recorded()
    given(*RECORD, retraction(DONE)).when(retraction(LINE)).then_recorded()


def test_a_corrected_dependent_counts_as_what_it_says_now() -> None:
    elsewhere = facility("salins")
    moved = correction(STATED, "error", facility_id="salins")
    record = given(FIRM, PLANT, elsewhere, STATED, moved)
    record.when(retraction(PLANT)).then_recorded()
    record.when(retraction(elsewhere)).refused(Refused, "which 1 other event uses: e5 capacity_stated")


def test_the_registration_may_be_recorded_anew_in_the_same_transaction() -> None:
    given(*RECORD).when(retraction(PLANT), facility(name="The works")).then_recorded()


def test_many_dependents_are_counted_and_the_first_named() -> None:
    many = [stated(n, effective=f"20{n:02}") for n in range(1, 25)]
    given(PLANT, *many).when(retraction(PLANT)).refused(
        Refused, "which 24 other events use: e2 capacity_stated of 2001"
    )
    error = given(PLANT, *many).when(retraction(PLANT)).refused(Refused, "and 14 more")
    assert "e12" not in error.what


def test_an_activity_of_another_unit_would_change_what_figures_mean() -> None:
    record = given(*RECORD)
    words = "cannot change the unit of project line-2: 1 event uses the unit of the activity that e3 gives: e5"
    record.when(correction(LINE, "error", activity_id="coal-power")).refused(Refused, words)
    record.when(correction(LINE, "error", name="Line 2")).then_recorded()
    record.when(correction(PLANT, "error", country="BE")).then_recorded()
    given(FIRM, PLANT, LINE).when(correction(LINE, "error", activity_id="coal-power")).then_recorded()
