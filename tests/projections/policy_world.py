"""A world of policy: the worked examples of rules, moratoria, credit lots, quotas, support and published totals."""

from __future__ import annotations

from typing import Any

from policytrack.events import Event
from tests.projections.world import event, facility, firm, moved, project, stated

STEEL = {"activity_id": "crude-steel"}
CLINKER = {"activity_id": "cement-clinker"}
ALUMINIUM = {"activity_id": "primary-aluminium"}


def swap(
    id_: str, build: str, legs: list[dict[str, Any]], day: str, where: str = "works", **fields: Any
) -> list[Event]:
    """A project and its swap, announced on a day; of steel when nothing else is said."""
    activity, known_on = {"activity_id": fields.pop("activity_id", "crude-steel")}, fields.pop("known_on", day)
    return [
        project(f"{id_}-line", where, "builder", **activity),
        event("project_announced", day, known_on, project_id=f"{id_}-line", capacity=build),
        event("capacity_swap_announced", day, known_on, swap_id=id_, project_id=f"{id_}-line", build_capacity=build, legs=legs,
              **activity, **fields),
    ]  # fmt: skip


def lot(id_: str, where: str, capacity: str, day: str, **fields: Any) -> Event:
    return event("credit_lot_recognised", day, lot_id=id_, facility_id=where, capacity=capacity, **{**STEEL, **fields})


def rule(id_: str, kind: str, start: str, activity: str = "crude-steel", **fields: Any) -> Event:
    given = {"title": id_, "jurisdiction": "CN", "activities": [activity], "in_force_from": start, **fields}
    return event("rule_enacted", fields.pop("signed", start), rule_id=id_, kind=kind, **given)


def draws(lot_id: str, capacity: str) -> dict[str, Any]:
    return {"lot_id": lot_id, "capacity": capacity}


OPEN = {"undisclosed": True}
RULES = [
    rule("steel-key", "replacement_ratio", "2021-06-01", regions=["CN-HE", "CN-GD"], ratio_min="1.5",
         exceptions=[{"condition": "furnace to furnace", "ratio_min": "1"}]),
    rule("steel-elsewhere", "replacement_ratio", "2021-06-01", regions=["CN-HE", "CN-GD"], outside_regions=True, ratio_min="1.25",
         exceptions=[{"condition": "furnace to furnace", "ratio_min": "1"}]),
    rule("steel-pause", "moratorium", "2024-08-23"),
    rule("clinker-whole", "no_split", "2024-11-01", "cement-clinker"),
    event("rule_enacted", "2025-07-28", "2025-08-22", rule_id="interim-measures", title="Interim measures", jurisdiction="CN",
          document_no="Order 71", kind="quota_regime", activities=["rare-earth-mining-quota", "rare-earth-separation-quota"],
          in_force_from="2025-08-22"),
    rule("export-notice", "export_control", "2025-10-09", "rare-earth-separation"),
    event("rule_suspended", "2025-11-07", rule_id="export-notice", until="2026-11-10"),
    rule("old-measures", "other", "2015-04-01"),
    event("rule_repealed", "2017-12-31", rule_id="old-measures"),
]  # fmt: skip
HEZHOU = [
    lot("two-furnaces", "furnaces", "115万吨", "2022-01-01"),
    *swap("earlier", "75万吨", [draws("two-furnaces", "75万吨")], "2022-06-01", ratio="1"),
    *swap(
        "hezhou",
        "75万吨",
        [draws("two-furnaces", "39.5万吨"), {**OPEN, "capacity": "35.5万吨"}],
        "2023-05-06",
        ratio="1",
    ),
    *swap("one-more", "1万吨", [draws("two-furnaces", "1万吨")], "2023-09-01", ratio="1"),
]
FANGCHENGGANG = swap(
    "fangchenggang", "500.84万吨",
    [{"facility_id": "donor", "capacity": "148.34万吨"}, {**OPEN, "capacity": "265.5万吨"}, {**OPEN, "capacity": "87万吨"}],
    "2020-01-20", activity_id="ironmaking", ratio="1",
)  # fmt: skip
DESHENG = [
    *swap("desheng", "unknown", [], "2019-10-17", ratio="1.25"),
    event(
        "swap_objection_lodged", "2019-10-23", swap_id="desheng", objector="firms of Guangxi", reason="counted twice"
    ),
    event("capacity_swap_revoked", "2019-11-07", swap_id="desheng", reason="to avoid double replacement"),
]
LIANCHUAN = [
    lot("henan-smelter", "smelter", "20万吨", "2018-01-01", holder_id="seller", **ALUMINIUM),
    event(
        "credit_lot_transferred",
        "2018-06-01",
        lot_id="henan-smelter",
        from_id="seller",
        to_id="builder",
        capacity="20万吨",
    ),
    *swap("lianchuan", "20万吨", [draws("henan-smelter", "20万吨")], "2018-07-01", ratio="1", **ALUMINIUM),
    event("credit_lot_returned", "2022-08-12", lot_id="henan-smelter", swap_id="lianchuan", capacity="20万吨"),
]
RETURNED = [
    lot("old-kiln", "kiln-works", "2000", "2020-01-01", expires_on="2024-12-31", **CLINKER),
    *swap("first-of-kiln", "600", [draws("old-kiln", "1200")], "2022-03-01", ratio="2", **CLINKER),
    *swap("went-back", "500", [draws("old-kiln", "1000")], "2025-03-01", ratio="2", **CLINKER),
    event("credit_lot_returned", "2025-07-01", lot_id="old-kiln", swap_id="went-back", capacity="1000"),
    lot("first-donor", "smelter", "100", "2020-01-01", **ALUMINIUM),
    *swap("new-donor", "100", [draws("first-donor", "100")], "2021-01-01", ratio="1", **ALUMINIUM),
    event("credit_lot_returned", "2022-01-01", lot_id="first-donor", swap_id="new-donor", capacity="100"),
    event(
        "capacity_swap_amended", "2022-02-01", swap_id="new-donor", legs=[{"facility_id": "donor", "capacity": "100"}]
    ),
]


