"""Computes what a recording would change: records in a copy of the ledger, and compares the national figures."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from policytrack.ledger import Ledger
from policytrack.questions import ask
from policytrack.questions.why_national import FIGURES
from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.session import Session
from policytrack.store.anchor import LEDGER_STORE
from policytrack.unfinished import temporary_folder


@dataclass(frozen=True, slots=True)
class Effect:
    """What a recording would change: national figures of a day, and what the checks would find about the new events.

    `changes` has a row per figure that changes: its cell, the figure, before, after, change and unit. `doubts` are the
    findings, as `policytrack check` has them. `since` is the last event before the new ones.
    """

    changes: list[dict[str, Any]]
    doubts: pa.Table
    since: int


@contextmanager
def what_if(ledger: Ledger, record: Callable[[Ledger], object], *, notes: Callable[[str], None]) -> Iterator[Path]:
    """Record in a temporary copy of the ledger, and yield the file of its read model. The ledger is not changed."""
    with temporary_folder() as folder:
        copy = Ledger(folder)
        copy.store = ledger.store.copy_to(folder / LEDGER_STORE)
        copy.trust, copy.own_sql = ledger.trust, ledger.own_sql  # only read
        _copy_current(ledger, copy)
        with copy.kept_open():
            record(copy)
            yield copy.generation(notes=notes)


def _copy_current(ledger: Ledger, copy: Ledger) -> None:
    """Copy the current read model too, so that the copy only has to catch up."""
    from policytrack.readmodel.generation import write_pointer
    from policytrack.readmodel.source_files import STORED

    current = ledger.read_model.current()
    if current is not None:
        folder = copy.root / "readmodel"
        folder.mkdir()
        with suppress(FileNotFoundError):  # another process has just replaced it: the copy rebuilds its read model
            shutil.copyfile(current.path, folder / current.path.name)
            write_pointer(folder, replace(current, path=folder / current.path.name))
        with suppress(FileNotFoundError):
            shutil.copyfile(current.path.with_name(STORED), folder / STORED)


def effect_of(
    ledger: Ledger, record: Callable[[Ledger], Sequence[str]], day: date, *, notes: Callable[[str], None]
) -> Effect | None:
    """Return the effect of a recording on the figures as of a day and known at it; None if no event is new.

    `record` records in the ledger that it is given, a copy, and returns the types of the new events.
    """
    since = ledger.store.head().position
    coordinates = Coordinates(as_of=day, known_at=day)
    with ledger.ask(coordinates, notes=notes) as now:
        before = _by_cell(ask(now, "capacity"))
    types: list[str] = []
    with (
        what_if(ledger, lambda copy: types.extend(record(copy)), notes=notes) as path,
        Session(path, coordinates) as then,
    ):
        if not types:
            return None
        after = _by_cell(ask(then, "capacity"))
        doubts = then.doubts(since, types)
    changes = [row for cell in sorted(before.keys() | after.keys()) for row in _changes(cell, before, after)]
    return Effect(changes, doubts, since)


def _by_cell(table: Any) -> dict[tuple[str, str, str], dict[str, Any]]:
    return {(row["country_code"] or "", row["activity_id"] or "", row["unit"] or ""): row for row in table.to_pylist()}


def _changes(
    cell: tuple[str, str, str],
    before: dict[tuple[str, str, str], dict[str, Any]],
    after: dict[tuple[str, str, str], dict[str, Any]],
) -> list[dict[str, Any]]:
    country, activity, unit = cell
    was, will_be = before.get(cell, {}), after.get(cell, {})
    rows = []
    for figure in _figures(was, will_be):
        old, new = was.get(figure, Decimal(0)), will_be.get(figure, Decimal(0))
        if new != old:
            rows.append(
                {
                    "country_code": country,
                    "activity_id": activity,
                    "figure": figure,
                    "before": old,
                    "after": new,
                    "change": None if old is None or new is None else new - old,
                    "unit": unit,
                }
            )
    return rows


def _figures(*cells: dict[str, Any]) -> Iterator[str]:
    """Yield each national figure, and the ends of one that is not exact in a cell; an end may be unknown (None)."""
    for figure in FIGURES:
        yield figure
        for end in (f"{figure}_low", f"{figure}_high"):
            if any(cell.get(end) != cell.get(figure) for cell in cells if end in cell):
                yield end
