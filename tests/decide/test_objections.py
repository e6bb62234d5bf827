"""What is refused unless it is acknowledged: draws beyond a lot, ratios, moratoria, splits, completions, retirements."""

from __future__ import annotations

from typing import Any

import pytest

from policytrack.errors import MalformedInput, NeedsAcknowledgement
from policytrack.events import Event
from tests.examples import again, correction, facility, firm, make, project, retraction
from tests.scenario import given

STEEL = {"activity_id": "crude-steel"}
HERE = {"country": "CN", "region": "CN-GX"}
WORLD = [
    firm(),
    facility("works", **HERE),
    facility("hebei-works", country="CN", region="CN-HE"),
    facility("canton-works", country="CN", region="CN-GD"),
    facility("furnaces", **HERE),
    project("line", facility_id="works", **STEEL),
    project("hebei-line", facility_id="hebei-works", **STEEL),
    project("canton-line", facility_id="canton-works", **STEEL),
]


def lot(lot_id: str = "lot", capacity: str = "115", **fields: Any) -> Event:
    given_ = {"facility_id": "furnaces", "effective": "2020-01-01", **STEEL, **fields}
    return make("credit_lot_recognised", lot_id=lot_id, capacity=capacity, **given_)


def swap(swap_id: str = "swap", drawn: str | None = None, **fields: Any) -> Event:
    legs = [{"lot_id": "lot", "capacity": drawn}] if drawn else []
    build = {"build_capacity": drawn or "100", "ratio": "1", "legs": legs}
    return make("capacity_swap_announced", swap_id=swap_id, **{"project_id": "line", **STEEL, **build, **fields})


def rule(rule_id: str = "rule", kind: str = "replacement_ratio", **fields: Any) -> Event:
    ratio = {"ratio_min": "1.25"} if kind == "replacement_ratio" else {}
    span = {"effective": "2021-05-06", "in_force_from": "2021-06-01"}
    return make("rule_enacted", rule_id=rule_id, title="Measures", kind=kind, jurisdiction="CN", activities=["crude-steel"],
                **{**ratio, **span, **fields})  # fmt: skip


def legs(*capacities: str) -> list[dict[str, str]]:
    return [{"facility_id": "furnaces", "capacity": capacity} for capacity in capacities]


HEZHOU = [*WORLD, lot(), swap("earlier", "75"), swap("hezhou", "39.5")]


def test_a_lot_is_not_drawn_beyond_what_it_holds() -> None:
    error = given(*HEZHOU).when(swap("one-more", "1")).refused(
        NeedsAcknowledgement,
        "lot_overdrawn: cannot draw 1 from lot lot: it holds 115, of which e10 (earlier), e11 (hezhou) drew 114.5, and 0.5 is left",
    )  # fmt: skip
    assert "--acknowledge lot_overdrawn" in error.hint
    given(*HEZHOU).when(swap("the-rest", "0.5")).then_recorded()


def test_what_is_acknowledged_is_recorded_with_its_reason() -> None:
    told = [{"check": "lot_overdrawn", "reason": "the notice says so"}]
    given(*HEZHOU).when(swap("one-more", "1", acknowledged=told)).then_recorded()


def test_only_checks_that_there_are_can_be_acknowledged() -> None:
    told = [{"check": "lot_too_small", "reason": "so"}]
    given(*HEZHOU).when(swap("the-rest", "0.5", acknowledged=told)).refused(
        MalformedInput, "cannot acknowledge 'lot_too_small'"
    )


def test_a_revoked_swap_an_amendment_and_a_return_give_credit_back() -> None:
    revoked = make("capacity_swap_revoked", swap_id="hezhou", effective="2025-10-05")
    given(*HEZHOU, revoked).when(swap("next", "40")).then_recorded()
    amended = make("capacity_swap_amended", swap_id="hezhou", legs=legs("39.5"))
    given(*HEZHOU, amended).when(swap("next", "40")).then_recorded()
    returned = make("credit_lot_returned", lot_id="lot", swap_id="hezhou", capacity="10")
    given(*HEZHOU, returned).when(swap("next", "10.5")).then_recorded()
    given(*HEZHOU, returned).when(swap("next", "11")).refused(NeedsAcknowledgement, "cannot draw 11 from lot lot")


