"""Vague dates: what is accepted, what it means, what is refused and with which words."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from policytrack.errors import InvalidDate
from policytrack.values.date_words import FISCAL_YEARS, fiscal_country
from policytrack.values.dates import WORDINGS, VagueDate, parse_date, parse_day, parse_period_end

MEANINGS = [
    ("2026", "2026", "2026-01-01", "2026-12-31"),
    ("2026-10", "2026-10", "2026-10-01", "2026-10-31"),
    ("2026-10-27", "2026-10-27", "2026-10-27", "2026-10-27"),
    ("2024-02", "2024-02", "2024-02-01", "2024-02-29"),
    ("2026-Q4", "2026-36", "2026-10-01", "2026-12-31"),
    ("Q4 2026", "2026-36", "2026-10-01", "2026-12-31"),
    ("2026Q4", "2026-36", "2026-10-01", "2026-12-31"),
    ("2026-36", "2026-36", "2026-10-01", "2026-12-31"),
    ("2026-Q1", "2026-33", "2026-01-01", "2026-03-31"),
    ("2026-38", "2026-38", "2026-05-01", "2026-08-31"),
    ("H1 2026", "2026-40", "2026-01-01", "2026-06-30"),
    ("2026-H2", "2026-41", "2026-07-01", "2026-12-31"),
    ("2026-12~", "2026-12~", "2026-12-01", "2026-12-31"),
    ("2026?", "2026?", "2026-01-01", "2026-12-31"),
    ("2026-12%", "2026-12%", "2026-12-01", "2026-12-31"),
    ("../2025-10-27", "../2025-10-27", None, "2025-10-27"),
    ("[..2025-10-27]", "../2025-10-27", None, "2025-10-27"),
    ("../2025-10", "../2025-10", None, "2025-10-31"),
    ("2026/..", "2026/..", "2026-01-01", None),
    ("2025-10-27/2026-12", "2025-10-27/2026-12", "2025-10-27", "2026-12-31"),
    ("2026-12-XX", "2026-12-XX", "2026-12-01", "2026-12-31"),
    ("202X", "202X", "2020-01-01", "2029-12-31"),
    ("by end-2026", "../2026-12-31", None, "2026-12-31"),
    ("by late 2026", "../2026-12-31", None, "2026-12-31"),
    ("on or before 2025-10-27", "../2025-10-27", None, "2025-10-27"),
    ("end-2026", "2026-12", "2026-12-01", "2026-12-31"),
    ("end of 2026", "2026-12", "2026-12-01", "2026-12-31"),
    ("late 2026", "2026-36", "2026-10-01", "2026-12-31"),
    ("Late  2026 ", "2026-36", "2026-10-01", "2026-12-31"),
    ("early 2026", "2026-33", "2026-01-01", "2026-03-31"),
    ("mid-2026", "2026-05/2026-08", "2026-05-01", "2026-08-31"),
    ("around 2026", "2026~", "2026-01-01", "2026-12-31"),
    ("before 2027", "../2026-12-31", None, "2026-12-31"),
    ("before 2026-03", "../2026-02-28", None, "2026-02-28"),
    ("from 2026 on", "2026/..", "2026-01-01", None),
    ("from mid-2026 on", "2026-05-01/..", "2026-05-01", None),
    ("2026年", "2026", "2026-01-01", "2026-12-31"),
    ("2026年底", "2026-12", "2026-12-01", "2026-12-31"),
    ("2026年底前", "../2026-12-31", None, "2026-12-31"),
    ("2026年12月", "2026-12", "2026-12-01", "2026-12-31"),
    ("2026年3月", "2026-03", "2026-03-01", "2026-03-31"),
    ("2025年10月27日", "2025-10-27", "2025-10-27", "2025-10-27"),
    ("27 Oct 2025", "2025-10-27", "2025-10-27", "2025-10-27"),
    ("October 7, 2025", "2025-10-07", "2025-10-07", "2025-10-07"),
    ("Dec 2026", "2026-12", "2026-12-01", "2026-12-31"),
    ("before the end of 2026", "../2026-12-31", None, "2026-12-31"),
    ("by the end of 2026", "../2026-12-31", None, "2026-12-31"),
    ("before the end of the year 2026", "../2026-12-31", None, "2026-12-31"),
    ("late-2026", "2026-36", "2026-10-01", "2026-12-31"),
    ("1st half of 2026", "2026-40", "2026-01-01", "2026-06-30"),
    ("2026 spring", "2026-21", "2026-03-01", "2026-11-30"),
    ("before end-2026", "../2026-12-31", None, "2026-12-31"),
    ("before year-end 2026", "../2026-12-31", None, "2026-12-31"),
    ("before the start of 2027", "../2026-12-31", None, "2026-12-31"),
    ("before the end of Q3 2026", "../2026-09-30", None, "2026-09-30"),
    ("before the end of H1 2026", "../2026-06-30", None, "2026-06-30"),
    ("before the end of October 2026", "../2026-10-31", None, "2026-10-31"),
    ("before end-Feb 2028", "../2028-02-29", None, "2028-02-29"),
    ("before October 2026", "../2026-09-30", None, "2026-09-30"),
    ("no later than Q3 2026", "../2026-09-30", None, "2026-09-30"),
    ("by Q4 2026", "../2026-12-31", None, "2026-12-31"),
    ("by 27 October 2025", "../2025-10-27", None, "2025-10-27"),
    ("2026年6月底前", "../2026-06-30", None, "2026-06-30"),
    ("2026年10月27日前", "../2026-10-27", None, "2026-10-27"),
    ("2026年10月上旬", "2026-10-01/2026-10-10", "2026-10-01", "2026-10-10"),
    ("2026年2月底", "2026-02-21/2026-02-28", "2026-02-21", "2026-02-28"),
    ("after 2026", "2027-01-01/..", "2027-01-01", None),
    ("after Q3 2026", "2026-10-01/..", "2026-10-01", None),
    ("after mid-2026", "2026-05-01/..", "2026-05-01", None),
    ("since October 2025", "2025-10/..", "2025-10-01", None),
    ("2026 onwards", "2026/..", "2026-01-01", None),
    ("end of Q3 2026", "2026-09", "2026-09-01", "2026-09-30"),
    ("end of October 2026", "2026-10-21/2026-10-31", "2026-10-21", "2026-10-31"),
    ("mid-October 2026", "2026-10-11/2026-10-20", "2026-10-11", "2026-10-20"),
    ("Early Oct. 2026", "2026-10-01/2026-10-10", "2026-10-01", "2026-10-10"),
    ("27-Oct-2025", "2025-10-27", "2025-10-27", "2025-10-27"),
    ("27th of October, 2025", "2025-10-27", "2025-10-27", "2025-10-27"),
    ("Mon, 27 Oct 2025", "2025-10-27", "2025-10-27", "2025-10-27"),
    ("October 1st 2025", "2025-10-01", "2025-10-01", "2025-10-01"),
    ("2025-Oct-27", "2025-10-27", "2025-10-27", "2025-10-27"),
    ("Oct-2025", "2025-10", "2025-10-01", "2025-10-31"),
    ("in October 2025", "2025-10", "2025-10-01", "2025-10-31"),
    ("2025/10/27", "2025-10-27", "2025-10-27", "2025-10-27"),
    ("2025.10.27", "2025-10-27", "2025-10-27", "2025-10-27"),
    ("2025. 10. 7.", "2025-10-07", "2025-10-07", "2025-10-07"),
    ("2025-1-7", "2025-01-07", "2025-01-07", "2025-01-07"),
    ("2025/10", "2025-10", "2025-10-01", "2025-10-31"),
    ("10/2025", "2025-10", "2025-10-01", "2025-10-31"),
    ("2025-10-27 00:00:00", "2025-10-27", "2025-10-27", "2025-10-27"),
    ("2025-10-27T00:00", "2025-10-27", "2025-10-27", "2025-10-27"),
    ("Q4/2026", "2026-36", "2026-10-01", "2026-12-31"),
    ("4Q2026", "2026-36", "2026-10-01", "2026-12-31"),
    ("the fourth quarter of 2026", "2026-36", "2026-10-01", "2026-12-31"),
    ("../2026-Q4", "../2026-36", None, "2026-12-31"),
    ("2026-H1/2026-Q4", "2026-40/2026-36", "2026-01-01", "2026-12-31"),
    ("spring 2026", "2026-21", "2026-03-01", "2026-11-30"),
    ("winter 2026", "2026-24", "2025-12-01", "2027-02-28"),
    ("Fall of 2026", "2026-23", "2026-03-01", "2026-11-30"),
    ("northern spring 2026", "2026-25", "2026-03-01", "2026-05-31"),
    ("southern autumn 2026", "2026-31", "2026-03-01", "2026-05-31"),
    ("southern summer 2026", "2026-30", "2025-12-01", "2027-02-28"),
    ("2026-21", "2026-21", "2026-03-01", "2026-11-30"),
    ("first third of 2026", "2026-37", "2026-01-01", "2026-04-30"),
    ("1985/", "1985/..", "1985-01-01", None),
    ("/1985", "../1985", None, "1985-12-31"),
    ("1984-1X", "1984-1X", "1984-10-01", "1984-12-31"),
    ("1984-0X", "1984-0X", "1984-01-01", "1984-09-30"),
    ("1984-02-2X", "1984-02-2X", "1984-02-20", "1984-02-29"),
    ("1984-12-3X", "1984-12-3X", "1984-12-30", "1984-12-31"),
    ("FY2026-27 India", "2026-04/2027-03", "2026-04-01", "2027-03-31"),
    ("India FY 2026/27", "2026-04/2027-03", "2026-04-01", "2027-03-31"),
    ("2033-34 (India)", "2033-04/2034-03", "2033-04-01", "2034-03-31"),
    ("FY26 India", "2025-04/2026-03", "2025-04-01", "2026-03-31"),
    ("FY2026 Japan", "2026-04/2027-03", "2026-04-01", "2027-03-31"),
    ("FY2026 US", "2025-10/2026-09", "2025-10-01", "2026-09-30"),
    ("FY2026-27 Australia", "2026-07/2027-06", "2026-07-01", "2027-06-30"),
    ("before the end of FY2026-27 India", "../2027-03-31", None, "2027-03-31"),
    ("2009-10", "2009-10", "2009-10-01", "2009-10-31"),
]

REFUSED = [
    *("", "   ", "2026-13", "2026-00", "2026-02-30", "2025-02-29", "2026-12/2026-01", "13/2026", "/"),
    *("../..", "..", "2026-20", "2026-42", "0999", "9999", "999X", "XXXX", "202X-12", "26-12-01", "20261027"),
    *(
        "10/27/2025",
        "27.10.2025",
        "27/10/25",
        "Oct-19",
        "27-Oct-25",
        "27 Oct",
        "1.5.2026",
        "2025.10",
        "soon",
        "by 2026",
        "by by end-2026",
        "before 1000",
        "2026-12~~",
        "~2026",
    ),
    *("2026-10-27T10:00", "2026-Q5", "２０２６", "2026年13月", "30 Feb 2026", "27 Oct 27, 2026", "unknown"),
    *("2033-34", "2026-27", "2012-13", "2099-00", "2026/27", "2009/10", "2026-2027", "FY2026-27", "FY26", "FY2026"),
    *("FY2026 UK", "FY2026-28 India", "fiscal 2027", "2026年度", "before late 2026", "before spring 2027"),
    *("before mid-2026", "2026年6月前", "2025-10-27 10:30", "2025-10-27T00:00:00Z", "1984-2X", "1984-02-3X"),
]


@pytest.mark.parametrize(("text", "edtf", "earliest", "latest"), MEANINGS)
def test_an_accepted_form_has_one_edtf_and_two_bounds(
    text: str, edtf: str, earliest: str | None, latest: str | None
) -> None:
    found = parse_date(text)
    stored = json.loads(found.model_dump_json())
    assert list(stored) == ["edtf", "earliest", "latest", "written"]
    assert (stored["edtf"], stored["earliest"], stored["latest"]) == (edtf, earliest, latest)
    assert stored["written"] == (None if text == edtf else " ".join(text.split()))
    assert VagueDate.model_validate(text) == found
    assert VagueDate.model_validate_json(found.model_dump_json()) == found
    assert VagueDate.model_validate_json(found.model_dump_json(exclude_none=True)) == found


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_not_a_date_is_refused_with_the_text_and_a_cure(text: str) -> None:
    with pytest.raises(InvalidDate) as refusal:
        parse_date(text)
    assert repr(text) in refusal.value.what
    assert refusal.value.hint
    with pytest.raises(ValidationError) as invalid:
        VagueDate.model_validate(text)
    [error] = invalid.value.errors()
    assert error["type"] == "invalid_date"
    assert error["msg"] == refusal.value.what
    assert error["ctx"]["hint"] == refusal.value.hint


def test_the_refusal_says_what_is_wrong_with_the_date() -> None:
    for text, matter in {
        "2026-13": "no month 13",
        "2026-02-30": "no day 30 in 2026-02",
        "2026-12/2026-01": "ends before it begins",
        "by 2026": "start or the end",
    }.items():
        with pytest.raises(InvalidDate, match=matter):
            parse_date(text)
    with pytest.raises(InvalidDate) as wide:
        parse_date("２０２６")
    assert wide.value.hint == "write the digits as 0 to 9"


def test_the_refusal_of_a_date_with_two_readings_says_what_to_write() -> None:
    for text, cure in {
        "2033-34": "'FY2033-34 India' for 2033-04/2034-03",
        "FY2026-27": "'FY2026-27 India' for 2026-04/2027-03",
        "FY2026 UK": "write both years: FY2026-27 uk",
        "27/10/2025": "--date-form DD/MM/YYYY",
        "20251027": "--date-form YYYYMMDD",
        "Oct-19": "write the year with four",
        "27 Oct": "write the year",
        "2025-10-27 10:30": "write the civil day",
        "before late 2026": "write the last day",
    }.items():
        with pytest.raises(InvalidDate) as refusal:
            parse_date(text)
        assert cure in refusal.value.hint


def test_a_text_of_more_than_forty_characters_is_refused_and_shown_cut() -> None:
    with pytest.raises(InvalidDate, match="more than 40 characters") as refusal:
        parse_date("9" * 100_000)
    assert len(refusal.value.what) < 150


def test_a_text_that_looks_like_a_template_is_shown_as_it_is() -> None:
    with pytest.raises(ValidationError) as invalid:
        VagueDate.model_validate("{hint} {what}")
    assert "'{hint} {what}' is not a date" in str(invalid.value)


def test_dates_and_years_are_taken_as_they_are() -> None:
    read = TypeAdapter(VagueDate).validate_python
    assert read(date(2025, 10, 27)) == parse_date("2025-10-27")
    assert read(datetime(2025, 10, 27)) == parse_date("2025-10-27")  # noqa: DTZ001 - a spreadsheet's date cell
    assert read(2026) == parse_date("2026")
    assert read(parse_date("late 2026")).written == "late 2026"


@pytest.mark.parametrize(
    "given_value",
    [
        *(20261027, 10**5000, -5, 0, True, 2026.0, None, [], {}, b"2026"),
        *(datetime(2025, 10, 27, 9, tzinfo=UTC), datetime(2025, 10, 27, tzinfo=UTC)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_neither_text_nor_day_nor_year_is_refused(given_value: object) -> None:
    with pytest.raises(ValidationError):
        VagueDate.model_validate(given_value)


@pytest.mark.parametrize(
    "fields",
    [
        {"edtf": "2026-12", "earliest": "2026-12-02"},
        {"edtf": "2026-12", "earliest": "2026-12-01", "latest": "2027-01-01"},
        {"edtf": "2026-12", "latest": None},
        {"edtf": "../2025-10-27", "earliest": "2025-01-01"},
        {"edtf": "2026-12", "colour": "red"},
        {"edtf": "2026-12", "written": "de\u202ecember"},
        {"edtf": "2026-12", "written": "in\nDecember"},
        {"edtf": "nonsense"},
        {"edtf": 2026},
        {"earliest": "2026-12-01"},
    ],
)
def test_a_stored_date_that_contradicts_itself_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        VagueDate.model_validate(fields)


def test_a_stored_date_keeps_the_words_of_the_source() -> None:
    found = VagueDate.model_validate({"edtf": "2026-12", "written": "toward the close of next year"})
    assert (str(found), found.edtf) == ("toward the close of next year", "2026-12")


@pytest.mark.parametrize(
    ("edtf", "shown"),
    [
        ("2026-36", "2026-Q4"),
        ("2026-41~", "2026-H2~"),
        ("2026-21", "spring 2026"),
        ("2026-28", "northern winter 2026"),
        ("2026-37", "first third of 2026"),
        ("2033-34", "2033-Q2"),
        ("../2026-36", "../2026-Q4"),
        ("2026-10-27", "2026-10-27"),
        ("2026-12~", "2026-12~"),
    ],
)
def test_a_stored_code_without_words_is_shown_as_a_person_writes_it(edtf: str, shown: str) -> None:
    found = VagueDate.model_validate({"edtf": edtf})
    assert str(found) == shown
    assert found.edtf == edtf
    assert parse_date(shown).edtf == edtf


def test_a_vague_date_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        parse_date("2026").edtf = "2027"


def test_the_latest_day_is_never_after_the_day_it_was_known() -> None:
    known_on = date(2025, 10, 27)
    assert parse_date("2025").latest_by(known_on) == known_on
    assert parse_date("2025-10-20/..").latest_by(known_on) == known_on
    assert parse_date("../2025-10-20").latest_by(known_on) == date(2025, 10, 20)


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("2026-12", date(2026, 12, 31)),
        ("2024-02", date(2024, 2, 29)),
        ("2026", date(2026, 12, 31)),
        ("2026-Q3", date(2026, 9, 30)),
        ("2026-12-05", date(2026, 12, 5)),
        ("end-2026", date(2026, 12, 31)),
        (" Today ", date(2025, 10, 31)),
    ],
)
def test_a_question_about_a_period_is_about_its_last_day(text: str, end: date) -> None:
    assert parse_period_end(text, today=date(2025, 10, 31)) == end


@pytest.mark.parametrize(
    "text", ["2026~", "2026-12-XX", "202X", "2026/..", "../2026", "mid-2026", "spring 2026", "yesterday"]
)
def test_a_question_about_an_uncertain_day_is_refused(text: str) -> None:
    with pytest.raises(InvalidDate):
        parse_period_end(text, today=date(2025, 10, 31))


def test_today_is_unknown_unless_it_is_given() -> None:
    with pytest.raises(InvalidDate):
        parse_period_end("today")


def test_a_day_is_read_only_when_it_is_named_in_full() -> None:
    assert parse_day("2025-10-27") == date(2025, 10, 27)
    assert parse_day("2025年10月27日") == date(2025, 10, 27)
    for text in ("2025-10", "2025-10-27~", "2025", "../2025-10-27", "2025-10-27/2025-10-27", "today"):
        with pytest.raises(InvalidDate):
            parse_day(text)


def test_each_wording_is_listed_once_and_can_be_read() -> None:
    forms = [form for line in WORDINGS.values() for form in line.split(" | ")]
    assert len(forms) == len(set(forms))
    for meaning, line in WORDINGS.items():
        for form in line.split(" | "):
            assert parse_date(form.replace("Y", "2031")).edtf == meaning.replace("Y", "2031")


def test_the_schema_of_the_stored_form_is_an_object_and_input_may_be_text() -> None:
    assert VagueDate.model_json_schema(mode="serialization")["type"] == "object"
    kinds = [part.get("type") for part in VagueDate.model_json_schema(mode="validation")["anyOf"]]
    assert kinds == ["string", "integer", "object"]


def test_every_country_of_a_fiscal_year_is_read_by_its_name_and_its_code() -> None:
    for name, (month, _) in FISCAL_YEARS.items():
        found = parse_date(f"FY2030-31 {name}")
        assert found.earliest == date(2030, month, 1)
        assert fiscal_country(name) is not None
    assert (fiscal_country("in"), fiscal_country("us"), fiscal_country("Atlantis")) == ("India", "USA", None)


@given(st.text(max_size=45) | st.text("0123456789-/.~X年月日底前QHFYqfy beforatndlcy", max_size=40))
def test_any_text_is_a_date_or_refused_as_one_and_what_is_shown_reads_back(text: str) -> None:
    with suppress(InvalidDate):
        found = parse_date(text)
        assert found.earliest is None or found.latest is None or found.earliest <= found.latest
        assert (parse_date(str(found)).earliest, parse_date(str(found)).latest) == (found.earliest, found.latest)
        assert VagueDate.model_validate_json(found.model_dump_json()) == found


@given(st.dates(date(1000, 1, 1), date(9998, 12, 31)))
def test_a_day_reads_the_same_in_every_unambiguous_form(day: date) -> None:
    month = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][day.month - 1]
    year = f"{day.year:04}"
    for text in (
        day.isoformat(),
        day.isoformat().replace("-", "/"),
        f"{day.day}-{month}-{year}",
        f"{month} {day.day}, {year}",
        f"{year}年{day.month}月{day.day}日",
        f"{day.isoformat()} 00:00:00",
    ):
        assert parse_day(text) == day
