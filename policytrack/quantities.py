"""Quantities as sources write them, read exactly: capacities, sums of money, percentages and ratios.

A capacity is held in the base unit of its dimension (t, MW, MWh, wafers), with the substance in the unit
where one is stated (t REO/yr), so that a sum over two dimensions or two substances cannot be made by
mistake. Everything is `Decimal`; a float is refused, since it is no longer what the source wrote. What is
ambiguous (``mt``, ``tons``, ``$``, ``¥``) is refused with what to write instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache
from typing import Annotated, Any, Final, Literal, NamedTuple

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from policytrack.errors import InvalidQuantity

Bound = Literal["exact", "at_least", "at_most", "more_than", "unknown", "withheld"]

CAPACITY_HINT: Final = (
    "write for instance 5000, 5,000 t REO/yr, 5 kt/a, 1.2 Mt/yr, 0.5万吨/年, 600 MW, 20 GWh/yr, >= 100,"
    " unknown or withheld"
)
MONEY_HINT: Final = "write for instance CNY 470 M, US$25.6M, 4.7亿元 or INR 7,280 crore"
PERCENT_HINT: Final = "write 0 to 100 with at most 6 decimals, for instance 36.71 or 36.71 %"
RATIO_HINT: Final = "write retired : built with at most 6 decimals, for instance 1.5 or 1.5:1"

LONGEST: Final = 80
"""Characters that a written quantity may have."""

# Base unit and factor of each way to write a unit. The longest spelling that fits is taken.
_HEADS: Final = {
    **dict.fromkeys(("t", "tonne", "tonnes", "metric ton", "metric tons", "metric tonnes", "吨"), ("t", "1")),
    **dict.fromkeys(("kt", "kilotonnes", "thousand tonnes"), ("t", "1000")),
    **{"Mt": ("t", "1000000"), "kg": ("t", "0.001")},
    **{"kW": ("MW", "0.001"), "MW": ("MW", "1"), "GW": ("MW", "1000"), "TW": ("MW", "1000000")},
    **{"千瓦": ("MW", "0.001"), "兆瓦": ("MW", "1"), "吉瓦": ("MW", "1000")},
    **{"kWh": ("MWh", "0.001"), "MWh": ("MWh", "1"), "GWh": ("MWh", "1000"), "TWh": ("MWh", "1000000")},
    **{"千瓦时": ("MWh", "0.001"), "兆瓦时": ("MWh", "1"), "吉瓦时": ("MWh", "1000")},
    **dict.fromkeys(("wafers", "wafer", "片"), ("wafers", "1")),
}
_JOINED: Final = {"tpa": "t/yr", "ktpa": "kt/yr", "ttpa": "kt/yr", "Mtpa": "Mt/yr", "wpm": "wafers/month"}
_SUBSTANCES: Final = {
    **{"reo": "REO", "treo": "REO", "稀土氧化物": "REO"},
    **{
        "ndpr": "NdPr",
        "ndpr oxide": "NdPr",
        "prnd": "NdPr",
        "prnd oxide": "NdPr",
        "ndpr metal": "NdPr metal",
    },
    **{"lce": "LCE", "magnet": "magnets", "magnets": "magnets", "oxide": "oxide", "oxides": "oxide"},
    **{name: name for name in ("ore", "concentrate", "feed", "carbonate", "metal", "alloy")},
}
_YEARS: Final = (
    "/yr",
    "/y",
    "/a",
    "/year",
    " per year",
    " per annum",
    " a year",
    " p.a.",
    " pa",
    "/年",
    "每年",
)
_MONTHS: Final = ("/month", "/mo", " per month", "/月")
_TRAPS: Final = (
    (
        r"(?:mt|MT)(?:\W|pa|PA|$)|mtpa|MTPA",
        "Mt is a million tonnes and t is a tonne: write the one that is meant",
    ),
    (
        r"(?:short |long )?tons?\b|tpy\b|st\b",
        "a ton may be short: write t for tonnes (1 short ton is 0.90718474 t)",
    ),
    (
        r".*(?:/ ?d|per day|tpd|[/每][日天])",
        "a capacity per day depends on the days of operation: write it per year",
    ),
    (r"[kMGT]W(?:ac|dc|p|e|th)\b", "write MW or GW, and the kind of power in the note"),
)
_BOUNDS: Final[Mapping[str, Bound]] = {
    **dict.fromkeys((">=", "≥", "at least"), "at_least"),
    **dict.fromkeys(("<=", "≤", "at most", "up to"), "at_most"),
    **dict.fromkeys((">", "more than", "over"), "more_than"),
}
_BOUND_SIGNS: Final = {"at_least": ">= ", "at_most": "<= ", "more_than": "> "}
_POWERS: Final = {"thousand": 3, "million": 6, "billion": 9, "万": 4, "百万": 6, "亿": 8}
_MONEY_POWERS: Final = {
    **_POWERS,
    **{"k": 3, "m": 6, "mn": 6, "mln": 6, "b": 9, "bn": 9, "tn": 12, "trillion": 12, "lakh": 5, "crore": 7},
    **{"千万": 7, "万亿": 12},
}
_CURRENCY_NAMES: Final = {
    **{"US$": "USD", "A$": "AUD", "AU$": "AUD", "C$": "CAD", "CA$": "CAD", "HK$": "HKD", "NZ$": "NZD"},
    **{"S$": "SGD", "NT$": "TWD", "R$": "BRL", "€": "EUR", "£": "GBP", "₹": "INR", "₩": "KRW"},
    **{"CN¥": "CNY", "JP¥": "JPY", "RMB": "CNY", "yuan": "CNY", "人民币": "CNY", "元": "CNY"},
    **{"美元": "USD", "欧元": "EUR", "日元": "JPY", "港元": "HKD", "澳元": "AUD"},
}

CURRENCIES: Final = tuple(
    """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF
