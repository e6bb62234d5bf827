"""Parses figures and units exactly, with tables of their spellings.

A unit is converted to its base unit (t, MW, wafers, m2, bbl, vehicles …), with the substance if stated. Ambiguous
spellings (``mt``, ``tons``, ``mbd``) are refused with a hint.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_EVEN, Context, Decimal, Inexact
from functools import lru_cache
from typing import Any, Final, NamedTuple

from policytrack.errors import InvalidQuantity
from policytrack.values.numbers import NUMBER, Converted, number_hint, read_number
from policytrack.values.own_units import OwnUnits, own_units

LONGEST: Final = 80
"""The largest number of characters in a written quantity."""
LARGEST: Final = Decimal("999999999999999.999")
"""The largest capacity: the limit of ``DECIMAL(18,3)`` in the read model."""

CAPACITY_HINT: Final = (
    "write for instance 5000, 5,000 t REO/yr, 5 kt/a, 1.2 Mt/yr, 0.5万吨/年, 600 MW, 20 GWh/yr, >= 100,"
    " 40-50 kt/yr, about 5000, unknown or withheld"
)
PERCENT_HINT: Final = "write 0 to 100 with at most 6 decimals, for instance 36.71 or 36.71 %"
SHARE_HINT: Final = (
    "write 0 to 100 with at most 6 decimals (36.71 %), a share that is not exact (25-50 %, >= 25 %, <= 30 %,"
    " about 30 %), or the word majority or unknown"
)
EXCHANGE_RATE_HINT: Final = "write a number above 0 with at most 8 decimals, for instance 7.1 or 0.01183"
UNIT_FACTOR_HINT: Final = "write a number above 0 with at most 15 decimals, for instance 0.00045359237"
RATIO_HINT: Final = "write retired : built with at most 6 decimals, for instance 1.5 or 1.5:1"


def spellings(table: str) -> dict[str, str]:
    """Parse lines ``meaning: form | form`` into the meaning of each form."""
    rows = (line.partition(": ") for line in table.strip().splitlines())
    return {form: meaning for meaning, _, forms in rows for form in forms.split(" | ")}


# Units by factor and base unit.
HEADS: Final = spellings("""
1 t: t | tonne | tonnes | metric ton | metric tons | metric tonnes | 吨 | 噸 | トン | 톤
1000 t: kt | kilotonnes | kilotonne
1000000 t: Mt
0.001 t: kg
0.001 MW: kW | 千瓦
1 MW: MW | 兆瓦
1000 MW: GW | 吉瓦
0.001 MWh: kWh | 千瓦时
1 MWh: MWh | 兆瓦时
1000 MWh: GWh | 吉瓦时
1000000 MWh: TWh
1 wafers: wafers | wafer | 片 | 枚
1000 wafers: kwafers | k wafers
1 m2: m2 | m² | ㎡ | sqm | sq m | square metres | square metre | square meters | square meter | 平方米 | 平米
1 m3: m3 | m³ | ㎥ | cubic metres | cubic metre | cubic meters | cubic meter | 立方米
1000000 m3: MMm3 | MMm³
1000000000 m3: bcm | BCM
1 Nm3: Nm3 | Nm³
1 bbl: bbl | bbls | barrels | barrel | 桶
1000 bbl: kbbl | kb
1000000 bbl: MMbbl | MMb
1 TEU: TEU | TEUs | teu | 标箱 | 标准箱
1000 TEU: kTEU
1 CGT: CGT | cgt | compensated gross tons | compensated gross tonnes | 修正总吨
1000 CGT: kCGT
1 SWU: SWU | swu | kg SWU | kgSWU
1000 SWU: kSWU | tSWU | t SWU
1000000 SWU: MSWU
1 MVA: MVA
1000 MVA: GVA
0.001 MVA: kVA
1 km: km | kilometres | kilometre | kilometers | kilometer | 公里 | 千米
1 l: l | litres | litre | liters | liter | 升
1000 l: kl | kL
1000000 l: Ml | ML
1 vehicles: vehicles | vehicle | cars | car | EVs | 辆 | 輛
1 units: units | unit | pieces | piece | pcs | 台 | 件 | 个
""")
SUBSTANCES: Final = spellings("""
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
Ni: ni | nickel
Co: co | cobalt
Cu: cu | copper
Zn: zn | zinc
Pb: pb | lead
Sn: sn | tin
Sb: sb | antimony
Mo: mo | molybdenum
Nb: nb | niobium
Ge: ge | germanium
WO3: wo3
V2O5: v2o5
P2O5: p2o5
U: u | uranium
U3O8: u3o8
HM: hm | heavy metal
CO2: co2
""")
_PERIODS: Final = spellings("""
year: /yr | /y | /a | /year | per year | per annum | a year | p.a. | pa | /年 | 每年
month: /month | /mo | per month | a month | /月
day: /d | /day | per day | a day | /天 | /日 | 每天 | 每日
hour: /h | /hr | /hour | per hour | an hour | /小时 | 每小时
""")
_SYMBOLS: Final = {"": "", "year": "/yr", "month": "/yr", "day": "/d", "hour": "/h"}
# A rate per day or hour is a base of its own: it cannot be converted to a year without the days of operation.
_PERIODS_OF: Final = {
    "wafers": ("", "year", "month"),
    "bbl": ("", "day"),
    "m3": ("", "year", "day"),
    "Nm3": ("", "year", "hour"),
}
PERIOD_WORDS: Final = {
    "per",
    "pa",
    "yr",
    "y",
    "mo",
    "hr",
    "year",
    "annum",
    "month",
    "day",
    "hour",
    "年",
    "月",
    "天",
    "日",
    "小时",
}
JOINED: Final = spellings("""
t/yr: tpa | TPA
kt/yr: ktpa | ttpa | KTPA | kTPA | kta | KTA
Mt/yr: Mtpa | mmtpa | MMtpa | MMTPA
bcm/yr: bcma | BCMA
wafers/month: wpm | wspm | WPM | WSPM | wafer starts per month | wafer starts a month
kwafers/month: kwpm | kwspm | k wpm | k wspm | KWPM | KWSPM | K WPM | K WSPM | kWPM | kWSPM
bbl/day: b/d | B/D | bpd | BPD | bopd | BOPD
kbbl/day: kbd | kbpd
MMbbl/day: MMbd | MMbpd
""")
_TRAPS: Final = (
    (r"(mt|MT)(\W|pa|PA|$)", "write Mt for a million tonnes, or t for tonnes"),
    (r"(short |long )?tons?\b|tpy|st\b", "write t for tonnes: a ton may be short (1 short ton is 0.90718474 t)"),
    (r"([mM][bB]|[mM]bbls?)(/d|p?d|\b)", "write kbbl/d for thousands or MMbbl/d for millions of barrels a day"),
    (r"(k|MM|m|M)?boe", "write bbl/d for oil and m3/d for gas: an oil equivalent mixes the two"),
    (r"(k|MM)?(bbls?|barrels?|b)\b", "write it per day: bbl/d, kbbl/d or MMbbl/d"),
    (r"[mM](m3|m³|cm)\b", "write million m3, MMm3 or bcm: M and m stand for a thousand or a million"),
    (r"(S|s)(m3|m³|cm)|mmscm|MMSCM", "write m3, with the reference conditions in the note"),
    (
        r"([kMmBbT]|MM|mm|thousand |million |billion )?(s?cf|SCF|CF|cubic f)",
        "write m3: 1 cubic foot is 0.028316846592 m3",
    ),
    (r"Mm2|Mm²", "write million m2"),
    (r"([kmMbB]|million |billion )?(gal|gallons?|GPY|gpy|MGY|mgy|bgy)\b", "write l: 1 US gallon is 3.785411784 l"),
    (r"ml\b", "write ML or million l for a million litres: ml is a millilitre"),
    (r"(k|M)?(GT|gt|DWT|dwt)\b", "write CGT: gross and deadweight tons measure something else"),
    (r"[kM]?lbs?\b|pounds?\b|oz\b|ounces?\b", "write t or kg: 1 lb is 0.45359237 kg"),
    (r".*(/ ?d|per day|tpd|[/每][日天])", "write it per year: a figure per day depends on the days of operation"),
    (r".*(/ ?mo|per month|/月)", "write it per year; only wafers are also stated per month"),
    (r".*(/ ?h|per hour|小时)", "write it per year: a figure per hour depends on the hours of operation"),
    (r"[kMG]W(ac|dc|p|e|th)\b", "write kW, MW or GW, and the kind of power in the note"),
)
BOUNDS: Final = spellings("""
at_least: >= | ≥ | at least
at_most: <= | ≤ | at most | up to
more_than: > | more than | over
""")
RANGE_FORM: Final = re.compile(
    r"(?ai:between )?(?P<first>[0-9.].*?) ?(?:-|–|—|~|〜|～|至|到|(?<=[\d\w]) (?ai:to|and) ) ?(?P<last>[0-9.].*)"
)
"""Two figures with a mark or word between them: 40-50 kt/yr."""
ABOUT_WORDS: Final = r"(?:(?ai:about|around|approx\.|approximately|approx|circa|ca\.|c\.|roughly)|~|≈|∼|大约|约|約)"
ABOUT_FORM: Final = re.compile(rf"{ABOUT_WORDS} ?(?P<figure>[0-9.].*)")
"""A figure that the source itself calls not exact: about 45,000 t/yr."""
ABOUT: Final = Decimal("0.1")
"""Largest assumed distance of the true figure from such a figure, as a part of it."""
SIGNS: Final = {"at_least": ">= ", "at_most": "<= ", "more_than": "> "}
POWERS: Final = spellings("""
3: thousand | tsd. | tsd
4: 万 | 萬 | 만
5: lakh | lakhs
6: million | mio | mio. | mn | mln | 百万
7: crore | crores | cr | 千万
8: 亿 | 億 | 억
9: billion | mrd | mrd. | bn | 十亿 | 十億
""")
# The Inexact trap makes rounding raise: a figure is exact or refused.
EXACT: Final = Context(prec=200, traps=[Inexact])


def any_of(words: Iterable[str]) -> str:
    """Return the pattern of any of these words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


