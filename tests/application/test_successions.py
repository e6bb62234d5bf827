"""A facility that merges into another, and one that is split: what may be recorded."""

from __future__ import annotations

from typing import Any

import pytest

from policytrack.errors import InvalidQuantity, NeedsAcknowledgement, PolicytrackError, UnknownId
from policytrack.events import Event
from policytrack.ledger import Ledger
from tests.examples import correction, facility, make, retraction, stated

SEPARATION = "rare-earth-separation"
PLACES = [facility("old"), facility("new"), facility("east"), facility("narva", country="EE")]


def merged(*lines: dict[str, Any], **fields: Any) -> Event:
    given = {"facility_id": "old", "into_facility_id": "new", "capacities": lines, **fields}
    return make("facility_merged", **given)


def line(capacity: str, activity_id: str = SEPARATION, **fields: Any) -> dict[str, Any]:
    return {"activity_id": activity_id, "capacity": capacity, **fields}


def split(*parts: dict[str, Any], **fields: Any) -> Event:
    return make("facility_split", facility_id="old", parts=parts, **fields)


def test_both_facilities_are_registered_and_in_one_country(ledger: Ledger) -> None:
    with pytest.raises(UnknownId, match="no facility 'old'"):
        ledger.record([merged()])
    ledger.record(PLACES)
    with pytest.raises(UnknownId, match=r"parts\[1\]\.facility_id: no facility 'west'"):
        ledger.record([split({"facility_id": "west", **line("5")})])
    with pytest.raises(PolicytrackError, match="old is in FR, and narva is in EE") as caught:
        ledger.record([merged(into_facility_id="narva")])
    assert caught.value.field == "into_facility_id"
    with pytest.raises(PolicytrackError, match="narva is in EE") as caught:
        ledger.record([split({"facility_id": "new", **line("5")}, {"facility_id": "narva", **line("5")})])
    assert caught.value.field == "parts.1.facility_id"


def test_each_capacity_has_the_unit_of_its_own_activity(ledger: Ledger) -> None:
    ledger.record(PLACES)
    for wrong, field in ((line("5 MW"), "capacity"), (line("5", idle="1 MW"), "idle")):
        with pytest.raises(InvalidQuantity) as caught:
            ledger.record([merged(line("5 MW", "coal-power"), wrong)])
        assert caught.value.field == f"capacities.1.{field}"
    ledger.record([merged(line("5 MW", "coal-power"), line("5 kt REO/yr"))])


@pytest.mark.parametrize("in_one_transaction", [True, False])
def test_no_more_is_handed_over_than_is_installed(ledger: Ledger, in_one_transaction: bool) -> None:
    past = [*PLACES, stated("100", facility_id="old", effective="2020-01-01")]
    if not in_one_transaction:
        ledger.record(past)
        past = []
    parts = [{"facility_id": where, **line("60")} for where in ("new", "east")]
    for event, field in ((merged(line("101")), "capacities"), (split(*parts), "parts")):
        with pytest.raises(PolicytrackError, match=r"cannot hand over 1[0-9]+ of .* at old: only 100 is") as caught:
            ledger.record([*past, event])
        assert in_one_transaction or caught.value.field == field
    ledger.record([*past, merged(line("100"))])
    gone = {"activity_id": SEPARATION, "facility_id": "new", "effective": "2025-10-02"}
    with pytest.raises(NeedsAcknowledgement, match=r"cannot retire 101 .* at new: only 100 is installed"):
        ledger.record([make("capacity_retired", capacity="101", **gone)])
    ledger.record([make("capacity_retired", capacity="100", **gone)])
    with pytest.raises(NeedsAcknowledgement, match="at old: only 0 is installed"):
        ledger.record([make("capacity_retired", capacity="1", **{**gone, "facility_id": "old"})])


def test_it_is_corrected_and_retracted_as_any_event(ledger: Ledger) -> None:
    event = merged(line("100"))
    ledger.record([*PLACES, event])
    again = correction(event, "error", into_facility_id="new", capacities=(line("90"),))
    ledger.record([again])
    with pytest.raises(PolicytrackError, match="registers facility new, which 1 other event uses"):
        ledger.record([retraction(PLACES[1])])
    ledger.record([retraction(again), retraction(PLACES[1])])