CHE CHF CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP
GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT
LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR
NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN
SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAD
XAF XAG XAU XBA XBB XBC XBD XCD XCG XDR XOF XPD XPF XPT XSU XUA YER ZAR ZMW ZWG""".split()
)
"""The active codes of ISO 4217 up to amendment 180 (2026-01-01), without XTS and XXX, which are no money."""

CURRENCIES_WITHDRAWN: Final = tuple(
    """
AFA ANG ATS AZM BEF BGN BYR CSD CUC CYP DEM EEK ESP FIM FRF GHC GRD HRK IEP ITL LTL LUF LVL MRO MTL MZM
NLG PTE ROL SDD SIT SKK SLL SRG STD TMM TRL VEB VEF ZMK ZWD ZWL ZWN ZWR""".split()
)
"""Codes withdrawn since 1999: a sum is kept as its source states it, and old sources state these."""

_CURRENCY_CODES: Final = frozenset(CURRENCIES + CURRENCIES_WITHDRAWN)
_EXACT: Final = Context(prec=200, rounding=ROUND_HALF_EVEN)
_SMALLEST: Final = {places: Decimal(1).scaleb(-places) for places in (3, 6)}


def _any_of(words: Mapping[str, Any] | tuple[str, ...]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_NUMBER: Final = (
    r"(?P<number>(?:[0-9]{1,3}(?P<gap>[, ])[0-9]{3}(?:(?P=gap)[0-9]{3})*|[0-9]+)(?![0-9])(?:\.[0-9]+)?)"
)
_PLAIN: Final = re.compile(_NUMBER)
_CAPACITY: Final = re.compile(
    rf"(?:(?P<bound>(?i:{_any_of(_BOUNDS)})) ?)?{_NUMBER} ?(?:(?P<times>(?i:{_any_of(_POWERS)})) ?)?(?P<unit>.*)"
)
_UNIT: Final = re.compile(
    rf"(?P<head>{_any_of(_HEADS)})(?:(?: of)? ?(?P<first>(?i:{_any_of(_SUBSTANCES)})))?"
    rf"(?: ?(?:(?P<year>{_any_of(_YEARS)})|(?P<month>{_any_of(_MONTHS)})))?"
    rf"(?: ?(?P<second>(?i:{_any_of(_SUBSTANCES)})))?"
)
_JOINED_HEAD: Final = re.compile(rf"(?P<joined>{_any_of(_JOINED)})(?![A-Za-z])")
_CURRENCY: Final = rf"{_any_of(_CURRENCY_NAMES)}|[A-Z]{{3}}"
_MONEY: Final = re.compile(
    rf"(?:(?P<before>{_CURRENCY}) ?)?{_NUMBER} ?(?:(?P<times>(?i:{_any_of(_MONEY_POWERS)})) ?)?(?P<after>{_CURRENCY})?"
)
_PERCENT: Final = re.compile(r"(?P<number>[0-9]{1,3}(?:\.[0-9]+)?) ?(?:%|percent|per cent)?")
_RATIO: Final = re.compile(r"(?P<retired>[0-9]+(?:\.[0-9]+)?)(?: ?[:：] ?(?P<built>[0-9]+(?:\.[0-9]+)?))?")

Written = Annotated[str, StringConstraints(pattern="^[^\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]{1,200}$")]
"""The words of a source, on one line and without marks that hide or reorder what is read."""


class _Unit(NamedTuple):
    base: str
    substance: str | None
    is_yearly: bool
    factor: Decimal

    def __str__(self) -> str:
        return (
            self.base + (f" {self.substance}" if self.substance else "") + ("/yr" if self.is_yearly else "")
        )


class _Quantity(BaseModel):
    """A figure with its unit and the words of the source; frozen, and no field beyond those it declares."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _from_any_form(cls, given: Any) -> Any:
        return given if isinstance(given, cls) else _for_pydantic(cls._fields)(given)

    @classmethod
    def _fields(cls, given: Any) -> Any:
        raise NotImplementedError


