"""What no event may say, whatever the record holds."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from policytrack.events import EVENT_TYPES
from tests.events.every_type import full


def refused(type_: str, **fields: Any) -> list[str]:
    """The kinds of error that these fields make."""
    with pytest.raises(ValidationError) as caught:
        full(type_, **fields)
    return [error["type"] for error in caught.value.errors()]


@pytest.mark.parametrize("type_", EVENT_TYPES)
@pytest.mark.parametrize("effective", ["2025-11-01", "2025-11", "2026", "2025-11-01/..", "2025-11-01/2026"])
def test_an_event_that_begins_after_the_day_it_was_known_is_refused(type_: str, effective: str) -> None:
    assert refused(type_, effective=effective) == ["effective_after_known_on"]


@pytest.mark.parametrize("effective", ["2025-10-31", "2025", "2025-10", "../2025-12-31", "2025-10-31/2026"])
def test_an_event_that_may_have_begun_by_the_day_it_was_known_is_accepted(effective: str) -> None:
    assert str(full("project_cancelled", effective=effective).effective) == effective


@pytest.mark.parametrize("type_", ["joint_venture_formed", "joint_venture_agreed"])
def test_shares_above_100_are_refused(type_: str) -> None:
    def partners(*shares: str) -> list[dict[str, str]]:
        return [{"firm_id": f"firm-{n}", "stake_pct": share} for n, share in enumerate(shares)]

    assert refused(type_, partners=partners("60", "40", "0.04")) == ["shares_over_100"]
    assert refused(type_, partners=partners("60", "42")) == ["shares_over_100"]
    assert full(type_, partners=partners("60", "40"))
    assert full(type_, partners=partners("33.333333", "33.333333", "33.333334"))


@pytest.mark.parametrize(
    "shares",
    [("33.34",) * 3, ("60.1", "40"), ("50.00001", "50"), ("51", "50"), ("34", "33", "34"), ("60", "40", "0.02")],
)
def test_shares_above_100_by_rounding_are_accepted(shares: tuple[str, ...]) -> None:
    partners = [{"firm_id": f"firm-{n}", "stake_pct": share} for n, share in enumerate(shares)]
    assert full("joint_venture_formed", partners=partners)


def test_the_words_for_shares_above_100_say_what_they_add_up_to() -> None:
    partners = [{"firm_id": "a", "stake_pct": "60.5"}, {"firm_id": "b", "stake_pct": "50"}]
    with pytest.raises(ValidationError, match=r"the shares add up to 110\.5 %, more than 100 %"):
        full("joint_venture_formed", partners=partners)


@pytest.mark.parametrize(
    ("type_", "fields", "error"),
    [
        ("joint_venture_formed", {"partners": [{"firm_id": "a", "stake_pct": 1}] * 2}, "partner_twice"),
        ("stake_stated", {"stake_pct": "100.000001"}, "invalid_quantity"),
        ("stake_transferred", {"stake_pct": 0}, "nothing_moved"),
        ("stake_transferred", {"from_id": None, "to_id": None}, "no_side"),
        ("stake_transferred", {"from_id": "a", "to_id": "a"}, "same_side"),
        ("facility_stake_stated", {"stake_pct": "100.1"}, "invalid_quantity"),
        ("facility_stake_transferred", {"stake_pct": 0}, "nothing_moved"),
        ("facility_stake_transferred", {"from_id": None, "to_id": None}, "no_side"),
        ("facility_stake_transferred", {"from_id": "a", "to_id": "a"}, "same_side"),
        ("facility_transferred", {"operator_id": None, "owner_id": None}, "no_new_hands"),
        ("retirement_announced", {"capacity": None}, "nothing_retired"),
        ("retirement_announced", {"phases": [{"capacity": "5"}]}, "planned_twice"),
        ("retirement_announced", {"phases": [{"capacity": "5"}], "capacity": None}, "planned_twice"),
        ("project_registered", {"phase_of": "line-2"}, "phase_of_itself"),
        ("facility_merged", {"into_facility_id": "works"}, "same_facility"),
        (
            "facility_merged",
            {"capacities": [{"activity_id": "steel", "capacity": "5", "unit_id": None}] * 2},
            "stated_twice",
        ),
        (
            "facility_merged",
            {"capacities": [{"activity_id": "steel", "capacity": "5", "idle": "6"}]},
            "idle_beyond_capacity",
        ),
        ("facility_merged", {"capacities": [{"activity_id": "steel"}]}, "missing"),
        ("facility_split", {"parts": []}, "no_parts"),
        (
            "facility_split",
            {"parts": [{"facility_id": "works", "activity_id": "steel", "capacity": "5"}]},
            "same_facility",
        ),
        (
            "facility_split",
            {"parts": [{"facility_id": "east", "activity_id": "steel", "capacity": "5"}] * 2},
            "stated_twice",
        ),
        ("control_asserted", {"controlled_id": "a", "controller_id": "a"}, "controls_itself"),
        ("control_ended", {"controlled_id": "a", "controller_id": "a"}, "controls_itself"),
        ("firm_alias_registered", {"name": "北方\u202e稀土"}, "hidden_character"),
        ("firm_alias_registered", {"language": "Chinese!"}, "string_pattern_mismatch"),
        (
            "scope_revised",
            {"capacity": None, "investment": None, "due": None, "products": []},
            "nothing_revised",
        ),
        ("capacity_swap_announced", {"legs": [{"capacity": 5}]}, "donor"),
        ("capacity_swap_announced", {"legs": [{"firm_id": "a", "undisclosed": True, "capacity": 5}]}, "donor"),
        ("quota_issued", {"holder_id": None, "includes": ["firm"]}, "includes_without_holder"),
        ("quota_issued", {"holder_id": "firm", "includes": ["firm"]}, "includes_itself"),
        ("firm_registered", {"firm_id": "Not An Id"}, "invalid_id"),
        ("firm_registered", {"name": "  "}, "string_too_short"),
        ("firm_registered", {"name": "北方\u202e稀土"}, "hidden_character"),
        ("project_announced", {"products": ["La2O3", "Ce\u202eO2"]}, "hidden_character"),
        ("firm_registered", {"identifiers": {"lei": "5493001KJTIIGC8Y1R13"}}, "invalid_id"),
        ("firm_registered", {"identifiers": {"unified_social_credit_code": "91350100M000100Y44"}}, "invalid_id"),
        ("capacity_stated", {"capacity": 0.5}, "invalid_quantity"),
        ("capacity_stated", {"capacity": "-5 t/yr"}, "invalid_quantity"),
        ("capacity_stated", {"type": "capacity_idled"}, "literal_error"),
        ("capacity_stated", {"assertion": "certain"}, "literal_error"),
    ],
)
def test_a_malformed_event_is_refused(type_: str, fields: dict[str, Any], error: str) -> None:
    assert error in refused(type_, **fields)


@pytest.mark.parametrize("type_", EVENT_TYPES)
def test_a_required_field_that_is_missing_is_named(type_: str) -> None:
    required = {name for name, field in EVENT_TYPES[type_].model_fields.items() if field.is_required()}
    with pytest.raises(ValidationError) as caught:
        EVENT_TYPES[type_].model_validate({"type": type_})
    assert {error["loc"][0] for error in caught.value.errors() if error["type"] == "missing"} == required
