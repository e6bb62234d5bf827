"""Lists every event type by wire name, and builds its JSON Schema."""

from __future__ import annotations

import json
from typing import Any, Final

from policytrack.events import (
    activities,
    capacity,
    credit_lots,
    custom_fields,
    measures,
    meta,
    ownership,
    policy,
    projects,
    registry,
    succession,
    swaps,
)
from policytrack.events.envelope import Event

GROUPS: Final[dict[str, tuple[type[Event], ...]]] = {
    "registry": (
        registry.FirmRegistered,
        registry.FirmRenamed,
        registry.FirmMerged,
        registry.FirmAliasRegistered,
        registry.FacilityRegistered,
        registry.FacilityRenamed,
        registry.FacilityTransferred,
        registry.FacilityMoved,
        succession.FacilityMerged,
        succession.FacilitySplit,
        registry.ProjectRegistered,
        registry.ProjectRenamed,
        registry.ProjectTransferred,
        registry.ProjectMoved,
        activities.ActivityRegistered,
        measures.UnitRegistered,
        custom_fields.FieldDeclared,
    ),
    "ownership": (
        ownership.JointVentureAgreed,
        ownership.JointVentureFormed,
        ownership.JointVentureDissolved,
        ownership.StakeStated,
        ownership.StakeTransferred,
        ownership.FacilityStakeStated,
        ownership.FacilityStakeTransferred,
        ownership.ControlAsserted,
        ownership.ControlEnded,
    ),
    "capacity": (
        capacity.CapacityStated,
        capacity.CapacityIdled,
        capacity.CapacityRestarted,
        capacity.CapacityRetired,
        capacity.RetirementAnnounced,
        capacity.RetirementWithdrawn,
        capacity.CapacityReported,
    ),
    "projects": (
        projects.ProjectAnnounced,
        projects.ProjectApproved,
        projects.ConstructionStarted,
        projects.ConstructionCompleted,
        projects.TrialProductionStarted,
        projects.ScheduleRevised,
        projects.ScopeRevised,
        projects.ProjectSuspended,
        projects.ProjectResumed,
        projects.ProjectCancelled,
        projects.ProjectCompleted,
    ),
    "swaps": (
        swaps.CapacitySwapAnnounced,
        swaps.CapacitySwapAmended,
        swaps.SwapObjectionLodged,
        swaps.CapacitySwapRevoked,
        credit_lots.CreditLotRecognised,
        credit_lots.CreditLotTransferred,
        credit_lots.CreditLotReturned,
    ),
    "policy": (
        policy.QuotaIssued,
        policy.RuleEnacted,
        policy.RuleSuspended,
        policy.RuleRepealed,
        policy.SupportAwarded,
        policy.ExchangeRateStated,
    ),
    "meta": (meta.EventRetracted, meta.ClaimRecorded),
}
"""The event types by group; help and docs use this order."""

EVENT_TYPES: Final[dict[str, type[Event]]] = {
    event_type.TOPIC: event_type for group in GROUPS.values() for event_type in group
}


def meaning_of(event_type: type[Event]) -> str:
    """Return what an event of this type says, in a sentence: the first line of its docstring."""
    return (event_type.__doc__ or "").strip().splitlines()[0]


def schema_name(event_type: type[Event]) -> str:
    """Return the file name of a type's newest JSON Schema, for instance ``project_approved.v1.json``."""
    return f"{event_type.TOPIC}.v{event_type.newest_version()}.json"


def json_schema(event_type: type[Event]) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the stored form of an event type."""
    schema = event_type.model_json_schema(mode="serialization", by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def json_schema_text(event_type: type[Event]) -> str:
    """Return the JSON Schema as text, as in the files of `events/schema/`."""
    return json.dumps(json_schema(event_type), indent=2, ensure_ascii=False, sort_keys=True) + "\n"
