"""Projects: announced, approved, built, revised, stopped, completed. Steps may arrive in any order."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from policytrack.events.capacity import NamesUnit
from policytrack.events.envelope import Event, Item, ProjectId, Text
from policytrack.values.dates import VagueDate
from policytrack.values.ids import Slug
from policytrack.values.quantities import Capacity, Money

Replacement = Literal["none", "equal", "reduced", "unknown"]


class _Plan(Event):
    """What a plan says; the latest stated capacity, investment and due stand."""

    project_id: ProjectId
    capacity: Capacity | None = None
    """Planned capacity: 5000, '5 kt/a', '0.5万吨/年'."""
    products: Annotated[tuple[Text, ...], Item("product")] = ()
    """A product, as the source names it."""
    investment: Money | None = None
    """Planned investment with its currency: '470 M CNY'."""
    due: VagueDate | None = None
    """Stated completion date: 2026-12, end-2026, 2026-Q4."""


class ProjectAnnounced(_Plan):
    """A firm or an authority made a plan public."""

    type: Literal["project_announced"] = "project_announced"


class ProjectApproved(_Plan):
    """An authority approved a project, and stated whether old capacity must be retired for it."""

    type: Literal["project_approved"] = "project_approved"
    authority: Text | None = None
    """Who approved it."""
    document_no: Text | None = None
    """Number of the approval document."""
    replacement: Replacement = "unknown"
    """Old capacity to retire: `equal` to what is built, `reduced` (more than is built), `none`, or `unknown`."""


class ConstructionStarted(Event):
    """Building work began."""

    type: Literal["construction_started"] = "construction_started"
    project_id: ProjectId
    due: VagueDate | None = None
    """Stated completion date."""


class ConstructionCompleted(Event):
    """Building work ended (mechanical completion). The capacity stays pending until it is commissioned."""

    type: Literal["construction_completed"] = "construction_completed"
    project_id: ProjectId
    due: VagueDate | None = None
    """Stated date of commissioning."""
    reason: Text | None = None
    """Why it is not commissioned yet, as the source states it."""


class TrialProductionStarted(Event):
    """The new plant ran for the first time."""

    type: Literal["trial_production_started"] = "trial_production_started"
    project_id: ProjectId
    due: VagueDate | None = None
    """Stated completion date."""


class ScheduleRevised(Event):
    """The project has a new due date."""

    type: Literal["schedule_revised"] = "schedule_revised"
    project_id: ProjectId
    due: VagueDate
    """The new date: 2026-12, end-2026, 2026-Q4."""
    reason: Text | None = None
    """Why, as the source states it."""


class ScopeRevised(_Plan):
    """The planned capacity, products, investment or due date changed."""

    type: Literal["scope_revised"] = "scope_revised"
    reason: Text | None = None
    """Why, as the source states it."""

    @model_validator(mode="after")
    def _revises_something(self) -> ScopeRevised:
        if self.capacity is None and self.investment is None and self.due is None and not self.products:
            raise PydanticCustomError(
                "nothing_revised", "a revision needs at least one of capacity, products, investment and due", {}
            )
        return self


class ProjectSuspended(Event):
    """Work on the project stopped. It may be resumed."""

    type: Literal["project_suspended"] = "project_suspended"
    project_id: ProjectId
    reason: Text | None = None
    """Why, as the source states it."""


class ProjectResumed(Event):
    """Work on the project continues after a suspension."""

    type: Literal["project_resumed"] = "project_resumed"
    project_id: ProjectId
    due: VagueDate | None = None
    """Stated completion date."""
    reason: Text | None = None
    """Why, as the source states it."""


class ProjectCancelled(Event):
    """The project was cancelled and will not be built."""

    type: Literal["project_cancelled"] = "project_cancelled"
    project_id: ProjectId
    reason: Text | None = None
    """Why, as the source states it."""


class ProjectCompleted(NamesUnit):
    """Capacity was commissioned and adds to the facility's installed capacity. Phases add up."""

    type: Literal["project_completed"] = "project_completed"
    project_id: ProjectId
    capacity: Capacity
    """Capacity commissioned by this event; phases add up."""
    unit_id: Slug | None = None
    """The furnace, line, reactor or block that was commissioned, if it is one unit of the plant: bf-2."""
    is_final: bool = False
    """True if the project ends here, even if less than planned was commissioned."""
