"""Claims of other sources: what is contradicted, how well an event is attested, and no figure that changes by it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from policytrack.events import Event
from tests.projections.world import claim, corrected, event, facility, firm, project, retracted, row, rows, stated

MINISTRY = {"title": "Notice 7", "publisher": "Ministry of Industry", "class": "regulator"}
AGENCY = {"title": "News of the day", "publisher": "Xinhua", "class": "state-media"}
PAPER = {"title": "A report", "publisher": "Daily Paper", "class": "trade-press"}
SAME_PAPER = {"title": "Another report", "publisher": " daily paper ", "class": "trade-press"}
REPRINT = {"title": "A reprint", "publisher": "Portal", "class": "aggregator", "state_affiliated": True}
NAMELESS = {"title": "A blog", "class": "analyst"}
DAY = "2026-12-31"

PLAIN = stated("plain", "100", "2020-01-01", sources=[PAPER])
NOBODY = stated("nobody", "100", "2020-01-01")
BLOGS = stated("blogs", "100", "2020-01-01", sources=[NAMELESS, {**NAMELESS, "title": "Another blog"}])
STATE = stated("state", "100", "2020-01-01", sources=[AGENCY, REPRINT])
DONE = event("project_completed", "2026-02-20", "2026-03-02", project_id="line", capacity="8000", sources=[MINISTRY])
DOUBTED = [claim(DONE, "contradicts", "2026-03-10", [PAPER], capacity="7200", effective="2026-02-25")]
REVISED = corrected(DONE, "revision", "2026-05-18", capacity="7200", sources=[MINISTRY])
CHECKED = stated("checked", "5", "2021-01-01", sources=[AGENCY])
TYPO = stated("typo", "5", "2021-01-01", sources=[MINISTRY])
MENDED = corrected(TYPO, "error", capacity="50")
DENIED = stated("denied", "5", "2021-01-01", sources=[MINISTRY])
WITHDRAWN = claim(DENIED, "contradicts", "2021-02-01", [PAPER])
GONE = stated("gone", "5", "2021-01-01", sources=[MINISTRY])
SUPPORT: list[Event] = [
    claim(PLAIN, "corroborates", "2020-02-01", [SAME_PAPER]),
    claim(PLAIN, "corroborates", "2020-03-01", [MINISTRY, NAMELESS]),
    claim(CHECKED, "corroborates", "2021-02-01", [REPRINT]),
    claim(CHECKED, "verifies", "2021-03-01", [{"title": "Images", "publisher": "Satellites", "class": "analyst"}]),
    claim(TYPO, "verifies", "2021-02-01", [PAPER]),
    claim(TYPO, "contradicts", "2021-02-01", [PAPER], capacity="60"),
    claim(GONE, "contradicts", "2021-02-01", [PAPER], capacity="6"),
]
EVENTS = [
    firm("builder"),
    *(facility(name, "builder") for name in ("plain", "nobody", "blogs", "state", "checked", "typo", "denied", "gone")),
    facility("site", "builder"),
    project("line", "site", "builder"),
    *(PLAIN, NOBODY, BLOGS, STATE, DONE, *DOUBTED, CHECKED, TYPO, DENIED, WITHDRAWN, GONE),
    *SUPPORT,
    *(REVISED, MENDED),
    retracted(WITHDRAWN, "revision", "2021-06-01"),
    retracted(GONE, "revision", "2021-06-01"),
]


def attested(world: Path, of: Event, known_at: str = DAY, as_of: str = DAY) -> dict[str, Any]:
    query = f"SELECT * FROM event_verification WHERE event_id = '{of.event_id}'"
    return row(world, query, as_of, known_at)


def conflicts(world: Path, of: Event, known_at: str = DAY) -> list[tuple[Any, ...]]:
    query = f"SELECT field, recorded, claimed, is_carried_over FROM claim_conflict WHERE event_id = '{of.event_id}' ORDER BY field"
    return [tuple(one.values()) for one in rows(world, query, DAY, known_at)]


@pytest.mark.parametrize(
    ("known_at", "independent", "corroborations"),
    [("2020-01-31", 1, 0), ("2020-02-01", 1, 1), ("2020-03-01", 2, 2)],
)
def test_independent_sources_are_different_publishers(
    world: Path, known_at: str, independent: int, corroborations: int
) -> None:
    found = attested(world, PLAIN, known_at, known_at)
    assert (found["independent_source_count"], found["corroborations"]) == (independent, corroborations)


@pytest.mark.parametrize(("of", "own", "independent"), [(NOBODY, 0, 0), (BLOGS, 2, 1), (STATE, 2, 2)])
def test_sources_without_a_publisher_are_one_at_most_and_none_is_none(
    world: Path, of: Event, own: int, independent: int
) -> None:
    found = attested(world, of)
    assert (found["source_count"], found["independent_source_count"]) == (own, independent)


def test_words_of_the_state_are_marked_until_somebody_else_says_so_too(world: Path) -> None:
    assert attested(world, STATE)["only_state_affiliated"]
    assert not attested(world, NOBODY)["only_state_affiliated"]
    marks = [
        (found["state_affiliated_count"], found["only_state_affiliated"])
        for found in (attested(world, CHECKED, day) for day in ("2021-01-31", "2021-02-28", "2021-03-01"))
    ]
    assert marks == [(1, True), (2, True), (2, False)]


def test_a_verification_says_who_checked_and_from_when_that_is_known(world: Path) -> None:
    before, after = (attested(world, CHECKED, day) for day in ("2021-02-28", "2021-03-01"))
    assert (before["is_verified"], before["verified_by"]) == (False, [])
    assert (after["is_verified"], after["verified_by"]) == (True, ["Satellites"])


def test_verification_is_of_what_is_known_and_not_of_the_day_that_is_asked_about(world: Path) -> None:
    assert attested(world, CHECKED, known_at=DAY, as_of="2021-01-01")["is_verified"]


def test_a_contradiction_is_a_conflict_from_the_day_it_is_known(world: Path) -> None:
    assert conflicts(world, DONE, "2026-03-09") == []
    found = conflicts(world, DONE, "2026-03-10")
    assert found == [("capacity", "8000", "7200", False), ("effective", "2026-02-20", "2026-02-25", False)]
    assert attested(world, DONE, "2026-03-10")["contradictions"] == 1


def test_a_contradiction_outlives_a_correction_but_for_what_the_correction_grants(world: Path) -> None:
    assert conflicts(world, DONE) == []
    assert conflicts(world, REVISED) == [("effective", "2026-02-20", "2026-02-25", True)]
    assert attested(world, REVISED)["is_contradicted"]
    assert not attested(world, DONE)["is_contradicted"]


def test_support_of_what_was_mistyped_is_not_support_of_its_correction(world: Path) -> None:
    assert attested(world, TYPO)["is_verified"]
    mended = attested(world, MENDED)
    assert (mended["is_verified"], mended["independent_source_count"], mended["is_contradicted"]) == (False, 1, True)
    assert conflicts(world, MENDED) == [("capacity", "50", "60", True)]


def test_a_claim_that_is_retracted_no_longer_counts(world: Path) -> None:
    assert conflicts(world, DENIED, "2021-05-31") == [(None, None, None, False)]
    assert attested(world, DENIED, "2021-05-31")["is_contradicted"]
    assert conflicts(world, DENIED) == []
    assert not attested(world, DENIED)["is_contradicted"]


def test_what_is_retracted_is_in_conflict_with_nobody(world: Path) -> None:
    assert conflicts(world, GONE, "2021-05-31") == [("capacity", "5", "6", False)]
    assert conflicts(world, GONE) == []


def test_every_event_of_the_log_is_spoken_of_once(world: Path) -> None:
    unlike = "SELECT position FROM event_log EXCEPT ALL SELECT position FROM event_verification"
    assert rows(world, unlike, DAY) == []
    count = "SELECT count(*) = count(DISTINCT position) AS once, count(*) AS n FROM event_verification"
    assert row(world, count, DAY) == {"once": True, "n": len(EVENTS)}


@pytest.mark.parametrize("days", [pytest.param((DAY, "2020-06-30", "2026-04-01"), marks=pytest.mark.soak)])
def test_no_figure_changes_by_a_claim(tmp_path: Path, days: tuple[str, ...]) -> None:
    from tests.projections.world import read_model

    with_claims = [one for one in EVENTS if one.type != "event_retracted"]
    without = [one for one in with_claims if one.type != "claim_recorded"]
    paths = [read_model(tmp_path / f"{n}.duckdb", events) for n, events in enumerate((with_claims, without))]
    views = ("national_capacity", "project", "facility_capacity", "firm_holding", "capacity_swap")
    # One read model after the other: `rows` holds only one open, and opening takes longer than a query.
    one, other = (
        {(view, day): rows(path, f"FROM {view} ORDER BY ALL", day) for view in views for day in days} for path in paths
    )
    assert one == other


def test_every_field_of_the_figures_is_recorded_as_a_claim_writes_it(tmp_path: Path) -> None:
    """Each scalar field of every event with facts: `recorded` is what `written` says of the event."""
    from policytrack.decide.claims import claimable, written
    from tests.projections.world import read_model

    others = [one for one in EVENTS if one.type not in {"claim_recorded", "event_retracted"}]
    swap = event("capacity_swap_announced", "2021-01-01", swap_id="s", project_id="line", activity_id="rare-earth-separation",
                 build_capacity="100", ratio="1.25", document_no="7", legs=[{"undisclosed": True, "capacity": "125"}])  # fmt: skip
    plan = event("project_approved", "2021-01-01", project_id="line", capacity="0.5万吨/年", investment="4.7亿元", due="2026-Q4",
                 authority="province", replacement="equal")  # fmt: skip
    stake = event("stake_stated", "2021-01-01", owned_id="builder", owner_id="other", stake_pct="48.26")
    sold = event(
        "stake_transferred",
        "2021-01-01",
        owned_id="builder",
        from_id="other",
        to_id="third",
        stake_pct="0.5",
        kind="sale",
    )
    events = [*others, firm("other"), swap, plan, stake, sold]
    path = read_model(tmp_path / "fields.duckdb", events)
    stated_fields = {
        (one["position"], one["field"]): one["stated"]
        for one in rows(path, "FROM _stated_field_at(DATE '2026-12-31', DATE '2026-12-31')", DAY)
    }
    compared = set()
    for position, one in enumerate(events, start=1):
        for field in claimable(type(one)):
            value = getattr(one, field)
            if (position, field) in stated_fields and value is not None:
                assert stated_fields[position, field] == written(value), (one.type, field)
                compared.add((one.type, field))
    assert len(compared) > 35
    assert {
        ("project_approved", "investment"),
        ("stake_transferred", "stake_pct"),
        ("capacity_swap_announced", "ratio"),
    } <= compared
