"""Units that a ledger registers: entered, stored, displayed, corrected, imported, merged, and refused."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from policytrack.errors import PolicytrackError
from policytrack.importing.bulk import parallel
from policytrack.ledger import Ledger
from policytrack.values.own_units import using_own_units
from policytrack.values.quantities import Capacity, parse_capacity
from policytrack.values.units import read_unit
from tests.application.test_importing import in_parts
from tests.examples import correction, facility, make, retraction

POUND: dict[str, Any] = {"symbol": "lb", "dimension": "mass", "factor": "0.00045359237", "aliases": ["pounds"]}
REGISTERED = make("unit_registered", **POUND)
OWN = (("lb", "t", "0.00045359237"), ("pounds", "t", "0.00045359237"), ("looms", "units", "1"))


def stating(capacity: str, day: str = "2025-01-01") -> str:
    return (
        f'{{"type":"capacity_stated","facility_id":"la-rochelle","activity_id":"rare-earth-separation",'
        f'"capacity":"{capacity}","effective":"{day}","known_on":"{day}"}}'
    )


def capacities(ledger: Ledger) -> list[Capacity]:
    events = ledger.events_at(range(1, ledger.store.head().position + 1))
    return [event.capacity for event in events.values() if event.TOPIC == "capacity_stated"]  # type: ignore[attr-defined]


def refusal(ledger: Ledger, *events: Any) -> str:
    with pytest.raises(PolicytrackError) as refused:
        ledger.record(events)
    return str(refused.value.what)


@pytest.mark.parametrize(
    ("text", "value", "at_most", "unit"),
    [
        ("2,000,000 lb/yr", "907.185", None, "t/yr"),  # 907.18474, rounded to a kilogram
        ("1 lb", "0", None, "t"),
        ("100 000 000 pounds of REO a year", "45359.237", None, "t REO/yr"),
        (">= 2 million lb U3O8/yr", "907.185", None, "t U3O8/yr"),
        ("40-50 million lb/yr", "18143.695", "22679.618", "t/yr"),
        ("12 looms/yr", "12", None, "units/yr"),
        ("5 kt/yr", "5000", None, "t/yr"),
    ],
)
def test_a_figure_is_stored_in_the_base_unit_with_its_words(
    text: str, value: str, at_most: str | None, unit: str
) -> None:
    with using_own_units(lambda: OWN):
        stored = Capacity.model_validate(text)
    assert (stored.value, stored.unit, stored.written) == (Decimal(value), unit, text)
    assert stored.at_most == (None if at_most is None else Decimal(at_most))
    assert Capacity.model_validate(stored.model_dump(mode="json", exclude_none=True)) == stored  # without the unit


def test_a_unit_is_known_in_its_context_only() -> None:
    for context in ((("sack", "t", "0.05"),), (("sack", "t", "0.06"),), ()):
        with using_own_units(lambda units=context: units):  # type: ignore[misc] # bound now
            if not context:
                with pytest.raises(PolicytrackError):
                    parse_capacity("100 sack/yr")
                with pytest.raises(ValueError, match="is not a unit"):
                    Capacity.model_validate({"value": "100", "unit": "sack/yr"})
                continue
            factor = Decimal(context[0][2])
            assert parse_capacity("100 sack/yr").value == 100 * factor
            assert Capacity.model_validate({"value": "100", "unit": "sack/yr"}).value == 100 * factor
            assert read_unit("sack REO").factor == factor
            with pytest.raises(PolicytrackError):
                read_unit("sack/d")  # a mass per day has no factor to a year


@pytest.mark.parametrize(
    "symbol", ["kt", "Mt", "t REO", "吨", "片", "wpm", "lakh", "k", "m", "million tons", "Ni", "USD", "year", "bale per year",
               "MT", "gw", "unknown", "b/d"]
)  # fmt: skip
def test_a_symbol_that_means_something_else_is_refused(ledger: Ledger, symbol: str) -> None:
    if symbol == "b/d":
        with pytest.raises(ValueError, match="is not a symbol"):
            make("unit_registered", **POUND | {"symbol": symbol})
        return
    assert refusal(ledger, make("unit_registered", **POUND | {"symbol": symbol})).startswith("cannot register the unit")
    as_alias = make("unit_registered", **POUND | {"aliases": [symbol]})
    assert refusal(ledger, as_alias).startswith("cannot register the unit")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"factor": "0"}, "above 0"),
        ({"factor": "-1"}, "is not a number"),
        ({"factor": "0.0000000000000001"}, "more than 15 decimals"),
        ({"factor": "half"}, "is not a number"),
        ({"dimension": "t"}, "dimension"),
        ({"symbol": "5x"}, "is not a symbol"),
        ({"symbol": "x" * 31}, "is not a symbol"),
        ({"aliases": ["lb"]}, "given twice"),
    ],
)
def test_a_malformed_unit_is_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make("unit_registered", **POUND | changed)


def test_a_symbol_is_registered_once(ledger: Ledger) -> None:
    ledger.record([REGISTERED])
    other = make("unit_registered", **POUND | {"symbol": "pounds", "factor": "0.5", "aliases": []})
    assert refusal(ledger, other) == "unit 'pounds' is already registered by e1 as 0.00045359237 t, not 0.5 t"
    ledger.record([correction(REGISTERED, "error", aliases=("lbs",))])
    ledger.record([other])  # the alias is free again
    renamed = correction(ledger.events_at([2])[2], "error", symbol="libra")
    assert "cannot change the id" in refusal(ledger, renamed)


def test_a_correction_or_retraction_changes_no_recorded_figure(ledger: Ledger) -> None:
    ledger.record([REGISTERED, facility()])
    assert in_parts(ledger, [stating("2 million lb/yr")]) == []
    before = capacities(ledger)
    halved = correction(REGISTERED, "error", factor="0.0005")
    ledger.record([halved])
    assert capacities(ledger) == before
    assert in_parts(ledger, [stating("2 million lb/yr", "2025-02-01")]) == []
    assert [one.value for one in capacities(ledger)] == [Decimal("907.185"), Decimal(1000)]
    ledger.record([retraction(halved)])
    [refused] = in_parts(ledger, [stating("2 million lb/yr", "2025-03-01")])
    assert "is not a unit" in refused
    assert [one.value for one in capacities(ledger)] == [Decimal("907.185"), Decimal(1000)]


def test_an_import_uses_a_unit_that_it_registers_before(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "PART", 200)
    monkeypatch.setattr(parallel, "FIRST", 1000)
    lines = [REGISTERED.to_json(), facility().to_json()]
    lines += [stating("2 million lb/yr", f"2025-01-{day:02}") for day in range(1, 29)]
    assert in_parts(ledger, lines) == []
    assert {one.value for one in capacities(ledger)} == {Decimal("907.185")}


def test_two_ledgers_that_define_a_symbol_differently_do_not_merge(ledger: Ledger, tmp_path: Path) -> None:
    other = Ledger.create(tmp_path / "other")
    ledger.record([REGISTERED, facility()])
    in_parts(ledger, [stating("2 million lb/yr")])
    other.record([make("unit_registered", **POUND | {"factor": "0.00045"})])
    [refused] = in_parts(other, list(ledger.lines()))
    assert "unit 'lb' is already registered by e1 as 0.00045 t, not 0.00045359237 t" in refused
    assert other.store.head().position == 1
    same = Ledger.create(tmp_path / "same")
    same.record([REGISTERED])
    assert in_parts(same, list(ledger.lines())) == []
    assert [one.value for one in capacities(same)] == [Decimal("907.185")]
