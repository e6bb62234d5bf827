"""Units of a plant: capacity by furnace, line or block adds up; a statement of the whole is compared with it, never added."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from policytrack.events import Event
from policytrack.questions.why_national import explain
from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.session import Session
from tests.projections.world import (
    SEPARATION,
    corrected,
    event,
    facility,
    firm,
    found_by,
    moved,
    project,
    read_model,
    retracted,
    row,
    rows,
    stated,
)

MISTAKEN = stated("mistaken", "5", "2021-01-01", unit_id="a")
LATE_UNIT = stated("late", "700", "2020-06-01", "2021-06-01", unit_id="a")


def built(project_id: str, capacity: str, day: str, **fields: Any) -> Event:
    return event("project_completed", day, project_id=project_id, capacity=capacity, **fields)


def units(where: str, day: str, **capacities: str) -> list[Event]:
    return [stated(where, capacity, day, unit_id=unit) for unit, capacity in capacities.items()]


EVENTS = [
    firm("maker"),
    *(
        facility(name, "maker", country="GB")
        for name in ("sum", "whole-first", "whole-later", "named-later", "built", "stopped", "vague", "mistaken", "late", "two", "gone", "mistyped")
    ),
    *(project(f"line-{n}", "built", "maker", "2019-01-01") for n in (1, 2)),
    *units("sum", "2020-01-01", a="500", b="300"),
    moved("retired", "sum", "500", "2022-01-01", unit_id="a"),
    moved("retired", "sum", "50", "2022-06-01"),
    *units("sum", "2023-01-01", a="0", b="260"),
    stated("whole-first", "1000", "2019-01-01"), moved("retired", "whole-first", "200", "2019-06-01"),
    *units("whole-first", "2020-01-01", a="500", b="300"),
    *units("whole-later", "2020-01-01", a="500", b="300"), stated("whole-later", "900", "2021-01-01"),
    stated("named-later", "1000", "2019-01-01"), moved("retired", "named-later", "300", "2019-06-01", unit_id="old"),
    *units("named-later", "2020-01-01", a="400", b="300"),
    stated("built", "100", "2019-06-01"), built("line-1", "40", "2020-01-01", unit_id="one"),
    built("line-2", "60", "2021-01-01", unit_id="two"), moved("retired", "built", "10", "2022-01-01", unit_id="one"),
    stated("stopped", "500", "2020-01-01", unit_id="a", idle_share_pct="20"), *units("stopped", "2020-01-01", b="300"),
    moved("idled", "stopped", "300", "2021-01-01", unit_id="b"),
    stated("stopped", "500", "2022-01-01", unit_id="a", idle_share_pct="0"),
    *units("vague", "2020-01-01", a=">= 500", b="300"),
    stated("mistaken", "50", "2020-01-01"), MISTAKEN, retracted(MISTAKEN, "error", "2022-01-01"),
    stated("late", "1000", "2020-01-01"), LATE_UNIT,
    corrected(LATE_UNIT, "revision", "2021-09-01", capacity="750"),
    *units("two", "2020-01-01", a="10"), stated("two", "7", "2020-01-01", activity_id="rare-earth-metal", unit_id="a"),
    *units("mistyped", "2020-01-01", **{"a-1": "10", "b": "5"}), moved("retired", "mistyped", "10", "2021-01-01", unit_id="a1"),
    *units("gone", "2020-01-01", a="10"), moved("retired", "gone", "11", "2021-01-01", unit_id="a"),
]  # fmt: skip


@pytest.fixture(scope="module")
def plants(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return read_model(tmp_path_factory.mktemp("units") / "model.duckdb", EVENTS)


def installed(path: Path, where: str, *days: str, activity: str = SEPARATION) -> Any:
    sql = f"SELECT installed, idle FROM facility_capacity WHERE facility_id = '{where}' AND activity_id = '{activity}'"
    return row(path, sql, *days)["installed"]


def by_unit(path: Path, where: str, *days: str) -> dict[str | None, Any]:
    sql = f"SELECT unit_id, installed FROM unit_capacity WHERE facility_id = '{where}' AND activity_id = '{SEPARATION}'"
    return {one["unit_id"]: one["installed"] for one in rows(path, sql, *days)}


@pytest.mark.parametrize(
    ("where", "day", "expected"),
    [
        ("sum", "2021-01-01", {"a": 500, "b": 300}),
        ("sum", "2022-02-01", {"a": 0, "b": 300}),
        ("sum", "2022-07-01", {"a": 0, "b": 300, None: -50}),  # what names no unit counts on top
        ("sum", "2023-02-01", {"a": 0, "b": 260}),  # until every unit was stated after it
        ("whole-first", "2019-07-01", {None: 800}),
        ("whole-first", "2020-02-01", {"a": 500, "b": 300}),  # not 1,600, and not 600
        ("whole-later", "2021-02-01", {"a": 500, "b": 300}),  # compared, not added
        ("named-later", "2019-07-01", {None: 700}),  # a unit that nobody stated goes from the whole
        ("named-later", "2020-02-01", {"a": 400, "b": 300}),
        ("built", "2021-02-01", {None: 100, "one": 40, "two": 60}),  # a completion does not make the plant one by unit
        ("built", "2022-02-01", {None: 100, "one": 30, "two": 60}),
        ("mistaken", "2023-01-01", {None: 50}),
        ("mistyped", "2023-01-01", {"a-1": 10, "b": 5}),
    ],
)
def test_each_unit_is_computed_by_itself_and_the_units_add_up(
    plants: Path, where: str, day: str, expected: dict[str | None, int]
) -> None:
    assert by_unit(plants, where, day) == expected
    assert installed(plants, where, day) == sum(expected.values())


def test_a_unit_that_becomes_known_later_changes_the_plant_only_from_then(plants: Path) -> None:
    known = {day: installed(plants, "late", "2020-12-31", day) for day in ("2021-05-31", "2021-06-01", "2021-09-01")}
    assert list(known.values()) == [1000, 700, 750]
    assert installed(plants, "late", "2020-05-31", "2021-09-01") == 1000


def test_idle_capacity_is_of_units_too(plants: Path) -> None:
    idle = [
        row(plants, "SELECT idle FROM facility_capacity WHERE facility_id = 'stopped'", day)["idle"]
        for day in ("2020-02-01", "2021-02-01", "2022-02-01")
    ]
    assert idle == [100, 400, 300]


def test_a_unit_that_is_not_exact_leaves_the_plant_not_exact(plants: Path) -> None:
    sql = "SELECT installed, installed_low, installed_high, unknown_count FROM facility_capacity WHERE facility_id = 'vague'"
    assert list(row(plants, sql, "2021-01-01").values()) == [None, 800, None, 1]


def test_a_unit_is_of_one_activity(plants: Path) -> None:
    assert installed(plants, "two", "2021-01-01") == 10
    assert installed(plants, "two", "2021-01-01", activity="rare-earth-metal") == 7


def test_more_retired_than_a_unit_has_is_reported(plants: Path) -> None:
    found = [one["message"] for one in found_by(plants, "retirement_beyond_installed", "2022-12-31")]
    assert sorted(found) == [
        "10 t REO/yr of rare-earth-separation, unit a1 retired (2021-01-01), and nothing known says what was installed by then",
        "11 t REO/yr of rare-earth-separation, unit a retired (2021-01-01), 1 more than was installed",
    ]


def test_the_figure_of_a_nation_is_the_sum_over_its_units_and_why_names_their_events(plants: Path) -> None:
    day = date(2021, 2, 1)
    with Session(plants, Coordinates(day, day)) as session:
        explained = explain(session, "installed", "GB", SEPARATION)
    national = row(plants, f"SELECT installed FROM national_capacity WHERE activity_id = '{SEPARATION}'", str(day))
    assert explained.reported == explained.total == national["installed"] > 0
    assert "500 installed at sum, unit a" in {leaf["summary"] for leaf in explained.leaves}
    reasons = {leaf["summary"]: leaf["reason"] for leaf in explained.not_counted}
    assert reasons["900 installed at whole-later"] == "the units of the plant count"
    assert reasons["10 retired at mistyped, unit a1"] == "names a unit that no event states"
    assert reasons["300 retired at named-later, unit old"] == "names a unit that no event states"
    assert reasons["200 retired at whole-first"] == "restated since"
