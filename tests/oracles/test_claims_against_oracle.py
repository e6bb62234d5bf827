"""Conflicts and verification against a second, independent computation over random histories with claims."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from tests.oracles.claims import Attestation, with_claims
from tests.oracles.histories import history
from tests.oracles.oracle import Record
from tests.oracles.questions import coordinates, from_views
from tests.projections.world import read_model

COLUMNS: Final = {
    "claim_conflict": ("position, claim_position, field", "recorded, claimed"),
    "event_verification": (
        "position",
        "source_count, independent_source_count, corroborations, contradictions, is_contradicted, is_verified,"
        " verified_by, state_affiliated_count, only_state_affiliated",
    ),
}


@pytest.mark.parametrize(("seeds", "count"), [(1, 20), pytest.param(25, 100, marks=pytest.mark.soak)])
def test_conflicts_and_verification_are_those_of_the_oracle(tmp_path: Path, seeds: int, count: int) -> None:
    questions = conflicts = carried = verified = 0
    for seed in range(seeds):
        events = with_claims(history(seed), seed, 80)
        path = read_model(tmp_path / f"{seed}.duckdb", events)
        record = Record(events)
        asked = coordinates(events, seed, count)
        expected = {one: Attestation(record, one) for one in asked}
        wanted = {
            "claim_conflict": {one: each.conflicts() for one, each in expected.items()},
            "event_verification": {one: each.verification() for one, each in expected.items()},
        }
        for view in COLUMNS:
            for one, found in from_views(path, view, asked, COLUMNS):
                assert found == wanted[view][one], (seed, view, one)
                questions += 1
        for found in wanted["claim_conflict"].values():
            conflicts += len(found)
            carried += sum(record.events[at - 1][1].target != record.events[of - 1][1].event_id for of, at, _ in found)  # type: ignore[attr-defined] # claims have one
        verified += sum(row[5] for found in wanted["event_verification"].values() for row in found.values())
    print(f"{questions} questions, {conflicts} conflicts, {carried} carried over, {verified} verified")
    assert min(conflicts, carried, verified) > 5 * seeds
