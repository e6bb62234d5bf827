"""Capacity: what a facility can make in a year, stated, idled, restarted, retired."""

from __future__ import annotations

from typing import Literal

from policytrack.events.envelope import ActivityId, Event, FacilityId, LotId, SwapId, Text
from policytrack.quantities import Capacity, Percent

CapacityBasis = Literal["register", "filed", "design", "actual", "self-declared"]


class _OfFacility(Event):
    facility_id: FacilityId
    activity_id: ActivityId
    capacity: Capacity


class CapacityStated(_OfFacility):
    """The installed capacity of a facility from this date: an opening balance or a later snapshot."""

    type: Literal["capacity_stated"] = "capacity_stated"
    basis: CapacityBasis | None = None
    idle_share_pct: Percent | None = None
    """How much of it stands idle, in percent; not given: nothing is said of it, and what was idle stays so."""


class CapacityIdled(_OfFacility):
    """Capacity stopped without being removed."""

    type: Literal["capacity_idled"] = "capacity_idled"
    reason: Text | None = None


class CapacityRestarted(_OfFacility):
    """Idle capacity runs again."""

    type: Literal["capacity_restarted"] = "capacity_restarted"
    reason: Text | None = None


class CapacityRetired(_OfFacility):
    """Capacity is gone for good. One that names a swap pays what the swap owes."""

    type: Literal["capacity_retired"] = "capacity_retired"
    was_idle: bool = False
    """True when the capacity stood idle before: it then leaves the idle figure as well."""
    dismantled: bool | None = None
    swap_id: SwapId | None = None
    lot_id: LotId | None = None
    reason: Text | None = None
