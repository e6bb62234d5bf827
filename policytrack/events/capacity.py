"""Capacity: what a facility can make in a year, stated, idled, restarted, retired; and what statistics report."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from policytrack.events.envelope import ActivityId, Event, FacilityId, FirmId, Item, LotId, Part, SwapId, Text
from policytrack.values.dates import VagueDate
from policytrack.values.ids import CountryCode, RegionCode, Slug
from policytrack.values.quantities import Capacity, Percent

CapacityBasis = Literal["register", "filed", "design", "actual", "self-declared"]


class NamesUnit(Event):
    """Base of the events that have a field `unit_id`: their capacity may be that of one unit of a plant."""

    NEWEST_VERSION = 2

    @model_validator(mode="before")
    @classmethod
    def _in_the_oldest_version(cls, data: Any) -> Any:
        """An event without a unit stays in version 1, which has no units: its id and bytes never change."""
        if isinstance(data, dict) and data.get("unit_id") is not None and data.get("schema_version", 1) == 1:
            return {**data, "schema_version": 2}
        return data


class _OfFacility(NamesUnit):
    facility_id: FacilityId
    activity_id: ActivityId
    capacity: Capacity
    """A figure in the unit of the activity, or with its unit: 5000, '5 kt/a', '0.5万吨/年', '>= 100'."""
    unit_id: Slug | None = None
    """The furnace, line, reactor or block, if the capacity is that of one unit of the plant: bf-1. An id is unique
    within the facility and activity."""


class CapacityStated(_OfFacility):
    """The installed capacity of a facility from this date: an opening balance or a later snapshot.

    With `unit_id` it is that of one unit. The capacity of the facility is then the sum over its units, and a statement
    of the whole is only compared with it.
    """

    type: Literal["capacity_stated"] = "capacity_stated"
    basis: CapacityBasis | None = None
    """What kind of figure it is."""
    idle_share_pct: Percent | None = None
    """Idle share in percent. If omitted, idle capacity does not change."""


class CapacityIdled(_OfFacility):
    """Capacity stopped, and its equipment remains."""

    type: Literal["capacity_idled"] = "capacity_idled"
    reason: Text | None = None
    """Why, as the source states it."""


class CapacityRestarted(_OfFacility):
    """Idle capacity runs again."""

    type: Literal["capacity_restarted"] = "capacity_restarted"
    reason: Text | None = None
    """Why, as the source states it."""


class CapacityRetired(_OfFacility):
    """Capacity is permanently retired. If it names a swap, it counts towards that swap's obligation."""

    type: Literal["capacity_retired"] = "capacity_retired"
    was_idle: bool = False
    """True if the capacity was idle before. Then idle capacity falls too."""
    dismantled: bool | None = None
    """True if the equipment is removed, false if it still exists."""
    swap_id: SwapId | None = None
    """The swap that the retirement counts towards."""
    lot_id: LotId | None = None
    """The credit lot made from it."""
    reason: Text | None = None
    """Why, as the source states it."""


class RetirementPhase(Part):
    """One of several dates on which capacity is to be retired, such as the date of one furnace."""

    capacity: Capacity
    """Capacity to be retired on that date."""
    due: VagueDate | None = None
    """Stated date: 2030, 2030-06, 2030-Q4. Omit it if the source gives none."""
    name: Text | None = None
    """The furnace, line, reactor or block that goes, as the source names it."""


class RetirementAnnounced(Event):
    """Capacity is planned to be retired. It stays installed until a `capacity_retired` says that it is gone.

    The event states the whole plan for the facility and activity: a later announcement replaces it, and retirements
    since then count towards it.
    """

    type: Literal["retirement_announced"] = "retirement_announced"
    facility_id: FacilityId
    activity_id: ActivityId
    capacity: Capacity | None = None
    """Capacity to be retired, if it goes on one date: 5000, '5 kt/a', '>= 100', 'unknown'."""
    due: VagueDate | None = None
    """Stated date of the retirement: 2030, 2030-06, 2030-Q4. If omitted, it is not known."""
    phases: Annotated[tuple[RetirementPhase, ...], Item("phase")] = ()
    """A part with its own date, instead of capacity and due: capacity=500,due=2028,name=furnace 1"""
    reason: Text | None = None
    """Why, as the source states it."""

    @model_validator(mode="after")
    def _plans_once(self) -> RetirementAnnounced:
        if self.capacity is None and not self.phases:
            raise PydanticCustomError(
                "nothing_retired", "a planned retirement needs a capacity", {"hint": "add capacity, or phases"}
            )
        if self.phases and (self.capacity is not None or self.due is not None):
            raise PydanticCustomError(
                "planned_twice",
                "the plan is stated twice: as phases, and as capacity or due",
                {"hint": "give each phase its capacity and due, and leave out those of the event"},
            )
        return self


class RetirementWithdrawn(Event):
    """A planned retirement will not take place: the plan for this facility and activity ends."""

    type: Literal["retirement_withdrawn"] = "retirement_withdrawn"
    facility_id: FacilityId
    activity_id: ActivityId
    reason: Text | None = None
    """Why, as the source states it."""


class CapacityReported(Event):
    """A total was published of a country, a region, a firm, or a firm there. It is compared with ours, never added."""

    type: Literal["capacity_reported"] = "capacity_reported"
    country: CountryCode | None = None
    """Country of the total (ISO 3166-1 alpha-2): CN."""
    region: RegionCode | None = None
    """Region of the total (ISO 3166-2): CN-NM."""
    firm_id: FirmId | None = None
    """The firm whose total it is."""
    activity_id: ActivityId
    capacity: Capacity
    """The published total, in the unit of the activity or with its unit."""
    measure: Literal["installed", "operating"] = "installed"
    """The figure to compare it with. A firm's total is compared with its controlled capacity."""
    tolerance_pct: Percent | None = None
    """Allowed difference in percent of the reported figure. If omitted, none."""

    @model_validator(mode="after")
    def _of_something(self) -> CapacityReported:
        if self.country is None and self.region is None and self.firm_id is None:
            raise PydanticCustomError(
                "no_scope", "a reported total needs a scope", {"hint": "add country, region or firm_id"}
            )
        if self.country and self.region and not self.region.startswith(self.country):
            raise PydanticCustomError("region_elsewhere", "the region is not in that country", {})
        return self
