"""Custom fields in the views: typed, with their units, and as they were known at each date."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policytrack.events import Event
from tests.projections.world import corrected, event, facility, firm, project, read_model, retracted, rows

DECLARED = [
    event("field_declared", "2020-01-01", field_id=name, value_type=kind, applies_to=["firm", "facility", "project"], **more)
    for name, kind, more in (
        ("node", "text", {}),
        ("jobs", "integer", {"name": "Jobs", "unit": "people"}),
        ("opened", "date", {}),
        ("tested", "yes_no", {}),
    )
]  # fmt: skip
WORKS = facility("works", known_on="2020-01-01", fields={"node": "28 nm", "jobs": 3300, "opened": "2021-05-01"})
GONE = facility("gone", fields={"node": "65 nm"})


def test_values_have_the_type_and_unit_of_their_declaration(tmp_path: Path) -> None:
    events = [
        *DECLARED,
        corrected(DECLARED[1], "revision", "2023-01-01", name="Workers"),
        firm("maker", fields={"tested": True}),
        WORKS,
        corrected(WORKS, "revision", "2024-01-01", fields={"node": "<b>22 nm</b>", "jobs": "3500"}),
        facility("plain"),
        GONE,
        retracted(GONE, "error", "2020-02-01"),
        project("line", "works", "maker", fields={"jobs": -5}),
    ]
    path = read_model(tmp_path / "model.duckdb", events)
    shown = "SELECT id, field_id, name, value, number, day, unit FROM custom_field_value ORDER BY ALL"
    jobs = {"id": "works", "field_id": "jobs", "name": "Jobs", "value": "3300", "number": Decimal(3300), "day": None,
            "unit": "people"}  # fmt: skip
    empty = {"number": None, "day": None, "unit": None}
    line = {**jobs, "id": "line", "value": "-5", "number": Decimal(-5)}
    maker = {"id": "maker", "field_id": "tested", "name": "tested", "value": "yes", **empty}
    assert rows(path, shown, "2022-01-01") == [
        line,
        maker,
        jobs,
        {"id": "works", "field_id": "node", "name": "node", "value": "28 nm", **empty},
        {
            "id": "works",
            "field_id": "opened",
            "name": "opened",
            "value": "2021-05-01",
            **empty,
            "day": date(2021, 5, 1),
        },
    ]
    # The revision of the declaration and that of the registration count from the day they were known.
    assert rows(path, shown, "2022-01-01", "2025-01-01") == [
        {**line, "name": "Workers"},
        maker,
        {**jobs, "name": "Workers", "value": "3500", "number": Decimal(3500)},
        {"id": "works", "field_id": "node", "name": "node", "value": "<b>22 nm</b>", **empty},
    ]
    [declared] = rows(path, "SELECT * EXCLUDE position FROM custom_field WHERE field_id = 'jobs'", "2022-01-01")
    assert declared == {
        "field_id": "jobs", "name": "Jobs", "applies_to": ["firm", "facility", "project"], "value_type": "integer",
        "allowed": [], "unit": "people", "description": None,
    }  # fmt: skip


_Change = tuple[str, int, int | None]


@settings(max_examples=4)
@given(
    st.lists(
        st.tuples(st.sampled_from(["error", "revision"]), st.integers(0, 9), st.none() | st.integers(0, 99)), max_size=4
    )
)
def test_every_known_date_shows_the_value_of_the_registration_in_force(
    tmp_path_factory: pytest.TempPathFactory, changes: list[_Change]
) -> None:
    events: list[Event] = [*DECLARED, facility("works", known_on="2021-01-01", fields={"jobs": 1})]
    for because, day, jobs in changes:
        known_on = f"2021-01-{day + 1:02}"
        newer = events[-1].known_on.isoformat()
        given_on = max(known_on, newer) if because == "revision" else None
        events.append(corrected(events[-1], because, given_on, fields={} if jobs is None else {"jobs": jobs}))
    path = read_model(tmp_path_factory.mktemp("fields") / "model.duckdb", events)
    for day in (1, 3, 5, 8, 10):
        known_at = f"2021-01-{day:02}"
        found = rows(path, "SELECT number FROM custom_field_value", "2021-06-01", known_at)
        assert found == _expected(events[len(DECLARED) :], date.fromisoformat(known_at))


def _expected(versions: list[Event], known_at: date) -> list[dict[str, Decimal]]:
    """The value by brute force: of the versions that nothing known supersedes, the one known first and recorded last."""
    in_force = []
    for number, one in enumerate(versions):
        newer = versions[number + 1 :]
        ends = [two.known_on for two in newer[:1] if two.supersedes and two.supersedes.because == "revision"]
        ends += [date.min for two in newer[:1] if two.supersedes and two.supersedes.because == "error"]
        if all(end > known_at for end in ends):
            in_force.append(one)
    known = [one for one in in_force if one.known_on <= known_at] or in_force
    [value] = [getattr(one, "fields", None) for one in known[:1]]
    return [{"number": Decimal(one.value)} for one in value or ()]
