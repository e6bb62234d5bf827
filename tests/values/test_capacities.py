"""Capacities: read exactly as the source writes them, in the base unit, with their bounds."""

from __future__ import annotations

import json
from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from policytrack.errors import InvalidQuantity
from policytrack.values.quantities import Capacity, format_decimal, parse_capacity
from policytrack.values.units import LONGEST

CAPACITIES = [
    ("5000", "5000", "exact", None),
    ("5,000", "5000", "exact", None),
    ("5.500", "5.5", "exact", None),
    ("50,00,000", "5000000", "exact", None),
    ("12,34,567.5 t", "1234567.5", "exact", "t"),
    ("1,23,456", "123456", "exact", None),
    ("1,2345,6789", "123456789", "exact", None),
    ("5'000'000", "5000000", "exact", None),
    ("5’000 t", "5000", "exact", "t"),
    (".5 kt", "500", "exact", "t"),
    ("0.375 Mt/yr", "375000", "exact", "t/yr"),
    ("12 lakh tonnes", "1200000", "exact", "t"),
    ("1.5 cr t", "15000000", "exact", "t"),
    ("1.2億トン", "120000000", "exact", "t"),
    ("30万t", "300000", "exact", "t"),
    ("100億kWh", "10000000", "exact", "MWh"),
    ("5k t/yr", "5000", "exact", "t/yr"),
    ("2 Mio. t", "2000000", "exact", "t"),
    ("50k wpm", "600000", "exact", "wafers/yr"),
    ("50 kwpm", "600000", "exact", "wafers/yr"),
    ("50,000 wafer starts per month", "600000", "exact", "wafers/yr"),
    ("5 000 t REO/yr", "5000", "exact", "t REO/yr"),
    ("5\u2009000 t REO/yr", "5000", "exact", "t REO/yr"),
    ("5\u202f000 t REO/yr", "5000", "exact", "t REO/yr"),
    ("5000 t REO", "5000", "exact", "t REO"),
    ("5000tREO/a", "5000", "exact", "t REO/yr"),
    ("5,000 t of REO per year", "5000", "exact", "t REO/yr"),
    ("5000 tpa REO", "5000", "exact", "t REO/yr"),
    ("5 kt NdPr oxide/yr", "5000", "exact", "t NdPr/yr"),
    ("198 kt concentrate", "198000", "exact", "t concentrate"),
    ("5 kt/a", "5000", "exact", "t/yr"),
    ("5 kt / y", "5000", "exact", "t/yr"),
    ("5 ktpa", "5000", "exact", "t/yr"),
    ("5 ttpa", "5000", "exact", "t/yr"),
    ("500 kta", "500000", "exact", "t/yr"),
    ("5 kTPA", "5000", "exact", "t/yr"),
    ("5.2 mmtpa", "5200000", "exact", "t/yr"),
    ("5.2 MMTPA", "5200000", "exact", "t/yr"),
    ("5000 tpa", "5000", "exact", "t/yr"),
    ("1.2 Mt/y", "1200000", "exact", "t/yr"),
    ("1.2 Mtpa", "1200000", "exact", "t/yr"),
    ("1.2 million t", "1200000", "exact", "t"),
    ("2,000 tonnes per annum", "2000", "exact", "t/yr"),
    ("0.5万吨/年", "5000", "exact", "t/yr"),
    ("120万吨", "1200000", "exact", "t"),
    ("148.34万吨", "1483400", "exact", "t"),
    ("600 MW", "600", "exact", "MW"),
    ("1.2 GW", "1200", "exact", "MW"),
    ("60万千瓦", "600", "exact", "MW"),
    ("10 GW/yr", "10000", "exact", "MW/yr"),
    ("20 GWh/yr", "20000", "exact", "MWh/yr"),
    ("20 GWh", "20000", "exact", "MWh"),
    ("40,000 wafers/month", "480000", "exact", "wafers/yr"),
    ("100,000 bbl/d", "100000", "exact", "bbl/d"),
    ("100k bpd", "100000", "exact", "bbl/d"),
    ("1.2 MMbbl/d", "1200000", "exact", "bbl/d"),
    ("100 kb/d", "100000", "exact", "bbl/d"),
    ("10万桶/日", "100000", "exact", "bbl/d"),
    ("50 million barrels", "50000000", "exact", "bbl"),
    ("55 bcm/yr", "55000000000", "exact", "m3/yr"),
    ("16 bcma", "16000000000", "exact", "m3/yr"),
    ("3 million m³ per day", "3000000", "exact", "m3/d"),
    ("5000 Nm3/h", "5000", "exact", "Nm3/h"),
    ("2亿平方米/年", "200000000", "exact", "m2/yr"),
    ("1.2 million TEU", "1200000", "exact", "TEU"),
    ("120万标箱/年", "1200000", "exact", "TEU/yr"),
    ("30万辆/年", "300000", "exact", "vehicles/yr"),
    ("300,000 vehicles a year", "300000", "exact", "vehicles/yr"),
    ("500 kCGT", "500000", "exact", "CGT"),
    ("7,500 tSWU/a", "7500000", "exact", "SWU/yr"),
    ("7.5 million SWU/yr", "7500000", "exact", "SWU/yr"),
    ("30万台", "300000", "exact", "units"),
    ("30 GVA/yr", "30000", "exact", "MVA/yr"),
    ("1,200 km/yr", "1200", "exact", "km/yr"),
    ("200 ML/yr", "200000000", "exact", "l/yr"),
    ("12 crore litres", "120000000", "exact", "l"),
    ("5 kt nickel per year", "5000", "exact", "t Ni/yr"),
    ("5 ktpa Cu", "5000", "exact", "t Cu/yr"),
    ("20 kt LCE/yr", "20000", "exact", "t LCE/yr"),
    (">= 100", "100", "at_least", None),
    ("at least 100 t", "100", "at_least", "t"),
    (">0", "0", "more_than", None),
    ("<= 5000", "5000", "at_most", None),
    ("Up to 5 kt", "5000", "at_most", "t"),
    ("unknown", None, "unknown", None),
    ("withheld", None, "withheld", None),
]

