"""The parts of `benchmarks/partitioned.py`, built apart, have together the steps and spans of one read model."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from benchmarks.generate import lines
from benchmarks.partitioned import NATIONAL, PAIRS, build, differing, generate, split, union
from policytrack.events import EVENT_TYPES
from policytrack.ledger import Ledger
from policytrack.store.arrow import arrow_schema


@pytest.fixture
def events_of_demo(demo_ledger: Path, tmp_path: Path) -> Path:
    file = tmp_path / "events.parquet"
    with pq.ParquetWriter(file, arrow_schema()) as writer:
        for batch in Ledger(demo_ledger).batches(0):
            writer.write_table(batch)
    return file


@pytest.mark.soak
def test_parts_that_are_built_apart_have_the_steps_of_the_whole(
    events_of_demo: Path, demo_ledger: Path, tmp_path: Path
) -> None:
    sizes = split(events_of_demo, tmp_path / "parts", 3)
    assert min(sizes) > 0
    assert sum(sizes) > 428  # rules are in every part
    models = [build(str(tmp_path / f"parts/part={part}/*.parquet"), tmp_path / f"model-{part}") for part in range(3)]
    whole = Ledger(demo_ledger).fresh_read_model(tmp_path / "whole")
    with union(models) as together, union([whole]) as alone:
        assert differing(together, whole) == {"capacity_step": 0, "project_span": 0}
        for as_of, known_at in PAIRS:
            dates = {"as_of": as_of, "known_at": known_at}
            assert together.execute(NATIONAL, dates).fetchall() == alone.execute(NATIONAL, dates).fetchall()
    with union(models[:2]) as two:
        assert differing(two, whole)["capacity_step"] > 0


def test_what_hangs_together_is_in_one_part(tmp_path: Path) -> None:
    file = tmp_path / "events.parquet"
    generate(file, 4_000)
    split(file, tmp_path / "parts", 16)
    part_of: dict[str, int] = {}
    supersedes: list[tuple[int, str]] = []
    for part in range(16):
        for data, tags in zip(
            *pq.ParquetDataset(tmp_path / f"parts/part={part}").read(["data", "tags"]).columns, strict=True
        ):
            event = json.loads(data.as_py())
            for thing in (f"event:{event['event_id']}", *json.loads(tags.as_py())):
                if thing.startswith(("facility:", "project:", "swap:")):
                    assert part_of.setdefault(thing, part) == part
            if "supersedes" in event:
                supersedes.append((part, event["supersedes"]["event_id"]))
            part_of[event["event_id"]] = part
    assert len(supersedes) > 20
    assert all(part_of[target] == part for part, target in supersedes)


def test_generated_events_are_as_an_event_store_holds_them(tmp_path: Path) -> None:
    generate(tmp_path / "events.parquet", 3_000)
    table = pq.read_table(tmp_path / "events.parquet")
    for line, data, tags in zip(lines(3_000), table["data"].to_pylist(), table["tags"].to_pylist(), strict=True):
        event = EVENT_TYPES[json.loads(line)["type"]].model_validate_json(line)
        assert json.loads(data) == json.loads(event.to_json())
        assert json.loads(tags) == sorted(tag for tag in event.tags() if not tag.startswith("content:"))
