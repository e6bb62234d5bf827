"""Defines quantities, parsed exactly from text: capacities, sums of money, percentages and ratios.

A capacity is stored in the base unit of its dimension (t, MW, wafers, bbl/d …), with the substance in the unit if
stated (t REO/yr), so that figures of two dimensions or substances cannot be added by mistake. All figures are
`Decimal`; a float is refused, because it may differ from the digits of the source. Ambiguous units and
currencies (``mt``, ``tons``, ``$``, ``¥``) are refused with a hint.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, Inexact
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetJsonSchemaHandler,
    ModelWrapValidatorHandler,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from policytrack.errors import InvalidQuantity
from policytrack.values.currencies import (
    MONEY_FORM,
    MONEY_HINT,
    MONEY_POWERS,
    currency,
    named_currency,
    shared_currency,
)
from policytrack.values.numbers import number_hint, read_number
from policytrack.values.own_units import OwnUnits, own_units
from policytrack.values.parsed_forms import Readings, as_stored
from policytrack.values.units import (
    ABOUT,
    ABOUT_FORM,
    ABOUT_WORDS,
    BOUNDS,
    CAPACITY_FORM,
    CAPACITY_HINT,
    EXACT,
    EXCHANGE_RATE_HINT,
    LONGEST,
    PERCENT_FORM,
    PERCENT_HINT,
    RANGE_FORM,
    RATIO_FORM,
    RATIO_HINT,
    SIGNS,
    UNIT_FACTOR_HINT,
    figure,
    format_decimal,
    read_unit,
    scale,
    shown,
    tidy,
)

__all__ = [
    "DIGITS",
    "LARGEST_SUM",
    "Bound",
    "Capacity",
    "CurrencyCode",
    "ExchangeRate",
    "Money",
    "Percent",
    "Ratio",
    "UnitFactor",
    "Written",
    "for_pydantic",
    "format_decimal",
    "parse_money",
    "parse_percent",
    "upper_end",
]

Bound = Literal["exact", "at_least", "at_most", "more_than", "unknown", "withheld"]

Written = Annotated[str, StringConstraints(pattern="^[^\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]{1,200}$")]
"""The words of a source, on one line, without invisible characters and bidirectional overrides."""

_NO_SUM: Final = frozenset({"unknown", "undisclosed", "not disclosed", "withheld", "n/a", "tbd", "-"})
_SUMS: Final = re.compile(r"[0-9] ?(?:-|–|—|to|and) ?(?:[A-Z]{3} ?)?[0-9]")
_ABOUT: Final = re.compile(ABOUT_WORDS)
LARGEST_SUM: Final = Decimal("999999999999999999.9999")


class _Quantity(BaseModel):
    """A figure with its unit and the words of the source; frozen, and unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    HINT: ClassVar[str] = ""
    """The accepted written forms, for messages."""

    SPELLING: ClassVar[tuple[str, ...]] = ("written",)
    """Fields that `statement_key` ignores, because they do not change the figure. (A capacity's unit is its
    activity's.)"""

    _read: ClassVar[Readings]

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        cls._read = Readings()

    @model_validator(mode="wrap")
    @classmethod
    def _from_any_form(cls, value: Any, validate: ModelWrapValidatorHandler[Any]) -> Any:
        stored = as_stored(value)
        if (known := cls._read.get(stored)) is not None:
            return known
        parsed = validate(value if isinstance(value, cls) else for_pydantic(cls._fields)(value))
        if stored is None or value.get("unit") == getattr(parsed, "unit", None):
            # Not of a unit that the ledger registers: the cache is shared by all ledgers.
            cls._read.keep(stored, parsed)
        return parsed

    @classmethod
    def _fields(cls, given: Any) -> Any:
        raise NotImplementedError

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        stored = handler(core_schema)
        text = {"type": "string", "maxLength": LONGEST, "description": cls.HINT}
        return stored if handler.mode == "serialization" else {"anyOf": [text, {"type": "integer"}, stored]}


