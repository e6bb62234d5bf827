"""Money in its own currency, percentages and ratios: exact, or refused with a cure."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from policytrack.errors import InvalidQuantity
from policytrack.values.currencies import CURRENCIES, CURRENCIES_WITHDRAWN
from policytrack.values.quantities import Money, Percent, Ratio, format_decimal, parse_money, parse_percent, parse_ratio
from policytrack.values.sums import StatedSum, parse_stated_sum

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
    ("Rs 91,000 crore", "910000000000", "INR"),
    ("Rs. 91,000 cr", "910000000000", "INR"),
    ("91,000 crore rupees", "910000000000", "INR"),
    ("₹1.5 lakh crore", "1500000000000", "INR"),
    ("₹12,34,567", "1234567", "INR"),
    ("Rp 5 triliun", "5000000000000", "IDR"),
    ("100億円", "10000000000", "JPY"),
    ("1.2兆円", "1200000000000", "JPY"),
    ("3,000억원", "300000000000", "KRW"),
    ("470 CNY M", "470000000", "CNY"),
    ("EUR 1'250'000", "1250000", "EUR"),
    ("5 Mrd. EUR", "5000000000", "EUR"),
    ("2 million US dollars", "2000000", "USD"),
    ("RM 5 bn", "5000000000", "MYR"),
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
    "EUR 0,500 bn",
    "EUR 1,2345",
    "Rs 91,000",
    "Rs 5 bn",
    "INR 91 k crore",
    "5 M CNY M",
]


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
    for text, sign in (("$5 M", "$"), ("¥5 M", "¥"), ("Rs 91,000", "Rs"), ("kr 5,000", "kr"), ("5,000 pesos", "pesos")):
        with pytest.raises(InvalidQuantity) as refusal:
            parse_money(text)
        assert refusal.value.hint.endswith(f"several currencies use {sign}")


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("up to USD 8.5 billion", "write one figure"),
        ("more than USD 100 M", "write one figure"),
        ("USD 50-60 million", "write one figure"),
        ("USD 50 to 60 million", "write one figure"),
        ("about USD 5 bn", "write one figure"),
        ("undisclosed", "leave it out"),
        ("Unknown", "leave it out"),
    ],
)
def test_a_sum_that_is_not_exact_or_not_stated_is_refused_with_what_to_write(text: str, cure: str) -> None:
    with pytest.raises(InvalidQuantity) as refusal:
        parse_money(text)
    assert refusal.value.hint.startswith(cure)


INEXACT_SUMS = [
    ("USD 300-400 million", "USD 300000000-400000000", (300_000_000, 400_000_000)),
    ("300-400 million USD", "USD 300000000-400000000", (300_000_000, 400_000_000)),
    ("EUR 300 M to EUR 400 M", "EUR 300000000-400000000", (300_000_000, 400_000_000)),
    ("300 million - 400 million euros", "EUR 300000000-400000000", (300_000_000, 400_000_000)),
    ("USD 500 M to 1 bn", "USD 500000000-1000000000", (500_000_000, 1_000_000_000)),
    ("between EUR 1 and 2 bn", "EUR 1000000000-2000000000", (1_000_000_000, 2_000_000_000)),
    ("3-5亿元", "CNY 300000000-500000000", (300_000_000, 500_000_000)),
    ("100億円～200億円", "JPY 10000000000-20000000000", (10_000_000_000, 20_000_000_000)),
    ("up to USD 8.5 billion", "<= USD 8500000000", (0, 8_500_000_000)),
    ("more than US$100M", "> USD 100000000", (100_000_000, None)),
    (">= EUR 5 M", ">= EUR 5000000", (5_000_000, None)),
    ("about EUR 5 M", "EUR 4500000-5500000", (4_500_000, 5_500_000)),
    ("EUR 5 M", "EUR 5000000", (5_000_000, 5_000_000)),
]


@pytest.mark.parametrize(("text", "plain", "ends"), INEXACT_SUMS)
def test_a_stated_sum_has_ends_and_reads_back(text: str, plain: str, ends: tuple[int, int | None]) -> None:
    found = StatedSum.model_validate(text)
    assert (str(found), found.ends) == (plain, ends)
    assert StatedSum.model_validate_json(found.model_dump_json(exclude_none=True)) == found
    if not text.startswith("about"):
        assert StatedSum.model_validate(plain).ends == found.ends


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("USD 400-300 M", "write the smaller figure first"),
        ("USD 300 M - EUR 400 M", "write both sums in one currency"),
        ("$3-5 M", "write the currency code"),
        ("300-400 million", "write for instance"),
        ("about USD 3-5 M", "write one figure"),
        ("up to nothing", "write one figure"),
        ("USD -5", "write for instance"),
        ("undisclosed", "leave it out"),
    ],
)
def test_what_is_no_stated_sum_is_refused_with_what_to_write(text: str, cure: str) -> None:
    with pytest.raises(InvalidQuantity) as refusal:
        parse_stated_sum(text)
    assert refusal.value.hint.startswith(cure)
    with pytest.raises(ValidationError):
        StatedSum.model_validate(text)


@pytest.mark.parametrize(
    "fields",
    [{"at_most": "9"}, {"at_most": "9", "bound": "at_most"}, {"at_most": "5", "bound": "at_least"}, {"bound": "exact"}],
)
def test_the_parts_of_a_stated_sum_must_fit_together(fields: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        StatedSum.model_validate({"amount": "5", "currency": "USD", **fields})


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


SUMS_OF_MONEY = st.integers(0, 10**22 - 1).map(lambda parts: Decimal(parts).scaleb(-4))


@given(SUMS_OF_MONEY, st.sampled_from(CURRENCIES + CURRENCIES_WITHDRAWN))
def test_a_sum_written_out_reads_back_as_itself(amount: Decimal, currency: str) -> None:
    money = Money.model_validate({"amount": amount, "currency": currency})
    assert parse_money(str(money)) == money
    assert parse_money(f"{format_decimal(amount)} {currency}").amount == amount
    assert Money.model_validate_json(money.model_dump_json()) == money