# (?ai:…) ignores case for ASCII only; with Unicode case folding, a dotless ı would match an i. The k of "5k t" is a
# multiplier, the k of "5 kt" belongs to the unit.
_LATIN_POWERS: Final = [*(power for power in POWERS if power.isascii()), "k"]
_OTHER_POWERS: Final = [power for power in POWERS if not power.isascii()]
_TIMES: Final = rf"(?P<times>{any_of(_OTHER_POWERS)}|(?ai:{any_of(_LATIN_POWERS)})(?![A-Za-z]))"
CAPACITY_FORM: Final = re.compile(
    rf"(?:(?P<bound>(?ai:{any_of(BOUNDS)})) ?)?{NUMBER}(?: ?{_TIMES})?(?: ?(?P<unit>[^\W\d_].*))?"
)
_SUBSTANCE: Final = rf"(?ai:{any_of(SUBSTANCES)})"


def _unit_form(heads: Iterable[str]) -> str:
    return (
        rf"(?P<head>{any_of(heads)})(?:(?: of)? ?(?P<first>{_SUBSTANCE}))?"
        rf"(?: ?(?P<period>{any_of(_PERIODS)}))?(?: ?(?P<second>{_SUBSTANCE}))?"
    )


_UNIT: Final = re.compile(_unit_form(HEADS))
_JOINED_HEAD: Final = re.compile(rf"({any_of(JOINED)})(?![A-Za-z])")
PERCENT_FORM: Final = re.compile(r"(?P<number>[0-9]{0,3}(?:\.[0-9]+)?) ?(?:%|％|percent|per cent|pct)")
RATIO_FORM: Final = re.compile(r"(?P<retired>[0-9]+(?:\.[0-9]+)?) ?[:：] ?(?P<built>[0-9]+(?:\.[0-9]+)?)")


