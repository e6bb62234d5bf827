"""Any date at all: it reads back as itself, its bounds are in order, and any text is a date or refused as one."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from policytrack.errors import InvalidDate
from policytrack.values.dates import LONGEST, VagueDate, parse_date

DAYS = st.dates(date(1000, 1, 1), date(9998, 12, 31))


def _singles() -> st.SearchStrategy[str]:
    day = DAYS.map(date.isoformat)
    return st.one_of(
        day,
        day.map(lambda text: text[:7]),
        day.map(lambda text: text[:4]),
        st.tuples(day, st.integers(33, 41)).map(lambda pair: f"{pair[0][:4]}-{pair[1]}"),
        day.map(lambda text: text[:7] + "-XX"),
        st.integers(100, 998).map(lambda decade: f"{decade}X"),
    ).flatmap(lambda text: st.sampled_from([text, text + "~", text + "?", text + "%"]))


EDTF = st.one_of(
    _singles(),
    _singles().map(lambda text: f"../{text}"),
    _singles().map(lambda text: f"{text}/.."),
    st.tuples(_singles(), _singles()).map("/".join),
)


def may_be_fiscal(text: str) -> bool:
    """Whether a code such as ``2033-34``, the second quarter of 2033, is a fiscal year as well: it is refused."""
    year, _, code = text.rstrip("~?%").partition("-")
    return year.isdecimal() and len(code) == 2 and int(code) == (int(year) + 1) % 100 and int(code) > 12


@given(EDTF)
def test_edtf_reads_back_as_itself_with_bounds_in_order(text: str) -> None:
    try:
        found = parse_date(text)
    except InvalidDate:
        first, _, last = text.partition("/")
        if any(may_be_fiscal(part) for part in (first, last)):
            return
        assert last
        assert first[:4].replace("X", "0") >= last[:4].replace("X", "0")
        return
    assert (found.edtf, found.written) == (text, None)
    assert found.earliest is None or found.latest is None or found.earliest <= found.latest
    assert VagueDate.model_validate_json(found.model_dump_json()) == found


@given(DAYS, st.sampled_from(["~", "?", "%"]))
def test_a_flag_never_moves_the_bounds(day: date, flag: str) -> None:
    for text in (day.isoformat(), day.isoformat()[:7], day.isoformat()[:4]):
        plain, flagged = parse_date(text), parse_date(text + flag)
        assert (plain.earliest, plain.latest) == (flagged.earliest, flagged.latest)
        assert plain != flagged


@given(DAYS)
def test_a_month_holds_its_days_and_ends_the_day_before_the_next(day: date) -> None:
    month = parse_date(day.isoformat()[:7])
    assert month.earliest is not None
    assert month.latest is not None
    assert month.earliest <= day <= month.latest
    assert month.earliest.day == 1
    assert (month.latest + timedelta(days=1)).day == 1
    assert (month.latest.year, month.latest.month) == (day.year, day.month)


ALPHABET = "0129-/.X~?%[] QqHhof年月日底before-byend２"


@given(st.one_of(st.text(max_size=LONGEST + 5), st.text(ALPHABET, max_size=LONGEST + 5)))
def test_any_text_is_a_date_or_refused_as_one(text: str) -> None:
    try:
        found = parse_date(text)
    except InvalidDate:
        with pytest.raises(ValidationError):
            VagueDate.model_validate(text)
    else:
        again = parse_date(str(found))
        assert again.written is None
        assert again == found.model_copy(update={"written": None})
        assert VagueDate.model_validate_json(found.model_dump_json()) == found
