"""Equal rows, rows that were retracted, and ledgers of an older version: for YAML and for JSON Lines alike."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from eventsourcing.dcb.api import DCBEvent

from policytrack.errors import NeedsAcknowledgement, RejectedImport
from policytrack.events import Event
from policytrack.importing.read import load_events
from policytrack.ledger import Ledger
from tests.application.ledgers import length
from tests.examples import correction, facility, make, retraction, stated

TODAY = date(2026, 11, 23)
Import = Callable[[Ledger, list[str]], int]


def at_once(ledger: Ledger, lines: list[str]) -> int:
    """Import as YAML and tables are imported; returns how many events are new."""
    with ledger.application() as application:
        files = [("f.jsonl", io.BytesIO("\n".join(lines).encode()))]
        events, places = load_events(files, today=TODAY, known_on_of=application.known_on, format_="jsonl")
        return sum(outcome.is_new for outcome in application.record(events, places=places))


def in_parts(ledger: Ledger, lines: list[str]) -> int:
    """Import as JSON Lines are imported."""
    return ledger.import_files([("f.jsonl", io.BytesIO("\n".join(lines).encode()))], today=TODAY).new


both_ways = pytest.mark.parametrize("imported", [at_once, in_parts])


def line(event: Event, *left_out: str, **changed: Any) -> str:
    """The line of an event, without some fields and with others changed."""
    fields = {**json.loads(event.to_json()), **changed}
    return json.dumps({name: value for name, value in fields.items() if name not in left_out})


def retired(**fields: Any) -> Event:
    where = {"facility_id": "la-rochelle", "activity_id": "rare-earth-separation", "capacity": "1,000 t REO/yr"}
    return make("capacity_retired", **where, **fields)


def no_id(event: Event, **changed: Any) -> str:
    return line(event, "event_id", **changed)


def acknowledged(reason: str) -> list[dict[str, str]]:
    return [{"check": "repeated_statement", "reason": reason}]


@both_ways
def test_two_equal_rows_are_refused_and_both_are_named(ledger: Ledger, imported: Import) -> None:
    furnace = retired()
    rows = [
        facility().to_json(),
        no_id(furnace, note="furnace 1"),
        "",
        no_id(furnace, capacity="1000", note="furnace 2"),
    ]
    with pytest.raises(RejectedImport) as refused:
        imported(ledger, rows)
    (finding,) = refused.value.findings
    assert isinstance(finding, NeedsAcknowledgement)
    assert (str(finding.place), "same content as stdin:2" in finding.what) == ("stdin:4:1", True), finding
    assert length(ledger) == 0
    assert imported(ledger, rows[:2]) == 2
    with pytest.raises(RejectedImport):  # that one of the two is recorded makes the other no less another row
        imported(ledger, rows)


@both_ways
def test_rows_that_repeat_with_a_locator_or_a_reason_count_each(ledger: Ledger, imported: Import) -> None:
    furnace = retired()
    rows = [
        facility().to_json(),
        no_id(furnace),
        no_id(furnace, acknowledged=acknowledged("furnace 2")),
        no_id(furnace, acknowledged=acknowledged("furnace 3")),
        no_id(furnace, sources=[{"title": "Notice 1", "class": "regulator", "locator": "row 4"}]),
    ]
    assert imported(ledger, rows) == 5
    assert imported(ledger, rows) == imported(ledger, rows[::-1]) == 0
    with pytest.raises(RejectedImport):
        imported(ledger, [*rows, rows[2]])


@both_ways
def test_one_event_id_given_twice_is_one_event_and_a_registration_happens_once(
    ledger: Ledger, imported: Import
) -> None:
    plant, furnace = facility(), retired()
    assert imported(ledger, [plant.to_json(), no_id(plant), furnace.to_json(), furnace.to_json()]) == 2
    with pytest.raises(RejectedImport):
        imported(ledger, [line(furnace, event_id=f"00000000-0000-4000-8000-00000000000{n}", known_on=f"2025-11-0{n}",
                               effective="2025-09") for n in (1, 2)])  # fmt: skip


@both_ways
def test_an_export_that_holds_what_was_recorded_again_can_be_imported(
    ledger: Ledger, imported: Import, tmp_path: Path
) -> None:
    furnace = retired()
    with ledger.application() as application:
        application.record([facility(), furnace])
        application.record([retraction(furnace)])
        application.record([retired()])
    lines = [text.rstrip("\n") for text in ledger.lines()]
    other = Ledger.create(tmp_path / "other")
    assert imported(other, lines) == 4
    assert imported(other, lines) == imported(ledger, lines) == 0
    assert list(other.lines()) != [] and [json.loads(one)["event_id"] for one in other.lines()] == [
        json.loads(one)["event_id"] for one in ledger.lines()
    ]


@both_ways
@pytest.mark.parametrize("has_ids", [True, False])
def test_a_ledger_of_an_older_version_knows_its_files(ledger: Ledger, imported: Import, has_ids: bool) -> None:
    plant, furnace = facility(), retired()
    first = [plant, furnace, correction(furnace, capacity="900 t REO/yr")]
    with ledger.application() as application:
        for event in first:
            (own,) = [tag for tag in event.tags() if tag.startswith("content:2:")]
            tags = sorted([f"content:{event.content_key()}", *(tag for tag in event.tags() if tag != own)])
            if event.supersedes:
                tags = sorted([*tags, f"content:{furnace.content_key()}"])
            application.recorder.append([DCBEvent(event.TOPIC, event.to_json().encode(), tags)])
    rows = [event.to_json() if has_ids else no_id(event) for event in first]
    assert imported(ledger, rows) == 0
    assert imported(ledger, [*rows, no_id(stated("700"))]) == 1
    assert imported(ledger, [*rows, no_id(stated("700"))]) == 0


@both_ways
@pytest.mark.parametrize("has_ids", [True, False])
def test_what_was_retracted_is_recorded_again_and_then_known(ledger: Ledger, imported: Import, has_ids: bool) -> None:
    furnace = retired()
    rows = [event.to_json() if has_ids else no_id(event) for event in (facility(), furnace)]
    assert imported(ledger, rows) == 2
    for again in range(3):
        with ledger.application() as application:
            standing = next(
                event
                for event in reversed(list(application._read([])))  # all events
                if event.TOPIC == "capacity_retired"
            )
            application.record([retraction(standing)])
        assert imported(ledger, rows) == 1
        assert imported(ledger, rows) == 0
        assert length(ledger) == 4 + 2 * again


@both_ways
def test_a_corrected_file_with_the_same_ids_is_recorded_after_the_retraction(ledger: Ledger, imported: Import) -> None:
    furnace = retired()
    imported(ledger, [facility().to_json(), furnace.to_json()])
    right = line(furnace, capacity="900")
    with pytest.raises(RejectedImport):
        imported(ledger, [right])
    with ledger.application() as application:
        application.record([retraction(furnace)])
    assert imported(ledger, [right]) == 1
    assert imported(ledger, [right]) == 0
    with pytest.raises(RejectedImport, match="1 error"):
        imported(ledger, [furnace.to_json()])


@both_ways
def test_what_a_file_says_of_an_event_is_said_of_the_one_recorded_again(ledger: Ledger, imported: Import) -> None:
    plant, first = facility(), stated("5,000")
    second = correction(first, "error", capacity="7,200")
    rows = [event.to_json() for event in (plant, first, second)]
    assert imported(ledger, rows) == 3
    with ledger.application() as application:
        application.record([retraction(second)])
    assert imported(ledger, rows) == 2
    assert imported(ledger, rows) == 0
    again, corrected = [json.loads(one) for one in ledger.lines()][-2:]
    assert corrected["supersedes"]["event_id"] == again["event_id"] != str(first.event_id)
    removal = retraction(second, reason="said in a file")
    with ledger.application() as application:
        application.record([make("event_retracted", target=corrected["event_id"], because="error", reason="wrong")])
    assert imported(ledger, rows) == 2
    assert imported(ledger, [*rows, removal.to_json()]) == 1
    assert imported(ledger, [*rows, removal.to_json()]) == 0


@both_ways
def test_a_file_that_retracts_a_registration_retracts_what_rests_on_it(ledger: Ledger, imported: Import) -> None:
    plant, first, second = facility(), stated("5,000"), retired()
    imported(ledger, [plant.to_json(), first.to_json()])
    gone = retraction(plant)
    with pytest.raises(RejectedImport) as refused:
        imported(ledger, [gone.to_json(), retraction(first).to_json(), facility("other").to_json(), second.to_json()])
    (finding,) = refused.value.findings  # no facility any more
    assert str(finding.place).startswith("stdin:4:")
    with pytest.raises(RejectedImport) as refused:
        imported(ledger, [second.to_json(), gone.to_json()])
    (finding,) = refused.value.findings
    assert "which 2 other events use: e2 capacity_stated of 2025-10-01, another event recorded together" in finding.what
    assert str(finding.place) == "stdin:2:1"
    rows = [second.to_json(), gone.to_json(), retraction(first).to_json(), retraction(second).to_json()]
    assert imported(ledger, rows) == 4
    assert imported(ledger, rows) == 0
