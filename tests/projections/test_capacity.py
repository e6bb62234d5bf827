"""How capacity is folded: statements, moves, idle capacity, figures that are not exact."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from policytrack.questions.why_national import explain
from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.session import Session
from tests.projections.world import corrected, event, facility, firm, moved, project, read_model, row, rows, stated

NAMES = (
    *("reset", "tie", "retired-first", "shares", "running", "keeps-idle", "was-idle", "over-idle", "vague", "closed"),
    *("no-statement", "twice", "two"),
)
TIED = stated("tie", "100", "2020-01-01")
REMADE = moved("retired", "tie", "10", "2020-06-01")
FIRST_OF_TWO = stated("twice", "100", "2020-01-01")
EVENTS = [
    firm("owner"),
    *(facility(name, "owner", country="CN") for name in NAMES),
    *(facility(name, "owner", country=name.upper()) for name in ("au", "us", "jp")),
    # a statement resets what came before it
    stated("reset", "100", "2020-01-01"),
    moved("retired", "reset", "30", "2020-06-01"),
    stated("reset", "500", "2021-01-01"),
    moved("retired", "reset", "1", "2021-02-01"),
    # ties on one day, and corrections that keep their place
    TIED,
    REMADE,
    stated("tie", "70", "2020-06-01"),
    moved("retired", "tie", "5", "2020-06-01"),
    corrected(REMADE, "error", capacity="20"),
    FIRST_OF_TWO,
    stated("twice", "200", "2020-01-01"),
    corrected(FIRST_OF_TWO, "error", capacity="150"),
    # nothing stated
    moved("retired", "no-statement", "5", "2020-03-01"),
    # the retirement is recorded before the statement that it comes after
    moved("retired", "retired-first", "40", "2020-06-01"),
    stated("retired-first", "100", "2020-01-01", "2021-01-01"),
    # idle
    stated("shares", "1000", "2020-01-01", idle_share_pct="33.3333"),
    stated("running", "1000", "2020-01-01"),
    moved("idled", "running", "400", "2020-02-01"),
    moved("restarted", "running", "150", "2020-03-01"),
    stated("keeps-idle", "1000", "2020-01-01", idle_share_pct="20"),
    stated("keeps-idle", "800", "2021-01-01"),
    stated("was-idle", "1000", "2020-01-01", idle_share_pct="50"),
    moved("retired", "was-idle", "300", "2020-02-01", was_idle=True),
    moved("retired", "was-idle", "100", "2020-03-01"),
    stated("over-idle", "100", "2020-01-01"),
    moved("idled", "over-idle", "500", "2020-02-01"),
    moved("restarted", "over-idle", "900", "2020-03-01"),
    # not exact
    stated("au", ">= 100", "2020-01-01"),
    stated("au", "unknown", "2021-01-01"),
    stated("us", "200", "2020-01-01"),
    moved("retired", "us", "<= 50", "2020-06-01"),
    stated("jp", "withheld", "2020-01-01", idle_share_pct="10"),
    moved("retired", "vague", "unknown", "2020-01-01"),
    stated("vague", "300", "2020-06-01"),
    # moves after what is not exact
    *(
        facility(name, "vague-owner", country="DE")
        for name in ("least", "most", "secret", "idle-part", "idled-vaguely")
    ),
    *(firm("vague-owner"), firm("only-vague"), facility("vague-alone", "only-vague", country="AT")),
    stated("vague-alone", ">= 20000", "2020-01-01"),
    moved("retired", "vague-alone", "20000", "2021-01-01"),
    stated("least", ">= 20000", "2020-01-01"),
    moved("retired", "least", "20000", "2021-01-01"),
    moved("retired", "least", "5000", "2022-01-01"),
    stated("least", "300", "2023-01-01"),
    stated("most", "<= 100", "2020-01-01"),
    moved("retired", "most", "30", "2021-01-01"),
    moved("retired", "most", "90", "2022-01-01"),
    stated("secret", "withheld", "2020-01-01"),
    project("secret-line", "secret", "vague-owner"),
    event("project_completed", "2021-01-01", project_id="secret-line", capacity="50"),
    stated("idle-part", "<= 400", "2020-01-01", idle_share_pct="25"),
    stated("idled-vaguely", "1000", "2020-01-01"),
    moved("idled", "idled-vaguely", ">= 100", "2021-01-01"),
    # two activities of one place
    stated("two", "10", "2020-01-01"),
    stated("two", "7", "2020-01-01", activity_id="crude-steel"),
    # retired to the last ton
    stated("closed", "60", "2020-01-01"),
    moved("retired", "closed", "60", "2020-02-01"),
]


def found(world: Path, name: str, day: str, known_at: str | None = None) -> dict[str, Any]:
    query = f"SELECT * FROM facility_capacity WHERE facility_id = '{name}' AND activity_id = 'rare-earth-separation'"
    return row(world, query, day, known_at)


def test_a_statement_resets_what_came_before_it(world: Path) -> None:
    days = ("2020-01-01", "2020-06-01", "2021-01-01", "2021-02-01")
    assert [found(world, "reset", day)["installed"] for day in days] == [100, 70, 500, 499]
    assert str(found(world, "reset", "2021-02-01")["last_stated_on"]) == "2021-01-01"


def test_before_its_first_event_a_facility_has_no_row(world: Path) -> None:
    assert rows(world, "FROM facility_capacity WHERE facility_id = 'reset'", "2019-12-31") == []


def test_ties_on_one_day_are_settled_by_position(world: Path) -> None:
    # Stated after one retirement and before the other, all on the same day.
    assert found(world, "tie", "2020-06-01")["installed"] == 65


def test_a_correction_keeps_the_place_of_what_it_corrects(world: Path) -> None:
    # Recorded last, the corrected retirement keeps its place before the statement of its day.
    positions = row(
        world,
        "SELECT max(position) AS last, min(order_position) AS root FROM event WHERE type = 'capacity_retired' AND known_to = DATE '9999-12-31' AND list_contains(subjects, 'facility:tie') AND position <> order_position",
        "2020-06-01",
    )
    assert positions["last"] > positions["root"] == EVENTS.index(REMADE) + 1
    assert found(world, "tie", "2020-06-01")["installed"] == 65


def test_a_corrected_statement_does_not_overtake_a_later_one_of_the_same_day(world: Path) -> None:
    assert found(world, "twice", "2020-01-01")["installed"] == 200


def test_without_a_statement_everything_counts(world: Path) -> None:
    assert found(world, "no-statement", "2020-03-01")["installed"] == -5


def test_what_is_learned_late_is_folded_where_it_belongs(world: Path) -> None:
    assert found(world, "retired-first", "2020-12-31")["installed"] == -40
    assert found(world, "retired-first", "2020-12-31", "2021-01-01")["installed"] == 60


def test_a_stated_idle_share_is_a_part_of_the_installed_capacity(world: Path) -> None:
    one = found(world, "shares", "2020-01-01")
    assert (one["idle"], one["operating"]) == (Decimal("333.333"), Decimal("666.667"))


def test_what_is_idled_stays_installed_until_it_restarts(world: Path) -> None:
    days = ("2020-01-01", "2020-02-01", "2020-03-01")
    figures = [
        (one["installed"], one["idle"], one["operating"]) for one in (found(world, "running", day) for day in days)
    ]
    assert figures == [(1000, 0, 1000), (1000, 400, 600), (1000, 250, 750)]


def test_a_statement_that_says_nothing_of_idle_capacity_leaves_it(world: Path) -> None:
    one = found(world, "keeps-idle", "2021-01-01")
    assert (one["installed"], one["idle"]) == (800, 200)


def test_a_retirement_of_idle_capacity_takes_it_out_of_both(world: Path) -> None:
    days = ("2020-02-01", "2020-03-01")
    assert [(one["installed"], one["idle"]) for one in (found(world, "was-idle", day) for day in days)] == [
        (700, 200),
        (600, 200),
    ]


def test_idle_capacity_lies_between_nothing_and_what_is_installed(world: Path) -> None:
    assert [found(world, "over-idle", day)["idle"] for day in ("2020-02-01", "2020-03-01")] == [100, 0]


def test_a_figure_with_only_a_lower_bound_is_counted_as_unknown_and_bounded(world: Path) -> None:
    one = found(world, "au", "2020-01-01")
    assert (one["installed"], one["unknown_count"], one["installed_low"], one["installed_high"]) == (None, 1, 100, None)


def test_an_unknown_figure_is_not_nothing(world: Path) -> None:
    one = found(world, "au", "2021-01-01")
    assert (one["unknown_count"], one["installed_low"], one["installed_high"]) == (1, 0, None)
    nation = row(world, "SELECT * FROM national_capacity WHERE country_code = 'AU'", "2021-01-01")
    assert (nation["unknown_count"], nation["facility_count"], nation["installed_high"]) == (1, 1, None)


def test_a_retirement_of_at_most_so_much_bounds_what_is_left(world: Path) -> None:
    one = found(world, "us", "2020-06-01")
    assert (one["unknown_count"], one["installed_low"], one["installed_high"]) == (1, 150, 200)


def test_a_withheld_figure_with_an_idle_share_counts_as_one_unknown(world: Path) -> None:
    assert found(world, "jp", "2020-01-01")["unknown_count"] == 1


def test_an_unknown_that_a_later_statement_replaces_is_no_longer_counted(world: Path) -> None:
    assert found(world, "vague", "2020-01-01")["unknown_count"] == 1
    one = found(world, "vague", "2020-06-01")
    assert (one["installed"], one["unknown_count"], one["installed_low"], one["installed_high"]) == (300, 0, 300, 300)


def test_two_activities_of_one_place_are_never_added(world: Path) -> None:
    query = "SELECT activity_id, unit, installed FROM facility_capacity WHERE facility_id = 'two' ORDER BY 1"
    assert [tuple(one.values()) for one in rows(world, query, "2020-01-01")] == [
        ("crude-steel", "t/yr", 7),
        ("rare-earth-separation", "t REO/yr", 10),
    ]


def test_a_facility_with_nothing_left_is_not_counted_as_one(world: Path) -> None:
    query = "SELECT sum(facility_count) AS facilities FROM national_capacity"
    before, after = (row(world, query, day)["facilities"] for day in ("2020-01-31", "2020-02-01"))
    assert found(world, "closed", "2020-02-01")["installed"] == 0
    assert after == before - 1


def test_completion_of_phases_adds_to_what_the_facility_has(tmp_path: Path) -> None:
    path = read_model(
        tmp_path / "phases.duckdb",
        [
            firm("owner"),
            facility("site", "owner"),
            project("line", "site", "owner"),
            stated("site", "100", "2020-01-01"),
            event("project_completed", "2020-02-01", project_id="line", capacity="40"),
            event("project_completed", "2020-03-01", project_id="line", capacity="2.5"),
            stated("site", "141", "2020-04-01"),
        ],
    )
    days = ("2020-01-31", "2020-02-01", "2020-03-01", "2020-04-01")
    assert [found(path, "site", day)["installed"] for day in days] == [100, 140, Decimal("142.5"), 141]


def bounds(one: dict[str, Any]) -> tuple[Any, ...]:
    return (
        one["installed"],
        one["installed_low"],
        one["installed_high"],
        one["idle"],
        one["operating"],
        one["unknown_count"],
    )


def test_what_moves_after_a_figure_that_is_not_exact_leaves_it_not_exact_and_never_below_zero(world: Path) -> None:
    days = ("2020-01-01", "2021-01-01", "2022-01-01")
    least = [bounds(found(world, "least", day)) for day in (*days, "2023-01-01")]
    assert least == [
        (None, 20000, None, 0, None, 1),
        (None, 0, None, 0, None, 1),
        (None, 0, None, 0, None, 1),
        (300, 300, 300, 0, 300, 0),
    ]
    most = [bounds(found(world, "most", day)) for day in days]
    assert most == [(None, 0, 100, 0, None, 1), (None, 0, 70, 0, None, 1), (None, 0, 0, 0, None, 1)]
    assert bounds(found(world, "secret", "2021-01-01")) == (None, 50, None, 0, None, 1)


def test_an_idle_part_of_what_is_not_exact_is_not_exact(world: Path) -> None:
    assert bounds(found(world, "idle-part", "2020-01-01")) == (None, 0, 400, None, None, 1)
    assert bounds(found(world, "idled-vaguely", "2021-01-01")) == (1000, 1000, 1000, None, None, 1)


def test_a_nation_has_of_what_is_not_exact_what_is_surely_there_counts_it_and_is_bounded(world: Path) -> None:
    nation = row(world, "SELECT * FROM national_capacity WHERE country_code = 'DE'", "2021-06-01")
    assert (nation["installed"], nation["idle"], nation["operating"], nation["net"]) == (1050, 0, 1050, 1050)
    assert (nation["unknown_count"], nation["facility_count"]) == (5, 5)
    assert (nation["installed_low"], nation["installed_high"]) == (1050, None)
    region = row(world, "SELECT * FROM regional_capacity WHERE country_code = 'DE'", "2021-06-01")
    assert {name: region[name] for name in nation} == nation


def test_what_a_firm_holds_that_is_not_exact_is_unknown_and_counted(world: Path) -> None:
    holding = rows(
        world,
        "FROM firm_holding WHERE firm_id = 'vague-owner' AND status = 'operating' ORDER BY basis DESC",
        "2022-06-01",
    )
    assert [(one["basis"], one["capacity"], one["unknown_count"], one["reason"]) for one in holding] == [
        (basis, 1050, 5, None) for basis in ("operated", "controlled", "attributable")
    ]
    of_nothing = rows(world, "FROM firm_holding WHERE firm_id = 'only-vague' ORDER BY basis DESC", "2022-06-01")
    assert [(one["basis"], one["capacity"], one["unknown_count"]) for one in of_nothing] == [
        (basis, None, 1) for basis in ("operated", "controlled", "attributable")
    ]
    assert {one["reason"] for one in of_nothing} == {
        "not exact: no source states an exact figure or share for any of it"
    }


def test_why_says_what_is_not_exact_and_how_much_of_it_counts(world: Path) -> None:
    with Session(world, Coordinates(date(2023, 6, 1), date(2023, 6, 1))) as session:
        found = explain(session, "installed", "DE", "rare-earth-separation")
        below = explain(session, "installed", "AT", "rare-earth-separation")
    assert (found.reported, found.total, below.reported, below.total) == (1350, 1350, 0, 0)
    vague = {one["thing"] for one in found.not_counted if one["reason"] == "not exact"}
    assert vague == {"facility:most", "facility:secret", "facility:idle-part"}
    assert {leaf["amount"]: leaf["reason"] for leaf in below.leaves} == {
        Decimal(20000): "not exact: counted as far as it is surely there",
        Decimal(-20000): None,
    }
