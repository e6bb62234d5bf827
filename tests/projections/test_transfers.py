"""Facilities that change hands: another operator, another owner, both; on both clocks, with corrections and mergers."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from policytrack.events import Event
from policytrack.questions.why_holding import explain_holding
from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.session import Session
from tests.projections.world import (
    SEPARATION,
    corrected,
    event,
    facility,
    firm,
    read_model,
    retracted,
    row,
    rows,
    stated,
)


def transferred(where: str, day: str, known_on: str | None = None, **to: str) -> Event:
    return event("facility_transferred", day, known_on, facility_id=where, **to)


TO_THE_WRONG_FIRM = transferred("mistyped", "2022-01-01", operator_id="other")
NEVER_SOLD = transferred("kept", "2022-01-01", operator_id="buyer")
EVENTS = [
    *(firm(name) for name in ("seller", "buyer", "other", "bank", "parent")),
    event("stake_stated", "2000-01-01", owned_id="buyer", owner_id="parent", stake_pct="60"),
    *(facility(name, "seller") for name in ("sold", "leased", "bought-back", "mistyped", "kept", "merged")),
    facility("founded-without", None),
    *(stated(name, "100", "2020-01-01") for name in ("sold", "leased", "bought-back", "mistyped", "kept", "merged")),
    stated("founded-without", "100", "2020-01-01"),
    transferred("sold", "2022-01-01", "2022-03-01", operator_id="buyer", reason="insolvency"),
    # The operator stays, the owner is another; then the operator is another, and the owner stays.
    transferred("leased", "2022-01-01", owner_id="bank"),
    transferred("leased", "2023-01-01", operator_id="other"),
    # Recorded the wrong way round, and two on one day of which the later known counts.
    transferred("bought-back", "2023-01-01", operator_id="seller"),
    transferred("bought-back", "2022-01-01", "2022-01-05", operator_id="buyer"),
    transferred("bought-back", "2022-01-01", "2022-01-02", operator_id="other"),
    TO_THE_WRONG_FIRM,
    corrected(TO_THE_WRONG_FIRM, "revision", "2022-06-01", operator_id="buyer"),
    NEVER_SOLD,
    retracted(NEVER_SOLD, "error", "2022-02-01"),
    transferred("merged", "2022-01-01", operator_id="other"),
    transferred("founded-without", "../2022-06-30", "2022-08-01", operator_id="buyer"),
    event("firm_merged", "2024-01-01", firm_id="other", into_firm_id="buyer"),
]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return read_model(tmp_path_factory.mktemp("transfers") / "world.duckdb", EVENTS)


def operator(world: Path, where: str, day: str, known_at: str = "2026-01-01", **more: Any) -> Any:
    sql = f"SELECT operator_id FROM facility WHERE facility_id = '{where}'"
    found = row(world, sql, day, known_at, **more)["operator_id"]
    of_capacity = rows(
        world, f"SELECT operator_id FROM facility_capacity WHERE facility_id = '{where}'", day, known_at, **more
    )
    assert [one["operator_id"] for one in of_capacity] == [found] * len(of_capacity)
    return found


def held(world: Path, basis: str, day: str, known_at: str = "2026-01-01") -> dict[str, Decimal]:
    sql = f"SELECT firm_id, capacity FROM firm_holding WHERE basis = '{basis}' AND capacity <> 0"
    return {one["firm_id"]: one["capacity"] for one in rows(world, sql, day, known_at)}


def test_the_operator_is_that_of_the_day_as_it_was_known(world: Path) -> None:
    assert operator(world, "sold", "2021-12-31") == "seller"
    assert operator(world, "sold", "2022-01-01") == "buyer"
    assert operator(world, "sold", "2022-01-01", "2022-02-28") == "seller"


def test_the_last_of_several_transfers_counts_whatever_was_recorded_first(world: Path) -> None:
    days = ("2021-06-01", "2022-06-01", "2023-06-01")
    assert [operator(world, "bought-back", day) for day in days] == ["seller", "buyer", "seller"]
    assert operator(world, "bought-back", "2022-06-01", "2022-01-03") == "other"


def test_corrections_retractions_mergers_and_vague_dates_apply(world: Path) -> None:
    assert operator(world, "mistyped", "2022-03-01", "2022-03-01") == "other"
    assert operator(world, "mistyped", "2022-03-01", "2022-07-01") == "buyer"
    assert operator(world, "kept", "2025-01-01") == "seller"
    assert [operator(world, "merged", day) for day in ("2023-01-01", "2024-06-01")] == ["other", "buyer"]
    assert [operator(world, "founded-without", day) for day in ("2022-06-29", "2022-06-30")] == [None, "buyer"]
    assert operator(world, "founded-without", "2021-01-01", dates="earliest") == "buyer"


def test_capacity_stays_and_holdings_move_with_the_operator(world: Path) -> None:
    for day, total in (("2021-12-31", 700), ("2022-12-31", 700)):
        assert row(world, "SELECT installed FROM national_capacity", day)["installed"] == total
    assert held(world, "operated", "2021-12-31") == {"seller": 600}
    assert held(world, "operated", "2022-12-31") == {"seller": 200, "buyer": 400, "other": 100}
    assert held(world, "controlled", "2022-12-31") == {
        "seller": 100,
        "buyer": 400,
        "other": 100,
        "parent": 400,
        "bank": 100,
    }


def test_attributable_holdings_follow_the_owner_where_one_is_named(world: Path) -> None:
    of_bank = {day: held(world, "attributable", day).get("bank") for day in ("2021-12-31", "2022-12-31", "2023-12-31")}
    assert of_bank == {"2021-12-31": None, "2022-12-31": 100, "2023-12-31": 100}
    assert held(world, "attributable", "2022-12-31")["parent"] == 240
    stake = row(world, "FROM stake WHERE owned_id = 'leased'", "2023-12-31")
    assert (stake["owner_id"], stake["stake_pct"], stake["owned_kind"]) == ("bank", 100, "facility")


def explained(world: Path, firm_id: str, basis: str, day: str, known_at: str = "2026-01-01") -> dict[str, Any]:
    days = date.fromisoformat(day), date.fromisoformat(known_at)
    with Session(world, Coordinates(*days)) as session:
        found = explain_holding(session, firm_id, SEPARATION, basis, "operating")
    assert found.total == found.reported
    return {leaf["thing"]: [(one["type"], one["reason"]) for one in leaf["shares"]] for leaf in found.leaves}


def test_a_holding_is_explained_by_the_transfers_behind_it(world: Path) -> None:
    took_over = ("facility_transferred", None)
    for basis in ("operated", "controlled", "attributable"):
        assert explained(world, "buyer", basis, "2022-12-31")["facility:sold"] == [took_over]
    assert explained(world, "seller", "operated", "2021-12-31")["facility:sold"] == [
        ("facility_transferred", "effective only later")
    ]
    assert explained(world, "buyer", "operated", "2022-12-31")["facility:bought-back"] == [
        ("facility_transferred", "effective only later"),
        took_over,
        ("facility_transferred", "restated since"),
    ]
    assert explained(world, "bank", "attributable", "2022-12-31")["facility:leased"] == [took_over]
    assert ("stake_stated", None) in explained(world, "parent", "attributable", "2022-12-31")["facility:sold"]