class Capacity(_Quantity):
    """A capacity or an amount of material: a figure, its bound, and the base unit of its dimension.

    Accepts a text, an int or a Decimal in the unit of the activity, or its own stored form. Invalid input raises a
    pydantic error of type ``invalid_quantity``.
    """

    HINT = CAPACITY_HINT
    SPELLING = ("unit", "written")

    value: Decimal | None = None
    """In `unit`; not negative, below 10^15, at most 3 decimals. None when unknown or withheld."""
    bound: Bound = "exact"
    at_most: Decimal | None = None
    """Upper end of a range whose lower end is `value`, with the bound ``at_least``. None: no upper end is stated."""
    unit: str | None = None
    """A base unit: ``t REO/yr``, ``t/yr``, ``t``, ``MW``, ``MWh/yr``, ``wafers/yr``. None: the activity's."""
    written: Written | None = None
    """The source's words, if they have more than the plain number: a bound, a unit, separators."""

    @classmethod
    def _fields(cls, given: Any) -> Any:
        if isinstance(given, str):
            return dict(parse_capacity(given))
        if not isinstance(given, Mapping):
            return {"value": figure(given, CAPACITY_HINT)}
        fields = dict(given)
        value, bound, unit = given.get("value"), given.get("bound", "exact"), given.get("unit")
        if (value is None) != (bound in ("unknown", "withheld")):
            raise InvalidQuantity("a capacity needs a value, unless it is unknown or withheld", hint=CAPACITY_HINT)
        scale = read_unit(unit) if isinstance(unit, str) else None
        if scale is not None:
            fields["unit"] = str(scale)
        most = given.get("at_most")
        if most is not None and (value is None or bound != "at_least"):
            raise InvalidQuantity("at_most needs a value with the bound at_least", hint=CAPACITY_HINT)
        if value is not None:
            factor, rounds = (scale.factor, scale.is_own) if scale else (Decimal(1), False)
            fields["value"] = figure(value, CAPACITY_HINT, factor=factor, rounds=rounds)
            if most is not None:
                highest = figure(most, CAPACITY_HINT, factor=factor, rounds=rounds)
                fields["at_most"] = upper_end(fields["value"], highest)
            if factor != 1 or rounds:
                fields["written"] = given.get("written") or _words(value, str(bound), str(unit), most)
        return fields

    @property
    def figures(self) -> str:
        """The figures in the canonical form, without the unit: ``5000``, ``>= 5000``, ``40000-50000``, ``unknown``."""
        if self.value is None:
            return self.bound
        if self.at_most is not None:
            return f"{format_decimal(self.value)}-{format_decimal(self.at_most)}"
        return f"{SIGNS.get(self.bound, '')}{format_decimal(self.value)}"

    def in_unit_of(self, unit: str) -> Decimal | None:
        """Return the value in the unit of an activity; None when unknown or withheld.

        A bare number or a mass without a substance is assumed to be in that unit, and an amount without a period
        ("120万吨") to be per year, never per day: sources usually leave both out. Raises `InvalidQuantity` when the
        dimension or the substance differs.
        """
        if self.unit is None or self.unit == unit:
            return self.value
        mine, wanted = read_unit(self.unit), read_unit(unit)
        if not mine.fits(wanted):
            matter = "has another dimension than"
        elif mine.substance and wanted.substance and mine.substance != wanted.substance:
            matter = "has another substance than"
        elif wanted.factor != 1:
            matter = "cannot be converted to a unit that is not a base unit:"
        else:
            return self.value
        raise InvalidQuantity(f"{str(self)!r} {matter} {unit}", hint=f"state it in {unit}")

    def __str__(self) -> str:
        if self.written is not None:
            return self.written
        return self.figures + (f" {self.unit}" if self.unit and self.value is not None else "")


class Money(_Quantity):
    """A sum of money as stated: `amount` in units of the `currency` (ISO 4217), never converted.

    Accepts a text or its own stored form. Invalid input raises a pydantic error of type ``invalid_quantity``.
    """

    HINT = MONEY_HINT

    amount: Decimal
    """Not negative, below 10^18, at most 4 decimals."""
    currency: str
    written: Written | None = None
    """The source's words, if they differ from the canonical form."""

    @classmethod
    def _fields(cls, given: Any) -> Any:
        if isinstance(given, str):
            return dict(parse_money(given))
        if not isinstance(given, Mapping):
            raise InvalidQuantity("a sum of money must be a text with its currency", hint=MONEY_HINT)
        fields = dict(given)
        if "amount" in fields:
            fields["amount"] = figure(fields["amount"], MONEY_HINT, places=4, largest=LARGEST_SUM)
        if isinstance(fields.get("currency"), str):
            fields["currency"] = currency(fields["currency"])
        return fields

    def __str__(self) -> str:
        return f"{self.currency} {format_decimal(self.amount)}"


def parse_capacity(text: str) -> Capacity:
    """Parse a capacity such as "0.5万吨/年", in a built-in or registered unit. Raises `InvalidQuantity`."""
    return _parse_capacity(text, own_units())


