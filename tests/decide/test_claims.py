"""What may be claimed of an event: of one that is there, in a field that it has, and otherwise than it says itself."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from policytrack.decide.claims import claimable, plain_value, written
from policytrack.errors import InvalidQuantity, MalformedInput, Refused, UnknownId
from policytrack.events import EVENT_TYPES, Event
from tests.events.every_type import full
from tests.examples import correction, facility, firm, make, project, retraction, stated
from tests.scenario import given

PLANT, FIRM, LINE = facility(), firm(), project()
PLAN = make("project_announced", project_id="line-2", capacity="8,000 t REO/yr", investment="CNY 470 M", due="2026-12~")


def claim(target: Event, stance: str = "contradicts", **differing: str) -> Event:
    parts = [{"field": field, "value": value} for field, value in differing.items()]
    return make("claim_recorded", target=target.event_id, stance=stance, differing=parts)


@pytest.mark.parametrize("stance", ["corroborates", "contradicts", "verifies"])
def test_any_stance_on_an_event_that_is_there_is_recorded(stance: str) -> None:
    given(FIRM, PLANT, LINE, PLAN).when(claim(PLAN, stance)).then_recorded()


@pytest.mark.parametrize(
    ("field", "value"),
    [("capacity", "7200"), ("capacity", ">= 7200"), ("capacity", "unknown"), ("due", "2027"), ("effective", "2025-09"),
     ("investment", "CNY 457000000"), ("products", "oxides of all sorts")],
)  # fmt: skip
def test_another_value_of_a_field_is_recorded(field: str, value: str) -> None:
    given(FIRM, PLANT, LINE, PLAN).when(claim(PLAN, **{field: value})).then_recorded()


@pytest.mark.parametrize(
    ("field", "value", "what", "hint"),
    [
        ("colour", "red", "cannot name the field 'colour'", "use one of effective, project_id, capacity"),
        ("known_on", "2025-01-01", "cannot name the field 'known_on'", "use one of"),
        ("capacity", "five bananas", "is not a capacity", "write for instance"),
        ("capacity", "7,200 t REO/yr", "not in canonical form", "write 7200"),
        ("capacity", "0.72万吨/年", "not in canonical form", "write 7200"),
        ("investment", "457 M CNY", "not in canonical form", "write CNY 457000000"),
        ("due", "late", "is not a valid due", ""),
        ("capacity", "8000", "e4 itself has capacity 8000", "corroborates"),
        ("due", "2026-12~", "e4 itself has due 2026-12~", "corroborates"),
    ],
)
def test_a_value_that_is_none_or_not_another_is_refused(field: str, value: str, what: str, hint: str) -> None:
    error = given(FIRM, PLANT, LINE, PLAN).when(claim(PLAN, **{field: value})).refused(MalformedInput, what)
    assert hint in error.hint


def test_a_value_of_another_dimension_is_refused() -> None:
    given(FIRM, PLANT, LINE, PLAN).when(claim(PLAN, capacity="600 MW")).refused(InvalidQuantity, "another dimension")


def test_what_corroborates_or_verifies_differs_in_nothing_and_a_field_is_given_once() -> None:
    for stance in ("corroborates", "verifies"):
        with pytest.raises(ValueError, match="cannot have differing values"):
            claim(PLAN, stance, capacity="7200")
    twice = [{"field": "due", "value": "2027"}, {"field": "due", "value": "2028"}]
    with pytest.raises(ValueError, match="occurs twice"):
        make("claim_recorded", target=PLAN.event_id, stance="contradicts", differing=twice)


def test_a_claim_without_a_source_is_none() -> None:
    with pytest.raises(ValueError, match="sources"):
        make("claim_recorded", target=PLAN.event_id, stance="verifies", sources=[])


def test_a_claim_on_an_event_that_is_not_there_is_refused() -> None:
    record = given(FIRM)
    record.when(make("claim_recorded", target=UUID(int=9), stance="verifies")).refused(
        UnknownId, "no event has this id"
    )


def test_a_claim_on_a_claim_is_refused() -> None:
    doubt = claim(PLAN)
    error = (
        given(FIRM, PLANT, LINE, PLAN, doubt)
        .when(claim(doubt))
        .refused(Refused, "a claim cannot target e5: it is a claim")
    )
    assert "correct or retract e5" in error.hint


def test_a_claim_may_name_what_was_corrected_or_retracted_since_history_arrives_in_any_order() -> None:
    first = stated("5,000 t REO/yr")
    given(PLANT, first, correction(first, capacity=7)).when(claim(first, capacity="6000")).then_recorded()
    given(PLANT, first, retraction(first)).when(claim(first, "verifies")).then_recorded()


def test_a_claim_is_recorded_once_and_corrected_and_retracted_like_any_event() -> None:
    doubt = claim(PLAN, capacity="7200")
    record = given(FIRM, PLANT, LINE, PLAN, doubt)
    record.when(claim(PLAN, capacity="7200")).then_already(5)
    record.when(correction(doubt, differing=[{"field": "capacity", "value": "7300"}])).then_recorded()
    record.when(retraction(doubt)).then_recorded()


def test_a_claim_is_found_with_what_it_speaks_of_and_does_not_stand_for_it() -> None:
    record = given(FIRM, PLANT, LINE, PLAN, claim(PLAN, capacity="7200"))
    tags = record.record[-1].tags
    assert {f"event:{PLAN.event_id}", "project:line-2"} <= set(tags)
    assert [tag for tag in tags if tag.startswith("content:")] == record.record[-1].event.content_tags()[:1]
    record.when(retraction(PLAN)).then_recorded()
    record.when(correction(PLAN, capacity=6)).then_recorded()


@pytest.mark.parametrize("type_", EVENT_TYPES)
def test_every_field_of_which_a_claim_can_speak_takes_the_value_of_an_event(type_: str) -> None:
    event: Any = full(type_)
    for field in claimable(type(event)):
        value = getattr(event, field)
        if not isinstance(value, tuple) and value is not None:
            assert plain_value(event, field, written(value)) == written(value), field
