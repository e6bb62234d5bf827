"""Shares that no source states exactly: a range, a majority, or an owner with an unknown share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest

from policytrack.errors import InvalidQuantity
from policytrack.events import Event
from policytrack.questions import ask
from policytrack.questions.why_holding import explain_holding
from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.session import Session
from policytrack.values.shares import parse_share, share_ends
from tests.oracles.ownership import solved
from tests.projections.world import SEPARATION, event, facility, firm, found_by, read_model, row, rows, stated


def held(world: Path, firm_id: str, basis: str, day: str = "2025-01-01") -> tuple[Any, ...]:
    """What a firm has: counted, at least, at most, and the number of things that are not exact; () for nothing."""
    query = (
        "SELECT capacity, capacity_low, capacity_high, unknown_count FROM firm_holding"
        f" WHERE firm_id = '{firm_id}' AND basis = '{basis}'"
    )
    found = rows(world, query, day)
    return tuple(found[0].values()) if found else ()


def of_line(folder: Path, firms: Sequence[str], capacity: str, *events: Event) -> Path:
    """A read model of these firms, a line of the first with this capacity, and the events."""
    line = [*map(firm, firms), facility("line", firms[0]), stated("line", capacity, "2020-01-01")]
    return read_model(folder / "world.duckdb", [*line, *events])


EVENTS: list[Event] = [
    *(firm(name) for name in ("top", "major", "minor", "silent", "venture", "plain")),
    facility("line", "venture"),
    stated("line", "100", "2020-01-01"),
    facility("own", "major"),
    stated("own", "10", "2020-01-01"),
    event(
        "joint_venture_formed", "2021-01-01", venture_id="venture",
        partners=[
            {"firm_id": "major", "stake_pct": "majority"},
            {"firm_id": "minor", "stake_pct": "30"},
            {"firm_id": "silent", "stake_pct": "unknown"},
        ],
    ),
    event("stake_stated", "2021-01-01", owned_id="major", owner_id="top", stake_pct="60"),
    event("stake_stated", "2021-01-01", owned_id="plain", owner_id="venture", stake_pct="50"),
    facility("below", "plain"),
    stated("below", "40", "2020-01-01"),
]  # fmt: skip


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return read_model(tmp_path_factory.mktemp("vague") / "world.duckdb", EVENTS)


def test_of_a_majority_at_least_half_and_of_an_unknown_share_at_least_nothing(world: Path) -> None:
    assert held(world, "minor", "attributable") == (
        Decimal(36),
        Decimal(36),
        Decimal(36),
        0,
    )  # 30 % of 100 + 50 % of 40
    assert held(world, "silent", "attributable") == (None, Decimal(0), None, 2)
    assert held(world, "major", "attributable") == (Decimal(10), Decimal(70), None, 2)  # its own 10, and half of 120
    assert held(world, "top", "attributable") == (Decimal(6), Decimal(42), None, 2)


def test_a_majority_controls_and_an_unknown_share_does_not(world: Path) -> None:
    found = rows(world, "SELECT controller_id, controlled_id, basis, stake_pct FROM firm_control", "2025-01-01")
    assert {tuple(one.values()) for one in found} == {
        ("major", "venture", "majority", None),
        ("top", "major", "majority", Decimal(60)),
        ("top", "venture", "group", Decimal(0)),
    }
    assert held(world, "major", "controlled")[0] == 110
    assert held(world, "top", "controlled")[0] == 110
    assert held(world, "silent", "controlled")[0] == 0


def test_what_no_source_states_is_unknown_in_the_shareholding_and_named_with_its_owner(world: Path) -> None:
    known = row(world, "SELECT * FROM shareholding WHERE owned_id = 'venture'", "2025-01-01")
    assert (known["holder_count"], known["stated_pct"], known["unknown_pct"]) == (3, 30, 70)
    query = "SELECT owner_id, stake_pct, stated_as FROM stake WHERE owned_id = 'venture'"
    assert {tuple(one.values()) for one in rows(world, query, "2025-01-01")} == {
        ("major", None, "majority"),
        ("minor", Decimal(30), "exact"),
        ("silent", None, "unknown"),
    }
    summary = row(world, "SELECT summary FROM event_log WHERE type = 'joint_venture_formed'", "2025-01-01")["summary"]
    assert "major majority" in summary and "minor 30 %" in summary and "silent unknown" in summary


def test_why_and_the_tree_name_the_share_that_is_missing(world: Path) -> None:
    day = Coordinates(date(2025, 1, 1), date(2025, 1, 1))
    with Session(world, day) as session:
        found = explain_holding(session, "top", SEPARATION, "attributable", "operating")
        tree = ask(session, "holding_tree", {"holder": "top"}).to_pylist()
    assert [(one["path"], one["amount"], one["reason"]) for one in found.leaves] == [
        (["top", "major"], 6, None),
        (["top", "major", "venture"], 0, "a majority, of which no source states the percentage; not counted"),
    ]
    assert [(one["id"], one["stake_pct"], one["stated_as"]) for one in tree if one["kind"] == "firm"] == [
        ("top", None, None),
        ("major", 60, "exact"),
        ("venture", None, "majority"),
    ]


def test_a_share_is_vague_from_and_until_the_day_of_a_statement(tmp_path: Path) -> None:
    world = of_line(
        tmp_path,
        ("maker", "owner", "buyer"),
        "100",
        event("stake_stated", "2020-01-01", owned_id="maker", owner_id="owner", stake_pct="80"),
        event("stake_stated", "2021-01-01", owned_id="maker", owner_id="owner", stake_pct="majority"),
        event("stake_transferred", "2022-01-01", owned_id="maker", from_id="owner", to_id="buyer", stake_pct="10"),
        event("stake_stated", "2023-01-01", owned_id="maker", owner_id="owner", stake_pct="55"),
    )
    by_year = [held(world, "owner", "attributable", f"{year}-06-01") for year in (2020, 2021, 2022, 2023)]
    exact, open_, nothing_sure = (80, 80, 80, 0), (None, 50, None, 1), (None, 0, None, 1)
    assert by_year == [exact, open_, nothing_sure, (55, 55, 55, 0)]
    assert held(world, "buyer", "attributable", "2022-06-01") == (10, 10, 10, 0)
    assert [held(world, "owner", "controlled", f"{year}-06-01")[0] for year in (2021, 2022)] == [100, 0]


def test_of_a_facility_too(tmp_path: Path) -> None:
    world = of_line(
        tmp_path,
        ("maker", "left", "right"),
        "8-12",
        event("facility_stake_stated", "2020-01-01", facility_id="line", owner_id="left", stake_pct="majority"),
        event("facility_stake_stated", "2020-01-01", facility_id="line", owner_id="right", stake_pct="25"),
    )
    assert held(world, "left", "attributable") == (None, 4, None, 1)
    assert held(world, "left", "controlled")[1:3] == (8, 12)
    assert held(world, "right", "attributable") == (None, 2, 3, 1)
    one = row(world, "SELECT attributed_pct, reason FROM unattributed_capacity", "2025-01-01")
    assert (one["attributed_pct"], one["reason"]) == (25, "unknown shares")


def test_a_circle_of_vague_shares_ends_and_has_what_is_there_at_least(tmp_path: Path) -> None:
    world = of_line(
        tmp_path,
        ("one", "two"),
        "100",
        event("stake_stated", "2020-01-01", owned_id="one", owner_id="two", stake_pct="majority"),
        event("stake_stated", "2020-01-01", owned_id="two", owner_id="one", stake_pct="majority"),
    )
    # one = 100 + two / 2, two = one / 2
    assert held(world, "one", "attributable")[:2] == (100, Decimal("133.333"))
    assert held(world, "two", "attributable")[:2] == (None, Decimal("66.667"))


def test_in_a_circle_each_inexact_thing_below_counts_once_for_each_activity(tmp_path: Path) -> None:
    names = ("one", "two", "three")
    inexact = "10-20"
    world = read_model(
        tmp_path / "world.duckdb",
        [
            *map(firm, (*names, "above")),
            *(facility(f"plant-{number}", names[number % 3]) for number in range(130)),
            *(stated(f"plant-{number}", inexact, "2020-01-01") for number in range(130)),
            *(stated(f"plant-{number}", inexact, "2020-01-01", activity_id="polysilicon") for number in range(70)),
            *(
                event("stake_stated", "2020-01-01", owned_id=owned, owner_id=owner, stake_pct="50")
                for owned, owner in (("one", "two"), ("two", "three"), ("three", "one"))
            ),
            event("stake_stated", "2020-01-01", owned_id="two", owner_id="above", stake_pct="unknown"),
        ],
    )
    found = rows(
        world,
        "SELECT firm_id, activity_id, unknown_count, capacity_high IS NULL AS is_open FROM firm_holding"
        " WHERE basis = 'attributable' ORDER BY ALL",
        "2025-01-01",
    )
    assert [tuple(row.values()) for row in found] == [
        (name, activity, count, name == "above")
        for name in ("above", "one", "three", "two")
        for activity, count in (("polysilicon", 70), (SEPARATION, 130))
    ]


def test_a_majority_beside_half_of_the_shares_is_more_than_all(tmp_path: Path) -> None:
    shares = {"owner": "majority", "other": "50", "third": "0"}
    events = [
        event("stake_stated", "2020-01-01", owned_id="maker", owner_id=name, stake_pct=share)
        for name, share in shares.items()
    ]
    world = read_model(tmp_path / "world.duckdb", [firm("maker"), *map(firm, shares), *events])
    found = found_by(world, "shares_above_100", "2025-01-01")
    assert [one["message"] for one in found] == ["the issued shares of 2 owners add up to more than 100 %"]


def test_the_low_ends_are_the_solution_of_the_least_shares_in_random_graphs(tmp_path: Path) -> None:
    """Each group has firms that own parts of each other, circles included, never more than 90 % of one together."""
    dice = Random(7)
    events: list[Event] = []
    expected: dict[str, tuple[Fraction, Fraction]] = {}
    for group in range(40):
        names = [f"f{group}-{number}" for number in range(6)]
        least: dict[tuple[str, str], Decimal] = {}
        counted: dict[tuple[str, str], Decimal] = {}
        own: dict[str, Fraction] = defaultdict(Fraction)
        for name in names:
            events.append(firm(name))
            if dice.random() < 0.5:
                events += [facility(f"{name}-works", name), stated(f"{name}-works", "100", "2020-01-01")]
                own[name] = Fraction(100)
            left = 90
            for owner in dice.sample([other for other in names if other != name], dice.randrange(4)):
                said = dice.choice(("majority", "unknown", "exact")) if left > 50 else dice.choice(("unknown", "exact"))
                part = {"majority": 50, "unknown": 0}.get(said, dice.randrange(1, left + 1))
                left -= part
                share = str(part) if said == "exact" else said
                least[owner, name], counted[owner, name] = Decimal(part), Decimal(part if said == "exact" else 0)
                events.append(event("stake_stated", "2020-01-01", owned_id=name, owner_id=owner, stake_pct=share))
                if left < 1:
                    break
        lows, figures = solved(names, least, own), solved(names, counted, own)
        expected |= {name: (figures[name], lows[name]) for name in names if lows[name]}
    world = read_model(tmp_path / "world.duckdb", events)
    query = "SELECT firm_id, capacity, capacity_low, capacity_high FROM firm_holding WHERE basis = 'attributable'"
    found = {one["firm_id"]: one for one in rows(world, query, "2025-01-01")}
    for name, (figure, low) in expected.items():
        assert abs(Fraction(found[name]["capacity"] or 0) - figure) <= Fraction(1, 1000), name
        assert abs(Fraction(found[name]["capacity_low"]) - low) <= Fraction(1, 1000), name
        assert found[name]["capacity_high"] is None or found[name]["capacity_high"] == found[name]["capacity"], name
    assert sum(low != figure for figure, low in expected.values()) > 20


@pytest.mark.parametrize(
    ("written", "share"),
    [
        ("Majority", "majority"), ("> 50 %", "majority"), ("undisclosed", "unknown"), (" unknown ", "unknown"),
        ("51 %", Decimal(51)),
    ],
)  # fmt: skip
def test_how_a_share_may_be_written(written: str, share: Decimal | str) -> None:
    assert parse_share(written) == share


@pytest.mark.parametrize(
    "written", ["", "n/a", "minority", "25-101", "about", "about 30-40", "51%*", "101", "-1", "fifty"]
)
def test_what_is_no_share_is_refused_with_what_may_be_written(written: str) -> None:
    with pytest.raises(InvalidQuantity) as refused:
        parse_share(written)
    assert "majority or unknown" in refused.value.hint


def test_of_a_range_both_ends_are_held_and_a_share_surely_above_half_controls(tmp_path: Path) -> None:
    shares = {"alpha": "51-60 %", "beta": "about 30 %", "gamma": "at least 5 %", "delta": "up to 4 %"}
    partners = [{"firm_id": name, "stake_pct": share} for name, share in shares.items()]
    formed = event("joint_venture_formed", "2021-01-01", venture_id="maker", partners=partners)
    assert formed.schema_version == 3
    owner = event("stake_stated", "2021-01-01", owned_id="beta", owner_id="alpha", stake_pct="40-50")
    world = of_line(tmp_path, ("maker", *shares), "100", formed, owner)
    assert held(world, "alpha", "attributable") == (None, 51 + Decimal("10.8"), 60 + Decimal("16.5"), 1)
    assert held(world, "beta", "attributable") == (None, 27, 33, 1)
    assert held(world, "gamma", "attributable") == (None, 5, None, 1)
    assert held(world, "delta", "attributable") == (None, 0, 4, 1)
    control = rows(
        world,
        "SELECT controller_id, controlled_id, basis, stake_pct, stake_low, stake_high FROM firm_control",
        "2025-01-01",
    )
    assert [tuple(one.values()) for one in control] == [("alpha", "maker", "majority", None, 51, 60)]
    whole = row(
        world,
        "SELECT stated_pct, unknown_pct, stated_low, stated_high FROM shareholding WHERE owned_id = 'maker'",
        "2025-01-01",
    )
    assert tuple(whole.values()) == (0, 100, 83, None)
    summary = row(world, "SELECT summary FROM event_log WHERE type = 'joint_venture_formed'", "2025-01-01")["summary"]
    assert "alpha 51-60 %" in summary and "beta about 30 %" in summary and "gamma >= 5 %" in summary
    with Session(world, Coordinates(date(2025, 1, 1), date(2025, 1, 1))) as session:
        found = explain_holding(session, "beta", SEPARATION, "attributable", "operating")
        tree = ask(session, "holding_tree", {"holder": "alpha"}).to_pylist()
    assert [one["reason"] for one in found.leaves] == [
        "a share of 27 to 33 %; not counted, but in the low and high ends"
    ]
    assert [
        (one["id"], one["stated_as"], one["stake_low"], one["stake_high"]) for one in tree if one["depth"] == 1
    ] == [
        ("beta", "range", 40, 50),
        ("maker", "range", 51, 60),
    ]


def test_points_bought_and_sold_move_both_ends_of_a_range_and_a_percentage_ends_it(tmp_path: Path) -> None:
    stated_as = {"2020": "30-40", "2023": "35"}
    events = [
        event("stake_stated", f"{year}-01-01", owned_id="maker", owner_id="owner", stake_pct=share)
        for year, share in stated_as.items()
    ]
    bought = event("stake_transferred", "2021-01-01", owned_id="maker", to_id="owner", stake_pct="20")
    sold = event("stake_transferred", "2022-01-01", owned_id="maker", from_id="owner", stake_pct="55")
    world = of_line(tmp_path, ("maker", "owner"), "100", *events, bought, sold)
    by_year = [held(world, "owner", "attributable", f"{year}-06-01")[:3] for year in (2020, 2021, 2022, 2023)]
    assert by_year == [(None, 30, 40), (None, 50, 60), (None, 0, 5), (35, 35, 35)]
    assert [held(world, "owner", "controlled", f"{year}-06-01")[0] for year in (2020, 2021)] == [0, 0]


def test_the_ends_are_the_solutions_of_the_least_and_of_the_largest_shares_in_random_graphs(tmp_path: Path) -> None:
    dice = Random(11)
    events: list[Event] = []
    expected: dict[str, tuple[Fraction, Fraction]] = {}
    for group in range(30):
        names = [f"g{group}-{number}" for number in range(6)]
        least: dict[tuple[str, str], Decimal] = {}
        most: dict[tuple[str, str], Decimal] = {}
        own: dict[str, Fraction] = defaultdict(Fraction)
        for name in names:
            events.append(firm(name))
            if dice.random() < 0.6:
                events += [facility(f"{name}-works", name), stated(f"{name}-works", "100", "2020-01-01")]
                own[name] = Fraction(100)
            for owner in dice.sample([other for other in names if other != name], dice.randrange(4)):
                low, width = dice.randrange(1, 20), dice.randrange(0, 10)
                least[owner, name], most[owner, name] = Decimal(low), Decimal(low + width)
                share = f"{low}-{low + width}" if width else str(low)
                events.append(event("stake_stated", "2020-01-01", owned_id=name, owner_id=owner, stake_pct=share))
        lows, highs = solved(names, least, own), solved(names, most, own)
        expected |= {name: (lows[name], highs[name]) for name in names if highs[name]}
    world = read_model(tmp_path / "world.duckdb", events)
    query = "SELECT firm_id, capacity_low, capacity_high FROM firm_holding WHERE basis = 'attributable'"
    found = {one["firm_id"]: one for one in rows(world, query, "2025-01-01")}
    for name, ends in expected.items():
        both = found[name]["capacity_low"], found[name]["capacity_high"]
        assert all(abs(Fraction(one) - end) <= Fraction(1, 1000) for one, end in zip(both, ends, strict=True)), name
    assert sum(low != high for low, high in expected.values()) > 50


@pytest.mark.parametrize(
    ("written", "share", "ends"),
    [
        ("25-50 %", "25-50", (25, 50)), ("25 % to 50 %", "25-50", (25, 50)), ("between 20 and 30%", "20-30", (20, 30)),
        ("at least 25 %", ">= 25", (25, None)), (">60%", "> 60", (60, None)), ("up to 30 %", "<= 30", (0, 30)),
        ("~30%", "about 30", (27, 33)), ("around 95", "about 95", (Decimal("85.5"), 100)),
        ("circa 33.333333", "about 33.333333", (Decimal("29.999999"), Decimal("36.666667"))),
    ],
)  # fmt: skip
def test_a_share_that_is_not_exact_has_one_written_form_and_the_same_ends_in_sql(
    written: str, share: str, ends: tuple[Decimal, Decimal | None], world: Path
) -> None:
    assert parse_share(written) == share == parse_share(share)
    assert share_ends(share) == ends
    computed = row(world, f"SELECT share_low('{share}') AS low, share_high('{share}') AS high", "2025-01-01")
    assert tuple(computed.values()) == ends


def test_a_range_that_ends_before_it_begins_is_refused_with_an_example() -> None:
    with pytest.raises(InvalidQuantity, match="a range must end above its beginning, not 50 to 25") as refused:
        parse_share("50-25 %")
    assert refused.value.hint == "write the smaller figure first: 25-50 %"


def test_more_than_all_is_refused() -> None:
    with pytest.raises(InvalidQuantity, match="cannot be more than 100 %"):
        parse_share("more than 100 %")


def test_lower_ends_above_all_are_refused_in_a_venture_and_reported_of_single_statements(tmp_path: Path) -> None:
    shares = {"one": ">= 60", "two": "41-45"}
    partners = [{"firm_id": name, "stake_pct": share} for name, share in shares.items()]
    with pytest.raises(ValueError, match="the shares add up to at least 101 %, more than 100 %"):
        event("joint_venture_formed", "2021-01-01", venture_id="maker", partners=partners)
    events = [
        event("stake_stated", "2020-01-01", owned_id="maker", owner_id=name, stake_pct=share)
        for name, share in shares.items()
    ]
    world = read_model(tmp_path / "world.duckdb", [firm("maker"), *map(firm, shares), *events])
    found = found_by(world, "shares_above_100", "2025-01-01")
    assert [one["message"] for one in found] == ["the issued shares of 2 owners add up to at least 101 %"]
