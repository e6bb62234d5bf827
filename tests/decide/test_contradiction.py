"""Rows of one source that state different figures of one thing for one day: what is compared, and what is not."""

from __future__ import annotations

from typing import Any

import pytest

from policytrack.decide.contradiction import STATING, key_of_account, statements
from policytrack.events import EVENT_TYPES, Event
from tests.examples import SOURCE, correction, make, stated

OTHER = {"title": "Notice 2", "publisher": "Inner Mongolia", "class": "regulator"}
PARTNERS = [{"firm_id": "a", "stake_pct": "60"}, {"firm_id": "b", "stake_pct": "40"}]


def contradict(one: Event, other: Event) -> bool:
    """Whether the two state different figures of one account."""
    figures = {found.account: found.figure for found in statements(one)}
    return any(figures.get(found.account, found.figure) != found.figure for found in statements(other))


@pytest.mark.parametrize(
    ("type_", "fields", "change"),
    [
        ("capacity_stated", {"facility_id": "f", "activity_id": "crude-steel", "capacity": "100"}, {"capacity": "200"}),
        ("capacity_stated", {"facility_id": "f", "activity_id": "crude-steel", "capacity": "100"}, {"capacity": ">= 100"}),
        ("capacity_stated", {"facility_id": "f", "activity_id": "crude-steel", "capacity": "100"}, {"idle_share_pct": "5"}),
        ("stake_stated", {"owned_id": "a", "owner_id": "b", "stake_pct": "60"}, {"stake_pct": "50"}),
        ("facility_stake_stated", {"facility_id": "f", "owner_id": "b", "stake_pct": "60"}, {"stake_pct": "50"}),
        ("joint_venture_formed", {"venture_id": "v", "partners": PARTNERS}, {"partners": PARTNERS[:1]}),
        ("firm_renamed", {"firm_id": "a", "name": "One"}, {"name": "Two"}),
        ("support_awarded", {"support_id": "s", "jurisdiction": "US", "instrument": "grant", "stage": "awarded", "amount": "USD 5"},
         {"amount": "USD 6"}),
        ("project_announced", {"project_id": "p", "capacity": "100"}, {"capacity": "200"}),
        ("project_approved", {"project_id": "p", "due": "2027"}, {"due": "2028"}),
        ("schedule_revised", {"project_id": "p", "due": "2027"}, {"due": "2028"}),
        ("scope_revised", {"project_id": "p", "investment": "CNY 5"}, {"investment": "CNY 6"}),
    ],
)  # fmt: skip
def test_two_figures_of_one_thing_and_day_contradict(
    type_: str, fields: dict[str, Any], change: dict[str, Any]
) -> None:
    first = make(type_, **fields)
    assert contradict(first, make(type_, **{**fields, **change}))
    assert not contradict(first, make(type_, **fields))
    for apart in ({"effective": "2025-09-30"}, {"known_on": "2025-11-01"}, {"sources": [OTHER]}):
        assert not contradict(first, make(type_, **{**fields, **change, **apart}))


def test_spellings_of_one_figure_rows_of_one_document_and_an_acknowledgement() -> None:
    assert not contradict(stated("2000"), stated("2,000 t REO/yr"))
    assert contradict(
        stated("2000", sources=[{**SOURCE, "locator": "row 3"}]),
        stated("3000", sources=[{**SOURCE, "locator": "row 4"}]),
    )
    assert contradict(stated("2000", effective="2025-10"), stated("3000", effective="2025-10-31"))
    acknowledged = [{"check": "statements_disagree", "reason": "both are in the notice"}]
    assert not contradict(stated("2000"), stated("3000", acknowledged=acknowledged))
    assert not contradict(stated("2000"), stated("3000", basis="design"))
    first = stated("2000")
    assert not list(statements(correction(first, capacity="3000")))


def test_two_fields_of_one_plan_complete_each_other() -> None:
    assert not contradict(
        make("project_announced", project_id="p", capacity="100"), make("project_announced", project_id="p", due="2027")
    )


def test_what_adds_up_is_no_statement() -> None:
    closed = {"facility_id": "f", "activity_id": "crude-steel"}
    assert not contradict(
        make("capacity_retired", capacity="100", **closed), make("capacity_retired", capacity="200", **closed)
    )
    assert not STATING - EVENT_TYPES.keys()


def test_accounts_have_keys_of_64_bits() -> None:
    (found,) = statements(stated("2000"))
    assert 0 <= key_of_account(found.account) < 2**64
