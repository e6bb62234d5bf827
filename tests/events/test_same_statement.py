"""When two events say the same: by what they mean, however each is spelled."""

from __future__ import annotations

from typing import Any

import pytest

from policytrack.events import EVENT_TYPES, Event
from tests.events.every_type import fields_of, full
from tests.examples import SOURCE, facility, make, retraction, stated

OTHER = {"title": "Notice 2", "class": "filing"}
LEGS = [
    {"facility_id": "a", "capacity": 600},
    {"facility_id": "b", "capacity": 400},
    {"facility_id": "a", "capacity": 5},
]


def swap(legs: list[dict[str, Any]]) -> Event:
    return make(
        "capacity_swap_announced",
        swap_id="swap", project_id="line-2", activity_id="coal-power", build_capacity=1000, legs=legs,
    )  # fmt: skip


def transferred(**fields: Any) -> Event:
    return make("stake_transferred", **{"owned_id": "v", "to_id": "a", "stake_pct": "30", **fields})


def approved(**fields: Any) -> Event:
    return make("project_approved", project_id="line-2", **fields)


SAME: dict[str, tuple[Event, ...]] = {
    "separators, units and powers of a capacity": tuple(
        map(stated, (2000, "2000", "2,000", "2,000 t/yr", "2000 t REO/yr", "2 kt/yr", "0.2万吨/年"))
    ),
    "bounds of a capacity": (stated(">= 2,000 t/yr"), stated(">=2000"), stated("at least 2000")),
    "an unknown capacity": (stated("unknown"), stated({"bound": "unknown"})),
    "money": tuple(approved(investment=text) for text in ("CNY 470 M", "CNY 470,000,000", "470 million CNY")),
    "dates": tuple(
        approved(due=text) for text in ("2026-Q4", "late 2026", "4Q 2026", "2026-36", "2026-10/2026-12")
    ),
    "a deadline": (approved(due="by end-2026"), approved(due="../2026-12-31"), approved(due="before 2027")),
    "the day itself": (stated(1, effective="27 October 2025"), stated(1, effective="2025-10-27")),
    "percent": tuple(transferred(stake_pct=text) for text in ("30", "30 %", "30.0", "30.000000%")),
    "order of sources, each once": (stated(1, sources=[SOURCE, OTHER]), stated(1, sources=[OTHER, SOURCE, SOURCE])),
    "what describes a document": (
        stated(1, sources=[SOURCE]),
        stated(1, sources=[{**SOURCE, "class": "analyst", "quote": "so", "language": "zh", "state_affiliated": True}]),
    ),
    "order of legs": (swap(LEGS), swap(LEGS[::-1])),
    "order of products": (approved(products=["NdPr", "Dy"]), approved(products=["Dy", "NdPr"])),
    "defaults": (transferred(), transferred(kind="sale", assertion="reported", sources=[SOURCE])),
    "spaces": (transferred(reason="a sale  to a fund "), transferred(reason="a sale to a\nfund")),
    "composed letters": (transferred(reason="Usin\u00e9"), transferred(reason="Usine\u0301")),
    "coordinates": tuple(
        facility(coordinates={"latitude": text, "longitude": "-1.50"}) for text in ("46", "46.0", "46.000")
    ),
    "the day on which a claim was made": tuple(
        make("claim_recorded", target="00000000-0000-4000-8000-000000000001",
             stance="corroborates", known_on=day, effective=day)
        for day in ("2025-10-31", "2025-11-02")
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", SAME)
def test_spelling_makes_no_other_statement(what: str) -> None:
    assert len({event.statement_key() for event in SAME[what]}) == 1


DIFFERENT: dict[str, tuple[Event, ...]] = {
    "figures": (stated(2000), stated(2001), stated(">= 2000"), stated("> 2000"), stated("unknown"), stated("withheld")),
    "currencies": (approved(investment="CNY 470 M"), approved(investment="USD 470 M")),
    "dates": tuple(approved(due=text) for text in ("2026", "2026~", "2026-Q4", "../2026", "2026/..")),
    "given and not given": (approved(), approved(due="2026")),
    "locators": (stated(1), stated(1, sources=[{**SOURCE, "locator": "row 2"}])),
    "documents": (stated(1), stated(1, sources=[OTHER]), stated(1, sources=[SOURCE, OTHER]), stated(1, sources=[])),
    "legs": (swap(LEGS), swap(LEGS[:2]), swap([*LEGS, LEGS[0]])),
    "no and not said": (full("capacity_retired", dismantled=None), full("capacity_retired", dismantled=False)),
    "sides": (transferred(from_id="b", to_id="a"), transferred(from_id="a", to_id="b"), transferred()),
    "assertions": (stated(1, assertion="rumour"), stated(1)),
    "reasons of occurrences": tuple(
        stated(1, acknowledged=[{"check": "repeated_statement", "reason": text}] if text else [])
        for text in ("", "furnace 2", "furnace 3")
    ),
    "targets": (retraction(stated(1)), retraction(stated(1))),
}


@pytest.mark.parametrize("what", DIFFERENT)
def test_another_meaning_is_another_statement(what: str) -> None:
    assert len({event.statement_key() for event in DIFFERENT[what]}) == len(DIFFERENT[what])


@pytest.mark.parametrize("type_", EVENT_TYPES)
def test_every_field_that_means_something_is_in_the_key(type_: str) -> None:
    event = full(type_)
    ignored = {"event_id", "type", "schema_version", "known_on", "recorded_by", "note", "acknowledged"}
    ignored |= {"effective"} if event.IS_REGISTRATION or event.EFFECTIVE_DEFAULT == "known_on" else set()
    defaults = {name for name, field in type(event).model_fields.items() if getattr(event, name) == field.default}
    others = [name for name in fields_of(type_) if name not in ignored | defaults]
    keys = {event.statement_key()}
    for name in others:
        keys.add(event.model_copy(update={name: None}).statement_key())
    assert len(keys) == 1 + len(others)
    for name in ignored & {"known_on", "recorded_by", "note", "acknowledged"}:
        assert full(type_, **{name: [] if name == "acknowledged" else "2025-12-01"}).statement_key() in keys
    assert type(event).model_validate_json(event.to_json()).statement_key() == event.statement_key()
