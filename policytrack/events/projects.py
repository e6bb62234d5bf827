"""Projects: announced, approved, built, revised, stopped, completed. Steps may arrive in any order."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from policytrack.events.envelope import Event, Item, ProjectId, Text
from policytrack.values.dates import VagueDate
from policytrack.values.quantities import Capacity, Money

Replacement = Literal["none", "equal", "reduced", "unknown"]


class _Plan(Event):
    """What a plan says; the latest stated capacity, investment and due stand."""

    project_id: ProjectId
    capacity: Capacity | None = None
    """Planned capacity: 5000, '5 kt/a', '0.5万吨/年'."""
    products: Annotated[tuple[Text, ...], Item("product")] = ()
    """A product, in the words of the source."""
    investment: Money | None = None
    """Planned investment with its currency: '470 M CNY'."""
    due: VagueDate | None = None
    """When it is to be complete: 2026-12, end-2026, 2026-Q4."""


class ProjectAnnounced(_Plan):
    """A firm or an authority made a plan public."""

    type: Literal["project_announced"] = "project_announced"


class ProjectApproved(_Plan):
    """An authority allowed a project, and said whether old capacity must go for it."""

    type: Literal["project_approved"] = "project_approved"
    authority: Text | None = None
    """Who approved it."""
    document_no: Text | None = None
    """Number of the approval document."""
    replacement: Replacement = "unknown"
    """Whether old capacity must go: `equal` as much, `reduced` more than is built, `none`, or `unknown`."""


class ConstructionStarted(Event):
    """Building work began."""

    type: Literal["construction_started"] = "construction_started"
    project_id: ProjectId
    due: VagueDate | None = None
    """When it is to be complete, if the source says so."""


class TrialProductionStarted(Event):
    """The new plant ran for the first time."""

    type: Literal["trial_production_started"] = "trial_production_started"
    project_id: ProjectId
    due: VagueDate | None = None
    """When it is to be complete, if the source says so."""


class ScheduleRevised(Event):
    """The project is due on another date."""

    type: Literal["schedule_revised"] = "schedule_revised"
    project_id: ProjectId
    due: VagueDate
    """The new date: 2026-12, end-2026, 2026-Q4."""
    reason: Text | None = None
    """Why, as the source states it."""


class ScopeRevised(_Plan):
    """The project is to be larger, smaller, dearer, or to make other things."""

    type: Literal["scope_revised"] = "scope_revised"
    reason: Text | None = None
    """Why, as the source states it."""

    @model_validator(mode="after")
    def _revises_something(self) -> ScopeRevised:
        if self.capacity is None and self.investment is None and self.due is None and not self.products:
            raise PydanticCustomError(
                "nothing_revised", "a revision states a capacity, products, an investment or a due date", {}
            )
        return self


class ProjectSuspended(Event):
    """Work stopped; the project may be resumed."""

    type: Literal["project_suspended"] = "project_suspended"
    project_id: ProjectId
    reason: Text | None = None
    """Why, as the source states it."""


class ProjectResumed(Event):
    """Work goes on after a suspension."""

    type: Literal["project_resumed"] = "project_resumed"
    project_id: ProjectId
    due: VagueDate | None = None
    """When it is to be complete, if the source says so."""
    reason: Text | None = None
    """Why, as the source states it."""


class ProjectCancelled(Event):
    """The project is given up."""

    type: Literal["project_cancelled"] = "project_cancelled"
    project_id: ProjectId
    reason: Text | None = None
    """Why, as the source states it."""


class ProjectCompleted(Event):
    """Capacity was commissioned: the facility's installed capacity rises by that much. Phases add up."""

    type: Literal["project_completed"] = "project_completed"
    project_id: ProjectId
    capacity: Capacity
    """Capacity commissioned by this event; phases add up."""
    is_final: bool = False
    """True when nothing more of the plan will be built, even if less than planned was commissioned."""