def test_a_corrected_or_retracted_draw_counts_as_it_stands() -> None:
    earlier, hezhou = HEZHOU[-2:]
    less = correction(earlier, legs=[{"lot_id": "lot", "capacity": "5"}], build_capacity="5")
    given(*HEZHOU, less).when(swap("next", "70")).then_recorded()
    given(*HEZHOU, less).when(swap("next", "71")).refused(NeedsAcknowledgement, "70.5 is left")
    given(*HEZHOU, retraction(hezhou)).when(swap("next", "40")).then_recorded()
    more = correction(hezhou, legs=[{"lot_id": "lot", "capacity": "41"}], build_capacity="41")
    given(*HEZHOU).when(more).refused(NeedsAcknowledgement, "40 is left")


def test_of_two_draws_in_one_import_the_later_is_refused() -> None:
    given(*WORLD, lot()).when(swap("first", "100"), swap("second", "16")).refused(NeedsAcknowledgement, "15 is left")
    given(*WORLD).when(swap("first", "100"), swap("second", "15"), lot()).then_recorded()


def test_an_expired_lot_is_not_drawn() -> None:
    expired = lot(expires_on="2018-12-31")
    given(*WORLD, expired).when(swap("late", "10")).refused(
        NeedsAcknowledgement, "lot_expired: lot lot expired after 2018-12-31"
    )
    given(*WORLD, expired).when(swap("in-time", "10", effective="2018-12-31")).then_recorded()


def test_legs_that_do_not_add_up_are_refused_and_undisclosed_ones_count() -> None:
    mirror = swap(build_capacity="7000", legs=legs("300", "2000", "2000"))
    given(*WORLD).when(mirror).refused(NeedsAcknowledgement, "legs_below_required: the legs add up to 4,300; the swap")
    given(*WORLD).when(swap(build_capacity="7000", legs=legs("3000", "2000", "2000"))).then_recorded()
    hidden = [*legs("3000"), {"undisclosed": True, "capacity": "4000"}]
    given(*WORLD).when(swap(build_capacity="7000", legs=hidden)).then_recorded()
    given(*WORLD).when(swap(build_capacity="7000", legs=legs(">= 3000"))).then_recorded()
    given(*WORLD).when(swap(legs=[])).then_recorded()


def test_an_amendment_is_weighed_like_the_notice() -> None:
    amended = make("capacity_swap_amended", swap_id="swap", legs=legs("60"))
    given(*WORLD, swap(legs=legs("100"))).when(amended).refused(
        NeedsAcknowledgement, "add up to 60; the swap requires 100"
    )


def test_a_rule_of_a_region_is_that_of_the_region_where_the_facility_is_on_the_day_of_the_announcement() -> None:
    strict = rule(regions=["CN-HE"], ratio_min="1.5")
    there = make("facility_moved", facility_id="works", region="CN-HE", effective="2024-01-01")
    away = make("facility_moved", facility_id="hebei-works", region="CN-GX", effective="2024-01-01")
    of_hebei = swap(project_id="hebei-line")
    given(*WORLD, strict).when(swap()).then_recorded()
    given(*WORLD, strict).when(of_hebei).refused(NeedsAcknowledgement, "1.5")
    given(*WORLD, strict, there).when(swap()).refused(NeedsAcknowledgement, "1.5")
    given(*WORLD, strict, there).when(swap(effective="2023-12-31")).then_recorded()
    given(*WORLD, strict, away).when(of_hebei).then_recorded()
    given(*WORLD, strict, there, retraction(there)).when(swap()).then_recorded()
    given(*WORLD, strict).when(there, swap()).refused(NeedsAcknowledgement, "1.5")


RATIOS = [
    *WORLD,
    rule("elsewhere", regions=["key-regions"], outside_regions=True),
    rule("key", regions=["key-regions"], ratio_min="1.5", exceptions=[{"condition": "in place", "ratio_min": "1.2"}]),
]


@pytest.mark.parametrize(
    ("line", "ratio", "rule_id"),
    [("line", "1.25", None), ("line", "1.24", "elsewhere"), ("hebei-line", "1.2", None), ("hebei-line", "1.1", "key"),
     ("canton-line", "1", None)],
)  # fmt: skip
def test_a_ratio_below_the_rule_of_the_place_is_refused(line: str, ratio: str, rule_id: str | None) -> None:
    outcome = given(*RATIOS).when(swap(project_id=line, ratio=ratio))
    if rule_id is None:
        outcome.then_recorded()
    else:
        outcome.refused(NeedsAcknowledgement, f"of rule {rule_id}")


