"""Tables as people and their programs write them: decimal marks, forms of dates, encodings, line ends, ``sep=``."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from policytrack.errors import RejectedImport, UsageError
from policytrack.events import Event
from policytrack.importing.formats.encodings import ENCODINGS, encoding_of
from policytrack.importing.read import Format, load_events
from policytrack.importing.tables.map_file import load_map
from policytrack.importing.tables.table_options import TableOptions

TODAY = date(2026, 1, 1)
HEADER = "type;facility_id;activity_id;capacity (kt/yr);effective\n"


def read(raw: bytes, format_: Format = "csv", **options: Any) -> list[Event]:
    tables = TableOptions(TODAY, **options)
    stream: Any = io.BytesIO(raw)
    return load_events([("", stream)], today=TODAY, known_on_of=lambda _: None, format_=format_, tables=tables)[0]


def refused(raw: bytes, format_: Format = "csv", **options: Any) -> list[str]:
    with pytest.raises(RejectedImport) as rejected:
        read(raw, format_, **options)
    return [f"{found.place}: {found.what} ({found.hint})" for found in rejected.value.findings]


def capacities(raw: bytes, **options: Any) -> list[str]:
    return [str(event.capacity.value) for event in read(raw, **options)]  # type: ignore[attr-defined]


def stated(*figures: str, day: str = "2024") -> bytes:
    return (HEADER + "".join(f"capacity_stated;works;ironmaking;{one};{day}\n" for one in figures)).encode()


def test_a_semicolon_file_says_its_decimal_mark_or_is_refused_where_it_matters() -> None:
    assert capacities(stated("1,250", "0,375", "1.250,5", ">= 12"), decimal=",") == ["1250", "375", "1250500", "12000"]
    assert capacities(stated("1,250", "0.375"), decimal=".") == ["1250000", "375"]
    (ambiguous,) = refused(stated("12", "1,250"))
    assert ambiguous.startswith("stdin:3:34: '1,250' may be 1250 or 1.250")
    assert "--decimal" in ambiguous
    for figure in ("0,375", "12,5"):
        (finding,) = refused(stated(figure))
        assert finding.startswith("stdin:2:34: ")
        assert "--decimal" in finding
    assert refused(stated("12.5"), decimal=",")[0].startswith("stdin:2:34: '12.5' is not a number with a decimal comma")


def in_cell(text: str) -> bytes:
    raw = io.BytesIO()
    with xlsxwriter.Workbook(raw) as book:
        sheet = book.add_worksheet("capacity_stated")
        sheet.write_row(0, 0, ["facility_id", "activity_id", "capacity (kt/yr)", "effective"])
        sheet.write_row(1, 0, ["works", "ironmaking", text, "2024"])
    return raw.getvalue()


def test_a_text_cell_of_a_workbook_says_its_decimal_mark_or_is_refused_where_it_matters() -> None:
    for figure in ("1,250", "1.250", "1,250 kt/yr"):
        (ambiguous,) = refused(in_cell(figure), "xlsx")
        assert ambiguous.startswith("stdin!capacity_stated!C2: '1")
        assert "--decimal" in ambiguous
    for figure, mark, tonnes in (("1,250", ".", "1250000"), ("1,250", ",", "1250"), ("1.250,5", ",", "1250500")):
        (event,) = read(in_cell(figure), "xlsx", decimal=mark)
        assert str(event.capacity.value) == tonnes  # type: ignore[attr-defined]
    (event,) = read(in_cell("1,250,000.5"), "xlsx")
    assert str(event.capacity.value) == "1250000500"  # type: ignore[attr-defined]


def test_a_multiple_without_a_unit_in_a_column_of_another_multiple_is_refused() -> None:
    for figure in ("1500k", "1.5 million", "150万"):
        (finding,) = refused(stated(figure), decimal=".")
        assert finding.startswith(f"stdin:2:34: {figure!r} has a multiple but no unit, in a column of kt/yr")
    assert capacities(stated("1500k t/yr", "1.5 Mt"), decimal=".") == ["1500000", "1500000"]
    assert capacities(stated("1500k").replace(b"(kt/yr)", b"(t/yr)"), decimal=".") == ["1500000"]


def test_a_column_of_months_that_may_all_be_fiscal_years_is_warned_of() -> None:
    def notes(*days: str, **options: Any) -> list[str]:
        tables = TableOptions(TODAY, decimal=".", **options)
        raw: Any = io.BytesIO(
            HEADER.encode() + b"".join(stated(str(n), day=day).split(b"\n", 1)[1] for n, day in enumerate(days))
        )
        load_events([("", raw)], today=TODAY, known_on_of=lambda _: None, format_="csv", tables=tables)
        return [line for line in tables.unused.lines() if "fiscal" in line]

    (note,) = notes("2005-06", "2008-09", "2005-06")
    assert note.startswith(
        "warning: stdin: every date in 'effective' was read as a month but may be a fiscal year (2005-06, 2008-09)"
    )
    assert notes("2005-06") == notes("2005-06", "2008-09", "2008-10") == notes("2005-06", "2008-09", "2010") == []
    assert notes("2005-06", "2008-09", fiscal_year="India") == notes("06/2005", "2008-09", date="MM/YYYY") == []


def test_a_comma_file_has_decimal_points() -> None:
    raw = stated("1,250", "0.375").replace(b"1,250", b'"1,250"').replace(b";", b",")
    assert capacities(raw) == ["1250000", "375"]
    assert "never begins with 0" in refused(stated('"0,375"').replace(b";", b","))[0]


def test_ids_names_and_notes_are_no_numbers() -> None:
    raw = b"type;firm_id;name;note\nfirm_registered;a;1,250 Steel;1.250\n"
    (firm,) = read(raw)
    assert (firm.name, firm.note) == ("1,250 Steel", "1.250")  # type: ignore[attr-defined]


def test_shares_money_and_ratios_have_the_mark_of_their_file() -> None:
    raw = (
        b"type;owned_id;owner_id;from_id;to_id;stake_pct;price;effective\n"
        b"stake_stated;a;b;;;33,34;;2024\n"
        b"stake_transferred;a;;b;c;5,5 %;EUR 1.250,5 M;2024\n"
    )
    first, second = read(raw, decimal=",")
    assert str(first.stake_pct) == "33.34"  # type: ignore[attr-defined]
    assert (str(second.stake_pct), str(second.price.amount)) == ("5.5", "1250500000")  # type: ignore[attr-defined]


def test_shares_as_fractions_of_one_are_said_in_the_header() -> None:
    raw = b"type,owned_id,owner_id,stake_pct (fraction),effective\nstake_stated,a,b,0.6,2024\nstake_stated,a,c,40 %,2024\n"
    assert [str(event.stake_pct) for event in read(raw)] == ["60", "40"]  # type: ignore[attr-defined]
    assert "is more than 1" in refused(raw.replace(b"0.6", b"60"))[0]


def test_a_form_of_dates_is_read_where_it_is_said() -> None:
    def when(day: str, **options: Any) -> str:
        return str(read(stated("5", day=day), **options)[0].effective.latest)

    assert when("27/10/2025", date="DD/MM/YYYY") == when("20251027", date="YYYYMMDD") == "2025-10-27"
    assert when("3/4/2025", date="DD/MM/YYYY") == "2025-04-03"
    assert when("3/4/2025", date="MM/DD/YYYY") == "2025-03-04"
    assert when("2025-Q3", date="DD/MM/YYYY") == "2025-09-30"
    for day in ("27/10/2025", "3/4/2025", "20251027"):
        assert refused(stated("5", day=day))[0].startswith("stdin:2:36: ")
    assert "no month 27" in refused(stated("5", day="27/10/2025"), date="MM/DD/YYYY")[0]


MAP = """
known_on = 2025-01-01
[table]
{table}
[[event]]
type = "facility_registered"
[event.fields]
facility_id = {{ id = "{{Plant}}" }}
name = {{ column = "Plant" }}
country = {{ column = "Country", country = true }}
operator_id = "{{Owner}}"
[[event]]
type = "capacity_stated"
[event.fields]
facility_id = {{ id = "{{Plant}}" }}
activity_id = "ironmaking"
capacity = {{ column = "Size", unit = "kt/yr" }}
effective = {{ column = "Day" }}
[[event]]
type = "stake_stated"
each = {{ split = "|", columns = {{ owner = "Owner" }} }}
[event.fields]
owned_id = {{ id = "{{Plant}}" }}
owner_id = {{ id = "{{owner}}" }}
stake_pct = {{ column = "share" }}
effective = {{ column = "Day" }}
"""


def mapped(tmp_path: Path, table: str, map_text: str = MAP) -> Any:
    path = tmp_path / "map.toml"
    path.write_text(map_text.format(table=table).replace('operator_id = "{Owner}"\n', ""), encoding="utf-8")
    return load_map(path)


def test_a_map_says_the_mark_the_dates_and_the_encoding_of_its_table(tmp_path: Path) -> None:
    raw = "Plant;Country;Size;Owner;Day\nMünster;Germany;1.250,5;Ä [60,5%]|B [39,5 %];27/10/2025\n".encode("cp1252")
    map_ = mapped(tmp_path, 'decimal = ","\ndate = "DD/MM/YYYY"\nencoding = "cp1252"')
    facility, capacity, *stakes = read(raw, map=map_)
    assert facility.name == "Münster"  # type: ignore[attr-defined]
    assert str(capacity.capacity.value) == "1250500"  # type: ignore[attr-defined]
    assert str(capacity.effective.latest) == "2025-10-27"
    assert [str(stake.stake_pct) for stake in stakes] == ["60.5", "39.5"]  # type: ignore[attr-defined]
    plain = raw.decode("cp1252").encode()
    findings = refused(plain, map=mapped(tmp_path, 'date = "DD/MM/YYYY"'))
    assert findings[0].startswith("stdin:2:17: ")


def test_a_column_of_a_map_may_have_a_mark_a_form_and_fractions_of_its_own(tmp_path: Path) -> None:
    text = MAP.replace('"Size", unit', '"Size", decimal = ",", unit').replace('"Day" }', '"Day", date = "YYYYMMDD" }')
    text = text.replace('{{ column = "share" }}', '{{ column = "Part", fraction = true }}').replace(
        'each = {{ split = "|", columns = {{ owner = "Owner" }} }}\n', ""
    )
    raw = b'Plant,Country,Size,owner,Part,Day\nA,France,"1,250",B,0.605,20251027\n'
    _, capacity, stake = read(raw, map=mapped(tmp_path, "", text))
    assert str(capacity.capacity.value) == "1250"  # type: ignore[attr-defined]
    assert str(stake.stake_pct) == "60.5"  # type: ignore[attr-defined]
    assert str(stake.effective.latest) == "2025-10-27"
    in_unit = text.replace("fraction = true", 'unit = "fraction"')
    assert str(read(raw, map=mapped(tmp_path, "", in_unit))[2].stake_pct) == "60.5"  # type: ignore[attr-defined]


def test_shares_in_a_list_have_the_mark_that_their_field_names(tmp_path: Path) -> None:
    registered = '[[event]]\ntype = "firm_registered"\neach = {{ split = "|", columns = {{ owner = "Owner" }} }}\n'
    registered += '[event.fields]\nfirm_id = {{ id = "{{owner}}" }}\nname = {{ column = "owner" }}\n'
    text = MAP.replace("[[event]]", f"{registered}[[event]]", 1)
    text = text.replace('{{ column = "share" }}', '{{ column = "share", decimal = "." }}')
    raw = b"Plant;Country;Size;Owner;Day\nA;France;12,5;B [33.34%]|C [66.66%];2024\n"
    found = read(raw, map=mapped(tmp_path, 'decimal = ","', text))
    assert [str(one.stake_pct) for one in found if one.TOPIC == "stake_stated"] == ["33.34", "66.66"]  # type: ignore[attr-defined]


def test_cells_that_a_map_names_are_compared_as_they_are_written(tmp_path: Path) -> None:
    text = MAP.replace('"Size", unit', '"Size", empty = ["0,0"], unit').replace(
        'type = "capacity_stated"', 'type = "capacity_stated"\nunless = {{ Size = ["0,0"] }}'
    )
    raw = b"Plant;Country;Size;Owner;Day\nA;France;0,0;B [100%];2024\n"
    assert [event.TOPIC for event in read(raw, map=mapped(tmp_path, 'decimal = ","', text))] == [
        "facility_registered", "stake_stated",
    ]  # fmt: skip


def test_a_table_says_whose_fiscal_years_it_has(tmp_path: Path) -> None:
    for day in ("2013-14", "FY2013-14", "FY14"):
        (event,) = read(stated("5", day=day), fiscal_year="India")
        assert (str(event.effective), str(event.effective.latest)) == (f"{day} India", "2014-03-31")
        assert "India' for 2013-04/2014-03" in refused(stated("5", day=day))[0]
    raw = b"Plant,Country,Size,Owner,Day\nA,France,5,B [100%],2013-14\n"
    assert str(read(raw, map=mapped(tmp_path, 'fiscal_year = "JP"'))[1].effective.earliest) == "2013-04-01"
    with pytest.raises(RejectedImport, match="1 error"):
        mapped(tmp_path, 'fiscal_year = "Atlantis"')


def test_a_number_of_a_spreadsheet_has_no_mark_of_its_own() -> None:
    raw = io.BytesIO()
    with xlsxwriter.Workbook(raw) as made:
        sheet = made.add_worksheet("capacity_stated")
        sheet.write_row(0, 0, ["facility_id", "activity_id", "capacity", "effective"])
        sheet.write_row(1, 0, ["works", "ironmaking", 12.5, "2024"])
        sheet.write_row(2, 0, ["works", "ironmaking", "12,5", "2025"])
    found = read(raw.getvalue(), "xlsx", decimal=",")
    assert [str(event.capacity.value) for event in found] == ["12.5", "12.5"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("line", ["sep=;", '"sep=;"', "SEP=;", "sep=;;;;"])
def test_a_first_line_that_names_the_separator_is_no_header(line: str) -> None:
    raw = line.encode() + b"\r\n" + stated("5", "x")
    if line == "sep=;;;;":
        assert refused(raw)
    else:
        assert capacities(raw.replace(b";x;", b";6;")) == ["5000", "6000"]
        assert refused(raw)[0].startswith("stdin:4:34: ")


def test_a_separator_that_no_header_would_give_is_taken_from_the_first_line() -> None:
    assert capacities(b"sep=:\n" + stated("5").replace(b";", b":")) == ["5000"]
    assert capacities(b"\xef\xbb\xbfsep=\t\n" + stated("5").replace(b";", b"\t")) == ["5000"]


def test_carriage_returns_alone_end_lines() -> None:
    raw = stated("5", "6").replace(b"\n", b"\r")
    assert capacities(raw) == ["5000", "6000"]
    assert refused(raw.replace(b";6;", b";x;"))[0].startswith("stdin:3:34: ")
    (firm,) = read(b'type;firm_id;"name"\rfirm_registered;a;"Old\rSteel"\r')
    assert firm.name == "Old\nSteel"  # type: ignore[attr-defined]
    assert "carriage return" in refused(b"type;firm_id;name\nfirm_registered;a;Old\rSteel\n")[0]


PLANTS = {
    "cp1252": "Société Générale",
    "cp1251": "Магнитогорск",
    "gb18030": "宝钢股份",
    "big5": "寶鋼股份",
    "cp932": "トヨタ自動車",
    "cp949": "포스코 제철소",
}


@pytest.mark.parametrize(("encoding", "name"), PLANTS.items())
def test_a_file_of_another_encoding_is_read_when_it_is_named_and_else_refused_with_a_guess(
    encoding: str, name: str
) -> None:
    raw = f"type,firm_id,name\nfirm_registered,a,Steel\nfirm_registered,b,{name}\n".encode(encoding)
    assert [firm.name for firm in read(raw, encoding=encoding)] == ["Steel", name]  # type: ignore[attr-defined]
    (finding,) = refused(raw)
    assert finding.startswith("stdin:3:")
    assert f"--encoding {encoding} reads {name!r}" in finding


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_read_by_its_mark_or_by_its_name(encoding: str) -> None:
    raw = f"type\tfirm_id\tname\r\nfirm_registered\ta\t{'宝钢' * 1500}\r\nfirm_registered\tb\t\r\n".encode(encoding)
    options = {} if encoding == "utf-16" else {"encoding": encoding}
    assert refused(raw, **options)[0].startswith("stdin:3:19: ")
    sound = raw[: -len("firm_registered\tb\t\r\n") * 2]
    assert len(read(sound, **options)) == 1
    if encoding != "utf-16":
        assert f"--encoding {encoding}" in refused(sound)[0]


def test_bytes_that_an_encoding_does_not_have_are_refused_with_their_line() -> None:
    raw = b"type,firm_id,name\nfirm_registered,a,\x81\n"
    assert refused(raw, encoding="cp1252")[0].startswith("stdin:2:19: byte 0x81 does not exist in")
    assert "does not exist" in refused("type,".encode("utf-16") + b"x", encoding="utf-16")[0]


def test_names_of_encodings_are_those_in_use() -> None:
    for name, known in {"GBK": "gb18030", "Windows-1252": "cp1252", "latin1": "cp1252", "UTF8": "utf-8"}.items():
        assert encoding_of(name) == known
    assert all(encoding_of(name) == name for name in ENCODINGS)
    for name in ("rot13", "base64", "idna", "x" * 100, "utf-7"):
        with pytest.raises(UsageError, match="unsupported encoding"):
            encoding_of(name)


def test_a_number_of_json_has_no_mark_of_its_own(tmp_path: Path) -> None:
    raw = b'[{"Plant": "A", "Country": "France", "Size": 12.5, "Owner": "B [100%]", "Day": 2024}, '
    raw += b'{"Plant": "B", "Country": "France", "Size": "12,5", "Owner": "C [100%]", "Day": "2024"}]'
    found = read(raw, "json", map=mapped(tmp_path, 'decimal = ","'))
    stated = [event for event in found if event.TOPIC == "capacity_stated"]
    assert [str(event.capacity.value) for event in stated] == ["12500", "12500"]  # type: ignore[attr-defined]


KILOTONNES = """\
source = { title = "A survey", class = "aggregator" }
[[event]]
type = "capacity_stated"
fields = { facility_id = "works", activity_id = "ironmaking", capacity = { column = "Capacity", unit = "kt/yr" } }
"""


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("40-50", 40_000, 50_000),
        ("40 – 50", 40_000, 50_000),
        ("between 40 and 50", 40_000, 50_000),
        ("40 to 50", 40_000, 50_000),
        ("about 45", 40_500, 49_500),
        ("~45", 40_500, 49_500),
        ("40-50 t/yr", 40, 50),
        ("about 45 t/yr", Decimal("40.5"), Decimal("49.5")),
        ("2,020-2,025", 2_020_000, 2_025_000),
    ],
)
def test_a_range_without_a_unit_has_the_unit_of_its_column(
    tmp_path: Path, text: str, low: object, high: object
) -> None:
    (event,) = read(stated(f'"{text}"'), decimal=".")
    assert (event.capacity.value, event.capacity.at_most) == (low, high)  # type: ignore[attr-defined]
    (tmp_path / "map.toml").write_text(KILOTONNES, encoding="utf-8")
    (event,) = read(f'Capacity\n"{text}"\n'.encode(), map=load_map(tmp_path / "map.toml"), decimal=".")
    assert (event.capacity.value, event.capacity.at_most) == (low, high)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2020-2025", "may be years"),
        ("2020 – 2025", "may be years"),
        ("1-2 million", "has a multiple but no unit"),
        ("about 1.5 million", "has a multiple but no unit"),
        ("40k-50k", "has a multiple but no unit"),
        ("1 million - 2", "in two units"),
    ],
)
def test_a_range_whose_unit_is_in_doubt_is_refused(text: str, says: str) -> None:
    (finding,) = refused(stated(f'"{text}"'), decimal=".")
    assert says in finding
