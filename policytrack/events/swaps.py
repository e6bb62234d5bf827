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
    """Capacity to retire in a swap: of a facility, of a firm, from a credit lot, or of an undisclosed donor."""

    facility_id: FacilityId | None = None
    """The facility that loses the capacity."""
    firm_id: FirmId | None = None
    """The firm that loses it, if the facility is not named."""
    lot_id: LotId | None = None
    """The credit lot that is drawn."""
    undisclosed: bool = False
    """True if the donor is undisclosed."""
    capacity: Capacity
    """Capacity to retire."""
    retire_by: VagueDate | None = None
    """When it must be retired."""

    @model_validator(mode="after")
    def _donor_or_undisclosed(self) -> SwapLeg:
        named = any((self.facility_id, self.firm_id, self.lot_id))
        if named == self.undisclosed:
            raise PydanticCustomError(
                "donor",
                "a leg needs either a donor (facility_id, firm_id or lot_id) or undisclosed: true",
                {},
            )
        return self


class CapacitySwapAnnounced(Event):
    """A swap was announced: new capacity at a project, old capacity retired elsewhere.

    The ratio is retired : built, as the notice states it.
    """

    type: Literal["capacity_swap_announced"] = "capacity_swap_announced"
    swap_id: Annotated[Slug, Registers("swap")]
    project_id: ProjectId
    """The project that is built."""
    activity_id: ActivityId
    """Activity of the built and the retired capacity."""
    build_capacity: Capacity
    """Capacity that the swap permits."""
    legs: Annotated[tuple[SwapLeg, ...], Item("leg")] = ()
    """Capacity to retire: facility_id=…,capacity=3000 or undisclosed=true,capacity=5000"""
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
    """The terms of a swap changed. Each given field replaces the old one; `legs` replaces all legs."""

    type: Literal["capacity_swap_amended"] = "capacity_swap_amended"
    swap_id: SwapId
    build_capacity: Capacity | None = None
    """Capacity that the swap now permits."""
    legs: Annotated[tuple[SwapLeg, ...], Item("leg")] = ()
    """All capacity to retire: facility_id=…,capacity=3000"""
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
                "nothing_amended", "an amendment needs at least one of legs, build_capacity, ratio and rule_id", {}
            )
        return self


class SwapObjectionLodged(Event):
    """An objection to a swap was lodged. The swap is in force until it is revoked."""

    type: Literal["swap_objection_lodged"] = "swap_objection_lodged"
    swap_id: SwapId
    objector_id: FirmId | None = None
    """The firm that objected."""
    objector: Text | None = None
    """The objector, if it is not a registered firm."""
    reason: Text
    """Reason for the objection."""


class CapacitySwapRevoked(Event):
    """An authority revoked a swap. From then on it owes and permits nothing, and its draws return to their lots."""

    type: Literal["capacity_swap_revoked"] = "capacity_swap_revoked"
    swap_id: SwapId
    authority: Text | None = None
    """Who revoked it."""
    document_no: Text | None = None
    """Number of the notice."""
    reason: Text | None = None
    """Why, as the source states it."""
