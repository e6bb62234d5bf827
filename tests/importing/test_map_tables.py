"""Tables as people lay them out, read by a map: merged cells, two header rows, hidden rows, names in any script."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from policytrack.errors import RejectedImport
from policytrack.events import Event
from policytrack.importing.read import load_events
from policytrack.importing.tables.map_file import load_map
from policytrack.importing.tables.table_options import TableOptions
from tests.cli.conftest import policytrack
from tests.importing.test_maps import DAY, mapped, refusals

HEAD = """\
known_on = 2024-04-15
source = { title = "A survey", class = "aggregator" }
"""
UNITS = (
    HEAD
    + """\
[[event]]
type = "facility_registered"
[event.fields]
facility_id = { id = "{Plant}" }
name = { column = "Plant", fill = true }
country = { column = "Country", country = true, fill = true }
[[event]]
type = "capacity_stated"
per = ["Plant"]
[event.fields]
facility_id = { id = "{Plant}" }
activity_id = "crude-steel"
capacity = { sum = "Capacity", unit = "kt/yr" }
"""
)


def book(rows: list[list[Any]], *, merge: tuple[str, ...] = (), hide: tuple[int, ...] = ()) -> bytes:
    import openpyxl

    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)
    for cells in merge:
        made.active.merge_cells(cells)
    for number in hide:
        made.active.row_dimensions[number].hidden = True
    made.active.column_dimensions["D"].hidden = True
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def in_book(folder: Path, map_: str, raw: bytes) -> tuple[list[Event], str]:
    """The events, and what is reported of the table."""
    (folder / "m.toml").write_text(map_, encoding="utf-8")
    tables = TableOptions(DAY, map=load_map(folder / "m.toml"))
    stream: Any = io.BytesIO(raw)
    try:
        events = load_events([("b", stream)], today=DAY, known_on_of=lambda _: None, format_="xlsx", tables=tables)[0]
    except RejectedImport:
        events = []
    return events, "\n".join(tables.unused.lines())


ROWS = [
    ["Plant", "Country", "Capacity", "Remarks"],
    ["Alpha", "Germany", 100, ""],
    ["", "", 200, ""],
    ["", "", 50, ""],
    ["Beta", "Spain", 7, ""],
]


def test_merged_cells_are_filled_for_the_columns_that_say_so(tmp_path: Path) -> None:
    raw = book(ROWS, merge=("A2:A4", "B2:B4"))
    events, said = in_book(tmp_path, UNITS, raw)
    capacities = {one["facility_id"]: one["capacity"]["value"] for one in (e.model_dump() for e in events[2:])}
    assert capacities == {"alpha": 350_000, "beta": 7_000}
    assert "merged" not in said
    events, said = in_book(tmp_path, UNITS.replace(", fill = true", ""), raw)
    assert not events
    assert "merged cells in 'Plant' (A2:A4) hold their text only in the first cell: set fill = true" in said


def test_a_cell_without_a_value_counts_only_where_the_map_reads_it(tmp_path: Path) -> None:
    rows = [ROWS[0], ["Alpha", "Germany", 100, "#N/A"], ["Total", "", "#REF!", ""], ["Beta", "Spain", "#DIV/0!", ""]]
    skip = '[[skip]]\nwhen = { Plant = "Total" }\nreason = "a line of sums"\n'
    events, said = in_book(tmp_path, UNITS + skip, book(rows[:3]))
    assert [event.TOPIC for event in events] == ["facility_registered", "capacity_stated"]
    assert "1 row skipped (row 3): a line of sums" in said
    tables = TableOptions(DAY, map=load_map(tmp_path / "m.toml"))
    stream: Any = io.BytesIO(book(rows))
    with pytest.raises(RejectedImport) as rejected:
        load_events([("b", stream)], today=DAY, known_on_of=lambda _: None, format_="xlsx", tables=tables)
    assert [f"{one.place}: {one.what}" for one in rejected.value.findings] == [
        "stdin!Sheet!C4: the cell holds the error #DIV/0!"
    ]


def test_a_number_with_the_wrong_decimal_mark_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text(UNITS, encoding="utf-8")
    (tmp_path / "t.csv").write_text("Plant;Country;Capacity\nAlpha;Germany;1,250\nBeta;Spian;7\n", encoding="utf-8")
    assert policytrack(tmp_path, "init", ".").code == 0
    run = policytrack(tmp_path, "import", "t.csv", "--map", "m.toml")
    errors = [line for line in run.err.splitlines() if ": error" in line]
    assert [line.split(" error")[0] for line in errors] == ["t.csv:2:15:", "t.csv:3:6:", "policytrack:"]


def test_an_error_at_a_merged_cell_names_the_cell_that_holds_its_text(tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text(UNITS.replace(", fill = true", ""), encoding="utf-8")
    (tmp_path / "b.xlsx").write_bytes(book(ROWS, merge=("A2:A4", "B2:B4")))
    assert policytrack(tmp_path, "init", ".").code == 0
    run = policytrack(tmp_path, "import", "b.xlsx", "--map", "m.toml")
    assert run.code == 3
    errors = [line for line in run.err.splitlines() if "!A3: error" in line or "!A4: error" in line]
    assert errors
    assert all("; the cell is merged with A2" in line for line in errors), errors
    assert "!A5" not in run.err


def test_hidden_rows_and_columns_are_imported_and_named(tmp_path: Path) -> None:
    events, said = in_book(tmp_path, UNITS, book(ROWS, hide=(3, 5)))
    assert len(events) == 4
    assert "2 hidden or filtered rows imported (3, 5)" in said
    assert "1 hidden column read: Remarks" in said


def test_what_the_texts_of_a_sheet_do_not_say_is_named(tmp_path: Path) -> None:
    import openpyxl
    from openpyxl.comments import Comment
    from openpyxl.styles import Font

    made = openpyxl.load_workbook(io.BytesIO(book(ROWS, merge=("A2:A4", "B2:B4"))))
    sheet = made.active
    sheet["C3"].font = sheet["C5"].font = sheet["D4"].font = Font(strike=True)
    sheet["C4"].comment, sheet["A2"].comment = Comment("in kt", "A. Analyst"), Comment("closed?", "A. Analyst")
    made.create_sheet("Old").sheet_state = "hidden"
    out = io.BytesIO()
    made.save(out)
    events, said = in_book(tmp_path, UNITS, out.getvalue())
    assert len(events) == 4
    assert "2 rows with struck-through text imported (3, 5): to leave them out, delete them, or name them under" in said
    assert "2 cell comments not read (A2, C4)" in said
    assert "1 hidden sheet not read ('Old'): to read one, use --sheet" in said


def test_two_header_rows_are_one(tmp_path: Path) -> None:
    map_ = UNITS.replace("[[event]]", "[table]\nheader = [2, 3]\n[[event]]", 1).replace('"Capacity"', '"Capacity 2024"')
    table = "A title,,,\nPlant,Country,Capacity,\n,,2023,2024\nAlpha,Germany,1,2\n"
    *_, stated = mapped(tmp_path, map_, table)
    assert stated.model_dump()["capacity"]["value"] == 2_000
    assert "row 9 is empty" in refusals(tmp_path, map_.replace("[2, 3]", "[2, 9]"), table)[0]


@pytest.mark.parametrize(
    ("text", "name", "share"),
    [
        ("Baosteel 60%", "Baosteel", "60"),
        ("Baosteel: 60.5 %", "Baosteel", "60.5"),
        ("Solar 1 - 60%", "Solar 1", "60"),
        ("宝钢（60％）", "宝钢", "60"),
        ("Baosteel (60 %)", "Baosteel", "60"),
    ],
)
def test_a_single_owner_with_its_share_is_a_list_of_one(tmp_path: Path, text: str, name: str, share: str) -> None:
    map_ = (
        HEAD
        + """\
