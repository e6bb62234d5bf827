"""The JSON Schemas of `events/schema/`: those of the classes, and frozen once released."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from policytrack.events import EVENT_TYPES, Event
from policytrack.events.catalogue import json_schema_text, schema_name
from policytrack.resources import EVENTS

SCHEMAS = EVENTS / "schema"


def changed(folder: Path) -> list[str]:
    """The released schemas that are not what they were, or not there."""
    lines = (folder / "FROZEN").read_text(encoding="utf-8").splitlines()
    wrong = []
    for digest, name in (line.split("  ") for line in lines):
        path = folder / name
        if not path.is_file() or hashlib.sha256(contract(path.read_text(encoding="utf-8"))).hexdigest() != digest:
            wrong.append(name)
    return wrong


def contract(schema: str) -> bytes:
    """What a schema accepts: all of it but descriptions, which may be worded better at any time."""

    def without_descriptions(part: Any) -> Any:
        if isinstance(part, list):
            return [without_descriptions(item) for item in part]
        if isinstance(part, dict):
            # A property may itself be called description; its value is then a schema and not a text.
            return {
                name: without_descriptions(value)
                for name, value in part.items()
                if not (name == "description" and isinstance(value, str))
            }
        return part

    return json.dumps(without_descriptions(json.loads(schema)), sort_keys=True, ensure_ascii=False).encode()


@pytest.mark.parametrize("event_type", EVENT_TYPES.values(), ids=list(EVENT_TYPES))
def test_the_schema_of_a_type_is_that_of_its_class(event_type: type[Event]) -> None:
    assert (SCHEMAS / schema_name(event_type)).read_text(encoding="utf-8") == json_schema_text(event_type), (
        "a field was added, dropped or changed: give the type a new schema_version and an upcast"
    )


def test_no_released_schema_has_changed() -> None:
    assert changed(SCHEMAS) == []


def test_every_schema_is_of_a_known_type_and_under_its_own_name() -> None:
    types = {name.split(".")[0] for name in (path.name for path in SCHEMAS.glob("*.json"))}
    assert types == set(EVENT_TYPES)


def test_a_changed_released_schema_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "schema"
    shutil.copytree(SCHEMAS, folder)
    altered, gone = folder / "firm_registered.v1.json", folder / "stake_stated.v1.json"
    altered.write_bytes(altered.read_bytes().replace(b"company", b"Company", 1))
    gone.unlink()
    assert changed(folder) == ["firm_registered.v1.json", "stake_stated.v1.json"]
