"""Which rules govern a swap: those of its activity and place that stand on the day it is announced, or on all the days
that it may have been.

The same is folded for the views in `projections/_rule.sql` and `projections/_swap_rule.sql`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from policytrack.decide.events_in_force import Chronicle, Terms, first_day_of
from policytrack.decide.state import Known, RegionListed
from policytrack.events.policy import RuleEnacted, RuleRepealed, RuleSuspended
from policytrack.events.registry import FacilityRegistered, ProjectRegistered


@dataclass(frozen=True, slots=True)
class Asked:
    """The ratio that the rules ask for: the rule, its ratio, and the least that it or an exception to it needs."""

    rule_id: str
    ratio: Decimal
    least: Decimal


def governing(terms: Terms, record: Chronicle, known: Known) -> Iterator[RuleEnacted]:
    """The rules that certainly govern the swap. Where only a part of the region is meant, nobody can say; nor where the
    day is vague, and the rule did not stand on all of it."""
    for rule_id, rule in record.rules.items():
        if rule_id == terms.rule_id or (
            terms.swap.activity_id in rule.activities
            and _stands_throughout(rule, record, first_day_of(terms.swap), terms.announced.day)
            and _applies(rule, terms, known)
        ):
            yield rule


def asked_of(terms: Terms, governing_rules: Iterable[RuleEnacted]) -> Asked | None:
    """The strictest ratio among the rules that govern a swap, or that of the rule which its notice names."""
    rules = [rule for rule in governing_rules if rule.kind == "replacement_ratio"]
    named = [rule for rule in rules if rule.rule_id == terms.rule_id]
    strictest = max(named or rules, key=lambda rule: rule.ratio_min or Decimal(0), default=None)
    if strictest is None or strictest.ratio_min is None:
        return None
    exceptions = (one.ratio_min or Decimal(0) for one in strictest.exceptions)
    return Asked(strictest.rule_id, strictest.ratio_min, min(exceptions, default=strictest.ratio_min))


def _stands_throughout(rule: RuleEnacted, record: Chronicle, first: date, last: date) -> bool:
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
            until = event.until and event.until.latest
            if ending.day <= last and first <= (until or date.max):
                return False
    return True


def _applies(rule: RuleEnacted, terms: Terms, known: Known) -> bool:
    project = known.registration("project", terms.swap.project_id)
    facility = known.registration("facility", project.facility_id) if isinstance(project, ProjectRegistered) else None
    if not isinstance(facility, FacilityRegistered) or rule.jurisdiction not in {facility.country, facility.region}:
        return False
    if not rule.regions:
        return True
    if facility.region is None:
        return False
    listed = [one for name in rule.regions for one in _listed(name, known, terms.announced.day)]
    here = [one for one in listed if one.region_code == facility.region]
    if not here:
        return rule.outside_regions
    return any(one.is_whole for one in here) and not rule.outside_regions


def _listed(name: str, known: Known, day: date) -> Iterator[RegionListed]:
    regions = known.region_sets.get(name)
    if regions is None:
        yield RegionListed(name, is_whole=True)
        return
    for one in regions:
        if (one.valid_from or date.min) <= day <= (one.valid_to or date.max):
            yield one
