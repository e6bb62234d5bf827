"""Decides whether an event may be recorded, from the events already in the ledger; no I/O and no clock."""

from policytrack.decide.boundary import Boundary, boundary_beyond, boundary_of, tags_of
from policytrack.decide.decisions import AlreadyRecorded, decide, decide_all, refuse_objections
from policytrack.decide.state import Known, RegionListed

__all__ = [
    "AlreadyRecorded",
    "Boundary",
    "Known",
    "RegionListed",
    "boundary_beyond",
    "boundary_of",
    "decide",
    "decide_all",
    "refuse_objections",
    "tags_of",
]
