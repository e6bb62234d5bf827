"""What cannot be is refused: mergers in a circle, regions elsewhere, stakes in oneself."""

from __future__ import annotations

from typing import Any

import pytest

from policytrack.decide.impossible import impossibilities
from policytrack.errors import Refused
from policytrack.events import Event
from policytrack.values.subdivisions import SUBDIVISIONS, is_known_region
from tests.examples import facility, firm, make, retraction
from tests.scenario import given

FIRMS = [firm(name) for name in ("a", "b", "c")]


def merged(firm_id: str, into: str, **fields: Any) -> Event:
    return make("firm_merged", firm_id=firm_id, into_firm_id=into, **fields)


def found(event: Event) -> list[tuple[str | None, str, str]]:
    return [(one.field, one.what, one.hint) for one in impossibilities(event)]


def test_mergers_make_no_circle() -> None:
    error = given(*FIRMS, merged("a", "b"), merged("b", "c")).when(merged("c", "a")).refused(
        Refused, "the mergers would make a circle: c into a into b into c"
    )  # fmt: skip
    assert "policytrack log" in error.hint
    given(*FIRMS).when(merged("a", "b"), merged("b", "a")).refused(Refused, "circle: b into a into b")


def test_a_chain_of_mergers_and_a_retracted_merger_make_none() -> None:
    given(*FIRMS, merged("a", "b")).when(merged("b", "c")).then_recorded()
    first = merged("a", "b")
    given(*FIRMS, first, retraction(first)).when(merged("b", "a")).then_recorded()


def test_a_region_is_one_of_its_country() -> None:
    assert found(facility(country="CN", region="US-TX")) == [
        (
            "region",
            "facility_registered.region: region US-TX is not in country CN",
            "use a region of CN, or country US",
        )
    ]
    assert found(facility(country="CN", region="CN-NX")) == []
    assert found(facility(country="PR", region="US-PR")) == []
    (unlisted,) = found(facility(country="CN", region="CN-XX"))
    assert unlisted[1] == "facility_registered.region: 'CN-XX' is not an ISO 3166-2 region code"
    assert "CN-" in unlisted[2]
    assert found(facility(country="FR", region="FR-NAQ")) == []  # the list of France is not here


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"jurisdiction": "QQ"}, "jurisdiction"),
        ({"jurisdiction": "CN-QQ"}, "jurisdiction"),
        ({"jurisdiction": "CN", "regions": ["CN-HE", "US-TX"]}, "regions.1"),
        ({"jurisdiction": "CN", "regions": ["CN-QQ"]}, "regions.0"),
    ],
)
def test_a_rule_is_of_places_that_exist(fields: dict[str, Any], field: str) -> None:
    rule = {"rule_id": "rule", "title": "Measures", "kind": "other", "in_force_from": "2025-10-01"}
    assert [one[0] for one in found(make("rule_enacted", **{**rule, **fields}))] == [field]
    assert found(make("rule_enacted", **{**rule, "jurisdiction": "CN", "regions": ["CN-HE", "key-regions"]})) == []
    assert found(make("rule_enacted", **{**rule, "jurisdiction": "EU", "regions": ["DE-NW"]})) == []


def test_a_firm_holds_no_stake_in_itself() -> None:
    assert found(make("stake_stated", owned_id="a", owner_id="a", stake_pct="5"))[0][0] == "owner_id"
    partners = [{"firm_id": "b", "stake_pct": "60"}, {"firm_id": "a", "stake_pct": "40"}]
    assert found(make("joint_venture_formed", venture_id="a", partners=partners))[0][0] == "partners.1.firm_id"
    assert found(make("stake_transferred", owned_id="a", from_id="b", to_id="a", stake_pct="5")) == []  # a buy-back


def test_the_lists_of_regions_have_no_code_twice() -> None:
    assert all(len(codes) == len(set(codes)) for codes in SUBDIVISIONS.values())
    assert len(SUBDIVISIONS["CN"]) == 34
    assert is_known_region("US-DC")
    assert not is_known_region("US-XX")
