"""What a cell of a spreadsheet shows: formats of numbers and dates, in real books."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from policytrack.errors import PolicytrackError
from policytrack.importing.formats.cell_text import NotShown, shown_number, shown_text
from policytrack.importing.formats.xlsx import read_xlsx

NUMBERS = [
    (0.5, '0.0"%"', "0.5 %"),
    (0.5, r"0.0\%", "0.5 %"),
    (0.005, "0.0%", "0.5 %"),
    (0.3671, "0%", "36.71 %"),
    (7, "00000", "00007"),
    (123, '"p-"00000', "p-00123"),
    (123456789, "000-00-0000", "123-45-6789"),
    (434.99999999999994, "General", "435"),
    (0.1 + 0.2, "0.00", "0.3"),
    (434.6, "0", "434.6"),
    (2018, "0", "2018"),
    (1234567, "#,##0", "1234567"),
    (5000, "0,", "5"),
    (5400, "0,", "5.4"),
    (5400000, "0.0,,", "5.4"),
    (5400000, "0,,.0", "5.4"),
    (5400000, '#,##0.0,,"M"', "5.4M"),
    (1500000, '[>=1000000]0.0,,"M";[>=1000]0.0,"k";0', "1.5M"),
    (1500, '[>=1000000]0.0,,"M";[>=1000]0.0,"k";0', "1.5k"),
    (15, '[>=1000000]0.0,,"M";[>=1000]0.0,"k";0', "15"),
    (5, '0 "kt"', "5 kt"),
    (5.5, 'General" kt/yr"', "5.5 kt/yr"),
    (-5, "0;[Red]0", "-5"),
    (-5, "#,##0_);(#,##0)", "-5"),
    (-5, "0;-0", "-5"),
    (0, "0;-0;;@", ""),
    (0, "#,###", ""),
    (5, "0;-0;;@", "5"),
    (0, r'_(* #,##0.00_);_(* \(#,##0.00\);_(* "-"??_);_(@_)', "0"),
    (5.5, r'_(* #,##0.00_);_(* \(#,##0.00\);_(* "-"??_);_(@_)', "5.5"),
    (0, '0;0;"none"', "none"),
    (0.5, "# ?/?", "0.5"),
    (1234567, "0.00E+00", "1234567"),
    (1500, "[$€-407] #,##0.00", "€ 1500"),
    (1500, "#,##0 [$€-40C]", "1500 €"),
    (1500, "[$$-409]#,##0", "USD 1500"),
    (1500, "[$¥-804]#,##0", "CNY 1500"),
    (1500, '"$"#,##0', "$1500"),
    (7, "@", "7"),
]

DAYS = [
    ("mmm-yy", "2019-10"),
    ("mm/yyyy", "2019-10"),
    ("mmmm yyyy", "2019-10"),
    ('yyyy"年"m"月"', "2019-10"),
    ("yyyy", "2019"),
    ("yy", "2019"),
    ('yyyy"年"', "2019"),
    ("dd/mm/yyyy", "2019-10-03"),
    ("[$-409]d-mmm-yyyy;@", "2019-10-03"),
    (r"[$-F800]dddd\,\ mmmm\ dd\,\ yyyy", "2019-10-03"),
    ('yyyy"年"m"月"d"日"', "2019-10-03"),
    ("m/d/yy h:mm", "2019-10-03"),
    ("yyyy-mm-dd hh:mm:ss", "2019-10-03"),
]


def cells(*values: tuple[Any, str], **options: Any) -> list[tuple[str, str]]:
    """What stands in the cells of column B of a real book, and where it is refused and why."""
    raw = io.BytesIO()
    with xlsxwriter.Workbook(raw, {"in_memory": True, **options}) as made:
        sheet = made.add_worksheet("S")
        for row, (value, code) in enumerate(values):
            sheet.write(row, 0, "x")
            cell_format = made.add_format({"num_format": code})
            if isinstance(value, date):
                sheet.write_datetime(row, 1, value, cell_format)  # type: ignore[arg-type] # a day is accepted as well
            else:
                sheet.write(row, 1, value, cell_format)
    found = []
    raw.seek(0)
    for page in read_xlsx(raw, "b", None, ()):
        assert isinstance(page, tuple)
        for record in page[1]:
            if isinstance(record, PolicytrackError):
                found.append((str(record.place), record.what))
            elif record.unreadable:  # reported where a map or the header reads the cell
                found += [(str(error.place), error.what) for _, error in record.unreadable]
            else:
                found.append(("", record.cells[1] if len(record.cells) > 1 else ""))
    return found


def test_numbers_are_read_as_their_formats_show_them() -> None:
    shown = cells(*((value, code) for value, code, _ in NUMBERS))
    assert [text for _, text in shown] == [text for *_, text in NUMBERS]


@pytest.mark.parametrize("is_1904", [False, True])
def test_dates_are_read_as_vague_as_their_formats_show_them(*, is_1904: bool) -> None:
    shown = cells(*((date(2019, 10, 3), code) for code, _ in DAYS), date_1904=is_1904)
    assert [text for _, text in shown] == [text for _, text in DAYS]


@pytest.mark.parametrize(
    ("value", "code", "matter"),
    [
        (5, ";;;", "hides its value 5"),
        ("x", ";;;", "hides its text"),
        (12, "[DBNum1]0", "another script"),
        (1.5, "00-00", "between the digits of a fraction"),
        (1234567890123456, "0", "more than 15 digits"),
        (1e30, "0", "a number out of range"),
        (date(2019, 10, 3), "d-mmm", "without its year; it holds 2019-10-03"),
        (date(2019, 10, 3), "mmmm", "without its year"),
        (date(2019, 10, 3), "dddd", "only a weekday"),
        (date(2019, 10, 3), "d yyyy", "without its month"),
        (date(2019, 10, 3), '"before "yyyy', "adds the text 'before'"),
        (date(2019, 10, 3), '"Q4" yyyy', "adds the text 'Q4'"),
        (datetime(2019, 10, 3, 12, 30), "h:mm", "shows only a time of day"),  # noqa: DTZ001 - a cell has no zone
        (timedelta(hours=30), "[h]:mm", "holds a duration"),
        (0.5, "yyyy-mm-dd", "a time of day, but its format shows a date"),
    ],
)
def test_what_a_cell_shows_is_refused_where_it_cannot_be_told(value: Any, code: str, matter: str) -> None:
    [(place, what)] = cells((value, code))
    assert place == "b!S!B1"
    assert matter in what


def test_text_has_the_words_of_its_format() -> None:
    assert cells(("abc", '@" works"'), ("abc", "General"), ("abc", "0.0"), ("007", "@")) == [
        ("", "abc works"),
        ("", "abc"),
        ("", "abc"),
        ("", "007"),
    ]


FIGURES = st.integers(0, 10**12).map(lambda thousandths: Decimal(thousandths).scaleb(-3))


@given(FIGURES, st.sampled_from(["General", "0", "0.00", "#,##0", "#,##0.00", "#,##0.00_);(#,##0.00)", "0.0E+00"]))
def test_a_plain_format_shows_the_number_itself(figure: Decimal, code: str) -> None:
    assert Decimal(shown_number(float(figure), code)) == figure


@given(FIGURES, st.integers(1, 9))
def test_leading_zeros_percent_and_scale_change_the_text_as_a_format_says(figure: Decimal, zeros: int) -> None:
    value = float(figure)
    padded = shown_number(value, "0" * zeros)
    assert len(padded.partition(".")[0]) >= zeros
    assert Decimal(padded) == figure
    assert Decimal(shown_number(value, "0.0%").removesuffix(" %")) == figure * 100
    assert Decimal(shown_number(value, "0.0,")) == figure / 1000
    assert Decimal(shown_number(value, '0"%"').removesuffix(" %")) == figure


@given(
    st.one_of(st.integers(-(10**16), 10**16), st.floats(allow_nan=False)),
    st.text('0#?.,%;"\\[]$€-<>=@_*EGeneral yMdhs/x', max_size=16),
)
def test_any_format_shows_something_or_is_refused(value: float, code: str) -> None:
    for shown in (lambda: shown_number(value, code), lambda: shown_text("text", code)):
        try:
            assert isinstance(shown(), str)
        except NotShown as refusal:
            assert refusal.what and refusal.hint  # noqa: PT017 - nothing but a refusal may be raised
