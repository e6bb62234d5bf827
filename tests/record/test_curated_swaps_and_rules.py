"""The rules, swaps and credit lots of the curated record against what official documents say."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import duckdb
import pytest

from policytrack import resources
from policytrack.events import Event
from policytrack.events.policy import RuleEnacted, RuleSuspended
from policytrack.values.ids import check_region
from tests.record.record_support import TODAY, one


def rules(events: list[Event]) -> dict[str, RuleEnacted]:
    return {event.rule_id: event for event in events if isinstance(event, RuleEnacted)}


def test_the_interim_measures_have_three_dates(events: list[Event]) -> None:
    measures = rules(events)["rare-earth-total-control-2025"]
    dates = (measures.effective.earliest, measures.known_on, measures.in_force_from.earliest)
    assert dates == (date(2025, 7, 28), date(2025, 8, 22), date(2025, 8, 22))


def test_six_export_controls_stand_suspended_until_the_tenth_of_november_2026(events: list[Event]) -> None:
    suspended = [event for event in events if isinstance(event, RuleSuspended)]
    assert {event.rule_id for event in suspended} == {f"export-control-2025-{n}" for n in (55, 56, 57, 58, 61, 62)}
    assert {(event.effective.earliest, event.until and event.until.latest) for event in suspended} == {
        (date(2025, 11, 7), date(2026, 11, 10))
    }
    assert {event.rule_id for event in suspended} < set(rules(events))


def test_the_two_stops_of_steel_swaps_leave_the_swaps_of_the_record_outside(facts: duckdb.DuckDBPyConnection) -> None:
    stops = facts.execute(
        "SELECT rule_id, in_force_from_earliest, ending.in_force_to FROM rule_enactment AS rule"
        " LEFT JOIN rule_ending AS ending USING (rule_id) WHERE kind = 'moratorium' ORDER BY ALL"
    ).fetchall()
    assert stops == [
        ("steel-suspension-2020", date(2020, 1, 24), date(2021, 5, 31)),
        ("steel-suspension-2024", date(2024, 8, 23), None),
    ]
    for _, start, end in stops:
        during = f"effective_latest BETWEEN DATE '{start}' AND DATE '{end or TODAY}'"
        assert one(facts, f"SELECT count(*) FROM swap_statement WHERE activity_id = 'crude-steel' AND {during}") == 0


def test_ratios_by_place_are_those_of_the_measures(events: list[Event]) -> None:
    found = {
        name: (str(rule.ratio_min), rule.outside_regions) for name, rule in rules(events).items() if rule.ratio_min
    }
    expected = {
        "steel-2017-key-regions": ("1.25", False),
        "steel-2021-key-regions": ("1.5", False),
        "steel-2021-elsewhere": ("1.25", True),
        "cement-2017-key-regions": ("1.5", False),
        "cement-2017-elsewhere": ("1.25", True),
        "cement-2021-key-regions": ("2", False),
        "cement-2021-elsewhere": ("1.5", True),
        "cement-2024-key-regions": ("2", False),
        "cement-2024-elsewhere": ("1.5", True),
        "glass-2024-key-regions": ("1.25", False),
        "glass-2024-elsewhere": ("1", True),
    }
    assert {name: found[name] for name in expected} == expected
    assert all(ratio == "1" for name, (ratio, _) in found.items() if name not in expected)


def test_every_list_of_regions_is_well_formed_and_every_list_a_rule_names_is_there(events: list[Event]) -> None:
    listed = resources.reference_table("region_sets")
    names = {row["region_set_id"] for row in listed}
    for row in listed:
        assert check_region(row["region_code"]).startswith("CN-")
        assert (row["is_whole"] == "true") == (not row["locality"]), row
        start, end = date.fromisoformat(row["valid_from"]), row["valid_to"]
        assert not end or start <= date.fromisoformat(end)
        assert row["source"]
    assert len({tuple(row.values()) for row in listed}) == len(listed)
    named = {name for rule in rules(events).values() for name in rule.regions}
    assert named == names
    mixed = Counter((row["region_set_id"], row["region_code"], row["is_whole"]) for row in listed)
    assert not [key for key in mixed if key[2] == "true" and (*key[:2], "false") in mixed]


@pytest.mark.parametrize(
    ("rule", "region", "day", "is_whole"),
    [
        ("steel-2021-key-regions", "CN-HE", "2022-01-01", True),
        ("steel-2021-key-regions", "CN-SX", "2022-01-01", False),
        ("steel-2021-key-regions", "CN-GX", "2022-01-01", None),
        ("cement-2021-key-regions", "CN-ZJ", "2022-01-01", True),
        ("cement-2021-key-regions", "CN-ZJ", "2024-06-01", False),
        ("cement-2024-key-regions", "CN-ZJ", "2024-11-01", False),
        ("cement-2017-key-regions", "CN-AH", "2019-01-01", False),
    ],
)
def test_a_region_is_a_key_region_by_its_own_list_and_the_day(
    facts: duckdb.DuckDBPyConnection, rule: str, region: str, day: str, is_whole: bool | None
) -> None:
    found = facts.execute(
        f"SELECT is_whole FROM _rule_region_at(DATE '{TODAY}', DATE '{TODAY}') WHERE rule_id = '{rule}'"
        f" AND region_code = '{region}' AND DATE '{day}' BETWEEN valid_from AND valid_to"
    ).fetchall()
    assert found == ([] if is_whole is None else [(is_whole,)])


def test_the_old_furnaces_of_hezhou_have_5000_tonnes_left(facts: duckdb.DuckDBPyConnection) -> None:
    held = one(facts, "SELECT capacity FROM lot_recognition WHERE lot_id = 'hezhou-zhaoxin-old-furnaces'")
    drawn = one(
        facts, "SELECT list(capacity ORDER BY capacity) FROM swap_leg WHERE lot_id = 'hezhou-zhaoxin-old-furnaces'"
    )
    assert (held, drawn, held - sum(drawn)) == (1_150_000, [395_000, 750_000], 5_000)


@pytest.mark.parametrize(
    ("swap", "required", "named", "undisclosed"),
    [
        ("hezhou-zhaoxin-swap", 750_000, 490_000, 260_000),
        ("fangchenggang-jinxi-iron-swap", 5_008_400, 1_483_400, 3_525_000),
        ("fangchenggang-jinxi-steel-swap", 4_000_000, 1_700_000, 2_300_000),
        ("lianchuan-swap", 200_000, 200_000, None),
        ("xinfeng-swap", 7_000, 7_000, None),
        ("northern-jinlong-swap", 5_000, None, 5_000),
    ],
)
def test_the_legs_of_a_swap_add_up_to_what_it_builds(
    facts: duckdb.DuckDBPyConnection, swap: str, required: int, named: int | None, undisclosed: int | None
) -> None:
    found = facts.execute(
        "SELECT any_value(build_capacity * ratio), sum(leg.capacity) FILTER (WHERE NOT leg.is_undisclosed),"
        " sum(leg.capacity) FILTER (WHERE leg.is_undisclosed)"
        f" FROM swap_statement JOIN swap_leg AS leg USING (position) WHERE swap_statement.swap_id = '{swap}'"
    ).fetchall()
    assert found == [(required, named, undisclosed)]
    assert required == (named or 0) + (undisclosed or 0)


@pytest.mark.parametrize(
    ("swap", "day", "verdict", "reasons"),
    [
        ("xinfeng-swap", TODAY, "pass", []),
        ("hezhou-zhaoxin-swap", TODAY, "unverified", ["exception_needed", "donor_undisclosed"]),
        ("hezhou-zhaoxin-earlier-swap", TODAY, "unverified", ["build_unknown", "ratio_unknown", "rule_uncertain"]),
        ("fangchenggang-jinxi-iron-swap", TODAY, "unverified", ["donor_undisclosed"]),
        ("fangchenggang-jinxi-steel-swap", TODAY, "unverified", ["donor_undisclosed"]),
        (
            "baosteel-desheng-swap",
            date(2019, 10, 20),
            "unverified",
            ["build_unknown", "ratio_unknown", "donor_undisclosed"],
        ),
        ("baosteel-desheng-swap", TODAY, None, []),
        ("lianchuan-swap", date(2022, 8, 11), "pass", []),
        ("lianchuan-swap", TODAY, "unverified", ["credit_returned"]),
        ("northern-jinlong-swap", TODAY, "unverified", ["donor_undisclosed"]),
    ],
)
def test_a_swap_is_judged_as_its_sources_do(
    facts: duckdb.DuckDBPyConnection, swap: str, day: date, verdict: str | None, reasons: list[str]
) -> None:
    judged = f"SELECT verdict, reasons FROM capacity_swap_at(DATE '{day}', DATE '{TODAY}') WHERE swap_id = '{swap}'"
    assert facts.execute(judged).fetchall() == [(verdict, reasons)]


def test_the_end_of_the_credit_of_henan_is_known_only_since_january_2018(facts: duckdb.DuckDBPyConnection) -> None:
    def lots(known_at: str) -> list[Any]:
        return facts.execute(
            "SELECT capacity, expires_on FROM lot_recognition WHERE lot_id LIKE '%-2017'"
            f" AND known_on <= DATE '{known_at}' AND known_to > DATE '{known_at}' ORDER BY ALL"
        ).fetchall()

    end = date(2018, 12, 31)
    assert lots("2017-12-31") == [(20_000, None), (20_000, None), (30_000, None)]
    assert lots("2018-02-01") == [(20_000, end), (20_000, end), (30_000, end)]


def test_the_credit_of_henan_is_of_smelters_that_had_closed(facts: duckdb.DuckDBPyConnection) -> None:
    lots = facts.execute(
        "SELECT lot_id, recognised, retired FROM credit_lot_at(DATE '2017-09-20', DATE '2017-09-20') ORDER BY lot_id"
    ).fetchall()
    assert [lot for lot in lots if lot[0].endswith("-2017")] == [
        ("qinyang-qinao-2017", 20_000, 20_000),
        ("sanmenxia-tianyuan-2017", 30_000, 30_000),
        ("xichuan-aluminium-2017", 20_000, 0),
    ]
    running = "SELECT sum(operating) FROM facility_capacity_at(DATE '2017-09-20', DATE '2017-09-20')"
    assert one(facts, f"{running} WHERE activity_id = 'primary-aluminium'") == 0


def test_the_swap_of_desheng_was_live_for_three_weeks(facts: duckdb.DuckDBPyConnection) -> None:
    announced = one(facts, "SELECT effective_latest FROM swap_statement WHERE swap_id = 'baosteel-desheng-swap'")
    ended = dict(
        facts.execute(
            "SELECT outcome, effective_latest FROM swap_outcome WHERE swap_id = 'baosteel-desheng-swap'"
        ).fetchall()
    )
    assert (announced, ended) == (
        date(2019, 10, 17),
        {"objection": date(2019, 10, 23), "revoked": date(2019, 11, 7)},
    )
