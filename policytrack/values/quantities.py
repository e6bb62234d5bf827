"""Quantities as sources write them, read exactly: capacities, sums of money, percentages and ratios.

A capacity is held in the base unit of its dimension (t, MW, MWh, wafers), with the substance in the unit
where one is stated (t REO/yr), so that a sum over two dimensions or two substances cannot be made by
mistake. Everything is `Decimal`; a float is refused, since it is no longer what the source wrote. What is
ambiguous (``mt``, ``tons``, ``$``, ``¥``) is refused with what to write instead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, Inexact
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
from policytrack.values.numbers import number_hint
from policytrack.values.parsed_forms import Readings, as_stored
from policytrack.values.units import (
    BOUNDS,
    CAPACITY_FORM,
    CAPACITY_HINT,
    EXACT,
    LONGEST,
    MONEY_FORM,
    MONEY_HINT,
    MONEY_POWERS,
    PERCENT_FORM,
    PERCENT_HINT,
    RATIO_FORM,
    RATIO_HINT,
    SIGNS,
    currency,
    figure,
    format_decimal,
    named_currency,
    read_unit,
    scale,
    shared_currency,
    shown,
    tidy,
)

__all__ = ["Bound", "Capacity", "Money", "Percent", "Ratio", "Written", "format_decimal"]

Bound = Literal["exact", "at_least", "at_most", "more_than", "unknown", "withheld"]

Written = Annotated[str, StringConstraints(pattern="^[^\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]{1,200}$")]
"""The words of a source, on one line and without marks that hide or reorder what is read."""

_LARGEST_SUM: Final = Decimal("999999999999999999.9999")


class _Quantity(BaseModel):
    """A figure with its unit and the words of the source; frozen, and no field beyond those it declares."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    HINT: ClassVar[str] = ""
    """The accepted written forms."""

    SPELLING: ClassVar[tuple[str, ...]] = ("written",)
    """Fields that say nothing beside the figure; the unit of a capacity is that of its activity."""

    _read: ClassVar[Readings]

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        cls._read = Readings()

    @model_validator(mode="wrap")
    @classmethod
    def _from_any_form(cls, given: Any, validate: ModelWrapValidatorHandler[Any]) -> Any:
        stored = as_stored(given)
        if (known := cls._read.get(stored)) is not None:
            return known
        found = validate(given if isinstance(given, cls) else _for_pydantic(cls._fields)(given))
        cls._read.keep(stored, found)
        return found

    @classmethod
    def _fields(cls, given: Any) -> Any:
        raise NotImplementedError

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        stored = handler(core_schema)
        text = {"type": "string", "maxLength": LONGEST, "description": cls.HINT}
        return stored if handler.mode == "serialization" else {"anyOf": [text, {"type": "integer"}, stored]}


class Capacity(_Quantity):
    """A capacity or an amount of material: a figure, how it is bounded, and the base unit of its dimension.

    Read from a text, an int or a Decimal in the unit of the activity, or its own stored form. What is
    refused is a pydantic error of type ``invalid_quantity``.
    """

    HINT = CAPACITY_HINT
    SPELLING = ("unit", "written")

    value: Decimal | None = None
    """In `unit`; not negative, below 10^15, at most 3 decimals. None when unknown or withheld."""
    bound: Bound = "exact"
    unit: str | None = None
    """A base unit: ``t REO/yr``, ``t/yr``, ``t``, ``MW``, ``MWh/yr``, ``wafers/yr``. None: the activity's."""
    written: Written | None = None
    """The source's words, whenever they say more than the plain number: a bound, a unit, separators."""

    @classmethod
    def _fields(cls, given: Any) -> Any:
        if isinstance(given, str):
            return dict(parse_capacity(given))
        if not isinstance(given, Mapping):
            return {"value": figure(given, CAPACITY_HINT)}
        fields = dict(given)
        value, bound, unit = given.get("value"), given.get("bound", "exact"), given.get("unit")
        if (value is None) != (bound in ("unknown", "withheld")):
            raise InvalidQuantity("a capacity has a value, or is unknown or withheld", hint=CAPACITY_HINT)
        scale = read_unit(unit) if isinstance(unit, str) else None
        if scale is not None:
            fields["unit"] = str(scale)
        if value is not None:
            factor = scale.factor if scale else Decimal(1)
            fields["value"] = figure(value, CAPACITY_HINT, factor=factor)
            if factor != 1:
                fields["written"] = given.get("written") or _words(value, str(bound), str(unit))
        return fields

    def in_unit_of(self, unit: str) -> Decimal | None:
        """The value in the unit of an activity, None when unknown or withheld.

        A bare number and a mass without a substance are taken to be in that unit, and an amount without a
        period ("120万吨") to be for a year. Raises `InvalidQuantity` when the dimension differs, or the
        substance.
        """
        if self.unit is None or self.unit == unit:
            return self.value
        mine, wanted = read_unit(self.unit), read_unit(unit)
        if mine.base != wanted.base or (mine.is_yearly and not wanted.is_yearly):
            matter = "is of another dimension than"
        elif mine.substance and wanted.substance and mine.substance != wanted.substance:
            matter = "is of another substance than"
        elif wanted.factor != 1:
            matter = "is not converted to a unit other than a base unit:"
        else:
            return self.value
        raise InvalidQuantity(f"{str(self)!r} {matter} {unit}", hint=f"state it in {unit}")

    def __str__(self) -> str:
        if self.written is not None:
            return self.written
        if self.value is None:
            return self.bound
        unit = f" {self.unit}" if self.unit else ""
        return f"{SIGNS.get(self.bound, '')}{format_decimal(self.value)}{unit}"


