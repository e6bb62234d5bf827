"""The curated record against what official documents say, and against its own rules."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from policytrack import resources
from policytrack.events import Event
from policytrack.events.capacity import CapacityStated
from policytrack.events.policy import QuotaIssued, RuleEnacted, RuleSuspended, SupportAwarded
from policytrack.ids import check_region
from policytrack.journal.reading import load_events
from tests.projections.world import read_model

LOG = resources.EVENTS / "log"
TODAY = date(2026, 11, 23)
STATE_MEDIA = "state-media"

OFFICIAL = {
    ("mining", 2018): 120_000, ("separation", 2018): 115_000,
    ("mining", 2019): 132_000, ("separation", 2019): 127_000,
    ("mining", 2020): 140_000, ("separation", 2020): 135_000,
    ("mining", 2021): 168_000, ("separation", 2021): 162_000,
    ("mining", 2022): 210_000, ("separation", 2022): 202_000,
    ("mining", 2023): 255_000, ("separation", 2023): 243_850,
    ("mining", 2024): 270_000, ("separation", 2024): 254_000,
}  # fmt: skip
"""National quotas of the year as the ministries published them, in t REO."""

OFFICIAL_LIGHT_AND_IONIC = {
    2018: (100_850, 19_150),
    2019: (112_850, 19_150),
    2020: (120_850, 19_150),
    2021: (148_850, 19_150),
    2022: (190_850, 19_150),
}
"""The mining quotas of the year by kind of ore, from the notices of the Ministry of Natural Resources."""


@pytest.fixture(scope="module")
def events() -> list[Event]:
    stories = [(story.name, story) for story in sorted(LOG.glob("*.yaml"))]
    return load_events(stories, today=TODAY, known_on_of=lambda _: None)[0]


@pytest.fixture(scope="module")
def facts(events: list[Event], tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(
        str(read_model(tmp_path_factory.mktemp("record") / "record.duckdb", events)), read_only=True
    ) as made:
        yield made


def one(facts: duckdb.DuckDBPyConnection, sql: str) -> Any:
    """The one value of an answer."""
    ((value,),) = facts.execute(sql).fetchall()
    return value


def rules(events: list[Event]) -> dict[str, RuleEnacted]:
    return {event.rule_id: event for event in events if isinstance(event, RuleEnacted)}


def test_every_event_says_who_says_so(events: list[Event]) -> None:
    assert len(events) > 400
    assert [event.TOPIC for event in events if not event.sources] == []


def test_nothing_is_confirmed_by_state_media_alone(events: list[Event]) -> None:
    resting_on_it = [
        event.TOPIC
        for event in events
        if event.assertion == "confirmed"
        and not event.IS_REGISTRATION
        and all(source.source_class == STATE_MEDIA or source.state_affiliated for source in event.sources)
    ]
    assert resting_on_it == []


def test_what_is_inferred_says_how(events: list[Event]) -> None:
    assert [event.to_json() for event in events if event.assertion == "inferred" and not event.note] == []


def test_every_story_is_in_the_table_of_the_record() -> None:
    told = re.findall(r"^\| `([a-z0-9-]+)` \|", (LOG / "README.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert Counter(told) == Counter(story.stem for story in LOG.glob("*.yaml"))


@pytest.mark.parametrize("story", sorted(LOG.glob("*.yaml")), ids=lambda story: str(story.stem))
def test_every_source_of_a_story_is_used_and_its_head_says_what_it_is_about(story: Path) -> None:
    text = story.read_text(encoding="utf-8")
    assert text.startswith("# ")
    table, told = text.split("\nevents:\n")
    keys = re.findall(
        r"^  ([A-Za-z0-9-]+):$", table.split("\nsources:\n")[1].split("\ndefaults:\n")[0], flags=re.MULTILINE
    )
    unused = [key for key in keys if not re.search(rf"[\s\[]{re.escape(key)}(?=[\s\],}}])", told)]
    assert (bool(keys), unused) == (True, [])


@pytest.mark.parametrize(("stage", "year"), OFFICIAL, ids=lambda value: str(value))
def test_the_quotas_of_a_year_are_the_official_ones(facts: duckdb.DuckDBPyConnection, stage: str, year: int) -> None:
    where = f"stage = '{stage}' AND year = {year}"
    assert (
        one(facts, f"SELECT sum(amount) FROM quota_issue WHERE holder_id IS NULL AND {where}") == OFFICIAL[stage, year]
    )
    unknown = one(facts, f"SELECT count(*) FROM quota_issue WHERE amount IS NULL AND {where}")
    held = one(facts, f"SELECT sum(amount) FROM quota_issue WHERE holder_id IS NOT NULL AND {where}")
    assert held == OFFICIAL[stage, year] if not unknown else (year in {2023, 2024} and held < OFFICIAL[stage, year])


def test_the_holders_of_each_batch_add_up_to_it_wherever_all_are_known(facts: duckdb.DuckDBPyConnection) -> None:
    batches = facts.execute(
        "SELECT stage, year, batch, sum(amount) FILTER (WHERE holder_id IS NULL),"
        " sum(amount) FILTER (WHERE holder_id IS NOT NULL), count(*) FILTER (WHERE amount IS NULL)"
        " FROM quota_issue GROUP BY ALL"
    ).fetchall()
    known = [batch for batch in batches if batch[5] == 0]
    assert all(total == held for _, _, _, total, held, _ in known)
    assert {(year, batch) for _, year, batch, *_ in known} == {
        *((year, "FY") for year in (2018, 2019, 2020, 2021)),
        (2022, "B1"), (2022, "B2"), (2023, "B1"), (2023, "B3"), (2024, "B1"),
    }  # fmt: skip


@pytest.mark.parametrize("year", OFFICIAL_LIGHT_AND_IONIC)
def test_light_and_ionic_ore_add_up_to_their_own_totals(facts: duckdb.DuckDBPyConnection, year: int) -> None:
    by_kind = tuple(
        one(
            facts,
            f"SELECT sum(amount) FROM quota_issue WHERE stage = 'mining' AND year = {year} AND material = '{kind}'",
        )
        for kind in ("light", "ionic")
    )
    assert by_kind == OFFICIAL_LIGHT_AND_IONIC[year]


def test_the_first_batch_of_2022_is_six_tenths_of_2021_for_every_holder_and_kind(
    facts: duckdb.DuckDBPyConnection,
) -> None:
    found = facts.execute(
        "WITH held AS (SELECT coalesce(into_firm_id, holder_id) AS holder, stage, material, year, batch, amount"
        "  FROM quota_issue LEFT JOIN _quota_group_at(DATE '2022-12-31', DATE '2022-12-31') ON firm_id = holder_id"
        "  WHERE holder_id IS NOT NULL AND (year, batch) IN ((2021, 'FY'), (2022, 'B1')))"
        " SELECT holder, stage, material, sum(amount) FILTER (WHERE year = 2021), sum(amount) FILTER (WHERE year = 2022)"
        " FROM held GROUP BY ALL"
    ).fetchall()
    assert {holder for holder, *_ in found} == {
        "northern-rare-earth", "china-rare-earth-group", "xiamen-tungsten", "guangdong-rare-earth"
    }  # fmt: skip
    for holder, stage, material, before, after in found:
        assert abs(after - Decimal("0.6") * before) < 1, (holder, stage, material)


@pytest.mark.parametrize(("stage", "reported", "constant"), [("mining", "13.7", "3.5"), ("separation", "17.1", "-6.3")])
def test_the_growth_of_china_rare_earth_group_is_mostly_its_perimeter(
    facts: duckdb.DuckDBPyConnection, stage: str, reported: str, constant: str
) -> None:
    def amount(year: int, perimeter_of: str) -> Decimal:
        value: Decimal = one(
            facts,
            f"SELECT sum(amount) FROM quota_issue LEFT JOIN _quota_group_at(DATE '{perimeter_of}', DATE '{TODAY}')"
            f" ON firm_id = holder_id WHERE stage = '{stage}' AND year = {year} AND batch = 'B1'"
            " AND coalesce(into_firm_id, holder_id) = 'china-rare-earth-group'",
        )
        return value

    as_it_was, as_it_is, now = amount(2023, "2023-12-31"), amount(2023, "2024-12-31"), amount(2024, "2024-12-31")
    growth = [(100 * (now / before - 1)).quantize(Decimal("0.1")) for before in (as_it_was, as_it_is)]
    assert growth == [Decimal(reported), Decimal(constant)]


def test_to_be_counted_in_anothers_quota_moves_no_plant_and_no_stake(facts: duckdb.DuckDBPyConnection) -> None:
    included = {name for (name,) in facts.execute("SELECT firm_id FROM quota_inclusion").fetchall()}
    assert included == {
        "china-rare-metals", "minmetals-rare-earth", "china-southern-rare-earth",
        "xiamen-tungsten", "guangdong-rare-earth",
    }  # fmt: skip
    assert one(facts, "SELECT count(*) FROM firm_merger") == 0


def test_the_quotas_of_2025_exist_and_are_withheld(events: list[Event]) -> None:
    of_2025 = [event for event in events if isinstance(event, QuotaIssued) and event.year == 2025]
    assert {event.stage for event in of_2025} == {"mining", "separation"}
    assert all(event.amount.bound == "withheld" and event.known_on == date(2025, 7, 18) for event in of_2025)


def test_figures_that_are_known_to_be_wrong_are_not_in_the_record(events: list[Event]) -> None:
    quotas = [event for event in events if isinstance(event, QuotaIssued)]
    assert quotas
    for year, stage, wrong in ((2019, "mining", 127_000), (2023, "mining", 270_000), (2023, "separation", 73_800)):
        assert not [one for one in quotas if (one.year, one.stage) == (year, stage) and one.amount.value == wrong]
    donors = [
        event
        for event in events
        if isinstance(event, CapacityStated) and event.facility_id == "guangdong-zhujiang-plant"
    ]
    assert [event.capacity.value for event in donors] == [3000]


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


def test_what_was_misprinted_is_a_claim_and_changes_no_figure(facts: duckdb.DuckDBPyConnection) -> None:
    conflicts = facts.execute(f"SELECT recorded, claimed FROM claim_conflict_at(DATE '{TODAY}', DATE '{TODAY}')")
    assert sorted(conflicts.fetchall()) == [("132000", "127000"), ("3000", "300"), ("73403", "73800")]


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


def test_support_is_recorded_as_stated_and_sums_that_do_not_add_up_are_not_made_to(events: list[Event]) -> None:
    support = [event for event in events if isinstance(event, SupportAwarded)]
    stated = {(one.support_id, one.stage): str(one.amount and one.amount.amount) for one in support}
    assert stated["micron-chips-grant", "announced"] == "6140000000"
    assert stated["micron-chips-grant", "awarded"] == "6165000000"
    assert stated["intel-chips-grant", "awarded"] == "7860000000"
    assert stated["mp-dod-price-floor", "awarded"] == "None"
    assert stated["neo-narva-jtf", "awarded"] == "18700000"
    india = [one for one in support if one.support_id.startswith("india-")]
    assert sum(one.amount.amount for one in india if one.amount) == 72_000_000_000
    assert all("7,280" in (one.note or "") for one in india if one.instrument == "incentive")
    iluka = [
        one.amount.amount
        for one in support
        if one.support_id.startswith("iluka-") and one.amount and one.stage == "awarded"
    ]
    assert sum(iluka) == 1_250_000_000
