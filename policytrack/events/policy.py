"""Policy: quotas issued, rules enacted, suspended and repealed, support awarded.

A rule has three dates of its own beside the day it was known: when it was signed (`effective`), from when it is in
force, and until when.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from policytrack.dates import VagueDate
from policytrack.events.envelope import (
    ActivityId,
    Event,
    FirmId,
    Groups,
    Part,
    ProjectId,
    Registers,
    RuleId,
    Text,
)
from policytrack.ids import Slug
from policytrack.quantities import Capacity, Money, Ratio

Jurisdiction = Annotated[str, StringConstraints(pattern=r"^(EU|[A-Z]{2}(-[A-Z0-9]{1,3})?)$")]
"""A country (ISO 3166-1), a region of one (ISO 3166-2), or ``EU``."""

RegionOrSet = Annotated[str, StringConstraints(pattern=r"^([A-Z]{2}-[A-Z0-9]{1,3}|[a-z0-9]+(-[a-z0-9]+)*)$")]
"""A region (ISO 3166-2), or the id of a dated list of regions in `events/reference/region_sets.csv`."""

QuotaStage = Literal["mining", "separation", "production", "export", "other"]
RuleKind = Literal["replacement_ratio", "moratorium", "no_split", "quota_regime", "export_control", "other"]
Instrument = Literal[
    "grant",
    "tax_credit",
    "loan",
    "guarantee",
    "equity",
    "warrant",
    "price_floor",
    "offtake",
    "stockpile",
    "incentive",
    "designation",
    "other",
]
SupportStage = Literal["announced", "awarded", "disbursed", "clawed_back"]


class QuotaIssued(Event):
    """A permission for a period was issued to one holder; without a holder, it is the national total."""

    type: Literal["quota_issued"] = "quota_issued"
    quota_id: Annotated[Slug, Registers("quota")]
    jurisdiction: Jurisdiction
    activity_id: ActivityId
    """What is permitted, and its unit: for instance ``rare-earth-mining-quota`` in t REO."""
    stage: QuotaStage
    material: Text
    """As the notice divides it: ``light``, ``ionic``, ``all`` …"""
    year: Annotated[int, Field(ge=1900, le=2200)]
    batch: Text | None = None
    """Which of the year's notices: ``B1``, ``B2``; ``FY`` for a figure of the whole year."""
    holder_id: FirmId | None = None
    amount: Capacity
    """So much, or `withheld` when it was issued and not published."""
    includes: tuple[FirmId, ...] = ()
    """Firms with quotas of their own in earlier notices, which this one counts in the holder's."""
    document_no: Text | None = None

    @model_validator(mode="after")
    def _includes_others(self) -> QuotaIssued:
        if self.includes and self.holder_id is None:
            raise PydanticCustomError("includes_without_holder", "includes needs holder_id", {})
        if self.holder_id in self.includes:
            raise PydanticCustomError("includes_itself", "includes names other firms than the holder", {})
        return self


class RuleException(Part):
    """A case for which the rule asks for less, or for nothing."""

    condition: Text
    ratio_min: Ratio | None = None
    """Retired : built that this case needs; none: no replacement is needed."""


class RuleEnacted(Event):
    """A rule was made. `effective` is the day of the instrument; from when it binds is `in_force_from`."""

    type: Literal["rule_enacted"] = "rule_enacted"
    rule_id: Annotated[Slug, Registers("rule")]
    title: Text
    document_no: Text | None = None
    authority: Text | None = None
    jurisdiction: Jurisdiction
    regions: tuple[RegionOrSet, ...] = ()
    """Where it stands; none: in the whole jurisdiction."""
    outside_regions: bool = False
    """True: it stands everywhere in the jurisdiction except in those regions."""
    activities: tuple[ActivityId, ...] = ()
    kind: RuleKind
    ratio_min: Ratio | None = None
    """Least retired : built, for a replacement ratio."""
    exceptions: tuple[RuleException, ...] = ()
    in_force_from: VagueDate
    in_force_to: VagueDate | None = None
    """The last day, where the rule itself sets one."""

    @model_validator(mode="after")
    def _consistent(self) -> RuleEnacted:
        if (self.kind == "replacement_ratio") != (self.ratio_min is not None):
            raise PydanticCustomError(
                "ratio_of_rule", "ratio_min belongs to a rule of kind replacement_ratio, and to no other", {}
            )
        if self.outside_regions and not self.regions:
            raise PydanticCustomError("outside_nothing", "outside_regions needs regions", {})
        start, end = self.in_force_from.earliest, self.in_force_to and self.in_force_to.latest
        if start and end and end < start:
            raise PydanticCustomError("ends_before", "in_force_to is before in_force_from", {})
        return self


class RuleSuspended(Event):
    """A rule stands no longer from this date, for a time: until a last day, or until further notice."""

    type: Literal["rule_suspended"] = "rule_suspended"
    rule_id: RuleId
    until: VagueDate | None = None
    """The last day of the suspension; none: until further notice."""
    authority: Text | None = None
    document_no: Text | None = None
    reason: Text | None = None


class RuleRepealed(Event):
    """A rule was taken out of force, from this date or after a stated last day."""

    type: Literal["rule_repealed"] = "rule_repealed"
    rule_id: RuleId
    in_force_to: VagueDate | None = None
    """The rule's last day, where it is not the day before this event."""
    authority: Text | None = None
    document_no: Text | None = None
    reason: Text | None = None


class SupportAwarded(Event):
    """Public support reached a stage: announced, awarded, disbursed or clawed back. Each stage is an event."""

    type: Literal["support_awarded"] = "support_awarded"
    support_id: Annotated[Slug, Groups("support")]
    """The same for every stage of one support."""
    jurisdiction: Jurisdiction
    programme: Text | None = None
    recipient_id: FirmId | None = None
    project_id: ProjectId | None = None
    instrument: Instrument
    stage: SupportStage
    amount: Money | None = None
    """As stated, in the currency stated; none: not stated."""
    terms: Text | None = None