class _Unit(NamedTuple):
    base: str
    substance: str | None
    period: str
    """``/yr``, ``/d``, ``/h``, or empty for an amount without a period."""
    factor: Decimal
    is_own: bool = False
    """Whether the ledger registers it. Its factor may have many decimals, so figures are rounded in the base unit."""

    def __str__(self) -> str:
        return self.base + (f" {self.substance}" if self.substance else "") + self.period

    def fits(self, wanted: _Unit) -> bool:
        """Return whether figures in this unit have the dimension of another, whatever their substances.

        An amount without a period is assumed to be per year, as sources often leave it out; never per day or hour.
        """
        return self.base == wanted.base and (
            self.period == wanted.period or (self.period, wanted.period) == ("", "/yr")
        )


def format_decimal(value: Decimal) -> str:
    """Format a number in plain digits, without exponent, trailing zeros and separators."""
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def is_multiple_without_unit(text: str) -> bool:
    """Return whether a text is a number with a multiple only, such as ``1500k`` or ``1.5 million``."""
    match = CAPACITY_FORM.fullmatch(" ".join(text.split()))
    return match is not None and bool(match["times"]) and not match["unit"]


def figure_before_unit(text: str) -> str:
    """Return the figure that the unit of a text follows: the last one of a range, otherwise the only one."""
    plain = " ".join(text.split())
    if (about := ABOUT_FORM.fullmatch(plain)) is not None:
        return about["figure"]
    ends = RANGE_FORM.fullmatch(plain)
    return plain if ends is None else ends["last"]


def is_base_unit(text: str) -> bool:
    """Return whether a text is a unit in which figures are stored; False for kt/yr, and for other texts."""
    try:
        return read_unit(text).factor == 1
    except InvalidQuantity:
        return False


def scale(times: str | None, powers: Mapping[str, str], unit: _Unit | None = None) -> Decimal:
    power = int(powers[times.casefold()]) if times else 0
    return (unit.factor if unit else Decimal(1)).scaleb(power)


