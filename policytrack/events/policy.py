"""Policy: quotas issued, rules enacted, suspended and repealed, support awarded, exchange rates.

A rule has three dates of its own beside the day it was known: when it was signed (`effective`), from when it is in
force, and until when.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from policytrack.errors import InvalidQuantity
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
from policytrack.values.choices import Instrument, QuotaStage, RuleKind, SupportStage
from policytrack.values.dates import VagueDate
from policytrack.values.ids import Slug
from policytrack.values.quantities import Capacity, CurrencyCode, ExchangeRate, Ratio
from policytrack.values.sums import StatedSum, parse_stated_sum

Jurisdiction = Annotated[str, StringConstraints(pattern=r"^(EU|[A-Z]{2}(-[A-Z0-9]{1,3})?)$")]
"""A country (ISO 3166-1), a region of one (ISO 3166-2), or ``EU``."""

RegionOrSet = Annotated[str, StringConstraints(pattern=r"^([A-Z]{2}-[A-Z0-9]{1,3}|[a-z0-9]+(-[a-z0-9]+)*)$")]
"""A region (ISO 3166-2), or the id of a dated list of regions in `events/reference/region_sets.csv`."""


class QuotaIssued(Event):
    """A quota for a year was issued to one holder. Without a holder, it is the national total."""

    type: Literal["quota_issued"] = "quota_issued"
    quota_id: Annotated[Slug, Registers("quota")]
    jurisdiction: Jurisdiction
    """Who issues it: a country (CN), a region (CN-NM) or EU."""
    activity_id: ActivityId
    """The activity that the quota limits, which sets the unit: for instance ``rare-earth-mining-quota`` in t REO."""
    stage: QuotaStage
    """What is permitted."""
    material: Text
    """Material, as the notice divides it: ``light``, ``ionic``, ``all`` …"""
    year: Annotated[int, Field(ge=1900, le=2200)]
    """Calendar year of the quota."""
    batch: Text | None = None
    """Batch of the year: ``B1``, ``B2``; ``FY`` for a figure of the whole year."""
    holder_id: FirmId | None = None
    """The firm that holds it. If omitted, it is the national total."""
    amount: Capacity
    """The quota, or `withheld` if it was issued but not published."""
    includes: Annotated[tuple[FirmId, ...], Item("include")] = ()
    """A firm that earlier notices list separately, and whose quota this one includes."""
    document_no: Text | None = None
    """Number of the notice."""

    @model_validator(mode="after")
    def _includes_others(self) -> QuotaIssued:
        if self.includes and self.holder_id is None:
            raise PydanticCustomError("includes_without_holder", "includes needs holder_id", {})
        if self.holder_id in self.includes:
            raise PydanticCustomError(
                "includes_itself", "includes cannot name the holder itself", {"hint": "name only other firms there"}
            )
        return self


class RuleException(Part):
    """A case for which the rule requires a lower ratio, or none."""

    condition: Text
    """When the exception applies."""
    ratio_min: Ratio | None = None
    """Required ratio, retired : built. If omitted, no replacement is required."""


class RuleEnacted(Event):
    """A rule was enacted. `effective` is the day of the instrument, `in_force_from` the first day in force."""

    type: Literal["rule_enacted"] = "rule_enacted"
    rule_id: Annotated[Slug, Registers("rule")]
    title: Text
    """Title of the rule."""
    document_no: Text | None = None
    """Number of the document."""
    authority: Text | None = None
    """Who enacted it."""
    jurisdiction: Jurisdiction
    """Where it applies: a country (CN), a region (CN-NM) or EU."""
    regions: Annotated[tuple[RegionOrSet, ...], Item("region")] = ()
    """A region where it is in force: CN-HE, or a dated list such as steel-key-regions-2021. If omitted, everywhere."""
    outside_regions: bool = False
    """True: it is in force everywhere in the jurisdiction except in those regions."""
    activities: Annotated[tuple[ActivityId, ...], Item("activity_id")] = ()
    """An activity that it governs."""
    kind: RuleKind
    """What the rule does."""
    ratio_min: Ratio | None = None
    """Minimum ratio, retired : built, of a rule of kind `replacement_ratio`: 1.5:1."""
    exceptions: Annotated[tuple[RuleException, ...], Item("exception")] = ()
    """An exception: condition=…,ratio_min=1"""
    in_force_from: VagueDate
    """First day on which the rule is in force."""
    in_force_to: VagueDate | None = None
    """Last day in force, if the rule sets one."""

    @model_validator(mode="after")
    def _consistent(self) -> RuleEnacted:
        if (self.kind == "replacement_ratio") != (self.ratio_min is not None):
            raise PydanticCustomError(
                "ratio_of_rule", "a rule needs ratio_min if, and only if, its kind is replacement_ratio", {}
            )
        if self.outside_regions and not self.regions:
            raise PydanticCustomError("outside_nothing", "outside_regions needs regions", {})
        start, end = self.in_force_from.earliest, self.in_force_to and self.in_force_to.latest
        if start and end and end < start:
            raise PydanticCustomError("ends_before", "in_force_to is before in_force_from", {})
        return self


class RuleSuspended(Event):
    """A rule is suspended from this date, until a last day or until further notice."""

    type: Literal["rule_suspended"] = "rule_suspended"
    rule_id: RuleId
    until: VagueDate | None = None
    """Last day of the suspension. If omitted, until further notice."""
    authority: Text | None = None
    """Who suspended it."""
    document_no: Text | None = None
    """Number of the notice."""
    reason: Text | None = None
    """Why, as the source states it."""


class RuleRepealed(Event):
    """A rule was repealed, from this date or after a stated last day."""

    type: Literal["rule_repealed"] = "rule_repealed"
    rule_id: RuleId
    in_force_to: VagueDate | None = None
    """Last day in force, if it is not the day before this event."""
    authority: Text | None = None
    """Who repealed it."""
    document_no: Text | None = None
    """Number of the notice."""
    reason: Text | None = None
    """Why, as the source states it."""


class SupportAwarded(Event):
    """Public support reached a stage: announced, awarded, disbursed or clawed back. Record one event per stage."""

    NEWEST_VERSION: ClassVar[int] = 2

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
    """Stage of the support."""
    amount: StatedSum | None = None
    """Amount and currency, as stated: USD 8.5 billion, up to USD 8.5 billion, EUR 300-400 M, about EUR 5 M."""
    terms: Text | None = None
    """Conditions of the support."""

    @model_validator(mode="before")
    @classmethod
    def _in_the_oldest_version(cls, data: Any) -> Any:
        """An exact amount stays in version 1: its id and bytes never change. Version 2 has ranges and bounds."""
        if not isinstance(data, dict) or data.get("schema_version", 1) != 1:
            return data
        amount = data.get("amount")
        if isinstance(amount, str):
            try:
                amount = parse_stated_sum(amount)
            except InvalidQuantity:
                return data  # the field's own validation says what is wrong
        bound = amount.get("bound") if isinstance(amount, dict) else getattr(amount, "bound", None)
        return {**data, "schema_version": 2} if bound is not None else data


class ExchangeRateStated(Event):
    """An exchange rate was published. It converts support on request, for stages from this date until the next rate."""

    type: Literal["exchange_rate_stated"] = "exchange_rate_stated"
    currency: CurrencyCode
    """One unit of this currency (ISO 4217) …"""
    in_currency: CurrencyCode
    """… costs so many units of this one (ISO 4217)."""
    rate: ExchangeRate
    """Units of `in_currency` for one unit of `currency`: 7.1"""

    @model_validator(mode="after")
    def _of_two_currencies(self) -> ExchangeRateStated:
        if self.currency == self.in_currency:
            raise PydanticCustomError(
                "same_currency", "currency and in_currency are the same", {"hint": "write two different currencies"}
            )
        return self
