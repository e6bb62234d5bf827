"""Eight processes race for the last tonnes of a credit lot: exactly one wins each round, and the others are told who."""

from __future__ import annotations

from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from uuid import UUID

import pytest

from policytrack.application import PolicyTrack
from policytrack.errors import NeedsAcknowledgement
from policytrack.events import Event
from policytrack.ledger import Ledger
from policytrack.resources import activity_units
from policytrack.store.sqlite.store import SQLiteStore
from tests.application.ledgers import racing, run
from tests.examples import facility, firm, make, project
from tests.tally import tried

RACERS = 8
STEEL = {"activity_id": "crude-steel"}


def world(rounds: int) -> list[Event]:
    """A lot of 100 for each round, of which 60 is drawn, and a line for each racer."""
    lots = [
        make("credit_lot_recognised", lot_id=f"lot-{one}", facility_id="la-rochelle", capacity="100", **STEEL)
        for one in range(rounds)
    ]
    lines = [project(f"line-{racer}", **STEEL) for racer in range(RACERS + 1)]
    return [firm(), facility(), *lines, *lots, *(draw(RACERS, one, "60") for one in range(rounds))]


def draw(racer: int, one: int, capacity: str) -> Event:
    return make(
        "capacity_swap_announced",
        event_id=UUID(int=(racer + 1) << 32 | one),
        swap_id=f"swap-{racer}-{one}",
        project_id=f"line-{racer}",
        build_capacity=capacity,
        ratio="1",
        legs=[{"lot_id": f"lot-{one}", "capacity": capacity}],
        **STEEL,
    )


def race(store: Path, racer: int, rounds: int, start: Barrier, told: Queue[tuple[int, int, str]]) -> None:
    application = PolicyTrack(SQLiteStore(store), activity_units())
    for one in range(rounds):
        event = draw(racer, one, "40")
        start.wait()
        try:
            (outcome,) = application.record([event])
            told.put((one, racer, f"won as e{outcome.position}"))
        except NeedsAcknowledgement as refusal:
            told.put((one, racer, refusal.what))
    application.close()


def raced(ledger: Ledger, rounds: int) -> dict[int, list[tuple[int, str]]]:
    """What each racer was told in each round."""
    tried("races", rounds)
    processes = racing()
    start, told = processes.Barrier(RACERS), processes.Queue()
    racers = [
        processes.Process(target=race, args=(ledger.store.path, number, rounds, start, told))
        for number in range(RACERS)
    ]
    for racer in racers:
        racer.start()
    answers: dict[int, list[tuple[int, str]]] = {one: [] for one in range(rounds)}
    for _ in range(rounds * RACERS):
        one, racer_number, words = told.get(timeout=120)
        answers[one].append((racer_number, words))
    for racer in racers:
        racer.join()
    return answers


@pytest.mark.parametrize("rounds", [3, pytest.param(200, marks=pytest.mark.soak)])
def test_one_of_eight_wins_the_last_of_a_lot_and_the_others_are_told_by_which_event(
    tmp_path: Path, rounds: int
) -> None:
    ledger = Ledger.create(tmp_path / "ledger")
    ledger.record(world(rounds))
    for one, answers in raced(ledger, rounds).items():
        won = [(racer, words) for racer, words in answers if words.startswith("won")]
        assert len(won) == 1, (one, answers)
        winner, position = won[0][0], won[0][1].removeprefix("won as ")
        for racer, words in answers:
            if racer != winner:
                assert f"{position} (swap-{winner}-{one}) drew 100, and 0 is left" in words


def test_a_loser_at_the_command_line_ends_with_3_and_nothing_written(tmp_path: Path) -> None:
    ledger = Ledger.create(tmp_path / "ledger")
    ledger.record([*world(1), draw(0, 0, "40")])
    words = ["record", "capacity-swap-announced", "--swap-id", "late", "--project-id", "line-1", "--activity-id",
             "crude-steel", "--build-capacity", "40", "--ratio", "1", "--leg", "lot_id=lot-0,capacity=40",
             "--effective", "2025-10-01", "--yes"]  # fmt: skip
    lost = run(ledger.root, *words)
    assert lost.returncode == 3
    assert "PT305: lot_overdrawn" in lost.stderr
    assert "(swap-0-0) drew 100, and 0 is left" in lost.stderr
    told = run(ledger.root, *words, "--acknowledge", "lot-overdrawn", "the notice says so")
    assert told.returncode == 0, told.stderr


def test_an_import_of_lines_is_refused_at_the_line_that_draws_too_much(tmp_path: Path) -> None:
    ledger = Ledger.create(tmp_path / "ledger")
    ledger.record(world(1))
    lines = tmp_path / "draws.jsonl"
    lines.write_text("".join(f"{draw(racer, 0, '30').to_json()}\n" for racer in (0, 1)), encoding="utf-8")
    refused = run(ledger.root, "import", str(lines))
    assert refused.returncode == 3
    assert "draws.jsonl:2" in refused.stderr
    assert "lot_overdrawn: cannot draw 30 from lot lot-0: it holds 100, of which " in refused.stderr
    assert " drew 90, and 10 is left" in refused.stderr
