"""A read model of firms that own each other, for measuring holdings."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa

from policytrack import resources
from policytrack.events import EVENT_TYPES
from policytrack.readmodel.building import Building
from policytrack.readmodel.generation import Fingerprint
from policytrack.readmodel.sql_files import Catalogue


def write_owners(path: Path) -> None:
    """A read model with 10,000 firms that own each other, five owners a firm, some in cycles."""
    chance = random.Random(3)
    rows: list[tuple[str, dict[str, Any]]] = []
    common = {"schema_version": 1, "effective": "2020-01-01", "known_on": "2020-01-01"}
    for n in range(10_000):
        rows.append(("firm_registered", {"firm_id": f"firm-{n}", "name": f"Firm {n}"}))
    for n in range(2_000):
        rows.append(
            (
                "facility_registered",
                {"facility_id": f"facility-{n}", "name": "F", "country": "CN", "operator_id": f"firm-{n * 5}"},
            )
        )
        rows.append(
            (
                "capacity_stated",
                {"facility_id": f"facility-{n}", "activity_id": "crude-steel", "capacity": chance.randrange(1, 9999)},
            )
        )
    for n in range(10_000):
        for share in (40, 20, 15, 10, 5):
            owner = (
                chance.randrange(max(1, n - 40), n) if n > 60 and chance.random() < 0.97 else chance.randrange(10_000)
            )
            if owner != n:
                rows.append(
                    ("stake_stated", {"owned_id": f"firm-{n}", "owner_id": f"firm-{owner}", "stake_pct": share})
                )
    catalogue, reference = Catalogue.load(resources.PROJECTIONS), resources.EVENTS / "reference"
    with Building(path, catalogue) as building:
        building.create(reference)
        for _ in building.take(iter([_batch(rows, common)]), 0, len(rows)):
            pass
        building.create_views()
        building.finish(len(rows), "", Fingerprint.of(catalogue, reference), datetime.now(UTC))


def _batch(rows: list[tuple[str, dict[str, Any]]], common: dict[str, Any]) -> pa.Table:
    events = [
        EVENT_TYPES[name].model_validate({**common, **fields, "type": name, "event_id": str(uuid4())})
        for name, fields in rows
    ]
    now = datetime.now(UTC).replace(tzinfo=None)
    return pa.table(
        {
            "position": pa.array(range(1, len(events) + 1), pa.int64()),
            "type": [event.TOPIC for event in events],
            "data": [event.to_json() for event in events],
            "tags": [json.dumps(event.tags()) for event in events],
            "recorded_at": pa.array([now] * len(events), pa.timestamp("us")),
        }
    )
