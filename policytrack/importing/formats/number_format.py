"""Number formats of spreadsheets, taken apart: sections, conditions, literal text, placeholders.

Source: ECMA-376 part 1, section 18.8.31 (numFmts). What a format shows of a value is worked out in `cell_shown.py`.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final, Literal

Kind = Literal[
    "literal", "currency", "digit", "point", "comma", "percent", "exponent", "slash", "general", "text", "date"
]

_TOKEN: Final = re.compile(
    r"""
      "(?P<quoted>[^"]*)"? | \\(?P<escaped>.) | [_*](?P<space>.)
    | \[\$(?P<currency>[^\]-]*)(?:-(?P<locale>[^\]]*))?\]
    | \[(?P<elapsed>[hH]+|[mM]+|[sS]+)\]
    | \[(?P<condition>(?:<=|>=|<>|<|>|=)[^\]]+)\]
    | \[(?P<other>[^\]]*)\]
    | (?P<general>[Gg][Ee][Nn][Ee][Rr][Aa][Ll])
    | (?P<exponent>[Ee][+-])
    | (?P<half>[Aa][Mm]/[Pp][Mm]|[Aa]/[Pp])
    | (?P<date>[yY]+|[mM]+|[dD]+|[hH]+|[sS]+(?:\.0+)?|[eE]+|[gG]+|[bB]+)
    | (?P<digit>[0\#?]) | (?P<point>\.) | (?P<comma>,) | (?P<percent>%) | (?P<slash>/) | (?P<text>@)
    | (?P<plain>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_COMPARE: Final[dict[str, Callable[[Decimal, Decimal], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "<>": operator.ne,
}
_CONDITION: Final = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?[0-9.]+)")
_CURRENCY_OF_PLACE: Final = {
    ("$", "409"): "USD",
    ("$", "1009"): "CAD",
    ("$", "C0C"): "CAD",
    ("$", "C09"): "AUD",
    ("$", "1409"): "NZD",
    ("$", "4809"): "SGD",
    ("$", "3409"): "PHP",
    ("$", "80A"): "MXN",
    ("$", "340A"): "CLP",
    ("¥", "804"): "CNY",
    ("￥", "804"): "CNY",
    ("¥", "411"): "JPY",
    ("￥", "411"): "JPY",
    ("kr", "41D"): "SEK",
    ("kr", "414"): "NOK",
    ("kr", "406"): "DKK",
    ("kr.", "406"): "DKK",
}
"""Signs of several currencies, with the locale of a format, which names the country."""


@dataclass(frozen=True, slots=True)
class Token:
    """One part of a section: what it is, and its text."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """One section of a format, for the values that its condition holds for."""

    tokens: tuple[Token, ...]
    condition: tuple[str, Decimal] | None
    is_elapsed: bool
    """Whether it shows a length of time: ``[h]:mm``."""
    has_own_digits: bool
    """Whether it writes numbers in the digits of another script: ``[DBNum1]``."""

    @property
    def is_date(self) -> bool:
        """Whether it shows a day or a time."""
        return self.is_elapsed or any(token.kind == "date" for token in self.tokens)

    def holds(self, value: Decimal) -> bool:
        """Whether its condition holds for a value; True without a condition."""
        return self.condition is None or _COMPARE[self.condition[0]](value, self.condition[1])


@lru_cache(maxsize=1024)
def sections(code: str) -> tuple[Section, ...]:
    """The sections of a format, up to four; the fourth is for text."""
    parts, start, found = [], 0, None
    for found in re.finditer(r'"[^"]*"?|\\.|;', code):
        if found[0] == ";":
            parts.append(code[start : found.start()])
            start = found.end()
    parts.append(code[start:])
    return tuple(_section(part) for part in parts[:4])


def section_for(code: str, value: Decimal) -> Section:
    """The section of a format that shows a number."""
    found = sections(code)[:3]
    if any(section.condition for section in found):
        return next((section for section in found if section.holds(value)), found[-1])
    if len(found) == 1 or value > 0:
        return found[0]
    if value < 0:
        return found[1]
    return found[2] if len(found) > 2 else found[0]


def _section(code: str) -> Section:
    tokens: list[Token] = []
    condition = None
    is_elapsed = has_own_digits = False
    for found in _TOKEN.finditer(code):
        kind = found.lastgroup
        if found["currency"] is not None:
            sign, place = found["currency"], (found["locale"] or "").upper().lstrip("0")
            tokens += [Token("currency", _CURRENCY_OF_PLACE.get((sign, place), sign))] if sign else []
        elif kind == "elapsed":
            is_elapsed = True
        elif kind == "condition":
            stated = _CONDITION.fullmatch(found["condition"])
            condition = (stated[1], Decimal(stated[2])) if stated else None
        elif kind == "other":
            has_own_digits = has_own_digits or found["other"].upper().startswith("DBNUM")
        elif kind == "space":
            tokens.append(Token("literal", " "))
        elif kind in ("quoted", "escaped", "plain"):
            tokens.append(Token("literal", found[kind]))
        elif kind == "half":
            tokens.append(Token("date", "h"))
        elif kind is not None:
            tokens.append(Token(kind, found[0]))  # type: ignore[arg-type] # the other groups are named as kinds
    return Section(tuple(tokens), condition, is_elapsed, has_own_digits)
