"""Policy: quotas issued, rules enacted, suspended and repealed, support awarded.

A rule has three dates of its own beside the day it was known: when it was signed (`effective`), from when it is in
force, and until when.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from policytrack.events.envelope import (
    ActivityId,
    Event,
    FirmId,
    Groups,
    Item,
    Part,
    ProjectId,
    Registers,
    RuleId,
    Text,
)
from policytrack.values.dates import VagueDate
from policytrack.values.ids import Slug
from policytrack.values.quantities import Capacity, Money, Ratio

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
    """Who issues it: a country (CN), a region (CN-NM) or EU."""
    activity_id: ActivityId
    """What is permitted, and its unit: for instance ``rare-earth-mining-quota`` in t REO."""
    stage: QuotaStage
    """What is permitted."""
    material: Text
    """As the notice divides it: ``light``, ``ionic``, ``all`` …"""
    year: Annotated[int, Field(ge=1900, le=2200)]
    """Calendar year of the permission."""
    batch: Text | None = None
    """Which of the year's notices: ``B1``, ``B2``; ``FY`` for a figure of the whole year."""
    holder_id: FirmId | None = None
    """The firm that holds it; left out: the national total."""
    amount: Capacity
    """How much, or `withheld` when it was issued and not published."""
    includes: Annotated[tuple[FirmId, ...], Item("include")] = ()
    """A firm with quotas of its own in earlier notices, which this one counts in the holder's."""
    document_no: Text | None = None
    """Number of the notice."""

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
    """When the exception applies, in plain words."""
    ratio_min: Ratio | None = None
    """Retired : built that this case needs; none: no replacement is needed."""


class RuleEnacted(Event):
    """A rule was made. `effective` is the day of the instrument; from when it binds is `in_force_from`."""

    type: Literal["rule_enacted"] = "rule_enacted"
    rule_id: Annotated[Slug, Registers("rule")]
    title: Text
    """Title of the rule."""
    document_no: Text | None = None
    """Number of the document."""
    authority: Text | None = None
    """Who enacted it."""
    jurisdiction: Jurisdiction
    """Where it holds: a country (CN), a region (CN-NM) or EU."""
    regions: Annotated[tuple[RegionOrSet, ...], Item("region")] = ()
    """A region where it is in force: CN-HE, or a dated list such as steel-key-regions-2021. None: everywhere."""
    outside_regions: bool = False
    """True: it is in force everywhere in the jurisdiction except in those regions."""
    activities: Annotated[tuple[ActivityId, ...], Item("activity_id")] = ()
    """An activity that it governs."""
    kind: RuleKind
    """What the rule does."""
    ratio_min: Ratio | None = None
    """Least ratio retired : built, such as 1.5:1, for a replacement ratio."""
    exceptions: Annotated[tuple[RuleException, ...], Item("exception")] = ()
    """A case that needs less: condition=…,ratio_min=1"""
    in_force_from: VagueDate
    """First day on which the rule is in force."""
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
    """Who suspended it."""
    document_no: Text | None = None
    """Number of the notice."""
    reason: Text | None = None
    """Why, as the source states it."""


class RuleRepealed(Event):
    """A rule was taken out of force, from this date or after a stated last day."""

    type: Literal["rule_repealed"] = "rule_repealed"
    rule_id: RuleId
    in_force_to: VagueDate | None = None
    """The rule's last day, where it is not the day before this event."""
    authority: Text | None = None
    """Who repealed it."""
    document_no: Text | None = None
    """Number of the notice."""
    reason: Text | None = None
    """Why, as the source states it."""


class SupportAwarded(Event):
    """Public support reached a stage: announced, awarded, disbursed or clawed back. Each stage is an event."""

    type: Literal["support_awarded"] = "support_awarded"
    support_id: Annotated[Slug, Groups("support")]
    """The same for every stage of one support."""
    jurisdiction: Jurisdiction
    """Who gives it: a country (US), a region (US-TX) or EU."""
    programme: Text | None = None
    """Name of the programme."""
    recipient_id: FirmId | None = None
    """The firm that gets it."""
    project_id: ProjectId | None = None
    """The project that it is for."""
    instrument: Instrument
    """What kind of support it is."""
    stage: SupportStage
    """How far it has come."""
    amount: Money | None = None
    """As stated, in the currency stated; none: not stated."""
    terms: Text | None = None
    """Conditions, in plain words."""
