"""CSV and XLSX: every cell is text until it meets its field, and every error stands at its cell."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from journal_support import TODAY

from policytrack.errors import PolicytrackError, RejectedImport, UsageError
from policytrack.events import Event
from policytrack.importing.formats import xlsx
from policytrack.importing.read import Format, load_events
from policytrack.importing.tables.table_options import TableOptions
from tests.thinning import one_in

HEADER = ("type", "facility_id", "name", "names.zh", "country", "activity_id", "capacity (kt/yr)", "effective")
SOUND = (
    ("facility_registered", "works-1", "Works; 1", "工厂", "CN", "", "", ""),
    ("capacity_stated", "works-1", "", "", "", "crude-steel", "1,200", "2024"),
    ("capacity_stated", "works-1", "", "", "", "ironmaking", ">0", "2024-10"),
    ("capacity_stated", "works-1", "", "", "", "ironmaking", "5000 t/yr", "2025-10"),
)


def book(rows: Sequence[Sequence[Any]], name: str = "Events", **sheets: Sequence[Sequence[Any]]) -> bytes:
    """A book of one sheet or more; values are written as what they are."""
    raw = io.BytesIO()
    with xlsxwriter.Workbook(raw, {"in_memory": True, "default_date_format": "yyyy-mm-dd"}) as made:
        for title, content in {name: rows, **sheets}.items():
            sheet = made.add_worksheet(title)
            for number, row in enumerate(content):
                for column, value in enumerate(row):
                    if value != "":
                        sheet.write(number, column, value)
    return raw.getvalue()


def as_csv(rows: Sequence[Sequence[Any]], separator: str = ",") -> bytes:
    quoted = (['"' + str(cell).replace('"', '""') + '"' if cell else "" for cell in row] for row in rows)
    return "".join(separator.join(row) + "\r\n" for row in quoted).encode()


def read(raw: bytes, format_: Format, name: str = "", **options: Any) -> list[Event]:
    stream: Any = io.BytesIO(raw)
    tables = TableOptions(TODAY, **options)
    return load_events([(name, stream)], today=TODAY, known_on_of=lambda _: None, format_=format_, tables=tables)[0]


def findings(raw: bytes, format_: Format, **options: Any) -> list[str]:
    with pytest.raises(RejectedImport) as rejected:
        read(raw, format_, **options)
    return [f"{found.place}: {found.what}" for found in rejected.value.findings]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_table_of_event_fields_reads_the_same_from_csv_of_any_separator_and_from_a_book(separator: str) -> None:
    from_csv = read(as_csv([HEADER, *SOUND], separator), "csv", decimal=".")
    assert from_csv == read(book([HEADER, *SOUND]), "xlsx", decimal=".")
    registered, stated, unknown, in_cell = from_csv
    assert registered.names[0].language == "zh"  # type: ignore[attr-defined]
    assert str(stated.capacity.value) == "1200000"  # type: ignore[attr-defined]
    assert (unknown.capacity.bound, unknown.capacity.value) == ("more_than", 0)  # type: ignore[attr-defined]
    assert in_cell.capacity.value == 5000  # type: ignore[attr-defined]


def test_parts_items_and_lists_are_columns_of_their_own() -> None:
    header = ("type", "venture_id", "effective", "source.title", "source.class", "sources.2.title", "sources.2.class",
              "partners.1.firm_id", "partners.1.stake_pct (%)", "partners.3.firm_id", "partners.3.stake_pct")  # fmt: skip
    row = ("joint_venture_formed", "venture", "2025", "A", "filing", "B", "company", "one", "51", "two", "49 %")
    (formed,) = read(as_csv([header, row]), "csv")
    assert [source.title for source in formed.sources] == ["A", "B"]
    assert [(partner.firm_id, partner.stake_pct) for partner in formed.partners] == [("one", 51), ("two", 49)]  # type: ignore[attr-defined]
    rows = [("type", "project_id", "effective", "products"), ("project_announced", "p", "2025", "rebar; ; wire rod")]
    (announced,) = read(as_csv(rows), "csv")
    assert announced.products == ("rebar", "wire rod")  # type: ignore[attr-defined]


def test_the_type_may_be_said_once_for_all_rows() -> None:
    rows = [("firm_id", "name"), ("a", "A"), ("b", "B")]
    assert [event.TOPIC for event in read(as_csv(rows), "csv", event_type="firm_registered")] == ["firm_registered"] * 2
    assert findings(as_csv(rows), "csv") == [
        "stdin:1:1: the table has no column `type` with the event type of each row"
    ]


def test_cells_of_a_book_are_read_as_a_person_sees_them() -> None:
    raw = io.BytesIO()
    with xlsxwriter.Workbook(raw) as made:
        sheet = made.add_worksheet("S")
        sheet.write_row(0, 0, ["type", "owned_id", "owner_id", "stake_pct", "effective", "note"])
        sheet.write_row(1, 0, ["stake_stated", "a", "b"])
        sheet.write_number(1, 3, 0.3671, made.add_format({"num_format": "0.0%"}))
        sheet.write_datetime(1, 4, date(2025, 3, 14), made.add_format({"num_format": "dd/mm/yyyy"}))  # type: ignore[arg-type]
        sheet.write_formula(1, 5, "=1+1", None, 2)
        sheet.write_row(2, 0, ["stake_stated", "a", "c", 0.3, 2025, True])
    shares = read(raw.getvalue(), "xlsx")
    assert [share.stake_pct for share in shares] == [Decimal("36.71"), Decimal("0.3")]  # type: ignore[attr-defined]
    assert str(shares[0].effective) == "2025-03-14"
    assert [share.note for share in shares] == ["2", "true"]


PLANTED = (
    ("facility_registered", "works-1", "", "", "UK", "", "", ""),
    ("capacity_stated", "works-1", "", "", "", "crude-steel", "5 bananas", "2024-13"),
    ("capacity_stated", "Works 1", "", "", "", "crude-steel", "1", "2024"),
    ("project_aproved", "works-1", "", "", "", "", "", ""),
    ("capacity_idled", "works-1", "a name", "", "", "crude-steel", "", "2024"),
)
WRONG = [
    (2, 1, "facility_registered.name is missing"),
    (2, 5, "facility_registered.country: 'UK'"),
    (3, 7, "capacity_stated.capacity: 'bananas' is not a unit"),
    (3, 8, "capacity_stated.effective: '2024-13' is not a date"),
    (4, 2, "capacity_stated.facility_id: 'Works 1' is not an id"),
    (5, 1, "unknown event type 'project_aproved'"),
    (6, 3, "capacity_idled has no field 'name'"),
    (6, 7, "capacity_idled.capacity is missing"),
]


def test_planted_errors_stand_at_their_cells_in_a_book() -> None:
    found = findings(book([HEADER, *PLANTED]), "xlsx")
    expected = [f"stdin!Events!{'ABCDEFGH'[column - 1]}{row}: {what}" for row, column, what in WRONG]
    expected[0] = expected[0].replace("!A2", "!C2")
    assert len(found) == len(expected), found
    for line, beginning in zip(sorted(found), sorted(expected), strict=True):
        assert line.startswith(beginning)


def test_planted_errors_stand_at_line_and_column_in_csv() -> None:
    raw = as_csv([HEADER, *PLANTED])
    lines = raw.decode().splitlines()
    for line in findings(raw, "csv"):
        place, _, what = line.partition(": ")
        _, row, column = place.split(":")
        cell = lines[int(row) - 1][: int(column) - 1].count(",") + 1
        assert any(
            (int(row), cell) == (at, of) or "name is missing" in what for at, of, text in WRONG if what.startswith(text)
        ), line


def test_a_quoted_cell_over_several_lines_keeps_places_right() -> None:
    raw = b'type,note,project_id,effective\nproject_cancelled,"two\nlines, ""quoted""",p,20x5\nproject_cancelled,,p,x\n'
    assert [line.split(": ")[0] for line in findings(raw, "csv")] == ["stdin:3:22", "stdin:4:22"]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"", "stdin: the file holds no event"),
        (b"t\x00y\x00", "stdin:1:1: the file is in UTF-16, not UTF-8"),
        (b"type\nproject_\x00\n", "stdin:2:9: the text contains a NUL byte"),
        (b"type\nproject_\xe4\n", "stdin:2:9: byte 0xE4 is not UTF-8"),
        (b'type\n"a"b\n', "stdin:2:1: this is not CSV: ',' expected after '\"'"),
        (b'type\n"a\n', "stdin:2:1: this is not CSV: unexpected end of data"),
        (b"type\nx,y\n", "stdin:2:3: the cell 'y' has no column name"),
        (b"type,capcity\n", "stdin:1:6: no event has the field 'capcity'"),
        (b"type,type\n", "stdin:1:6: the column 'type' fills the same field as another column"),
        (b"type,capacity,capacity.value\n", "stdin:1:15: the column 'capacity.value' fills the same field"),
        (b"type,partners\n", "stdin:1:6: partners has several parts, and each needs its own column"),
        (b"type,partners.0.firm_id\n", "stdin:1:6: the column 'partners.0.firm_id' names no field"),
        (b"type\n" + b"x" * 1_048_577, "stdin:2:1: the line is longer than 1,048,576 bytes"),
        (b'type\n"' + b"x\n" * 600_000, "stdin:2:1: the closing quote of a cell is missing"),
        (b"type\n" + b'"\n",' * 300_000, "stdin:2:1: the row has more than 1,048,576 characters"),
        (b"type\n" + b"," * 3000, "stdin:2:1: the row has more than 2,048 cells"),
    ],
)
def test_what_is_no_table_is_refused_with_its_place(raw: bytes, expected: str) -> None:
    assert findings(raw, "csv")[0].startswith(expected)


