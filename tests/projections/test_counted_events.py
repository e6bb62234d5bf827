"""Folding only events of some assertions, or with enough sources: the figures are those of a ledger without the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from random import Random
from uuid import UUID

import pytest

from policytrack.events import Event
from policytrack.readmodel.coordinates import ALWAYS_COUNTED, Counted
from tests.oracles.histories import history
from tests.oracles.questions import coordinates
from tests.projections.world import claim, corrected, event, facility, moved, read_model, retracted, row, rows, stated

LAST = date(2026, 1, 1)
SURE = Counted(("confirmed", "reported"), 0, LAST)
INSTALLED = "SELECT installed FROM national_capacity"
FIGURES = {
    "national_capacity": "SELECT * FROM national_capacity ORDER BY ALL",
    "project": "SELECT * FROM project ORDER BY ALL",
    "firm_holding": "SELECT * FROM firm_holding ORDER BY ALL",
    "capacity_swap": "SELECT * FROM capacity_swap ORDER BY ALL",
}
PAPER = {"title": "A paper", "publisher": "one", "class": "analyst"}
OTHER = {"title": "Another", "publisher": "two", "class": "analyst"}


def test_an_event_of_another_assertion_changes_no_figure(tmp_path: Path) -> None:
    path = read_model(tmp_path / "m.duckdb", WORLD, counted=SURE)
    assert row(path, INSTALLED, "2021-06-01")["installed"] == 100
    assert row(read_model(tmp_path / "all.duckdb", WORLD), INSTALLED, "2021-06-01")["installed"] == 170


FIRST = stated("f", "100", "2020-01-01", assertion="confirmed")
WORLD = [
    facility("f"),
    facility("g"),
    FIRST,
    stated("g", "70", "2020-01-01", assertion="rumour"),
]


def test_a_revision_that_does_not_count_leaves_the_former_figure_in_force(tmp_path: Path) -> None:
    rumoured = corrected(FIRST, "revision", "2020-06-01", capacity="60", assertion="rumour")
    later = corrected(rumoured, "revision", "2020-09-01", capacity="80", assertion="reported")
    path = read_model(tmp_path / "m.duckdb", [*WORLD, rumoured, later], counted=SURE)
    known = {day: row(path, INSTALLED, day)["installed"] for day in ("2020-03-01", "2020-07-01", "2020-10-01")}
    assert known == {"2020-03-01": 100, "2020-07-01": 100, "2020-10-01": 80}


def test_our_own_mistake_never_counts_whatever_corrects_it(tmp_path: Path) -> None:
    doubted = corrected(FIRST, "error", "2020-06-01", capacity="60", assertion="rumour")
    path = read_model(tmp_path / "m.duckdb", [*WORLD, doubted], counted=SURE)
    assert rows(path, INSTALLED, "2021-06-01") == []


def test_a_retraction_counts_whatever_its_assertion(tmp_path: Path) -> None:
    path = read_model(tmp_path / "m.duckdb", [*WORLD, retracted(FIRST, "revision", "2020-06-01")], counted=SURE)
    assert rows(path, INSTALLED, "2021-06-01") == []


def test_sources_are_counted_as_known_with_those_of_claims(tmp_path: Path) -> None:
    single = stated("f", "100", "2020-01-01", sources=[PAPER])
    double = stated("g", "70", "2020-01-01", sources=[PAPER, OTHER])
    world = [facility("f"), facility("g"), single, double, claim(single, "corroborates", "2021-03-01", [OTHER])]
    for known_at, expected in (("2021-02-01", 70), ("2021-04-01", 170)):
        two = Counted((), 2, date.fromisoformat(known_at))
        path = read_model(tmp_path / f"{known_at}.duckdb", world, counted=two)
        assert row(path, INSTALLED, known_at)["installed"] == expected, known_at


def test_why_says_that_an_event_does_not_count_and_the_log_omits_it(tmp_path: Path) -> None:
    path = read_model(tmp_path / "m.duckdb", WORLD, counted=SURE)
    assert [one["position"] for one in rows(path, "SELECT position FROM event_log", "2021-06-01")] == [1, 2, 3]
    asked = "SELECT why_invisible(known_on, known_to, superseded_by, known_on, as_of()) AS why FROM event WHERE position = 4"
    assert row(path, asked, "2021-06-01")["why"] == "not counted: another assertion, or too few sources"


def test_what_depends_on_weak_evidence_and_what_a_published_total_covers_is_said_beside_the_figure(
    tmp_path: Path,
) -> None:
    total = {"country": "CN", "activity_id": "rare-earth-separation"}
    world = [
        facility("f"),
        facility("g"),
        stated("f", "100", "2020-01-01", sources=[PAPER, OTHER]),
        stated("g", "70", "2020-01-01", sources=[{**PAPER, "state_affiliated": True}], assertion="rumour"),
        moved("retired", "g", "30", "2020-06-01"),
        event("capacity_reported", "2019-12-31", capacity="700", **total),
        event("capacity_reported", "2020-12-31", capacity="560", **total),
        event("capacity_reported", "2020-12-31", capacity="9", country="CN", activity_id="crude-steel"),
    ]
    path = read_model(tmp_path / "m.duckdb", world)
    evidence = row(path, "FROM national_evidence", "2021-06-01")
    assert (evidence["figure"], evidence["amount"], evidence["on_rumour"]) == ("installed", 140, 70)
    assert (evidence["on_no_source"], evidence["on_one_source"], evidence["on_state_media"]) == (30, 70, 70)
    for day, published, percent in (("2020-03-01", 700, "24.3"), ("2021-06-01", 560, "25.0")):
        covered = row(path, "FROM national_coverage", day)
        assert (covered["published_kind"], covered["published"], str(covered["coverage_pct"])) == (
            "installed",
            published,
            percent,
        )
    assert covered["recorded"] == 140


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(2, 30))])
def test_the_figures_are_those_of_a_history_without_the_events_that_do_not_count(tmp_path: Path, seed: int) -> None:
    events = list(_asserted(history(seed), seed))
    left = read_model(tmp_path / "left.duckdb", events, counted=SURE)
    without = read_model(tmp_path / "without.duckdb", list(_without(events)))
    compared = 0
    for asked in coordinates(events, seed, 2):
        days = asked.as_of.isoformat(), asked.known_at.isoformat()
        for view, sql in FIGURES.items():
            found, expected = ([_plain(one) for one in rows(path, sql, *days)] for path in (left, without))
            assert found == expected, (view, days)
            compared += len(found)
    assert compared > 20


def _asserted(events: Sequence[Event], seed: int) -> Iterator[Event]:
    """The events with assertions by chance; the correction of an error has that of its target."""
    dice, given = Random(seed), dict[UUID, str]()
    for one in events:
        word = dice.choice(("confirmed", "reported", "reported", "rumour"))
        if one.supersedes is not None and one.supersedes.because == "error":
            word = given[one.supersedes.event_id]
        given[one.event_id] = word
        yield one.model_copy(update={"assertion": word})


def _without(events: Sequence[Event]) -> Iterator[Event]:
    """The events that count: a correction of what does not count corrects what that one had revised, if anything."""
    instead: dict[UUID, Event | None] = {}
    for one in events:
        newer = one.supersedes
        if one.TOPIC == "event_retracted":
            if one.target not in instead:
                yield one
            continue
        if one.TOPIC not in ALWAYS_COUNTED and one.assertion == "rumour":
            instead[one.event_id] = newer
            continue
        while newer is not None and newer.event_id in instead:
            below = instead[newer.event_id]
            newer = below and newer.model_copy(update={"event_id": below.event_id, "because": "revision"})
        yield one.model_copy(update={"supersedes": newer})


def _plain(one: dict[str, object]) -> dict[str, object]:
    """A row without ledger positions, which differ."""
    return {name: value for name, value in one.items() if "position" not in name}
