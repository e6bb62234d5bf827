"""Rows that may be totals: their figures equal the sum of the rows above or below them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from policytrack.importing.read import load_events
from policytrack.importing.tables.map_file import load_map
from policytrack.importing.tables.table_options import TableOptions
from tests.importing.test_map_tables import UNITS
from tests.importing.test_maps import DAY

A, B, C, D = "A,Germany,1000,open", "B,Germany,2000,open", "C,France,500,open", "D,France,700,open"


def notes(folder: Path, *rows: str, map_: str = UNITS) -> list[str]:
    (folder / "m.toml").write_text(map_, encoding="utf-8")
    tables = TableOptions(DAY, map=load_map(folder / "m.toml"))
    raw: Any = io.BytesIO("\n".join(("Plant,Country,Capacity,Status", *rows, "")).encode())
    load_events([("", raw)], today=DAY, known_on_of=lambda _: None, format_="csv", tables=tables)
    return [line.split(": ", 2)[2] for line in tables.unused.lines() if "may be " in line]


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ((A, B, "Germany,Germany,3000,open", C, D), ["row 4 may be the total of rows 2–3 in 'Capacity' (3000)"]),
        ((A, B, "Both,Germany,3000,", C, D), ["row 4 may be the total of rows 2–3 in 'Capacity' (3000)"]),
        ((C, A, B, "Germany,Germany,3000,open"), ["row 5 may be the total of rows 3–4 in 'Capacity' (3000)"]),
        ((A, B, C, "E,Spain,3500,open", D), ["row 5 may be the total of rows 2–4 in 'Capacity' (3500)"]),
        (("E,Spain,3500,open", A, B, C, D), ["row 2 may be the total of rows 3–5 in 'Capacity'"]),
        (("Germany,Germany,3000,open", A, B, C), ["row 2 may be the total of rows 3–4 in 'Capacity'"]),
        (
            (A, B, "Germany,Germany,3000,open", C, D, "France,France,1200,open", "EU,Belgium,4200,open"),
            [
                "row 4 may be the total of rows 2–3 in 'Capacity' (3000)",
                "row 7 may be the total of rows 5–6 in 'Capacity' (1200)",
                "row 8 may be the total of all rows above in 'Capacity' (4200)",
            ],
        ),
        ((A, B, "E,Spain,3000,open"), []),
        ((A, "E,Spain,1000,open", "F,Spain,1000,open", C, D), []),
        (("Alpha,Alpha,1000,open", "Beta,Beta,2000,open", "Gamma,Gamma,3000,open"), []),
    ],
)
def test_a_row_that_adds_up_others_is_named(tmp_path: Path, rows: tuple[str, ...], found: list[str]) -> None:
    map_ = UNITS.replace(", fill = true", "").replace(", country = true", ', values = "c"')
    map_ += '[values.c]\n"" = "US"\n' + "".join(
        f'"{name}" = "US"\n' for name in ("Germany", "France", "Spain", "Belgium", "Alpha", "Beta", "Gamma")
    )
    said = notes(tmp_path, *rows, map_=map_)
    assert [line.split(": if it is")[0] for line in said] == found


def test_a_skipped_row_and_a_row_of_another_kind_are_no_totals(tmp_path: Path) -> None:
    rows = (A, B, C, "All,Germany,3500,total")
    assert len(notes(tmp_path, *rows)) == 1
    skipping = UNITS.replace("[[event]]", '[[skip]]\nwhen = { Status = "total" }\nreason = "sums"\n[[event]]', 1)
    assert notes(tmp_path, *rows, map_=skipping) == []
    of_open = UNITS.replace('type = "capacity_stated"', 'type = "capacity_stated"\nwhen = { Status = "open" }')
    assert notes(tmp_path, *rows, map_=of_open) == []


def test_in_a_table_of_fields_rows_of_one_event_type_are_compared() -> None:
    def said(kind: str) -> list[str]:
        tables = TableOptions(DAY)
        rows = [f"capacity_stated,p{n},crude-steel,{n}000,2024" for n in (1, 2, 3)]
        head = "type,facility_id,activity_id,capacity (t/yr),effective"
        raw: Any = io.BytesIO("\n".join((head, *rows, f"{kind},p4,crude-steel,6000,2024\n")).encode())
        load_events([("", raw)], today=DAY, known_on_of=lambda _: None, format_="csv", tables=tables)
        return [line for line in tables.unused.lines() if "total" in line]

    assert said("capacity_retired") == []
    assert "row 5 may be the total of rows 2–4 in 'capacity (t/yr)' (6000)" in said("capacity_stated")[0]


def test_five_rows_are_named_and_the_others_counted(tmp_path: Path) -> None:
    rows = [
        f"P{number}-{n},Germany,{n * (number + 1)},open" for number in range(7) for n in (1, 2, 4, 7)
    ]  # 7 is the sum of 1, 2 and 4
    said = notes(tmp_path, *rows)
    assert len(said) == 6
    assert said[-1] == "… and 2 more rows that may be totals"
