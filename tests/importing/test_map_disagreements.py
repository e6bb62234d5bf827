"""Rows that a map joins and that differ: refused with both rows and the field, or resolved as the map says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.importing.test_maps import mapped, refusals

HEAD = """\
known_on = 2024-04-15
source = { title = "A survey", class = "aggregator" }
"""
PLANTS = (
    HEAD
    + """\
[[event]]
type = "facility_registered"
[event.fields]
facility_id = { id = "{Plant}" }
name = { column = "Plant" }
country = { column = "Country", country = true }
region = { column = "Region" }
"""
)
CAPACITY = """\
[[event]]
type = "capacity_stated"
[event.fields]
facility_id = { id = "{Plant}" }
activity_id = "crude-steel"
capacity = { column = "Capacity", unit = "kt/yr" }
effective = "2024"
"""
OWNERS = (
    HEAD
    + """\
[[event]]
type = "stake_stated"
unless = { owner = "unknown", share = "" }
each = { columns = { owner = "Owners" } }
per = ["Firm", "owner"]
[event.fields]
owned_id = { column = "Firm", as_id = true }
owner_id = { column = "owner", as_id = true }
stake_pct = { column = "share" }
"""
)


def test_a_registration_in_another_country_is_refused(tmp_path: Path) -> None:
    table = "Plant,Country,Region\nSan Pedro,Spain,\nOther,Peru,\nSan Pedro,Chile,\nSan Pedro,Chile,\n"
    found = refusals(tmp_path, PLANTS, table)
    assert found == ["stdin:4:11: row 4 registers san-pedro with country 'CL', but row 2 with 'ES'"]


def test_rows_of_one_thing_complete_each_other_and_spellings_of_one_country_are_one(tmp_path: Path) -> None:
    table = "Plant,Country,Region\nAlpha,Spain,\nAlpha,ES,ES-AN\n"
    (plant,) = (event.model_dump() for event in mapped(tmp_path, PLANTS, table))
    assert (plant["country"], plant["region"]) == ("ES", "ES-AN")


def test_the_first_row_that_says_something_is_the_one_named(tmp_path: Path) -> None:
    table = "Plant,Country,Region\nAlpha,Spain,\nAlpha,ES,ES-AN\nAlpha,ES,ES-CL\n"
    assert refusals(tmp_path, PLANTS, table) == [
        "stdin:4:10: row 4 registers alpha with region 'ES-CL', but row 3 with 'ES-AN'"
    ]


def test_two_events_of_a_map_that_register_one_firm_must_agree(tmp_path: Path) -> None:
    firm = '[[event]]\ntype = "firm_registered"\nfields = {{ firm_id = {{ id = "{{Id}}" }}, name = {{ column = "{name}" }} }}\n'
    map_ = HEAD + firm.format(name="Name") + firm.format(name="Trade name")
    assert len(mapped(tmp_path, map_, "Id,Name,Trade name\nf1,A,A\n")) == 1
    assert refusals(tmp_path, map_, "Id,Name,Trade name\nf1,A,B\n") == [
        "stdin:2:6: row 2 registers f1 with name 'B', but another item of the row with 'A'"
    ]


@pytest.mark.parametrize("capacities", [("100", "200"), ("100", "100")])
def test_two_statements_of_one_subject_and_day_are_refused(tmp_path: Path, capacities: tuple[str, str]) -> None:
    rows = "".join(f"Alpha,{number},{capacity}\n" for number, capacity in enumerate(capacities))
    with_row = CAPACITY + 'note = "unit {row}"\n'
    for map_ in (CAPACITY, with_row):
        (found,) = refusals(tmp_path, HEAD + map_, f"Plant,Unit,Capacity\n{rows}")
        assert "row 3" in found or "row 2 makes an equal" in found
        assert found.startswith("stdin:3:9: ")


def test_statements_of_other_days_and_moves_of_one_day_are_not_refused(tmp_path: Path) -> None:
    dated = CAPACITY.replace('effective = "2024"', 'effective = { column = "Year" }')
    assert len(mapped(tmp_path, HEAD + dated, "Plant,Year,Capacity\nA,2020,1\nA,2021,2\n")) == 2
    retired = CAPACITY.replace("capacity_stated", "capacity_retired")
    assert len(mapped(tmp_path, HEAD + retired, "Plant,Capacity\nA,1\nA,2\n")) == 2
    (equal,) = refusals(tmp_path, HEAD + retired, "Plant,Capacity\nA,1\nA,1\n")
    assert "row 2 makes an equal capacity_retired" in equal


def test_the_hint_is_the_line_of_the_map_that_cures_it(tmp_path: Path) -> None:
    per = CAPACITY.replace("[event.fields]", 'per = ["Plant"]\n[event.fields]').replace("column", "sum")
    (stated,) = mapped(tmp_path, HEAD + per, "Plant,Capacity\nA,100\nA,200\n")
    assert stated.model_dump()["capacity"]["value"] == 300_000


def test_an_owner_that_a_list_repeats_holds_the_sum(tmp_path: Path) -> None:
    table = "Firm,Owners\nWorks,Big Corp [40.0%]; Small Fund [30%]; Big Corp [30.5%]\n"
    stakes = {
        event.model_dump()["owner_id"]: event.model_dump()["stake_pct"] for event in mapped(tmp_path, OWNERS, table)
    }
    assert {owner: str(share) for owner, share in stakes.items()} == {"big-corp": "70.5", "small-fund": "30"}


def test_the_same_list_in_several_rows_counts_once_and_another_list_is_refused(tmp_path: Path) -> None:
    table = "Firm,Owners\nWorks,Big Corp [60%]; Small Fund [40%]\nWorks,Small Fund [40.0%]; Big Corp [60%]\n"
    assert len(mapped(tmp_path, OWNERS, table)) == 2
    (first, second) = refusals(tmp_path, OWNERS, table.replace("40.0%]; Big Corp [60%", "50%]; Big Corp [50%"))
    assert "rows 2 and 3, which `per` joins into one stake_stated, differ in stake_pct: '40' and '50'" in first
    assert "'60' and '50'" in second


def test_spellings_of_one_owner_are_two_statements_of_one_stake(tmp_path: Path) -> None:
    (found,) = refusals(tmp_path, OWNERS, "Firm,Owners\nWorks,Big Corp [40%]; BIG Corp. [30%]\n")
    assert "row 2 states stake_pct 30 for works big-corp" in found


@pytest.mark.parametrize(
    ("filler", "expected"),
    [
        ('{ first = "Start" }', "2001"),
        ('{ last = "Start" }', "1999-05"),
        ('{ min = "Start" }', "1999-05"),
        ('{ max = "Start" }', "2010"),
    ],
)
def test_a_map_says_which_of_several_rows_counts(tmp_path: Path, filler: str, expected: str) -> None:
    map_ = HEAD + CAPACITY.replace('"2024"', filler).replace("[event.fields]", 'per = ["Plant"]\n[event.fields]')
    table = "Plant,Start,Capacity\nA,,5\nA,2001,5\nA,2010,5\nA,1999-05,5\n"
    (stated,) = mapped(tmp_path, map_, table)
    assert str(stated.effective) == expected
    assert refusals(tmp_path, map_.replace(filler, '{ column = "Start" }'), table)[0].endswith("'2001' and '2010'")


def test_what_cannot_be_compared_or_added_is_refused(tmp_path: Path) -> None:
    map_ = HEAD + CAPACITY.replace("[event.fields]", 'per = ["Plant"]\n[event.fields]')
    greatest = map_.replace('column = "Capacity"', 'max = "Capacity"')
    (found,) = refusals(tmp_path, greatest, "Plant,Capacity\nA,5\nA,6 MW\n")
    assert "not figures in one unit, nor dates" in found
    summed = map_.replace('column = "Capacity", unit = "kt/yr"', 'sum = "Capacity"')
    (found,) = refusals(tmp_path, summed, "Plant,Capacity\nA,5\nA,6 MW\n")
    assert "'6 MW' is in MW" in found


def test_rows_become_the_items_of_a_list_and_are_counted(tmp_path: Path) -> None:
    map_ = (
        HEAD
        + """\
