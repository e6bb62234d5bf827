"""What flags, templates, schemas and docs say of a field comes from the event class, and agrees with the importer."""

from __future__ import annotations

import json

import pytest

from policytrack.cli.event_options import options_of
from policytrack.cli.template_yaml import schema_text
from policytrack.events import EVENT_TYPES, Event
from policytrack.events.envelope import Refers, Registers
from policytrack.events.fields import fields_of, parts_of
from tests.events.every_type import fields_of as example
from tests.importing.journal_support import findings_in

TYPES = list(EVENT_TYPES)
SCHEMA = json.loads(schema_text())["$defs"]


@pytest.mark.parametrize("type_", TYPES)
def test_the_editor_schema_requires_exactly_what_the_importer_requires(type_: str) -> None:
    model = EVENT_TYPES[type_]
    fields = {name: value for name, value in example(type_).items() if name not in {"supersedes", "event_id"}}
    refused = set()
    for name in fields.keys() - {"type"}:
        line = json.dumps({other: value for other, value in fields.items() if other != name}, ensure_ascii=False)
        if any("is missing" in finding.what for finding in findings_in(line, "jsonl")):
            refused.add(name)
    assert set(SCHEMA[model.__name__]["required"]) - {"type"} == refused


@pytest.mark.parametrize("type_", TYPES)
def test_every_option_has_a_description(type_: str) -> None:
    for option in options_of(EVENT_TYPES[type_]):
        assert option.help.removesuffix(" [required]"), f"{type_}.{option.name}: write what it means below the field"


def test_every_field_of_a_part_has_a_description_or_is_an_id() -> None:
    for part in parts_of(*EVENT_TYPES.values()):
        for field in fields_of(part).values():
            assert field.description or isinstance(field.mark, Registers | Refers), f"{part.__name__}.{field.name}"


def test_a_description_is_that_of_the_class_that_defines_the_field() -> None:
    described = {name: fields_of(EVENT_TYPES[name]) for name in ("stake_stated", "joint_venture_formed")}
    assert described["stake_stated"]["stake_pct"].description.startswith("Share in percent from this date: 51;")
    partner = described["joint_venture_formed"]["partners"].part
    assert partner is not None
    assert fields_of(partner)["stake_pct"].description.startswith("Its share in percent: 51;")
    assert fields_of(partner)["stake_pct"].written_as == "percent, a range of percent, majority or unknown"
    assert fields_of(Event)["sources"].item == "source"
