"""Rules, moratoria, credit lots, quotas, support and published totals: the worked examples of policy."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from policytrack.events import Event
from tests.projections.world import event, facility, firm, moved, project, row, rows, stated

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


def judged(world: Path, id_: str, day: str = "2026-01-01", known: str | None = None) -> dict[str, Any]:
    return row(world, f"FROM capacity_swap WHERE swap_id = '{id_}'", day, known)


def held(world: Path, id_: str, day: str = "2026-01-01") -> dict[str, Any]:
    return row(world, f"FROM credit_lot WHERE lot_id = '{id_}'", day)


def in_force(world: Path, day: str, known: str | None = None) -> set[str]:
    return {one["rule_id"] for one in rows(world, "FROM policy_in_force", day, known)}


def test_hezhou_draws_what_is_left_of_a_lot_and_one_more_is_too_much(world: Path) -> None:
    at_first, then = held(world, "two-furnaces", "2023-05-31"), held(world, "two-furnaces")
    assert (at_first["recognised"], at_first["drawn"], at_first["remaining"]) == (1_150_000, 1_145_000, 5_000)
    assert then["remaining"] == -5_000
    assert (judged(world, "hezhou")["verdict"], judged(world, "hezhou")["reasons"]) == (
        "unverified",
        ["exception_needed", "donor_undisclosed"],
    )
    assert (judged(world, "one-more")["verdict"], judged(world, "one-more")["reasons"]) == (
        "fail",
        ["lot_overdrawn", "exception_needed"],
    )


def test_fangchenggang_covers_a_part_of_what_it_builds(world: Path) -> None:
    one = judged(world, "fangchenggang")
    assert (one["named"], one["required"], one["undisclosed"]) == (1_483_400, 5_008_400, 3_525_000)
    assert one["verdict"] == "unverified"


def test_desheng_is_live_until_it_is_revoked_and_in_the_knowledge_of_october_it_still_is(world: Path) -> None:
    assert judged(world, "desheng", "2019-10-20")["status"] == "announced"
    assert judged(world, "desheng", "2019-10-24")["status"] == "objected"
    gone = judged(world, "desheng", "2019-11-10")
    assert (gone["status"], gone["verdict"], gone["owed"], str(gone["revoked_on"])) == (
        "revoked",
        None,
        0,
        "2019-11-07",
    )
    assert judged(world, "desheng", "2019-11-10", "2019-10-20")["status"] == "announced"


def test_lianchuan_bought_credit_drew_it_and_returned_it(world: Path) -> None:
    drawn, back = held(world, "henan-smelter", "2020-01-01"), held(world, "henan-smelter")
    assert (drawn["drawn"], drawn["returned"], drawn["remaining"], drawn["holder_id"]) == (200_000, 0, 0, "builder")
    assert (back["drawn"], back["returned"], back["remaining"]) == (200_000, 200_000, 200_000)


def test_a_swap_whose_credit_went_back_is_covered_by_nobody(world: Path) -> None:
    covered, bare = judged(world, "lianchuan", "2022-08-11"), judged(world, "lianchuan")
    assert (covered["named"], covered["undisclosed"], covered["verdict"]) == (200_000, 0, "pass")
    assert (bare["named"], bare["undisclosed"], bare["verdict"]) == (0, 200_000, "unverified")
    assert bare["reasons"] == ["credit_returned"]


def test_what_went_back_is_neither_late_nor_split_nor_too_much(world: Path) -> None:
    before, after = judged(world, "went-back", "2025-06-01"), judged(world, "went-back")
    assert (before["verdict"], before["reasons"]) == ("fail", ["lot_split", "lot_overdrawn", "lot_expired"])
    assert (after["verdict"], after["reasons"]) == ("unverified", ["credit_returned"])


def test_new_legs_after_a_return_cover_again(world: Path) -> None:
    again = judged(world, "new-donor")
    assert (again["named"], again["verdict"], again["reasons"]) == (100, "pass", [])


def test_a_vague_day_on_both_sides_of_a_rule_is_judged_by_neither(world: Path) -> None:
    straddling = judged(world, "all-of-2021")
    assert (straddling["ratio"], straddling["reasons"]) == (None, ["ratio_unknown", "rule_uncertain"])
    assert (judged(world, "july-2021")["ratio"], judged(world, "july-2021")["verdict"]) == (Decimal("1.25"), "pass")
    august = judged(world, "august-2024")
    assert (august["verdict"], august["reasons"]) == ("unverified", ["rule_uncertain"])
    assert judged(world, "september-2024")["reasons"] == ["swap_in_moratorium"]


def test_a_suspension_within_a_vague_day_leaves_the_rule_uncertain(world: Path) -> None:
    reasons = {id_: judged(world, id_)["reasons"] for id_ in ("all-of-2022", "june-2022", "october-2022")}
    assert reasons == {"all-of-2022": ["rule_uncertain"], "june-2022": [], "october-2022": ["ratio_below_rule"]}


def test_a_stated_ratio_does_not_pass_where_a_rule_that_asks_for_more_may_govern(world: Path) -> None:
    low, high = judged(world, "low-somewhere"), judged(world, "high-somewhere")
    assert (low["verdict"], low["reasons"]) == ("unverified", ["rule_uncertain"])
    assert (high["verdict"], high["reasons"]) == ("pass", [])


def test_credit_of_a_closed_smelter_is_gone_already_and_expires(world: Path) -> None:
    one = judged(world, "in-time")
    assert (one["retired"], one["owed"], one["verdict"]) == (20_000, 0, "pass")
    assert (judged(world, "too-late")["verdict"], judged(world, "too-late")["reasons"]) == ("fail", ["lot_expired"])
    assert not held(world, "closed-lot", "2018-12-31")["is_expired"]
    assert held(world, "closed-lot", "2019-01-01")["is_expired"]


def test_the_nation_owes_nothing_for_credit_that_was_gone_before(world: Path) -> None:
    figures = "SELECT * FROM national_capacity WHERE activity_id = 'primary-aluminium'"
    nation = row(world, figures, "2021-01-01")
    assert (nation["operating"], nation["owed_retirement"], nation["net"]) == (20_000, 0, 20_000)


def test_a_ratio_comes_from_the_notice_or_else_from_the_rule_of_the_place_and_day(world: Path) -> None:
    by_rule = judged(world, "by-rule")
    assert (by_rule["ratio"], by_rule["ratio_basis"], by_rule["rule_id"], by_rule["verdict"]) == (
        Decimal("1.25"), "rule", "steel-elsewhere", "pass"
    )  # fmt: skip
    named = judged(world, "named-rule")
    assert (named["ratio"], named["ratio_basis"], named["verdict"]) == (Decimal("1.5"), "rule", "pass")
    nowhere = judged(world, "nowhere")
    assert (nowhere["ratio"], nowhere["ratio_basis"], nowhere["reasons"]) == (
        None,
        "unknown",
        ["ratio_unknown", "rule_uncertain"],
    )


def test_a_ratio_below_the_rule_fails_unless_an_exception_may_apply(world: Path) -> None:
    assert (judged(world, "key-region")["verdict"], judged(world, "key-region")["reasons"]) == (
        "unverified",
        ["exception_needed"],
    )
    assert (judged(world, "far-below")["verdict"], judged(world, "far-below")["reasons"]) == (
        "fail",
        ["ratio_below_rule"],
    )


def test_a_plan_published_during_a_moratorium_fails(world: Path) -> None:
    assert (judged(world, "paused")["verdict"], judged(world, "paused")["reasons"]) == ("fail", ["swap_in_moratorium"])


def test_splitting_a_clinker_lot_passes_in_2022_and_fails_in_2025(world: Path) -> None:
    assert judged(world, "split-then")["verdict"] == "pass"
    assert (judged(world, "split-now")["verdict"], judged(world, "split-now")["reasons"]) == ("fail", ["lot_split"])


def test_an_amendment_gives_new_legs_and_keeps_the_other_terms(world: Path) -> None:
    before, after = judged(world, "amended", "2022-03-01"), judged(world, "amended")
    assert (before["named"], before["verdict"]) == (0, "unverified")
    assert (after["named"], after["required"], after["verdict"]) == (125, 125, "pass")
    assert judged(world, "amended", "2026-01-01", "2022-03-01")["verdict"] == "unverified"


def test_an_instrument_has_the_day_it_was_signed_the_day_it_was_public_and_the_day_it_binds(world: Path) -> None:
    assert "interim-measures" not in in_force(world, "2025-08-21", "2026-01-01")
    assert "interim-measures" not in in_force(world, "2025-08-25", "2025-08-21")
    assert "interim-measures" in in_force(world, "2025-08-22")


def test_a_suspended_rule_is_back_when_its_suspension_lapses_by_its_own_date(world: Path) -> None:
    assert "export-notice" in in_force(world, "2025-11-06")
    assert "export-notice" not in in_force(world, "2026-06-01")
    assert "export-notice" not in in_force(world, "2026-11-10")
    again = row(world, "FROM policy_in_force WHERE rule_id = 'export-notice'", "2026-11-11")
    assert str(again["suspended_until"]) == "2026-11-10"


def test_a_repealed_rule_ends_the_day_before(world: Path) -> None:
    assert "old-measures" in in_force(world, "2017-12-30", "2026-01-01")
    assert "old-measures" not in in_force(world, "2017-12-31", "2026-01-01")


def test_quotas_add_up_over_the_batches_of_a_year_and_follow_mergers(world: Path) -> None:
    issued = {one["quota_id"]: one for one in rows(world, "FROM quota", "2020-12-31")}
    assert (issued["q1"]["cumulative"], issued["q2"]["cumulative"], issued["q2"]["group_id"]) == (100, 150, "seller")
    assert (issued["q3"]["amount"], issued["q3"]["is_withheld"], issued["q3"]["holder_id"]) == (None, True, None)
    assert {one["group_id"] for one in rows(world, "FROM quota WHERE holder_id IS NOT NULL", "2022-01-01")} == {
        "builder"
    }


def test_each_stage_of_a_support_has_its_amount(world: Path) -> None:
    stages = {one["stage"]: one["amount"] for one in rows(world, "FROM support", "2021-01-01")}
    assert stages == {"announced": 6_140_000_000, "awarded": 6_000_000_000}


def test_a_published_total_is_compared_and_never_added(world: Path) -> None:
    found = {one["scope_id"]: one for one in rows(world, "FROM statistic_reconciliation", "2020-12-31")}
    assert (found["CN"]["reported"], found["CN"]["computed"], found["CN"]["difference"]) == (1000, 960, -40)
    assert (found["CN"]["is_within"], found["CN"]["unknown_count"]) == (True, 1)
    assert (found["CN-HE"]["tolerance"], found["CN-HE"]["is_within"]) == (45, False)
    nation = row(world, "FROM national_capacity WHERE activity_id = 'alumina'", "2020-12-31")
    assert nation["installed"] == 960
