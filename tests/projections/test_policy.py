"""Rules, moratoria, credit lots, quotas, support and published totals: what is asked of the worked examples."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.projections import policy_world
from tests.projections.world import row, rows

EVENTS = policy_world.EVENTS


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