class Capacity(_Quantity):
    """A capacity or an amount of material: a figure, how it is bounded, and the base unit of its dimension.

    Read from a text, an int or a Decimal in the unit of the activity, or its own stored form. What is
    refused is a pydantic error of type ``invalid_quantity``.
    """

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
            raise InvalidQuantity(
                "a capacity has either a value or the bound unknown or withheld", hint=CAPACITY_HINT
            )
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
        return f"{_BOUND_SIGNS.get(self.bound, '')}{format_decimal(self.value)}{unit}"


class Money(_Quantity):
    """A sum of money as stated: `amount` in units of the `currency` (ISO 4217), never converted.

    Read from a text or its own stored form. What is refused is a pydantic error ``invalid_quantity``.
    """

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
    written = text.strip()
    if plain in ("unknown", "withheld"):
        return Capacity.model_construct(value=None, bound=plain, unit=None, written=None)
    found = _CAPACITY.fullmatch(plain)
    if found is None:
        raise InvalidQuantity(f"{_shown(text)} is not a capacity", hint=_number_hint(plain, CAPACITY_HINT))
    unit = _read_unit(found["unit"]) if found["unit"] else None
    factor = (unit.factor if unit else Decimal(1)).scaleb(_POWERS.get((found["times"] or "").casefold(), 0))
    capacity = Capacity.model_construct(
        value=_figure(found["number"], CAPACITY_HINT, factor=factor),
        bound=_BOUNDS.get((found["bound"] or "").casefold(), "exact"),
        unit=str(unit) if unit else None,
        written=written,
    )
    return capacity.model_copy(update={"written": None}) if written == str(capacity) else capacity


@lru_cache(maxsize=4096)
def parse_money(text: str) -> Money:
    """The sum that a text states, with its currency, such as "CNY 470 M". Raises `InvalidQuantity`."""
    plain = _tidy(text, MONEY_HINT)
    found = _MONEY.fullmatch(plain)
    stated = (
        {_CURRENCY_NAMES.get(name, name) for name in found.group("before", "after") if name}
        if found
        else set()
    )
    if found is None or len(stated) != 1:
        lacks = "is not a sum of money in one currency"
        sign = re.search(r"(?<![A-Z])[$¥￥]", plain)
        hint = (
            f"{sign[0]} is the sign of several currencies: write the code, for instance CNY or USD"
            if sign
            else ""
        )
        raise InvalidQuantity(f"{_shown(text)} {lacks}", hint=hint or _number_hint(plain, MONEY_HINT))
    factor = Decimal(1).scaleb(_MONEY_POWERS.get((found["times"] or "").casefold(), 0))
    amount = _figure(found["number"], MONEY_HINT, factor=factor)
    money = Money.model_construct(amount=amount, currency=_currency(stated.pop()), written=text.strip())
    return money.model_copy(update={"written": None}) if money.written == str(money) else money


def parse_percent(given: str | int | Decimal) -> Decimal:
    """A share from 0 to 100 percent, at most 6 decimals: "51 %". Raises `InvalidQuantity`."""
    found = _PERCENT.fullmatch(_tidy(given, PERCENT_HINT)) if isinstance(given, str) else None
    share = _figure(found["number"] if found else given, PERCENT_HINT, places=6, below=Decimal(101))
    if share > 100:
        raise InvalidQuantity("a share is at most 100 percent", hint=PERCENT_HINT)
    return share


