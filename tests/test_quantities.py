"""Quantities: read exactly as the source writes them, in base units, never as floats."""

from __future__ import annotations

import json
from contextlib import suppress
from decimal import Decimal, localcontext
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from policytrack.errors import InvalidQuantity
from policytrack.quantities import (
    Capacity,
    Money,
    Percent,
    Ratio,
    format_decimal,
    parse_capacity,
    parse_money,
    parse_percent,
    parse_ratio,
)
from policytrack.units import CURRENCIES, CURRENCIES_WITHDRAWN, LONGEST

CAPACITIES = [
    ("5000", "5000", "exact", None),
    ("5,000", "5000", "exact", None),
    ("5.500", "5.5", "exact", None),
    ("5 000 t REO/yr", "5000", "exact", "t REO/yr"),
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
        "50,00,000",
        "5,000 000",
        "5 000,000",
        "5 0000",
        "5.",
        ".5",
        "5.5.5",
        "0x10",
        "５",
    ),
    *("0.0001", "1.23456789 kt", "1000000000000000", "999999999999 Mt", "NaN", "Infinity", "<5", "~5", "5-6"),
    *("5 mt", "5 mtpa", "5 MT", "5 tons", "5 short tons", "5 st", "5 tpy", "5 t/d", "5 tpd", "5 t/month"),
    *("100 MWac", "100 MWp", "5 MW REO", "5 t REO ore", "5 kt/yr/yr", "5 furlongs", "5 m\u0131ll\u0131on t"),
    *("{hint}", "unknown t", "9" * (LONGEST + 1)),
]

SUMS = [
    ("470 M CNY", "470000000", "CNY"),
    ("CNY 470 M", "470000000", "CNY"),
    ("CNY 457 million", "457000000", "CNY"),
    ("CNY 470000000", "470000000", "CNY"),
    ("4.7亿元", "470000000", "CNY"),
    ("人民币4.7亿元", "470000000", "CNY"),
    ("5亿美元", "500000000", "USD"),
    ("RMB 153 m", "153000000", "CNY"),
    ("US$25.6M", "25600000", "USD"),
    ("A$39.25 M", "39250000", "AUD"),
    ("€75 M", "75000000", "EUR"),
    ("£1.5bn", "1500000000", "GBP"),
    ("INR 7,280 crore", "72800000000", "INR"),
    ("470 BRL", "470", "BRL"),
    ("BGN 5", "5", "BGN"),
    ("CNY 0.1234", "0.1234", "CNY"),
    ("CNY 999999999999999999.9999", "999999999999999999.9999", "CNY"),
]

NO_SUMS = [
    "",
    "470",
    "CNY",
    "470 M",
    "¥5",
    "￥5",
    "$5",
    "kr 5",
    "ABC 5",
    "cny 5",
    "XXX 5",
    "USD 5 EUR",
    "CNY -5",
    "CNY 0.12345",
    "CNY 1000000000000000000",
    "CNY 1000000 trillion",
    "5e3 CNY",
]


@pytest.mark.parametrize(("text", "value", "bound", "unit"), CAPACITIES)
def test_a_capacity_is_read_into_the_base_unit(text: str, value: str | None, bound: str, unit: str | None) -> None:
    found = parse_capacity(text)
    stored = json.loads(found.model_dump_json())
    assert list(stored) == ["value", "bound", "unit", "written"]
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
        ("5 mtpa", "Mt is a million tonnes"),
        ("5 MT", "Mt is a million tonnes"),
        ("5000 tons", "a ton may be short"),
        ("5000 t/d", "days of operation"),
        ("5000,5", "write a point for decimals"),
        ("100 MWac", "kind of power in the note"),
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
        ("5000 t NdPr/yr", "t REO/yr", "substance"),
        ("5000 t ore", "t REO/yr", "substance"),
        ("5000 t/yr", "kt/yr", "base unit"),
        ("5000 t/yr", "furlongs", "without doubt"),
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
    stored = '{"value":"100","bound":"at_least","unit":"t","written":null}'
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


