"""The quotas of the curated record against the notices of the ministries, by year, batch, ore and holder."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import duckdb
import pytest

from policytrack.events import Event
from policytrack.events.policy import QuotaIssued
from tests.record.record_support import TODAY, one

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
