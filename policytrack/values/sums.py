"""Defines sums of money that a source may state by their ends: up to USD 8.5 billion, USD 300-400 M, about EUR 5 M."""

from __future__ import annotations

import re
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import lru_cache
from typing import Any, Final, Literal

from policytrack.errors import InvalidQuantity
from policytrack.values.currencies import STATED_SUM_HINT, is_currency
from policytrack.values.quantities import LARGEST_SUM, Money, parse_money, upper_end
from policytrack.values.units import ABOUT, ABOUT_WORDS, BOUNDS, SIGNS, any_of, figure, format_decimal, shown, tidy

_ABOUT_SUM: Final = re.compile(rf"{ABOUT_WORDS} ?(?P<sum>.*[0-9].*)")
_BOUNDED_SUM: Final = re.compile(rf"(?P<bound>(?ai:{any_of(BOUNDS)})) ?(?P<sum>.*[0-9].*)")
_SUM_RANGE: Final = re.compile(
    r"(?:(?ai:between) )?(?P<before>[^0-9]*?)(?P<first>[0-9](?:[0-9.,'’ ]*[0-9])?)(?P<inner> ?[^0-9 ][^0-9]*?)??"
    r"(?: ?[-–—~〜～至到] ?| (?ai:to|and) )(?P<again>[^0-9]*?)(?P<last>[0-9](?:[0-9.,'’ ]*[0-9])?)(?P<tail>[^0-9]*)"
)
_TEN_THOUSANDTH: Final = Decimal("0.0001")


class StatedSum(Money):
    """A sum of money that a source may state by its ends: `amount` is the figure, or the lower end of a range.

    Accepts a text or its own stored form. Invalid input raises a pydantic error of type ``invalid_quantity``.
    """

    HINT = STATED_SUM_HINT

    bound: Literal["at_least", "at_most", "more_than"] | None = None
    """None: the amount is exact. ``at_least`` with `at_most`: a range."""
    at_most: Decimal | None = None
    """Upper end of a range whose lower end is `amount`. None: no upper end is stated."""

    @classmethod
    def _fields(cls, given: Any) -> Any:
        if isinstance(given, str):
            return dict(parse_stated_sum(given))
        fields = super()._fields(given)
        if fields.get("at_most") is not None:
            if fields.get("bound") != "at_least":
                raise InvalidQuantity("at_most needs an amount with the bound at_least", hint=STATED_SUM_HINT)
            highest = figure(fields["at_most"], STATED_SUM_HINT, places=4, largest=LARGEST_SUM)
            if "amount" in fields:
                fields["at_most"] = upper_end(fields["amount"], highest, "USD 300-400 M")
        return fields

    @property
    def ends(self) -> tuple[Decimal, Decimal | None]:
        """The amount at least and at most; None: nothing bounds it."""
        if self.bound is None:
            return self.amount, self.amount
        return (Decimal(0), self.amount) if self.bound == "at_most" else (self.amount, self.at_most)

    def __str__(self) -> str:
        if self.at_most is not None:
            return f"{self.currency} {format_decimal(self.amount)}-{format_decimal(self.at_most)}"
        return f"{SIGNS.get(self.bound or '', '')}{self.currency} {format_decimal(self.amount)}"


@lru_cache(maxsize=4096)
def parse_stated_sum(text: str) -> StatedSum:
    """Parse a sum as `parse_money` does, or one that is not exact: "up to USD 8.5 bn", "USD 3-4 M", "about EUR 5 M".

    A sum that is about right is a range of 10 % on both sides, rounded outwards to 4 decimals. Raises
    `InvalidQuantity`.
    """
    plain = tidy(text, STATED_SUM_HINT)
    if (about := _ABOUT_SUM.fullmatch(plain)) is not None:
        middle = parse_money(about["sum"])
        low = (middle.amount * (1 - ABOUT)).quantize(_TEN_THOUSANDTH, ROUND_FLOOR)
        high = (middle.amount * (1 + ABOUT)).quantize(_TEN_THOUSANDTH, ROUND_CEILING)
        return _range_of_money(low, high, middle.currency, plain)
    if (bounded := _BOUNDED_SUM.fullmatch(plain)) is not None:
        end, bound = parse_money(bounded["sum"]), BOUNDS[bounded["bound"].casefold()]
        return StatedSum.model_construct(amount=end.amount, currency=end.currency, written=plain, bound=bound)
    if (ends := _SUM_RANGE.fullmatch(plain)) is None:
        return StatedSum.model_construct(**dict(parse_money(text)))
    # The currency may be named once, before or after; a first figure without a multiple has that of the second.
    code, tail = ends["before"] or ends["again"] or "", ends["tail"] or ""
    last = parse_money(f"{code if ends['again'] == '' else ends['again']}{ends['last']}{tail}")
    inner = ends["inner"] or tail
    named = bool(ends["before"]) or any(map(is_currency, inner.split()))
    first = parse_money(f"{ends['before'] if named else '' if inner == tail else last.currency}{ends['first']}{inner}")
    if first.currency != last.currency:
        raise InvalidQuantity(f"{shown(plain)} is a range in two currencies", hint="write both sums in one currency")
    return _range_of_money(first.amount, last.amount, last.currency, plain)


def _range_of_money(low: Decimal, high: Decimal, code: str, written: str) -> StatedSum:
    low, high = (Decimal(format_decimal(end)) for end in (low, high))
    most = upper_end(low, high, "USD 300-400 M")
    return StatedSum.model_construct(amount=low, currency=code, written=written, bound="at_least", at_most=most)