def figure(
    given: Any,
    hint: str,
    *,
    factor: Decimal = Decimal(1),
    places: int = 3,
    largest: Decimal = LARGEST,
    rounds: bool = False,
) -> Decimal:
    """Return a number times a factor, exactly: from 0 to `largest`, with at most `places` decimals.

    Raises `InvalidQuantity` outside these limits, or if the product would need rounding. With `rounds`, the product is
    rounded, half to even.
    """
    number = _number(given, hint)
    limits = f"a figure must be from 0 to {format_decimal(largest)}"
    # Check the size before formatting any digits: those of 1E+999999999 would fill the memory.
    if not number.is_finite() or not 0 <= number <= largest:
        raise InvalidQuantity(limits, hint=hint)
    try:
        scaled = EXACT.multiply(number, factor)
        if scaled > largest:
            raise InvalidQuantity(limits, hint=hint)
        if rounds:
            scaled = scaled.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)
        return Decimal(format_decimal(EXACT.quantize(scaled, Decimal(1).scaleb(-places))))
    except Inexact as error:
        matter = f"{shown(given)} has" if isinstance(given, str) else f"{number} has"
        raise InvalidQuantity(f"{matter} more than {places} decimals in the base unit", hint=hint) from error


def _number(given: Any, hint: str) -> Decimal:
    if isinstance(given, float):
        raise InvalidQuantity("a floating-point number may differ from the source", hint='put it in quotes: "0.1"')
    if isinstance(given, bool) or not isinstance(given, str | int | Decimal):
        raise InvalidQuantity("a figure was expected", hint=hint)
    if not isinstance(given, str):
        return Decimal(given)
    plain = tidy(given, hint)
    number = read_number(plain)
    if number is None:
        raise InvalidQuantity(f"{shown(given)} is not a number", hint=number_hint(plain, hint))
    return number


def read_unit(text: str) -> _Unit:
    """Return the unit of a text. Raises `InvalidQuantity`.

    A unit that the ledger registers counts before a built-in one, which a later version of policytrack may add.
    """
    own = own_units()
    return (_own_unit(text, own) if own else None) or built_in_unit(text)


@lru_cache(maxsize=1024)
def built_in_unit(text: str) -> _Unit:
    plain = _tight(text)
    if joined := _JOINED_HEAD.match(plain):
        plain = JOINED[joined[1]] + plain[joined.end() :]
    match = _UNIT.fullmatch(plain)
    factor, base = HEADS[match["head"]].split() if match else ("1", "")
    unit = _unit_of(match, base, Decimal(factor)) if match else None
    if unit is None:
        hint = next((cure for trap, cure in _TRAPS if re.match(trap, plain)), CAPACITY_HINT)
        raise InvalidQuantity(f"{shown(text)} is not a unit, or is ambiguous", hint=hint)
    return unit


@lru_cache(maxsize=1024)
def _own_unit(text: str, own: OwnUnits) -> _Unit | None:
    heads = {symbol: (base, Decimal(factor)) for symbol, base, factor in own}
    match = re.fullmatch(_unit_form(heads), _tight(text))
    unit = _unit_of(match, *heads[match["head"]]) if match else None
    return unit._replace(is_own=True) if unit else None


def _tight(text: str) -> str:
    return re.sub(" ?/ ?", "/", text.strip())


def _unit_of(match: re.Match[str], base: str, factor: Decimal) -> _Unit | None:
    """Return the unit of a match, with the base and factor of its head; None if the parts do not fit together."""
    substances = {SUBSTANCES[name.casefold()] for name in match.group("first", "second") if name}
    period = _PERIODS[match["period"]] if match["period"] else ""
    is_known = period in _PERIODS_OF.get(base, ("", "year"))
    if not is_known or len(substances) > 1 or (substances and base != "t"):
        return None
    months = 12 if period == "month" else 1
    return _Unit(base, substances.pop() if substances else None, _SYMBOLS[period], factor * months)


def tidy(text: str, hint: str) -> str:
    """Return the text with single spaces. Raises `InvalidQuantity` when it is empty or too long."""
    plain = " ".join(text.split())
    if not plain or len(plain) > LONGEST:
        matter = "is empty" if not plain else f"has more than {LONGEST} characters"
        raise InvalidQuantity(f"{shown(text)} {matter}; a figure was expected", hint=hint)
    return plain


def shown(text: str) -> str:
    """Quote and shorten a text for a message, as its file has it."""
    text = text.written if isinstance(text, Converted) else text
    return repr(text if len(text) <= LONGEST else text[:LONGEST] + "…")
