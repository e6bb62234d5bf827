"""Numbers whose mark may be of the other kind: they are read as the file says, with a warning."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from policytrack.errors import RejectedImport
from policytrack.importing.read import load_events
from policytrack.importing.tables.map_file import load_map
from policytrack.importing.tables.table_options import TableOptions
from tests.importing.test_map_tables import UNITS
from tests.importing.test_maps import DAY


def said(folder: Path, *numbers: str, decimal: str | None = ",") -> list[str]:
    (folder / "m.toml").write_text(UNITS, encoding="utf-8")
    tables = TableOptions(DAY, map=load_map(folder / "m.toml"), decimal=decimal)  # type: ignore[arg-type] # one of two
    rows = [f"P{n};Germany;{number};open" for n, number in enumerate(numbers)]
    raw: Any = io.BytesIO("\n".join(("Plant;Country;Capacity;Status", *rows, "")).encode())
    load_events([("", raw)], today=DAY, known_on_of=lambda _: None, format_="csv", tables=tables)
    return [line.split(": ", 1)[1] for line in tables.unused.lines() if "is meant" in line]


@pytest.mark.parametrize(
    ("numbers", "decimal", "found"),
    [
        (("6,2", "3", "13,5", "1.250"), ",", "row 5 has '1.250' in 'Capacity', read as 1250; no other number is above 13.5: if 1.25 is meant"),
        (("6.2", "3", "13.5", "1,250"), ".", "row 5 has '1,250' in 'Capacity', read as 1250; no other number is above 13.5: if 1.25 is meant"),
        (("1,250", "900", "3400", "1100"), ",", "row 2 has '1,250' in 'Capacity', read as 1.25; no other number is below 900: if 1250 is meant"),
        (("1.250", "900", "3400", "1100"), ".", "row 2 has '1.250' in 'Capacity', read as 1.25; no other number is below 900: if 1250 is meant"),
    ],
)  # fmt: skip
def test_a_number_that_fits_only_with_the_other_mark_is_named(
    tmp_path: Path, numbers: tuple[str, ...], decimal: str, found: str
) -> None:
    (line,) = said(tmp_path, *numbers, decimal=decimal)
    assert found in line


@pytest.mark.parametrize(
    "numbers",
    [
        ("6,2", "3", "1.250"),  # too few others to compare with
        ("900", "1.250", "3.400", "850", "700"),  # thousands among hundreds
        ("6,2", "30", "13,5", "990.000"),  # 990 would not be like the others either
        ("6,2", "3", "13,5", "1,250"),  # one of them
        ("1250", "6,2", "3", "13,5"),  # without a mark nothing is in doubt
        ("0,375", "900", "3400", "1100"),  # no group of thousands begins with 0
    ],
)
def test_other_numbers_are_not(tmp_path: Path, numbers: tuple[str, ...]) -> None:
    assert said(tmp_path, *numbers) == []


def test_five_numbers_are_named_and_the_others_counted(tmp_path: Path) -> None:
    found = said(tmp_path, "1", "2", "3", *["1.250"] * 7)
    assert len(found) == 5


def test_an_error_quotes_the_cell_as_the_file_has_it(tmp_path: Path) -> None:
    with pytest.raises(RejectedImport) as caught:
        said(tmp_path, "2,9*")
    assert "'2,9*' is not a capacity" in str(caught.value.findings[0].what)