@pytest.mark.parametrize("given_value", [True, 0.5, None, [], b"5"], ids=repr)
@pytest.mark.parametrize("kind", [Capacity, Money, Percent, Ratio], ids=["capacity", "money", "percent", "ratio"])
def test_what_is_neither_text_nor_exact_number_is_refused(kind: Any, given_value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(given_value)


def test_a_float_is_refused_with_the_advice_to_quote_it() -> None:
    for kind in (Capacity, Percent, Ratio):
        with pytest.raises(ValidationError) as invalid:
            TypeAdapter(kind).validate_json("0.1")
        assert "quotes" in invalid.value.errors()[0]["ctx"]["hint"]


@pytest.mark.parametrize(("text", "amount", "currency"), SUMS)
def test_a_sum_of_money_is_read_in_its_own_currency(text: str, amount: str, currency: str) -> None:
    found = parse_money(text)
    assert json.loads(found.model_dump_json()) == {
        "amount": amount,
        "currency": currency,
        "written": None if text == str(found) else text,
    }
    assert Money.model_validate(text) == found
    assert Money.model_validate_json(found.model_dump_json()) == found


@pytest.mark.parametrize("text", NO_SUMS)
def test_what_is_not_a_sum_in_one_currency_is_refused_with_a_cure(text: str) -> None:
    with pytest.raises(InvalidQuantity) as refusal:
        parse_money(text)
    assert refusal.value.hint
    with pytest.raises(ValidationError):
        Money.model_validate(text)


def test_a_sign_of_several_currencies_is_refused_by_name() -> None:
    for text in ("$5 M", "¥5 M"):
        with pytest.raises(InvalidQuantity) as refusal:
            parse_money(text)
        assert refusal.value.hint.startswith(f"{text[0]} is the sign of several currencies")


def test_money_is_neither_without_currency_nor_in_an_unknown_one() -> None:
    for fields in (
        {"amount": "5"},
        {"currency": "CNY"},
        {"amount": "5", "currency": "RMB"},
        {"amount": 5.0, "currency": "CNY"},
    ):
        with pytest.raises(ValidationError):
            Money.model_validate(fields)


def test_the_currencies_are_those_of_the_standard() -> None:
    assert len(CURRENCIES) == len(set(CURRENCIES)) == 176
    assert not set(CURRENCIES) & set(CURRENCIES_WITHDRAWN)
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in CURRENCIES + CURRENCIES_WITHDRAWN)
    assert {"CNY", "USD", "EUR", "XCG", "ZWG"} <= set(CURRENCIES)
    assert {"BGN", "HRK", "ANG", "DEM"} <= set(CURRENCIES_WITHDRAWN)


@pytest.mark.parametrize(
    ("given_value", "share"),
    [
        ("51", "51"),
        ("51 %", "51"),
        ("51%", "51"),
        ("36.710 %", "36.71"),
        (0, "0"),
        (100, "100"),
        (Decimal("13.99350"), "13.9935"),
        ("0.000001", "0.000001"),
    ],
)
def test_a_percentage_is_exact(given_value: str | int | Decimal, share: str) -> None:
    assert TypeAdapter(Percent).dump_json(TypeAdapter(Percent).validate_python(given_value)) == f'"{share}"'.encode()
    assert parse_percent(given_value) == Decimal(share)


@pytest.mark.parametrize(
    "given_value", ["100.000001", "101", "-1", "0.0000001", "51 %%", "half", "", 101, Decimal("NaN")]
)
def test_what_is_not_a_percentage_is_refused(given_value: str | int | Decimal) -> None:
    with pytest.raises(InvalidQuantity):
        parse_percent(given_value)


@pytest.mark.parametrize(
    ("given_value", "ratio"),
    [
        ("1", "1"),
        ("1.5", "1.5"),
        ("1.5:1", "1.5"),
        ("1.25 : 1", "1.25"),
        ("1：1", "1"),
        ("3:2", "1.5"),
        ("0", "0"),
        (2, "2"),
    ],
)
def test_a_ratio_is_retired_to_built(given_value: str | int, ratio: str) -> None:
    assert TypeAdapter(Ratio).dump_json(TypeAdapter(Ratio).validate_python(given_value)) == f'"{ratio}"'.encode()
    assert parse_ratio(given_value) == Decimal(ratio)


