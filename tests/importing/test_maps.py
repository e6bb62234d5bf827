"""Map files: somebody else's columns become events, and what a map cannot mean is said before a row is read."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from policytrack.errors import NotFound, RejectedImport
from policytrack.events import Event
from policytrack.importing.read import load_events
from policytrack.importing.tables.map_file import load_map
from policytrack.importing.tables.table_options import TableOptions

DAY = date(2025, 3, 18)

TRACKER = """\
Plant ID,Plant,Country,Owners,Owner IDs,Status,Capacity (ttpa),Start,Place
P 1,Alpha,Türkiye,A SpA [60.0%]; unknown [40.0%],E1; E9,operating,"1,000",1999,"36.7, 36.3"
P 1,Alpha,Türkiye,A SpA [60.0%]; unknown [40.0%],E1; E9,operating,>0,unknown,"36.7, 36.3"
P 1,Alpha,Türkiye,A SpA [60.0%]; unknown [40.0%],E1; E9,mothballed,500,2001,"36.7, 36.3"
P 2,Beta,Viet Nam,B Corp,E2,announced,250,2030,
"""

MAP = """\
known_on = 2025-03-18
source = { title = "A tracker", class = "aggregator" }

[values.activity]
operating = "crude-steel"
mothballed = "crude-steel"

[[event]]
type = "firm_registered"
unless = { owner = "unknown" }
each = { columns = { owner = "Owners", owner_id = "Owner IDs" } }
[event.fields]
firm_id = { id = "firm {owner_id}" }
name = { column = "owner" }

[[event]]
type = "facility_registered"
[event.fields]
facility_id = { id = "{Plant ID}" }
name = { column = "Plant" }
country = { column = "Country", country = true }
coordinates.latitude = { column = "Place", split = ",", item = 1 }
coordinates.longitude = { column = "Place", split = ",", item = 2 }

[[event]]
type = "stake_stated"
unless = { owner = "unknown", share = "" }
each = { columns = { owner = "Owners", owner_id = "Owner IDs" } }
per = ["Plant ID", "owner"]
[event.fields]
owned_id = { id = "{Plant ID}" }
owner_id = { id = "firm {owner_id}" }
stake_pct = { column = "share" }

[[event]]
type = "capacity_stated"
when = { Status = ["operating", "mothballed"] }
per = ["Plant ID"]
[event.fields]
facility_id = { id = "{Plant ID}" }
activity_id = { column = "Status", values = "activity" }
effective = { min = "Start", empty = ["unknown"], otherwise = "../{known_on}" }
capacity = { sum = "Capacity (ttpa)", unit = "kt/yr" }

