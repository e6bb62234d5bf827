"""Refuses facts that are impossible in themselves, such as a firm that owns itself or a region in another country.

Recorded events are not validated again; the checks `region_elsewhere`, `owns_itself` and `merger_impossible` report
those of an older ledger.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Final

from policytrack.decide.state import Known
from policytrack.errors import MalformedInput, PolicytrackError, Refused, field_name, steps_of
from policytrack.events.capacity import CapacityReported
from policytrack.events.envelope import Event
from policytrack.events.ownership import JointVentureAgreed, JointVentureFormed, Partner, Shareholder, StakeStated
from policytrack.events.policy import QuotaIssued, RuleEnacted, SupportAwarded
from policytrack.events.registry import FacilityRegistered, FirmMerged
from policytrack.values.country_codes import COUNTRIES
from policytrack.values.subdivisions import is_known_region, is_region_of, near_regions

_CHECKED: Final = (
    CapacityReported,
    FacilityRegistered,
    JointVentureAgreed,
    JointVentureFormed,
    QuotaIssued,
    RuleEnacted,
    StakeStated,
    SupportAwarded,
)
_OWN_SHARES: Final = "leave this share out: the remainder to 100 % is shown as unknown"


def impossibilities(event: Event) -> Iterator[PolicytrackError]:
    """Yield an error for each impossible fact in an event, with its field."""
    if not _is_checked(type(event)):
        return
    for field, code in _regions(event):
        if not is_known_region(code):
            close = ", ".join(near_regions(code))
            yield _error(event, field, f"{code!r} is not an ISO 3166-2 region code", f"similar codes: {close}")
    if isinstance(event, FacilityRegistered) and event.region and not is_region_of(event.region, event.country):
        hint = f"use a region of {event.country}, or country {event.region[:2]}"
        yield _error(event, "region", f"region {event.region} is not in country {event.country}", hint)
    if isinstance(event, RuleEnacted | QuotaIssued | SupportAwarded):
        yield from _in_jurisdiction(event)
    if isinstance(event, StakeStated) and event.owned_id == event.owner_id:
        yield _error(event, "owner_id", f"{event.owner_id} cannot hold a stake in itself", _OWN_SHARES)
    if isinstance(event, JointVentureAgreed | JointVentureFormed):
        partners: Sequence[Partner | Shareholder] = event.partners
        for index, partner in enumerate(partners):
            if partner.firm_id == event.venture_id:
                field = f"partners.{index}.firm_id"
                yield _error(event, field, f"{partner.firm_id} cannot be a partner of itself", _OWN_SHARES)


@cache
def _is_checked(event_type: type[Event]) -> bool:
    """Return whether events of a type are checked. `isinstance` of a pydantic model is a call of Python code."""
    return issubclass(event_type, _CHECKED)


def circle_of(event: FirmMerged, into: Mapping[str, str]) -> Refused | None:
    """Return the error of a merger that closes a circle of mergers; None when it closes none.

    `into` are all mergers in force (see `mergers`).
    """
    chain = [event.firm_id, event.into_firm_id]
    while (following := into.get(chain[-1])) is not None and len(chain) <= len(into) + 1:
        chain.append(following)
        if following == event.firm_id:
            what = f"firm_merged: the mergers would make a circle: {' into '.join(chain)}"
            hint = (
                f"run `policytrack log --firm {event.into_firm_id}` to find the wrong merger, and correct or retract it"
            )
            refusal = Refused(what, hint=hint)
            refusal.field = "into_firm_id"
            return refusal
    return None


def mergers(known: Known) -> dict[str, str]:
    """Return the absorbing firm of each merged firm, from the mergers in force."""
    current = (one.event for one in known.events.values() if one.superseded_by is None)
    return {event.firm_id: event.into_firm_id for event in current if isinstance(event, FirmMerged)}


def _regions(event: Event) -> Iterator[tuple[str, str]]:
    """Yield the region codes in an event, each with its field first."""
    if isinstance(event, FacilityRegistered | CapacityReported) and event.region:
        yield "region", event.region
    if isinstance(event, RuleEnacted | QuotaIssued | SupportAwarded) and "-" in event.jurisdiction:
        yield "jurisdiction", event.jurisdiction
    if isinstance(event, RuleEnacted):
        # Lower-case entries name a region set of `events/reference/region_sets.csv`, not an ISO 3166-2 code.
        yield from ((f"regions.{n}", region) for n, region in enumerate(event.regions) if region[:2].isupper())


def _in_jurisdiction(event: RuleEnacted | QuotaIssued | SupportAwarded) -> Iterator[PolicytrackError]:
    country = event.jurisdiction.partition("-")[0]
    if country != "EU" and country not in COUNTRIES:
        hint = "use a two-letter country code such as CN, a region such as CN-NM, or EU"
        yield _error(event, "jurisdiction", f"{country!r} is not an ISO 3166-1 country code", hint)
    elif isinstance(event, RuleEnacted) and country != "EU":
        for n, region in enumerate(event.regions):
            if region[:2].isupper() and not is_region_of(region, country):
                what = f"region {region} is not in the jurisdiction {event.jurisdiction}"
                yield _error(event, f"regions.{n}", what, f"use a region of {country}")


def _error(event: Event, field: str, what: str, hint: str) -> MalformedInput:
    error = MalformedInput(f"{field_name(event.TOPIC, steps_of(field))}: {what}", hint=hint)
    error.field = field
    return error
