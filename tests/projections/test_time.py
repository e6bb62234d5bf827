"""Two clocks: corrections and retractions, what becomes known late, and vague dates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from policytrack.events import Event
from tests.projections.world import corrected, event, facility, firm, project, retracted, row, rows, stated


def phase(name: str, because: str) -> tuple[Event, Event]:
    """A completion of 8,000 known in March, and its correction to 7,200."""
    first = event("project_completed", "2026-02-20", "2026-03-02", project_id=name, capacity="8000")
    return first, corrected(first, because, "2026-05-18" if because == "revision" else None, capacity="7200")


def line(name: str) -> list[Event]:
    """A site and a line that is built there."""
    return [facility(f"{name}-site", "builder"), project(name, f"{name}-site", "builder")]


MISTYPED = stated("retracted", "100", "2020-01-01")
WITHDRAWN = stated("withdrawn", "100", "2020-01-01")
CHAIN = stated("chain", "1", "2020-01-01")
SECOND = corrected(CHAIN, "revision", "2020-03-01", capacity="2")
THIRD = corrected(SECOND, "error", capacity="3")
LAST = corrected(THIRD, "revision", "2020-06-01", capacity="4")
PLACED = facility("placed", "builder", "2020-01-01", country="CN", region="CN-NM")
EVENTS = [
    firm("builder"),
    *(facility(name, "builder") for name in ("retracted", "withdrawn", "chain", "vague", "open", "moving")),
    *line("revised"),
    *line("mistyped"),
    *phase("revised", "revision"),
    *phase("mistyped", "error"),
    MISTYPED,
    retracted(MISTYPED, "error", "2020-06-01"),
    WITHDRAWN,
    retracted(WITHDRAWN, "revision", "2020-06-01"),
    stated("withdrawn", "100", "2020-01-01", "2020-09-01"),
    *(CHAIN, SECOND, THIRD, LAST),
    retracted(LAST, "revision", "2020-09-01"),
    facility("late", "builder", "2024-01-01", country="AU"),
    stated("late", "9", "2018-01-01"),
    PLACED,
    corrected(PLACED, "revision", "2021-01-01", region="CN-FJ"),
    stated("placed", "5", "2019-01-01"),
    stated("vague", "10", "2020-06", "2020-12-31"),
    stated("vague", "20", "2020-06-15", "2020-12-31"),
    stated("open", "7", "../2020-06-30", "2020-06-10"),
    stated("moving", "1", "2020-01-01", "2020-02-01"),
]


def installed(world: Path, name: str, day: str, known_at: str, **more: Any) -> Any:
    found = rows(world, f"SELECT installed FROM facility_capacity WHERE facility_id = '{name}'", day, known_at, **more)
    return found[0]["installed"] if found else None


def test_a_revision_leaves_the_old_figure_to_those_who_ask_what_was_known_before(world: Path) -> None:
    days = ("2026-03-01", "2026-04-01", "2026-05-17", "2026-05-18", "2026-06-01")
    assert [installed(world, "revised-site", "2026-12-31", day) for day in days] == [None, 8000, 8000, 7200, 7200]


def test_an_error_was_wrong_at_every_known_at(world: Path) -> None:
    days = ("2026-03-01", "2026-04-01", "2026-06-01")
    assert [installed(world, "mistyped-site", "2026-12-31", day) for day in days] == [None, 7200, 7200]


def test_an_error_that_is_retracted_was_never_so(world: Path) -> None:
    assert [installed(world, "retracted", "2020-12-31", day) for day in ("2020-01-01", "2020-12-31")] == [None, None]


def test_a_retraction_as_a_revision_takes_effect_when_it_is_known_and_recording_again_restores(world: Path) -> None:
    days = ("2020-05-31", "2020-06-01", "2020-08-31", "2020-09-01")
    assert [installed(world, "withdrawn", "2020-12-31", day) for day in days] == [100, None, None, 100]


def test_in_a_chain_of_corrections_each_stands_for_its_time(world: Path) -> None:
    days = ("2020-01-01", "2020-02-28", "2020-03-01", "2020-05-31", "2020-06-01", "2020-09-01")
    assert [installed(world, "chain", "2020-12-31", day) for day in days] == [1, 1, 3, 3, 4, None]


def test_the_log_says_what_superseded_an_event_once_that_is_known(world: Path) -> None:
    position = EVENTS.index(WITHDRAWN) + 1
    query = f"SELECT superseded_by, because FROM event_log WHERE position = {position}"
    assert row(world, query, "2020-05-31") == {"superseded_by": None, "because": None}
    assert row(world, query, "2020-06-01") == {"superseded_by": position + 1, "because": "revision"}


def test_a_facility_registered_late_keeps_its_place_at_every_date(world: Path) -> None:
    query = "SELECT country_code, installed FROM national_capacity WHERE country_code = 'AU'"
    assert row(world, query, "2018-06-01") == {"country_code": "AU", "installed": 9}


def test_a_registration_that_is_revised_stands_as_it_was_known(world: Path) -> None:
    query = "SELECT region_code FROM facility WHERE facility_id = 'placed'"
    days = ("2019-01-01", "2020-12-31", "2021-01-01")
    assert [row(world, query, day)["region_code"] for day in days] == ["CN-NM", "CN-NM", "CN-FJ"]


def test_what_is_vague_counts_from_its_latest_day(world: Path) -> None:
    days = ("2020-06-01", "2020-06-15", "2020-06-30")
    assert [installed(world, "vague", day, "2020-12-31") for day in days] == [None, 20, 10]


def test_taken_by_the_earliest_day_the_order_may_be_another(world: Path) -> None:
    days = ("2020-05-31", "2020-06-01", "2020-06-15", "2020-06-30")
    found = [installed(world, "vague", day, "2020-12-31", dates="earliest") for day in days]
    assert found == [None, 10, 20, 20]


def test_the_latest_day_is_at_most_the_day_it_was_known(world: Path) -> None:
    assert [installed(world, "open", day, "2020-06-10") for day in ("2020-06-09", "2020-06-10")] == [None, 7]


def test_a_date_open_to_the_past_counts_always_when_taken_by_its_earliest_day(world: Path) -> None:
    assert installed(world, "open", "1990-01-01", "2020-06-10", dates="earliest") == 7


def test_a_fact_counts_neither_before_it_was_true_nor_before_it_was_known(world: Path) -> None:
    asked = (("2019-12-31", "2020-02-01"), ("2020-01-01", "2020-01-31"), ("2020-01-01", "2020-02-01"))
    assert [installed(world, "moving", *one) for one in asked] == [None, None, 1]
