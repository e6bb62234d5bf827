"""Stakes and what they attribute: statements, ventures, transfers, mergers, chains and circles."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from policytrack.events import Event
from tests.projections.world import event, facility, firm, moved, read_model, row, rows, stated


def stake(owned: str, owner: str, percent: str, day: str = "2020-01-01", **fields: Any) -> Event:
    return event("stake_stated", day, owned_id=owned, owner_id=owner, stake_pct=percent, **fields)


def formed(venture: str, day: str = "2020-01-01", **shares: str) -> Event:
    partners = [{"firm_id": name, "stake_pct": share} for name, share in shares.items()]
    return event("joint_venture_formed", day, venture_id=venture, partners=partners)


def transferred(owned: str, seller: str | None, buyer: str | None, percent: str, day: str) -> Event:
    return event("stake_transferred", day, owned_id=owned, from_id=seller, to_id=buyer, stake_pct=percent)


def plant(operator: str, capacity: str, **fields: Any) -> list[Event]:
    """A firm that runs one plant."""
    where = f"{operator}-plant"
    return [firm(operator), facility(where, operator, **fields), stated(where, capacity, "2019-01-01")]


def merged(gone: str, into: str, day: str) -> Event:
    return event("firm_merged", day, firm_id=gone, into_firm_id=into)


NAMES = (
    *("nre", "mp", "dod", "x", "y", "a", "b", "c", "left", "stayed", "seller", "buyer", "old", "middle", "last"),
    *("late-partner", "unknown-buyer", "top", "half", "turner", "wheel"),
)
EVENTS = [
    *(firm(name) for name in NAMES),
    *plant("gansu", "30000"),
    stake("gansu", "nre", "48.26"),
    *plant("mp-works", "1000"),
    stake("mp-works", "mp", "100"),
    stake("mp", "dod", "15", kind="as_converted"),
    *plant("sixty", "50"),
    *plant("other-sixty", "0"),
    stake("other-sixty", "sixty", "60"),
    stake("sixty", "other-sixty", "60"),
    *plant("forty", "100"),
    stake("forty", "x", "40"),
    stake("x", "forty", "60"),
    *plant("joint", "900", country="JP"),
    formed("joint", a="34", b="33", c="33"),
    *plant("venture", "100"),
    stake("venture", "late-partner", "5", "2019-06-01"),
    formed("venture", "2020-01-01", left="50", stayed="50"),
    formed("venture", "2021-01-01", stayed="70"),
    transferred("venture", "stayed", "buyer", "20", "2021-06-01"),
    transferred("venture", None, "seller", "10", "2021-07-01"),
    transferred("venture", "unknown-buyer", None, "4", "2021-08-01"),
    stake("venture", "stayed", "51", "2022-01-01"),
    *plant("merging", "500"),
    *plant("merging-child", "80"),
    formed("merging-child", merging="30", last="10"),
    merged("merging", "middle", "2021-01-01"),
    merged("middle", "last", "2022-01-01"),
    merged("turner", "wheel", "2021-01-01"),
    merged("wheel", "turner", "2021-01-01"),
    *plant("chain", "40"),
    stake("chain", "half", "50.000001"),
    stake("half", "top", "50"),
    stake("chain", "unknown-buyer", "10"),
    *plant("overdrawn", "10"),
    stake("overdrawn", "left", "50", "2023-01-01"),
    moved("retired", "overdrawn-plant", "30", "2023-01-01"),
    event("firm_renamed", "2021-05-01", firm_id="x", name="Xylem", names={"zh": "新名"}),
]


@cache
def holdings(world: Path, day: str, include: tuple[str, ...]) -> dict[tuple[str, str], Decimal]:
    """What each firm holds on each basis, of all that operates."""
    found = rows(world, "FROM firm_holding WHERE status = 'operating'", day, include=include)
    return {(one["firm_id"], one["basis"]): one["capacity"] for one in found}


def held(world: Path, firm_id: str, basis: str, day: str = "2020-06-01", include: tuple[str, ...] = ()) -> Decimal:
    return holdings(world, day, include).get((firm_id, basis), Decimal(0))


def shares(world: Path, owned: str, day: str) -> dict[str, Decimal]:
    found = rows(world, f"SELECT owner_id, stake_pct FROM stake WHERE owned_id = '{owned}'", day)
    return {one["owner_id"]: one["stake_pct"] for one in found}


def test_a_minority_share_of_gansu_attributes_its_part_of_the_capacity(world: Path) -> None:
    assert held(world, "nre", "attributable") == Decimal("14478.000")
    assert held(world, "nre", "controlled") == 0


def test_an_as_converted_stake_counts_only_when_it_is_asked_for(world: Path) -> None:
    assert held(world, "dod", "attributable") == 0
    assert held(world, "dod", "attributable", include=("as_converted",)) == 150
    assert held(world, "dod", "attributable", include=("planned",)) == 0


def test_cross_holdings_of_60_converge_to_the_closed_form(world: Path) -> None:
    assert held(world, "sixty", "attributable") == Decimal("78.125")
    assert held(world, "other-sixty", "attributable") == Decimal("46.875")


def test_cross_holdings_of_60_and_40_converge_to_the_closed_form(world: Path) -> None:
    # forty = 100 + 0.6 x, x = 0.4 forty
    assert held(world, "forty", "attributable") == Decimal("131.579")
    assert held(world, "x", "attributable") == Decimal("52.632")


def test_a_jointly_owned_plant_counts_once_in_the_nation(world: Path) -> None:
    nation = row(world, "SELECT * FROM national_capacity WHERE country_code = 'JP'", "2020-06-01")
    assert (nation["installed"], nation["facility_count"]) == (900, 1)
    assert [held(world, name, "attributable") for name in "abc"] == [306, 297, 297]


def test_a_venture_formed_leaves_nothing_to_former_partners(world: Path) -> None:
    assert shares(world, "venture", "2019-12-31") == {"late-partner": 5}
    assert shares(world, "venture", "2020-12-31") == {"left": 50, "stayed": 50}
    assert shares(world, "venture", "2021-01-01") == {"stayed": 70}


def test_a_transfer_moves_percent_points(world: Path) -> None:
    assert shares(world, "venture", "2021-06-01") == {"stayed": 50, "buyer": 20}


def test_shares_bought_from_nobody_known_are_added_to_the_buyer_alone(world: Path) -> None:
    assert shares(world, "venture", "2021-07-01") == {"stayed": 50, "buyer": 20, "seller": 10}


def test_a_seller_whose_purchase_is_not_recorded_holds_nothing_there_and_all_it_has_elsewhere(world: Path) -> None:
    assert shares(world, "venture", "2021-08-01")["unknown-buyer"] == -4
    assert held(world, "unknown-buyer", "attributable", "2021-08-01") == 4


def test_capacity_retired_beyond_what_is_installed_is_attributed_like_any_other(world: Path) -> None:
    assert held(world, "overdrawn", "operated", "2023-01-01") == -20
    before, after = (held(world, "left", "attributable", day) for day in ("2022-12-31", "2023-01-01"))
    assert after == before - 10


def test_a_stake_stated_sets_one_pair_and_leaves_the_others(world: Path) -> None:
    found = shares(world, "venture", "2022-01-01")
    assert [found["stayed"], found["buyer"]] == [51, 20]


def test_a_merged_firms_facilities_count_for_the_other_from_that_day(world: Path) -> None:
    days = ("2020-12-31", "2021-01-01", "2022-01-01")
    operated = [[held(world, name, "operated", day) for name in ("merging", "middle", "last")] for day in days]
    assert operated == [[500, 0, 0], [0, 500, 0], [0, 0, 500]]


def test_a_merged_firms_stakes_are_added_to_those_of_the_other(world: Path) -> None:
    assert shares(world, "merging-child", "2021-12-31") == {"middle": 30, "last": 10}
    assert shares(world, "merging-child", "2022-01-01") == {"last": 40}


def test_firms_that_merge_in_a_circle_stay_as_they_are(world: Path) -> None:
    found = rows(world, "SELECT merged_into_id FROM firm WHERE firm_id IN ('turner', 'wheel')", "2022-01-01")
    assert found == [{"merged_into_id": None}] * 2


def test_control_needs_more_than_half(world: Path) -> None:
    assert held(world, "half", "controlled") == 40
    assert held(world, "top", "controlled") == 0
    assert held(world, "top", "attributable") == Decimal("10.000")


def test_a_renamed_firm_keeps_its_former_name_findable(world: Path) -> None:
    query = "SELECT name, names FROM firm WHERE firm_id = 'x'"
    assert row(world, query, "2021-04-30")["name"] == "x"
    found = row(world, query, "2021-05-01")
    assert (found["name"], [one["name"] for one in found["names"]]) == ("Xylem", ["新名", "x"])


def test_a_circle_of_whole_shares_leaves_its_firms_and_their_owners_without_a_figure(tmp_path: Path) -> None:
    circle = [
        *plant("ouroboros", "10"),
        *plant("bystander", "70"),
        *(firm(name) for name in ("tail", "above", "partner")),
        stake("ouroboros", "tail", "100"),
        stake("tail", "ouroboros", "100"),
        stake("tail", "above", "0.000001"),
        stake("bystander", "partner", "40"),
    ]
    path = read_model(tmp_path / "circle.duckdb", circle)
    query = "SELECT firm_id, capacity, reason FROM firm_holding WHERE basis = 'attributable'"
    found = {one["firm_id"]: (one["capacity"], one["reason"]) for one in rows(path, query, "2020-06-01")}
    assert {name: capacity for name, (capacity, reason) in found.items() if reason is None} == {
        "bystander": 70,
        "partner": 28,
    }
    lost = {name: capacity for name, (capacity, reason) in found.items() if reason is not None}
    assert lost == {"ouroboros": None, "tail": None, "above": None}
    assert held(path, "ouroboros", "operated") == held(path, "tail", "controlled") == 10
    assert row(path, "SELECT sum(operating) AS operating FROM national_capacity", "2020-06-01") == {"operating": 80}


def test_shares_far_above_100_in_a_circle_leave_it_without_a_figure_too(tmp_path: Path) -> None:
    growing = [*plant("one", "10"), firm("two"), firm("three")]
    growing += [
        stake(owned, owner, "100")
        for owned in ("one", "two", "three")
        for owner in ("one", "two", "three")
        if owned != owner
    ]
    path = read_model(tmp_path / "growing.duckdb", growing)
    found = rows(path, "SELECT DISTINCT capacity FROM firm_holding WHERE basis = 'attributable'", "2020-06-01")
    assert found == [{"capacity": None}]
