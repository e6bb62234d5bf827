"""Every planted error is found, at its very line and column, in words a reader of policy documents understands."""

from __future__ import annotations

import io
import re

import pytest
from journal_support import TODAY, brief, events_in, findings_in

from policytrack.errors import PolicytrackError, RejectedImport
from policytrack.importing.read import load_events

STORY = """\
story: Planted errors
source: {}
sources:
  notice: {title: Notice, class: regulator}
  broken: {title: Broken, class: regulater}
defaults:
  known_on: 2025-11-01
  asertion: confirmed
events:
  - type: project_aproved
    project_id: p-1
  - type: project_approved
    effective: 2025-13-40
    project_id: Northern Jinlong
    capacity: 5 bananas
    capcity: 5000
    replacement: eqal
    document_no: 15
  - type: project_completed
    effective: 2025-10-01
    sources: [notise, broken]
    project_id: p-1
    capacity: 5000
  - type: project_completed
    effective: 2025-10-01
    sources:
      - {use: broken, locator: p. 4}
      - {use: notice, urll: x}
    project_id: p-1
  - type: capacity_swap_announced
    effective: 2026-10-01
    swap_id: s-1
    project_id: p-1
    activity_id: rare-earth-separation
    build_capacity: -5
    legs:
      - undisclosed: true
        capacity: 5000
        facility_id: x
      - capacity: [1]
        retire_by: [x]
  - not a mapping
  - type: event_retracted
    target: e14
    because: eror
    reason: ""
    known_on: 2025-02-30
  - type: event_retracted
    known_on: 20251027
    target: 00000000-0000-0000-0000-000000000001
    because: revision
    reason:
  - type: project_completed
    effective: 2026-01-01
    project_id: p-1
    project_id: p-2
    capacity: nonsense, but the field given twice comes first
  - type: stake_stated
    effective: 2026-01-01
    owned_id: a
    owner_id: b
    stake_pct: 151
  - type: facility_registered
    facility_id: f
    name: " "
    country: UK
    coordinates: {latitude: 91.5, longitude: west}
    schema_version: 2
  - type: project_suspended
    effective: 2025-11-02
    project_id: p-1
    schema_version: 2
  - type: project_resumed
    effective: 2025-11-01
    project_id: p-1
    schema_version: 2
  - sources: [notice]
"""

IN_STORY = [
    "2:1 PT201 a story file has no field 'source'",
    "5:34 PT201 project_completed.sources[1].class: 'regulater' is not an allowed value",
    "8:3 PT201 no event has the field 'asertion'",
    "10:11 PT201 unknown event type 'project_aproved'",
    "13:16 PT202 project_approved.effective: '2025-13-40' is not a date",
    "14:17 PT204 project_approved.project_id: 'Northern Jinlong' is not an id",
    "15:15 PT203 project_approved.capacity: 'bananas' is not a unit",
    "16:5 PT201 project_approved has no field 'capcity'",
    "17:18 PT201 project_approved.replacement: 'eqal' is not an allowed value",
    "18:18 PT201 project_approved.document_no: 15 is a number, and text was expected",
    "21:15 PT201 no source 'notise' in the table `sources:`",
    "24:5 PT201 project_completed.capacity is missing",
    "28:23 PT201 project_completed.sources[2] has no field 'urll'",
    "35:21 PT203 capacity_swap_announced.build_capacity: ",
    "37:9 PT201 capacity_swap_announced.legs[1]: a leg needs either a donor",
    "40:19 PT203 capacity_swap_announced.legs[2].capacity: a figure was expected",
    "41:20 PT202 capacity_swap_announced.legs[2].retire_by: a list is not a date",
    "42:5 PT201 an event must be a mapping of fields; this is text",
    "44:13 PT201 event_retracted.target: 'e14' is not the id of an event",
    "45:14 PT201 event_retracted.because: 'eror' is not an allowed value",
    "46:13 PT201 event_retracted.reason: the text is empty",
    "47:15 PT202 event_retracted.known_on: '2025-02-30' is not a date",
    "49:15 PT202 event_retracted.known_on: 20251027 is not a single day",
    "52:5 PT201 event_retracted.reason is empty",
    "56:5 PT201 the field 'project_id' occurs twice",
    "62:16 PT203 stake_stated.stake_pct: ",
    "65:11 PT201 facility_registered.name: the text is empty",
    "66:14 PT204 facility_registered.country: 'UK' is not an ISO 3166-1 country code",
    "67:29 PT201 facility_registered.coordinates.latitude: 91.5 is more than 90",
    "67:46 PT201 facility_registered.coordinates.longitude: 'west' is not a number",
    "70:16 PT201 project_suspended: effective 2025-11-02 begins after known_on 2025-11-01",
    "76:21 PT201 project_resumed.schema_version: this version of policytrack does not support 2",
    "77:5 PT201 the event has no type",
]