NO_CAPACITY = [
    *(
        "",
        " ",
        "x",
        "t",
        "-5",
        "+5",
        "1e3",
        "5,5",
        "5,00",
        "0,375",
        "0'375",
        "0 375",
        "00,375",
        "1,2345",
        "1,23,4567",
        "12,345,67",
        "1.250.000",
        "5,000 000",
        "5 000,000",
        "5 0000",
        "5.",
        ".",
        ",5",
        "5.5.5",
        "0x10",
        "５",
    ),
    *("0.0001", "1.23456789 kt", "1000000000000000", "999999999999 Mt", "NaN", "Infinity", "<5", "6-5", "5-5"),
    *("5 mt", "5 mtpa", "5 MT", "5 tons", "5 short tons", "5 st", "5 tpy", "5 t/d", "5 tpd", "5 t/month"),
    *("1.2 mb/d", "1.2 Mbbl/d", "5 mbpd", "5 MB/d", "100 bbl/yr", "100 bpd/yr", "100 kboe/d", "3 Mm3/d", "3 mcm/d"),
    *("100 MMscf/d", "5 Sm3/d", "5 Nm3/d", "5 m3/h", "5 TEU/d", "300 vehicles/day", "5 m2/month", "20 Mm2", "100 GT"),
    *("50 million gal", "5 L", "200 ml", "5 kl/d", "5 km2", "5 MVA/d"),
    *("2 Mlb U3O8", "5 bbl Ni", "5 t leads", "5 vehicles Ni", "5 m", "5 sets"),
    *("100 MWac", "100 MWp", "5 MW REO", "5 t REO ore", "5 kt/yr/yr", "5 furlongs", "5 m\u0131ll\u0131on t"),
    *("{hint}", "unknown t", "9" * (LONGEST + 1)),
]


