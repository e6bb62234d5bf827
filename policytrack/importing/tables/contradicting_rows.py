"""Refuses rows of one table that state different figures for one subject on one day; their order decides nothing.

A statement sets a figure, so a second one for the same subject and day would replace the first. Moves of capacity
and of stakes add up: only equal ones are refused, because an event is recorded once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from hashlib import blake2b
from typing import Any, Final

from policytrack.errors import MalformedInput
from policytrack.events import EVENT_TYPES
from policytrack.events.envelope import Registers
from policytrack.events.fields import fields_of
from policytrack.importing.event_row import Row
from policytrack.importing.tables.map_parts import SHARE
from policytrack.importing.tables.map_plan import Plan

FIGURES: Final[dict[str, tuple[str, ...]]] = {
    "capacity_stated": ("capacity", "idle_share_pct"),
    "capacity_reported": ("capacity", "tolerance_pct"),
    "stake_stated": ("stake_pct",),
    "facility_stake_stated": ("stake_pct",),
    "joint_venture_agreed": ("partners", "registered_capital"),
    "joint_venture_formed": ("partners", "registered_capital"),
    "project_announced": ("capacity", "investment", "due", "products"),
    "project_approved": ("capacity", "investment", "due", "products"),
    "scope_revised": ("capacity", "investment", "due", "products"),
    "construction_started": ("due",),
    "construction_completed": ("due",),
    "trial_production_started": ("due",),
    "project_resumed": ("due",),
    "schedule_revised": ("due",),
}
"""The event types that set figures, with the fields that they set."""
_SUBJECT: Final = frozenset({"kind", "measure", "country", "region", "unit_id", "effective", "known_on"})
"""Fields that, besides ids, distinguish the subjects of statements."""
_ROW_BITS: Final = 32


@dataclass(slots=True)
class Statements:
    """The statements of a table's rows so far, by digests of their subject and day."""

    _seen: dict[bytes, int] = field(default_factory=dict)
    """By digest of subject and figure name: the row number in the lower 32 bits, a digest of the figure above them.

    One integer instead of a tuple saves memory in tables of a million rows.
    """

    def check(self, row: Row, number: int, plan: Plan) -> MalformedInput | None:
        """Return the error of an event that repeats or contradicts another row; None for any other event."""
        fields = row.fields
        figures = FIGURES.get(plan.type)
        if figures is None:
            return self._equal(row, number, plan, fields)
        subject = {name: fields[name] for name in _subject(plan.type) if name in fields}
        stated = [name for name in figures if name in fields]
        if not stated:
            return self._equal(row, number, plan, subject)
        repeated: MalformedInput | None = None
        for name in stated:
            figure = int.from_bytes(_digest(fields[name])[:7])
            known = self._remember((plan.type, name, subject), number | figure << _ROW_BITS)
            if known is None:
                continue
            first = known & ((1 << _ROW_BITS) - 1)
            if known >> _ROW_BITS == figure:
                repeated = repeated or _very_same(row, first, plan, name)
                continue
            of = " ".join(map(_plain, subject.values()))
            where = "another item of the row" if first == number else f"row {first}"
            what = (
                f"row {number} states {name} {_plain(fields[name])} for {of}, but {where} states another value:"
                " only the last would count"
            )
            return MalformedInput(what, hint=_cure(plan), place=row.locate((name,)))
        return repeated

    def _equal(self, row: Row, number: int, plan: Plan, content: Any) -> MalformedInput | None:
        known = self._remember((plan.type, content), number)
        return None if known is None else _very_same(row, known, plan, "type")

    def _remember(self, subject: Any, about: int) -> int | None:
        """Return the stored value of a subject; store `about` and return None if there is none."""
        digest = _digest(subject)
        known = self._seen.get(digest)
        if known is None:
            self._seen[digest] = about
        return known


def _very_same(row: Row, first: int, plan: Plan, name: str) -> MalformedInput:
    what = f"row {first} makes an equal {plan.type}: only one of them would count"
    return MalformedInput(what, hint=_cure(plan), place=row.locate((name,)))


@cache
def _subject(event_type: str) -> tuple[str, ...]:
    """Return the fields that identify the subject and the day of a statement."""
    known = fields_of(EVENT_TYPES[event_type])
    return tuple(
        name
        for name, one in known.items()
        if (one.mark is not None and not isinstance(one.mark, Registers)) or name in _SUBJECT
    )


def _cure(plan: Plan) -> str:
    """Return the hint with the lines of the map that make one event of such rows."""
    columns = list(dict.fromkeys(_id_columns(plan)))
    per = "per = [" + ", ".join(f'"{name}"' for name in columns) + "]"
    added = next(
        (
            f'{leaf.path[0]} = {{ sum = "{leaf.filler.source_column}" }}'
            for leaf in plan.leaves
            if leaf.path[0] in ("capacity", "stake_pct") and leaf.filler.source_column is not None
        ),
        None,
    )
    if not columns or added is None:
        return "name in the map the columns that identify one event (per) and the column to add up (sum)"
    if plan.per:
        return f"add a field that distinguishes the two events, or join the rows: {per}, {added}"
    own = (
        "its own id"
        if "unit_id" not in fields_of(EVENT_TYPES[plan.type])
        else "its own id, or a unit of a plant its unit_id"
    )
    return f"if the rows are one event, write in the map: {per}, {added}; if not, give each part {own}"


def _id_columns(plan: Plan) -> Iterator[str]:
    """Yield the columns that fill the ids and the day of an event."""
    known = fields_of(EVENT_TYPES[plan.type])
    for leaf in plan.leaves:
        if known[str(leaf.path[0])].mark is not None or leaf.path[0] == "effective":
            yield from (name for name in leaf.filler.names() if name != SHARE)


def _digest(value: Any) -> bytes:
    return blake2b(json.dumps(value, sort_keys=True, default=str).encode(), digest_size=12).digest()


def _plain(value: Any) -> str:
    return str(value) if isinstance(value, str | int) else json.dumps(value, ensure_ascii=False, default=str)[:80]