LINES = """\
{"type":"project_suspended","effective":"2025","known_on":"2026-01-01","project_id":"p"}
{"type":"project_suspended", "effective":"2025-02-30", "projct_id":"p", "sources":[{"title":"T","url":"U"},{"title":7}]}

  {"type": "projct_suspended"}
{"type":"project_suspended","type":"x","effective":{"edtf":"2025","edtf":"2026"}}
{"type":"project_completed","capacity":NaN,"effective":-Infinity}
{"type":"project_completed","capacity":123456789012345678901234567890123456789012345}
{"type":"project_completed","capacity":1e999}
{"type":"project_completed" "capacity":1}
{"type":"project_completed"
["type"]
# a comment
{"note":"\\u202e","reason":"\\ud800"}
{"note":"北\u202e"}
{"note":"a\x01"}
{"type":"project_suspended","effective":"2025","project_id":"p","note":"\\ud83d\\ude00 is whole"}
{"type":["project_suspended"]}
{"type":"capacity_stated","effective":"2025","facility_id":"f","activity_id":"a","capacity":{"value":"1","unit":"mt"},"x":[1,{"y":2}]}
"""

IN_LINES = [
    "2:42 PT202 project_suspended.effective: '2025-02-30' is not a date",
    "2:1 PT201 project_suspended.project_id is missing",
    "2:56 PT201 project_suspended has no field 'projct_id'",
    "2:84 PT201 project_suspended.sources[1].class is missing",
    "2:108 PT201 project_suspended.sources[2].class is missing",
    "2:117 PT201 project_suspended.sources[2].title: 7 is a number, and text was expected",
    "4:12 PT201 unknown event type 'projct_suspended'",
    "5:29 PT201 the field 'type' occurs twice",
    "5:67 PT201 the field 'edtf' occurs twice",
    "6:40 PT201 NaN is not a number",
    "6:56 PT201 -Infinity is not a number",
    "7:40 PT201 the number is too long",
    "8:40 PT201 the number is too long",
    "9:29 PT201 this is not JSON: expecting ',' delimiter",
    "10:28 PT201 this is not JSON: expecting ',' delimiter",
    "11:1 PT201 each line must hold one event, a JSON object in braces; this one holds a list",
    "12:1 PT201 this is not JSON: expecting value",
    "13:9 PT201 the text contains the hidden character U+202E",
    "13:27 PT201 U+D800 is half of a surrogate pair",
    "14:11 PT201 the text contains the hidden character U+202E",
    "15:11 PT201 the text contains the hidden character U+0001",
    "17:9 PT201 unknown event type a list",
    "18:93 PT203 capacity_stated.capacity: 'mt' is not a unit",
    "18:119 PT201 capacity_stated has no field 'x'",
]

JARGON = re.compile(r"Input should|pydantic|https?://|Value error|Traceback|\bNone\b|_type\b|Decimal\(")


@pytest.mark.parametrize(
    ("content", "format_", "planted"), [(STORY, "yaml", IN_STORY), (LINES, "jsonl", IN_LINES)], ids=["yaml", "jsonl"]
)
def test_every_planted_error_is_found_at_its_place(content: str, format_: str, planted: list[str]) -> None:
    found = brief(findings_in(content, format_))  # type: ignore[arg-type] # the two formats
    expected = sorted(planted, key=lambda line: [int(part) for part in line.split(" ")[0].split(":")])
    assert len(found) == len(expected), "\n".join(found)
    for line, beginning in zip(found, expected, strict=True):
        assert line.startswith(beginning)


def test_messages_are_in_plain_words() -> None:
    for finding in [*findings_in(STORY), *findings_in(LINES, "jsonl")]:
        assert not JARGON.search(finding.what), finding.what
        assert not JARGON.search(finding.hint), finding.hint


