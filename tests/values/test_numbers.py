"""Numbers as people write them, with the decimal mark of their file."""

from __future__ import annotations

import re
from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policytrack.errors import InvalidQuantity
from policytrack.values.numbers import DecimalMark, read_number, with_point
from policytrack.values.quantities import parse_capacity, parse_money, parse_percent, parse_ratio


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("0,375 Mt/yr", "0.375 Mt/yr"),
        ("1,250", "1.250"),
        ("1.250", "1250"),
        ("1.250.000,5 t", "1250000.5 t"),
        ("1 250,5", "1 250.5"),
        ("1'250,5", "1250.5"),
        ("EUR 0,5 Mrd.", "EUR 0.5 Mrd."),
        ("US$25,6M", "US$25.6M"),
        ("CNY25,6 M", "CNY25.6 M"),
        ("33,34 %", "33.34 %"),
        ("1,5:1", "1.5:1"),
        (">= 1.250", ">= 1250"),
        (",5", ".5"),
        ("12", "12"),
        ("unknown", "unknown"),
    ],
)
def test_a_number_with_a_decimal_comma_is_rewritten_with_a_point(text: str, plain: str) -> None:
    assert with_point(text, ",") == plain
    assert with_point(text, ".") == text


@pytest.mark.parametrize("text", ["12.5", "1,250,000", "1,250.5", "0.375 Mt/yr", "12.34.567"])
def test_a_number_that_a_decimal_comma_does_not_allow_is_refused(text: str) -> None:
    with pytest.raises(InvalidQuantity, match="not a number with a decimal comma"):
        with_point(text, ",")


@pytest.mark.parametrize("text", ["1,250", "1.250", "EUR 12,500 M", "> 100.000 t", "1,2345"])
def test_a_number_that_depends_on_the_mark_is_refused_while_the_mark_is_unsaid(text: str) -> None:
    with pytest.raises(InvalidQuantity, match="may be") as refusal:
        with_point(text, "unsaid")
    assert "--decimal" in refusal.value.hint
    assert "decimal =" in refusal.value.hint


@pytest.mark.parametrize("text", ["1250", "12.5", "0.375", "1,250.5", "1,250,000", "12,34,567", "0,375", "12,5"])
def test_a_number_that_does_not_depend_on_the_mark_is_left_to_the_field(text: str) -> None:
    assert with_point(text, "unsaid") == text


@pytest.mark.parametrize("text", ["0,375", "0'375", "00,375", "12,5", "1,2345", "1,23", "1.250.000", "1,250,00"])
def test_marks_that_are_no_groups_are_refused_in_every_quantity(text: str) -> None:
    assert read_number(text) is None
    for parse, written in (
        (parse_capacity, f"{text} t/yr"),
        (parse_money, f"EUR {text} bn"),
        (parse_percent, f"{text} %"),
        (parse_ratio, text),
    ):
        with pytest.raises(InvalidQuantity) as refusal:
            parse(written)
        if parse in (parse_capacity, parse_money):
            assert "--decimal" in refusal.value.hint


FIGURES = st.decimals(0, 10**12, places=3, allow_nan=False)


def _indian(whole: int) -> str:
    digits = str(whole)
    head, tail = digits[:-3], digits[-3:]
    pairs = []
    while head:
        pairs.insert(0, head[-2:])
        head = head[:-2]
    return ",".join([*pairs, tail])


@given(FIGURES)
def test_every_style_of_groups_reads_as_the_same_number(value: Decimal) -> None:
    english = f"{value:,}"
    for written in (english, english.replace(",", " "), english.replace(",", "'"), english.replace(",", "’")):
        assert read_number(written) == value
    assert read_number(_indian(int(value)) + f"{value % 1:f}"[1:]) == value


@given(FIGURES, st.sampled_from([".", " ", "'", ""]))
def test_a_number_written_with_a_decimal_comma_reads_as_itself(value: Decimal, gap: str) -> None:
    written = f"{value:,}".replace(",", "_").replace(".", ",").replace("_", gap)
    assert read_number(with_point(written, ",")) == value


@given(st.text("0123456789.,' kt/yrEUR%:", max_size=20), st.sampled_from([".", ",", "unsaid"]))
def test_any_text_is_rewritten_or_refused(text: str, mark: DecimalMark) -> None:
    with suppress(InvalidQuantity):
        plain = with_point(text, mark)
        assert re.sub("[^0-9]", "", plain) == re.sub("[^0-9]", "", text)
