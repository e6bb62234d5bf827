"""Units in the names of columns: a map reads the numbers in them, or reports that it does not."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from policytrack.errors import RejectedImport
from policytrack.events.capacity import CapacityStated
from policytrack.events.ownership import StakeStated
from policytrack.importing.read import load_events
from policytrack.importing.tables.header_units import unit_text
from policytrack.importing.tables.map_file import load_map
from policytrack.importing.tables.table_options import TableOptions
from tests.importing.test_maps import DAY

MAP = """\
[table]
header = {header}
[[event]]
type = "capacity_stated"
{per}
[event.fields]
facility_id = {{ id = "{{Plant}}{kind}" }}
activity_id = "alumina"
effective = "2020"
capacity = {{ {origin} }}
"""
PARTS = """\
[[parts]]
columns = { Amount = "Old (kt/yr)" }
constants = { Kind = "old" }
[[parts]]
columns = { Amount = "New (kt/yr)" }
constants = { Kind = "new" }
"""


def read(
    folder: Path, text: str, origin: str, header: str = "1", more: str = "", kind: str = "", per: str = ""
) -> tuple[list[str], list[str]]:
    """The capacities that a table gives, each as stored, and what is reported."""
    (folder / "m.toml").write_text(
        MAP.format(header=header, origin=origin, kind=kind, per=per) + more, encoding="utf-8"
    )
    tables = TableOptions(DAY, map=load_map(folder / "m.toml"))
    raw: Any = io.BytesIO(text.encode())
    events, _ = load_events([("", raw)], today=DAY, known_on_of=lambda _: None, format_="csv", tables=tables)
    figures = [str(one.capacity.value) for one in events if isinstance(one, CapacityStated)]
    return figures, [line.split(": ", 1)[1] for line in tables.unused.lines()]


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("Capacity (kt/yr)", "kt/yr"), ("Capacity [MW]", "MW"), ("current-capacity-(ttpa)", "ttpa"), ("产能（万吨/年）", "万吨/年"),
        ("Capacity, kt", "kt"), ("Capacity: Mt/yr", "Mt/yr"), ("Capacity in TEU", "TEU"), ("Capacity (in t)", "t"),
        ("Capacity (thousand tonnes)", "thousand tonnes"), ("Capacity, thousand tonnes", "thousand tonnes"),
        ("Capacity million tonnes per annum", "million tonnes per annum"), ("Kapazität (Tsd. t)", "Tsd. t"),
        ("Installed capacity MW", "MW"), ("Capacity 2024, GWh/yr", "GWh/yr"), ("CAPACITY_MW", "MW"), ("capacity_gw", "GW"),
        ("capacity_kt_per_year", "kt per year"), ("capacity_mt", "mt"), ("Capacity tons", "tons"),
        ("Capacity", None), ("Number of units", None), ("Capacity 2024", None), ("Capacity, design", None), ("Phase B", None),
    ],
)  # fmt: skip
def test_the_unit_in_a_name(name: str, unit: str | None) -> None:
    assert unit_text(name) == unit


@pytest.mark.parametrize("origin", ['column = "{}"', 'column = "{}", unit = "kt/yr"'])
@pytest.mark.parametrize("name", ["Capacity (kt/yr)", "Capacity kt", "Capacity (thousand tonnes)"])
def test_numbers_are_in_the_unit_of_their_column(tmp_path: Path, name: str, origin: str) -> None:
    figures, notes = read(tmp_path, f"Plant,{name}\nA,500\nB,1.5\nC,2 Mt\n", origin.format(name))
    assert (figures, notes) == (["500000", "1500", "2000000"], [])


def test_a_map_with_another_unit_than_the_column_is_reported(tmp_path: Path) -> None:
    figures, (note,) = read(tmp_path, "Plant,Capacity (kt/yr)\nA,500\n", 'column = "Capacity (kt/yr)", unit = "t/yr"')
    assert figures == ["500"]
    assert "'Capacity (kt/yr)' is in kt/yr by its name, and the map reads its numbers in t/yr" in note


@pytest.mark.parametrize("unit", ["mtpa", "tons", "mt", "kW/d", "1,000 t", "'000 t", "10^3 t", "thousands", "t/d"])
def test_an_ambiguous_unit_needs_one_in_the_map(tmp_path: Path, unit: str) -> None:
    name = f"Capacity ({unit})"
    with pytest.raises(RejectedImport) as refused:
        read(tmp_path, f'Plant,"{name}"\nA,500\n', f'column = "{name}"')
    (error,) = refused.value.findings
    assert (error.place.line, error.place.column) == (1, 7)
    assert f"{unit!r} in the name of the column {name!r} is not a unit, or is ambiguous" in error.what
    assert read(tmp_path, f'Plant,"{name}"\nA,5\n', f'column = "{name}", unit = "Mt/yr"') == (["5000000"], [])


@pytest.mark.parametrize("name", ["Capacity (planned)", "Capacity (2024)", "Capacity (units)"])
def test_what_is_no_unit_says_nothing_of_it(tmp_path: Path, name: str) -> None:
    assert read(tmp_path, f"Plant,{name}\nA,500\n", f'column = "{name}"') == (["500"], [])


def test_columns_of_parts_and_sums_have_it_too(tmp_path: Path) -> None:
    table = "Plant,Old (kt/yr),New (kt/yr)\nA,1,2\n"
    assert read(tmp_path, table, 'column = "Amount"', more=PARTS, kind=" {Kind}")[0] == ["1000", "2000"]
    summed = "Plant,Unit,Capacity (kt/yr)\nA,1,500\nA,2,700\n"
    assert read(tmp_path, summed, 'sum = "Capacity (kt/yr)"', per='per = ["Plant"]')[0] == ["1200000"]


@pytest.mark.parametrize("new", ["New (Mt/yr)", "New"])
def test_columns_of_parts_that_differ_in_unit_are_refused(tmp_path: Path, new: str) -> None:
    with pytest.raises(RejectedImport) as refused:
        read(
            tmp_path,
            f"Plant,Old (kt/yr),{new}\nA,1,2\n",
            'column = "Amount"',
            more=PARTS.replace("New (kt/yr)", new),
            kind=" {Kind}",
        )
    (error,) = refused.value.findings
    assert f"the columns 'Old (kt/yr)' and {new!r} of the map's 'Amount' differ in unit" in error.what


@pytest.mark.parametrize("title", ["Unit: 1,000 t", "Capacities in thousand tonnes", "(in kt)", "单位：万吨"])
def test_a_row_above_the_header_that_says_a_unit_is_reported(tmp_path: Path, title: str) -> None:
    table = f'Alumina plants,\n"{title}",\nPlant,Capacity\nA,500\n'
    figures, (note,) = read(tmp_path, table, 'column = "Capacity"', header="3")
    assert figures == ["500"]
    assert f"row 2 says {title!r}, and neither the column 'Capacity' nor the map has a unit" in note
    assert read(tmp_path, table, 'column = "Capacity", unit = "kt/yr"', header="3") == (["500000"], [])


def test_names_of_several_rows_have_a_unit_too(tmp_path: Path) -> None:
    table = "Plant,Capacity\n,kt\nA,500\n"
    assert read(tmp_path, table, 'column = "Capacity kt"', header="[1, 2]")[0] == ["500000"]


@pytest.mark.parametrize(
    ("name", "share"), [("Share (fraction)", "50"), ("Share [share of 1]", "50"), ("Share (%)", "0.5")]
)
def test_shares_are_fractions_where_the_name_of_their_column_says_so(tmp_path: Path, name: str, share: str) -> None:
    stake = f"""
[[event]]
type = "stake_stated"
fields = {{ effective = "2020", owned_id = "owned", owner_id = "owner", stake_pct = {{ column = "{name}" }} }}
"""
    (tmp_path / "m.toml").write_text(stake, encoding="utf-8")
    tables = TableOptions(DAY, map=load_map(tmp_path / "m.toml"))
    raw: Any = io.BytesIO(f"Plant,{name}\nA,0.5\n".encode())
    (event,), _ = load_events([("", raw)], today=DAY, known_on_of=lambda _: None, format_="csv", tables=tables)
    assert isinstance(event, StakeStated)
    assert str(event.stake_pct) == share
