"""Who owns and who controls: control said and ended, groups, shares of facilities, what is unknown, perimeters, names."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from policytrack.events import Event
from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.session import Session
from tests.projections.test_ownership import formed, held, merged, plant, stake
from tests.projections.world import corrected, event, facility, firm, project, row, rows, stated
from tests.thinning import one_in


def control(controlled: str, controller: str, day: str = "2020-01-01") -> Event:
    return event("control_asserted", day, controlled_id=controlled, controller_id=controller, rationale="the board")


def ended(controlled: str, controller: str, day: str) -> Event:
    return event("control_ended", day, controlled_id=controlled, controller_id=controller)


def share(where: str, owner: str, percent: str, day: str = "2020-01-01", **fields: Any) -> Event:
    return event("facility_stake_stated", day, facility_id=where, owner_id=owner, stake_pct=percent, **fields)


NAMES = (
    *("nre", "baogang", "state", "top", "left-arm", "right-arm", "target", "majority", "a", "b", "c", "buyer"),
    *("one", "two", "outside", "absorbed", "absorber", "early", "late", "namesake"),
)
ALIAS = event("firm_alias_registered", "../2026-01-01", "2026-01-01", firm_id="nre", name="北方稀土", language="zh")
EVENTS = [
    *(firm(name) for name in NAMES),
    *plant("gansu", "30000"),
    stake("gansu", "nre", "48.26"),
    control("gansu", "nre"),
    stake("nre", "baogang", "36.71"),
    control("nre", "baogang", "2021-01-01"),
    ended("nre", "baogang", "2022-01-01"),
    stake("nre", "baogang", "40", "2022-06-01"),
    *plant("held-by-arms", "80"),
    stake("left-arm", "top", "60"),
    stake("right-arm", "left-arm", "51"),
    formed("held-by-arms", **{"left-arm": "30", "right-arm": "21", "outside": "49"}),
    *plant("deconsolidated", "10"),
    stake("deconsolidated", "majority", "70"),
    ended("deconsolidated", "majority", "2021-01-01"),
    stake("majority", "state", "90"),
    # A plant that three firms own without a venture, and of which a tenth is nobody's that is known.
    firm("contractor"),
    facility("joint-works", "contractor", country="JP"),
    stated("joint-works", "1000", "2019-01-01"),
    project("joint-line", "joint-works", "contractor"),
    event("project_approved", "2020-01-01", project_id="joint-line", capacity="200"),
    share("joint-works", "a", "51"),
    share("joint-works", "b", "34"),
    share("joint-works", "c", "5"),
    share("joint-works", "buyer", "10", kind="planned"),
    event("facility_stake_transferred", "2021-01-01", facility_id="joint-works", from_id="b", to_id="c", stake_pct="4"),
    stake("a", "outside", "60"),
    *plant("sold-out-operator", "50"),
    share("sold-out-operator-plant", "early", "100"),
    share("sold-out-operator-plant", "early", "0", "2021-01-01"),
    facility("orphan", None, country="JP"),
    stated("orphan", "7", "2019-01-01"),
    *plant("over", "100", country="JP"),
    share("over-plant", "a", "80"),
    share("over-plant", "b", "40"),
    # Two that own each other, with a plant.
    *plant("sixty", "50"),
    stake("sixty", "one", "60"),
    stake("one", "sixty", "60"),
    stake("sixty", "outside", "20"),
    # Groups that changed.
    *plant("seller", "500"),
    stake("seller", "early", "100", "2019-01-01"),
    event("stake_transferred", "2023-01-01", owned_id="seller", from_id="early", to_id="late", stake_pct="100"),
    *plant("absorbed-child", "90"),
    stake("absorbed-child", "absorbed", "80", "2019-01-01"),
    merged("absorbed", "absorber", "2023-01-01"),
    ALIAS,
    corrected(ALIAS, "revision", "2026-03-01", name="中国北方稀土"),
    event("firm_alias_registered", "../2026-01-01", "2026-01-01", firm_id="namesake", name="North"),
]


def controllers(world: Path, controlled: str, day: str) -> dict[str, str]:
    found = rows(world, f"SELECT controller_id, basis FROM firm_control WHERE controlled_id = '{controlled}'", day)
    return {one["controller_id"]: one["basis"] for one in found}


def groups(world: Path, *words: str, perimeter: str | None = None, as_of: str = "2020-06-01") -> dict[str, Decimal]:
    day, of_day = (Coordinates(*[date_of(text)] * 2).as_of for text in (as_of, perimeter or as_of))
    coordinates = Coordinates(day, date_of("2026-06-01"), perimeter=of_day if perimeter else None)
    names = ", ".join(f"'{word}'" for word in words)
    with Session(world, coordinates) as session:
        table = session.query(
            f"SELECT firm_id, basis, capacity FROM firm_holding WHERE firm_id IN ({names}) AND status = 'operating'"
        )
    return {f"{one['firm_id']} {one['basis']}": one["capacity"] for one in table.to_pylist()}


def date_of(text: str) -> Any:
    from datetime import date

    return date.fromisoformat(text)


def test_a_minority_holder_that_is_said_to_control_controls_all_and_is_attributed_its_share(world: Path) -> None:
    assert held(world, "nre", "controlled") == 30_000
    assert held(world, "nre", "attributable") == Decimal("14478.000")
    assert held(world, "nre", "operated") == 0
    assert controllers(world, "gansu", "2020-06-01") == {"nre": "asserted"}


def test_control_goes_up_the_chain_while_it_lasts(world: Path) -> None:
    days = ("2020-12-31", "2021-01-01", "2021-12-31", "2022-01-01")
    assert [held(world, "baogang", "controlled", day) for day in days] == [0, 30_000, 30_000, 0]


def test_ended_control_stays_ended_when_a_share_is_stated_again(world: Path) -> None:
    assert held(world, "baogang", "controlled", "2023-01-01") == 0
    assert held(world, "baogang", "attributable", "2023-01-01") == Decimal("5791.200")


def test_a_majority_without_control_controls_nothing_and_neither_does_who_controls_it(world: Path) -> None:
    assert [held(world, name, "controlled") for name in ("majority", "state")] == [10, 10]
    later = [held(world, name, "controlled", "2021-01-01") for name in ("majority", "state")]
    assert later == [0, 0]
    assert held(world, "state", "attributable", "2021-01-01") == Decimal("6.300")


def test_shares_of_several_firms_of_a_group_make_control_together(world: Path) -> None:
    assert controllers(world, "held-by-arms", "2020-06-01") == {"left-arm": "group", "top": "group"}
    assert [held(world, name, "controlled") for name in ("top", "left-arm", "right-arm", "nre")] == [80, 80, 0, 30_000]
    found = row(world, "FROM firm_control WHERE controller_id = 'top' AND controlled_id = 'held-by-arms'", "2020-06-01")
    assert (found["stake_pct"], found["group_stake_pct"]) == (0, 51)


def test_the_firm_at_the_top_of_a_group_is_the_ultimate_parent_of_all_in_it(world: Path) -> None:
    query = "SELECT firm_id, parent_id FROM ultimate_parent WHERE parent_id IN ('top', 'state') ORDER BY ALL"
    found = [(one["firm_id"], one["parent_id"]) for one in rows(world, query, "2020-06-01")]
    under_top = [("held-by-arms", "top"), ("left-arm", "top"), ("right-arm", "top"), ("top", "top")]
    assert [pair for pair in found if pair[1] == "top"] == under_top
    assert [pair for pair in found if pair[1] == "state"] == [
        ("deconsolidated", "state"),
        ("majority", "state"),
        ("state", "state"),
    ]
    after = rows(world, "SELECT firm_id FROM ultimate_parent WHERE parent_id = 'deconsolidated'", "2021-01-01")
    assert after == [{"firm_id": "deconsolidated"}]


def test_firms_that_control_each_other_are_at_the_top_together(world: Path) -> None:
    query = "SELECT firm_id, parent_id, is_circular FROM ultimate_parent WHERE firm_id IN ('one', 'sixty') ORDER BY ALL"
    found = [tuple(one.values()) for one in rows(world, query, "2020-06-01")]
    assert found == [("one", "one", False), ("one", "sixty", True), ("sixty", "one", True), ("sixty", "sixty", False)]


def test_a_shared_facility_is_attributed_to_its_holders_and_not_to_its_operator(world: Path) -> None:
    bases = ("operated", "controlled", "attributable")
    assert [held(world, "contractor", basis) for basis in bases] == [1000, 0, 0]
    # a and b hold shares of another plant too, of 100.
    assert [held(world, name, "attributable") for name in "abc"] == [510 + 80, 340 + 40, 50]
    assert [held(world, name, "controlled") for name in "abc"] == [1000 + 100, 0, 0]
    assert held(world, "outside", "attributable") == Decimal("0.6") * 590 + Decimal("39.2") + Decimal("15.625")


def test_pending_capacity_is_held_like_the_facility_where_it_is_built(world: Path) -> None:
    query = "SELECT firm_id, capacity FROM firm_holding WHERE status = 'pending' AND basis = 'attributable' AND capacity <> 0"
    found = {one["firm_id"]: one["capacity"] for one in rows(world, query, "2020-06-01")}
    assert found == {"a": 102, "b": 68, "c": 10, "outside": Decimal("61.2")}


def test_shares_of_a_facility_are_transferred_and_planned_ones_count_when_asked_for(world: Path) -> None:
    assert [held(world, name, "attributable", "2021-01-01") for name in "bc"] == [300 + 40, 90]
    assert held(world, "buyer", "attributable") == 0
    assert held(world, "buyer", "attributable", include=("planned",)) == 100


def test_a_facility_whose_known_holders_have_sold_belongs_to_nobody_that_is_known(world: Path) -> None:
    assert held(world, "sold-out-operator", "attributable") == 0
    assert held(world, "sold-out-operator", "attributable", "2021-01-01") == 0
    query = "SELECT unattributed, reason FROM unattributed_capacity WHERE thing_id = 'sold-out-operator-plant'"
    assert rows(world, query, "2020-06-01") == []
    assert row(world, query, "2021-01-01") == {"unattributed": 50, "reason": "unknown holders"}


def test_what_is_unknown_of_a_shareholding_is_shown(world: Path) -> None:
    query = "SELECT unknown_pct, excess_pct FROM shareholding WHERE owned_id = '{}'"
    found = {
        name: tuple(row(world, query.format(name), "2020-06-01").values())
        for name in ("gansu", "joint-works", "over-plant")
    }
    assert found == {"gansu": (Decimal("51.74"), 0), "joint-works": (10, 0), "over-plant": (0, 20)}


def test_a_jointly_owned_facility_counts_once_in_the_nation_and_what_is_held_adds_up_to_it(world: Path) -> None:
    nation = row(
        world, "SELECT operating, facility_count FROM national_capacity WHERE country_code = 'JP'", "2020-06-01"
    )
    assert (nation["operating"], nation["facility_count"]) == (1000 + 7 + 100, 3)
    left = rows(world, "FROM unattributed_capacity WHERE status = 'operating' AND country_code = 'JP'", "2020-06-01")
    assert {one["thing_id"]: (one["unattributed"], one["reason"]) for one in left} == {
        "joint-works": (100, "unknown holders"),
        "orphan": (7, "no operator"),
        "over-plant": (-20, "shares above 100 %"),
    }


@pytest.mark.parametrize("day", one_in(3, ["2020-06-01", "2021-06-01", "2023-06-01"]))
@pytest.mark.parametrize("status", ["operating", "pending"])
def test_the_sum_rule_holds(world: Path, day: str, status: str) -> None:
    """What firms hold themselves and what nobody holds is the nation; ultimate shares of what is attributed are too."""
    figure = "operating" if status == "operating" else "pending_gross"
    nation = row(world, f"SELECT sum({figure}) AS amount FROM national_capacity", day)["amount"]
    nobody = row(
        world,
        f"SELECT coalesce(sum(unattributed), 0) AS amount FROM unattributed_capacity WHERE status = '{status}'",
        day,
    )["amount"]
    external = row(
        world,
        "SELECT sum(holding.capacity * (100 - coalesce(owned.stated, 0)) / 100)::DECIMAL(18, 3) AS amount"
        " FROM firm_holding AS holding LEFT JOIN (SELECT owned_id, sum(stake_pct) AS stated FROM stake"
        " WHERE owned_kind = 'firm' AND kind = 'issued' GROUP BY owned_id) AS owned ON owned.owned_id = holding.firm_id"
        f" WHERE holding.basis = 'attributable' AND holding.status = '{status}'",
        day,
    )["amount"]
    assert abs(external - (nation - nobody)) <= Decimal("0.005")
    operated = row(
        world, f"SELECT sum(capacity) AS amount FROM firm_holding WHERE basis = 'operated' AND status = '{status}'", day
    )["amount"]
    assert operated == nation - (7 if status == "operating" else 0)


def test_the_chains_to_a_firm_add_up_to_what_is_attributed_of_it(world: Path) -> None:
    query = "SELECT path, stake_pct, is_cyclic FROM ownership_path WHERE root_id = 'one' AND owned_id = 'sixty'"
    found = rows(world, query, "2020-06-01")
    assert [(one["path"], one["stake_pct"]) for one in found] == [
        (["one", "sixty"], 60),
        (None, Decimal("33.75")),
    ]
    assert held(world, "one", "attributable") == Decimal("46.875") == 50 * sum(one["stake_pct"] for one in found) / 100


def test_one_root_narrows_the_chains(world: Path) -> None:
    with Session(world, Coordinates(*[date_of("2020-06-01")] * 2)) as session:
        everything = session.query("FROM ownership_path").num_rows
        session.narrow_to("top")
        paths = [one["path"] for one in session.query("FROM ownership_path ORDER BY path").to_pylist()]
    assert paths == [
        ["top", "left-arm"],
        ["top", "left-arm", "held-by-arms"],
        ["top", "left-arm", "right-arm"],
        ["top", "left-arm", "right-arm", "held-by-arms"],
    ]
    assert everything > len(paths)


def test_todays_groups_are_counted_back(world: Path) -> None:
    then = groups(world, "early", "late", "absorber")
    assert then == {"early operated": 0, "early controlled": 550, "early attributable": 550}
    counted_back = groups(world, "early", "late", "absorber", perimeter="2023-06-01")
    assert counted_back == {
        "late operated": 0,
        "late controlled": 500,
        "late attributable": 500,
        "absorber operated": 0,
        "absorber controlled": 90,
        "absorber attributable": 72,
    }


def test_yesterdays_groups_are_counted_forward(world: Path) -> None:
    found = groups(world, "early", "late", "absorber", "absorbed", as_of="2023-06-01", perimeter="2020-06-01")
    assert (found["early attributable"], found["absorbed attributable"]) == (550, 72)
    assert not any(name.startswith(("late", "absorber")) for name in found)


def test_an_alias_is_a_name_at_every_date_and_is_corrected_like_any_other_statement(world: Path) -> None:
    query = "SELECT list_transform(names, lambda one: one.name) AS names FROM firm WHERE firm_id = 'nre'"
    assert row(world, query, "2010-01-01", "2010-01-01")["names"] == ["北方稀土"]
    assert row(world, query, "2010-01-01", "2026-02-28")["names"] == ["北方稀土"]
    assert row(world, query, "2010-01-01", "2026-03-01")["names"] == ["中国北方稀土"]