@pytest.mark.parametrize("given_value", ["4:3", "1:0", "1:", ":1", "1:1:1", "-1", "1000", "1.0000001", "", "one"])
def test_what_is_not_an_exact_ratio_is_refused(given_value: str) -> None:
    with pytest.raises(InvalidQuantity):
        parse_ratio(given_value)


def test_a_decimal_is_written_in_plain_digits() -> None:
    for text, plain in {
        "1E+3": "1000",
        "5.000": "5",
        "0.0000010": "0.000001",
        "-0": "0",
        "0E+2": "0",
        "100": "100",
        "-2.50": "-2.5",
    }.items():
        assert format_decimal(Decimal(text)) == plain


def test_the_arithmetic_of_the_caller_does_not_reach_the_figures() -> None:
    with localcontext() as context:
        context.prec = 3
        assert Capacity.model_validate("123,456.789 t").value == Decimal("123456.789")
        assert Capacity.model_validate("123.456789 kt").value == Decimal("123456.789")


def test_the_schema_of_the_stored_form_is_an_object_and_input_may_be_text() -> None:
    for kind in (Capacity, Money):
        assert kind.model_json_schema(mode="serialization")["type"] == "object"
        assert kind.model_json_schema(mode="validation")["anyOf"][0]["type"] == "string"


SUMS_OF_MONEY = st.integers(0, 10**22 - 1).map(lambda parts: Decimal(parts).scaleb(-4))
FIGURES = st.integers(0, 10**18 - 1).map(lambda thousandths: Decimal(thousandths).scaleb(-3))
UNITS = st.sampled_from([None, "t", "t/yr", "t REO", "t REO/yr", "t NdPr/yr", "MW", "MW/yr", "MWh/yr", "wafers/yr"])
BOUNDS = st.sampled_from(["exact", "at_least", "at_most", "more_than"])


@given(FIGURES, UNITS, BOUNDS)
def test_a_capacity_written_out_reads_back_as_itself(value: Decimal, unit: str | None, bound: str) -> None:
    capacity = Capacity.model_validate({"value": value, "unit": unit, "bound": bound})
    assert parse_capacity(str(capacity)).model_copy(update={"written": None}) == capacity
    assert Capacity.model_validate_json(capacity.model_dump_json()) == capacity
    assert json.loads(capacity.model_dump_json())["value"] == format_decimal(value)


@given(SUMS_OF_MONEY, st.sampled_from(CURRENCIES + CURRENCIES_WITHDRAWN))
def test_a_sum_written_out_reads_back_as_itself(amount: Decimal, currency: str) -> None:
    money = Money.model_validate({"amount": amount, "currency": currency})
    assert parse_money(str(money)) == money
    assert parse_money(f"{format_decimal(amount)} {currency}").amount == amount
    assert Money.model_validate_json(money.model_dump_json()) == money


@given(FIGURES)
def test_separators_of_thousands_change_nothing(value: Decimal) -> None:
    assert parse_capacity(f"{value:,}").value == parse_capacity(f"{value:,}".replace(",", " ")).value == value


@given(st.integers(0, 10**9))
def test_prefixes_scale_exactly(figure: int) -> None:
    assert parse_capacity(f"{figure} kt").value == parse_capacity(f"{figure} thousand t").value == figure * 1000
    assert parse_capacity(f"{figure}万吨").value == figure * 10**4


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6))
def test_a_decimal_written_plainly_is_the_same_number(value: Decimal) -> None:
    assert Decimal(format_decimal(value)) == value
    assert "E" not in format_decimal(value)


TEXTS = st.one_of(
    st.text(max_size=LONGEST + 5),
    st.text("0123 .,:>=<%tkMWhREOoyra/万亿吨年元CNYUSD$€¥-mil", max_size=LONGEST + 5),
)


@given(TEXTS)
def test_any_text_is_a_quantity_or_refused_as_one(text: str) -> None:
    for parse, kind in ((parse_capacity, Capacity), (parse_money, Money)):
        try:
            found = parse(text)
        except InvalidQuantity:
            with pytest.raises(ValidationError):
                kind.model_validate(text)
        else:
            assert parse(str(found)).model_copy(update={"written": found.written}) == found
            assert kind.model_validate_json(found.model_dump_json()) == found
    for figure in (parse_percent, parse_ratio):
        with suppress(InvalidQuantity):
            assert 0 <= figure(text) < 1000
