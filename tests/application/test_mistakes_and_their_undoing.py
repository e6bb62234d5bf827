"""Random mistakes and the ways back from them: figures equal those of a ledger that never had the mistake."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest

from policytrack.events import Event
from policytrack.importing.tables.map_file import load_map
from policytrack.importing.tables.table_options import TableOptions
from policytrack.ledger import Ledger
from policytrack.store.sqlite.reading import head, transaction_of
from tests.application.folded import events_of, installed
from tests.examples import correction, retraction
from tests.thinning import one_in

TODAY = date(2026, 11, 23)
DAYS = [date(2024, 12, 31), date(2025, 6, 30), date(2026, 1, 31), TODAY]
MAP = """
known_on = 2025-01-15
[source]
title = "Register"
class = "regulator"
[[event]]
type = "facility_registered"
[event.fields]
facility_id = { id = "{Plant}" }
name = { column = "Plant" }
country = "FR"
[[event]]
type = "capacity_retired"
[event.fields]
facility_id = { id = "{Plant}" }
activity_id = "crude-steel"
capacity = { column = "Gone" }
effective = { column = "Year" }
"""
Rows = list[tuple[str, int, int]]
"""Plant, year, capacity retired."""


def _events(rows: Rows, *, has_ids: bool) -> list[dict[str, Any]]:
    registered = [
        {"type": "facility_registered", "facility_id": plant, "name": plant, "country": "FR", "known_on": "2025-01-15"}
        for plant in sorted({plant for plant, _, _ in rows})
    ]
    retired = [
        {"type": "capacity_retired", "facility_id": plant, "activity_id": "crude-steel", "capacity": gone,
         "effective": str(year), "known_on": "2025-01-15"}
        for plant, year, gone in rows
    ]  # fmt: skip
    found: list[dict[str, Any]] = [*registered, *retired]
    for number, fields in enumerate(found if has_ids else []):
        fields["event_id"] = f"00000000-0000-4000-8000-{number:012}"
    return found


def imports(ledger: Ledger, format_: str, rows: Rows, *, has_ids: bool, folder: Path) -> None:
    """Import a file of these rows."""
    how: dict[str, Any] = {"format_": format_}
    if format_ == "csv":
        (folder / "map.toml").write_text(MAP, encoding="utf-8")
        map_ = load_map(folder / "map.toml")
        how["tables"] = TableOptions(date(2025, 1, 15), None, None, map_, ())
        text = "Plant,Year,Gone\n" + "".join(f"{plant},{year},{gone}\n" for plant, year, gone in rows)
    elif format_ == "yaml":
        text = json.dumps({"events": _events(rows, has_ids=has_ids)})
    else:
        text = "".join(f"{json.dumps(fields)}\n" for fields in _events(rows, has_ids=has_ids))
    ledger.import_files([("-", io.BytesIO(text.encode()))], today=date(2025, 1, 15), **how)


def in_force(ledger: Ledger, dice: Random) -> Event:
    """A statement that nothing supersedes."""
    events = events_of(ledger)
    gone = {event.supersedes.event_id for event in events if event.supersedes}
    gone |= {getattr(event, "target", None) for event in events}
    return dice.choice([one for one in events if one.TOPIC == "capacity_retired" and one.event_id not in gone])


def undo(ledger: Ledger, first: int) -> None:
    """Undo the transaction that begins at a position."""
    transaction = transaction_of(ledger.store.path, first)
    assert transaction is not None
    with ledger.application() as application:
        found = application.undoing(first, transaction.last, "a mistake", cascade=True)
        if found.events:
            application.record(found.events, renews=False)


def record(ledger: Ledger, *events: Event) -> None:
    with ledger.application() as application:
        application.record(events, renews=False)


def mistake(ledger: Ledger, dice: Random, wrong: Callable[[], None]) -> None:
    """Something goes wrong and is taken back, or a right event is taken away (it is imported again afterwards)."""
    first = head(ledger.store.path).position + 1
    because = dice.choice(["error", "revision"])
    day = {"known_on": dice.choice(["2025-03-01", "2025-09-01"])} if because == "revision" else {}
    choice = dice.randrange(4)
    if choice == 0:
        wrong()
        undo(ledger, first)
    elif choice == 1:
        record(ledger, correction(in_force(ledger, dice), because, capacity=dice.randrange(1, 99), **day))
        undo(ledger, first)
    elif choice == 2:
        changed = correction(in_force(ledger, dice), because, capacity=dice.randrange(1, 99), **day)
        record(ledger, changed)
        record(ledger, retraction(changed, "error"))
    else:
        target = in_force(ledger, dice)
        record(ledger, retraction(target, "error", known_on=target.known_on, effective=target.known_on))


@pytest.mark.parametrize("format_", ["yaml", "jsonl", "csv"])
@pytest.mark.parametrize("seed", one_in(150, range(150)))
def test_after_mistakes_figures_are_those_of_a_ledger_without_them(tmp_path: Path, format_: str, seed: int) -> None:
    dice = Random(seed)
    has_ids = dice.random() < 0.5
    rows = [(plant, year, dice.randrange(1, 99)) for plant in ("a", "b") for year in (2021, 2022, 2023)]
    right = Ledger.create(tmp_path / "right")
    imports(right, format_, rows, has_ids=has_ids, folder=tmp_path)
    expected = installed(events_of(right), DAYS)
    ledger = Ledger.create(tmp_path / "ledger")
    is_right_in = dice.random() < 0.7
    if is_right_in:
        imports(ledger, format_, rows, has_ids=has_ids, folder=tmp_path)
    for _ in range(dice.randrange(1, 5)):
        wrong = [(plant, year, gone + dice.choice((0, 5))) for plant, year, gone in rows]
        if is_right_in:
            wrong = [(f"{plant}-other", year, gone) for plant, year, gone in wrong]
        makes = partial(imports, ledger, format_, wrong, has_ids=has_ids and not is_right_in, folder=tmp_path)
        if is_right_in:
            mistake(ledger, dice, makes)
        else:
            first = head(ledger.store.path).position + 1
            makes()
            undo(ledger, first)
        imports(ledger, format_, rows, has_ids=has_ids, folder=tmp_path)
        is_right_in = True
        assert installed(events_of(ledger), DAYS) == expected
    length = head(ledger.store.path).position
    imports(ledger, format_, rows, has_ids=has_ids, folder=tmp_path)
    assert head(ledger.store.path).position == length
