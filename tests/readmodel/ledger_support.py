"""Ledgers of real events, and what runs beside them in other processes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import policytrack
from policytrack.events import EVENT_TYPES, Event
from policytrack.ledger import Ledger

SOURCE = {"title": "Notice 1", "publisher": "Inner Mongolia", "class": "regulator"}
WORKS = ("baotou", "la-rochelle")


def event(number: int, kind: str, **fields: Any) -> Event:
    """An event whose id is a number."""
    day = {"effective": "2025-10-01", "known_on": "2025-10-31"}
    return EVENT_TYPES[kind].model_validate({"event_id": UUID(int=number), **day, "sources": [SOURCE], **fields})


def opening() -> list[Event]:
    """Two facilities of two countries, each with a capacity."""
    registered = [
        event(number, "facility_registered", facility_id=name, name=name.title(), country=country)
        for number, (name, country) in enumerate(zip(WORKS, ("CN", "FR"), strict=True), 1)
    ]
    return [*registered, *(stated(2 + number, name, 4000 * number) for number, name in enumerate(WORKS, 1))]


def stated(number: int, facility: str, capacity: int, **fields: Any) -> Event:
    """A capacity of a facility."""
    return event(
        number,
        "capacity_stated",
        facility_id=facility,
        activity_id="rare-earth-separation",
        capacity=capacity,
        **fields,
    )


def ledger_with(root: Path, events: Sequence[Event]) -> Ledger:
    """A new ledger in which these events are recorded."""
    ledger = Ledger.create(root)
    ledger.record(events)
    return ledger


def python(script: str, *words: str) -> str:
    """What a script says, run by a process of its own that finds policytrack."""
    found = os.pathsep.join([str(Path(policytrack.__file__).parent.parent), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", script, *words],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "PYTHONPATH": found},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