def test_a_byte_order_mark_and_empty_rows_do_not_matter() -> None:
    raw = b"\xef\xbb\xbf\r\n,,\r\ntype,firm_id,name\r\n\r\nfirm_registered,a,A\r\n,,\r\n"
    assert len(read(raw, "csv")) == 1


def test_a_book_of_several_sheets_needs_the_name_of_one() -> None:
    raw = book([("firm_id", "name"), ("a", "A")], "One", Two=[("x",)])
    with pytest.raises(UsageError, match="2 sheets: 'One', 'Two'"):
        read(raw, "xlsx", event_type="firm_registered")
    with pytest.raises(UsageError, match="no sheet 'Three'"):
        read(raw, "xlsx", sheet="Three")
    assert len(read(raw, "xlsx", sheet="One", event_type="firm_registered")) == 1


def test_errors_and_formulas_without_a_value_are_refused_at_their_cell() -> None:
    raw = io.BytesIO()
    with xlsxwriter.Workbook(raw) as made:
        sheet = made.add_worksheet("S")
        sheet.write_row(0, 0, ["type", "firm_id", "name"])
        sheet.write_row(1, 0, ["firm_registered", "a"])
        sheet.write_formula(1, 2, "=1/0", None, "#DIV/0!")
        sheet.write_row(2, 0, ["firm_registered", "b"])
        sheet.write_formula(2, 2, '=A1&"x"', None, "")
    found = findings(raw.getvalue(), "xlsx")
    assert found[0] == "stdin!S!C2: the cell holds the error #DIV/0!"
    assert found[1:] == ["stdin!S!C3: the cell holds a formula without a computed value"]


