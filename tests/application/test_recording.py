"""The application over a real store: record, refuse, do nothing, meet others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from policytrack.application import ATTEMPTS, Outcome, PolicyTrack, RecordEvents
from policytrack.errors import AlreadyRegistered, AlreadySuperseded, Busy, Place, Refused, RejectedImport, UnknownId
from policytrack.events import Event
from policytrack.ledger import Ledger
from policytrack.resources import activity_units
from policytrack.store.store import Store
from tests.application.ledgers import events_shown, length
from tests.examples import again, correction, facility, firm, make, project, retraction, stated


def in_short(outcomes: Sequence[Outcome]) -> list[tuple[int, bool]]:
    return [(outcome.position, outcome.is_new) for outcome in outcomes]


def stored_tags(application: PolicyTrack) -> list[list[str]]:
    return [list(sequenced.event.tags) for sequenced in application.recorder.read()]


class Interrupted(PolicyTrack):
    """An application between whose reading and appending another records something."""

    def __init__(self, store: Store, other: PolicyTrack, between: list[list[Event]]) -> None:
        super().__init__(store, activity_units())
        self.other, self.between, self.decisions = other, between, 0

    def _decide(self, events: Sequence[Event], places: Any, *, renews: bool = True) -> RecordEvents:
        self.decisions += 1
        decision = super()._decide(events, places, renews=renews)
        if self.between:
            self.other.record(self.between.pop(0))
        return decision


@pytest.fixture
def interrupted(ledger: Ledger, application: PolicyTrack) -> Any:
    opened: list[Interrupted] = []

    def make(*between: list[Event]) -> Interrupted:
        opened.append(Interrupted(ledger.store, application, list(between)))
        return opened[0]

    yield make
    for one in opened:
        one.close()


def test_events_are_recorded_at_the_positions_that_are_answered(application: PolicyTrack, ledger: Ledger) -> None:
    assert in_short(application.record([firm(), facility()])) == [(1, True), (2, True)]
    assert in_short(application.record([project()])) == [(3, True)]
    assert [event.type for event in application._read([])] == [
        "firm_registered",
        "facility_registered",
        "project_registered",
    ]
    assert events_shown(ledger) == length(ledger) == 3


def test_events_recorded_again_change_nothing_and_say_where_they_are(application: PolicyTrack) -> None:
    events = [firm(), facility(), stated(5)]
    application.record(events)
    assert in_short(application.record(events)) == [(1, False), (2, False), (3, False)]
    assert in_short(application.record([again(events[2]), firm("other")])) == [(3, False), (4, True)]
    assert len(stored_tags(application)) == 4


def test_a_dry_run_answers_as_recording_would_and_writes_nothing(ledger: Ledger) -> None:
    store = ledger.store.path
    ledger.record([firm()])
    before = {path.name: path.read_bytes() for path in ledger.root.iterdir() if path.is_file()}
    events = [firm("other"), facility(), again(firm())]
    assert in_short(ledger.record(events, dry_run=True)) == [(2, True), (3, True), (1, False)]
    assert {path.name: path.read_bytes() for path in ledger.root.iterdir() if path.is_file()} == before
    assert store.name in before
    with pytest.raises(AlreadyRegistered):
        ledger.record([firm(name="Another")], dry_run=True)


def test_a_refusal_names_the_event_that_stands_in_the_way(application: PolicyTrack) -> None:
    application.record([firm()])
    with pytest.raises(AlreadyRegistered) as caught:
        application.record([firm(name="Another")])
    assert caught.value.what == "firm 'solvay' is already registered by e1"


def test_an_unknown_id_is_refused_with_the_near_ones(application: PolicyTrack) -> None:
    application.record([firm("northern-jinlong"), firm("northern-rare-earth"), firm("lynas"), facility()])
    with pytest.raises(UnknownId) as caught:
        application.record([project(firm_id="northern-jinlung")])
    assert caught.value.candidates[0] == "northern-jinlong"
    assert "lynas" not in caught.value.candidates
    assert caught.value.hint.startswith("similar: northern-jinlong")
    assert "nothing was chosen for you" in caught.value.hint


def test_an_unknown_id_is_refused_with_the_near_ones_of_the_same_import(application: PolicyTrack) -> None:
    with pytest.raises(RejectedImport) as caught:
        application.record([firm("northern-jinlong"), facility(), project(firm_id="northern-jinlung")])
    (finding,) = caught.value.findings
    assert finding.candidates == ("northern-jinlong",)


def test_an_unknown_activity_is_refused_with_the_near_ones(application: PolicyTrack) -> None:
    application.record([firm(), facility()])
    with pytest.raises(UnknownId) as caught:
        application.record([project(activity_id="rare-earth-seperation")])
    assert caught.value.candidates[0] == "rare-earth-separation"


def place_at(line: int, field: str | None) -> Place:
    return Place(f"october.yaml:{line} {field}")


def test_a_rejected_import_carries_every_place_and_writes_nothing(application: PolicyTrack, ledger: Ledger) -> None:
    application.record([firm()])
    events = [facility(), firm(name="Another"), stated(5, facility_id="nowhere"), stated("600 MW")]
    places = {event.event_id: partial(place_at, line) for line, event in enumerate(events, 10)}
    with pytest.raises(RejectedImport) as caught:
        application.record(events, places=places)
    assert str(caught.value) == "3 errors in 4 events; nothing was written"
    assert [(found.code, str(found.place)) for found in caught.value.findings] == [
        ("PT303", "october.yaml:11 firm_id"),
        ("PT301", "october.yaml:12 facility_id"),
        ("PT203", "october.yaml:13 capacity"),
    ]
    assert length(ledger) == 1


def test_what_supersedes_carries_the_tags_by_which_its_chain_is_found(application: PolicyTrack) -> None:
    claim = stated("5,000 t REO/yr")
    second = correction(claim, capacity="7,200 t REO/yr")
    removal = retraction(second)
    application.record([facility(), claim])
    application.record([second])
    application.record([removal])
    own = {f"event:{event.event_id}" for event in (claim, second, removal)}
    contents = {event.content_tags()[0] for event in (claim, second)}
    assert own | contents | {"facility:la-rochelle"} <= set(stored_tags(application)[3])
    assert in_short(application.record([again(claim)])) == [(5, True)]


def test_a_chain_of_corrections_reads_the_same_from_the_store(application: PolicyTrack) -> None:
    claim = stated("5,000 t REO/yr")
    second = correction(claim, capacity="7,200 t REO/yr")
    application.record([facility(), claim])
    application.record([second])
    with pytest.raises(AlreadySuperseded, match="e2 is already corrected by e3"):
        application.record([correction(claim, capacity="7,300 t REO/yr")])
    assert application.known_on(claim.event_id) == claim.known_on == date(2025, 10, 31)
    assert (application.position(claim.event_id), application.position(second.event_id)) == (2, 3)
    assert application.position(UUID(int=2**90)) is None
    assert application.known_on(UUID(int=2**90)) is None


def test_a_decision_that_another_outran_is_made_again(interrupted: Any, ledger: Ledger) -> None:
    one = interrupted([firm(name="The winner")])
    with pytest.raises(AlreadyRegistered, match="already registered by e1"):
        one.record([firm(name="The loser")])
    assert (one.decisions, length(ledger)) == (2, 1)


def test_the_same_statement_by_two_at_once_is_recorded_once(interrupted: Any, ledger: Ledger) -> None:
    claim = firm()
    one = interrupted([claim])
    assert in_short(one.record([again(claim)])) == [(1, False)]
    assert length(ledger) == 1


def test_a_correction_that_another_outran_is_refused_and_the_winner_named(interrupted: Any, ledger: Ledger) -> None:
    claim = stated(5)
    ledger.record([facility(), claim])
    one = interrupted([correction(claim, capacity=6)])
    with pytest.raises(AlreadySuperseded, match="e2 is already corrected by e3"):
        one.record([retraction(claim)])


def test_a_reference_whose_registration_another_retracts_in_between_is_refused(
    interrupted: Any, ledger: Ledger
) -> None:
    registered = firm()
    ledger.record([facility(), registered])
    one = interrupted([retraction(registered)])
    with pytest.raises(UnknownId, match="no firm 'solvay'"):
        one.record([project()])
    assert length(ledger) == 3


def test_what_others_record_about_other_things_is_no_conflict(interrupted: Any) -> None:
    one = interrupted([firm("other"), facility("elsewhere")])
    claim = firm()
    assert in_short(one.record([claim, again(claim)])) == [(3, True), (3, False)]
    assert one.decisions == 1


def test_one_who_is_outrun_for_ever_is_told_to_try_again(interrupted: Any, ledger: Ledger) -> None:
    newest = firm()
    ledger.record([newest, facility()])
    between: list[list[Event]] = []
    for number in range(ATTEMPTS):
        newest = correction(newest, name=f"Name {number}")
        between.append([newest])
    one = interrupted(*between)
    wanted = project()
    with pytest.raises(Busy, match=f"other processes recorded related events during each of {ATTEMPTS} attempts"):
        one.record([wanted])
    assert one.decisions == ATTEMPTS
    assert one.position(wanted.event_id) is None


def test_a_dependent_recorded_at_the_same_moment_keeps_a_registration(interrupted: Any) -> None:
    application = interrupted([], [stated(5)])
    plant = facility()
    application.record([plant])
    with pytest.raises(Refused, match="which 1 other event uses: e2 capacity_stated"):
        application.record([retraction(plant)])
    assert application.decisions == 3


def test_a_completion_that_was_corrected_to_another_project_no_longer_counts_for_the_first(
    application: PolicyTrack,
) -> None:
    application.record([firm(), facility(), project("line-2"), project("line-3")])
    plan = make("project_announced", project_id="line-2", capacity="1000")
    done = make("project_completed", project_id="line-2", capacity="800")
    application.record([plan, done])
    application.record([correction(done, "error", project_id="line-3")])
    with pytest.raises(Refused, match="1,100"):
        application.record([make("project_completed", project_id="line-2", capacity="1100")])
    application.record([make("project_completed", project_id="line-2", capacity="900")])
