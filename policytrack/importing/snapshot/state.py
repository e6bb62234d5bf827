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


@dataclass(frozen=True, slots=True)
class Figure:
    """The capacity of a facility in an activity."""

    installed: Decimal = Decimal(0)
    idle: Decimal = Decimal(0)
    retired: Decimal = Decimal(0)
    unknown_count: int = 0
    stopped: Decimal = Decimal(0)
    """What all events on idle capacity add up to: `idle`, unless it is more than is installed, or less than nothing."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A project as it stands."""

    facility_id: str
    activity_id: str
    status: str
    planned: Decimal | None
    completed: Decimal
    due: str | None
    steps: tuple[Pair, ...]
    """The name and the event id of each step that stands."""


@dataclass(frozen=True, slots=True)
class Current:
    """An event in force at the day of the table, about a thing of which the table or its source speaks."""

    position: int
    event: Event
    is_of_source: bool
    said_by: str
    """The publisher, or the title, of its first source."""
    first_known: date
    """The first day on which the event, or one that it corrects, was known."""
    corrected: tuple[Event, ...] = ()
    """What it replaces by the correction of an error, newest first."""
    superseded_by: int | None = None
    """The position of an event that supersedes it after the day of the table."""

    @property
    def name(self) -> str:
        """The event and its source in a message: ``e17 (World Nuclear News)``."""
        return f"e{self.position} ({self.said_by})"


@dataclass(frozen=True, slots=True)
class State:
    """What is known, or what a table lists, at one day."""

    registered: dict[Pair, tuple[str, Fields]]
    capacity: dict[Pair, Figure]
    projects: dict[str, Plan]
    now: dict[Pair, str]
    """The name of a firm, and the operator of a facility, that hold at the day."""
    stakes: dict[str, dict[Pair, Decimal]]
    """By owned firm: the share of each owner and kind."""
    since: dict[str, date] = field(default_factory=dict)
    """By thing (``facility:x``): the last day on which something became known of it."""
    of_source: frozenset[str] = frozenset()
    """Things that this tracker has said something of."""
    current: tuple[Current, ...] = ()
    """The events in force, in the order of their positions; empty for the state of a table."""


def state_of(rows: Mapping[str, list[Fields]], current: tuple[Current, ...] = ()) -> State:
    """A state from the answers to the questions `snapshot_…`, by the rest of their names."""
    stakes: dict[str, dict[Pair, Decimal]] = {}
    for row in rows["stake"]:
        stakes.setdefault(row["owned_id"], {})[row["owner_id"], row["kind"]] = row["stake_pct"]
    return State(
        {(row["kind"], row["id"]): (row["event_id"], json.loads(row["content"])) for row in rows["registration"]},
        {
            (row["facility_id"], row["activity_id"]): Figure(
                row["installed"], row["idle"], row["retired"], row["unknown_count"], row["stopped"]
            )
            for row in rows["capacity"]
        },
        {row["project_id"]: _plan(row) for row in rows["project"]},
        {
            (row["kind"], row["id"]): now
            for row in rows["registration"]
            if (now := row["name_now"] if row["kind"] == "firm" else row["operator_now"]) is not None
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
