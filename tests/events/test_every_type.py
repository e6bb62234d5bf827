"""What holds of every event type: names, immutability, the stored form, the tags, the content key."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
from click import Group
from pydantic import BaseModel, ValidationError

from policytrack.events import EVENT_TYPES, GROUPS
from policytrack.events.catalogue import json_schema, schema_name
from policytrack.events.envelope import Acknowledged, Part, Source, Supersedes
from policytrack.resources import EVENTS
from tests.events.every_type import fields_of, full

every_type = pytest.mark.parametrize("type_", EVENT_TYPES)
NOT_CONTENT: dict[str, Any] = {
    "event_id": "00000000-0000-4000-8000-00000000000f",
    "known_on": "2025-12-01",
    "recorded_by": "another",
    "note": "another",
    "acknowledged": [],
}


def models_in(annotation: Any) -> set[type[BaseModel]]:
    """The models that an annotation names, and those inside them."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {annotation}.union(*(models_in(field.annotation) for field in annotation.model_fields.values()))
    return set().union(*(models_in(argument) for argument in get_args(annotation) if get_origin(annotation)))


def parts() -> list[type[BaseModel]]:
    """Every event class, and every class of a part of one."""
    return sorted(set().union(*map(models_in, EVENT_TYPES.values())), key=lambda model: model.__name__)


@every_type
def test_class_wire_name_subcommand_and_schema_are_one_name(type_: str) -> None:
    from policytrack.cli.commands.record import record
    from policytrack.cli.main import cli

    event_type = EVENT_TYPES[type_]
    assert "".join(word.title() for word in type_.split("_")) == event_type.__name__
    assert event_type.TOPIC == type_ == event_type.model_fields["type"].default
    assert full(type_).type == type_
    assert schema_name(event_type) == f"{type_}.v{event_type.newest_version()}.json"
    assert (EVENTS / "schema" / f"{type_}.v1.json").is_file()
    assert isinstance(record, Group)
    with cli.make_context("policytrack", ["record", "--help"], resilient_parsing=True) as context:
        subcommand = record.get_command(context, type_.replace("_", "-"))
    assert subcommand is not None
    assert subcommand.name == type_.replace("_", "-")


def test_every_event_class_of_the_package_is_in_the_catalogue_once() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in Path("policytrack/events").glob("*.py"))
    declared = re.findall(r'^    type: Literal\["(\w+)"\]', text, re.M)
    assert sorted(declared) == sorted(EVENT_TYPES)
    assert sum(map(len, GROUPS.values())) == len(EVENT_TYPES)


@every_type
def test_an_event_cannot_be_changed(type_: str) -> None:
    event = full(type_)
    for name in type(event).model_fields:
        with pytest.raises(ValidationError, match="Instance is frozen"):
            setattr(event, name, None)


@every_type
def test_an_event_refuses_a_field_that_it_does_not_declare(type_: str) -> None:
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        full(type_, capacty="5,000 t")


def test_every_part_of_every_event_is_frozen_and_refuses_what_it_does_not_declare() -> None:
    for part in parts():
        assert part.model_config.get("frozen"), part
        assert part.model_config.get("extra") == "forbid", part
    assert {Source, Supersedes, Acknowledged} < set(parts())
    assert all(issubclass(part, Part) for part in parts() if part.__module__.startswith("policytrack.events"))


@every_type
def test_the_example_gives_every_field(type_: str) -> None:
    assert fields_of(type_).keys() == EVENT_TYPES[type_].model_fields.keys()


@every_type
def test_an_event_reads_back_from_its_stored_form_with_every_field(type_: str) -> None:
    event = full(type_)
    back = EVENT_TYPES[type_].model_validate_json(event.to_json())
    assert back == event
    assert back.to_json() == event.to_json()
    assert back.content_key() == event.content_key()
    assert back.tags() == event.tags()
    assert json.loads(event.to_json()).keys() == fields_of(type_).keys()


@every_type
def test_the_stored_form_has_the_fields_that_the_schema_allows_and_those_it_requires(type_: str) -> None:
    schema = json_schema(EVENT_TYPES[type_])
    stored = json.loads(full(type_).to_json())
    assert schema["additionalProperties"] is False
    assert stored.keys() <= schema["properties"].keys()
    bare = {
        name: value for name, value in fields_of(type_).items() if EVENT_TYPES[type_].model_fields[name].is_required()
    }
    least = json.loads(EVENT_TYPES[type_].model_validate(bare | revises(type_)).to_json())
    assert set(schema["required"]) <= least.keys()


