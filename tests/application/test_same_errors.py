"""The same mistakes give the same errors at the same places: in every format and size, imported or only tried."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from policytrack.errors import Place, RejectedImport
from policytrack.ledger import Ledger
from tests.application.ledgers import length
from tests.examples import facility, firm, make

TODAY = date(2026, 11, 23)
Fields = dict[str, Any]
Finding = tuple[str, int, str]
"""What an error says, the row that it is in, and what is written where it points."""

_STATED: Fields = {"type": "capacity_stated", "facility_id": "f0", "activity_id": "crude-steel", "capacity": "100 t/yr"}
_PARTNERS = [{"firm_id": "one", "stake_pct": "60"}, {"firm_id": "nobody", "stake_pct": "40"}]
MISTAKES: list[tuple[Fields, list[tuple[str, str]]]] = [
    ({**_STATED, "capacity": "5 bananas"}, [("capacity_stated.capacity: 'bananas'", "5 bananas")]),
    ({**_STATED, "effective": "2020-13-40"}, [("capacity_stated.effective: '2020-13-40'", "2020-13-40")]),
    ({**_STATED, "facility_id": "nowhere"}, [("capacity_stated.facility_id: no facility 'nowhere'", "nowhere")]),
    ({**_STATED, "type": "capacity_retired", "capacity": "999 t/yr", "effective": "2021-01-01"},
     [("retirement_beyond_installed: cannot retire 999", "999 t/yr")]),
    ({"type": "joint_venture_formed", "venture_id": "one", "partners": [_PARTNERS[1], {**_PARTNERS[1], "stake_pct": "x"}]},
     [("joint_venture_formed.partners[2].stake_pct: 'x'", "x")]),
    ({"type": "joint_venture_formed", "venture_id": "two", "partners": _PARTNERS},
     [("joint_venture_formed.partners[2].firm_id: no firm 'nobody'", "nobody")]),
]  # fmt: skip
"""Rows in error, with what is said of them and at what."""


def rows_of(count: int) -> list[Fields]:
    """Rows, of which some in the middle and the last are in error."""
    day = date(1990, 1, 1)
    rows = [
        {**_STATED, "facility_id": f"f{n % 50}", "effective": str(day + timedelta(days=n // 50))} for n in range(count)
    ]
    for number, (mistaken, _) in enumerate(MISTAKES):
        rows[count - 1 - number * (count // 8 or 1)] = mistaken
    common = {"effective": "2020-01-01", "known_on": "2022-01-01"}
    return [{**common, **row, "note": f"row {n}"} for n, row in enumerate(rows)]


def expected(rows: list[Fields]) -> list[Finding]:
    wanted = []
    for number, row in enumerate(rows):
        for mistaken, found in MISTAKES:
            if mistaken.items() <= row.items():
                wanted += [(what, number, written) for what, written in found]
    return wanted


def flat(row: Fields) -> dict[str, str]:
    """A row by the names of columns."""
    partners = row.get("partners", ())
    named = {f"partners.{n}.{name}": text for n, one in enumerate(partners, 1) for name, text in one.items()}
    return {**{name: value for name, value in row.items() if name != "partners"}, **named}


COLUMNS = list(dict.fromkeys([*(name for row, _ in MISTAKES for name in flat(row)), "effective", "known_on", "note"]))


def write_jsonl(path: Path, rows: list[Fields]) -> Callable[[Place], tuple[int, str]]:
    lines = [json.dumps(row) for row in rows]
    path.write_text("\n".join(lines), encoding="utf-8")
    return lambda place: ((place.line or 0) - 1, _text_at(lines[(place.line or 0) - 1], place))


def write_yaml(path: Path, rows: list[Fields]) -> Callable[[Place], tuple[int, str]]:
    lines = [f"- {json.dumps(row)}" for row in rows]
    path.write_text("\n".join(lines), encoding="utf-8")
    return lambda place: ((place.line or 0) - 1, _text_at(lines[(place.line or 0) - 1], place))


def write_csv(path: Path, rows: list[Fields]) -> Callable[[Place], tuple[int, str]]:
    out = io.StringIO()
    table = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    table.writeheader()
    table.writerows(map(flat, rows))
    path.write_text(out.getvalue(), encoding="utf-8")
    lines = out.getvalue().splitlines()
    return lambda place: ((place.line or 0) - 2, _text_at(lines[(place.line or 0) - 1], place))


def write_xlsx(path: Path, rows: list[Fields]) -> Callable[[Place], tuple[int, str]]:
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet("Table")
        sheet.write_row(0, 0, COLUMNS)
        for number, row in enumerate(map(flat, rows), 1):
            sheet.write_row(number, 0, [row.get(name, "") for name in COLUMNS])
    book = openpyxl.load_workbook(path) if len(rows) < 10_000 else None

    def at(place: Place) -> tuple[int, str]:
        column, row = (place.column or 0) - 1, (place.line or 0) - 2
        assert str(place) == f"{path}!Table!{chr(65 + column)}{row + 2}"
        written = flat(rows[row])[COLUMNS[column]]
        assert book is None or book["Table"].cell(row + 2, column + 1).value == written
        return row, written

    return at


def _text_at(line: str, place: Place) -> str:
    found = re.match(r'"?([^",}]*)', line[(place.column or 0) - 1 :])
    assert found is not None
    return found[1]


WRITERS = {"jsonl": write_jsonl, "yaml": write_yaml, "csv": write_csv, "xlsx": write_xlsx}


def refused(ledger: Ledger, file: Path, *, dry_run: bool) -> RejectedImport:
    with pytest.raises(RejectedImport) as caught:
        ledger.import_files([(str(file), file)], today=TODAY, dry_run=dry_run)
    return caught.value


def compare(ledger: Ledger, folder: Path, format_: str, count: int) -> None:
    rows = rows_of(count)
    file = folder / f"rows.{format_}"
    at = WRITERS[format_](file, rows)
    before = length(ledger)
    tried, imported = (refused(ledger, file, dry_run=dry_run) for dry_run in (True, False))
    assert [str(one) for one in tried.findings] == [str(one) for one in imported.findings]
    found = [(one.what, *at(one.place)) for one in imported.findings if one.place is not None]
    assert len(found) == len(imported.findings)
    wanted = expected(rows)
    assert [(row, written) for _, row, written in found] == [(row, written) for _, row, written in wanted]
    assert [what[: len(said)] for (what, *_), (said, *_) in zip(found, wanted, strict=True)] == [
        said for said, *_ in wanted
    ]
    assert (str(imported), length(ledger)) == (f"{len(wanted)} errors in {count} events; nothing was written", before)


@pytest.fixture
def world(ledger: Ledger) -> Ledger:
    """A ledger with what the rows refer to."""
    firms = [firm(name, name=name) for name in ("one", "two")]
    facilities = [facility(f"f{n}", operator_id="one") for n in range(50)]
    first = make("capacity_stated", **{**_STATED, "effective": "1985-01-01"})
    ledger.record([firm(), *firms, *facilities, first])
    return ledger


@pytest.mark.parametrize("format_", WRITERS)
@pytest.mark.parametrize("count", [len(MISTAKES), 200])
def test_every_format_refuses_the_same_rows_at_the_same_fields(
    world: Ledger, tmp_path: Path, format_: str, count: int
) -> None:
    compare(world, tmp_path, format_, count)


@pytest.mark.soak
@pytest.mark.parametrize("format_", WRITERS)
def test_so_it_does_in_files_of_a_hundred_thousand_rows(world: Ledger, tmp_path: Path, format_: str) -> None:
    compare(world, tmp_path, format_, 30_000 if format_ == "yaml" else 100_000)


def test_an_import_ends_after_as_many_refusals_as_were_asked_for(world: Ledger, tmp_path: Path) -> None:
    rows = [{**_STATED, "facility_id": "nowhere", "effective": "2020", "note": f"row {n}"} for n in range(20)]
    file = tmp_path / "rows.jsonl"
    write_jsonl(file, rows)
    for dry_run in (True, False):
        with pytest.raises(RejectedImport) as caught:
            world.import_files([(str(file), file)], today=TODAY, dry_run=dry_run, max_errors=7)
        assert [one.place.line for one in caught.value.findings if one.place is not None] == list(range(1, 8))