def parse_ratio(given: str | int | Decimal) -> Decimal:
    """Retired to built, below 1000, at most 6 decimals: "1.5:1" is 1.5. Raises `InvalidQuantity`."""
    found = _RATIO.fullmatch(_tidy(given, RATIO_HINT)) if isinstance(given, str) else None
    if found is None or found["built"] is None:
        return _figure(given, RATIO_HINT, places=6, below=Decimal(1000))
    retired, built = Decimal(found["retired"]), Decimal(found["built"])
    if not built:
        raise InvalidQuantity(f"{_shown(given)} divides by nothing built", hint=RATIO_HINT)
    return _figure(_EXACT.divide(retired, built), RATIO_HINT, places=6, below=Decimal(1000))


def _figure(
    given: Any,
    hint: str,
    *,
    factor: Decimal = Decimal(1),
    places: int = 3,
    below: Decimal = Decimal(10) ** 15,
) -> Decimal:
    """The number times the factor, exactly: not negative, `below` the limit, at most so many decimals."""
    if isinstance(given, float):
        raise InvalidQuantity(
            "a binary fraction is not what the source wrote", hint='put the figure in quotes: "0.1"'
        )
    if isinstance(given, bool) or not isinstance(given, str | int | Decimal):
        raise InvalidQuantity("a figure was expected", hint=hint)
    if isinstance(given, str):
        plain = _tidy(given, hint)
        found = _PLAIN.fullmatch(plain)
        if found is None:
            raise InvalidQuantity(f"{_shown(given)} is not a figure", hint=_number_hint(plain, hint))
        number = Decimal(re.sub("[, ]", "", found["number"]))
    else:
        number = Decimal(given)
    # The size is looked at before any digit is written out: 1E+999999999 would fill the memory.
    if not number.is_finite() or number < 0 or number >= below:
        raise InvalidQuantity(f"a figure here is from 0 to below {format_decimal(below)}", hint=hint)
    scaled = _EXACT.multiply(number, factor)
    rounded = _EXACT.quantize(scaled, _SMALLEST[places]) if scaled < below else scaled
    if rounded != scaled or scaled >= below:
        matter = f"at most {places} decimals" if rounded != scaled else f"below {format_decimal(below)}"
        raise InvalidQuantity(f"{_shown(str(given))} is not a figure of {matter} in its base unit", hint=hint)
    return Decimal(format_decimal(rounded))


@lru_cache(maxsize=1024)
def _read_unit(text: str) -> _Unit:
    plain = _JOINED_HEAD.sub(
        lambda found: _JOINED[found["joined"]], re.sub(" ?/ ?", "/", text.strip()), count=1
    )
    found = _UNIT.fullmatch(plain)
    substances = (
        {_SUBSTANCES[name.casefold()] for name in found.group("first", "second") if name} if found else set()
    )
    base, factor = _HEADS[found["head"]] if found else ("", "1")
    if (
        not found
        or len(substances) > 1
        or (substances and base != "t")
        or (found["month"] and base != "wafers")
    ):
        hint = next((cure for trap, cure in _TRAPS if re.match(trap, plain)), CAPACITY_HINT)
        raise InvalidQuantity(f"{_shown(text)} is not a unit that can be read without doubt", hint=hint)
    yearly = bool(found["year"] or found["month"])
    return _Unit(
        base,
        substances.pop() if substances else None,
        yearly,
        Decimal(factor) * (12 if found["month"] else 1),
    )


def _currency(text: str) -> str:
    if text not in _CURRENCY_CODES:
        raise InvalidQuantity(
            f"{_shown(text)} is not an ISO 4217 currency", hint="write its code, for instance CNY"
        )
    return text


def _tidy(text: str, hint: str) -> str:
    """The text with single plain spaces. Raises `InvalidQuantity` when it is empty or too long."""
    plain = " ".join(text.split())
    if not plain or len(plain) > LONGEST:
        matter = "is empty" if not plain else f"has more than {LONGEST} characters"
        raise InvalidQuantity(f"{_shown(text)} {matter}; a figure was expected", hint=hint)
    return plain


def _number_hint(plain: str, hint: str) -> str:
    return (
        "write a point for decimals; commas separate thousands: 5,000.5"
        if re.search("[0-9],[0-9]", plain)
        else hint
    )


def _shown(given: str | int | Decimal) -> str:
    """A text in quotes for a message, cut to what one line can hold."""
    text = given if isinstance(given, str) else "the figure"
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