@lru_cache(maxsize=4096)
def _parse_capacity(text: str, _units: OwnUnits) -> Capacity:
    """Parse a capacity. The registered units are a parameter only to be a part of the cache key."""
    plain = tidy(text, CAPACITY_HINT)
    if plain in ("unknown", "withheld"):
        return Capacity.model_construct(value=None, bound=plain, unit=None, written=plain)
    if (span := _range_of(plain)) is not None:  # first: "to 50 MW" would be the unit of "40 to 50 MW"
        return span
    match = CAPACITY_FORM.fullmatch(plain)
    if match is None:
        raise InvalidQuantity(f"{shown(text)} is not a capacity", hint=number_hint(plain, CAPACITY_HINT))
    unit = read_unit(match["unit"]) if match["unit"] else None
    factor = scale(match["times"], MONEY_POWERS, unit)
    value = figure(match["number"], CAPACITY_HINT, factor=factor, rounds=unit is not None and unit.is_own)
    bound = BOUNDS[match["bound"].casefold()] if match["bound"] else "exact"
    written = None if plain == format_decimal(value) else plain
    return Capacity.model_construct(value=value, bound=bound, unit=str(unit) if unit else None, written=written)


def _range_of(plain: str) -> Capacity | None:
    """Return the capacity of a text such as ``40-50 kt/yr`` or ``about 5000 t``; None for any other text.

    A first figure without a multiple and unit has those of the second. A figure that is about right is a range of 10 %
    on both sides, rounded outwards to 3 decimals.
    """
    if (about := ABOUT_FORM.fullmatch(plain)) is not None:
        middle = parse_capacity(about["figure"])
        if middle.value is None or middle.bound != "exact":
            return None
        low = (middle.value * (1 - ABOUT)).quantize(Decimal("0.001"), ROUND_FLOOR)
        high = (middle.value * (1 + ABOUT)).quantize(Decimal("0.001"), ROUND_CEILING)
        return _range(low, high, middle.unit, plain)
    if (ends := RANGE_FORM.fullmatch(plain)) is None:
        return None
    last = CAPACITY_FORM.fullmatch(ends["last"])
    if last is None or last["bound"]:
        return None
    tail = ends["last"][last.end("number") :]
    first = ends["first"] if read_number(ends["first"]) is None else f"{ends['first']}{tail}"
    low_end, high_end = parse_capacity(first), parse_capacity(ends["last"])
    if low_end.value is None or low_end.bound != "exact" or high_end.value is None:
        return None
    if low_end.unit != high_end.unit:
        raise InvalidQuantity(f"{shown(plain)} is a range in two units", hint="write both figures in one unit")
    return _range(low_end.value, high_end.value, high_end.unit, plain)


def _range(low: Decimal, high: Decimal, unit: str | None, written: str) -> Capacity:
    low, high = (Decimal(format_decimal(end)) for end in (low, high))
    return Capacity.model_construct(
        value=low, bound="at_least", at_most=upper_end(low, high), unit=unit, written=written
    )


def upper_end(low: Decimal, high: Decimal, example: str = "40,000-50,000") -> Decimal:
    """Return the upper end of a range. Raises `InvalidQuantity` with an example if it is not above the lower end."""
    if high <= low:
        what = f"a range must end above its beginning, not {format_decimal(low)} to {format_decimal(high)}"
        raise InvalidQuantity(what, hint=f"write the smaller figure first: {example}")
    return high


@lru_cache(maxsize=4096)
def parse_money(text: str) -> Money:
    """Parse a sum of money with its currency, such as "CNY 470 M". Raises `InvalidQuantity`."""
    plain = tidy(text, MONEY_HINT)
    match = MONEY_FORM.fullmatch(plain)
    names = tuple(filter(None, match.group("before", "after"))) if match else ()
    times = tuple(filter(None, match.group("times", "later"))) if match else ()
    stated = {named_currency(name, times) for name in names}
    if match is None or len(stated) != 1 or None in stated or len(times) > 1:
        hint = _not_one_sum(plain) or shared_currency(plain) or number_hint(plain, MONEY_HINT)
        raise InvalidQuantity(f"{shown(text)} is not a sum of money in one currency", hint=hint)
    factor = scale(times[0] if times else None, MONEY_POWERS)
    amount = figure(match["number"], MONEY_HINT, factor=factor, places=4, largest=LARGEST_SUM)
    code = currency(str(stated.pop()))
    written = None if plain == f"{code} {format_decimal(amount)}" else plain
    return Money.model_construct(amount=amount, currency=code, written=written)


def _not_one_sum(plain: str) -> str:
    """Return the hint for words for no sum, or for a sum that is not exact; empty for any other text."""
    if plain.casefold() in _NO_SUM:
        return "leave it out if the source states no sum"
    if plain.casefold().startswith(tuple(BOUNDS)) or _ABOUT.match(plain) or _SUMS.search(plain):
        return "write one figure, or leave it out; give the words of the source in the note"
    return ""


