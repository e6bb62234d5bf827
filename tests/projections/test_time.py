"""Two clocks: corrections and retractions, what becomes known late, and vague dates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from policytrack.events import Event
from tests.projections.world import corrected, event, facility, firm, moved, project, retracted, row, rows, stated


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
PRELIMINARY = stated("revised-late", "90", "2023-12-31", "2024-01-15")
MISTYPED_EARLY = stated("mistyped-early", "90", "2023-12-31", "2024-01-15")
REVISED_AT_ONCE = stated("revised-at-once", "90", "2023-12-31", "2024-01-15")
REVISED_BEFORE = stated("chain-of-two", "10", "2023-12-31", "2024-01-15")
REVISION = corrected(REVISED_BEFORE, "revision", "2024-06-01", capacity="20")
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
    # the order of what is effective on one day
    *(facility(name) for name in ("typed-last", "revised-late", "mistyped-early", "revised-at-once", "chain-of-two")),
    *(facility(name) for name in ("moved-before", "moved-after")),
    stated("typed-last", "100", "2023-12-31", "2024-06-01"),
    stated("typed-last", "90", "2023-12-31", "2024-01-15"),
    PRELIMINARY,
    stated("revised-late", "100", "2023-12-31", "2024-06-01"),
    corrected(PRELIMINARY, "revision", "2024-09-01", capacity="95"),
    MISTYPED_EARLY,
    stated("mistyped-early", "100", "2023-12-31", "2024-06-01"),
    corrected(MISTYPED_EARLY, "error", "2024-09-01", capacity="95"),
    REVISED_AT_ONCE,
    stated("revised-at-once", "100", "2023-12-31", "2024-01-15"),
    corrected(REVISED_AT_ONCE, "revision", "2024-01-15", capacity="95"),
    *(REVISED_BEFORE, REVISION, corrected(REVISION, "error", "2024-12-01", capacity="30")),
    stated("chain-of-two", "40", "2023-12-31", "2024-07-01"),
    stated("moved-before", "100", "2023-12-31", "2024-06-01"),
    moved("retired", "moved-before", "10", "2023-12-31", "2024-01-15"),
    moved("retired", "moved-after", "10", "2023-12-31", "2024-06-01"),
    stated("moved-after", "100", "2023-12-31", "2024-01-15"),
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


def test_of_two_statements_for_one_day_the_one_known_later_counts_whichever_was_recorded_first(world: Path) -> None:
    assert installed(world, "typed-last", "2025-01-01", "2024-03-01") == 90
    assert installed(world, "typed-last", "2025-01-01", "2025-01-01") == 100


def test_a_revision_has_a_place_of_its_own_and_a_corrected_error_that_of_what_it_corrects(world: Path) -> None:
    assert installed(world, "revised-late", "2025-01-01", "2024-07-01") == 100
    assert installed(world, "revised-late", "2025-01-01", "2025-01-01") == 95
    assert installed(world, "mistyped-early", "2025-01-01", "2025-01-01") == 100
    # Known on one day with another, the revision was recorded later.
    assert installed(world, "revised-at-once", "2025-01-01", "2025-01-01") == 95
    # The error of a revision: corrected later than the statement of July, and with the place of the revision of June.
    assert installed(world, "chain-of-two", "2025-01-01", "2025-01-01") == 40


def test_what_moved_on_the_day_of_a_statement_counts_on_top_only_if_it_was_known_later(world: Path) -> None:
    assert installed(world, "moved-before", "2025-01-01", "2024-03-01") == -10
    assert installed(world, "moved-before", "2025-01-01", "2025-01-01") == 100
    assert installed(world, "moved-after", "2025-01-01", "2024-03-01") == 100
    assert installed(world, "moved-after", "2025-01-01", "2025-01-01") == 90
