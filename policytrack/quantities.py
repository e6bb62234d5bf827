"""Quantities as sources write them, read exactly: capacities, sums of money, percentages and ratios.

A capacity is held in the base unit of its dimension (t, MW, MWh, wafers), with the substance in the unit
where one is stated (t REO/yr), so that a sum over two dimensions or two substances cannot be made by
mistake. Everything is `Decimal`; a float is refused, since it is no longer what the source wrote. What is
ambiguous (``mt``, ``tons``, ``$``, ``¥``) is refused with what to write instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Context, Decimal, Inexact
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Final, Literal, NamedTuple

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetJsonSchemaHandler,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from policytrack.errors import InvalidQuantity

Bound = Literal["exact", "at_least", "at_most", "more_than", "unknown", "withheld"]

LONGEST: Final = 80
"""Characters that a written quantity may have."""
LARGEST: Final = Decimal("999999999999999.999")
"""The largest capacity or sum: what ``DECIMAL(18,3)`` holds."""

CAPACITY_HINT: Final = (
    "write for instance 5000, 5,000 t REO/yr, 5 kt/a, 1.2 Mt/yr, 0.5万吨/年, 600 MW, 20 GWh/yr, >= 100,"
    " unknown or withheld"
)
MONEY_HINT: Final = "write for instance CNY 470 M, US$25.6M, 4.7亿元 or INR 7,280 crore"
PERCENT_HINT: Final = "write 0 to 100 with at most 6 decimals, for instance 36.71 or 36.71 %"
RATIO_HINT: Final = "write retired : built with at most 6 decimals, for instance 1.5 or 1.5:1"


def _spellings(table: str) -> dict[str, str]:
    """From lines ``meaning: form | form`` to the meaning of each form."""
    rows = (line.partition(": ") for line in table.strip().splitlines())
    return {form: meaning for meaning, _, forms in rows for form in forms.split(" | ")}


# What a unit is in base units: a factor and the base.
_HEADS: Final = _spellings("""
1 t: t | tonne | tonnes | metric ton | metric tons | metric tonnes | 吨
1000 t: kt | kilotonnes
1000000 t: Mt
0.001 t: kg
0.001 MW: kW | 千瓦
1 MW: MW | 兆瓦
1000 MW: GW | 吉瓦
0.001 MWh: kWh | 千瓦时
1 MWh: MWh | 兆瓦时
1000 MWh: GWh | 吉瓦时
1000000 MWh: TWh
1 wafers: wafers | wafer | 片
""")
_SUBSTANCES: Final = _spellings("""
REO: reo | treo | 稀土氧化物
NdPr: ndpr | ndpr oxide | prnd | prnd oxide
NdPr metal: ndpr metal
magnets: magnets | magnet
oxide: oxide | oxides
LCE: lce
ore: ore
concentrate: concentrate
feed: feed
carbonate: carbonate
metal: metal
alloy: alloy
""")
_PERIODS: Final = _spellings("""
year: /yr | /y | /a | /year | per year | per annum | a year | p.a. | pa | /年 | 每年
month: /month | /mo | per month | /月
""")
_JOINED: Final = _spellings("""
t/yr: tpa
kt/yr: ktpa | ttpa
Mt/yr: Mtpa
wafers/month: wpm | wspm
""")
_TRAPS: Final = (
    (r"(mt|MT)(\W|pa|PA|$)", "Mt is a million tonnes and t is a tonne: write the one that is meant"),
    (r"(short |long )?tons?\b|tpy|st\b", "a ton may be short: write t for tonnes (1 short ton is 0.90718474 t)"),
    (r".*(/ ?d|per day|tpd|[/每][日天])", "a figure per day depends on the days of operation: write it per year"),
    (r"[kMG]W(ac|dc|p|e|th)\b", "write kW, MW or GW, and the kind of power in the note"),
)
_BOUNDS: Final = _spellings("""
at_least: >= | ≥ | at least
at_most: <= | ≤ | at most | up to
more_than: > | more than | over
""")
_SIGNS: Final = {"at_least": ">= ", "at_most": "<= ", "more_than": "> "}
_POWERS: Final = _spellings("""
3: thousand
4: 万
6: million | 百万
8: 亿
9: billion
""")
_MONEY_POWERS: Final = _POWERS | _spellings("""
3: k
5: lakh
6: m | mn | mln
7: crore | 千万
9: b | bn
12: trillion | tn | 万亿
""")
_CURRENCY_NAMES: Final = _spellings("""
CNY: RMB | CN¥ | yuan | 人民币 | 元
USD: US$ | 美元
EUR: € | 欧元
GBP: £
AUD: A$ | AU$ | 澳元
CAD: C$ | CA$
JPY: JP¥ | 日元
HKD: HK$ | 港元
INR: ₹
KRW: ₩
TWD: NT$
BRL: R$
SGD: S$
NZD: NZ$
""")

_ACTIVE: Final = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF
CHE CHF CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP
GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT
LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR
NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN
SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAD
XAF XAG XAU XBA XBB XBC XBD XCD XCG XDR XOF XPD XPF XPT XSU XUA YER ZAR ZMW ZWG
"""
_WITHDRAWN: Final = """
AFA ANG ATS AZM BEF BGN BYR CSD CUC CYP DEM EEK ESP FIM FRF GHC GRD HRK IEP ITL LTL LUF LVL MRO MTL MZM
NLG PTE ROL SDD SIT SKK SLL SRG STD TMM TRL VEB VEF ZMK ZWD ZWL ZWN ZWR
"""
CURRENCIES: Final = tuple(_ACTIVE.split())
"""The active codes of ISO 4217 up to amendment 180 (2026-01-01), without XTS and XXX, which are no money."""
CURRENCIES_WITHDRAWN: Final = tuple(_WITHDRAWN.split())
"""Codes withdrawn since 1999: a sum is kept as its source states it, and old sources state these."""