@pytest.mark.parametrize(("text", "value", "bound", "unit"), CAPACITIES)
def test_a_capacity_is_read_into_the_base_unit(text: str, value: str | None, bound: str, unit: str | None) -> None:
    found = parse_capacity(text)
    stored = json.loads(found.model_dump_json())
    assert list(stored) == ["value", "bound", "at_most", "unit", "written"]
    assert (stored["value"], stored["bound"], stored["unit"]) == (value, bound, unit)
    assert stored["written"] == (None if text == value else " ".join(text.split()))
    assert str(found) == " ".join(text.split())
    assert Capacity.model_validate(text) == found
    assert Capacity.model_validate_json(found.model_dump_json()) == found
    assert Capacity.model_validate_json(found.model_dump_json(exclude_none=True)) == found


@pytest.mark.parametrize("text", NO_CAPACITY)
def test_what_is_not_a_capacity_is_refused_with_a_cure(text: str) -> None:
    with pytest.raises(InvalidQuantity) as refusal:
        parse_capacity(text)
    assert refusal.value.hint
    with pytest.raises(ValidationError) as invalid:
        Capacity.model_validate(text)
    [error] = invalid.value.errors()
    assert (error["type"], error["msg"]) == ("invalid_quantity", refusal.value.what)
    assert error["ctx"]["hint"] == refusal.value.hint


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("5 mtpa", "write Mt for a million tonnes"),
        ("5 MT", "write Mt for a million tonnes"),
        ("5000 tons", "a ton may be short"),
        ("5000 t/d", "days of operation"),
        ("5000,5", "write a point for decimals"),
        ("0,375 Mt/yr", "never begins with 0"),
        ("1.250.000", "write a point for decimals"),
        ("100 MWac", "kind of power in the note"),
        ("1.2 mb/d", "MMbbl/d for millions"),
        ("100,000 bbl/yr", "write it per day"),
        ("3 Mm3/d", "a thousand or a million"),
        ("300 vehicles/day", "days of operation"),
        ("5 m3/h", "hours of operation"),
        ("5 m2/month", "only wafers"),
        ("100 MMscf/d", "cubic foot"),
        ("5 kboe/d", "oil equivalent"),
        ("100 million gallons per year", "US gallon"),
        ("100 MGY", "US gallon"),
        ("200 ml/yr", "millilitre"),
        ("5 furlongs", "write for instance 5000"),
    ],
)
def test_the_refusal_of_a_capacity_says_what_to_write(text: str, cure: str) -> None:
    with pytest.raises(InvalidQuantity) as refusal:
        parse_capacity(text)
    assert cure in refusal.value.hint


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("5000", "t REO/yr", "5000"),
        ("5000", "cells/yr", "5000"),
        ("0.5万吨/年", "t REO/yr", "5000"),
        ("120万吨", "t/yr", "1200000"),
        ("5000 t REO", "t REO/yr", "5000"),
        ("5000 t magnets/yr", "t/yr", "5000"),
        ("20 GWh", "MWh/yr", "20000"),
        ("10 GW", "MW/yr", "10000"),
        (">= 100 t REO", "t REO", "100"),
        ("withheld", "t REO", None),
        ("55 bcm", "m3/yr", "55000000000"),
        ("1.2 million TEU", "TEU/yr", "1200000"),
        ("5 kt", "t Ni/yr", "5000"),
    ],
)
def test_a_capacity_in_the_unit_of_its_activity(text: str, unit: str, value: str | None) -> None:
    assert parse_capacity(text).in_unit_of(unit) == (None if value is None else Decimal(value))