def test_a_row_with_a_hidden_character_has_all_its_errors() -> None:
    raw = io.BytesIO()
    with xlsxwriter.Workbook(raw) as made:
        sheet = made.add_worksheet("S")
        sheet.write_row(0, 0, ["type", "firm_id", "name"])
        sheet.write_row(1, 0, ["firm_registered", "a\u202eb"])
        sheet.write_formula(1, 2, "=1/0", None, "#DIV/0!")
    found = findings(raw.getvalue(), "xlsx")
    assert [one.split(":")[0] for one in found] == ["stdin!S!B2", "stdin!S!C2"]


def rezipped(raw: bytes, name: str, content: bytes) -> bytes:
    """A book with one of its parts replaced."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(part.filename, content if part.filename == name else old.read(part))
    return made.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(
    ("content", "expected"),
    one_in(3, [
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><worksheet/>", "the XML of the book declares a document type"),
        (b" " * 300_000_000, "the book unpacks to more than 209,715,200 bytes"),
        (b" " * 20_000_000, "a part of the book is compressed more than 200 times"),
        (b"<worksheet", "the book cannot be read"),
        (b"<worksheet xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'><sheetData>"
         b"<row r='1'><c r='ZZZZ1'><v>1</v></c></row></sheetData></worksheet>", "the book cannot be read"),
        (b"<worksheet xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'><sheetData>"
         b"<row r='2000000'><c r='A2000000'><v>1</v></c></row></sheetData></worksheet>", "the sheet has more than"),
        (b"<worksheet xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'><sheetData>"
         b"<row r='1'><c r='A1'><v>1e400</v></c></row></sheetData></worksheet>", "the cell holds a number out of range"),
    ]),
    ids=["entities", "too large", "too dense", "cut off", "far right", "far below", "infinite"],
)  # fmt: skip
def test_a_hostile_book_is_refused_in_bounded_time(content: bytes, expected: str) -> None:
    raw = rezipped(book([HEADER, *SOUND]), SHEET, content)
    assert expected in findings(raw, "xlsx")[0]


def test_a_book_that_is_none_is_refused(tmp_path: Path) -> None:
    for raw in (b"PK\x03\x04", b"PK\x03\x04" + b"x" * 5000, b"", book([HEADER])[:-100]):
        assert findings(raw, "xlsx")[0].startswith("stdin: the book cannot be read")
    for begins in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):  # a book of any program, one of before 2007
        assert findings(begins, "auto")[0].startswith("stdin: the book cannot be read")
    assert issubclass(xlsx.MalformedInput, PolicytrackError)
