"""Credit lots: capacity that goes at one donor and may be drawn by swaps, sold, returned, and may expire."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from policytrack.events.capacity import CapacityBasis
from policytrack.events.envelope import ActivityId, Event, FacilityId, FirmId, LotId, Registers, SwapId, Text
from policytrack.values.dates import VagueDate
from policytrack.values.ids import Slug
from policytrack.values.quantities import Capacity, Money


class CreditLotRecognised(Event):
    """An authority certified capacity at one facility as swap credit. Swaps can draw at most this much."""

    type: Literal["credit_lot_recognised"] = "credit_lot_recognised"
    lot_id: Annotated[Slug, Registers("lot")]
    facility_id: FacilityId
    """The donor: the facility whose capacity is retired."""
    activity_id: ActivityId
    """The activity of the capacity."""
    capacity: Capacity
    """Capacity certified as swap credit."""
    basis: CapacityBasis | None = None
    """What kind of figure it is."""
    holder_id: FirmId | None = None
    """The firm that may use or sell it at first."""
    expires_on: VagueDate | None = None
    """The last day on which it may be drawn."""
    authority: Text | None = None
    """Who recognised it."""
    document_no: Text | None = None
    """Number of the document."""


class CreditLotTransferred(Event):
    """Credit of a lot moved from one firm to another, by sale or within a group."""

    type: Literal["credit_lot_transferred"] = "credit_lot_transferred"
    lot_id: LotId
    from_id: FirmId | None = None
    """The firm that gives the credit. If omitted, it is unknown."""
    to_id: FirmId
    """The firm that gets it."""
    capacity: Capacity
    """Credit that moves."""
    price: Money | None = None
    """Price with its currency: CNY 250 M."""

    @model_validator(mode="after")
    def _two_sides(self) -> CreditLotTransferred:
        if self.from_id == self.to_id:
            raise PydanticCustomError("same_side", "from_id and to_id are the same firm", {})
        return self


class CreditLotReturned(Event):
    """A swap returned unused credit to its lot."""

    type: Literal["credit_lot_returned"] = "credit_lot_returned"
    lot_id: LotId
    swap_id: SwapId
    """The swap that had drawn it."""
    capacity: Capacity
    """Credit that returns."""
    reason: Text | None = None
    """Why, as the source states it."""