class Money(_Quantity):
    """A sum of money as stated: `amount` in units of the `currency` (ISO 4217), never converted.

    Read from a text or its own stored form. What is refused is a pydantic error ``invalid_quantity``.
    """

    HINT = MONEY_HINT

    amount: Decimal
    """Not negative, below 10^18, at most 4 decimals."""
    currency: str
    written: Written | None = None
    """The source's words, when they differ."""

    @classmethod
    def _fields(cls, given: Any) -> Any:
        if isinstance(given, str):
            return dict(parse_money(given))
        if not isinstance(given, Mapping):
            raise InvalidQuantity("a sum of money is a text with its currency", hint=MONEY_HINT)
        fields = dict(given)
        if "amount" in fields:
            fields["amount"] = figure(fields["amount"], MONEY_HINT, places=4, largest=_LARGEST_SUM)
        if isinstance(fields.get("currency"), str):
            fields["currency"] = currency(fields["currency"])
        return fields

    def __str__(self) -> str:
        return f"{self.currency} {format_decimal(self.amount)}"


@lru_cache(maxsize=4096)
def parse_capacity(text: str) -> Capacity:
    """The capacity that a text states, such as "0.5万吨/年". Raises `InvalidQuantity`."""
    plain = tidy(text, CAPACITY_HINT)
    if plain in ("unknown", "withheld"):
        return Capacity.model_construct(value=None, bound=plain, unit=None, written=plain)
    found = CAPACITY_FORM.fullmatch(plain)
    if found is None:
        raise InvalidQuantity(f"{shown(text)} is not a capacity", hint=number_hint(plain, CAPACITY_HINT))
    unit = read_unit(found["unit"]) if found["unit"] else None
    value = figure(found["number"], CAPACITY_HINT, factor=scale(found["times"], MONEY_POWERS, unit))
    bound = BOUNDS[found["bound"].casefold()] if found["bound"] else "exact"
    written = None if plain == format_decimal(value) else plain
    return Capacity.model_construct(value=value, bound=bound, unit=str(unit) if unit else None, written=written)


@lru_cache(maxsize=4096)
def parse_money(text: str) -> Money:
    """The sum that a text states, with its currency, such as "CNY 470 M". Raises `InvalidQuantity`."""
    plain = tidy(text, MONEY_HINT)
    found = MONEY_FORM.fullmatch(plain)
    names = tuple(filter(None, found.group("before", "after"))) if found else ()
    times = tuple(filter(None, found.group("times", "later"))) if found else ()
    stated = {named_currency(name, times) for name in names}
    if found is None or len(stated) != 1 or None in stated or len(times) > 1:
        hint = shared_currency(plain) or number_hint(plain, MONEY_HINT)
        raise InvalidQuantity(f"{shown(text)} is not a sum of money in one currency", hint=hint)
    factor = scale(times[0] if times else None, MONEY_POWERS)
    amount = figure(found["number"], MONEY_HINT, factor=factor, places=4, largest=_LARGEST_SUM)
    code = currency(str(stated.pop()))
    written = None if plain == f"{code} {format_decimal(amount)}" else plain
    return Money.model_construct(amount=amount, currency=code, written=written)


def parse_percent(given: str | int | Decimal) -> Decimal:
    """A share from 0 to 100 percent, at most 6 decimals: "51 %". Raises `InvalidQuantity`."""
    found = PERCENT_FORM.fullmatch(tidy(given, PERCENT_HINT)) if isinstance(given, str) else None
    return figure(found["number"] if found else given, PERCENT_HINT, places=6, largest=Decimal(100))


def parse_ratio(given: str | int | Decimal) -> Decimal:
    """Retired to built, below 1000, at most 6 decimals: "1.5:1" is 1.5. Raises `InvalidQuantity`."""
    found = RATIO_FORM.fullmatch(tidy(given, RATIO_HINT)) if isinstance(given, str) else None
    ratio: Any = given
    if found:
        retired, built = Decimal(found["retired"]), Decimal(found["built"])
        try:
            ratio = EXACT.divide(retired, built) if built else None
        except Inexact:
            ratio = None
        if ratio is None:
            raise InvalidQuantity(f"{shown(str(given))} is not an exact ratio", hint=RATIO_HINT)
    return figure(ratio, RATIO_HINT, places=6, largest=Decimal("999.999999"))


def _words(value: str | int | Decimal, bound: str, unit: str) -> str:
    """A figure that was given in parts as one text, in the unit it was given in."""
    number = format_decimal(value) if isinstance(value, Decimal) else " ".join(str(value).split())
    return f"{SIGNS.get(bound, '')}{number} {' '.join(unit.split())}"


def _for_pydantic(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The reader as a step of pydantic: what it refuses becomes an error of type ``invalid_quantity``."""

    def validate(given: Any) -> Any:
        try:
            return read(given)
        except InvalidQuantity as error:
            # The text comes last: pydantic fills in one name after the other, and a text may hold "{hint}".
            told = {"hint": error.hint, "what": error.what}
            raise PydanticCustomError("invalid_quantity", "{what}", told) from error

    return validate


_DIGITS: Final = r"[0-9]+(\.[0-9]{1,6})?"

Percent = Annotated[
    Decimal,
    BeforeValidator(_for_pydantic(parse_percent)),
    WithJsonSchema({"type": "string", "pattern": f"^{_DIGITS} ?%?$", "description": PERCENT_HINT}),
]
"""A share in percent, 0 to 100, at most 6 decimals; JSON as text."""

Ratio = Annotated[
    Decimal,
    BeforeValidator(_for_pydantic(parse_ratio)),
    WithJsonSchema({"type": "string", "pattern": f"^{_DIGITS}( ?: ?{_DIGITS})?$", "description": RATIO_HINT}),
]
"""Retired : built, at least 0, at most 6 decimals; JSON as text."""