[[event]]
type = "joint_venture_formed"
per = ["Venture"]
[event.fields]
venture_id = { id = "{Venture}" }
effective = { column = "Day" }
partners = { rows = { firm_id = { column = "Firm", as_id = true }, stake_pct = { column = "Share" } } }
note = { count = "Firm" }
"""
    )
    table = "Venture,Day,Firm,Share\nV,2020-01-01,A,60\nV,2020-01-01,B,40\n"
    (formed,) = (event.model_dump() for event in mapped(tmp_path, map_, table))
    assert [(one["firm_id"], str(one["stake_pct"])) for one in formed["partners"]] == [("a", "60"), ("b", "40")]
    assert formed["note"] == "2"


def test_blank_items_keep_their_places_in_parallel_lists(tmp_path: Path) -> None:
    map_ = (
        HEAD
        + """\
[[event]]
type = "firm_registered"
unless = { id = "" }
each = { columns = { owner = "Owners", id = "Ids" } }
fields = { firm_id = { id = "{id}" }, name = { column = "owner" } }
"""
    )
    events = mapped(tmp_path, map_, "Owners,Ids\nA; B; C,1; ;3\nD;E;,4;\n")
    firms = [(event.model_dump()["firm_id"], event.model_dump()["name"]) for event in events]
    assert firms == [("1", "A"), ("3", "C"), ("4", "D")]
    assert (
        "this list has 2 items, but another list of the row has 3"
        in refusals(tmp_path, map_, "Owners,Ids\nA; B; C,1;3\n")[0]
    )
