"""Undoing an import: all of it is retracted in one transaction, and what it superseded comes back."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from policytrack.errors import Refused
from policytrack.events import Event
from policytrack.ledger import Ledger
from policytrack.store.sqlite.reading import transaction_of
from tests.application.folded import Figures, events_of, installed
from tests.application.ledgers import run
from tests.examples import correction, facility, firm, make, retraction, stated

PLANT, FIRST = facility(), stated("5,000", known_on="2025-10-31")
DAYS = [date(2025, 10, 31), date(2025, 11, 30), date(2026, 1, 31), date(2026, 11, 23)]


def recorded(ledger: Ledger, *events: Event) -> None:
    with ledger.application() as application:
        application.record(events)


def undone(ledger: Ledger, first: int, *, cascade: bool = False) -> int:
    """Undo the transaction that begins at a position; returns how many events that takes."""
    transaction = transaction_of(ledger.store.path, first)
    assert transaction is not None and transaction.first == first
    with ledger.application() as application:
        found = application.undoing(first, transaction.last, "wrong file", cascade=cascade)
        if found.later:
            raise Refused(" ".join(one.name for one in found.later))
        application.record(found.events, renews=False)
    return len(found.events)


def figures(ledger: Ledger) -> Figures:
    return installed(events_of(ledger), DAYS)


@pytest.fixture
def world(ledger: Ledger) -> Ledger:
    """A plant and its capacity: e1 and e2, import i1."""
    recorded(ledger, PLANT, FIRST)
    return ledger


def test_each_transaction_has_its_own_instant_and_is_named_after_its_first_event(world: Ledger) -> None:
    recorded(world, firm())
    recorded(world, firm("a"), firm("b"))
    found = [transaction_of(world.store.path, position) for position in range(1, 7)]
    assert [one and (one.name, one.last) for one in found] == [("i1", 2)] * 2 + [("i3", 3)] + [("i4", 5)] * 2 + [None]


@pytest.mark.parametrize(
    "events",
    [
        [stated("7,000", effective="2025-10-15")],
        [correction(FIRST, "error", capacity="6,000")],
        [correction(FIRST, "revision", capacity="6,000", known_on="2025-11-15")],
        [retraction(FIRST)],
        [retraction(FIRST, "revision", known_on="2025-11-15")],
        [
            one := correction(FIRST, "revision", capacity="6,000", known_on="2025-11-15"),
            two := correction(one, "revision", capacity="7,000", known_on="2025-12-15"),
            correction(two, "error", capacity="7,500", known_on="2025-12-15"),
        ],
        [correction(PLANT, "error", name="Other works", country="BE")],
        [one := facility("salins"), stated("1", facility_id="salins"), retraction(FIRST)],
    ],
    ids=["new", "error", "revision", "retraction", "retraction later", "chain", "registration", "several"],
)
def test_figures_are_those_of_a_ledger_without_the_import_at_every_date(world: Ledger, events: list[Event]) -> None:
    before = figures(world)
    recorded(world, *events)
    assert undone(world, 3) >= 1
    assert figures(world) == before
    recorded(world, *events)  # imported again, it counts again
    again = figures(world)
    assert undone(world, _last_first(world)) >= 1
    assert figures(world) == before
    other = Ledger.create(world.root.parent / "other")
    recorded(other, PLANT, FIRST)
    recorded(other, *events)
    assert figures(other) == again


def _last_first(ledger: Ledger) -> int:
    """The first position of the last transaction."""
    position = 1
    while (found := transaction_of(ledger.store.path, position)) is not None:
        first, position = found.first, found.last + 1
    return first


def test_an_undoing_can_be_undone(world: Ledger) -> None:
    before = figures(world)
    recorded(world, correction(FIRST, "revision", capacity="6,000", known_on="2025-11-15"))
    changed = figures(world)
    undone(world, 3)
    undone(world, 4)
    assert (figures(world), changed != before) == (changed, True)


def test_later_events_that_rest_on_an_import_stop_it_unless_they_go_too(world: Ledger) -> None:
    recorded(world, correction(FIRST, "revision", capacity="6,000", known_on="2025-11-15"))
    recorded(world, stated("1", effective="2025-09"))
    with pytest.raises(Refused, match="e3 e4"):
        undone(world, 1)
    undone(world, 1, cascade=True)
    assert figures(world) == {}
    assert undone(world, 1) == 0


@pytest.mark.parametrize("because", ["error", "revision"])
def test_an_event_that_a_cascaded_correction_superseded_does_not_come_back(world: Ledger, because: str) -> None:
    """It names the plant that is undone, as its correction does."""
    retired = make("capacity_retired", facility_id="la-rochelle", activity_id="rare-earth-separation", capacity="2,000")
    recorded(world, retired)
    recorded(world, correction(retired, because, capacity="2,500"))
    assert undone(world, 1, cascade=True) == 3  # the correction, the capacity and the plant
    assert figures(world) == {}
    recorded(world, PLANT, FIRST)
    assert any(value == 5000 for value in figures(world).values())


def test_the_command_shows_asks_and_undoes(tmp_path: Path) -> None:
    assert run(tmp_path, "init", "ledger").returncode == 0
    root = tmp_path / "ledger"
    file = tmp_path / "plant.jsonl"
    file.write_text(f"{PLANT.to_json()}\n{FIRST.to_json()}\n", encoding="utf-8")
    assert "recorded e1–e2 in one transaction: import i1" in run(root, "import", str(file)).stderr
    assert run(root, "undo", "i2", "--yes").returncode == 4
    preview = run(root, "undo", "i1", "--dry-run")
    assert (preview.returncode, "retracted: 1 capacity_stated" in preview.stdout) == (0, True)
    assert "installed\t5000\t0\t-5000" in preview.stdout
    done = run(root, "undo", "i1", "--reason", "the wrong file", "--yes")
    assert (done.returncode, "recorded e3–e4: import i1 is undone" in done.stderr) == (0, True)
    assert "2 recorded again under a new id" in run(root, "import", str(file)).stderr
    listed = run(root, "log", "--imports").stdout.splitlines()
    assert [line.split("\t")[:5] for line in listed[1:]] == [
        ["i1", "1", "2", "2", "0"],
        ["i3", "3", "4", "2", "0"],
        ["i5", "5", "6", "2", "2"],
    ]