@pytest.mark.parametrize(
    ("text", "unit", "matter"),
    [
        ("600 MW", "t/yr", "dimension"),
        ("600 MW", "MWh/yr", "dimension"),
        ("20 GWh", "MW", "dimension"),
        ("5000 t REO/yr", "t REO", "dimension"),
        ("10 GW/yr", "MW", "dimension"),
        ("50 million barrels", "bbl/d", "dimension"),
        ("5 m3", "m3/d", "dimension"),
        ("5 m3/d", "m3/yr", "dimension"),
        ("5 Nm3/yr", "m3/yr", "dimension"),
        ("300,000 units", "vehicles/yr", "dimension"),
        ("5 kt ore/yr", "t Ni/yr", "substance"),
        ("5000 t NdPr/yr", "t REO/yr", "substance"),
        ("5000 t ore", "t REO/yr", "substance"),
        ("5000 t/yr", "kt/yr", "base unit"),
        ("5000 t/yr", "furlongs", "or is ambiguous"),
    ],
)
def test_a_capacity_of_another_dimension_or_substance_is_refused(text: str, unit: str, matter: str) -> None:
    with pytest.raises(InvalidQuantity, match=matter):
        parse_capacity(text).in_unit_of(unit)


@pytest.mark.parametrize(
    ("fields", "value", "unit", "written"),
    [
        ({"value": "1.2", "unit": "kt/a"}, "1200", "t/yr", "1.2 kt/a"),
        ({"value": "1,200", "unit": " kt  / a ", "bound": "at_least"}, "1200000", "t/yr", ">= 1,200 kt / a"),
        ({"value": Decimal("1E+3"), "unit": "GW", "bound": "at_most"}, "1000000", "MW", "<= 1000 GW"),
        ({"value": 5, "unit": "kt", "bound": "more_than"}, "5000", "t", "> 5 kt"),
        ({"value": 5, "unit": "kt", "written": "five thousand tonnes"}, "5000", "t", "five thousand tonnes"),
        ({"value": 5, "unit": "t", "bound": "at_least"}, "5", "t", None),
    ],
)
def test_a_capacity_given_as_fields_is_scaled_to_the_base_unit_and_keeps_its_bound_in_words(
    fields: dict[str, object], value: str, unit: str, written: str | None
) -> None:
    found = Capacity.model_validate(fields)
    assert (found.value, found.unit, found.written) == (Decimal(value), unit, written)
    if "written" not in fields:
        assert parse_capacity(str(found)).model_copy(update={"written": written}) == found


def test_a_capacity_without_words_of_a_source_is_shown_as_bound_value_and_unit() -> None:
    for fields, shown in (
        ({"value": "100.50", "unit": "t REO/yr", "bound": "at_least"}, ">= 100.5 t REO/yr"),
        ({"value": Decimal("5E+3")}, "5000"),
        ({"bound": "withheld"}, "withheld"),
    ):
        assert str(Capacity.model_validate(fields)) == shown


def test_a_stored_capacity_without_words_reads_back_without_words() -> None:
    stored = '{"value":"100","bound":"at_least","at_most":null,"unit":"t","written":null}'
    assert Capacity.model_validate_json(stored).model_dump_json() == stored


@pytest.mark.parametrize(
    "fields",
    [
        {"value": None},
        {},
        {"value": "5", "bound": "unknown"},
        {"value": "5", "bound": "roughly"},
        {"value": "5", "unit": "kt", "bound": ["at_least"]},
        {"value": "5", "unit": "mt"},
        {"value": "5 t"},
        {"value": 5.0},
        {"value": "5", "colour": "red"},
        {"value": "5", "written": "five\u202e"},
        {"value": Decimal("NaN")},
        {"value": Decimal("sNaN")},
        {"value": Decimal("-0.001")},
        {"value": Decimal("1E+999999999")},
        {"value": Decimal("1E-999999")},
        {"value": Decimal("1." + "0" * 300 + "1")},
        {"value": 10**5000},
    ],
    ids=lambda fields: ",".join(fields) or "nothing",
)
def test_fields_that_are_no_capacity_are_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Capacity.model_validate(fields)


def test_the_arithmetic_of_the_caller_does_not_reach_the_figures() -> None:
    with localcontext() as context:
        context.prec = 3
        assert Capacity.model_validate("123,456.789 t").value == Decimal("123456.789")
        assert Capacity.model_validate("123.456789 kt").value == Decimal("123456.789")