def parse_percent(given: str | int | Decimal) -> Decimal:
    """Parse a share from 0 to 100 percent with at most 6 decimals: "51 %". Raises `InvalidQuantity`."""
    match = PERCENT_FORM.fullmatch(tidy(given, PERCENT_HINT)) if isinstance(given, str) else None
    return figure(match["number"] if match else given, PERCENT_HINT, places=6, largest=Decimal(100))


def parse_ratio(given: str | int | Decimal) -> Decimal:
    """Parse a ratio of retired to built below 1000 with at most 6 decimals ("1.5:1"). Raises `InvalidQuantity`."""
    match = RATIO_FORM.fullmatch(tidy(given, RATIO_HINT)) if isinstance(given, str) else None
    ratio: Any = given
    if match:
        retired, built = Decimal(match["retired"]), Decimal(match["built"])
        try:
            ratio = EXACT.divide(retired, built) if built else None
        except Inexact:
            ratio = None
        if ratio is None:
            raise InvalidQuantity(f"{shown(str(given))} is not an exact ratio", hint=RATIO_HINT)
    return figure(ratio, RATIO_HINT, places=6, largest=Decimal("999.999999"))


def parse_exchange_rate(given: str | int | Decimal) -> Decimal:
    """Parse an exchange rate: above 0, below 1,000,000, with at most 8 decimals. Raises `InvalidQuantity`."""
    rate = figure(given, EXCHANGE_RATE_HINT, places=8, largest=Decimal("999999.99999999"))
    if rate == 0:
        raise InvalidQuantity("an exchange rate must be above 0", hint=EXCHANGE_RATE_HINT)
    return rate


def parse_unit_factor(given: str | int | Decimal) -> Decimal:
    """Parse the factor of a unit: above 0, below 10^12, with at most 15 decimals. Raises `InvalidQuantity`."""
    factor = figure(given, UNIT_FACTOR_HINT, places=15, largest=Decimal("999999999999"))
    if factor == 0:
        raise InvalidQuantity("the factor of a unit must be above 0", hint=UNIT_FACTOR_HINT)
    return factor


def _words(value: str | int | Decimal, bound: str, unit: str, most: str | int | Decimal | None) -> str:
    """Format a figure that was stated in parts (value, bound, unit, upper end) as one text in its own unit."""
    ends = [value] if most is None else [value, most]
    number = "-".join(format_decimal(end) if isinstance(end, Decimal) else " ".join(str(end).split()) for end in ends)
    if most is not None:
        return f"{number} {' '.join(unit.split())}"
    return f"{SIGNS.get(bound, '')}{number} {' '.join(unit.split())}"


def for_pydantic(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Wrap a parser as a pydantic validator: `InvalidQuantity` becomes an error of type ``invalid_quantity``."""

    def validate(value: Any) -> Any:
        try:
            return read(value)
        except InvalidQuantity as error:
            # `what` must be last: pydantic substitutes the names in order, and a user's text may contain "{hint}".
            context = {"hint": error.hint, "what": error.what}
            raise PydanticCustomError("invalid_quantity", "{what}", context) from error

    return validate


DIGITS: Final = r"[0-9]+(\.[0-9]{1,6})?"

Percent = Annotated[
    Decimal,
    BeforeValidator(for_pydantic(parse_percent)),
    WithJsonSchema({"type": "string", "pattern": f"^{DIGITS} ?%?$", "description": PERCENT_HINT}),
]
"""A share in percent, 0 to 100, at most 6 decimals; JSON as text."""

Ratio = Annotated[
    Decimal,
    BeforeValidator(for_pydantic(parse_ratio)),
    WithJsonSchema({"type": "string", "pattern": f"^{DIGITS}( ?: ?{DIGITS})?$", "description": RATIO_HINT}),
]
"""Retired : built, at least 0, at most 6 decimals; JSON as text."""

ExchangeRate = Annotated[
    Decimal,
    BeforeValidator(for_pydantic(parse_exchange_rate)),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9]+(\.[0-9]{1,8})?$", "description": EXCHANGE_RATE_HINT}),
]
"""Units of one currency for one unit of another, above 0, at most 8 decimals; JSON as text."""

CurrencyCode = Annotated[
    str,
    BeforeValidator(for_pydantic(currency)),
    WithJsonSchema({"type": "string", "pattern": "^[A-Z]{3}$", "description": "ISO 4217 code: CNY"}),
]
"""An ISO 4217 code."""

UnitFactor = Annotated[
    Decimal,
    BeforeValidator(for_pydantic(parse_unit_factor)),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9]+(\.[0-9]{1,15})?$", "description": UNIT_FACTOR_HINT}),
]
"""Base units in one unit, above 0, at most 15 decimals; JSON as text."""