[[event]]
type = "stake_stated"
each = { columns = { owner = "Owner" } }
fields = { owned_id = "works", owner_id = { id = "x {owner}", hash = true }, stake_pct = { column = "share" }, note = { column = "owner" } }
"""
    )
    (stake,) = (event.model_dump() for event in mapped(tmp_path, map_, f"Owner\n{text}\n"))
    assert (stake["note"], str(stake["stake_pct"])) == (name, share)
    assert "cannot read the share of 'A [>50%]'" in refusals(tmp_path, map_, "Owner\nA [>50%]\n")[0]


def test_a_name_in_another_script_has_an_id_that_stays(tmp_path: Path) -> None:
    map_ = UNITS.replace(", fill = true", "")
    table = "Plant,Country,Capacity\n宝钢,CN,1\n鞍钢,CN,2\nБиир,RU,3\nÅland Works,AX,4\n"
    events = mapped(tmp_path, map_, table)
    ids = [event.model_dump()["facility_id"] for event in events[:4]]
    assert ids == ["n8efc036b2579", "n3f4b69d147bc", "n941cc8494e6d", "aland-works"]
    again = mapped(tmp_path, map_, "Plant,Country,Capacity\n鞍钢,CN,2\n宝钢,CN,1\n")
    assert [event.model_dump()["facility_id"] for event in again[:2]] == [ids[1], ids[0]]


def test_ids_that_lose_letters_collide_unless_the_map_says_hash(tmp_path: Path) -> None:
    table = "Plant,Country,Capacity\n工厂 1,CN,1\n矿山 1,CN,2\n"
    assert "hash = true" in _hint(tmp_path, UNITS, table)
    ids = [
        event.model_dump()["facility_id"]
        for event in mapped(tmp_path, UNITS.replace('"{Plant}" }', '"{Plant}", hash = true }'), table)
    ]
    assert len(set(ids)) == 2 and all(one.startswith("1-n") for one in ids)


def _hint(folder: Path, map_: str, table: str) -> str:
    with pytest.raises(RejectedImport) as rejected:
        mapped(folder, map_, table)
    return rejected.value.findings[0].hint


def test_events_of_a_higher_order_come_last_and_rows_are_numbered(tmp_path: Path) -> None:
    of_day = '[[event]]\ntype = "{type}"\n{order}fields = {{ facility_id = {{ id = "{{Plant}}" }}, activity_id = "crude-steel", capacity = {{ column = "Capacity" }}, effective = "2024-01-01", sources = [{{ title = "T", class = "analyst", locator = {{ text = "row {{row}}" }} }}] }}\n'
    map_ = (
        "known_on = 2024-04-15\n"
        + of_day.format(type="capacity_retired", order="order = 2\n")
        + of_day.format(type="capacity_stated", order="")
    )
    events = mapped(tmp_path, map_, "Plant,Capacity\nA,5\nB,6\n")
    assert [(event.TOPIC, event.sources[0].locator) for event in events] == [
        ("capacity_stated", "row 2"), ("capacity_stated", "row 3"), ("capacity_retired", "row 2"), ("capacity_retired", "row 3"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("when", "expected", "others"),
    [
        ('{ any = [{ Status = "old" }, { Kind = "x" }] }', ["a", "b", "c"], ["d"]),
        ('{ not = { Status = "old", Kind = "x" } }', ["b", "c", "d"], ["a"]),
        ('{ all = [{ Status = "old" }, { Kind = "x" }] }', ["a"], ["b", "c", "d"]),
        ('{ not = { Status = "old" }, Kind = ["x", "y"] }', ["c", "d"], []),
    ],
)
def test_conditions_combine(tmp_path: Path, when: str, expected: list[str], others: list[str]) -> None:
    map_ = (
        HEAD
        + f'[[event]]\ntype = "firm_registered"\nwhen = {when}\nfields = {{ firm_id = {{ id = "{{Id}}" }}, name = "n" }}\n'
    )
    table = "Id,Status,Kind\na,old,x\nb,old,y\nc,new,x\nd,new,y\n"
    assert [event.model_dump()["firm_id"] for event in mapped(tmp_path, map_, table)] == expected
    excluded = [event.model_dump()["firm_id"] for event in mapped(tmp_path, map_.replace("when", "unless"), table)]
    assert excluded == others


JOIN = (
    HEAD
    + """\
