"""JSON of other publishers through a map: lists of objects, objects line by line, GeoJSON."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from policytrack.errors import RejectedImport
from policytrack.events import Event
from policytrack.importing.formats.json_tables import read_json_records
from policytrack.importing.formats.table import Record
from policytrack.importing.read import load_events
from policytrack.importing.tables.map_file import load_map
from policytrack.importing.tables.table_options import TableOptions
from tests.importing.test_maps import DAY

MAP = """\
known_on = 2024-04-15
source = { title = "A survey", class = "aggregator" }
[[event]]
type = "facility_registered"
[event.fields]
facility_id = { id = "{id}" }
name = { column = "plant.name" }
country = { column = "country", country = true }
[event.fields.coordinates]
latitude = { column = "latitude" }
longitude = { column = "longitude" }
[[event]]
type = "capacity_stated"
[event.fields]
facility_id = { id = "{id}" }
activity_id = "crude-steel"
capacity = { column = "capacity", unit = "kt/yr" }
"""
PLANTS = [
    {"id": "007", "plant": {"name": "Alpha"}, "country": "Spain", "latitude": 1.50, "longitude": -2, "capacity": 0.1},
    {"id": 8, "plant": {"name": "Beta"}, "country": "Chile", "capacity": 1.5e2, "owners": ["A", "B"], "open": None},
]
FEATURES = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [one.get("longitude", 0), one.get("latitude", 0)]},
            "properties": {name: value for name, value in one.items() if name not in ("latitude", "longitude")},
        }
        for one in PLANTS
    ],
}
FORMS = {
    "list.json": json.dumps(PLANTS),
    "indented.json": json.dumps(PLANTS, indent=2),
    "lines.jsonl": "\n".join(map(json.dumps, PLANTS)),
    "lines.ndjson": "\n\n".join(map(json.dumps, PLANTS)) + "\n",
    "features.geojson": json.dumps(FEATURES),
}


def imported(folder: Path, name: str, text: str, map_: str = MAP) -> list[Event]:
    (folder / "m.toml").write_text(map_, encoding="utf-8")
    (folder / name).write_text(text, encoding="utf-8")
    tables = TableOptions(DAY, map=load_map(folder / "m.toml"))
    return load_events([(name, folder / name)], today=DAY, known_on_of=lambda _: None, tables=tables)[0]


@pytest.mark.parametrize("name", FORMS)
def test_objects_are_rows_whatever_holds_them(tmp_path: Path, name: str) -> None:
    events = [event.model_dump() for event in imported(tmp_path, name, FORMS[name])]
    plants = {one["facility_id"]: one for one in events if "name" in one}
    assert {id_: (one["name"], one["country"]) for id_, one in plants.items()} == {
        "007": ("Alpha", "ES"), "8": ("Beta", "CL"),
    }  # fmt: skip
    capacities = {one["facility_id"]: one["capacity"]["value"] for one in events if "capacity" in one}
    assert capacities == {"007": 100, "8": 150_000}
    assert str(plants["007"]["coordinates"]["latitude"]) == "1.5"


def test_errors_name_the_object_and_its_field(tmp_path: Path) -> None:
    with pytest.raises(RejectedImport) as rejected:
        imported(tmp_path, "p.json", FORMS["indented.json"].replace("Chile", "Chle"))
    (found,) = rejected.value.findings
    assert str(found.place).endswith("p.json[2].country (line 12)")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('[{"id": 1}, {"id": ]', "not JSON"),
        ('[{"id": 1}', "the closing bracket of the list is missing"),
        ('[{"id": NaN}]', "NaN is not a number"),
        ("[1]", "each row must be a JSON object"),
        ('{"id": "a\\u0000"}', "U+0000"),
        ("[]", "the file holds no event"),
        ("[" * 5_000, "JSON"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, text: str, what: str) -> None:
    with pytest.raises(RejectedImport) as rejected:
        imported(tmp_path, "p.json", text)
    assert what in str(rejected.value.findings[0])


def test_a_file_is_read_in_pieces_and_lists_are_texts() -> None:
    many = [{"n": number, "owners": ["A", "B"], "text": "x" * 500} for number in range(2_000)]
    stream: Any = io.BytesIO(json.dumps(many).encode())
    rows = [row for row in read_json_records(stream, "s") if isinstance(row, Record)]
    assert len(rows) == 2_001 and rows[0].cells == ("n", "owners", "text")
    assert rows[-1].cells[:2] == ("1999", "A; B")


def test_events_of_ours_are_events_with_a_map_too(tmp_path: Path) -> None:
    line = '{"type": "firm_registered", "firm_id": "f", "name": "F"}'
    assert [event.TOPIC for event in imported(tmp_path, "e.jsonl", line)] == ["firm_registered"]
