"""Succession of facilities: one that merges into another, and one that is split.

The capacity that changes its facility is stated in the event and never inferred: it leaves one facility and is added to
the other, on the same day.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from policytrack.events.envelope import ActivityId, Event, FacilityId, Item, Part, Text
from policytrack.values.ids import Slug
from policytrack.values.quantities import Capacity


class HandedOver(Part):
    """Capacity of one activity that leaves a facility and is added to another."""

    activity_id: ActivityId
    """Activity of the capacity."""
    capacity: Capacity
    """A figure in the unit of the activity, or with its unit: 5000, '5 kt/a', '>= 100', 'unknown'."""
    idle: Capacity | None = None
    """The part of it that is idle. If omitted, none is: idle capacity does not change."""
    unit_id: Slug | None = None
    """The furnace, line, reactor or block that leaves, by its id at the facility that it leaves. The other facility
    has an account of it only after a `capacity_stated` with a `unit_id` there."""

    @model_validator(mode="after")
    def _idle_is_a_part(self) -> HandedOver:
        whole, idle = self.capacity, self.idle
        if idle is not None and idle.bound == whole.bound == "exact" and (idle.value or 0) > (whole.value or 0):
            raise PydanticCustomError(
                "idle_beyond_capacity",
                "idle is more than capacity",
                {"hint": "idle is the part of the capacity that does not run"},
            )
        return self


class SplitPart(HandedOver):
    """Capacity of one activity that a facility gives to one of the facilities it is split into."""

    facility_id: FacilityId
    """The facility that has the capacity from this date."""


class FacilityMerged(Event):
    """A facility became part of another: the stated capacities leave it and are added to the other.

    Nothing else changes its facility. Projects move with `project_moved`, and `check` reports what remains at the
    facility that merged.
    """

    type: Literal["facility_merged"] = "facility_merged"
    facility_id: FacilityId
    """The facility that becomes part of the other."""
    into_facility_id: FacilityId
    """The facility that goes on. It is in the same country."""
    capacities: Annotated[tuple[HandedOver, ...], Item("capacity")] = ()
    """Capacity that the other facility has from this date, once for each activity:
    activity_id=crude-steel,capacity=5000,idle=1000"""
    reason: Text | None = None
    """Why, as the source states it."""

    @model_validator(mode="after")
    def _into_another(self) -> FacilityMerged:
        if self.facility_id == self.into_facility_id:
            raise PydanticCustomError("same_facility", "a facility cannot merge into itself", {})
        _refuse_doubles((one.activity_id, one.unit_id) for one in self.capacities)
        return self

    def handovers(self) -> tuple[tuple[str, HandedOver], ...]:
        """Return the capacities that are handed over, each with the facility that receives it."""
        return tuple((self.into_facility_id, one) for one in self.capacities)


class FacilitySplit(Event):
    """A facility was split: the stated capacities leave it and are added to other facilities.

    What is not stated remains at the facility. Projects move with `project_moved`.
    """

    type: Literal["facility_split"] = "facility_split"
    facility_id: FacilityId
    """The facility that is split. It keeps what no part states."""
    parts: Annotated[tuple[SplitPart, ...], Item("part")]
    """Capacity that another facility has from this date: facility_id=east,activity_id=crude-steel,capacity=5000"""
    reason: Text | None = None
    """Why, as the source states it."""

    @model_validator(mode="after")
    def _into_others(self) -> FacilitySplit:
        if not self.parts:
            raise PydanticCustomError("no_parts", "a split needs at least one part", {"hint": "add parts"})
        if any(one.facility_id == self.facility_id for one in self.parts):
            raise PydanticCustomError(
                "same_facility",
                "a part cannot be the facility that is split",
                {"hint": "leave it out: what no part states remains there"},
            )
        _refuse_doubles((one.facility_id, one.activity_id, one.unit_id) for one in self.parts)
        return self

    def handovers(self) -> tuple[tuple[str, HandedOver], ...]:
        """Return the capacities that are handed over, each with the facility that receives it."""
        return tuple((one.facility_id, one) for one in self.parts)


def _refuse_doubles(lines: Iterable[tuple[str | None, ...]]) -> None:
    seen = set()
    for line in lines:
        if line in seen:
            raise PydanticCustomError(
                "stated_twice",
                "{what} is stated twice",
                {"what": " ".join(filter(None, line)), "hint": "state the sum once, or name the units"},
            )
        seen.add(line)
