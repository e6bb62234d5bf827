"""A facility that moves: within its country, and only if it is registered."""

from __future__ import annotations

import pytest

from policytrack.errors import PolicytrackError, UnknownId
from policytrack.ledger import Ledger
from tests.examples import correction, facility, make, retraction


def moved(**fields: str) -> object:
    return make("facility_moved", **{"facility_id": "la-rochelle", "region": "FR-ARA", **fields})


def test_a_move_stays_in_the_country_and_needs_a_registered_facility(ledger: Ledger) -> None:
    with pytest.raises(UnknownId, match="no facility 'la-rochelle'"):
        ledger.record([moved()])  # type: ignore[list-item] # an event
    ledger.record([facility()])
    with pytest.raises(PolicytrackError, match="is in FR, and DE-BY is a region of another country"):
        ledger.record([moved(region="DE-BY")])  # type: ignore[list-item]
    with pytest.raises(ValueError, match="region"):
        moved(region="Bavaria")


def test_a_move_is_corrected_and_retracted_as_any_event(ledger: Ledger) -> None:
    move = moved()
    ledger.record([facility(), move])  # type: ignore[list-item]
    again = correction(move, "error", region="FR-BRE")  # type: ignore[arg-type]
    ledger.record([again])
    with pytest.raises(PolicytrackError, match="another country"):
        ledger.record([correction(again, "error", region="BE-VLG")])
    ledger.record([retraction(again)])
    with pytest.raises(PolicytrackError, match="already retracted"):
        ledger.record([retraction(again, reason="once more")])
