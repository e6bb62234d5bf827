"""Quantities of every kind: never floats, plain digits, and any text is one or refused as one."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from policytrack.errors import InvalidQuantity
from policytrack.values.quantities import (
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
from policytrack.values.units import LONGEST


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


def test_the_schema_of_the_stored_form_is_an_object_and_input_may_be_text() -> None:
    for kind in (Capacity, Money):
        assert kind.model_json_schema(mode="serialization")["type"] == "object"
        assert kind.model_json_schema(mode="validation")["anyOf"][0]["type"] == "string"


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
