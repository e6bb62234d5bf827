"""Capacity that changes its facility in a merger or a split: less at the one, as much more at the other."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from policytrack.questions import ask
from policytrack.questions.why_national import explain
from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.session import Session
from tests.projections.world import SEPARATION, event, facility, firm, read_model, row, rows, stated

STEEL = "crude-steel"


def line(capacity: str, activity_id: str = SEPARATION, **fields: Any) -> dict[str, Any]:
    return {"activity_id": activity_id, "capacity": capacity, **fields}


EVENTS = [
    *(firm(name) for name in ("maker", "buyer")),
    facility("old", "maker"),
    facility("new", "buyer"),
    facility("east", "buyer"),
    stated("old", "300", "2020-01-01", idle_share_pct="50"),
    stated("old", "70", "2020-01-01", activity_id=STEEL),
    stated("new", "500", "2020-01-01"),
    event(
        "facility_merged",
        "2022-01-01",
        facility_id="old",
        into_facility_id="new",
        capacities=[line("300", idle="150"), line("70", STEEL)],
    ),
    # A part of it, of which not all is exact, goes to a third one.
    event(
        "facility_split",
        "2023-01-01",
        "2023-02-01",
        facility_id="new",
        parts=[{"facility_id": "east", **line("100")}, {"facility_id": "old", **line(">= 20")}],
    ),
]


def test_a_nation_has_as_much_as_before_and_the_firm_that_runs_the_other_holds_it(tmp_path: Path) -> None:
    path = read_model(tmp_path / "model.duckdb", EVENTS)

    def plants(day: str, known_at: str = "2024-01-01") -> dict[str, tuple[Any, ...]]:
        sql = f"SELECT facility_id, installed, installed_low, idle FROM facility_capacity WHERE activity_id = '{SEPARATION}'"
        return {one["facility_id"]: tuple(one.values())[1:] for one in rows(path, sql, day, known_at)}

    def nation(day: str) -> tuple[Any, ...]:
        one = row(path, f"FROM national_capacity WHERE activity_id = '{SEPARATION}'", day, "2024-01-01")
        return one["installed"], one["idle"], one["operating"], one["unknown_count"]

    def operated(day: str) -> dict[str, Any]:
        sql = f"FROM firm_holding WHERE basis = 'operated' AND activity_id = '{SEPARATION}'"
        return {one["firm_id"]: one["capacity"] for one in rows(path, sql, day, "2024-01-01")}

    assert plants("2021-12-31") == {"old": (300, 300, 150), "new": (500, 500, 0)}
    assert nation("2021-12-31") == nation("2022-06-01") == (800, 150, 650, 0)
    assert operated("2021-12-31") == {"maker": 150, "buyer": 500}
    assert plants("2022-01-01") == {"old": (0, 0, 0), "new": (800, 800, 150)}
    assert operated("2022-01-01") == {"buyer": 650}
    # A split of which a part is not exact: what gives it is not exact either, and no more than before is counted.
    assert plants("2023-01-01") == {"old": (None, 20, 0), "new": (None, 0, 150), "east": (100, 100, 0)}
    assert plants("2023-01-01", "2023-01-31") == plants("2022-01-01")
    assert nation("2023-01-01")[0] <= 800
    steel = row(path, f"FROM national_capacity WHERE activity_id = '{STEEL}'", "2023-01-01", "2024-01-01")
    assert steel["installed"] == 70


@pytest.mark.parametrize("figure", ["installed", "idle", "operating"])
def test_the_events_behind_a_figure_add_up_to_it_and_the_merger_is_two_of_them(tmp_path: Path, figure: str) -> None:
    path = read_model(tmp_path / "model.duckdb", EVENTS)
    with Session(path, Coordinates(date(2022, 6, 1), date(2024, 1, 1))) as session:
        explained = explain(session, figure, "CN", SEPARATION)
        news = ask(session, "news", {"since": date(2022, 1, 1)}).to_pylist()
    assert explained.reported == explained.total == {"installed": 800, "idle": 150, "operating": 650}[figure]
    merger = sorted(leaf["amount"] for leaf in explained.leaves if leaf["type"] == "facility_merged")
    assert merger == [-explained.reported + {"installed": 500, "idle": 0, "operating": 500}[figure], -merger[0]]
    assert [(one["what"], one["summary"]) for one in news if one["type"] == "facility_merged"] == [
        ("capacity", f"old merged into new; 300 of {SEPARATION}, 70 of {STEEL}")
    ]
