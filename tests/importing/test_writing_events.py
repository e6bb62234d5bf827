"""Events written out read back to the same events."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from journal_support import TRICKY, events_in, events_of

from policytrack.events import EVENT_TYPES, Event
from policytrack.events.projects import ProjectApproved
from policytrack.exporting import export_lines, to_yaml
from policytrack.values.dates import VagueDate


@pytest.mark.parametrize("examples", [2, pytest.param(300, marks=pytest.mark.soak)])
@pytest.mark.parametrize("event_type", EVENT_TYPES.values(), ids=str)
def test_events_of_every_type_read_back_equal_from_yaml_and_byte_for_byte_from_an_export(
    event_type: type[Event], examples: int
) -> None:
    @settings(max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(events_of(event_type), min_size=1, max_size=2))
    def check(events: list[Event]) -> None:
        assert events_in("events:\n" + "".join(map(to_yaml, events))) == events
        stored = [(n, event.to_json(), datetime(2026, 11, 23, tzinfo=UTC)) for n, event in enumerate(events, 1)]
        lines = "".join(export_lines(stored))
        assert lines.split("\n") == [*(data for _, data, _ in stored), ""]
        assert [event.to_json() for event in events_in(lines, "jsonl")] == [data for _, data, _ in stored]

    check()


@pytest.mark.parametrize("text", [text for text in TRICKY if text.strip()])
def test_text_that_yaml_would_take_for_something_else_stays_that_text(text: str) -> None:
    event = _approved(note=text)
    (back,) = events_in(to_yaml(event))
    assert back.note == text.strip()


def test_yaml_is_written_as_a_person_writes_it() -> None:
    event = _approved(
        capacity="0.5万吨/年",
        investment="CNY 470 M",
        due="2026-12~",
        products=["separated oxides", "2024"],
        sources=[{"title": "Notice: approval", "class": "regulator", "quote": "one\ntwo", "published_on": 2025}],
    )
    assert to_yaml(event) == (
        "- type: project_approved\n"
        "  event_id: 00000000-0000-0000-0000-000000000001\n"
        "  effective: ../2025-10-27\n"
        "  known_on: 2025-10-27\n"
        "  sources:\n"
        '    - title: "Notice: approval"\n'
        '      published_on: "2025"\n'
        "      class: regulator\n"
        "      quote: |-\n"
        "        one\n"
        "        two\n"
        "  project_id: northern-jinlong-separation\n"
        "  capacity: 0.5万吨/年\n"
        "  products:\n"
        "    - separated oxides\n"
        '    - "2024"\n'
        "  investment: CNY 470 M\n"
        "  due: 2026-12~\n"
    )


def test_words_that_mean_something_else_today_are_written_with_what_they_meant() -> None:
    meant = VagueDate(edtf="2026-10/2026-11", written="late 2026")
    event = _approved(due=meant)
    assert "written: late 2026" in to_yaml(event)
    (back,) = events_in(to_yaml(event))
    assert isinstance(back, ProjectApproved)
    assert back.due == meant


def test_the_curated_record_survives_yaml_and_jsonl() -> None:
    stories = sorted((Path(__file__).parents[2] / "events" / "log").glob("*.yaml"))
    for story in stories[:6]:
        events = events_in(story.read_bytes())
        assert events
        assert events_in("".join(map(to_yaml, events))) == events
        assert events_in("".join(event.to_json() + "\n" for event in events), "jsonl") == events


def _approved(**fields: object) -> ProjectApproved:
    return ProjectApproved.model_validate(
        {
            "event_id": UUID(int=1),
            "effective": "../2025-10-27",
            "known_on": date(2025, 10, 27),
            "project_id": "northern-jinlong-separation",
            **fields,
        }
    )