def test_the_rule_of_the_day_is_what_counts_suspended_and_repealed_ones_do_not() -> None:
    low = {"ratio": "1", "effective": "2022-03-01"}
    suspended = make("rule_suspended", rule_id="elsewhere", effective="2022-01-01", until="2022-06-30")
    repealed = make("rule_repealed", rule_id="elsewhere", effective="2022-03-01")
    given(*RATIOS).when(swap(**low)).refused(NeedsAcknowledgement, "ratio_below_rule")
    given(*RATIOS).when(swap(**{**low, "effective": "2021-05-31"})).then_recorded()
    given(*RATIOS, suspended).when(swap(**low)).then_recorded()
    given(*RATIOS, suspended).when(swap(**{**low, "effective": "2022-07-01"})).refused(NeedsAcknowledgement, "1.25")
    given(*RATIOS, repealed).when(swap(**low)).then_recorded()
    given(*RATIOS, repealed).when(swap(**{**low, "effective": "2022-02-28"})).refused(NeedsAcknowledgement, "1.25")


def test_a_vague_day_is_held_against_a_swap_only_when_the_rule_stood_on_all_of_it() -> None:
    suspended = make("rule_suspended", rule_id="elsewhere", effective="2022-03-15", until="2022-03-20")
    given(*RATIOS).when(swap(ratio="1", effective="2022-03")).refused(NeedsAcknowledgement, "ratio_below_rule")
    given(*RATIOS).when(swap(ratio="1", effective="2021")).then_recorded()
    given(*RATIOS).when(swap(ratio="1", effective="../2022-03-01")).then_recorded()
    given(*RATIOS, suspended).when(swap(ratio="1", effective="2022-03")).then_recorded()


def test_a_ratio_that_nobody_states_is_that_of_the_rule() -> None:
    silent = {"ratio": None, "build_capacity": "100"}
    given(*RATIOS).when(swap(legs=legs("125"), **silent)).then_recorded()
    given(*RATIOS).when(swap(legs=legs("100"), **silent)).refused(
        NeedsAcknowledgement, "the swap requires 125 (100 at 1.25 : 1)"
    )


def test_a_swap_is_not_announced_during_a_moratorium() -> None:
    pause = rule("pause", "moratorium", effective="2024-08-20", in_force_from="2024-08-23")
    day = {"effective": "2024-09-01"}
    given(*WORLD, pause).when(swap(**day)).refused(NeedsAcknowledgement, "moratorium pause is in force on 2024-09-01")
    told = [{"check": "swap_in_moratorium", "reason": "the plan was published all the same"}]
    given(*WORLD, pause).when(swap(acknowledged=told, **day)).then_recorded()
    given(*WORLD, pause).when(swap(effective="2024-08-22")).then_recorded()


def test_a_lot_that_may_not_be_split_is_drawn_whole() -> None:
    whole = rule("whole", "no_split", in_force_from="2024-11-01", effective="2024-11-01")
    given(*WORLD, whole, lot()).when(swap(drawn="100")).refused(NeedsAcknowledgement, "lot_split: rule whole forbids")
    given(*WORLD, whole, lot()).when(swap(drawn="115")).then_recorded()
    given(*WORLD, whole, lot()).when(swap(drawn="100", effective="2022-03-01")).then_recorded()


PLANNED = [*WORLD, make("project_approved", project_id="line", capacity="100", effective="2024-01-01")]


def done(capacity: str, day: str = "2025-01-01", **fields: Any) -> Event:
    return make("project_completed", project_id="line", capacity=capacity, effective=day, **fields)


