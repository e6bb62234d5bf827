"""One event of every type with every field given, so that no field is left out of a test."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from policytrack.events import EVENT_TYPES, Event

ENVELOPE: dict[str, Any] = {
    "event_id": "00000000-0000-4000-8000-000000000001",
    "schema_version": 1,
    "effective": "2025-10",
    "known_on": "2025-10-31",
    "sources": [
        {
            "title": "Notice 12",
            "publisher": "Inner Mongolia",
            "url": "https://example.org/12",
            "published_on": "2025-10-30",
            "language": "zh-Hans",
            "class": "regulator",
            "state_affiliated": True,
            "locator": "p. 3",
            "quote": "同意",
            "archived_url": "https://example.org/archive/12",
            "sha256": "0" * 64,
        }
    ],
    "assertion": "confirmed",
    "supersedes": {"event_id": "00000000-0000-4000-8000-000000000002", "because": "revision"},
    "acknowledged": [{"check": "ratio", "reason": "an older rule"}],
    "recorded_by": "analyst",
    "note": "a remark",
}
NAMED = {"name": "A name", "names": [{"language": "zh", "name": "名"}]}
OF_FACILITY = {"facility_id": "works", "activity_id": "coal-power", "capacity": ">= 600 MW"}
PROJECT = {"project_id": "line-2"}
PLAN = {
    **PROJECT,
    "capacity": "0.5万吨/年",
    "products": ["La2O3", "CeO2"],
    "investment": "CNY 470 M",
    "due": "2026-12~",
}
VENTURE = {
    "venture_id": "venture",
    "registered_capital": "CNY 100 M",
    "partners": [{"firm_id": "a", "stake_pct": "51"}, {"firm_id": "b", "stake_pct": "48.999999"}],
}
OWN: dict[str, dict[str, Any]] = {
    "firm_registered": {
        **NAMED,
        "firm_id": "firm",
        "country": "CN",
        "kind": "venture",
        "identifiers": {
            "lei": "5493001KJTIIGC8Y1R12",
            "unified_social_credit_code": "91350100M000100Y43",
            "ticker": "600111.XSHG",
        },
    },
    "firm_renamed": {**NAMED, "firm_id": "firm"},
    "firm_alias_registered": {"firm_id": "firm", "name": "名", "language": "zh"},
    "firm_merged": {"firm_id": "firm", "into_firm_id": "other"},
    "facility_registered": {
        **NAMED,
        "facility_id": "works",
        "country": "CN",
        "region": "CN-NM",
        "operator_id": "firm",
        "coordinates": {"latitude": "40.65", "longitude": "109.84"},
    },
    "facility_transferred": {
        "facility_id": "works",
        "operator_id": "firm",
        "owner_id": "other",
        "reason": "insolvency",
    },
    "activity_registered": {
        **NAMED,
        "activity_id": "gigacasting",
        "unit": "t/yr",
        "part_of": "aluminium-casting",
        "sector": "vehicles",
        "stage": "parts",
        "covers": "body castings",
        "codes": {"hs": "7616.99", "nace": "24.53", "isic": "2432", "naics": "331523"},
    },
    "project_registered": {
        **NAMED,
        **PROJECT,
        "facility_id": "works",
        "activity_id": "coal-power",
        "firm_id": "firm",
        "national_project_code": "2404-150271-07-01-653041",
    },
    "joint_venture_agreed": {**VENTURE, "agreement": "binding"},
    "joint_venture_formed": VENTURE,
    "stake_stated": {"owned_id": "a", "owner_id": "b", "stake_pct": "48.26", "kind": "as_converted"},
    "stake_transferred": {
        "owned_id": "a",
        "from_id": "b",
        "to_id": "c",
        "stake_pct": "3",
        "kind": "free_transfer",
        "price": "CNY 1",
        "reason": "by decree",
    },
    "facility_stake_stated": {"facility_id": "works", "owner_id": "b", "stake_pct": "40", "kind": "planned"},
    "facility_stake_transferred": {
        "facility_id": "works",
        "from_id": "b",
        "to_id": "c",
        "stake_pct": "3",
        "kind": "free_transfer",
        "price": "CNY 1",
        "reason": "by decree",
    },
    "control_asserted": {"controlled_id": "a", "controller_id": "b", "rationale": "appoints the board"},
    "control_ended": {"controlled_id": "a", "controller_id": "b", "rationale": "trusteeship ended"},
    "capacity_stated": {**OF_FACILITY, "basis": "filed", "idle_share_pct": "20"},
    "capacity_idled": {**OF_FACILITY, "reason": "prices"},
    "capacity_restarted": {**OF_FACILITY, "reason": "prices"},
    "capacity_retired": {
        **OF_FACILITY,
        "was_idle": True,
        "dismantled": False,
        "swap_id": "swap",
        "lot_id": "lot",
        "reason": "a swap",
    },
    "project_announced": PLAN,
    "project_approved": {**PLAN, "authority": "province", "document_no": "12", "replacement": "equal"},
    "construction_started": {**PROJECT, "due": "2026"},
    "trial_production_started": {**PROJECT, "due": "2026"},
    "schedule_revised": {**PROJECT, "due": "2027-Q2", "reason": "late"},
    "scope_revised": {**PLAN, "reason": "larger"},
    "project_suspended": {**PROJECT, "reason": "prices"},
    "project_resumed": {**PROJECT, "due": "2027", "reason": "prices"},
    "project_cancelled": {**PROJECT, "reason": "prices"},
    "project_completed": {**PROJECT, "capacity": "2000", "is_final": True},
    "capacity_swap_announced": {
        **PROJECT,
        "swap_id": "swap",
        "activity_id": "coal-power",
        "build_capacity": "600 MW",
        "legs": [
            {
                "facility_id": "works",
                "firm_id": "firm",
                "lot_id": "lot",
                "undisclosed": False,
                "capacity": "withheld",
                "retire_by": "2027",
            },
            {"undisclosed": True, "capacity": "300 MW"},
        ],
        "ratio": "1.5:1",
        "rule_id": "rule",
        "authority": "province",
        "document_no": "12",
        "consultation_from": "2025-09-01",
        "consultation_to": "2025-09-14",
    },
    "capacity_swap_amended": {
        "swap_id": "swap",
        "build_capacity": "600 MW",
        "legs": [{"lot_id": "lot", "capacity": "750 MW", "retire_by": "2027"}],
        "ratio": "1.25",
        "rule_id": "rule",
        "authority": "province",
        "document_no": "13",
        "reason": "a donor dropped out",
    },
    "swap_objection_lodged": {
        "swap_id": "swap",
        "objector_id": "firm",
        "objector": "agencies of a province",
        "reason": "sold twice",
    },
    "capacity_swap_revoked": {
        "swap_id": "swap",
        "authority": "province",
        "document_no": "14",
        "reason": "to avoid double replacement",
    },
    "credit_lot_recognised": {
        "lot_id": "lot",
        "facility_id": "works",
        "activity_id": "coal-power",
        "capacity": "600 MW",
        "basis": "register",
        "holder_id": "firm",
        "expires_on": "2018-12-31",
        "authority": "province",
        "document_no": "15",
    },
    "credit_lot_transferred": {
        "lot_id": "lot",
        "from_id": "firm",
        "to_id": "other",
        "capacity": "100 MW",
        "price": "CNY 538.65 M",
    },
    "credit_lot_returned": {"lot_id": "lot", "swap_id": "swap", "capacity": "100 MW", "reason": "never built"},
    "retirement_announced": {
        "facility_id": "works",
        "activity_id": "coal-power",
        "capacity": "300 MW",
        "due": "2030-06",
        "phases": [],
        "reason": "age",
    },
    "retirement_withdrawn": {"facility_id": "works", "activity_id": "coal-power", "reason": "shortage of power"},
    "capacity_reported": {
        "country": "CN",
        "region": "CN-NM",
        "firm_id": "firm",
        "activity_id": "coal-power",
        "capacity": "1100 GW",
        "measure": "operating",
        "tolerance_pct": "2",
    },
    "quota_issued": {
        "quota_id": "quota",
        "jurisdiction": "CN",
        "activity_id": "coal-power",
        "stage": "mining",
        "material": "light",
        "year": 2024,
        "batch": "B1",
        "holder_id": "firm",
        "amount": "withheld",
        "includes": ["other-firm"],
        "document_no": "16",
    },
    "rule_enacted": {
        "rule_id": "rule",
        "title": "Measures",
        "document_no": "17",
        "authority": "ministry",
        "jurisdiction": "CN",
        "regions": ["CN-HE", "steel-key-regions"],
        "outside_regions": True,
        "activities": ["coal-power"],
        "kind": "replacement_ratio",
        "ratio_min": "1.5:1",
        "exceptions": [{"condition": "in Tibet", "ratio_min": "1"}],
        "in_force_from": "2021-06-01",
        "in_force_to": "2027-12-31",
    },
    "rule_suspended": {
        "rule_id": "rule",
        "until": "2026-11-10",
        "authority": "ministry",
        "document_no": "18",
        "reason": "talks",
    },
    "rule_repealed": {
        "rule_id": "rule",
        "in_force_to": "2024-12-31",
        "authority": "ministry",
        "document_no": "19",
        "reason": "replaced",
    },
    "support_awarded": {
        **PROJECT,
        "support_id": "support",
        "jurisdiction": "US",
        "programme": "an act",
        "recipient_id": "firm",
        "instrument": "loan",
        "stage": "disbursed",
        "amount": "USD 150 M",
        "terms": "12 years",
    },
    "claim_recorded": {
        "target": str(UUID(int=7)),
        "stance": "contradicts",
        "differing": [{"field": "capacity", "value": "7200"}],
    },
    "event_retracted": {"target": str(UUID(int=7)), "because": "error", "reason": "it is not so"},
}


def fields_of(type_: str) -> dict[str, Any]:
    """Every field of an event of the type, as a person writes it."""
    return {**ENVELOPE, "type": type_, **OWN[type_]}


def full(type_: str, **changes: Any) -> Event:
    """An event of the type with every field given."""
    return EVENT_TYPES[type_].model_validate({**fields_of(type_), **changes})
