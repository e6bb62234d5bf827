"""What is known, or what a table lists, at one day, as the questions `snapshot_…` answer it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

Fields = dict[str, Any]
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Figure:
    """The capacity of a facility in an activity."""

    installed: Decimal = Decimal(0)
    idle: Decimal = Decimal(0)
    retired: Decimal = Decimal(0)
    unknown_count: int = 0


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
class State:
    """What is known, or what a table lists, at one day."""

    registered: dict[Pair, tuple[str, Fields]]
    capacity: dict[Pair, Figure]
    projects: dict[str, Plan]
    stakes: dict[str, dict[Pair, Decimal]]
    """By owned firm: the share of each owner and kind."""
    since: dict[str, date] = field(default_factory=dict)
    """By thing (``facility:x``): the last day on which something became known of it."""
    of_source: frozenset[str] = frozenset()
    """Things that this tracker has said something of."""


def state_of(rows: Mapping[str, list[Fields]]) -> State:
    """A state from the answers to the questions `snapshot_…`, by the rest of their names."""
    stakes: dict[str, dict[Pair, Decimal]] = {}
    for row in rows["stake"]:
        stakes.setdefault(row["owned_id"], {})[row["owner_id"], row["kind"]] = row["stake_pct"]
    return State(
        {(row["kind"], row["id"]): (row["event_id"], json.loads(row["content"])) for row in rows["registration"]},
        {
            (row["facility_id"], row["activity_id"]): Figure(
                row["installed"], row["idle"], row["retired"], row["unknown_count"]
            )
            for row in rows["capacity"]
        },
        {row["project_id"]: _plan(row) for row in rows["project"]},
        stakes,
        {row["subject"]: row["since"] for row in rows["since"]},
        frozenset(row["subject"] for row in rows["since"] if row["is_of_source"]),
    )


def _plan(row: Fields) -> Plan:
    steps = tuple((step["step"], step["event_id"]) for step in row["steps"])
    return Plan(
        row["facility_id"], row["activity_id"], row["status"], row["capacity_planned"], row["capacity_completed"],
        row["due"], steps,
    )  # fmt: skip
