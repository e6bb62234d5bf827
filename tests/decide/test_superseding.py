"""Corrections and retractions: what they may be aimed at, and what stands after a chain of them."""

from __future__ import annotations

from uuid import UUID

import pytest

from policytrack.errors import AlreadyRegistered, AlreadySuperseded, Refused, UnknownId
from tests.examples import again, correction, facility, firm, make, project, retraction, stated
from tests.scenario import given

PLANT = facility()
FIRM = firm()


def test_a_correction_of_the_same_type_is_recorded() -> None:
    claim = stated("5,000 t REO/yr")
    given(PLANT, claim).when(correction(claim, capacity="7,200 t REO/yr")).then_recorded()


def test_a_correction_of_a_correction_is_recorded() -> None:
    claim = stated("5,000 t REO/yr")
    second = correction(claim, capacity="7,200 t REO/yr")
    given(PLANT, claim, second).when(correction(second, capacity="7,300 t REO/yr")).then_recorded()


def test_what_is_already_corrected_is_refused_and_the_newer_event_named() -> None:
    claim = stated("5,000 t REO/yr")
    others = [firm(f"firm-{number}") for number in range(12)]
    record = given(PLANT, claim, *others, correction(claim, capacity="7,200 t REO/yr"))
    error = record.when(correction(claim, capacity="7,300 t REO/yr")).refused(
        AlreadySuperseded, "e2 is already corrected by e15"
    )
    assert error.hint == "correct e15 instead"


def test_what_is_corrected_twice_over_is_refused_with_the_newest_event_as_the_cure() -> None:
    claim = stated("5,000 t REO/yr")
    second = correction(claim, capacity="7,200 t REO/yr")
    record = given(PLANT, claim, second, correction(second, capacity="7,300 t REO/yr"))
    error = record.when(retraction(claim)).refused(AlreadySuperseded, "e2 is already corrected by e3")
    assert error.hint == "retract e4 instead"


def test_a_correction_of_what_is_retracted_is_refused() -> None:
    claim = stated("5,000 t REO/yr")
    record = given(PLANT, claim, retraction(claim))
    error = record.when(correction(claim, capacity="7,200 t REO/yr")).refused(
        AlreadySuperseded, "e2 is already retracted by e3"
    )
    assert error.hint == "record the event again to restore it"


def test_a_second_retraction_is_refused() -> None:
    claim = stated("5,000 t REO/yr")
    record = given(PLANT, claim, retraction(claim))
    record.when(retraction(claim, reason="once more")).refused(AlreadySuperseded, "e2 is already retracted by e3")


def test_a_retraction_of_a_retraction_is_refused() -> None:
    claim = stated("5,000 t REO/yr")
    removal = retraction(claim)
    error = (
        given(PLANT, claim, removal).when(retraction(removal)).refused(Refused, "cannot retract e3: it is a retraction")
    )
    assert error.hint == "to restore the retracted event, record it again"


def test_a_correction_of_a_retraction_is_refused() -> None:
    claim = stated("5,000 t REO/yr")
    removal = retraction(claim)
    supersedes = {"event_id": removal.event_id, "because": "error"}
    record = given(PLANT, claim, removal)
    record.when(stated("6,000 t REO/yr", supersedes=supersedes)).refused(
        Refused, "cannot correct e3: it is a retraction"
    )


def test_a_retraction_that_supersedes_something_else_as_well_is_refused() -> None:
    claim, other = stated("5,000 t REO/yr"), stated("6,000 t REO/yr")
    both = retraction(claim, supersedes={"event_id": other.event_id, "because": "error"})
    given(PLANT, claim, other).when(both).refused(Refused, "a retraction cannot have `supersedes`")


def test_a_correction_by_another_type_is_refused() -> None:
    claim = stated("5,000 t REO/yr")
    fields = {"facility_id": "la-rochelle", "activity_id": "rare-earth-separation", "capacity": 5}
    other = make("capacity_idled", **fields, supersedes={"event_id": claim.event_id, "because": "error"})
    error = (
        given(PLANT, claim)
        .when(other)
        .refused(Refused, "a capacity_idled cannot correct e2, which is a capacity_stated")
    )
    assert error.hint == "correct it with a capacity_stated, or retract it and record the capacity_idled"


