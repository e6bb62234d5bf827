"""Maps of Global Energy Monitor's tables: rows with the published column names give the figures that a reader expects."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from tests.cli.conftest import policytrack, rows_of
from tests.thinning import one_in

TABLES: Final = {
    "gem-coal": """\
GEM unit/phase ID,GEM location ID,Country/Area,Wiki URL,Plant name,Unit name,Plant name (other),Owner,Capacity (MW),Status,Start year,Retired year,Planned retirement
G1,L1,Germany,https://x,Alpha power station,Unit 1,,A,500,operating,1985,,
G2,L1,Germany,https://x,Alpha power station,Unit 2,,A,300,retired,1970,2018,
G3,L1,Germany,https://x,Alpha power station,Unit 3,,A,200,retired,,2018,
G4,L1,Germany,https://x,Alpha power station,Unit 4,,A,100,mothballed,1990,,
G5,L2,China,https://x,Beta power station,1,,B,1000,construction,2027,,
G6,L2,China,https://x,Beta power station,2,,B,1000,permitted,,,
G7,L2,China,https://x,Beta power station,3,,B,660,cancelled,,,
G8,L2,China,https://x,Beta power station,4,,B,660,shelved,,,
G9,L3,India,https://x,Gamma power station,1,,B,660,pre-permit,2030,,
G10,L3,India,https://x,Gamma power station,2,,B,50,retired,1960,,
""",
    "gem-gas": """\
Wiki URL,Country/Area,Plant name,Unit name,Fuel,Capacity (MW),Status,Start year,Retired year,GEM location ID,GEM unit ID
x,Latvia,TEC,1,fossil gas: natural gas,400,operating,2008,,L1,G1
x,Latvia,TEC,2,"fossil gas: natural gas, fossil liquids: fuel oil",100,retired,1990,2020,L1,G2
x,Latvia,TEC,3,fossil liquids: heavy fuel oil,50,mothballed,1980,,L1,G3
x,United States,GW Ranch,,fossil gas: natural gas,5000,pre-construction,2028,,L2,G4
""",
    "gem-hydro": """\
Country/Area 1,Country/Area 2,Project Name,Binational,Capacity (MW),Country/Area 1 Capacity (MW),Country/Area 2 Capacity (MW),Status,Start Year,Retired Year,Technology Type,GEM location ID,GEM unit ID
Brazil,Paraguay,Itaipu,yes,14000,7000,7000,operating,1984,,conventional storage,L1,G1
Norway,,Kvilldal,no,1240,,,operating,1981,,conventional storage,L2,G2
Norway,,Tonstad,no,960,,,operating,1968,,run-of-river,L3,G3
Germany,,Goldisthal,no,1060,,,operating,2003,,pumped storage,L4,G4
Austria,,Mixed,no,730,,,operating,2008,,conventional and pumped storage,L5,G5
Peru,,New,no,100,,,pre-construction,2029,,run-of-river,L6,G6
""",
    "gem-iron-ore": """\
GEM Asset ID,Asset name (English),Coordinates,Country/Area,Production 2024 (ttpa),Design capacity (ttpa),Operating status,Start date,Stop date,Owner
P1,Ghoryan Mine,"34.012090, 61.564895",Afghanistan,1408,2500,proposed,unknown,N/A,unknown
P2,North Mine,"-22.1, 117.5",Australia,9000,10000,operating,1990,N/A,A
P3,South Mine,"-22.1, 118.5",Australia,N/A,unknown,operating,unknown,N/A,A
P4,Old Mine,"-22.1, 119.5",Australia,N/A,3000,retired,1970,2015,A
P5,Idle Mine,"-22.1, 120.5",Australia,N/A,1000,mothballed,1970,2021,A
""",
    "gem-nuclear": """\
Country/Area,Project Name,Unit Name,Capacity (MW),Status,Start Year,Retirement Year,GEM location ID,GEM unit ID
France,Flamanville,1,1330,operating,1986,,L1,G1
France,Flamanville,3,1650,construction,2025,,L1,G2
Germany,Isar,2,1410,retired,1988,2023,L2,G3
""",
}
"""Rows as in the tables: the names of the columns and the words of the status are the publisher's, the plants are made up."""

FIGURES: Final = {
    "gem-coal": [("CN", 0, 0, 2660), ("DE", 600, 100, 0), ("IN", 0, 0, 660)],
    "gem-gas": [("LV", 400, 0, 0), ("LV", 50, 50, 0), ("US", 0, 0, 5000)],
    "gem-hydro": [("DE", 1060, 0, 0), ("NO", 2200, 0, 0), ("PE", 0, 0, 100)],
    "gem-iron-ore": [("AF", 0, 0, 2500000), ("AU", 11000000, 1000000, 0)],
    "gem-nuclear": [("DE", 0, 0, 0), ("FR", 1330, 0, 1650)],
}
"""Country, installed, idle and pending capacity of each activity, in the unit of the activity."""


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    assert policytrack(tmp_path, "init", "ledger").code == 0
    return tmp_path / "ledger"


@pytest.mark.parametrize("name", one_in(5, TABLES))
def test_a_table_gives_its_figures_and_a_second_import_nothing(ledger: Path, name: str) -> None:
    (ledger / "table.csv").write_text(TABLES[name], encoding="utf-8")
    words = ("import", "table.csv", "--map", name, "--known-on", "2026-01-28")
    done = policytrack(ledger, *words)
    assert done.code == 0, done.err
    query = (
        "SELECT country_code, installed, idle, pending_gross FROM national_capacity ORDER BY country_code, activity_id"
    )
    found = [(row["country_code"], *(int(row[name]) for name in ("installed", "idle", "pending_gross")))
             for row in rows_of(ledger, query)]  # fmt: skip
    assert found == FIGURES[name]
    assert "0 new" in policytrack(ledger, *words).err
    assert policytrack(ledger, "check", "--severity", "error").out == ""


def test_a_unit_without_a_start_counts_until_its_end(ledger: Path) -> None:
    (ledger / "table.csv").write_text(TABLES["gem-coal"], encoding="utf-8")
    policytrack(ledger, "import", "table.csv", "--map", "gem-coal", "--known-on", "2026-01-28")
    query = "SELECT sum(installed) AS all FROM national_capacity WHERE country_code = 'DE'"
    assert int(rows_of(ledger, query, as_of="2017-12-31")[0]["all"]) == 900
    assert int(rows_of(ledger, query, as_of="2018-12-31")[0]["all"]) == 600


def test_what_a_table_does_not_divide_is_skipped_and_reported(ledger: Path) -> None:
    (ledger / "table.csv").write_text(TABLES["gem-hydro"], encoding="utf-8")
    done = policytrack(ledger, "import", "table.csv", "--map", "gem-hydro", "--known-on", "2026-01-28")
    assert "1 row skipped (row 2): a plant of two countries" in done.err
    assert "1 row skipped (row 6): one capacity for hydropower and pumped storage" in done.err


def test_a_fuel_without_an_activity_is_refused(ledger: Path) -> None:
    (ledger / "table.csv").write_text(
        TABLES["gem-gas"].replace("fossil liquids: heavy fuel oil", "hydrogen"), encoding="utf-8"
    )
    done = policytrack(ledger, "import", "table.csv", "--map", "gem-gas", "--known-on", "2026-01-28")
    assert done.code == 3 and "hydrogen" in done.err and "table.csv:4" in done.err
