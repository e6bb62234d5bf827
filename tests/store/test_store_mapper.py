"""Between events and their stored form: the same event comes back, and nothing that was not written here."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pytest
from eventsourcing.dcb.api import DCBEvent
from eventsourcing.dcb.domain import Tagged

from policytrack.errors import IntegrityTrouble
from policytrack.events import EVENT_TYPES, Event
from policytrack.store.arrow import arrow_schema
from policytrack.store.mapper import EventMapper
from policytrack.store.sqlite.reading import arrow_batches
from policytrack.store.sqlite.recorder import SQLiteDCBRecorder
from policytrack.store.upcasts import Upcasts, upcast_batch

ABOUT = {"effective": "2024-Q4", "known_on": "2024-12-31"}
REAL: list[tuple[str, dict[str, Any]]] = [
    (
        "firm_registered",
        {"firm_id": "northern-rare-earth", "name": "北方稀土", "names": {"en": "Northern Rare Earth"}},
    ),
    (
        "capacity_swap_announced",
        {
            "swap_id": "xinfeng-2013",
            "project_id": "xinfeng",
            "activity_id": "crude-steel",
            "build_capacity": "1.2345 Mt/yr",
            "legs": [{"undisclosed": True, "capacity": "150万吨/年", "retire_by": "2026-12~"}],
            "ratio": "1.25",
            "sources": [{"title": "公告", "class": "regulator", "published_on": "2024-12", "quote": "“≥ 100”"}],
        },
    ),
    (
        "joint_venture_formed",
        {
            "venture_id": "jv",
            "partners": [{"firm_id": "a", "stake_pct": "33.333333"}, {"firm_id": "b", "stake_pct": "66.666667"}],
            "supersedes": {"event_id": "00000000-0000-4000-8000-000000000001", "because": "revision"},
        },
    ),
]


class ShipmentNoted(Event):
    """Only for these tests: its version 1 counted in kilograms, under another name."""

    type: Literal["shipment_noted"] = "shipment_noted"
    schema_version: int = 3
    tonnes: int
    port: str


UPCASTS: Upcasts = {
    "shipment_noted": {
        1: lambda raw: {**{k: v for k, v in raw.items() if k != "kilograms"}, "tonnes": raw["kilograms"] // 1000},
        2: lambda raw: {**raw, "port": raw.get("port", "unknown")},
    }
}
TYPES: Mapping[str, type[Event]] = {**EVENT_TYPES, "shipment_noted": ShipmentNoted}


def an_event(number: int, name: str, fields: dict[str, Any]) -> Event:
    return EVENT_TYPES[name].model_validate({"event_id": f"00000000-0000-4000-8000-{number:012}", **ABOUT, **fields})


def shipment(version: int, **fields: Any) -> bytes:
    """Stored by the version of policytrack that wrote this schema version."""
    when = {"edtf": "2024", "earliest": "2024-01-01", "latest": "2024-12-31"}
    raw = {
        "event_id": "00000000-0000-4000-8000-000000000009",
        "type": "shipment_noted",
        "schema_version": version,
        "effective": when,
        "known_on": "2024-12-31",
    }
    return json.dumps({**raw, **fields}, separators=(",", ":")).encode()


@pytest.mark.parametrize(("name", "fields"), REAL)
def test_an_event_comes_back_from_the_store_as_it_was_recorded(
    recorder: SQLiteDCBRecorder, name: str, fields: dict[str, Any]
) -> None:
    mapper, event = EventMapper(), an_event(7, name, fields)
    recorder.append([mapper.to_dcb_event(Tagged(event.tags(), event))])
    (stored,) = recorder.read()
    back = mapper.to_domain_event(stored.event)
    assert back.decision == event
    assert back.decision.to_json() == event.to_json()
    assert back.tags == event.tags()
    assert stored.event.type == name


def test_the_stored_form_is_plain_json_with_exact_numbers_as_text() -> None:
    event = an_event(7, *REAL[1])
    raw = json.loads(EventMapper().to_dcb_event(Tagged(event.tags(), event)).data)
    assert raw["build_capacity"]["value"] == "1234500"
    assert raw["legs"][0]["capacity"]["written"] == "150万吨/年"
    assert raw["schema_version"] == 1


def test_a_type_that_is_not_in_the_catalogue_is_refused_and_never_imported() -> None:
    for name in ("os:getcwd", "policytrack.events.registry:FirmRegistered", "FirmRegistered", ""):
        with pytest.raises(IntegrityTrouble, match="unknown type"):
            EventMapper().to_domain_event(DCBEvent(name, b"{}", []))


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff", b'{"type":"firm_registered"}', b"null"])
def test_data_that_does_not_validate_is_refused(data: bytes) -> None:
    with pytest.raises(IntegrityTrouble, match="is invalid"):
        EventMapper().to_domain_event(DCBEvent("firm_registered", data, []))


def test_an_event_stored_under_the_name_of_another_is_refused() -> None:
    event = an_event(7, *REAL[0])
    with pytest.raises(IntegrityTrouble):
        EventMapper().to_domain_event(DCBEvent("firm_renamed", event.to_json().encode(), []))


@pytest.mark.parametrize(
    ("data", "tonnes", "port"),
    [
        (shipment(1, kilograms=5000), 5, "unknown"),
        (shipment(2, tonnes=6), 6, "unknown"),
        (shipment(3, tonnes=7, port="Tianjin"), 7, "Tianjin"),
    ],
)
def test_every_older_version_is_brought_to_the_current_one(data: bytes, tonnes: int, port: str) -> None:
    decision = EventMapper(TYPES, UPCASTS).to_domain_event(DCBEvent("shipment_noted", data, [])).decision
    assert (decision.schema_version, decision.tonnes, decision.port) == (3, tonnes, port)


def test_a_version_newer_than_the_code_is_refused() -> None:
    newer = DCBEvent("shipment_noted", shipment(4, tonnes=7, port="Tianjin"), [])
    with pytest.raises(IntegrityTrouble, match="of version 4; this version of policytrack supports up to 3") as refusal:
        EventMapper(TYPES, UPCASTS).to_domain_event(newer)
    assert "upgrade" in refusal.value.hint


def test_a_version_newer_than_the_code_is_refused_for_a_type_that_was_never_upcast() -> None:
    newer = an_event(7, *REAL[1]).to_json().replace('"schema_version":1', '"schema_version":2')
    with pytest.raises(IntegrityTrouble, match="of version 2; this version of policytrack supports up to 1"):
        EventMapper().to_domain_event(DCBEvent("capacity_swap_announced", newer.encode(), []))


def test_a_batch_is_upcast_where_it_is_old_and_left_alone_elsewhere(recorder: SQLiteDCBRecorder, store: Path) -> None:
    firm = an_event(7, *REAL[0]).to_json().encode()
    old = [shipment(1, kilograms=5000), shipment(2, tonnes=6)]
    current = shipment(3, tonnes=7, port="Tianjin")
    recorder.append(
        [
            DCBEvent("firm_registered", firm),
            *(DCBEvent("shipment_noted", data) for data in (old[0], current, old[1])),
        ]
    )
    (batch,) = arrow_batches(store, 0, 10)
    upcast = upcast_batch(batch, TYPES, UPCASTS)
    assert upcast.schema == arrow_schema()
    assert upcast.drop_columns("data") == batch.drop_columns("data")
    data = upcast["data"].to_pylist()
    assert (data[0], data[2]) == (firm.decode(), current.decode())
    assert [json.loads(data[row])["tonnes"] for row in (1, 3)] == [5, 6]
    assert [json.loads(data[row])["schema_version"] for row in (1, 3)] == [3, 3]


def test_a_batch_without_old_events_is_not_copied(recorder: SQLiteDCBRecorder, store: Path) -> None:
    recorder.append([DCBEvent("shipment_noted", shipment(3, tonnes=7, port="Tianjin"))])
    (batch,) = arrow_batches(store, 0, 10)
    assert upcast_batch(batch, TYPES, UPCASTS) is batch


def test_a_batch_with_a_version_newer_than_the_code_is_refused() -> None:
    row = {
        "position": 1,
        "type": "shipment_noted",
        "data": shipment(4, tonnes=7, port="Tianjin").decode(),
        "tags": "[]",
        "recorded_at": None,
    }
    with pytest.raises(IntegrityTrouble, match="of version 4"):
        upcast_batch(pa.Table.from_pylist([row], arrow_schema()), TYPES, UPCASTS)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        ('{"schema_version": 1, "firm_id": "a"}', "e7 in the event store is not a valid firm_registered: "),
        (
            '{"schema_version": 1, "firm_id": "a", "name": ["A"]}',
            "e7 in the event store is not a valid firm_registered: ",
        ),
        ('{"schema_version": 0}', "of version 0, which no version"),
        ('{"schema_version": -3}', "of version -3, which no version"),
        ('{"schema_version": 1e3}', "e7 in the event store is not an event"),
        ("[]", "e7 in the event store is not an event"),
        ("x", "e7 in the event store is not an event"),
        ("[" * 100_000, "e7 in the event store is not an event"),
    ],
)
def test_a_stored_event_that_no_command_recorded_is_a_damage_and_no_defect(data: str, what: str) -> None:
    row = {"position": 7, "type": "firm_registered", "data": data, "tags": "[]", "recorded_at": None}
    with pytest.raises(IntegrityTrouble, match=re.escape(what)):
        upcast_batch(pa.Table.from_pylist([row], arrow_schema()))
