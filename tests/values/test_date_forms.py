"""Forms of dates that a file declares."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policytrack.errors import InvalidDate
from policytrack.values.date_forms import date_form, in_iso


@pytest.mark.parametrize(
    ("form", "text", "iso"),
    [
        ("DD/MM/YYYY", "27/10/2025", "2025-10-27"),
        ("DD/MM/YYYY", "7/9/2025", "2025-09-07"),
        ("MM/DD/YYYY", "9/7/2025", "2025-09-07"),
        ("DD.MM.YYYY", "27.10.2025 00:00:00", "2025-10-27"),
        ("YYYYMMDD", "20251027", "2025-10-27"),
        ("YYYYMM", "202510", "2025-10"),
        ("MM/YYYY", "10/2025", "2025-10"),
        ("YYYY/MM/DD", "2025/10/27", "2025-10-27"),
        ("D MMM YYYY", "27 October 2025", "2025-10-27"),
        ("DD-MMM-YYYY", "27-OCT-2025", "2025-10-27"),
        ("MMM YYYY", "Sept. 2025", "2025-09"),
        # What is not of the form is left to the field: it may be a date of another accepted form.
        ("DD/MM/YYYY", "2026-Q4", "2026-Q4"),
        ("YYYYMMDD", "2025107", "2025107"),
        # A day that does not exist is for the field to refuse, with its place.
        ("MM/DD/YYYY", "27/10/2025", "2025-27-10"),
    ],
)
def test_a_date_of_a_declared_form_is_read_by_it(form: str, text: str, iso: str) -> None:
    assert in_iso(text, form) == iso


@pytest.mark.parametrize(
    ("form", "text"),
    [("DD/MM/YYYY", "01.02.2024"), ("DD.MM.YYYY", "1/2/2024"), ("YYYYMMDD", "01-02-2024"), ("DD/MM/YYYY", "27/10/25")],
)
def test_a_day_with_other_separators_than_the_form_is_refused_with_the_form(form: str, text: str) -> None:
    with pytest.raises(InvalidDate, match=f"{text!r} is not of the form {form}"):
        in_iso(text, form)


@pytest.mark.parametrize(
    "form", ["", "DD/MM", "YYYY/DD", "YYYY-YYYY", "MM/MMM/YYYY", "YY/MM/DD", "dd/mm/yyyy", "YYYY%m"]
)
def test_a_form_without_a_year_or_with_a_part_twice_is_refused(form: str) -> None:
    with pytest.raises(InvalidDate, match="is not a date form"):
        date_form(form)


@given(st.dates(date(1000, 1, 1), date(9998, 12, 31)), st.sampled_from(["%d/%m/%Y", "%m/%d/%Y", "%Y%m%d", "%d.%m.%Y"]))
def test_a_day_written_in_a_form_is_that_day(day: date, written: str) -> None:
    form = written.replace("%d", "DD").replace("%m", "MM").replace("%Y", "YYYY")
    year = f"{day.year:04}"
    assert in_iso(day.strftime(written.replace("%Y", year)), form) == day.isoformat()
