"""Parses number formats of spreadsheets into sections, conditions, literal text and placeholders.

Source: ECMA-376 part 1, section 18.8.31 (numFmts). `cell_text.py` applies a format to a value.
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
"""Currency codes by sign and locale id (hexadecimal LCID): the sign alone is ambiguous."""


@dataclass(frozen=True, slots=True)
class Token:
    """One part of a section: its kind and its text."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """One section of a format, with the condition on values that it applies to."""

    tokens: tuple[Token, ...]
    condition: tuple[str, Decimal] | None
    is_elapsed: bool
    """Whether it shows a duration: ``[h]:mm``."""
    has_own_digits: bool
    """Whether it shows numbers in the digits of another script: ``[DBNum1]``."""

    @property
    def is_date(self) -> bool:
        """Return whether it shows a date or a time."""
        return self.is_elapsed or any(token.kind == "date" for token in self.tokens)

    def holds(self, value: Decimal) -> bool:
        """Return whether its condition holds for a value; True without a condition."""
        return self.condition is None or _COMPARE[self.condition[0]](value, self.condition[1])


@lru_cache(maxsize=1024)
def sections(code: str) -> tuple[Section, ...]:
    """Return the sections of a format, up to four: positive, negative, zero, text."""
    parts, start = [], 0
    for match in re.finditer(r'"[^"]*"?|\\.|;', code):  # a semicolon in quotes or after a backslash is literal
        if match[0] == ";":
            parts.append(code[start : match.start()])
            start = match.end()
    parts.append(code[start:])
    return tuple(_section(part) for part in parts[:4])


def section_for(code: str, value: Decimal) -> Section:
    """Return the section of a format that applies to a number."""
    numeric = sections(code)[:3]
    if any(section.condition for section in numeric):
        return next((section for section in numeric if section.holds(value)), numeric[-1])
    if len(numeric) == 1 or value > 0:
        return numeric[0]
    if value < 0:
        return numeric[1]
    return numeric[2] if len(numeric) > 2 else numeric[0]


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