def vague(id_: str, day: str, known_on: str, covered: str = "125", **fields: Any) -> list[Event]:
    """A swap of which only a month or a year is known."""
    return swap(id_, "100", [{"facility_id": "donor", "capacity": covered}], day, known_on=known_on, **fields)


IRON = {"activity_id": "ironmaking", "ratio": "1"}
VAGUE = [
    *vague("all-of-2021", "2021", "2021-12-31"),
    *vague("july-2021", "2021-07", "2021-07-31"),
    *vague("august-2024", "2024-08", "2024-08-31", ratio="1.25"),
    *vague("september-2024", "2024-09", "2024-09-30", ratio="1.25"),
    rule("iron", "replacement_ratio", "2020-02-01", "ironmaking", ratio_min="1.25"),
    event("rule_suspended", "2022-06-01", rule_id="iron", until="2022-08-31"),
    *vague("all-of-2022", "2022", "2022-12-31", "100", **IRON),
    *vague("june-2022", "2022-06", "2022-06-30", "100", **IRON),
    *vague("october-2022", "2022-10", "2022-10-31", "100", **IRON),
    *swap(
        "low-somewhere", "100", [{"facility_id": "donor", "capacity": "130"}], "2022-01-01", "somewhere", ratio="1.3"
    ),
    *swap(
        "high-somewhere", "100", [{"facility_id": "donor", "capacity": "150"}], "2022-01-01", "somewhere", ratio="1.5"
    ),
]
CLOSED = [
    stated("closed-smelter", "30000", "2010-01-01", **ALUMINIUM),
    moved("retired", "closed-smelter", "30000", "2014-01-01", "2017-09-20", lot_id="closed-lot", **ALUMINIUM),
    lot("closed-lot", "closed-smelter", "30000", "2017-09-20", expires_on="2018-12-31", **ALUMINIUM),
    *swap("in-time", "20000", [draws("closed-lot", "20000")], "2018-11-01", ratio="1", **ALUMINIUM),
    *swap("too-late", "10000", [draws("closed-lot", "10000")], "2019-02-01", ratio="1", **ALUMINIUM),
    event("project_completed", "2020-01-01", project_id="in-time-line", capacity="20000"),
]
RATIOS = [
    *swap("key-region", "100", [{"facility_id": "donor", "capacity": "130"}], "2022-01-01", "hebei-works", ratio="1.3"),
    *swap("far-below", "100", [{"facility_id": "donor", "capacity": "90"}], "2022-01-01", "hebei-works", ratio="0.9"),
    *swap("by-rule", "100", [{"facility_id": "donor", "capacity": "125"}], "2022-01-01"),
    *swap("nowhere", "100", [{"facility_id": "donor", "capacity": "125"}], "2022-01-01", "somewhere"),
    *swap("paused", "100", [{"facility_id": "donor", "capacity": "125"}], "2024-09-01", ratio="1.25"),
    *swap(
        "named-rule",
        "100",
        [{"facility_id": "donor", "capacity": "150"}],
        "2022-01-01",
        "somewhere",
        rule_id="steel-key",
    ),
]
SPLIT = [
    lot("kiln", "kiln-works", "2000", "2020-01-01", **CLINKER),
    *swap("split-then", "500", [draws("kiln", "1000")], "2022-03-01", ratio="2", **CLINKER),
    *swap("split-now", "500", [draws("kiln", "1000")], "2025-03-01", ratio="2", **CLINKER),
]
AMENDED = [
    *swap("amended", "100", [{**OPEN, "capacity": "125"}], "2022-01-01", ratio="1.25"),
    event("capacity_swap_amended", "2022-06-01", swap_id="amended", legs=[{"facility_id": "donor", "capacity": "125"}]),
]
QUOTAS = [
    event("quota_issued", "2020-01-01", quota_id="q1", jurisdiction="CN", activity_id="rare-earth-mining-quota", stage="mining",
          material="light", year=2020, batch="B1", holder_id="seller", amount="100"),
    event("quota_issued", "2020-07-01", quota_id="q2", jurisdiction="CN", activity_id="rare-earth-mining-quota", stage="mining",
          material="light", year=2020, batch="B2", holder_id="seller", amount="50"),
    event("quota_issued", "2020-07-01", quota_id="q3", jurisdiction="CN", activity_id="rare-earth-mining-quota", stage="mining",
          material="light", year=2020, batch="B2", amount="withheld"),
    event("firm_merged", "2021-01-01", firm_id="seller", into_firm_id="builder"),
]  # fmt: skip
SUPPORT = [
    event("support_awarded", "2020-02-01", support_id="grant", jurisdiction="US", recipient_id="builder", instrument="grant",
          stage=stage, amount=amount)
    for stage, amount in (("announced", "USD 6.14 bn"), ("awarded", "USD 6 bn"))
]  # fmt: skip
REPORTS = [
    event("capacity_reported", "2020-06-01", country="CN", activity_id="alumina", capacity="1000", tolerance_pct="5"),
    event("capacity_reported", "2020-06-01", region="CN-HE", activity_id="alumina", capacity="900", tolerance_pct="5"),
    stated("hebei-works", "960", "2020-01-01", activity_id="alumina"),
    stated("somewhere", "unknown", "2020-01-01", activity_id="alumina"),
]
EVENTS = [
    *(firm(name) for name in ("builder", "seller")),
    *(facility(name, "builder", region="CN-GX") for name in ("works", "furnaces", "donor", "smelter", "closed-smelter", "kiln-works")),
    facility("hebei-works", "builder", region="CN-HE"),
    facility("somewhere", "builder"),
    *RULES, *HEZHOU, *FANGCHENGGANG, *DESHENG, *LIANCHUAN, *RETURNED, *VAGUE, *CLOSED, *RATIOS, *SPLIT, *AMENDED, *QUOTAS, *SUPPORT, *REPORTS,
]  # fmt: skip
