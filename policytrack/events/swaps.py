"""Capacity swaps: new capacity permitted because old capacity goes; announced, amended, objected to, revoked."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from policytrack.dates import VagueDate
from policytrack.events.envelope import (
    ActivityId,
    Event,
    FacilityId,
    FirmId,
    LotId,
    Part,
    ProjectId,
    Registers,
    RuleId,
    SwapId,
    Text,
)
from policytrack.ids import Slug
from policytrack.quantities import Capacity, Ratio


class SwapLeg(Part):
    """Capacity that goes in a swap: of a facility, of a firm, from a lot, or of a donor nobody has named."""

    facility_id: FacilityId | None = None
    firm_id: FirmId | None = None
    lot_id: LotId | None = None
    undisclosed: bool = False
    capacity: Capacity
    retire_by: VagueDate | None = None

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
    activity_id: ActivityId
    build_capacity: Capacity
    legs: tuple[SwapLeg, ...] = ()
    ratio: Ratio | None = None
    rule_id: RuleId | None = None
    authority: Text | None = None
    document_no: Text | None = None
    consultation_from: VagueDate | None = None
    consultation_to: VagueDate | None = None


class CapacitySwapAmended(Event):
    """The terms of a swap changed. What is given replaces what stood; legs, when given, are all the legs there are."""

    type: Literal["capacity_swap_amended"] = "capacity_swap_amended"
    swap_id: SwapId
    build_capacity: Capacity | None = None
    legs: tuple[SwapLeg, ...] = ()
    ratio: Ratio | None = None
    rule_id: RuleId | None = None
    authority: Text | None = None
    document_no: Text | None = None
    reason: Text | None = None

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
    objector: Text | None = None
    """Who objected, where that is no registered firm."""
    reason: Text


class CapacitySwapRevoked(Event):
    """An authority took a swap back. It owes and permits nothing from then on; what it drew returns to its lots."""

    type: Literal["capacity_swap_revoked"] = "capacity_swap_revoked"
    swap_id: SwapId
    authority: Text | None = None
    document_no: Text | None = None
    reason: Text | None = None