def revises(type_: str) -> dict[str, Any]:
    """What a type needs although no single field of it is required."""
    needed: dict[str, dict[str, Any]] = {
        "scope_revised": {"due": "2027"},
        "stake_transferred": {"to_id": "c"},
        "facility_stake_transferred": {"to_id": "c"},
        "facility_transferred": {"owner_id": "other"},
        "capacity_swap_amended": {"ratio": "1.25"},
        "retirement_announced": {"capacity": "5"},
        "capacity_reported": {"country": "CN"},
        "rule_enacted": {"ratio_min": "1.25"},
        "field_declared": {"value_type": "text"},
    }
    return needed.get(type_, {})


@every_type
def test_the_content_key_ignores_who_when_and_why_it_was_recorded_and_nothing_else(type_: str) -> None:
    event = full(type_)
    for name, value in NOT_CONTENT.items():
        assert full(type_, **{name: value}).content_key() == event.content_key(), name
    stored = json.loads(event.to_json())
    # When a registration was true is taken from the day of recording when nobody says it.
    ignored = {*NOT_CONTENT, "type"} | ({"effective"} if EVENT_TYPES[type_].IS_REGISTRATION else set())
    others = [name for name in stored if name not in ignored]
    keys = {event.content_key()}
    for name in others:
        keys.add(event.model_copy(update={name: None}).content_key())
    assert len(keys) == 1 + len(others)


def test_the_keys_are_never_other_ones() -> None:
    # Events are told apart by them in ledgers that exist: another key would import everything twice.
    assert full("project_approved").content_key() == "b19b2f24d59300b23ddce8870aea4e7d"
    assert full("project_approved").statement_key() == "d20b54b40872fdd14a3aa3be1732c850"


def test_a_part_of_a_source_is_content() -> None:
    source = fields_of("stake_stated")["sources"][0]
    for name in source:
        other = {**source, name: {"class": "analyst", "state_affiliated": False}.get(name, "2025")}
        if name == "sha256":
            other[name] = "1" * 64
        elif name == "language":
            other[name] = "en"
        assert full("stake_stated", sources=[other]).content_key() != full("stake_stated").content_key(), name


TAGS = {
    "firm_registered": ["field:jobs", "firm:firm"],
    "field_declared": ["field:node_kind", "field-registration:node_kind"],
    "firm_merged": ["firm:firm", "firm:other"],
    "facility_registered": ["facility:works", "field:jobs", "field:node", "firm:firm"],
    "facility_moved": ["facility:works"],
    "facility_transferred": ["facility:works", "firm:firm", "firm:other"],
    "facility_merged": ["activity:coal-power", "facility:other-works", "facility:works"],
    "facility_split": ["activity:coal-power", "facility:other-works", "facility:works"],
    "project_moved": ["facility:works", "project:line-2"],
    "project_transferred": ["firm:firm", "project:line-2"],
    "joint_venture_dissolved": ["firm:venture"],
    "activity_registered": [
        *("activity:aluminium-casting", "activity:gigacasting", "activity-registration:gigacasting"),
    ],
    "unit_registered": ["unit-registration:any", "unit:short ton", "unit:short tons"],
    "project_registered": [
        *("activity:coal-power", "facility:works", "field:jobs", "firm:firm", "project:line-2", "project:whole-works")
    ],
    "joint_venture_formed": ["firm:a", "firm:b", "firm:venture"],
    "stake_transferred": ["firm:a", "firm:b", "firm:c"],
    "facility_stake_transferred": ["facility:works", "firm:b", "firm:c"],
    "control_asserted": ["firm:a", "firm:b"],
    "firm_alias_registered": ["firm:firm"],
    "capacity_retired": ["activity:coal-power", "facility:works", "lot:lot", "swap:swap"],
    "project_approved": ["project:line-2"],
    "capacity_swap_announced": [
        *("activity:coal-power", "facility:works", "firm:firm", "lot:lot", "project:line-2", "rule:rule", "swap:swap"),
    ],
}


@pytest.mark.parametrize("type_", TAGS)
def test_the_tags_are_what_the_event_names(type_: str) -> None:
    event = full(type_)
    own = [f"event:{event.event_id}", "event:00000000-0000-4000-8000-000000000002", event.content_tags()[0]]
    assert event.tags() == sorted([*TAGS[type_], *own])


def test_a_retraction_is_tagged_with_its_target() -> None:
    assert "event:00000000-0000-0000-0000-000000000007" in full("event_retracted").tags()


@every_type
def test_every_field_that_ends_in_id_is_a_tag(type_: str) -> None:
    event = full(type_)
    # The id of a unit names nothing without its plant, whose tag the event has.
    ids = [value for name, value in json.loads(event.to_json()).items() if name.endswith("_id") and name != "unit_id"]
    tagged = {tag.partition(":")[2] for tag in event.tags()}
    assert set(ids) <= tagged
