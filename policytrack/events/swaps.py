"""Capacity swaps: new capacity permitted because old capacity goes; announced, amended, objected to, revoked."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from policytrack.events.envelope import (
    ActivityId,
    Event,
    FacilityId,
    FirmId,
    Item,
    LotId,
    Part,
    ProjectId,
    Registers,
    RuleId,
    SwapId,
    Text,
)
from policytrack.values.dates import VagueDate
from policytrack.values.ids import Slug
from policytrack.values.quantities import Capacity, Ratio


class SwapLeg(Part):
    """Capacity that goes in a swap: of a facility, of a firm, from a lot, or of a donor nobody has named."""

    facility_id: FacilityId | None = None
    """The facility that loses the capacity."""
    firm_id: FirmId | None = None
    """The firm that loses it, where the facility is not named."""
    lot_id: LotId | None = None
    """The credit lot that is drawn."""
    undisclosed: bool = False
    """True where no donor is named."""
    capacity: Capacity
    """Capacity that goes."""
    retire_by: VagueDate | None = None
    """When it must be gone."""

    @model_validator(mode="after")
    def _donor_or_undisclosed(self) -> SwapLeg:
        named = any((self.facility_id, self.firm_id, self.lot_id))
        if named == self.undisclosed:
            raise PydanticCustomError(
                "donor",
                "a leg names its donor (facility_id, firm_id or lot_id) or says undisclosed: true, not both",
                {},
            )
        return self


class CapacitySwapAnnounced(Event):
    """A swap was made public: so much is built at a project, so much goes elsewhere.

    ratio is retired : built, as the notice states it (1.5 means 1.5 t retired for 1 t built).
    """

    type: Literal["capacity_swap_announced"] = "capacity_swap_announced"
    swap_id: Annotated[Slug, Registers("swap")]
    project_id: ProjectId
    """The project that is built."""
    activity_id: ActivityId
    """What is built and what goes."""
    build_capacity: Capacity
    """Capacity that the swap permits."""
    legs: Annotated[tuple[SwapLeg, ...], Item("leg")] = ()
    """Capacity that goes: facility_id=…,capacity=3000 or undisclosed=true,capacity=5000"""
    ratio: Ratio | None = None
    """Retired : built as the notice states it: 1.5 means 1.5 t retired for 1 t built."""
    rule_id: RuleId | None = None
    """The rule that the notice names."""
    authority: Text | None = None
    """Who announced it."""
    document_no: Text | None = None
    """Number of the notice."""
    consultation_from: VagueDate | None = None
    """First day of the public consultation."""
    consultation_to: VagueDate | None = None
    """Last day of the public consultation."""


class CapacitySwapAmended(Event):
    """The terms of a swap changed. What is given replaces what stood; legs, when given, are all the legs there are."""

    type: Literal["capacity_swap_amended"] = "capacity_swap_amended"
    swap_id: SwapId
    build_capacity: Capacity | None = None
    """Capacity that the swap now permits."""
    legs: Annotated[tuple[SwapLeg, ...], Item("leg")] = ()
    """All capacity that goes: facility_id=…,capacity=3000"""
    ratio: Ratio | None = None
    """The new ratio, retired : built."""
    rule_id: RuleId | None = None
    """The rule that the amendment names."""
    authority: Text | None = None
    """Who amended it."""
    document_no: Text | None = None
    """Number of the notice."""
    reason: Text | None = None
    """Why, as the source states it."""

    @model_validator(mode="after")
    def _changes_something(self) -> CapacitySwapAmended:
        if not self.legs and self.build_capacity is None and self.ratio is None and self.rule_id is None:
            raise PydanticCustomError(
                "nothing_amended", "an amendment gives legs, build_capacity, ratio or rule_id, or several of them", {}
            )
        return self


class SwapObjectionLodged(Event):
    """Somebody objected to a swap that was made public. The swap stands until it is revoked."""

    type: Literal["swap_objection_lodged"] = "swap_objection_lodged"
    swap_id: SwapId
    objector_id: FirmId | None = None
    """The firm that objected."""
    objector: Text | None = None
    """Who objected, where that is no registered firm."""
    reason: Text
    """What it objects to."""


class CapacitySwapRevoked(Event):
    """An authority took a swap back. It owes and permits nothing from then on; what it drew returns to its lots."""

    type: Literal["capacity_swap_revoked"] = "capacity_swap_revoked"
    swap_id: SwapId
    authority: Text | None = None
    """Who revoked it."""
    document_no: Text | None = None
    """Number of the notice."""
    reason: Text | None = None
    """Why, as the source states it."""