_CURRENCY_CODES: Final = frozenset(CURRENCIES + CURRENCIES_WITHDRAWN)
# Rounding raises: a figure is exact or refused.
_EXACT: Final = Context(prec=200, traps=[Inexact])


def _any_of(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


# Letters of either case are those of ASCII only: without that, a dotless i would match an i.
_NUMBER: Final = r"(?P<number>(?:[0-9]{1,3}(?P<gap>[, ])[0-9]{3}(?:(?P=gap)[0-9]{3})*|[0-9]+)(?![0-9])(?:\.[0-9]+)?)"
_PLAIN: Final = re.compile(_NUMBER)
_CAPACITY: Final = re.compile(
    rf"(?:(?P<bound>(?ai:{_any_of(_BOUNDS)})) ?)?{_NUMBER}"
    rf"(?: ?(?P<times>(?ai:{_any_of(_POWERS)})))?(?: ?(?P<unit>[^\W\d_].*))?"
)
_SUBSTANCE: Final = rf"(?ai:{_any_of(_SUBSTANCES)})"
_UNIT: Final = re.compile(
    rf"(?P<head>{_any_of(_HEADS)})(?:(?: of)? ?(?P<first>{_SUBSTANCE}))?"
    rf"(?: ?(?P<period>{_any_of(_PERIODS)}))?(?: ?(?P<second>{_SUBSTANCE}))?"
)
_JOINED_HEAD: Final = re.compile(rf"({_any_of(_JOINED)})(?![A-Za-z])")
_CURRENCY: Final = rf"{_any_of(_CURRENCY_NAMES)}|[A-Z]{{3}}"
_MONEY: Final = re.compile(
    rf"(?:(?P<before>{_CURRENCY}) ?)?{_NUMBER}(?: ?(?P<times>(?ai:{_any_of(_MONEY_POWERS)})))?"
    rf"(?: ?(?P<after>{_CURRENCY}))?"
)
_PERCENT: Final = re.compile(r"(?P<number>[0-9]{1,3}(?:\.[0-9]+)?) ?(?:%|percent|per cent)")
_RATIO: Final = re.compile(r"(?P<retired>[0-9]+(?:\.[0-9]+)?) ?[:：] ?(?P<built>[0-9]+(?:\.[0-9]+)?)")

Written = Annotated[str, StringConstraints(pattern="^[^\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]{1,200}$")]
"""The words of a source, on one line and without marks that hide or reorder what is read."""


class _Unit(NamedTuple):
    base: str
    substance: str | None
    is_yearly: bool
    factor: Decimal

    def __str__(self) -> str:
        return self.base + (f" {self.substance}" if self.substance else "") + ("/yr" if self.is_yearly else "")


class _Quantity(BaseModel):
    """A figure with its unit and the words of the source; frozen, and no field beyond those it declares."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    HINT: ClassVar[str] = ""
    """The accepted written forms."""

    @model_validator(mode="before")
    @classmethod
    def _from_any_form(cls, given: Any) -> Any:
        return given if isinstance(given, cls) else _for_pydantic(cls._fields)(given)

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

    value: Decimal | None = None
    """In `unit`; not negative, below 10^15, at most 3 decimals. None when unknown or withheld."""
    bound: Bound = "exact"
    unit: str | None = None
    """A base unit: ``t REO/yr``, ``t/yr``, ``t``, ``MW``, ``MWh/yr``, ``wafers/yr``. None: the activity's."""
    written: Written | None = None
    """The source's words, when they differ."""

    @classmethod
    def _fields(cls, given: Any) -> Any:
        if isinstance(given, str):
            return dict(parse_capacity(given))
        if not isinstance(given, Mapping):
            return {"value": _figure(given, CAPACITY_HINT)}
        fields = dict(given)
        value, bound, unit = given.get("value"), given.get("bound", "exact"), given.get("unit")
        if (value is None) != (bound in ("unknown", "withheld")):
            raise InvalidQuantity("a capacity has a value, or is unknown or withheld", hint=CAPACITY_HINT)
        scale = _read_unit(unit) if isinstance(unit, str) else None
        if scale is not None:
            fields["unit"] = str(scale)
        if value is not None:
            factor = scale.factor if scale else Decimal(1)
            fields["value"] = _figure(value, CAPACITY_HINT, factor=factor)
            if factor != 1:
                fields["written"] = given.get("written") or f"{value} {unit}"
        return fields

    def in_unit_of(self, unit: str) -> Decimal | None:
        """The value in the unit of an activity, None when unknown or withheld.

        A bare number and a mass without a substance are taken to be in that unit, and an amount without a
        period ("120万吨") to be for a year. Raises `InvalidQuantity` when the dimension differs, or the
        substance.
        """
        if self.unit is None or self.unit == unit:
            return self.value
        mine, wanted = _read_unit(self.unit), _read_unit(unit)
        if mine.base != wanted.base or (mine.is_yearly and not wanted.is_yearly):
            matter = "is of another dimension than"
        elif mine.substance and wanted.substance and mine.substance != wanted.substance:
            matter = "is of another substance than"
        elif wanted.factor != 1:
            matter = "is not converted to a unit other than a base unit:"
        else:
            return self.value
        raise InvalidQuantity(f"{self.written or str(self)!r} {matter} {unit}", hint=f"state it in {unit}")

    def __str__(self) -> str:
        if self.value is None:
            return self.bound
        unit = f" {self.unit}" if self.unit else ""
        return f"{_SIGNS.get(self.bound, '')}{format_decimal(self.value)}{unit}"


class Money(_Quantity):
    """A sum of money as stated: `amount` in units of the `currency` (ISO 4217), never converted.

    Read from a text or its own stored form. What is refused is a pydantic error ``invalid_quantity``.
    """

    HINT = MONEY_HINT

    amount: Decimal
    """Not negative, below 10^15, at most 3 decimals."""
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
            fields["amount"] = _figure(fields["amount"], MONEY_HINT)
        if isinstance(fields.get("currency"), str):
            fields["currency"] = _currency(fields["currency"])
        return fields

    def __str__(self) -> str:
        return f"{self.currency} {format_decimal(self.amount)}"


def format_decimal(value: Decimal) -> str:
    """The number in plain digits: no exponent, no zeros at the end, no separators."""
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


@lru_cache(maxsize=4096)
def parse_capacity(text: str) -> Capacity:
    """The capacity that a text states, such as "0.5万吨/年". Raises `InvalidQuantity`."""
    plain = _tidy(text, CAPACITY_HINT)
    if plain in ("unknown", "withheld"):
        return Capacity.model_construct(value=None, bound=plain, unit=None, written=None)
    found = _CAPACITY.fullmatch(plain)
    if found is None:
        raise InvalidQuantity(f"{_shown(text)} is not a capacity", hint=_number_hint(plain, CAPACITY_HINT))
    unit = _read_unit(found["unit"]) if found["unit"] else None
    value = _figure(found["number"], CAPACITY_HINT, factor=_scale(found["times"], _POWERS, unit))
    bound = _BOUNDS[found["bound"].casefold()] if found["bound"] else "exact"
    name = str(unit) if unit else None
    capacity = Capacity.model_construct(value=value, bound=bound, unit=name, written=None)
    return capacity if plain == str(capacity) else capacity.model_copy(update={"written": plain})


@lru_cache(maxsize=4096)
def parse_money(text: str) -> Money:
    """The sum that a text states, with its currency, such as "CNY 470 M". Raises `InvalidQuantity`."""
    plain = _tidy(text, MONEY_HINT)
    found = _MONEY.fullmatch(plain)
    names = filter(None, found.group("before", "after")) if found else ()
    stated = {_CURRENCY_NAMES.get(name, name) for name in names}
    if found is None or len(stated) != 1:
        sign = re.search(r"(?<![A-Z])[$¥￥]", plain)
        hint = _number_hint(plain, MONEY_HINT)
        if sign:
            hint = f"{sign[0]} is the sign of several currencies: write the code, for instance CNY or USD"
        raise InvalidQuantity(f"{_shown(text)} is not a sum of money in one currency", hint=hint)
    amount = _figure(found["number"], MONEY_HINT, factor=_scale(found["times"], _MONEY_POWERS))
    currency = _currency(stated.pop())
    written = None if plain == f"{currency} {format_decimal(amount)}" else plain
    return Money.model_construct(amount=amount, currency=currency, written=written)


def parse_percent(given: str | int | Decimal) -> Decimal:
    """A share from 0 to 100 percent, at most 6 decimals: "51 %". Raises `InvalidQuantity`."""
    found = _PERCENT.fullmatch(_tidy(given, PERCENT_HINT)) if isinstance(given, str) else None
    return _figure(found["number"] if found else given, PERCENT_HINT, places=6, largest=Decimal(100))


def parse_ratio(given: str | int | Decimal) -> Decimal:
    """Retired to built, below 1000, at most 6 decimals: "1.5:1" is 1.5. Raises `InvalidQuantity`."""
    found = _RATIO.fullmatch(_tidy(given, RATIO_HINT)) if isinstance(given, str) else None
    ratio: Any = given
    if found:
        retired, built = Decimal(found["retired"]), Decimal(found["built"])
        try:
            ratio = _EXACT.divide(retired, built) if built else None
        except Inexact:
            ratio = None
        if ratio is None:
            raise InvalidQuantity(f"{_shown(str(given))} is not an exact ratio", hint=RATIO_HINT)
    return _figure(ratio, RATIO_HINT, places=6, largest=Decimal("999.999999"))


def _scale(times: str | None, powers: Mapping[str, str], unit: _Unit | None = None) -> Decimal:
    power = int(powers[times.casefold()]) if times else 0
    return (unit.factor if unit else Decimal(1)).scaleb(power)


def _figure(
    given: Any, hint: str, *, factor: Decimal = Decimal(1), places: int = 3, largest: Decimal = LARGEST
) -> Decimal:
    """The number times the factor, exactly: from 0 to the largest, with at most so many decimals."""
    number = _number(given, hint)
    limits = f"a figure here is from 0 to {format_decimal(largest)}"
    # The size is looked at before any digit is written out: 1E+999999999 would fill the memory.
    if not number.is_finite() or not 0 <= number <= largest:
        raise InvalidQuantity(limits, hint=hint)
    try:
        scaled = _EXACT.multiply(number, factor)
        if scaled > largest:
            raise InvalidQuantity(limits, hint=hint)
        return Decimal(format_decimal(_EXACT.quantize(scaled, Decimal(1).scaleb(-places))))
    except Inexact as error:
        shown = f"{_shown(given)} has" if isinstance(given, str) else "a figure here has"
        raise InvalidQuantity(f"{shown} more than {places} decimals in the base unit", hint=hint) from error


def _number(given: Any, hint: str) -> Decimal:
    if isinstance(given, float):
        raise InvalidQuantity("a binary fraction is not what the source wrote", hint='put it in quotes: "0.1"')
    if isinstance(given, bool) or not isinstance(given, str | int | Decimal):
        raise InvalidQuantity("a figure was expected", hint=hint)
    if not isinstance(given, str):
        return Decimal(given)
    plain = _tidy(given, hint)
    if not _PLAIN.fullmatch(plain):
        raise InvalidQuantity(f"{_shown(given)} is not a figure", hint=_number_hint(plain, hint))
    return Decimal(re.sub("[, ]", "", plain))


@lru_cache(maxsize=1024)
def _read_unit(text: str) -> _Unit:
    plain = re.sub(" ?/ ?", "/", text.strip())
    if joined := _JOINED_HEAD.match(plain):
        plain = _JOINED[joined[1]] + plain[joined.end() :]
    found = _UNIT.fullmatch(plain)
    substances = {_SUBSTANCES[name.casefold()] for name in found.group("first", "second") if name} if found else set()
    factor, base = _HEADS[found["head"]].split() if found else ("1", "")
    period = _PERIODS[found["period"]] if found and found["period"] else ""
    if not base or len(substances) > 1 or (substances and base != "t") or (period == "month" and base != "wafers"):
        hint = next((cure for trap, cure in _TRAPS if re.match(trap, plain)), CAPACITY_HINT)
        raise InvalidQuantity(f"{_shown(text)} is not a unit that can be read without doubt", hint=hint)
    months = 12 if period == "month" else 1
    return _Unit(base, substances.pop() if substances else None, bool(period), Decimal(factor) * months)


def _currency(text: str) -> str:
    if text not in _CURRENCY_CODES:
        raise InvalidQuantity(f"{_shown(text)} is not an ISO 4217 currency", hint="write its code, for instance CNY")
    return text


def _tidy(text: str, hint: str) -> str:
    """The text with single plain spaces. Raises `InvalidQuantity` when it is empty or too long."""
    plain = " ".join(text.split())
    if not plain or len(plain) > LONGEST:
        matter = "is empty" if not plain else f"has more than {LONGEST} characters"
        raise InvalidQuantity(f"{_shown(text)} {matter}; a figure was expected", hint=hint)
    return plain


def _number_hint(plain: str, hint: str) -> str:
    mixed = re.search("[0-9],[0-9]", plain)
    return "write a point for decimals; commas separate thousands: 5,000.5" if mixed else hint


def _shown(text: str) -> str:
    """The text in quotes for a message, cut to what one line can hold."""
    return repr(text if len(text) <= LONGEST else text[:LONGEST] + "…")


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
