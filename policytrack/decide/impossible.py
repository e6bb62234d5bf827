"""Facts that cannot be: refused where they are read, since no other event is needed to see it.

Events that are recorded already are not looked at again; the checks `region_elsewhere`, `owns_itself` and
`merger_impossible` report what an older ledger holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from policytrack.decide.state import Known
from policytrack.errors import MalformedInput, PolicytrackError, Refused, field_name, steps_of
from policytrack.events.capacity import CapacityReported
from policytrack.events.envelope import Event
from policytrack.events.ownership import JointVentureAgreed, JointVentureFormed, Partner, Shareholder, StakeStated
from policytrack.events.policy import QuotaIssued, RuleEnacted, SupportAwarded
from policytrack.events.registry import FacilityRegistered, FirmMerged
from policytrack.values.ids import COUNTRIES
from policytrack.values.subdivisions import is_known_region, is_region_of, near_regions

_OWN_SHARES: Final = "leave it out: what the stated shares leave to 100 % counts as an unknown remainder"


def impossibilities(event: Event) -> Iterator[PolicytrackError]:
    """What cannot be in an event, each with its field."""
    for field, code in _regions(event):
        if not is_known_region(code):
            close = ", ".join(near_regions(code))
            yield _error(event, field, f"{code!r} is not a region of ISO 3166-2", f"close: {close}")
    if isinstance(event, FacilityRegistered) and event.region and not is_region_of(event.region, event.country):
        hint = f"write a region of {event.country}, or country {event.region[:2]}"
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


def circle_of(event: FirmMerged, into: Mapping[str, str]) -> Refused | None:
    """The refusal of a merger into a firm that had itself merged, through others or not, into the one that ends; `into`
    are all mergers (see `mergers`)."""
    chain = [event.firm_id, event.into_firm_id]
    while (following := into.get(chain[-1])) is not None and len(chain) <= len(into) + 1:
        chain.append(following)
        if following == event.firm_id:
            what = f"firm_merged: the mergers would make a circle: {' into '.join(chain)}"
            hint = f"retract or correct the merger that is wrong: `policytrack log --firm {event.into_firm_id}`"
            refusal = Refused(what, hint=hint)
            refusal.field = "into_firm_id"
            return refusal
    return None


def mergers(known: Known) -> dict[str, str]:
    """The firm that each merged firm went into, by the mergers that are known and in force."""
    current = (one.event for one in known.events.values() if one.superseded_by is None)
    return {event.firm_id: event.into_firm_id for event in current if isinstance(event, FirmMerged)}


def _regions(event: Event) -> Iterator[tuple[str, str]]:
    """The codes of regions in an event, with their fields."""
    if isinstance(event, FacilityRegistered | CapacityReported) and event.region:
        yield "region", event.region
    if isinstance(event, RuleEnacted | QuotaIssued | SupportAwarded) and "-" in event.jurisdiction:
        yield "jurisdiction", event.jurisdiction
    if isinstance(event, RuleEnacted):
        yield from ((f"regions.{n}", region) for n, region in enumerate(event.regions) if region[:2].isupper())


def _in_jurisdiction(event: RuleEnacted | QuotaIssued | SupportAwarded) -> Iterator[PolicytrackError]:
    country = event.jurisdiction.partition("-")[0]
    if country != "EU" and country not in COUNTRIES:
        hint = "write two capitals of ISO 3166-1, for instance CN, a region such as CN-NM, or EU"
        yield _error(event, "jurisdiction", f"{country!r} is not an ISO 3166-1 country code", hint)
    elif isinstance(event, RuleEnacted) and country != "EU":
        for n, region in enumerate(event.regions):
            if region[:2].isupper() and not is_region_of(region, country):
                what = f"region {region} is not in the jurisdiction {event.jurisdiction}"
                yield _error(event, f"regions.{n}", what, f"write a region of {country}")


def _error(event: Event, field: str, what: str, hint: str) -> MalformedInput:
    error = MalformedInput(f"{field_name(event.TOPIC, steps_of(field))}: {what}", hint=hint)
    error.field = field
    return error
