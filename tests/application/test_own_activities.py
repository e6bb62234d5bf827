"""Activities of the ledger in imports: rows in any order, the fast path, other ledgers, and what is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from random import Random
from uuid import UUID

import pytest

from policytrack.importing.bulk import parallel
from policytrack.ledger import Ledger
from policytrack.store.sqlite.verify import verify_chain
from tests.application.test_importing import at_once, in_parts, stored
from tests.examples import correction, facility, make, retraction, stated
from tests.oracles.histories import ACTIVITIES, history

CASTINGS = make("activity_registered", activity_id="castings", name="Castings", unit="t/yr")
PLANT = facility()
FIGURES = [stated(f"{n} kt", activity_id="castings", effective=f"20{n}") for n in range(10, 25)]


def lines_of(*events: object) -> list[str]:
    return [event.to_json() for event in events]  # type: ignore[attr-defined] # events


def of_own_activities(seed: int, count: int) -> list[str]:
    """A history whose activities are the ledger's own, with their registrations somewhere among the events."""
    dice = Random(seed)
    lines = [event.to_json() for event in history(seed, count)]
    for number, built_in in enumerate(ACTIVITIES):
        lines = [line.replace(f'"{built_in}"', f'"own-{number}"') for line in lines]
        own = make("activity_registered", activity_id=f"own-{number}", name=f"Own {number}", unit="t REO/yr")
        fields = {**json.loads(own.to_json()), "unit": dice.choice(("t REO/yr", "t/yr"))}
        lines.insert(dice.randrange(len(lines) + 1), json.dumps(fields))
        if dice.random() < 0.3:
            corrected = correction(own, "error", name="Renamed")
            lines.insert(dice.randrange(len(lines) + 1), corrected.to_json())
        if dice.random() < 0.2:
            lines.insert(
                dice.randrange(len(lines) + 1), json.dumps({**fields, "event_id": str(UUID(int=dice.getrandbits(128)))})
            )
    return lines


@pytest.mark.parametrize("seed", range(8))
def test_an_import_in_parts_is_the_same_as_all_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    dice = Random(seed)
    monkeypatch.setattr(parallel, "PART", dice.choice((300, 3_000, 500_000)))
    monkeypatch.setattr(parallel, "FIRST", 10**9)
    one, other = Ledger.create(tmp_path / "one"), Ledger.create(tmp_path / "other")
    lines = of_own_activities(seed, 40)
    refused = at_once(one, lines)
    assert in_parts(other, lines) == refused
    assert stored(other) == stored(one)
    if not refused:
        assert in_parts(other, lines) == []
        assert stored(other) == stored(one)
    assert verify_chain(other.store.path).first_bad_position is None


def test_registrations_may_stand_after_their_figures_and_in_an_earlier_import(ledger: Ledger, tmp_path: Path) -> None:
    assert in_parts(ledger, lines_of(*FIGURES, PLANT, CASTINGS)) == []
    more = stated("1 kt", activity_id="castings", effective="2025")
    assert in_parts(ledger, lines_of(more)) == []
    other = Ledger(shutil.copytree(ledger.root, tmp_path / "other"))
    wrong = lines_of(stated("1 MW", activity_id="castings", effective="2025-02"))
    refusal = "'1 MW' has another dimension than t/yr state it in t/yr"
    assert in_parts(ledger, wrong) == at_once(other, wrong) == [refusal]


def test_a_ledger_that_defines_an_id_differently_is_not_merged(ledger: Ledger) -> None:
    assert in_parts(ledger, lines_of(PLANT, CASTINGS, *FIGURES)) == []
    before = stored(ledger)
    elsewhere = make("activity_registered", activity_id="castings", name="Castings", unit="MW")
    figure = stated("5 MW", activity_id="castings", effective="2025")
    for lines in (lines_of(elsewhere, figure), lines_of(figure, elsewhere)):
        refused = in_parts(ledger, lines)
        assert any("activity 'castings' is already registered by e2 in t/yr, not in MW" in one for one in refused)
    assert stored(ledger) == before


def test_a_built_in_activity_is_not_registered_by_an_import(ledger: Ledger) -> None:
    [refused] = in_parts(ledger, lines_of(make("activity_registered", activity_id="coke", name="Coke", unit="MW")))
    assert refused.startswith("activity 'coke' is built in use it as it is, in t/yr")


def test_a_unit_is_corrected_or_retracted_only_with_its_figures(ledger: Ledger) -> None:
    assert in_parts(ledger, lines_of(PLANT, CASTINGS, *FIGURES)) == []
    in_megawatts = correction(CASTINGS, "error", unit="MW")
    [refused] = in_parts(ledger, lines_of(in_megawatts))
    assert refused.startswith("cannot change the unit of activity castings: 15 events use it: e3 capacity_stated")
    [refused] = in_parts(ledger, lines_of(retraction(CASTINGS)))
    assert refused.startswith("e2 registers activity castings, which 15 other events use: e3 capacity_stated")
    assert in_parts(ledger, lines_of(*map(retraction, FIGURES), in_megawatts)) == []
    figure = stated("5 MW", activity_id="castings", effective="2025")
    assert in_parts(ledger, lines_of(figure)) == []


def test_figures_of_a_project_hold_the_unit_in_an_import_too(ledger: Ledger) -> None:
    line = make(
        "project_registered", project_id="line-2", name="Line", facility_id="la-rochelle", activity_id="castings"
    )
    announced = make("project_announced", project_id="line-2", capacity="5 kt/yr")
    in_megawatts = correction(CASTINGS, "error", unit="MW")
    [refused] = in_parts(ledger, lines_of(PLANT, announced, line, CASTINGS, in_megawatts))
    assert "has another dimension than MW" in refused or "cannot change the unit of activity castings" in refused
    assert in_parts(ledger, lines_of(PLANT, announced, line, CASTINGS)) == []
    [refused] = in_parts(ledger, lines_of(in_megawatts))
    assert refused.startswith("cannot change the unit of activity castings: 1 event uses it: e2 project_announced")
