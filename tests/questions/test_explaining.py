"""Explanations add up: every figure of the demo ledger to its events, every change to what happened and was learned."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest

from policytrack import resources
from policytrack.errors import NotFound
from policytrack.journal.reading import load_events
from policytrack.ledger import Ledger
from policytrack.questions import ask
from policytrack.questions.why import FIGURES, explain
from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.session import Session

TODAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    ledger = Ledger.create(tmp_path_factory.mktemp("explaining") / "demo")
    stories = [(story.name, story) for story in sorted((resources.EVENTS / "log").glob("*.yaml"))]
    events, places = load_events(stories, today=TODAY, known_on_of=lambda _: None)
    ledger.record(events, places=places)
    return ledger


def at(demo: Ledger, as_of: date, known_at: date) -> Session:
    return Session(demo.generation(notes=lambda _: None), Coordinates(as_of, known_at))


def some_coordinates(count: int) -> Iterator[tuple[date, date]]:
    chance = random.Random(11)
    yield TODAY, TODAY
    for _ in range(count):
        as_of, known_at = (date(2012, 1, 1) + timedelta(days=chance.randrange(5_400)) for _ in range(2))
        yield as_of, known_at


def test_the_leaves_of_every_figure_of_the_demo_ledger_add_up_to_it(demo: Ledger) -> None:
    checked = 0
    for as_of, known_at in some_coordinates(1):
        with at(demo, as_of, known_at) as session:
            for row in ask(session, "capacity").to_pylist():
                for figure in FIGURES:
                    # Raises if the sum of the leaves is not the figure, to the last digit.
                    found = explain(session, figure, row["country_code"], row["activity_id"])
                    assert found.total == row[figure]
                    checked += 1
    print(f"{checked} figures explained")
    assert checked > 100


def test_every_leaf_names_an_event_that_stands_or_the_reason_it_needs_none(demo: Ledger) -> None:
    with at(demo, TODAY, TODAY) as session:
        found = explain(session, "pending_net", "CN", "rare-earth-separation")
        standing = {row["position"] for row in ask(session, "log").to_pylist() if row["superseded_by"] is None}
    assert all(leaf["position"] in standing if leaf["position"] else leaf["reason"] for leaf in found.leaves)
    assert all(leaf["sources"] for leaf in found.leaves)
    reasons = {other["reason"] for other in found.not_counted}
    assert "restated since" in reasons


def test_events_that_do_not_count_yet_are_shown_with_the_reason(demo: Ledger) -> None:
    with at(demo, date(2025, 10, 20), date(2025, 10, 20)) as session:
        found = explain(session, "pending_gross", "CN", "rare-earth-separation")
    reasons = {
        (other["thing"], other["type"], other["reason"])
        for other in found.not_counted
        if other["thing"] == "project:northern-jinlong-separation"
    }
    assert ("project:northern-jinlong-separation", "project_approved", "known only later") in reasons


def test_a_figure_that_is_not_there_is_said_to_be_missing(demo: Ledger) -> None:
    with at(demo, TODAY, TODAY) as session, pytest.raises(NotFound):
        explain(session, "net", "ZW", "crude-steel")


def figures(session: Session) -> dict[tuple[str, str, str], Decimal]:
    return {
        (row["country_code"], row["activity_id"], figure): row[figure]
        for row in ask(session, "capacity").to_pylist()
        for figure in FIGURES
    }


def test_what_happened_and_what_was_learned_add_up_to_every_change(demo: Ledger) -> None:
    moments = list(some_coordinates(4))
    for (start, known_from), (end, known_to) in itertools.pairwise(moments):
        with at(demo, start, known_from) as session:
            before = figures(session)
            bounds = {"from_as_of": start, "to_as_of": end, "from_known_at": known_from, "to_known_at": known_to}
            changes = ask(session, "diff", bounds).to_pylist()
        with at(demo, end, known_from) as session:
            between = figures(session)
        with at(demo, end, known_to) as session:
            after = figures(session)
        for cause, old, new in (("happened", before, between), ("learned", between, after)):
            summed: dict[tuple[str, str, str], Decimal] = {}
            for row in changes:
                if row["cause"] == cause:
                    cell = (row["country_code"], row["activity_id"], row["figure"])
                    summed[cell] = summed.get(cell, Decimal(0)) + row["change"]
            for cell in before.keys() | between.keys() | after.keys():
                assert summed.get(cell, Decimal(0)) == new.get(cell, Decimal(0)) - old.get(cell, Decimal(0)), cell


def test_the_seed_is_learned_as_a_plan_and_then_as_a_replacement(demo: Ledger) -> None:
    january, october = date(2025, 1, 31), date(2025, 10, 31)
    with at(demo, TODAY, TODAY) as session:
        bounds = {"from_as_of": january, "to_as_of": october, "from_known_at": january, "to_known_at": october}
        rows = ask(
            session,
            "diff",
            {**bounds, "country": ["CN"], "activity": ["rare-earth-separation"], "figure_names": ["pending_net"]},
        ).to_pylist()
    assert sum(row["change"] for row in rows) == -5000
    assert {row["cause"] for row in rows} == {"learned"}
    assert [row["change"] for row in rows if row["thing"] == "swap:northern-jinlong-swap"] == [-5000]


def test_a_series_is_the_figure_at_each_of_its_days(demo: Ledger) -> None:
    days = [date(year, 12, 31) for year in range(2019, 2027)]
    known = [date(2025, 6, 30)] * len(days)
    with at(demo, TODAY, TODAY) as session:
        table = ask(session, "series", {"as_of_days": days, "known_at_days": known}).to_pylist()
    for day, known_at in zip(days, known, strict=True):
        with at(demo, day, known_at) as session:
            expected = ask(session, "capacity").to_pylist()
        rows = [{name: row[name] for name in expected[0]} for row in table if row["as_of"] == day]
        assert rows == expected