def test_a_correction_that_changes_the_registered_id_is_refused() -> None:
    error = (
        given(FIRM)
        .when(correction(FIRM, firm_id="solvey"))
        .refused(Refused, "a correction cannot change the id that e1 registered")
    )
    assert error.hint == "retract the registration, then register the other id"


def test_a_correction_may_keep_the_registered_id_and_change_the_name() -> None:
    given(FIRM).when(correction(FIRM, name="Solvay SA")).then_recorded()


def test_an_id_stays_taken_when_its_registration_is_corrected() -> None:
    record = given(FIRM, correction(FIRM, name="Solvay SA"))
    record.when(firm(name="Another Solvay")).refused(AlreadyRegistered, "firm 'solvay' is already registered by e2")


def test_an_id_is_free_again_after_its_registration_is_retracted() -> None:
    given(FIRM, retraction(FIRM)).when(firm(name="Another Solvay")).then_recorded()


def test_an_id_is_free_again_after_the_correction_of_its_registration_is_retracted() -> None:
    second = correction(FIRM, name="Solvay SA")
    given(FIRM, second, retraction(second)).when(firm(name="Another Solvay")).then_recorded()


def test_a_retraction_of_a_later_registration_frees_the_id_once_more() -> None:
    second = firm(name="Another Solvay")
    given(FIRM, retraction(FIRM), second, retraction(second)).when(firm(name="A third")).then_recorded()


def test_an_id_that_was_registered_again_is_taken() -> None:
    record = given(FIRM, retraction(FIRM), firm(name="Another Solvay"))
    record.when(firm(name="A third")).refused(AlreadyRegistered, "already registered by e3")


def test_a_reference_to_what_was_retracted_is_refused() -> None:
    record = given(PLANT, FIRM, retraction(FIRM))
    record.when(project()).refused(UnknownId, "project_registered.firm_id: no firm 'solvay'")


@pytest.mark.parametrize("supersede", [correction, retraction])
def test_an_unknown_target_is_refused(supersede: object) -> None:
    assert callable(supersede)
    unknown = stated("5,000 t REO/yr", event_id=UUID(int=2**100))
    error = given(PLANT).when(supersede(unknown)).refused(UnknownId, f"event {unknown.event_id}: no event has this id")
    assert error.hint == "run `policytrack log` to list the events with their ids"


def test_what_was_retracted_is_restored_by_recording_it_again() -> None:
    claim = stated("5,000 t REO/yr")
    record = given(PLANT, claim, retraction(claim))
    restored = again(claim)
    record.when(restored).then_recorded()
    given(PLANT, claim, retraction(claim), restored).when(again(claim)).then_already(4)


def test_what_was_corrected_is_not_restored_by_recording_it_again() -> None:
    claim = stated("5,000 t REO/yr")
    given(PLANT, claim, correction(claim, capacity="7,200 t REO/yr")).when(again(claim)).then_already(2)


def test_what_was_corrected_is_restored_once_the_correction_is_retracted() -> None:
    claim = stated("5,000 t REO/yr")
    second = correction(claim, capacity="7,200 t REO/yr")
    third = correction(second, capacity="7,300 t REO/yr")
    given(PLANT, claim, second, retraction(second)).when(again(claim)).then_recorded()
    given(PLANT, claim, second, third).when(again(claim)).then_already(2)
    given(PLANT, claim, second, third, retraction(third)).when(again(claim)).then_recorded()


def test_what_a_retracted_correction_corrected_can_be_corrected_again_or_retracted_as_an_error() -> None:
    claim = stated("5,000 t REO/yr")
    second = correction(claim, capacity="7,200 t REO/yr")
    record = given(PLANT, claim, second, retraction(second))
    record.when(correction(claim, capacity="7,300 t REO/yr")).then_recorded()
    record.when(retraction(claim)).then_recorded()
    error = record.when(retraction(claim, because="revision")).refused(
        AlreadySuperseded, "e2 is already corrected by e3"
    )
    assert error.hint == "record the event again to restore it"
