"""What is known, or what a table lists, at one day, as the questions `snapshot_…` answer it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from policytrack.events import Event

Fields = dict[str, Any]
Pair = tuple[str, str]
Capacity = tuple[str, str, str]
"""A facility, an activity, and the unit of the plant; the unit is empty for what names none."""


@dataclass(frozen=True, slots=True)
class Figure:
    """The capacity of a facility, or of one of its units, in one activity."""

    installed: Decimal = Decimal(0)
    idle: Decimal = Decimal(0)
    retired: Decimal = Decimal(0)
    unknown_count: int = 0
    stopped: Decimal = Decimal(0)
    """The sum of all idlings and restarts; differs from `idle` when it is above the installed capacity or negative."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The current state of a project."""

    facility_id: str
    activity_id: str
    status: str
    planned: Decimal | None
    completed: Decimal
    due: str | None
    steps: tuple[Pair, ...]
    """The name and the event id of each step in force."""


@dataclass(frozen=True, slots=True)
class Current:
    """An event in force on the table's day, about a subject of the table or its source."""

    position: int
    event: Event
    is_of_source: bool
    said_by: str
    """The publisher, or the title, of its first source."""
    first_known: date
    """The first day on which the event, or one that it corrects, was known."""
    corrected: tuple[Event, ...] = ()
    """The events that it replaces as error corrections, newest first."""
    superseded_by: int | None = None
    """The position of an event that supersedes it after the day of the table."""

    @property
    def name(self) -> str:
        """Return the event and its source for a message: ``e17 (World Nuclear News)``."""
        return f"e{self.position} ({self.said_by})"


@dataclass(frozen=True, slots=True)
class State:
    """The state of the ledger, or of a table, on one day."""

    registered: dict[Pair, tuple[str, Fields]]
    capacity: dict[Capacity, Figure]
    projects: dict[str, Plan]
    now: dict[tuple[str, str, str], str]
    """By kind, id and field: the name of each thing, the operator and region of each facility, and the firm and
    facility of each project on that day."""
    stakes: dict[str, dict[Pair, Decimal | str]]
    """By owned firm: the share of each owner and kind."""
    since: dict[str, date] = field(default_factory=dict)
    """By subject (``facility:x``): the last day on which something became known about it."""
    of_source: frozenset[str] = frozenset()
    """Subjects that this tracker has stated anything about."""
    current: tuple[Current, ...] = ()
    """The events in force, in the order of positions; empty for the state of a table."""


def state_of(rows: Mapping[str, list[Fields]], current: tuple[Current, ...] = ()) -> State:
    """A state from the answers to the questions `snapshot_…`, by the rest of their names."""
    stakes: dict[str, dict[Pair, Decimal | str]] = {}
    for row in rows["stake"]:
        share = row["stake_pct"] if row["stated_as"] == "exact" else row["written"] or row["stated_as"]
        stakes.setdefault(row["owned_id"], {})[row["owner_id"], row["kind"]] = share
    return State(
        {(row["kind"], row["id"]): (row["event_id"], json.loads(row["content"])) for row in rows["registration"]},
        {
            (row["facility_id"], row["activity_id"], row["unit_id"]): Figure(
                row["installed"], row["idle"], row["retired"], row["unknown_count"], row["stopped"]
            )
            for row in rows["capacity"]
        },
        {row["project_id"]: _plan(row) for row in rows["project"]},
        {
            (row["kind"], row["id"], field): now
            for row in rows["registration"]
            for field, now in (
                ("name", row["name_now"]),
                ("region", row["region_now"]),
                ("facility_id", row["facility_now"]),
                ("firm_id" if row["kind"] == "project" else "operator_id", row["operator_now"]),
            )
            if now is not None
        },
        stakes,
        {row["subject"]: row["since"] for row in rows["since"]},
        frozenset(row["subject"] for row in rows["since"] if row["is_of_source"]),
        current,
    )


def current_of(rows: list[Fields], events: Mapping[int, Event]) -> tuple[Current, ...]:
    """The events in force from the answer to `snapshot_current`; `events` are those at the positions that it names."""
    return tuple(
        Current(
            row["position"],
            events[row["position"]],
            row["is_of_source"],
            row["said_by"],
            row["first_known"],
            tuple(events[position] for position in row["corrected"]),
            row["superseded_by"],
        )
        for row in rows
        if row["position"] in events
    )


def _plan(row: Fields) -> Plan:
    steps = tuple((step["step"], step["event_id"]) for step in row["steps"])
    return Plan(
        row["facility_id"], row["activity_id"], row["status"], row["capacity_planned"], row["capacity_completed"],
        row["due"], steps,
    )  # fmt: skip
