"""Cases for the checks of owners, published totals, rules, quotas and claims."""

from __future__ import annotations

from typing import Any, Final

from policytrack.events import Event
from tests.projections.check_cases_building import Cases
from tests.projections.policy_world import rule
from tests.projections.world import claim, corrected, event, facility, firm, stated

MINING = {"jurisdiction": "CN", "activity_id": "rare-earth-mining-quota", "stage": "mining"}


def quota(id_: str, year: int, amount: str, batch: str = "B1", **fields: Any) -> Event:
    given = {"material": "light", **MINING, "quota_id": id_, "year": year, "batch": batch, "amount": amount, **fields}
    return event("quota_issued", f"{year}-03-01", **given)


def share(owned: str, owner: str, percent: str, day: str = "2020-01-01") -> Event:
    return event("stake_stated", day, owned_id=owned, owner_id=owner, stake_pct=percent, kind="issued")


def sold(owned: str, seller: str, percent: str, day: str = "2021-01-01") -> Event:
    given = {"owned_id": owned, "from_id": seller, "to_id": "buyer", "stake_pct": percent, "kind": "sale"}
    return event("stake_transferred", day, **given)


CONTESTED = quota("contested", 2019, "60", holder_id="owner", jurisdiction="AR")
AGREED = quota("agreed", 2019, "60", holder_id="buyer", jurisdiction="AR")
TAKEN_OVER = quota("taken-over", 2018, "60", holder_id="buyer", jurisdiction="AR")
OWNERS_AND_POLICY: Final[Cases] = {
    "venture_dissolved": (
        [
            *(firm(name) for name in ("ended", "lasting")),
            facility("left-behind", "ended"),
            facility("taken-over", "ended"),
            facility("still-run", "lasting"),
            event("joint_venture_dissolved", "2020-01-01", venture_id="ended"),
            event("facility_transferred", "2020-01-01", facility_id="taken-over", operator_id="lasting"),
        ],
        {"facility:left-behind"},
        {"facility:taken-over", "facility:still-run"},
    ),
    "shares_above_100": (
        [
            *(firm(name) for name in ("crowded", "exact")),
            facility("crowded-plant"),
            *(
                event("facility_stake_stated", "2020-01-01", facility_id="crowded-plant", owner_id=owner, stake_pct="60")
                for owner in ("owner", "buyer")
            ),
            share("crowded", "owner", "60"),
            share("crowded", "buyer", "50"),
            share("exact", "owner", "60"),
            share("exact", "buyer", "40"),
        ],
        {"firm:crowded", "facility:crowded-plant"},
        {"firm:exact"},
    ),
    "owner_sold_more_than_held": (
        [
            *(firm(name) for name in ("short-seller", "seller", "target")),
            share("target", "short-seller", "10"),
            sold("target", "short-seller", "15"),
            share("target", "seller", "10"),
            sold("target", "seller", "10"),
        ],
        {"firm:short-seller"},
        {"firm:seller"},
    ),
    "control_unclear": (
        [
            *(firm(name) for name in ("about-half", "all-unknown", "most-known", "bounded", "word-given", "word-ended")),
            share("about-half", "owner", "45-55"), share("about-half", "buyer", "20"),
            share("all-unknown", "owner", "unknown"),
            share("most-known", "owner", "unknown"), share("most-known", "buyer", "55"),
            share("bounded", "owner", "<= 90"), share("bounded", "buyer", "30"), share("bounded", "builder", "20"),
            share("word-given", "owner", "40-60"),
            event("control_asserted", "2021-01-01", controller_id="owner", controlled_id="word-given", rationale="board"),
            share("word-ended", "owner", "40-60"),
            event("control_ended", "2021-01-01", controller_id="owner", controlled_id="word-ended"),
        ],
        {"firm:about-half", "firm:all-unknown"},
        {f"firm:{name}" for name in ("most-known", "bounded", "word-given", "word-ended")},
    ),
    "holder_merged_away": (
        [
            *(firm(name) for name in ("gone", "merged-after", "whole")),
            event("firm_merged", "2021-01-01", firm_id="gone", into_firm_id="owner"),
            share("whole", "gone", "10", "2022-01-01"),
            share("whole", "merged-after", "10", "2022-01-01"),
            event("firm_merged", "2022-06-01", firm_id="merged-after", into_firm_id="owner"),
        ],
        {"firm:gone"},
        {"firm:merged-after"},
    ),
    "statistic_out_of_tolerance": (
        [
            event("capacity_reported", "2020-06-01", region="CN-HE", activity_id="alumina", capacity="900", tolerance_pct="5"),
            event("capacity_reported", "2020-06-01", country="CN", activity_id="alumina", capacity="1000", tolerance_pct="5"),
            stated("hebei-works", "960", "2020-01-01", activity_id="alumina"),
        ],
        {"region:CN-HE"},
        {"country:CN"},
    ),
    "suspension_lapsed": (
        [
            rule("back-again", "export_control", "2025-10-09", "rare-earth-separation"),
            event("rule_suspended", "2025-11-07", rule_id="back-again", until="2025-12-31"),
            rule("still-off", "export_control", "2025-10-09", "rare-earth-separation"),
            event("rule_suspended", "2025-11-07", rule_id="still-off", until="2026-01-01"),
        ],
        {"rule:back-again"},
        {"rule:still-off"},
    ),
    "quota_sum_off": (
        [
            quota("short-a", 2020, "60", holder_id="owner"),
            quota("short-b", 2020, "30", holder_id="buyer"),
            quota("short-nation", 2020, "100"),
            quota("right-a", 2021, "60", holder_id="owner", jurisdiction="US"),
            quota("right-b", 2021, "40", holder_id="buyer", jurisdiction="US"),
            quota("right-nation", 2021, "100", jurisdiction="US"),
            quota("withheld-a", 2022, "60", holder_id="owner", jurisdiction="US"),
            quota("withheld-b", 2022, "withheld", holder_id="buyer", jurisdiction="US"),
            quota("withheld-nation", 2022, "100", jurisdiction="US"),
            quota("all-light", 2023, "60", holder_id="owner", jurisdiction="AU"),
            quota("all-ionic", 2023, "30", holder_id="owner", jurisdiction="AU", material="ionic"),
            quota("all-nation", 2023, "100", jurisdiction="AU", material="all"),
            quota("sum-light", 2023, "60", holder_id="owner", jurisdiction="CA"),
            quota("sum-ionic", 2023, "30", holder_id="owner", jurisdiction="CA", material="ionic"),
            quota("sum-all", 2023, "10", holder_id="buyer", jurisdiction="CA", material="all"),
            quota("sum-part", 2023, "4", holder_id="buyer", jurisdiction="CA", material="ionic"),
            quota("sum-nation", 2023, "100", jurisdiction="CA", material="all"),
            quota("part-light", 2023, "60", holder_id="owner", jurisdiction="CL"),
            quota("part-nation", 2023, "60", jurisdiction="CL"),
            quota("part-nation-all", 2023, "100", jurisdiction="CL", material="all"),
        ],
        {"country:CN", "country:AU"},
        {"country:US", "country:CA", "country:CL"},
    ),
    "claim_contradicted": (
        [
            CONTESTED, AGREED, TAKEN_OVER,
            claim(CONTESTED, "contradicts", "2020-01-01", amount="70"),
            claim(AGREED, "corroborates", "2020-01-01"),
            claim(TAKEN_OVER, "contradicts", "2020-01-01", amount="70"),
            corrected(TAKEN_OVER, "revision", "2020-02-01", amount="70"),
        ],
        {f"event:{CONTESTED.event_id}"},
        {f"event:{AGREED.event_id}", f"event:{TAKEN_OVER.event_id}"},
    ),
    "quota_year_off": (
        [
            quota("half", 2020, "60", holder_id="year-off"),
            quota("other-half", 2020, "30", "B2", holder_id="year-off"),
            quota("whole-year", 2020, "100", "FY", holder_id="year-off"),
            quota("first", 2020, "60", holder_id="year-right"),
            quota("second", 2020, "40", "B2", holder_id="year-right"),
            quota("year", 2020, "100", "FY", holder_id="year-right"),
        ],
        {"firm:year-off"},
        {"firm:year-right"},
    ),
}  # fmt: skip
