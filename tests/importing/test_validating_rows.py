"""Rows become events: defaults, sources by key, and the same refusals whatever the door."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from journal_support import TODAY, brief, events_in, findings_in, rows_in

from policytrack.errors import NotFound, Place, RejectedImport, StorageTrouble
from policytrack.events import Event
from policytrack.importing.event_row import Row
from policytrack.importing.read import load_events, read_rows
from policytrack.importing.validate import fill_defaults, id_of_content, validate

TARGET = UUID(int=7)


def test_yaml_words_are_taken_as_written() -> None:
    (row,) = rows_in(
        "- {a: NO, b: 2025-10-27, c: 2025, d: 1.10, e: 007, f: yes, g: 12:30:45, h: '5', i: ~, j: true, k: 5,000}"
    )
    assert isinstance(row, Row)
    assert row.fields == {
        "a": "NO",
        "b": "2025-10-27",
        "c": 2025,
        "d": Decimal("1.10"),
        "e": "007",
        "f": "yes",
        "g": "12:30:45",
        "h": "5",
        "i": None,
        "j": True,
        "k": 5,
        "000": None,
    }
    assert str(row.fields["d"]) == "1.10"


def test_figures_of_json_are_exact() -> None:
    (row,) = rows_in('{"a": 0.1, "b": 12345678901234567890.125, "c": 5, "d": 1e2}', "jsonl")
    assert isinstance(row, Row)
    assert row.fields == {"a": Decimal("0.1"), "b": Decimal("12345678901234567890.125"), "c": 5, "d": Decimal(100)}
    assert not any(isinstance(value, float) for value in row.fields.values())


def test_fields_are_located_and_what_is_missing_is_located_in_what_surrounds_it() -> None:
    for content, format_ in (("\n- a: 1\n  b:\n    - c: x\n", "yaml"), ('\n{"a":1,"b":[{"c":"x"}]}', "jsonl")):
        (row,) = rows_in(content, format_)  # type: ignore[arg-type] # the two formats
        assert isinstance(row, Row)
        assert row.locate_name is not None
        paths = [(), ("a",), ("b", 0, "c"), ("b", 0, "d"), ("b", 9), ("z",)]
        found = [(place.line, place.column) for place in map(row.locate, paths)]
        names = row.locate_name(("a",))
        if format_ == "yaml":
            assert found == [(2, 3), (2, 6), (4, 10), (4, 7), (4, 5), (2, 3)]
            assert (names.line, names.column) == (2, 3)
        else:
            assert found == [(2, 1), (2, 6), (2, 18), (2, 13), (2, 12), (2, 1)]
            assert (names.line, names.column) == (2, 2)
        assert str(row.place) == str(row.locate(()))


def test_a_story_lends_its_events_sources_and_defaults() -> None:
    events = events_in(
        "story: A story\n"
        "sources:\n"
        "  notice: {title: Notice, class: regulator, published_on: 2025-10-27}\n"
        "  2024: {title: Yearbook, class: analyst}\n"
        "defaults: {known_on: 2025-11-01, assertion: confirmed, recorded_by: Ada, sources: [2024]}\n"
        "events:\n"
        "  - {type: firm_registered, firm_id: a, name: A}\n"
        "  - type: project_suspended\n"
        "    effective: 2025-10\n"
        "    known_on: 2025-12-01\n"
        "    project_id: p\n"
        "    sources: [notice, {use: notice, locator: p. 4, title: Other}, {title: Own, class: company}]\n"
    )
    first, second = events
    assert (first.known_on, first.assertion, first.recorded_by) == (date(2025, 11, 1), "confirmed", "Ada")
    assert [source.title for source in first.sources] == ["Yearbook"]
    assert second.known_on == date(2025, 12, 1)
    assert [(source.title, source.locator) for source in second.sources] == [
        ("Notice", None),
        ("Other", "p. 4"),
        ("Own", None),
    ]
    assert str(second.sources[1].published_on) == "2025-10-27"


def test_a_default_goes_only_to_events_that_have_the_field() -> None:
    events = events_in(
        "defaults: {project_id: p, effective: 2025}\n"
        "events: [{type: firm_registered, firm_id: a, name: A}, {type: project_suspended}]\n"
    )
    assert events[1].project_id == "p"  # type: ignore[attr-defined] # a ProjectSuspended


def test_several_documents_each_hold_events() -> None:
    one = "type: firm_registered\nfirm_id: {}\nname: A\n"
    content = (
        one.format("a")
        + "---\n- "
        + one.format("b").replace("\n", "\n  ")
        + "\n---\nevents:\n- {type: firm_registered, firm_id: c, name: C}\n"
    )
    assert [event.firm_id for event in events_in(content)] == ["a", "b", "c"]  # type: ignore[attr-defined] # firms


def test_the_format_is_told_by_the_ending_and_then_by_the_first_character(tmp_path: Path) -> None:
    line = b'  {"type": "firm_registered", "firm_id": "a", "name": "A"}\n'
    mapping = b"type: firm_registered\nfirm_id: a\nname: A\n"
    for name, content in (
        ("a.jsonl", line),
        ("a", line),
        ("a.yml", line.lstrip()),
        ("a.yaml", mapping),
        ("a.txt", mapping),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        (event,) = _loaded(path)
        assert event.TOPIC == "firm_registered"
    with io.BytesIO(b"\xef\xbb\xbf\n" + line * 3000) as pipe:
        assert len(list(read_rows(None, pipe))) == 3000


def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"missing\.yaml"):
        _loaded(tmp_path / "missing.yaml")
    with pytest.raises(StorageTrouble, match="cannot read"):
        _loaded(tmp_path)


def test_what_is_known_is_known_today_unless_said_otherwise() -> None:
    (event,) = events_in("- {type: project_suspended, project_id: p, effective: 2025}")
    assert event.known_on == TODAY


@pytest.mark.parametrize("written", ["2025-10-27", "27 October 2025", "2025年10月27日"])
def test_the_day_it_was_known_may_be_written_in_words_that_name_one_day(written: str) -> None:
    (event,) = events_in(f"- {{type: project_suspended, project_id: p, effective: 2025-01, known_on: {written}}}")
    assert event.known_on == date(2025, 10, 27)


@pytest.mark.parametrize(
    "written", ["2025", "'1761523200'", "1761523200", "2025-10", "1.5", "true", "[x]", "../2025-10-27"]
)
def test_the_day_it_was_known_is_one_day_and_never_a_number_of_seconds(written: str) -> None:
    found = findings_in(f"- type: project_suspended\n  project_id: p\n  effective: 2025-01\n  known_on: {written}\n")
    assert [line.split(" project")[0] for line in brief(found)] == ["4:13 PT202"]


@pytest.mark.parametrize(
    ("fields", "known_on"),
    [
        ("type: event_retracted, reason: x, target: {0}, because: error", date(2024, 5, 6)),
        ("type: event_retracted, reason: x, target: {0}, because: revision", TODAY),
        ("type: project_suspended, effective: 2020, supersedes: {{event_id: {0}, because: error}}", date(2024, 5, 6)),
        ("type: project_suspended, effective: 2020, supersedes: {{event_id: {0}, because: revision}}", TODAY),
        (
            "type: project_suspended, effective: 2020, known_on: 2024-01-01,"
            " supersedes: {{event_id: {0}, because: error}}",
            date(2024, 1, 1),
        ),
    ],
)
def test_a_mistake_of_ours_was_one_from_the_day_the_event_was_known(fields: str, known_on: date) -> None:
    project = ", project_id: p" if "project" in fields else ""
    (row,) = rows_in("- {" + fields.format(TARGET) + project + "}")
    assert isinstance(row, Row)
    event = validate(row, today=TODAY, known_on_of={TARGET: date(2024, 5, 6)}.get)
    assert event.known_on == known_on
    if event.TOPIC == "event_retracted":
        assert str(event.effective) == known_on.isoformat()


def test_a_correction_in_the_same_file_keeps_the_day_of_what_it_corrects() -> None:
    events = events_in(
        f"- {{event_id: {TARGET}, type: project_suspended, project_id: p, effective: 2020, known_on: 2024-05-06}}\n"
        f"- {{type: event_retracted, target: {TARGET}, because: error, reason: x}}\n"
    )
    assert events[1].known_on == date(2024, 5, 6)


def test_a_registration_holds_from_ever() -> None:
    (event,) = events_in("- {type: firm_registered, firm_id: a, name: A, known_on: 2025-11-01}")
    assert str(event.effective) == "../2025-11-01"


def test_an_event_without_an_id_gets_the_same_one_from_the_same_content() -> None:
    content = "- {{type: project_suspended, project_id: p, effective: 2025, note: {}}}\n"
    (first,) = events_in(content.format("one"))
    (again,) = events_in(content.format("two"))
    (other,) = events_in(content.format("one").replace("2025", "2024"))
    assert first.event_id == again.event_id == id_of_content(first)
    assert first.event_id != other.event_id
    # Another value would mean that files imported before are recorded a second time.
    assert str(first.event_id) == "e2013a5b-ae93-5a44-bb60-151f15bf9aa2"


def test_flags_are_places_too() -> None:
    row = Row(
        {"type": "project_completed", "capacity": "5 bananas", "effective": "2025"},
        Place("project_completed"),
        lambda path: Place(f"--{str(path[0]).replace('_', '-')}" if path else "project_completed"),
    )
    with pytest.raises(RejectedImport) as rejected:
        validate(row, today=TODAY, known_on_of=lambda event_id: None, new_id=lambda event: uuid4())
    assert [(found.code, str(found.place)) for found in rejected.value.findings] == [
        ("PT201", "--project-id"),
        ("PT203", "--capacity"),
    ]


def test_filling_defaults_leaves_the_given_fields_alone() -> None:
    given = {"type": "firm_registered", "firm_id": "a", "name": "A"}
    filled = fill_defaults(given, today=TODAY, known_on_of=lambda event_id: None)
    assert given == {"type": "firm_registered", "firm_id": "a", "name": "A"}
    assert {"event_id", "known_on", "effective"} <= filled.keys()


def test_findings_of_several_files_come_file_by_file(tmp_path: Path) -> None:
    for name in ("b.yaml", "a.yaml"):
        (tmp_path / name).write_text("- type: x\n- type: y\n", encoding="utf-8")
    with pytest.raises(RejectedImport) as rejected:
        _loaded(tmp_path / "b.yaml", tmp_path / "a.yaml")
    places = [str(found.place).removeprefix(f"{tmp_path}/") for found in rejected.value.findings]
    assert places == ["b.yaml:1:9", "b.yaml:2:9", "a.yaml:1:9", "a.yaml:2:9"]


def _loaded(*paths: Path) -> list[Event]:
    return load_events([(str(path), path) for path in paths], today=TODAY, known_on_of=lambda event_id: None)[0]
