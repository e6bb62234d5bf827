"""`--head N` is what a ledger says that holds the first N events and nothing else, for every event of the record."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from eventsourcing.dcb.api import DCBEvent

from policytrack.ledger import Ledger
from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.session import Session
from policytrack.store.anchor import head_file_beside
from policytrack.store.clock import microseconds_of
from policytrack.store.sqlite.reading import head
from policytrack.store.sqlite.recorder import SQLiteDCBRecorder
from tests.cli.conftest import policytrack
from tests.copies import copied

TODAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def demo(demo_ledger: Path, tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """The demo ledger, with claims, a correction and a retraction after it."""
    root = copied(demo_ledger, tmp_path_factory.mktemp("head") / "demo")
    approval = policytrack(root, "log", "--project", "northern-jinlong-separation", "--type", "project-approved")
    position = int(approval.out.splitlines()[1].split()[0])
    event, next_one = f"e{position}", f"e{position + 1}"
    source = ("--source", "title=Report,class=analyst,publisher=SMM")
    for words in (
        ("claim", event, "--contradicts", "capacity=4900", *source),
        ("correct", event, "--set", "capacity=5100", "--because", "revision"),
        ("retract", next_one, "--because", "error", "--reason", "another plant"),
    ):
        run = policytrack(root, *words)
        assert run.code == 0, run.err
    return Ledger.find(root)


class Growing:
    """A ledger that is given the events of another, one after the other, as they were recorded."""

    def __init__(self, root: Path, of: Ledger) -> None:
        self.ledger = Ledger.create(root)
        table = next(iter(of.batches(0)))
        self.events = [
            (DCBEvent(row["type"], row["data"].encode(), json.loads(row["tags"])), microseconds_of(row["recorded_at"]))
            for row in table.to_pylist()
        ]
        self.position = 0

    def grow_to(self, position: int) -> Path:
        """The read model of the ledger when it holds so many events."""
        if new := self.events[self.position : position]:
            with closing(
                SQLiteDCBRecorder(self.ledger.store.path, head_file=head_file_beside(self.ledger.store.path))
            ) as store:
                store.append([event for event, _ in new], recorded_at=[stamp for _, stamp in new])
        self.position = position
        return self.ledger.generation(notes=lambda _: None)


def answers(path: Path) -> Iterator[tuple[str, list[str]]]:
    """The rows of every view, as of and known at today."""
    with Session(path, Coordinates(TODAY, TODAY)) as session:
        for view in session.views():
            yield view.name, sorted(map(repr, session.query(f"FROM {view.name}").to_pylist()))


def compare(demo: Ledger, root: Path, positions: Sequence[int]) -> int:
    """Compare at each position; returns how many events there are."""
    growing = Growing(root, demo)
    for position in positions:
        grown, replayed = growing.grow_to(position), demo.replay(position, notes=lambda _: None)
        assert demo.read_model.compare(grown, replayed) == [], f"at e{position}"
    return len(growing.events)


@pytest.mark.soak
def test_the_head_is_a_ledger_of_the_first_events_only(demo: Ledger, tmp_path: Path) -> None:
    length = head(demo.store.path).position
    assert compare(demo, tmp_path / "grown", (0, 118, *range(length - 2, length + 1))) == length > 170


@pytest.mark.soak
def test_all_views_answer_alike_at_a_head_and_in_a_ledger_of_that_length(demo: Ledger, tmp_path: Path) -> None:
    growing = Growing(tmp_path / "grown", demo)
    position = len(growing.events) - 1
    grown, replayed = growing.grow_to(position), demo.replay(position, notes=lambda _: None)
    assert dict(answers(grown)) == dict(answers(replayed))
    for words in (("capacity", "--json"), ("log", "--json")):
        assert (
            policytrack(demo.root, *words, "--head", f"e{position}").out == policytrack(growing.ledger.root, *words).out
        )


@pytest.mark.soak
def test_the_head_is_a_ledger_of_the_first_events_only_at_every_event(demo: Ledger, tmp_path: Path) -> None:
    length = head(demo.store.path).position
    assert compare(demo, tmp_path / "grown", range(length + 1)) == length
    print(f"compared before the first and after each of {length} events")