def test_cures_name_what_was_probably_meant() -> None:
    hints = {brief([found])[0].split(" ")[0]: found.hint for found in findings_in(STORY)}
    assert hints["2:1"] == "did you mean sources?"
    assert hints["8:3"] == "did you mean assertion?"
    assert hints["10:11"] == "did you mean project_approved?"
    assert hints["14:17"].startswith("write northern-jinlong")
    assert hints["16:5"] == "did you mean capacity?"
    assert hints["17:18"].startswith("did you mean equal?")
    assert hints["18:18"] == "write it in quotes: '15'"
    assert hints["21:15"] == "did you mean notice?"
    assert hints["28:23"] == "did you mean url?"
    assert hints["66:14"] == "write GB, the code of the United Kingdom"


def test_an_error_in_the_table_of_sources_is_said_once() -> None:
    found = [line for line in brief(findings_in(STORY)) if "regulater" in line]
    assert found == ["5:34 PT201 project_completed.sources[1].class: 'regulater' is not an allowed value"]


def test_reading_stops_after_as_many_errors_as_were_asked_for() -> None:
    with pytest.raises(RejectedImport) as rejected:
        load_events(
            [("stdin", io.BytesIO(b"{]\n" * 100))],
            today=TODAY,
            known_on_of=lambda event_id: None,
            format_="jsonl",
            max_errors=7,
        )
    assert len(rejected.value.findings) == 7


@pytest.mark.parametrize(
    ("content", "place", "what"),
    [
        ("- type: &a x\n", "1:9", "the anchor &a"),
        ("- type: *a\n", "1:9", "the alias *a"),
        ("- type: !!str x\n", "1:9", "the tag !!str"),
        ("- type: !x y\n", "1:9", "the tag !x"),
        ("- <<: {a: 1}\n", "1:3", "the merge key <<"),
        ("- ? [a]\n  : b\n", "1:5", "the name of a field must be text"),
        ("- a: 1\n  'a': 2\n", "2:3", "the field 'a' occurs twice"),
        ("- a: .nan\n", "1:6", ".nan is not a number"),
        ("- a: " + "9" * 41 + "\n", "1:6", "the number is too long"),
        ("- a: 1e99\n", "1:6", "the number is too long"),
        ('- a: "\\0"\n', "1:6", "the text contains a NUL byte"),
        ("- 北: \u202ea\n", "1:6", "the text contains the hidden character U+202E"),
        ("- a: b: c\n", "1:7", "this is not YAML: mapping values are not allowed here"),
        ("- a: b\n\tc: d\n", "2:1", "this is not YAML: found character '\\t'"),
        ("- a: [1\n- b\n", "3:1", "this is not YAML: "),
        ('- a: "\\U99999999"\n', "1:3", "this is not YAML: an escape"),
        ("%YAML 99999999999999999999.9\n", "1:1", "this is not YAML: "),
        ("5000\n", "1:1", "the file must hold events, but holds a number"),
        ("events: x\n", "1:9", "events must be a list; this is text"),
        ("story: [x]\nevents: [{type: x}]\n", "1:8", "story must be the title"),
        ("sources: [x]\nevents: [{type: x}]\n", "1:10", "sources must be a table"),
        ("sources: {a: b}\nevents: [{type: x}]\n", "1:14", "the source 'a' must be a mapping"),
        ("defaults: 3\nevents: [{type: x}]\n", "1:11", "defaults must be a mapping"),
        ("defaults: {event_id: x}\nevents: [{type: x}]\n", "1:12", "event_id cannot be a default"),
        ("- type: x\n  sources: s\n", "2:12", "sources must be a list"),
        ("- type: x\n  sources: [[s]]\n", "2:13", "a source must be a key"),
    ],
)
def test_what_yaml_may_not_hold_is_refused_with_its_place(content: str, place: str, what: str) -> None:
    found = brief(findings_in(content))
    assert any(line.startswith(f"{place} PT201 {what}") for line in found), found


def test_a_syntax_error_says_that_what_follows_was_not_read() -> None:
    for content in ("- type: x\n  a: b: c\n- type: y\n", '- a: "\\U99999999"\n- type: y\n'):
        last = findings_in(content)[-1]
        assert last.what.startswith("this is not YAML")
        assert last.hint.endswith("the rest of the file was not read, and may contain more errors")


def test_a_document_after_an_error_is_still_read() -> None:
    content = "type: &a x\n---\n- type: y\n"
    assert [line.split(" ")[0] for line in brief(findings_in(content))] == ["1:7", "3:9"]


def test_findings_are_errors_of_policytrack() -> None:
    assert all(isinstance(found, PolicytrackError) and found.exit_code == 3 for found in findings_in(STORY))
    assert events_in("- {type: firm_registered, firm_id: a, name: A}\n")