[[event]]
type = "project_announced"
when = { Status = "announced" }
[event.fields]
project_id = { text = "{Plant ID}", otherwise = "x" }
products = { column = "Plant", split = "," }
due = { column = "Start" }
"""


def mapped(folder: Path, map_: str = MAP, table: str = TRACKER, **options: Any) -> list[Event]:
    path = folder / "map.toml"
    path.write_text(map_, encoding="utf-8")
    tables = TableOptions(DAY, map=load_map(path), **options)
    stream: Any = io.BytesIO(table.encode())
    return load_events([("t", stream)], today=DAY, known_on_of=lambda _: None, format_="csv", tables=tables)[0]


def refusals(folder: Path, map_: str = MAP, table: str = TRACKER, **options: Any) -> list[str]:
    with pytest.raises(RejectedImport) as rejected:
        mapped(folder, map_, table, **options)
    return [f"{found.place}: {found.what}" for found in rejected.value.findings]


def test_rows_lists_and_sums_become_events(tmp_path: Path) -> None:
    table = TRACKER.replace("P 2,Beta,Viet Nam", "P2,Beta,Viet Nam").replace("P2,", "p2,")
    events = mapped(tmp_path, table=table)
    assert [event.TOPIC for event in events] == [
        "firm_registered", "facility_registered", "firm_registered", "project_announced", "facility_registered",
        "stake_stated", "capacity_stated",
    ]  # fmt: skip
    firm, plant, _, announced, other, stake, stated = (event.model_dump() for event in events)
    assert (firm["firm_id"], firm["name"]) == ("firm-e1", "A SpA")
    assert (plant["facility_id"], plant["country"], other["country"]) == ("p-1", "TR", "VN")
    assert (str(plant["coordinates"]["latitude"]), other["coordinates"]) == ("36.7", None)
    assert (announced["project_id"], announced["products"], announced["due"]["edtf"]) == ("p2", ("Beta",), "2030")
    assert (stake["owned_id"], stake["owner_id"], str(stake["stake_pct"])) == ("p-1", "firm-e1", "60")
    # 1,000 and 500 are exact, ">0" is not: together at least 1,500 kt, never 1,500 and never zero.
    assert (stated["capacity"]["bound"], stated["capacity"]["value"]) == ("at_least", 1_500_000)
    assert {event.known_on for event in events} == {DAY}
    assert {event.sources[0].title for event in events} == {"A tracker"}
    assert stated["effective"]["edtf"] == "1999"


def test_errors_stand_at_the_cell_and_those_of_constants_in_the_map(tmp_path: Path) -> None:
    table = TRACKER.replace("Viet Nam", "Vietnm").replace('"1,000"', '"1,000 MW"').replace("E1; E9,moth", "E1,moth")
    found = refusals(tmp_path, table=table)
    assert found[:2] == [
        "stdin:3:67: '>0' is in t/yr, and the cells before it in MW",
        "stdin:4:50: this list has 1 item, but another list of the row has 2",
    ]
    assert "stdin:5:10: no country is called 'Vietnm'" in found
    wrong = MAP.replace('{ text = "{Plant ID}", otherwise = "x" }', '"Not An Id"')
    assert any(
        line.startswith(f"{tmp_path}/map.toml event[5]: project_announced.project_id")
        for line in refusals(tmp_path, wrong)
    )


def test_a_word_that_stands_for_nothing_is_refused(tmp_path: Path) -> None:
    wrong = MAP.replace('operating = "crude-steel"\n', "")
    assert "no mapping for 'operating'" in " ".join(refusals(tmp_path, wrong))


def test_two_rows_that_would_count_once_are_refused(tmp_path: Path) -> None:
    wrong = MAP.replace('per = ["Plant ID", "owner"]\n', "")
    assert any("row 2 makes an equal stake_stated" in line for line in refusals(tmp_path, wrong))


def test_two_names_never_become_one_id(tmp_path: Path) -> None:
    table = "Plant ID,Plant,Country\n工厂 1,A,CN\n矿山 1,B,CN\n"
    only = MAP[: MAP.index("[values")] + MAP[MAP.index('[[event]]\ntype = "facility_registered"') :]
    only = only[: only.index("coordinates.latitude")]
    assert refusals(tmp_path, only, table) == ["stdin:3:1: '矿山 1' and another text would both get the id 1"]


def test_a_key_of_a_snapshot_is_there_and_there_once(tmp_path: Path) -> None:
    found = refusals(tmp_path, table=TRACKER.replace("P 2,", ","), key=("Plant ID",))
    assert "stdin:3:1: row 2 has the key 'P 1' too" in found
    assert "stdin:5:1: the row has no key" in found


@pytest.mark.parametrize(
    ("was", "becomes", "expected"),
    [
        ("known_on", "known on", "this is not TOML"),
        ('"facility_registered"', '"facility_registred"', "unknown event type facility_registred"),
        ("country = {", "contry = {", "facility_registered has no field contry"),
        (
            '{ column = "Plant" }',
            '{ column = "Plant", text = "x" }',
            "a field needs exactly one of column, first, last",
        ),
        ('{ column = "Plant" }', '{ column = "Plant", unti = "t" }', "unti"),
        ('{ id = "{Plant ID}" }', '{ name = { column = "Plant" } }', "facility_registered.facility_id"),
        ('values = "activity"', 'values = "activities"', "the table [values.activities] is missing"),
        ('per = ["Plant ID"]\n', "", "sum combines the rows of one event"),
        ('split = ",", item = 1', "item = 1", "item needs split"),
        ("[values.activity]", "[value.activity]", "map has no field 'value'"),
        ('{ column = "Plant" }', '{ column = "Plnt" }', "the table has no column 'Plnt'"),
        ("unless = { owner", "unless = { onwer", "the table has no column 'onwer'"),
    ],
)
def test_what_a_map_cannot_mean_is_said(tmp_path: Path, was: str, becomes: str, expected: str) -> None:
    assert was in MAP
    found = " ".join(refusals(tmp_path, MAP.replace(was, becomes, 1)))
    assert expected in found


def test_a_map_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        load_map(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("header = { rows = [2, 3] }", "map.table.header: a mapping of fields is not a whole number"),
        ('header = "second"', "map.table.header: 'second' is not a whole number"),
        ('header = [2, "third"]', "map.table.header[2]: 'third' is not a whole number"),
        ("header = 0", "map.table.header: 0 is less than 1"),
        ('decimal = ";"', "map.table.decimal: ';' is not an allowed value"),
        ("headers = 2", "map.table has no field 'headers'"),
    ],
)
def test_a_setting_of_another_kind_is_refused_once_and_by_its_name(tmp_path: Path, table: str, said: str) -> None:
    path = tmp_path / "m.toml"
    path.write_text(f"[table]\n{table}\n", encoding="utf-8")
    with pytest.raises(RejectedImport) as caught:
        load_map(path)
    assert [finding.what for finding in caught.value.findings] == [said]
