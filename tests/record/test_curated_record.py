"""The curated record against its own rules: who says so, what was misprinted, what does not add up."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import duckdb
import pytest

from policytrack.events import Event
from policytrack.events.capacity import CapacityStated
from policytrack.events.policy import QuotaIssued, SupportAwarded
from tests.record.record_support import LOG, TODAY

STATE_MEDIA = "state-media"


def test_every_event_says_who_says_so(events: list[Event]) -> None:
    assert len(events) > 400
    assert [event.TOPIC for event in events if not event.sources] == []


def test_nothing_is_confirmed_by_state_media_alone(events: list[Event]) -> None:
    resting_on_it = [
        event.TOPIC
        for event in events
        if event.assertion == "confirmed"
        and not event.IS_REGISTRATION
        and all(source.source_class == STATE_MEDIA or source.state_affiliated for source in event.sources)
    ]
    assert resting_on_it == []


def test_what_is_inferred_says_how(events: list[Event]) -> None:
    assert [event.to_json() for event in events if event.assertion == "inferred" and not event.note] == []


def test_every_story_is_in_the_table_of_the_record() -> None:
    told = re.findall(r"^\| `([a-z0-9-]+)` \|", (LOG / "README.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert Counter(told) == Counter(story.stem for story in LOG.glob("*.yaml"))


@pytest.mark.parametrize("story", sorted(LOG.glob("*.yaml")), ids=lambda story: str(story.stem))
def test_every_source_of_a_story_is_used_and_its_head_says_what_it_is_about(story: Path) -> None:
    text = story.read_text(encoding="utf-8")
    assert text.startswith("# ")
    table, told = text.split("\nevents:\n")
    keys = re.findall(
        r"^  ([A-Za-z0-9-]+):$", table.split("\nsources:\n")[1].split("\ndefaults:\n")[0], flags=re.MULTILINE
    )
    unused = [key for key in keys if not re.search(rf"[\s\[]{re.escape(key)}(?=[\s\],}}])", told)]
    assert (bool(keys), unused) == (True, [])


def test_figures_that_are_known_to_be_wrong_are_not_in_the_record(events: list[Event]) -> None:
    quotas = [event for event in events if isinstance(event, QuotaIssued)]
    assert quotas
    for year, stage, wrong in ((2019, "mining", 127_000), (2023, "mining", 270_000), (2023, "separation", 73_800)):
        assert not [one for one in quotas if (one.year, one.stage) == (year, stage) and one.amount.value == wrong]
    donors = [
        event
        for event in events
        if isinstance(event, CapacityStated) and event.facility_id == "guangdong-zhujiang-plant"
    ]
    assert [event.capacity.value for event in donors] == [3000]


def test_what_was_misprinted_is_a_claim_and_changes_no_figure(facts: duckdb.DuckDBPyConnection) -> None:
    conflicts = facts.execute(f"SELECT recorded, claimed FROM claim_conflict_at(DATE '{TODAY}', DATE '{TODAY}')")
    assert sorted(conflicts.fetchall()) == [("132000", "127000"), ("3000", "300"), ("73403", "73800")]


def test_support_is_recorded_as_stated_and_sums_that_do_not_add_up_are_not_made_to(events: list[Event]) -> None:
    support = [event for event in events if isinstance(event, SupportAwarded)]
    stated = {(one.support_id, one.stage): str(one.amount and one.amount.amount) for one in support}
    assert stated["micron-chips-grant", "announced"] == "6140000000"
    assert stated["micron-chips-grant", "awarded"] == "6165000000"
    assert stated["intel-chips-grant", "awarded"] == "7860000000"
    assert stated["mp-dod-price-floor", "awarded"] == "None"
    assert stated["neo-narva-jtf", "awarded"] == "18700000"
    india = [one for one in support if one.support_id.startswith("india-")]
    assert sum(one.amount.amount for one in india if one.amount) == 72_000_000_000
    assert all("7,280" in (one.note or "") for one in india if one.instrument == "incentive")
    iluka = [
        one.amount.amount
        for one in support
        if one.support_id.startswith("iluka-") and one.amount and one.stage == "awarded"
    ]
    assert sum(iluka) == 1_250_000_000
