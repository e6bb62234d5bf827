"""Several people correct one event at once: one wins, and the others are told by which event."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from policytrack.ledger import Ledger
from policytrack.resources import activity_units
from tests.application.ledgers import command, events_shown, length, race_to_correct, racing
from tests.cli.conftest import environment
from tests.examples import facility, firm, stated
from tests.tally import tried

RACERS = 3


@pytest.mark.parametrize("rounds", [2, pytest.param(300, marks=pytest.mark.soak)])
def test_of_processes_that_correct_one_event_exactly_one_wins_and_the_others_name_its_event(
    ledger: Ledger, rounds: int
) -> None:
    events = [firm(f"firm-{n}", event_id=f"00000000-0000-4000-8000-{n:012}") for n in range(rounds)]
    ledger.record(events)
    tried("races", rounds)
    context = racing()
    start = context.Barrier(RACERS)
    pipes = [context.Pipe(duplex=False) for _ in range(RACERS)]
    racers = [
        context.Process(target=race_to_correct, args=(ledger.root, activity_units(), racer, rounds, start, sending))
        for racer, (_, sending) in enumerate(pipes)
    ]
    for racer in racers:
        racer.start()
    for _, sending in pipes:
        sending.close()  # so that a racer that dies ends the waiting for its results
    results = [receiving.recv() for receiving, _ in pipes]
    for racer in racers:
        racer.join(10)
        racer.close()
    for receiving, _ in pipes:
        receiving.close()
    winners = set()
    for number, of_round in enumerate(zip(*results, strict=True), start=1):
        (winner,) = (words for what, words in of_round if what == "recorded")
        winners.add(winner)
        lost = [result for result in of_round if result[0] != "recorded"]
        assert lost == [("AlreadySuperseded", f"e{number} is already corrected by {winner}")] * (RACERS - 1)
    assert len(winners) == rounds
    assert length(ledger) == events_shown(ledger) == 2 * rounds


def test_of_two_commands_at_once_one_ends_with_3_and_names_the_event_of_the_other(
    ledger: Ledger, tmp_path: Path
) -> None:
    ledger.record([facility(), *(stated(100 + n) for n in range(2))])
    for position in (2,):
        before = length(ledger)
        both = [
            subprocess.Popen(
                command(ledger.root, "correct", f"e{position}", "--set", f"capacity={value}", "--because", "error"),
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(), cwd=tmp_path,
            )
            for value in (700, 800)
        ]  # fmt: skip
        said = [process.communicate(timeout=60)[1] for process in both]
        assert sorted(process.returncode for process in both) == [0, 3], said
        assert length(ledger) == before + 1
        lost = next(words for process, words in zip(both, said, strict=True) if process.returncode == 3)
        assert f"error PT304: e{position} is already corrected by e{before + 1}" in lost
        assert f"hint: correct e{before + 1} instead" in lost