FIGURES = st.integers(0, 10**18 - 1).map(lambda thousandths: Decimal(thousandths).scaleb(-3))
UNITS = st.sampled_from(
    [
        None,
        "t",
        "t/yr",
        "t REO",
        "t REO/yr",
        "t NdPr/yr",
        "MW",
        "MW/yr",
        "MWh/yr",
        "wafers/yr",
        "bbl/d",
        "m3/d",
        "m2/yr",
        "Nm3/h",
        "TEU/yr",
        "CGT/yr",
        "SWU/yr",
        "vehicles/yr",
        "units",
        "t U/yr",
    ]
)
BOUNDS = st.sampled_from(["exact", "at_least", "at_most", "more_than"])


@given(FIGURES, UNITS, BOUNDS)
def test_a_capacity_written_out_reads_back_as_itself(value: Decimal, unit: str | None, bound: str) -> None:
    capacity = Capacity.model_validate({"value": value, "unit": unit, "bound": bound})
    assert parse_capacity(str(capacity)).model_copy(update={"written": None}) == capacity
    assert Capacity.model_validate_json(capacity.model_dump_json()) == capacity
    assert json.loads(capacity.model_dump_json())["value"] == format_decimal(value)


@given(FIGURES)
def test_separators_of_thousands_change_nothing(value: Decimal) -> None:
    assert parse_capacity(f"{value:,}").value == parse_capacity(f"{value:,}".replace(",", " ")).value == value


@given(st.integers(0, 10**9))
def test_prefixes_scale_exactly(figure: int) -> None:
    assert parse_capacity(f"{figure} kt").value == parse_capacity(f"{figure} thousand t").value == figure * 1000
    assert parse_capacity(f"{figure}万吨").value == figure * 10**4


@pytest.mark.parametrize(
    ("text", "low", "high", "unit"),
    [
        ("40,000-50,000 t/yr", 40_000, 50_000, "t/yr"),
        ("40–50 kt/yr", 40_000, 50_000, "t/yr"),
        ("0.5-1万吨/年", 5_000, 10_000, "t/yr"),
        ("3至5万吨/年", 30_000, 50_000, "t/yr"),
        ("between 40 and 50 GWh/yr", 40_000, 50_000, "MWh/yr"),
        ("40 kt/yr to 50 kt/yr", 40_000, 50_000, "t/yr"),
        ("1-2 million t", 1_000_000, 2_000_000, "t"),
        ("about 45,000 t/yr", 40_500, 49_500, "t/yr"),
        ("约3万吨/年", 27_000, 33_000, "t/yr"),
        ("~5", Decimal("4.5"), Decimal("5.5"), None),
        ("about 0.003", Decimal("0.002"), Decimal("0.004"), None),
    ],
)
def test_a_range_has_a_lower_and_an_upper_end(text: str, low: object, high: object, unit: str | None) -> None:
    read = Capacity.model_validate(text)
    assert (read.value, read.bound, read.at_most, read.unit) == (low, "at_least", high, unit)
    assert str(read) == text
    assert Capacity.model_validate_json(read.model_dump_json(exclude_none=True)) == read
    assert Capacity.model_validate(read.figures).at_most == high


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("50-40 t", "must end above its beginning"),
        ("40 kt/yr - 50", "in two units"),
        ("40 t-50 MW", "in two units"),
        ("> 5-6", "is not a capacity"),
        ("5 - 6 - 7", "is not a capacity"),
        ("about unknown", "is not a capacity"),
        ("about >= 5", "is not a capacity"),
        ({"value": "4", "at_most": "5"}, "needs a value with the bound at_least"),
        ({"value": "4", "bound": "at_least", "at_most": "3"}, "must end above"),
        ({"bound": "unknown", "at_most": "3"}, "needs a value"),
    ],
)
def test_what_is_no_range_is_refused(given: object, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Capacity.model_validate(given)