def test_no_more_is_completed_than_was_planned_over_all_phases() -> None:
    given(*PLANNED, done("60")).when(done("40", "2025-06-01")).then_recorded()
    given(*PLANNED, done("60")).when(done("41", "2025-06-01")).refused(
        NeedsAcknowledgement, "would add up to 101; the plan is 100"
    )
    first = done("60")
    given(*PLANNED, first).when(correction(first, capacity="110")).refused(NeedsAcknowledgement, "would add up to 110")
    given(*WORLD).when(done("41")).then_recorded()
    given(*WORLD).when(done("60"), PLANNED[-1]).then_recorded()
    given(*PLANNED).when(again(first), done("50", "2025-02-01")).refused(NeedsAcknowledgement, "would add up to 110")


def test_a_cancelled_project_is_not_completed_unless_it_was_resumed() -> None:
    cancelled = make("project_cancelled", project_id="line", effective="2024-06-01")
    resumed = make("project_resumed", project_id="line", effective="2024-09-01")
    given(*PLANNED, cancelled).when(done("50")).refused(
        NeedsAcknowledgement, "completion_of_cancelled: line was cancelled"
    )
    given(*PLANNED, cancelled, resumed).when(done("50")).then_recorded()
    given(*PLANNED, cancelled).when(done("50", "2024-05-01")).then_recorded()


def at_works(verb: str, capacity: str, day: str) -> Event:
    return make(f"capacity_{verb}", facility_id="works", capacity=capacity, effective=day, **STEEL)


def test_no_more_is_retired_than_is_installed_by_then() -> None:
    stood = at_works("stated", "80", "2020-01-01")
    given(*WORLD, stood).when(at_works("retired", "81", "2021-01-01")).refused(
        NeedsAcknowledgement, "only 80 is installed"
    )
    given(*WORLD, stood).when(at_works("retired", "80", "2021-01-01")).then_recorded()
    gone = at_works("retired", "50", "2021-01-01")
    given(*WORLD, stood, gone).when(at_works("retired", "31", "2022-01-01")).refused(
        NeedsAcknowledgement, "only 30 is installed"
    )
    given(*PLANNED, stood, done("20", "2020-06-01")).when(at_works("retired", "100", "2021-01-01")).then_recorded()
    given(*WORLD, stood).when(at_works("retired", "81", "2019-01-01")).then_recorded()
    given(*WORLD).when(at_works("retired", "81", "2021-01-01")).then_recorded()
    given(*WORLD, at_works("stated", ">= 80", "2020-01-01")).when(
        at_works("retired", "81", "2021-01-01")
    ).then_recorded()


def test_of_what_happened_on_one_day_the_later_known_counts_whatever_was_recorded_first() -> None:
    june = {"effective": "2023-12-31", "known_on": "2024-06-01"}
    january = {"effective": "2023-12-31", "known_on": "2024-01-15"}
    at = {"facility_id": "works", **STEEL}
    final, preliminary = (
        make("capacity_stated", capacity=figure, **at, **day) for figure, day in (("100", june), ("90", january))
    )
    retired = make("capacity_retired", capacity="95", effective="2024-06-02", known_on="2024-12-01", **at)
    given(*WORLD, final, preliminary).when(retired).then_recorded()
    revised = correction(preliminary, known_on="2024-09-01", capacity="80")
    mended = correction(preliminary, "error", known_on="2024-09-01", capacity="80")
    given(*WORLD, final, preliminary, mended).when(retired).then_recorded()
    given(*WORLD, final, preliminary, revised).when(retired).refused(NeedsAcknowledgement, "only 80 is installed")


def test_an_exact_statement_after_one_that_is_not_exact_limits_what_may_be_retired() -> None:
    vague, exact = at_works("stated", ">= 80", "2020-01-01"), at_works("stated", "50", "2021-01-01")
    given(*WORLD, vague, exact).when(at_works("retired", "51", "2022-01-01")).refused(
        NeedsAcknowledgement, "only 50 is installed"
    )
    given(*WORLD, exact, at_works("stated", ">= 80", "2021-06-01")).when(
        at_works("retired", "51", "2022-01-01")
    ).then_recorded()


def test_a_completion_of_the_day_of_a_cancellation_known_later_is_no_objection() -> None:
    day = {"effective": "2025-01-01"}
    cancelled = make("project_cancelled", project_id="line", known_on="2025-06-01", **day)
    given(*PLANNED, cancelled).when(done("50", known_on="2025-03-01")).then_recorded()
    given(*PLANNED, cancelled).when(done("50", known_on="2025-07-01")).refused(NeedsAcknowledgement, "cancelled on")
