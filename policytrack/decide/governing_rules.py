"""Finds the rules that govern a swap: those for its activity and place that are in force when it is announced.

If the day of the announcement is vague, a rule must be in force on all possible days. The views compute the same in
`projections/_rule.sql` and `projections/_swap_rule.sql`; change them together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from policytrack.decide.events_in_force import SwapRecord, SwapTerms, first_day_of
from policytrack.decide.state import Known, RegionListed
from policytrack.events.policy import RuleEnacted, RuleRepealed, RuleSuspended
from policytrack.events.registry import FacilityMoved, FacilityRegistered, ProjectMoved, ProjectRegistered


@dataclass(frozen=True, slots=True)
class RequiredRatio:
    """The ratio that a rule requires; `least` is the lowest ratio that the rule or one of its exceptions allows."""

    rule_id: str
    ratio: Decimal
    least: Decimal


def governing(terms: SwapTerms, record: SwapRecord, known: Known) -> Iterator[RuleEnacted]:
    """Yield the rules that certainly govern the swap.

    A rule is left out when it covers only a part of the facility's region, or when it was in force on only some of the
    possible days of the announcement.
    """
    for rule_id, rule in record.rules.items():
        if rule_id == terms.rule_id or (
            terms.swap.activity_id in rule.activities
            and _in_force_throughout(rule, record, first_day_of(terms.swap), terms.announced.day)
            and _applies(rule, terms, record, known)
        ):
            yield rule


def required_ratio(terms: SwapTerms, governing_rules: Iterable[RuleEnacted]) -> RequiredRatio | None:
    """Return the ratio of the rule that the swap's notice names, otherwise the strictest of the governing rules."""
    rules = [rule for rule in governing_rules if rule.kind == "replacement_ratio"]
    named = [rule for rule in rules if rule.rule_id == terms.rule_id]
    strictest = max(named or rules, key=lambda rule: rule.ratio_min or Decimal(0), default=None)
    if strictest is None or strictest.ratio_min is None:
        return None
    exceptions = (one.ratio_min or Decimal(0) for one in strictest.exceptions)
    return RequiredRatio(strictest.rule_id, strictest.ratio_min, min(exceptions, default=strictest.ratio_min))


def _in_force_throughout(rule: RuleEnacted, record: SwapRecord, first: date, last: date) -> bool:
    # Of a vague start or end the latest possible day counts, as it does for the dates of events.
    start, end = rule.in_force_from.latest or date.max, rule.in_force_to and rule.in_force_to.latest
    if first < start or last > (end or date.max):
        return False
    for ending in record.endings[rule.rule_id]:
        event = ending.event
        if isinstance(event, RuleRepealed):
            last_day = event.in_force_to and event.in_force_to.latest
            if last > (last_day or ending.day - timedelta(days=1)):
                return False
        elif isinstance(event, RuleSuspended):
            until = event.until and event.until.latest  # None: suspended until further notice
            if ending.day <= last and first <= (until or date.max):
                return False
    return True


def _applies(rule: RuleEnacted, terms: SwapTerms, record: SwapRecord, known: Known) -> bool:
    project = known.registration("project", terms.swap.project_id)
    facility_id = _facility_of(project, terms.announced.day, record) if isinstance(project, ProjectRegistered) else None
    facility = known.registration("facility", facility_id) if facility_id else None
    if not isinstance(facility, FacilityRegistered):
        return False
    region = _region_of(facility, terms.announced.day, record)
    if rule.jurisdiction not in {facility.country, region}:
        return False
    if not rule.regions:
        return True
    if region is None:
        return False
    listed = [one for name in rule.regions for one in _listed(name, known, terms.announced.day)]
    here = [one for one in listed if one.region_code == region]
    if not here:
        return rule.outside_regions
    # A facility gives its province, not its city: in a province listed in part, the rule does not certainly apply.
    return any(one.is_whole for one in here) and not rule.outside_regions


def _facility_of(project: ProjectRegistered, day: date, record: SwapRecord) -> str:
    """Return the facility of the project on a day: where its last move led, otherwise that of its registration."""
    facility_id = project.facility_id
    for move in record.moves.get(project.project_id, ()):
        if isinstance(move.event, ProjectMoved) and move.day <= day:
            facility_id = move.event.facility_id
    return facility_id


def _region_of(facility: FacilityRegistered, day: date, record: SwapRecord) -> str | None:
    """Return the region of the facility on a day: where its last move led, otherwise that of its registration."""
    region = facility.region
    for move in record.facility_moves.get(facility.facility_id, ()):
        if isinstance(move.event, FacilityMoved) and move.day <= day:
            region = move.event.region
    return region


def _listed(name: str, known: Known, day: date) -> Iterator[RegionListed]:
    regions = known.region_sets.get(name)
    if regions is None:
        yield RegionListed(name, is_whole=True)
        return
    for one in regions:
        if (one.valid_from or date.min) <= day <= (one.valid_to or date.max):
            yield one