[[join]]
file = "plants.csv"
on = { "Plant ID" = "id" }
columns = { plant = "Name", state = "Country" }
[[event]]
type = "facility_registered"
fields = { facility_id = { id = "{Plant ID}" }, name = { column = "plant" }, country = { column = "state", country = true } }
"""
)


def test_a_map_joins_another_file_by_a_key(tmp_path: Path) -> None:
    plants = "id,Name,Country\np1,Alpha,Spain\np2,Beta,Chile\np2,Beta,Chile\n"
    (tmp_path / "plants.csv").write_text(plants, encoding="utf-8")
    (plant,) = (event.model_dump() for event in mapped(tmp_path, JOIN, "Plant ID\np1\n"))
    assert (plant["facility_id"], plant["name"], plant["country"]) == ("p1", "Alpha", "ES")
    assert refusals(tmp_path, JOIN, "Plant ID\np1\np3\n") == ["stdin:3:1: plants.csv has no row with id 'p3'"]
    optional = JOIN.replace("on = {", "optional = true\non = {")
    assert "name is missing" in refusals(tmp_path, optional, "Plant ID\np3\n")[0]
    (tmp_path / "plants.csv").write_text(plants.replace("p2,Beta,Chile\np2", "p2,Beta,Peru\np2"), encoding="utf-8")
    assert "rows 3 and 4 both have id 'p2', but differ in 'Country'" in refusals(tmp_path, JOIN, "Plant ID\np1\n")[0]
    assert "no column 'Nam'" in refusals(tmp_path, JOIN.replace('"Name"', '"Nam"'), "Plant ID\np1\n")[0]
